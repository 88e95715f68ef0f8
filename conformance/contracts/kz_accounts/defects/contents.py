"""Providers that show other transactions than those of the window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Operation, not_found
from conformance.contracts.kz_accounts.filters import Window
from conformance.contracts.kz_accounts.ledger import StoredTransaction
from conformance.contracts.kz_accounts.pages import Paging
from conformance.contracts.kz_accounts.provider import Provider


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


class IgnoresTheStart(Provider):
    """Shows everything up to the end of the window."""

    breaks = "KZA-CONTENTS-01"

    def transaction_is_late_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return True


class IgnoresTheEnd(Provider):
    """Shows everything from the start of the window on."""

    breaks = "KZA-CONTENTS-01"

    def transaction_is_early_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return True


class StartsWithTheWholeDay(Provider):
    """Takes the start of a window by its day."""

    breaks = "KZA-CONTENTS-01"

    def transaction_is_late_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return transaction.created >= _day(window.start)


class EndsWithTheWholeMinute(Provider):
    """Takes the end of a window by its minute."""

    breaks = "KZA-CONTENTS-01"

    def transaction_is_early_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return transaction.created < window.end.replace(second=0, microsecond=0) + timedelta(minutes=1)


class LosesTheLastDay(Provider):
    """Takes the end of an explicit window for the start of its day."""

    breaks = "KZA-CONTENTS-02"

    def transaction_is_early_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return transaction.created <= (_day(window.end) if "end" in window.given else window.end)


class LosesTheFirstDay(Provider):
    """Takes the start of an explicit window for the end of its day."""

    breaks = "KZA-CONTENTS-02"

    def transaction_is_late_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        first = _day(window.start) + timedelta(days=1)
        return transaction.created >= (first if "start" in window.given else window.start)


class LosesTheLastMinutes(Provider):
    """Leaves out the last minutes before the end of an explicit window that lies in the past."""

    breaks = "KZA-CONTENTS-02"

    def transaction_is_early_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        past = window.end < self.clock() - timedelta(hours=1)
        return transaction.created <= window.end - timedelta(minutes=5 if past else 0)


class GoesByBooking(Provider):
    """Looks for transactions by the time of their booking."""

    breaks = "KZA-CONTENTS-03"

    def moment_of(self, transaction: StoredTransaction) -> datetime:
        return transaction.booked or transaction.created


class GoesByValueDate(Provider):
    """Looks for transactions by their value date."""

    breaks = "KZA-CONTENTS-03"

    def moment_of(self, transaction: StoredTransaction) -> datetime:
        return transaction.valued or transaction.created


class StartsAfterTheStart(Provider):
    """Leaves out a transaction exactly at the start of the window."""

    breaks = "KZA-CONTENTS-04"

    def transaction_is_late_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return transaction.created > window.start


class _OnEmptyWindows(Provider):
    """Is wrong where an account has transactions, but none in the window."""

    def is_empty_window(self, matching: Sequence[Any], call: Call) -> bool:
        return not matching and call.operation is Operation.TRANSACTIONS and bool(self.account_of(call).transactions)


class HasNoEmptyWindows(_OnEmptyWindows):
    """Answers 404 where nothing happened."""

    breaks = "KZA-CONTENTS-05"

    def transactions_body(self, call: Call) -> dict[str, Any]:
        body = super().transactions_body(call)
        if self.is_empty_window(body["data"]["transactions"], call) and body["page"]["totalItems"] == 0:
            raise not_found("transactions")
        return body


class CountsOneInAnEmptyWindow(_OnEmptyWindows):
    """totalItems is 1 where nothing happened."""

    breaks = "KZA-CONTENTS-05"

    def total_items(self, matching: Sequence[Any], paging: Paging, call: Call) -> int:
        return 1 if self.is_empty_window(matching, call) else len(matching)


class PromisesMoreInAnEmptyWindow(_OnEmptyWindows):
    """isLastPage is false where nothing happened."""

    breaks = "KZA-CONTENTS-05"

    def page_is_last(self, matching: Sequence[Any], paging: Paging, call: Call) -> bool:
        return not self.is_empty_window(matching, call) and super().page_is_last(matching, paging, call)
