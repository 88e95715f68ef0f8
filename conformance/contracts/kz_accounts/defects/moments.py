"""Providers that read dates in a query wrongly: each wrong on each list."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal, invalid
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import ErrorCode, date_time

_ACCOUNTS, _TRANSACTIONS = Operation.ACCOUNTS, Operation.TRANSACTIONS


class _ReadsDates(Provider):
    """Reads dates in its own way on the list `at`; `read` returns None for what it reads like others."""

    at: Operation

    def date_parameter(self, call: Call, name: str) -> datetime | None:
        text = self.single_value(call, name)
        if text is None or call.operation is not self.at:
            return super().date_parameter(call, name)
        return self.read(name, text) or super().date_parameter(call, name)

    def read(self, name: str, text: str) -> datetime | None:
        raise NotImplementedError


# --- zones and fractions ----------------------------------------------------------------------------------


class _IgnoresOffsets(_ReadsDates):
    def read(self, name: str, text: str) -> datetime | None:
        return date_time(f"{text[:19]}Z") if re.search(r"[+-]\d\d:\d\d$", text) else None


class IgnoresOffsetsForTransactions(_IgnoresOffsets):
    """Takes every time of day for UTC."""

    breaks, at = "KZA-MOMENTS-01", _TRANSACTIONS


class IgnoresOffsetsForAccounts(_IgnoresOffsets):
    """Takes every time of day for UTC."""

    breaks, at = "KZA-MOMENTS-21", _ACCOUNTS


class _KnowsOnlyZ(_ReadsDates):
    def read(self, name: str, text: str) -> datetime | None:
        if re.search(r"[+-]\d\d:\d\d$", text):
            raise invalid(name, "does not end with Z")
        return None


class KnowsOnlyZForTransactions(_KnowsOnlyZ):
    """Refuses offsets."""

    breaks, at = "KZA-MOMENTS-01", _TRANSACTIONS


class KnowsOnlyZForAccounts(_KnowsOnlyZ):
    """Refuses offsets."""

    breaks, at = "KZA-MOMENTS-21", _ACCOUNTS


class _KnowsOnlyWholeSeconds(_ReadsDates):
    def read(self, name: str, text: str) -> datetime | None:
        if "." in text:
            raise invalid(name, "has a fraction")
        return None


class KnowsOnlyWholeSecondsForTransactions(_KnowsOnlyWholeSeconds):
    """Refuses fractions of a second."""

    breaks, at = "KZA-MOMENTS-02", _TRANSACTIONS


class KnowsOnlyWholeSecondsForAccounts(_KnowsOnlyWholeSeconds):
    """Refuses fractions of a second."""

    breaks, at = "KZA-MOMENTS-22", _ACCOUNTS


class _LosesTheZoneAfterAFraction(_ReadsDates):
    def read(self, name: str, text: str) -> datetime | None:
        return date_time(f"{text[:19]}+05:00") if re.search(r"T[\d:]+\.\d+Z$", text) else None


class LosesTheZoneAfterAFractionForTransactions(_LosesTheZoneAfterAFraction):
    """Takes a time with a fraction for local time."""

    breaks, at = "KZA-MOMENTS-02", _TRANSACTIONS


class LosesTheZoneAfterAFractionForAccounts(_LosesTheZoneAfterAFraction):
    """Takes a time with a fraction for local time."""

    breaks, at = "KZA-MOMENTS-22", _ACCOUNTS


# --- what is no moment ------------------------------------------------------------------------------------


class _AssumesAZone(_ReadsDates):
    def read(self, name: str, text: str) -> datetime | None:
        return date_time(f"{text}+05:00") if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}", text) else None


class AssumesAZoneForTransactions(_AssumesAZone):
    """Takes a time without a zone for local time."""

    breaks, at = "KZA-MOMENTS-03", _TRANSACTIONS


class AssumesAZoneForAccounts(_AssumesAZone):
    """Takes a time without a zone for local time."""

    breaks, at = "KZA-MOMENTS-23", _ACCOUNTS


class _AssumesMidnight(_ReadsDates):
    def read(self, name: str, text: str) -> datetime | None:
        return date_time(f"{text}T00:00:00+05:00") if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None


class AssumesMidnightForTransactions(_AssumesMidnight):
    """Takes a date for its first moment."""

    breaks, at = "KZA-MOMENTS-04", _TRANSACTIONS


class AssumesMidnightForAccounts(_AssumesMidnight):
    """Takes a date for its first moment."""

    breaks, at = "KZA-MOMENTS-24", _ACCOUNTS


class _CarriesOver(_ReadsDates):
    """Carries what is too much over to the next unit; on `only` one end, where that is given."""

    only = ""

    def read(self, name: str, text: str) -> datetime | None:
        parts = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z", text)
        if parts is None or self.only not in ("", name):
            return None
        year, month, day, hour, minute, second = map(int, parts.groups())
        first = datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
        return first + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)


class CarriesOverForTransactions(_CarriesOver):
    """Takes 31 June for 1 July, and 25:00 for 1:00 of the next day."""

    breaks, at = "KZA-MOMENTS-05", _TRANSACTIONS


class CarriesOverInTheEndForTransactions(_CarriesOver):
    """Takes 31 June for 1 July as the end of a window."""

    breaks, at, only = "KZA-MOMENTS-05", _TRANSACTIONS, "to"


class CarriesOverForAccounts(_CarriesOver):
    """Takes 31 June for 1 July, and 25:00 for 1:00 of the next day."""

    breaks, at = "KZA-MOMENTS-25", _ACCOUNTS


class _ReadsSecondsSince1970(_ReadsDates):
    def read(self, name: str, text: str) -> datetime | None:
        return datetime.fromtimestamp(int(text), UTC) if re.fullmatch(r"\d{9,10}", text) else None


class ReadsSecondsSince1970ForTransactions(_ReadsSecondsSince1970):
    """Takes a number for seconds since 1970."""

    breaks, at = "KZA-MOMENTS-06", _TRANSACTIONS


class ReadsSecondsSince1970ForAccounts(_ReadsSecondsSince1970):
    """Takes a number for seconds since 1970."""

    breaks, at = "KZA-MOMENTS-26", _ACCOUNTS


class _IgnoresEmptyDates(_ReadsDates):
    def date_parameter(self, call: Call, name: str) -> datetime | None:
        if call.operation is self.at and self.single_value(call, name) == "":
            return None
        return super(_ReadsDates, self).date_parameter(call, name)


class IgnoresEmptyDatesForTransactions(_IgnoresEmptyDates):
    """Takes an empty end of a window for none."""

    breaks, at = "KZA-MOMENTS-06", _TRANSACTIONS


class IgnoresEmptyDatesForAccounts(_IgnoresEmptyDates):
    """Takes an empty date for none."""

    breaks, at = "KZA-MOMENTS-26", _ACCOUNTS


class _CallsABadDateMissing(_ReadsDates):
    def read(self, name: str, text: str) -> datetime | None:
        if text == "yesterday":
            raise Refusal(400, ErrorCode.FIELD_MISSING, f"{name}: is not a date")
        return None


class CallsABadDateMissingForTransactions(_CallsABadDateMissing):
    """Refuses a word with the code for a missing field."""

    breaks, at = "KZA-MOMENTS-06", _TRANSACTIONS


class CallsABadDateMissingForAccounts(_CallsABadDateMissing):
    """Refuses a word with the code for a missing field."""

    breaks, at = "KZA-MOMENTS-26", _ACCOUNTS
