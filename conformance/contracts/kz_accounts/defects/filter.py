"""Providers that list other accounts than they should, with or without a filter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal, not_found
from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.pages import Paging
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import AccountType, ErrorCode

# --- which accounts are listed at all ---------------------------------------------------------------------


class ListsClosedAccounts(Provider):
    """Lists closed accounts as well."""

    breaks = "KZA-FILTER-01"

    def account_is_listed(self, account: StoredAccount) -> bool:
        return not self.account_is_blocked(account)


class ListsBlockedAccounts(Provider):
    """Lists blocked accounts as well."""

    breaks = "KZA-FILTER-01"

    def account_is_listed(self, account: StoredAccount) -> bool:
        return not self.account_is_closed(account)


class ListsClosedAccountsByType(Provider):
    """Shows closed accounts when the list is filtered by type."""

    breaks = "KZA-FILTER-01"

    def accounts_of_client(self, call: Call) -> tuple[StoredAccount, ...]:
        mine = super().accounts_of_client(call)
        return mine if not call.values("type") else tuple(replace(account, closed=None) for account in mine)


class ListsBlockedAccountsByOpening(Provider):
    """Shows blocked accounts when the list is filtered by opening date."""

    breaks = "KZA-FILTER-01"

    def accounts_of_client(self, call: Call) -> tuple[StoredAccount, ...]:
        mine = super().accounts_of_client(call)
        return mine if not call.values("from") else tuple(replace(account, blocked=False) for account in mine)


class HidesForeignCurrencies(Provider):
    """Lists only accounts in tenge."""

    breaks = "KZA-FILTER-02"

    def account_is_listed(self, account: StoredAccount) -> bool:
        return super().account_is_listed(account) and account.currency == "KZT"


class HidesEmptyAccounts(Provider):
    """Lists only accounts with money on them."""

    breaks = "KZA-FILTER-02"

    def account_is_listed(self, account: StoredAccount) -> bool:
        return super().account_is_listed(account) and account.current != 0


# --- by type ----------------------------------------------------------------------------------------------


class IgnoresTheType(Provider):
    """Lists all accounts whatever type is asked for."""

    breaks = "KZA-FILTER-03"

    def type_matches(self, account: StoredAccount, types: Collection[AccountType]) -> bool:
        return True


class TakesAllCardsForOneType(Provider):
    """Lists debit cards among the credit cards."""

    breaks = "KZA-FILTER-03"

    def type_matches(self, account: StoredAccount, types: Collection[AccountType]) -> bool:
        return account.type in types or (account.has_card and AccountType.CREDIT_CARD in types)


class FindsOnlySomeSavings(Provider):
    """Lists only savings in tenge when savings are asked for."""

    breaks = "KZA-FILTER-04"

    def type_matches(self, account: StoredAccount, types: Collection[AccountType]) -> bool:
        only_savings = set(types) == {AccountType.SAVINGS}
        return account.type in types and not (only_savings and account.currency != "KZT")


class HidesSavingsByDefault(Provider):
    """Lists savings only when they are asked for."""

    breaks = "KZA-FILTER-05"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        every = frozenset(AccountType)
        return super().type_filter(call) - (set() if call.values("type") else {AccountType.SAVINGS}) or every


class TakesTheFirstType(Provider):
    """Of a repeated type only the first one counts."""

    breaks = "KZA-FILTER-06"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        values = call.values("type")
        return frozenset(map(self.account_type, values[:1])) or super().type_filter(call)


class TakesTheLastType(Provider):
    """Of a repeated type only the last one counts."""

    breaks = "KZA-FILTER-06"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        values = call.values("type")
        return frozenset(map(self.account_type, values[-1:])) or super().type_filter(call)


class DropsRepeatedTypes(Provider):
    """A repeated type lists all accounts."""

    breaks = "KZA-FILTER-06"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        return frozenset(AccountType) if len(call.values("type")) > 1 else super().type_filter(call)


class DropsUnknownTypesBesideKnownOnes(Provider):
    """Of a repeated type those that are unknown do not count."""

    breaks = "KZA-FILTER-06"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        known = [value for value in call.values("type") if value in set(AccountType)]
        return frozenset(map(AccountType, known)) or super().type_filter(call)


class CallsARepeatedTypeMissing(Provider):
    """Refuses a repeated type with the code for a missing field."""

    breaks = "KZA-FILTER-06"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        if len(call.values("type")) > 1:
            raise Refusal(400, ErrorCode.FIELD_MISSING, "type: is given more than once")
        return super().type_filter(call)


class ForbidsARepeatedType(Provider):
    """Refuses a repeated type with 403."""

    breaks = "KZA-FILTER-06"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        if len(call.values("type")) > 1:
            raise Refusal(403, "FORBIDDEN", "type: is given more than once")
        return super().type_filter(call)


class FindsNothingOfAnUnknownType(Provider):
    """Answers an unknown type with an empty list."""

    breaks = "KZA-FILTER-07"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        return super().type_filter(call) if call.values("type") != ("LOAN_ACCOUNT",) else frozenset()


class TakesTheStartOfAType(Provider):
    """Takes the first letters of a type for the whole."""

    breaks = "KZA-FILTER-07"

    def account_type(self, text: str) -> AccountType:
        return next((kind for kind in AccountType if text == "CURRENT" == kind[:7]), None) or super().account_type(text)


class TakesNumbersForTypes(Provider):
    """Takes a number for the place of a type in the directory."""

    breaks = "KZA-FILTER-07"

    def account_type(self, text: str) -> AccountType:
        return list(AccountType)[int(text)] if text in ("0", "1", "2", "3") else super().account_type(text)


class TakesTypesInAnyCase(Provider):
    """Does not tell small letters from capital ones."""

    breaks = "KZA-FILTER-08"

    def account_type(self, text: str) -> AccountType:
        return super().account_type(text.upper())


# --- pages under a filter ---------------------------------------------------------------------------------


class _PagesOfTypes(Provider):
    def everything(self, call: Call) -> list[StoredAccount]:
        return [account for account in self.accounts_of_client(call) if self.account_is_listed(account)]


class CountsAllAccountsUnderAFilter(_PagesOfTypes):
    """totalItems counts what the filter leaves out as well."""

    breaks = "KZA-FILTER-09"

    def total_items(self, matching: Sequence[Any], paging: Paging, call: Call) -> int:
        return len(self.everything(call)) if call.values("type") else len(matching)


class ExpectsAllAccountsUnderAFilter(_PagesOfTypes):
    """isLastPage looks at the list without filter."""

    breaks = "KZA-FILTER-10"

    def page_is_last(self, matching: Sequence[Any], paging: Paging, call: Call) -> bool:
        whole = len(self.everything(call)) if call.values("type") else len(matching)
        return paging.end >= whole


class CallsFilteredPagesTheLast(_PagesOfTypes):
    """isLastPage is true on every page under a filter."""

    breaks = "KZA-FILTER-10"

    def page_is_last(self, matching: Sequence[Any], paging: Paging, call: Call) -> bool:
        return bool(call.values("type")) or super().page_is_last(matching, paging, call)


class FiltersThePage(_PagesOfTypes):
    """Cuts the page out of the whole list first, and filters it by type then."""

    breaks = "KZA-FILTER-11"

    def accounts_body(self, call: Call) -> dict[str, Any]:
        body, paging, types = super().accounts_body(call), self.paging(call), self.type_filter(call)
        if call.values("type") and not call.values("from"):
            page = self.page_items(self.ordered_accounts(self.everything(call)), paging)
            body["data"]["accounts"] = [self.account_json(account, call) for account in page if account.type in types]
        return body


class RepeatsFilteredPages(_PagesOfTypes):
    """Shows the first page of a filtered list as its second too."""

    breaks = "KZA-FILTER-11"

    def paging(self, call: Call) -> Paging:
        paging = super().paging(call)
        return Paging(1, paging.size) if call.values("type") and paging.number == 2 else paging


# --- unknown parameters -----------------------------------------------------------------------------------


class DoesNotFindUnknownParameters(Provider):
    """Answers an unknown parameter with 404."""

    breaks = "KZA-FILTER-12"

    def check_parameter_names(self, call: Call) -> None:
        if call.values("colour") and call.operation is Operation.ACCOUNTS:
            raise not_found("parameter")


class DoesNotFindUnknownParametersOfTransactions(Provider):
    """Answers an unknown parameter of transactions with 404."""

    breaks = "KZA-FILTER-12"

    def check_parameter_names(self, call: Call) -> None:
        if call.values("colour") and call.operation is Operation.TRANSACTIONS:
            raise not_found("parameter")


class FiltersByAnUndocumentedStatus(Provider):
    """Knows a parameter `status` that the specification does not."""

    breaks = "KZA-FILTER-12"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        return frozenset({AccountType.SAVINGS}) if call.values("status") else super().type_filter(call)


class KnowsNoCreditCards(Provider):
    """Refuses type=CREDIT_CARD."""

    breaks = "KZA-FILTER-13"

    def account_type(self, text: str) -> AccountType:
        if text == AccountType.CREDIT_CARD:
            raise Refusal(400, ErrorCode.FIELD_INVALID, "type: is not an account type")
        return super().account_type(text)


class FindsNothingForSavings(Provider):
    """Answers 404 to type=SAVINGS."""

    breaks = "KZA-FILTER-13"

    def account_type(self, text: str) -> AccountType:
        if text == AccountType.SAVINGS:
            raise not_found("account")
        return super().account_type(text)


class ListsNothing(Provider):
    """Lists none of the client's accounts."""

    breaks = "KZA-FILTER-02"

    def account_is_listed(self, account: StoredAccount) -> bool:
        return False
