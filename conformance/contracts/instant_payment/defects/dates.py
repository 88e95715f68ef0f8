"""Gateways that read a date into what is none, or do not ask how far away it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import RequestDate, read_date


class GuessesDates(Gateway):
    """Reads every form of a date that its library knows, such as a blank for the T."""

    breaks = "IPG-DATES-01"

    def date_of(self, text: str) -> RequestDate | None:
        known = super().date_of(text)
        if known is not None or re.search(r"[Z+]|T.*-", text):
            return known
        try:
            return RequestDate(datetime.fromisoformat(text).replace(tzinfo=self.zone).astimezone(UTC), "")
        except ValueError:
            return None


class ReadsSecondsSince1970(Gateway):
    """Takes a row of digits for seconds since 1970."""

    breaks = "IPG-DATES-01"

    def date_of(self, text: str) -> RequestDate | None:
        if re.fullmatch(r"\d{10}", text):
            return RequestDate(datetime.fromtimestamp(int(text), UTC), "")
        return super().date_of(text)


class RollsDaysOver(Gateway):
    """Takes 34 April for 4 May, as lenient calendars do."""

    breaks = "IPG-DATES-01"

    def date_of(self, text: str) -> RequestDate | None:
        found = re.fullmatch(r"(\d{4}-\d\d)-(\d\d)(T.*)", text)
        first = super().date_of(f"{found[1]}-01{found[3]}") if found else None
        if found is None or first is None:
            return super().date_of(text)
        return RequestDate(first.moment + timedelta(days=int(found[2]) - 1), first.zone)


class AcceptsOldMessages(Gateway):
    """Never asks how old a message is."""

    breaks = "IPG-DATES-02"

    def date_is_stale(self, age: timedelta, tolerance: timedelta) -> bool:
        return False


class AcceptsMessagesOfTheFuture(Gateway):
    """Has nothing against a message that is still to be sent."""

    breaks = "IPG-DATES-03"

    def date_is_ahead(self, lead: timedelta, tolerance: timedelta) -> bool:
        return False


class CutsOffZones(Gateway):
    """Reads the digits of a date and leaves the zone."""

    breaks = "IPG-DATES-04"

    def date_of(self, text: str) -> RequestDate | None:
        known = super().date_of(text)
        return known and read_date(text.removesuffix(known.zone), self.zone)
