"""kz-accounts 10, R06, R25, R33: how dates, ids and lists may look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.ledger import StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.variants.variant import Variant
from conformance.contracts.kz_accounts.wire import Version, date_time, date_time_text


class DatesInUtc(Variant):
    """`Z` is a zone (10)."""

    offset_hours = None


class DatesWestOfGreenwich(Variant):
    """Any offset is a zone, also one behind UTC (R33)."""

    offset_hours = -3


class DatesInSmallLetters(Variant):
    """`t` and `z` may be small (RFC 3339, 5.6), and a fraction may have one digit (R33)."""

    def date_time_json(self, moment: datetime) -> str:
        moment = moment.astimezone(UTC)
        return f"{moment:%Y-%m-%dt%H:%M:%S}.{moment.microsecond // 100_000}z"


class DatesWithMixedOffsets(Variant):
    """Kazakhstan changed its zone on 2024-03-01; offsets may differ inside one answer (R33)."""

    def date_time_json(self, moment: datetime) -> str:
        return date_time_text(moment, (5, 6, None)[moment.minute % 3])


class DatesWithNineDigits(Variant):
    """A fraction may have any length (R33)."""

    def date_time_json(self, moment: datetime) -> str:
        moment = moment.astimezone(UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}000+00:00"


class UpperCaseIds(Variant):
    """A UUID may be written in capitals (RFC 4122, 3; R06)."""

    def account_id_text(self, account: StoredAccount) -> str:
        return account.account_id.upper()


class OldestFirst(Variant):
    """The order of a list is not said (R25)."""

    def ordered_accounts(self, accounts: Sequence[StoredAccount]) -> Sequence[StoredAccount]:
        return super().ordered_accounts(accounts)[::-1]

    def ordered_transactions(self, transactions: Sequence[StoredTransaction]) -> Sequence[StoredTransaction]:
        return super().ordered_transactions(transactions)[::-1]


class OrderedById(Variant):
    """The order of a list is not said, and need not follow time (R25)."""

    def ordered_accounts(self, accounts: Sequence[StoredAccount]) -> Sequence[StoredAccount]:
        return sorted(accounts, key=lambda account: account.account_id)

    def ordered_transactions(self, transactions: Sequence[StoredTransaction]) -> Sequence[StoredTransaction]:
        return sorted(transactions, key=lambda transaction: transaction.transaction_id)


class EachVersionHasItsZone(Variant):
    """One moment may be written in another zone in each version (R28, R33)."""

    tried_with = {"versions": (Version.V3, Version.V1)}

    def account_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
        return _in_the_zone_of(call, super().account_json(account, call))

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> dict[str, Any]:
        return _in_the_zone_of(call, super().transaction_json(transaction, account, call))


def _in_the_zone_of(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    hours = None if call.dialect.filters_by_opening else 6
    return {
        name: date_time_text(date_time(value), hours) if name.endswith("DateTime") else value
        for name, value in members.items()
    }
