"""kz-accounts 10-11, 17, 49, 64: dates and types in a query, and the windows they make."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from conformance.contracts.kz_accounts.call import Call, invalid
from conformance.contracts.kz_accounts.ledger import StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.wire import LONGEST_WINDOW_DAYS, OLDEST_WINDOW_DAYS, AccountType, date_time

KAZAKHSTAN = timezone(timedelta(hours=5))  # one zone for the whole country since 2024-03-01


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a list of transactions covers, both ends with it; `given` are the ends that the query named."""

    start: datetime
    end: datetime
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OpeningRange:
    """When the accounts of a list were opened; None is an open end."""

    start: datetime | None
    end: datetime | None


class DateRules:
    """Dates of a query (11)."""

    @abstractmethod
    def single_value(self, call: Call, name: str) -> str | None: ...

    def date_parameter(self, call: Call, name: str) -> datetime | None:
        text = self.single_value(call, name)
        return None if text is None else self.date_time_value(name, text)

    def date_time_value(self, name: str, text: str) -> datetime:
        """11: a full date and time that exists, with its zone."""
        try:
            return date_time(text)
        except (ValueError, OverflowError):
            raise invalid(name, "is not a date and time with a zone") from None


class AccountFilterRules(DateRules):
    """Which accounts a list shows (17, 49)."""

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        """The types asked for, all of them when none is named; a repeated `type` means the union (R05)."""
        values = call.values("type") if call.dialect.has_types else ()
        return frozenset(map(self.account_type, values)) or frozenset(AccountType)

    def account_type(self, text: str) -> AccountType:
        """A4.5: one of the four names, letter by letter."""
        try:
            return AccountType(text)
        except ValueError:
            raise invalid("type", "is not one of the account types") from None

    def opening_range(self, call: Call) -> OpeningRange:
        """`from` and `to` of the list; only v3 knows them."""
        if not call.dialect.filters_by_opening:
            return OpeningRange(None, None)
        dialect = call.dialect
        opened = OpeningRange(
            self.date_parameter(call, dialect.start_parameter), self.date_parameter(call, dialect.end_parameter)
        )
        if self.opening_range_is_reversed(opened):
            raise invalid(dialect.start_parameter, f"must not be later than {dialect.end_parameter}")
        return opened

    def opening_range_is_reversed(self, opened: OpeningRange) -> bool:
        """49: `from` is not later than `to`."""
        return opened.start is not None and opened.end is not None and opened.start > opened.end

    def type_matches(self, account: StoredAccount, types: Collection[AccountType]) -> bool:
        return account.type in types

    def opened_late_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return opened.start is None or account.opened >= opened.start

    def opened_early_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return opened.end is None or account.opened <= opened.end

    def ordered_accounts(self, accounts: Sequence[StoredAccount]) -> Sequence[StoredAccount]:
        """Newest first; the id decides between equal moments, so that pages never shift."""
        return sorted(accounts, key=lambda account: (account.opened, account.account_id), reverse=True)


class WindowRules(DateRules):
    """The window of a list of transactions (64)."""

    def window(self, call: Call) -> Window:
        """The window asked for; raises Refusal for one that is not allowed."""
        names = call.dialect.start_parameter, call.dialect.end_parameter
        start, end = (self.date_parameter(call, name) for name in names)
        window = Window(
            start=self.default_start(call) if start is None else start,
            end=self.default_end(call) if end is None else end,
            given=frozenset(name for name, value in zip(("start", "end"), (start, end), strict=True) if value),
        )
        if self.window_is_reversed(window, call):
            raise invalid(names[0], f"must not be later than {names[1]}")
        if self.window_starts_too_early(window, call):
            raise invalid(names[0], f"must not be earlier than {OLDEST_WINDOW_DAYS} days ago")
        if self.window_is_too_long(window, call):
            raise invalid(names[1], f"must be within {LONGEST_WINDOW_DAYS} days of {names[0]}")
        return window

    def default_start(self, call: Call) -> datetime:
        """64: the current date, which begins at midnight in Kazakhstan (R14)."""
        today = call.received.astimezone(KAZAKHSTAN).replace(hour=0, minute=0, second=0, microsecond=0)
        return today.astimezone(UTC)

    def default_end(self, call: Call) -> datetime:
        """64: the moment of the request."""
        return call.received

    def window_is_reversed(self, window: Window, call: Call) -> bool:
        """64: `from` is not later than `to`, also when one of them is the default (R13)."""
        return window.start > window.end

    def window_starts_too_early(self, window: Window, call: Call) -> bool:
        """64: nothing is given from before 180 days ago."""
        return window.start < call.received - timedelta(days=OLDEST_WINDOW_DAYS)

    def window_is_too_long(self, window: Window, call: Call) -> bool:
        """64: at most 90 days, also when one end is the default (R13)."""
        return window.end - window.start > timedelta(days=LONGEST_WINDOW_DAYS)

    def moment_of(self, transaction: StoredTransaction) -> datetime:
        """64: the time of the operation decides, not that of its booking."""
        return transaction.created

    def transaction_is_late_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return self.moment_of(transaction) >= window.start

    def transaction_is_early_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return self.moment_of(transaction) <= window.end

    def ordered_transactions(self, transactions: Sequence[StoredTransaction]) -> Sequence[StoredTransaction]:
        """Newest first; the id decides between equal moments, so that pages never shift (R25)."""
        return sorted(transactions, key=lambda item: (item.created, item.transaction_id), reverse=True)
