"""Mishaps between the books and the answer: queries, object mappers, several systems behind one list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from conformance.contracts.kz_accounts.bodies import JsonObject
from conformance.contracts.kz_accounts.call import Call, Operation, Refusal
from conformance.contracts.kz_accounts.filters import Window
from conformance.contracts.kz_accounts.ledger import Ledger, StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.pages import Item, Paging
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import AccountType, TransactionStatus
from conformance.transport.message import Reply, Request

# --- pages and totals -------------------------------------------------------------------------------------


class FiltersThePageThatItRead(Provider):
    """The database gives one page of all accounts, and the type is filtered in memory afterwards."""

    symptoms = ("KZA-FILTER-09", "KZA-FILTER-10", "KZA-FILTER-11")

    def accounts_body(self, call: Call) -> dict[str, Any]:
        paging, types = self.paging(call), self.type_filter(call)
        everything = self.matching_accounts(replace(call, parameters=_without(call, "type")))
        shown = [item for item in self.page_items(everything, paging) if self.type_matches(item, types)]
        return {
            "data": {"accounts": [self.account_json(account, call) for account in shown]},
            "page": self.page_json(everything, paging, call),
        }


class IgnoresThePageOnceAFilterIsSet(Provider):
    """The query with a filter is another one than that without, and nobody added the page to it."""

    symptoms = ("KZA-FILTER-10", "KZA-FILTER-11")

    def accounts_body(self, call: Call) -> dict[str, Any]:
        self.paging(call)
        body = super().accounts_body(call)
        if not call.values("type"):
            return body
        matching = self.matching_accounts(call)
        return {
            "data": {"accounts": [self.account_json(account, call) for account in matching]},
            "page": {"totalItems": len(matching), "isLastPage": True},
        }


class HidesClosedAccountsAfterPaging(Provider):
    """Closed and blocked accounts are taken out of the page that was read, and still count in its total."""

    symptoms = ("KZA-PAGING-02", "KZA-PAGING-04", "KZA-PAGING-07", "KZA-PAGING-09", "KZA-PAGING-10")

    def accounts_body(self, call: Call) -> dict[str, Any]:
        paging, types, opened = self.paging(call), self.type_filter(call), self.opening_range(call)
        everything = self.ordered_accounts(
            [
                account
                for account in self.accounts_of_client(call)
                if self.type_matches(account, types)
                and self.opened_late_enough(account, opened)
                and self.opened_early_enough(account, opened)
            ]
        )
        shown = [item for item in self.page_items(everything, paging) if self.account_is_listed(item)]
        return {
            "data": {"accounts": [self.account_json(account, call) for account in shown]},
            "page": self.page_json(everything, paging, call),
        }


class CountsSoftDeletedAccounts(Provider):
    """Deleted rows are only marked; the query of the list leaves them out, the query of the total does not."""

    symptoms = ("KZA-OPENINGS-06", "KZA-PAGING-09")

    def total_items(self, matching: Sequence[Any], paging: Paging, call: Call) -> int:
        hidden = 0
        if call.operation is Operation.ACCOUNTS:
            hidden = sum(not self.account_is_listed(account) for account in self.accounts_of_client(call))
        return super().total_items(matching, paging, call) + hidden


class CountsBeforeTheFilter(Provider):
    """The total is that of all the client's open accounts, whatever the filter, and the last page follows from it."""

    symptoms = ("KZA-FILTER-09", "KZA-FILTER-10")

    def page_json(self, matching: Sequence[Any], paging: Paging, call: Call) -> dict[str, Any]:
        if call.operation is Operation.ACCOUNTS:
            matching = [account for account in self.accounts_of_client(call) if self.account_is_listed(account)]
        return super().page_json(matching, paging, call)


class CountsTheItemsOfThePage(Provider):
    """The mapper sets totalItems to the size of the page that it holds, since the page object was not passed on."""

    symptoms = ("KZA-PAGING-09", "KZA-PAGING-29")

    def total_items(self, matching: Sequence[Any], paging: Paging, call: Call) -> int:
        return len(self.page_items(matching, paging))


class DropsTheLastPartialPage(Provider):
    """The number of pages is an integer division, so that the items of the last, shorter page are never served."""

    symptoms = ("KZA-PAGING-07", "KZA-PAGING-10", "KZA-PAGING-27", "KZA-PAGING-30")

    def page_items(self, matching: Sequence[Item], paging: Paging) -> Sequence[Item]:
        return super().page_items(matching[: self.last_served(matching, paging)], paging)

    def page_is_last(self, matching: Sequence[Any], paging: Paging, call: Call) -> bool:
        return paging.end >= self.last_served(matching, paging)

    def last_served(self, matching: Sequence[Any], paging: Paging) -> int:
        return len(matching) // paging.size * paging.size or len(matching)


class CountsPagesFromZero(Provider):
    """Spring Data numbers pages from 0; the number of the request is passed on as it is, 0 is refused before that."""

    symptoms = ("KZA-FILTER-02", "KZA-PAGING-01")

    def paging(self, call: Call) -> Paging:
        paging = super().paging(call)
        return replace(paging, number=paging.number + 1) if call.values("pageNumber") else paging


class CapsThePageSize(Provider):
    """Spring Data cuts a page size over its maximum down to that, and serves the page."""

    symptoms = ("KZA-PAGING-05", "KZA-PAGING-25")

    def page_size_is_allowed(self, size: int) -> bool:
        return size >= 1

    def page_size(self, call: Call) -> int:
        return min(100, super().page_size(call))


class OverflowsOnLargePages(Provider):
    """The offset is a 32-bit product of number and size; where it overflows, the database refuses it."""

    symptoms = ("KZA-FAILURES-03",)

    def paging(self, call: Call) -> Paging:
        paging = super().paging(call)
        if paging.start >= 2**31:
            raise self.internal_error()
        return paging


class LeavesTheOrderToTheDatabase(Provider):
    """The query has no ORDER BY; from the second page on the database walks another index, in another order."""

    symptoms = ("KZA-PAGING-07", "KZA-PAGING-27")

    def page_items(self, matching: Sequence[Item], paging: Paging) -> Sequence[Item]:
        return super().page_items(matching if paging.number == 1 else matching[::-1], paging)


# --- one list out of several systems ----------------------------------------------------------------------


class ShowsHoldsBesidePostings(Provider):
    """A card payment stands in two systems, as a hold and as a posting, and the list shows both under one id."""

    symptoms = ("KZA-SHAPE-19",)

    def holdings(self, ledger: Ledger) -> Ledger:
        return replace(ledger, accounts=tuple(map(_with_holds, ledger.accounts)))


def _with_holds(account: StoredAccount) -> StoredAccount:
    if not account.has_card:
        return account
    doubled = [
        version
        for item in account.transactions
        for version in (item, replace(item, status=TransactionStatus.PENDING, booked=None, valued=None))
        if version is item or item.booked is not None
    ]
    return replace(account, transactions=tuple(doubled))


class MergesARetriedPartTwice(Provider):
    """A gateway joins two partial lists and asks the slow part again after a timeout; both its answers are merged."""

    symptoms = ("KZA-PAGING-02", "KZA-PAGING-04", "KZA-PAGING-22", "KZA-PAGING-24", "KZA-SHAPE-14", "KZA-SHAPE-19")

    def page_items(self, matching: Sequence[Item], paging: Paging) -> Sequence[Item]:
        shown = list(super().page_items(matching, paging))
        return shown + shown[:2] if len(shown) >= 5 else shown


class NumbersTransactionsByTwoDigits(Provider):
    """The transaction id is a running number in a column of two digits, unique only together with the date."""

    symptoms = ("KZA-SHAPE-19",)

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> JsonObject:
        number = int(transaction.reference[-2:])
        return {**super().transaction_json(transaction, account, call), "transactionId": f"{number:06d}"}


class KnowsNoCardTransactions(Provider):
    """Card accounts are listed by the core, but their transactions live with the processor, which is not connected."""

    symptoms = ("KZA-CONSISTENCY-04",)

    def transactions_body(self, call: Call) -> dict[str, Any]:
        if self.account_of(call).has_card:
            raise self.refusal_of_unknown_account()
        return super().transactions_body(call)


class ListsBalancesOfLastNight(Provider):
    """The list comes from a store that is filled at night, the balance from the core: they differ after a payment."""

    symptoms = ("KZA-CONSISTENCY-01",)

    def listed_balance(self, account: StoredAccount) -> int:
        today = [item for item in account.transactions if item.created > self.clock() - timedelta(days=1)]
        return self.current_balance(account) - sum(item.amount.amount for item in today)


class KeepsTheListInTenge(Provider):
    """The core keeps tiyn, the card system whole tenge; nobody converts the balances of cards in the list."""

    symptoms = ("KZA-CONSISTENCY-01",)

    def listed_balance(self, account: StoredAccount) -> int:
        balance = self.current_balance(account)
        return balance // 100 if account.has_card else balance


class FiltersByBookingDate(Provider):
    """The index lies on the booking date, so that the query filters by it; pending items count as booked today."""

    symptoms = ("KZA-CONTENTS-03",)

    def transaction_is_late_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return (transaction.booked or self.clock()) >= window.start

    def transaction_is_early_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return (transaction.booked or self.clock()) <= window.end


class ShowsJointAccountsToBoth(Provider):
    """Ownership is a join over the household, so that each client also sees the other's savings."""

    symptoms = ("KZA-ISOLATION-01",)

    def accounts_of_client(self, call: Call) -> tuple[StoredAccount, ...]:
        others = (account for account in self.ledger.accounts if account.type is AccountType.SAVINGS)
        return tuple(dict.fromkeys((*super().accounts_of_client(call), *others)))

    def account_belongs_to_client(self, account: StoredAccount, call: Call) -> bool:
        return account.type is AccountType.SAVINGS or super().account_belongs_to_client(account, call)


# --- how the database compares ----------------------------------------------------------------------------


class ComparesWithoutCase(Provider):
    """The collation of the database knows no case and no trailing blanks: neither do ids and types."""

    symptoms = ("KZA-FILTER-08",)

    def find_account(self, account_id: str) -> StoredAccount | None:
        wanted = account_id.rstrip(" ").lower()
        return next((one for one in self.ledger.accounts if self.account_id_text(one).lower() == wanted), None)

    def account_type(self, text: str) -> AccountType:
        return super().account_type(text.rstrip(" ").upper())


class LooksUpByPattern(Provider):
    """The account is looked up with LIKE, so that a wildcard in the path finds an account of the client."""

    symptoms = ("KZA-INPUTS-03",)

    def account_of(self, call: Call) -> StoredAccount:
        pattern = re.escape(call.subject).replace("%", ".*").replace("_", ".")
        for account in self.accounts_of_client(call):
            if re.fullmatch(pattern, self.account_id_text(account)) and self.account_is_listed(account):
                return account
        return super().account_of(call)


# --- nothing found ----------------------------------------------------------------------------------------


class AnswersEmptyListsWith204(Provider):
    """A controller returns `no content` for an empty list, as many style guides advise."""

    symptoms = ("KZA-CONSISTENCY-04", "KZA-OPENINGS-06", "KZA-PAGING-11", "KZA-PAGING-31")

    def success_reply(self, value: Any, request: Request) -> Reply:
        reply = super().success_reply(value, request)
        lists = [member for member in value.get("data", {}).values() if isinstance(member, list)]
        is_list = "page" in value
        return Reply(204, (("Date", self.date_header()),)) if is_list and not any(lists) else reply


class AnswersEmptyListsWith404(Provider):
    """An empty result throws `entity not found`, and the error mapper makes a 404 of it."""

    symptoms = ("KZA-CONSISTENCY-04", "KZA-OPENINGS-06")

    def check_page_exists(self, matching: Sequence[Any], paging: Paging) -> None:
        if not matching:
            raise Refusal(404, "NOT_FOUND", "nothing was found")


class SendsNullForEmptyLists(Provider):
    """The mapper leaves a list that has no items unset, and the serializer writes null."""

    symptoms = ("KZA-EMPTY-03", "KZA-SHAPE-06")

    def success_reply(self, value: Any, request: Request) -> Reply:
        data = value.get("data")
        if isinstance(data, dict):
            value = {**value, "data": {name: None if member == [] else member for name, member in data.items()}}
        return super().success_reply(value, request)


def _without(call: Call, name: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in call.parameters if pair[0] != name)
