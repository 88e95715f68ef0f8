"""The sample ledger of kz-accounts holds something to break for each rule, and is the same every time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conformance.contracts.kz_accounts.sample import FIRST_CLIENT, sample_ledger
from conformance.contracts.kz_accounts.wire import CARD_TYPES

NOW = datetime(2026, 3, 17, 9, 30, 15, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "now", [NOW, datetime(2026, 1, 1, 19, tzinfo=UTC), datetime(2028, 2, 28, 19, 0, 4, tzinfo=UTC)]
)
def test_the_sample_holds_what_the_rules_need(now: datetime) -> None:
    ledger = sample_ledger(now)
    first = ledger.accounts[0]
    moments = [transaction.created for transaction in first.transactions]
    midnight = (now + timedelta(hours=5)).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=5)
    assert len(moments) > max(230, len(set(moments)))
    assert moments[0] < now - timedelta(days=180)
    assert sum(midnight <= moment <= now for moment in moments) >= 6
    for account in ledger.accounts:
        assert all(account.opened < transaction.created <= now for transaction in account.transactions)
        assert all(transaction.mcc for transaction in account.transactions if account.type in CARD_TYPES)
    assert sum(account.is_active for account in ledger.accounts_of(FIRST_CLIENT)) >= 25


def test_the_same_moment_and_seed_give_the_same_sample() -> None:
    sample_ledger.cache_clear()
    once = sample_ledger(NOW, 7)
    sample_ledger.cache_clear()
    assert sample_ledger(NOW, 7) == once != sample_ledger(NOW, 8)
