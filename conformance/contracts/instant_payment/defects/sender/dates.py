"""instant-payment: a request_date that is none, or that of another time."""

from __future__ import annotations

from datetime import timedelta

from conformance.contracts.instant_payment.sender import BankClient
from conformance.contracts.instant_payment.wire import Operation, date_text


class WritesSecondsSince1970(BankClient):
    """Writes request_date as the seconds since 1970."""

    breaks = "IPG-DATES-01"

    def date(self, operation: Operation) -> str:
        return str(int(self.clock().timestamp()))


class WritesDatesWithoutTime(BankClient):
    """Writes request_date as a date alone."""

    breaks = "IPG-DATES-01"

    def date(self, operation: Operation) -> str:
        return super().date(operation)[:10]


class WritesUniversalTime(BankClient):
    """Writes the time of Greenwich where local time is agreed."""

    breaks = "IPG-DATES-05"

    def date(self, operation: Operation) -> str:
        moment = self.clock() - timedelta(hours=4)
        return date_text(moment, self.zone, "000")


class WritesTheTimeOfItsStart(BankClient):
    """Writes the time at which it was started, an hour before it pays."""

    breaks = "IPG-DATES-05"

    def date(self, operation: Operation) -> str:
        return date_text(self.begun - timedelta(hours=1), self.zone, "000")
