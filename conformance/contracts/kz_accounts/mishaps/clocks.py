"""Mishaps of time: clocks that are wrong, zones that get lost, days that begin at another hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from conformance.contracts.kz_accounts.bodies import JsonObject
from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.filters import KAZAKHSTAN, OpeningRange, Window
from conformance.contracts.kz_accounts.ledger import StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import date_time_text


class RunsTwoHoursLate(Provider):
    """The time service of the host has been down since it was moved, and its clock is two hours late."""

    symptoms = ("KZA-WINDOW-09",)

    def __init__(self, **options: Any) -> None:
        clock = options["clock"]
        super().__init__(**{**options, "clock": lambda: clock() - timedelta(hours=2)})


class RunsTwoHoursEarly(Provider):
    """The host kept its local time when it was moved to another zone, and its clock is two hours ahead."""

    symptoms = ("KZA-TOKEN-02",)

    def __init__(self, **options: Any) -> None:
        clock = options["clock"]
        super().__init__(**{**options, "clock": lambda: clock() + timedelta(hours=2)})


class LosesTheZoneOfBookingDates(Provider):
    """Of three dates one is a column without zone, and the mapper writes it as it is."""

    symptoms = ("KZA-DATES-01",)

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> JsonObject:
        body = super().transaction_json(transaction, account, call)
        if "bookingDateTime" in body:
            body["bookingDateTime"] = body["bookingDateTime"].removesuffix("+05:00")
        return body


class ReadsLocalTimesAsUtc(Provider):
    """The column holds local times without a zone; the driver takes them for UTC, five hours too late."""

    symptoms = ("KZA-CONTENTS-01",)

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> JsonObject:
        moved = replace(transaction, created=transaction.created + timedelta(hours=5))
        return super().transaction_json(moved, account, call)


class KeepsTheZoneFromBefore2024(Provider):
    """Times are stored by the clock on the wall and get the offset of an old zone table, +06:00, when they leave."""

    symptoms = ("KZA-CONTENTS-01", "KZA-OPENINGS-01")

    def date_time_json(self, moment: datetime) -> str:
        return super().date_time_json(moment).replace("+05:00", "+06:00")


class IgnoresTheOffsetOfTheWindow(Provider):
    """A converter cuts the offset off a date of the query and takes the rest for local time."""

    symptoms = ("KZA-CONTENTS-01", "KZA-MOMENTS-01", "KZA-MOMENTS-21", "KZA-OPENINGS-01")

    def date_time_value(self, name: str, text: str) -> datetime:
        super().date_time_value(name, text)
        wall = datetime.fromisoformat(text[:19].upper())
        return wall.replace(tzinfo=KAZAKHSTAN).astimezone(UTC)


class ReadsWindowsAsWholeDays(Provider):
    """Both ends of a window are cut to their dates in local time, as the form of the web bank had it."""

    symptoms = ("KZA-CONTENTS-01",)

    def transaction_is_late_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return _day(transaction.created) >= _day(window.start)

    def transaction_is_early_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return _day(transaction.created) <= _day(window.end)


class EndsWindowsAtMidnightBefore(Provider):
    """`to` is cut to its date and compared as midnight: the last day of a window is never shown."""

    symptoms = ("KZA-CONTENTS-02",)

    def transaction_is_early_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        midnight = window.end.astimezone(KAZAKHSTAN).replace(hour=0, minute=0, second=0, microsecond=0)
        return transaction.created < midnight


class ShowsTheLastWeekByDefault(Provider):
    """Without dates the last seven days are shown, since the mobile bank asks that way."""

    symptoms = ("KZA-WINDOW-11",)

    def default_start(self, call: Call) -> datetime:
        return call.received - timedelta(days=7)


class BeginsTodayTomorrow(Provider):
    """The default of `from` is midnight of a date computed 24 hours ahead; nothing of today is ever shown."""

    symptoms = ("KZA-WINDOW-12",)

    def default_start(self, call: Call) -> datetime:
        return min(super().default_start(call) + timedelta(days=1), call.received)


class CountsSecondsAsMilliseconds(Provider):
    """A date of opening was seconds since 1970 and is read as milliseconds: every account is from January 1970."""

    symptoms = ("KZA-OPENINGS-01", "KZA-OPENINGS-02")

    def account_json(self, account: StoredAccount, call: Call) -> JsonObject:
        opened = datetime.fromtimestamp(account.opened.timestamp() / 1000, UTC)
        return {**super().account_json(account, call), "openedDateTime": date_time_text(opened)}


class OpensAccountsAtLocalMidnight(Provider):
    """The list shows the date of opening alone, as midnight in UTC, while the filter knows the hour."""

    symptoms = ("KZA-OPENINGS-01",)

    def account_json(self, account: StoredAccount, call: Call) -> JsonObject:
        midnight = account.opened.replace(hour=0, minute=0, second=0, microsecond=0)
        return {**super().account_json(account, call), "openedDateTime": date_time_text(midnight)}


class FiltersOpeningsInAnotherZone(Provider):
    """The filter of the list compares local dates, the answer shows moments: accounts at the edge come and go."""

    symptoms = ("KZA-OPENINGS-01",)

    def opened_late_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return opened.start is None or account.opened + timedelta(hours=5) >= opened.start

    def opened_early_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return opened.end is None or account.opened + timedelta(hours=5) <= opened.end


def _day(moment: datetime) -> date:
    return moment.astimezone(KAZAKHSTAN).date()
