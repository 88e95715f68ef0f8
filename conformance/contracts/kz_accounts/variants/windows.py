"""kz-accounts 64, R12-R15: where exactly a window of transactions may begin and end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.filters import OpeningRange, Window
from conformance.contracts.kz_accounts.ledger import StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.variants.variant import Variant


class DayStartsInUtc(Variant):
    """64 does not say where the current date begins (R14)."""

    def default_start(self, call: Call) -> datetime:
        return call.received.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


class DefaultIsTheLast24Hours(Variant):
    """64 does not say where the current date begins (R14)."""

    def default_start(self, call: Call) -> datetime:
        return call.received - timedelta(hours=24)


class OldestEdgeIsGenerous(Variant):
    """180 days may be counted from the end of today and in whole days (R12)."""

    def window_starts_too_early(self, window: Window, call: Call) -> bool:
        return window.start < call.received - timedelta(days=181, hours=12)


class OldestEdgeIsStrict(Variant):
    """180 days may be counted with today as the first of them (R12)."""

    def window_starts_too_early(self, window: Window, call: Call) -> bool:
        return window.start < call.received - timedelta(days=179, hours=12)


class LongestWindowIsGenerous(Variant):
    """90 days may be counted in whole days (R13)."""

    def window_is_too_long(self, window: Window, call: Call) -> bool:
        return window.end - window.start > timedelta(days=90, hours=12)


class WindowEndIsExclusive(Variant):
    """Whether an item exactly at `to` belongs to the answer is not said (R15)."""

    def transaction_is_early_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return self.moment_of(transaction) < window.end

    def opened_early_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return opened.end is None or account.opened < opened.end
