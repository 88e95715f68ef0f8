"""Providers whose lists come in wrong pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal, invalid
from conformance.contracts.kz_accounts.ledger import StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.pages import Paging
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import ErrorCode

_ACCOUNTS, _TRANSACTIONS = Operation.ACCOUNTS, Operation.TRANSACTIONS


class _OnOneList(Provider):
    """A provider that is wrong on the list `at` only."""

    at: Operation

    def concerns(self, call: Call) -> bool:
        return call.operation is self.at

    def lists(self, matching: Sequence[Any]) -> bool:
        kind = StoredAccount if self.at is _ACCOUNTS else StoredTransaction
        return bool(matching) and isinstance(matching[0], kind)


def on_each_list(for_accounts: str, for_transactions: str) -> Callable[[type[_OnOneList]], type[_OnOneList]]:
    """Make two defects of one wrong, `...OfAccounts` and `...OfTransactions`, that break these requirements."""

    def make(wrong: type[_OnOneList]) -> type[_OnOneList]:
        for at, breaks in ((_ACCOUNTS, for_accounts), (_TRANSACTIONS, for_transactions)):
            name = f"{wrong.__name__}Of{at.name.title()}"
            members = {"breaks": breaks, "at": at, "__doc__": f"{wrong.__doc__} Of {at} only.", "__module__": __name__}
            globals()[name] = type(name, (wrong,), members)
        return wrong

    return make


# --- the defaults -----------------------------------------------------------------------------------------


@on_each_list("KZA-PAGING-01", "KZA-PAGING-21")
class StartsAtPageTwo(_OnOneList):
    """Shows page 2 when no page is asked for."""

    def page_number(self, call: Call) -> int:
        return super().page_number(call) + (self.concerns(call) and not call.values("pageNumber"))


@on_each_list("KZA-PAGING-02", "KZA-PAGING-22")
class ShowsTwentyByDefault(_OnOneList):
    """Shows 20 items when no size is asked for."""

    def page_size(self, call: Call) -> int:
        return 20 if self.concerns(call) and not call.values("pageSize") else super().page_size(call)


# --- the size ---------------------------------------------------------------------------------------------


@on_each_list("KZA-PAGING-03", "KZA-PAGING-23")
class RefusesAHundred(_OnOneList):
    """Takes the largest size of a page as the first one that is too large."""

    def page_size(self, call: Call) -> int:
        if self.concerns(call) and call.values("pageSize") == ("100",):
            raise invalid("pageSize", "must be below 100")
        return super().page_size(call)


@on_each_list("KZA-PAGING-04", "KZA-PAGING-24")
class CapsThePage(_OnOneList):
    """Never shows more than 20 items on a page, without a word."""

    def page_size(self, call: Call) -> int:
        return min(super().page_size(call), 20 if self.concerns(call) else 100)


@on_each_list("KZA-PAGING-04", "KZA-PAGING-24")
class IgnoresTheSize(_OnOneList):
    """Shows 10 items on a page, whatever pageSize says."""

    def page_size(self, call: Call) -> int:
        asked = super().page_size(call)
        return self.default_page_size if self.concerns(call) else asked


@on_each_list("KZA-PAGING-04", "KZA-PAGING-24")
class ShowsOneTooMany(_OnOneList):
    """Shows the first item of the next page as well."""

    def page_items(self, matching: Sequence[Any], paging: Paging) -> Sequence[Any]:
        extra = 1 if self.lists(matching) and paging.size == 3 else 0
        return matching[paging.start : paging.end + extra]


@on_each_list("KZA-PAGING-05", "KZA-PAGING-25")
class ClampsLargeSizes(_OnOneList):
    """Shows 100 items when more are asked for, in place of a refusal."""

    def page_size_is_allowed(self, size: int) -> bool:
        return size >= 1

    def page_size(self, call: Call) -> int:
        size = super().page_size(call)
        if not self.concerns(call) and size > 100:
            raise invalid("pageSize", "must be between 1 and 100")
        return min(size, 100)


class _TakesForDefault(_OnOneList):
    """Takes some bad texts as if the parameter were absent."""

    parameter: str
    texts: frozenset[str]

    def single_value(self, call: Call, name: str) -> str | None:
        text = super().single_value(call, name)
        return None if self.concerns(call) and name == self.parameter and text in self.texts else text


class TakesZeroAccountsForDefault(_TakesForDefault):
    """Shows 10 accounts when 0 are asked for."""

    breaks, at, parameter, texts = "KZA-PAGING-05", _ACCOUNTS, "pageSize", frozenset({"0"})


class TakesZeroTransactionsForDefault(_TakesForDefault):
    """Shows 10 transactions when 0 are asked for."""

    breaks, at, parameter, texts = "KZA-PAGING-25", _TRANSACTIONS, "pageSize", frozenset({"0"})


class TakesWordsForDefaultSizeOfAccounts(_TakesForDefault):
    """Shows 10 accounts when the size is a word."""

    breaks, at, parameter, texts = "KZA-PAGING-05", _ACCOUNTS, "pageSize", frozenset({"ten"})


class TakesNoSizeOfTransactionsForDefault(_TakesForDefault):
    """Shows 10 transactions when the size is empty."""

    breaks, at, parameter, texts = "KZA-PAGING-25", _TRANSACTIONS, "pageSize", frozenset({""})


class TakesPageZeroOfAccountsForTheFirst(_TakesForDefault):
    """Shows the first page of accounts as page 0 too."""

    breaks, at, parameter, texts = "KZA-PAGING-06", _ACCOUNTS, "pageNumber", frozenset({"0"})


class TakesPageZeroOfTransactionsForTheFirst(_TakesForDefault):
    """Shows the first page of transactions as page 0 too."""

    breaks, at, parameter, texts = "KZA-PAGING-26", _TRANSACTIONS, "pageNumber", frozenset({"0"})


class TakesNegativePagesOfAccounts(_TakesForDefault):
    """Shows the first page of accounts for negative numbers."""

    breaks, at, parameter, texts = "KZA-PAGING-06", _ACCOUNTS, "pageNumber", frozenset({"-1"})


class TakesWordsForDefaultPageOfTransactions(_TakesForDefault):
    """Shows the first page of transactions when the number is a word."""

    breaks, at, parameter, texts = "KZA-PAGING-26", _TRANSACTIONS, "pageNumber", frozenset({"one"})


class _ReadsNumbersLeniently(_OnOneList):
    """Reads what a programming language takes for a number."""

    parameter: str

    def single_value(self, call: Call, name: str) -> str | None:
        text = super().single_value(call, name)
        if not self.concerns(call) or name != self.parameter or not text:
            return text
        try:
            return str(int(float(text)))
        except (ValueError, OverflowError):
            return text


@on_each_list("KZA-PAGING-05", "KZA-PAGING-25")
class ReadsSizesLeniently(_ReadsNumbersLeniently):
    """Takes 1.5, 1e1 and Arabic digits for a size."""

    parameter = "pageSize"


@on_each_list("KZA-PAGING-06", "KZA-PAGING-26")
class ReadsPageNumbersLeniently(_ReadsNumbersLeniently):
    """Takes 1.5, 1e0 and Arabic digits for the number of a page."""

    parameter = "pageNumber"


class CallsABadAccountSizeMissing(_OnOneList):
    """Refuses a bad size with the code for a missing field."""

    breaks, at = "KZA-PAGING-05", _ACCOUNTS

    def page_size(self, call: Call) -> int:
        try:
            return super().page_size(call)
        except Refusal as refusal:
            raise Refusal(400, _missing(self.concerns(call), refusal), refusal.description) from None


class CallsABadTransactionPageMissing(_OnOneList):
    """Refuses a bad page number with the code for a missing field."""

    breaks, at = "KZA-PAGING-26", _TRANSACTIONS

    def page_number(self, call: Call) -> int:
        try:
            return super().page_number(call)
        except Refusal as refusal:
            raise Refusal(400, _missing(self.concerns(call), refusal), refusal.description) from None


def _missing(concerned: bool, refusal: Refusal) -> str:
    return ErrorCode.FIELD_MISSING if concerned else refusal.code


# --- how pages join ---------------------------------------------------------------------------------------


@on_each_list("KZA-PAGING-07", "KZA-PAGING-27")
class SkipsOneBetweenPages(_OnOneList):
    """Loses one item between every two pages."""

    def page_items(self, matching: Sequence[Any], paging: Paging) -> Sequence[Any]:
        gap = paging.number - 1 if self.lists(matching) else 0
        return matching[paging.start + gap : paging.end + gap]


@on_each_list("KZA-PAGING-07", "KZA-PAGING-27")
class RepeatsOneBetweenPages(_OnOneList):
    """Shows the last item of a page once more on the next."""

    def page_items(self, matching: Sequence[Any], paging: Paging) -> Sequence[Any]:
        back = 1 if self.lists(matching) and paging.number > 1 else 0
        return matching[paging.start - back : paging.end]


@on_each_list("KZA-PAGING-07", "KZA-PAGING-27")
class LosesThePartialPage(_OnOneList):
    """Shows nothing on a last page that is not full."""

    def page_items(self, matching: Sequence[Any], paging: Paging) -> Sequence[Any]:
        items = super().page_items(matching, paging)
        partial = self.lists(matching) and paging.number > 1 and len(items) < paging.size
        return [] if partial else items


class _Disorderly(_OnOneList):
    """Items of the same moment, or all of them, come in another order each time."""

    asked = 0

    def turned(self, items: Sequence[Any]) -> Sequence[Any]:
        self.asked += 1
        turn = self.asked % max(1, len(items))
        return [*items[turn:], *items[:turn]]


class ShufflesAccounts(_Disorderly):
    """Shows the accounts in another order each time."""

    breaks, at = "KZA-PAGING-08", _ACCOUNTS

    def ordered_accounts(self, accounts: Sequence[StoredAccount]) -> Sequence[StoredAccount]:
        return self.turned(super().ordered_accounts(accounts))


class ShufflesTransactions(_Disorderly):
    """Shows the transactions in another order each time."""

    breaks, at = "KZA-PAGING-28", _TRANSACTIONS

    def ordered_transactions(self, transactions: Sequence[StoredTransaction]) -> Sequence[StoredTransaction]:
        return self.turned(super().ordered_transactions(transactions))


class ShufflesAccountsOfOneMoment(_Disorderly):
    """Shows accounts that were opened at the same moment in one order or the other."""

    breaks, at = "KZA-PAGING-08", _ACCOUNTS

    def ordered_accounts(self, accounts: Sequence[StoredAccount]) -> Sequence[StoredAccount]:
        self.asked += 1
        ties = sorted(accounts, key=lambda account: account.account_id, reverse=self.asked % 2 == 0)
        return sorted(ties, key=lambda account: account.opened, reverse=True)


class ShufflesTransactionsOfOneMoment(_Disorderly):
    """Shows transactions of the same moment in one order or the other."""

    breaks, at = "KZA-PAGING-28", _TRANSACTIONS

    def ordered_transactions(self, transactions: Sequence[StoredTransaction]) -> Sequence[StoredTransaction]:
        self.asked += 1
        ties = sorted(transactions, key=lambda item: item.transaction_id, reverse=self.asked % 2 == 0)
        return sorted(ties, key=lambda item: item.created, reverse=True)


# --- what the page says -----------------------------------------------------------------------------------


@on_each_list("KZA-PAGING-09", "KZA-PAGING-29")
class CountsThePage(_OnOneList):
    """totalItems is the number of items on the page."""

    def total_items(self, matching: Sequence[Any], paging: Paging, call: Call) -> int:
        return len(self.page_items(matching, paging)) if self.concerns(call) else len(matching)


@on_each_list("KZA-PAGING-09", "KZA-PAGING-29")
class CountsWhatIsLeft(_OnOneList):
    """totalItems shrinks from page to page."""

    def total_items(self, matching: Sequence[Any], paging: Paging, call: Call) -> int:
        return max(0, len(matching) - paging.start) if self.concerns(call) else len(matching)


@on_each_list("KZA-PAGING-10", "KZA-PAGING-30")
class CallsEveryPageTheLast(_OnOneList):
    """isLastPage is true on every page."""

    def page_is_last(self, matching: Sequence[Any], paging: Paging, call: Call) -> bool:
        return self.concerns(call) or super().page_is_last(matching, paging, call)


@on_each_list("KZA-PAGING-10", "KZA-PAGING-30")
class CallsNoPageTheLast(_OnOneList):
    """isLastPage is false on every page."""

    def page_is_last(self, matching: Sequence[Any], paging: Paging, call: Call) -> bool:
        return not self.concerns(call) and super().page_is_last(matching, paging, call)


@on_each_list("KZA-PAGING-10", "KZA-PAGING-30")
class ExpectsMoreAfterAFullPage(_OnOneList):
    """isLastPage is false on a last page that is full."""

    def page_is_last(self, matching: Sequence[Any], paging: Paging, call: Call) -> bool:
        if self.concerns(call):
            return len(self.page_items(matching, paging)) < paging.size
        return super().page_is_last(matching, paging, call)


# --- beyond the end ---------------------------------------------------------------------------------------


@on_each_list("KZA-PAGING-11", "KZA-PAGING-31")
class ShowsTheLastPageForever(_OnOneList):
    """Shows the last items on every page beyond the end."""

    def page_items(self, matching: Sequence[Any], paging: Paging) -> Sequence[Any]:
        if self.lists(matching) and paging.start >= len(matching):
            return matching[-paging.size :]
        return super().page_items(matching, paging)


@on_each_list("KZA-PAGING-11", "KZA-PAGING-31")
class PromisesMoreBeyondTheEnd(_OnOneList):
    """isLastPage is false on an empty page beyond the end."""

    def page_is_last(self, matching: Sequence[Any], paging: Paging, call: Call) -> bool:
        beyond = self.concerns(call) and bool(matching) and paging.start >= len(matching)
        return not beyond and super().page_is_last(matching, paging, call)


class _RefusesOddlyBeyondTheEnd(_OnOneList):
    refusal: Refusal

    def check_page_exists(self, matching: Sequence[Any], paging: Paging) -> None:
        if self.lists(matching) and paging.start >= len(matching):
            raise self.refusal


@on_each_list("KZA-PAGING-11", "KZA-PAGING-31")
class ForbidsPagesBeyondTheEnd(_RefusesOddlyBeyondTheEnd):
    """Refuses a page beyond the end as if it were forbidden."""

    refusal = Refusal(403, "FORBIDDEN", "no such page")


@on_each_list("KZA-PAGING-11", "KZA-PAGING-31")
class CallsPagesBeyondTheEndMissing(_RefusesOddlyBeyondTheEnd):
    """Refuses a page beyond the end with the code for a missing field."""

    refusal = Refusal(400, ErrorCode.FIELD_MISSING, "pageNumber: no such page")
