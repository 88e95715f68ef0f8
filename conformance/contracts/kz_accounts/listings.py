"""Filtered lists of accounts as several topics of kz-accounts look at them (17, 49)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from conformance.contracts.kz_accounts.client import Accounts, Answer
from conformance.contracts.kz_accounts.wire import LARGEST_PAGE_SIZE, Account, AccountType

BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)


def opened_between(
    accounts: Accounts, start: datetime | None, end: datetime | None, types: Sequence[str] = ()
) -> tuple[Account, ...]:
    """The accounts of a filter by opening date, all pages; asked once for all checks."""

    def page(number: int) -> Answer:
        return accounts.listing(page=number, size=LARGEST_PAGE_SIZE, start=start, end=end, types=types)

    pages = accounts.recall(f"accounts opened from {start} to {end} {types}", lambda: tuple(accounts.walk(page)))
    return tuple(account for answer in pages for account in answer.accounts)


def wrongly_typed(accounts: Accounts, names: Iterable[AccountType]) -> list[str]:
    """Accounts that a filter by one type wrongly shows or lacks; they are judged on their own."""
    wrong: set[str] = set()
    for name in names:
        wrong |= ids_of(accounts.of_type(name)) ^ {account.id for account in accounts.all() if account.type == name}
    return sorted(wrong)


def ids_of(found: Iterable[Account]) -> set[str]:
    return {account.id for account in found}
