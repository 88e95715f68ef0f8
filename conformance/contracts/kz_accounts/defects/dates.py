"""Providers whose dates are not ISO 8601 with a zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.ledger import StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.provider import Provider


def without_zone(text: str) -> str:
    """2026-05-01T10:00:00 for 2026-05-01T10:00:00+05:00."""
    return text.removesuffix("Z").rsplit("+", 1)[0]


class OpensWithoutZone(Provider):
    """Leaves the zone out of openedDateTime."""

    breaks = "KZA-DATES-01"

    def account_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
        members = super().account_json(account, call)
        return {**members, "openedDateTime": without_zone(members["openedDateTime"])}


class _TransactionWithoutZone(Provider):
    member: str

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> dict[str, Any]:
        members = super().transaction_json(transaction, account, call)
        if self.member in members:
            members[self.member] = without_zone(members[self.member])
        return members


class CreatesWithoutZone(_TransactionWithoutZone):
    """Leaves the zone out of createDateTime."""

    breaks = "KZA-DATES-01"
    member = "createDateTime"


class BooksWithoutZone(_TransactionWithoutZone):
    """Leaves the zone out of bookingDateTime."""

    breaks = "KZA-DATES-01"
    member = "bookingDateTime"


class ValuesWithoutZone(_TransactionWithoutZone):
    """Leaves the zone out of valueDateTime."""

    breaks = "KZA-DATES-01"
    member = "valueDateTime"


class WritesLocalDates(Provider):
    """Writes dates as 01.05.2026 10:00."""

    breaks = "KZA-DATES-02"

    def date_time_json(self, moment: datetime) -> str:
        return moment.strftime("%d.%m.%Y %H:%M")


class WritesDateOnly(Provider):
    """Writes openedDateTime as a date without time."""

    breaks = "KZA-DATES-02"

    def account_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
        members = super().account_json(account, call)
        return {**members, "openedDateTime": members["openedDateTime"][:10]}


class WritesBlankBetweenDateAndTime(Provider):
    """Writes a blank where the T belongs."""

    breaks = "KZA-DATES-02"

    def date_time_json(self, moment: datetime) -> str:
        return super().date_time_json(moment).replace("T", " ")
