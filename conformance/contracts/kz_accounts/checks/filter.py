"""kz-accounts 17, 46, 49, A2.1, A4.5: which accounts the list shows, and which of them under a filter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import accepted, refused, rejected, served
from conformance.contracts.kz_accounts.listings import (
    BEGINNING,
    given_known_types,
    given_lasting_ids,
    ids_of,
    opened_between,
    wrongly_typed,
)
from conformance.contracts.kz_accounts.wire import LARGEST_PAGE_SIZE, AccountType
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, none_found, reading

# --- which accounts are listed at all ---------------------------------------------------------------------


@check("KZA-FILTER-01")
def no_closed_or_blocked_account_is_listed(accounts: Accounts) -> None:
    """Closed and blocked accounts are not in the list, under no filter either."""
    closed = set(accounts.declaration.data.closed_account_ids)
    if not closed:
        lacking("data.closed_account_ids: ids of closed or blocked accounts of the client")
    accounts.first()

    expect("closed or blocked accounts in the list", sorted(closed & ids_of(accounts.all())), none_found)
    if accounts.dialect.has_types:
        for name in AccountType:
            found = sorted(closed & ids_of(accounts.of_type(name)))
            expect(f"closed or blocked accounts in the list with type={name}", found, none_found)
    if accounts.dialect.filters_by_opening:
        found = sorted(closed & ids_of(opened_between(accounts, BEGINNING, accounts.now)))
        expect("closed or blocked accounts in the list by opening date", found, none_found)


@check("KZA-FILTER-02")
def every_open_account_is_listed(accounts: Accounts) -> None:
    """Every open account of the client is in the list."""
    known = set(accounts.declaration.data.account_ids)
    if not known:
        lacking("data.account_ids: ids of all open accounts of the client")
    listed = ids_of(accounts.all())
    missing = known - listed
    if listed:  # under ids that nobody knows, which the topic `shape` judges
        given("whether any known account is listed", len(missing) < len(known), True)
    if missing and accounts.dialect.has_types:
        # The list without `type` must hold all types; that has a check of its own.
        shown = {account.id for name in AccountType for account in accounts.of_type(name)}
        given("missing accounts that a filter by type shows", sorted(missing & shown), none_found)

    expect("open accounts that the list lacks", sorted(missing), none_found)


# --- by type (49, A4.5) -----------------------------------------------------------------------------------


@check("KZA-FILTER-03")
def a_filter_by_type_shows_no_other_type(accounts: Accounts) -> None:
    """With `type` only accounts of that type are listed, for each of the four types."""
    given_known_types(accounts)
    if len({account.type for account in accounts.all()}) < 2:
        lacking("a client with accounts of two types")
    for name in AccountType:
        others = [account.id for account in accounts.of_type(name) if account.type != name]
        expect(f"accounts of another type with type={name}", others, none_found)


@check("KZA-FILTER-04")
def a_filter_by_type_shows_all_of_that_type(accounts: Accounts) -> None:
    """With `type` all accounts of that type are listed, for each of the four types."""
    given_known_types(accounts)
    given_lasting_ids(accounts)
    for name in AccountType:
        others = [account.id for account in accounts.of_type(name) if account.type != name]
        given(f"accounts of another type with type={name}", others, none_found)
        due = {account.id for account in accounts.all() if account.type == name}
        missing = sorted(due - ids_of(accounts.of_type(name)))
        expect(f"accounts missing from the list with type={name}", missing, none_found)


@check("KZA-FILTER-05")
def without_type_all_types_are_listed(accounts: Accounts) -> None:
    """Without `type` the list holds the accounts of all four types."""
    given_known_types(accounts)
    given_lasting_ids(accounts)
    listed = ids_of(accounts.all()) | set(accounts.declaration.data.closed_account_ids)
    for name in AccountType:
        fitting = {account.id for account in accounts.of_type(name) if account.type == name}
        expect(f"accounts only listed with type={name}", sorted(fitting - listed), none_found)


@check("KZA-FILTER-06")
def a_repeated_type_is_a_union_or_refused(accounts: Accounts) -> None:
    """`type` given twice lists the accounts of both types, or is refused; never those of one of them alone."""
    one, other = _two_types(accounts)
    due = ids_of(accounts.of_type(one)) | ids_of(accounts.of_type(other))
    given("types listed with one type", wrongly_typed(accounts, (one, other)), none_found)

    answer = accounts.listing(page=1, size=LARGEST_PAGE_SIZE, types=[one, other])

    rejected("`type` given twice", answer, 200, 400)
    reading("R05", "union" if answer.status == 200 else "refused")
    if answer.status == 400:
        refused("`type` given twice", answer)
        return
    rest = accounts.walk(lambda page: accounts.listing(page=page, size=LARGEST_PAGE_SIZE, types=[one, other]), answer)
    found = {account.id for page in rest for account in page.accounts}
    expect("accounts of the two types that are missing", sorted(due - found), none_found)
    expect("accounts of other types", sorted(found - due), none_found)
    given("answer to the unknown type=LOAN_ACCOUNT", accounts.listing(types=["LOAN_ACCOUNT"]).status, 400)
    refused("a known and an unknown type", accounts.listing(types=[one, "LOAN_ACCOUNT"]))


@check("KZA-FILTER-07")
def an_unknown_type_is_refused(accounts: Accounts) -> None:
    """A `type` that is not in the directory is refused with FIELD_INVALID."""
    served("type=CURRENT_ACCOUNT", accounts.listing(types=["CURRENT_ACCOUNT"]))
    for name in ("LOAN_ACCOUNT", "CURRENT", "1"):
        refused(f"type={name}", accounts.listing(types=[name]))


@check("KZA-FILTER-08")
def a_type_in_other_letters_is_refused(accounts: Accounts) -> None:
    """A `type` in lower or mixed case is not in the directory and is refused with FIELD_INVALID."""
    served("type=SAVINGS", accounts.listing(types=["SAVINGS"]))
    given("answer to the unknown type=LOAN_ACCOUNT", accounts.listing(types=["LOAN_ACCOUNT"]).status, 400)
    for name in ("savings", "Savings"):
        refused(f"type={name}", accounts.listing(types=[name]))


@check("KZA-FILTER-09")
def total_items_counts_what_the_filter_lets_through(accounts: Accounts) -> None:
    """Under a filter by type totalItems counts the filtered accounts."""
    for filtered in _filtered(accounts):
        answer = filtered.page(1)
        expect(f"totalItems with type={filtered.type}", answer.page.total_items, len(filtered.ids))


@check("KZA-FILTER-10")
def the_last_filtered_page_is_the_last(accounts: Accounts) -> None:
    """Under a filter by type isLastPage is true on the last page of the filtered accounts and not before."""
    for filtered in _filtered(accounts):
        for number in (1, filtered.pages):
            what = f"isLastPage on page {number} of {filtered.pages} with type={filtered.type}"
            expect(what, filtered.page(number).page.is_last, number == filtered.pages)


@check("KZA-FILTER-11")
def filtered_pages_are_full_and_join(accounts: Accounts) -> None:
    """Under a filter by type pages are full, and join to the whole filtered list: the filter comes before the page."""
    for filtered in _filtered(accounts):
        joined: list[str] = []
        for number in range(1, filtered.pages + 1):
            found = [account.id for account in filtered.page(number).accounts]
            due = min(filtered.size, len(filtered.ids) - filtered.size * (number - 1))
            expect(f"accounts on page {number} of {filtered.pages} with type={filtered.type}", len(found), due)
            joined += found
        expect(f"accounts on the pages with type={filtered.type}", sorted(joined), sorted(filtered.ids))


@dataclass(frozen=True)
class _Filtered:
    """The accounts of one type, in pages that are partial in the end."""

    accounts: Accounts
    type: AccountType
    ids: tuple[str, ...]

    @property
    def size(self) -> int:
        return _leaving_a_rest(len(self.ids))

    @property
    def pages(self) -> int:
        return -(-len(self.ids) // self.size)

    def page(self, number: int) -> Answer:
        answer = self.accounts.listing(page=number, size=self.size, types=[self.type])
        return served(f"page {number} with type={self.type}", answer)


def _filtered(accounts: Accounts) -> list[_Filtered]:
    """The two types of which the client has most accounts, three at least, and not all; plain pages must be right."""
    count = Counter(account.type for account in accounts.all())
    fitting = [name for name, found in count.most_common() if 3 <= found < len(accounts.all()) and name in _TYPES]
    if not fitting:
        lacking("a client with three accounts of one type, and one of another")
    _given_plain_pages(accounts)
    names = [AccountType(name) for name in fitting[:2]]
    given("types listed with one type", wrongly_typed(accounts, names), none_found)
    for name in names:
        orders = _orders(accounts, name)
        given(f"whether the order with type={name} stays the same", orders[0] == orders[1], True)
    return [_Filtered(accounts, name, tuple(account.id for account in accounts.of_type(name))) for name in names]


def _orders(accounts: Accounts, name: AccountType) -> list[list[str]]:
    answers = [accounts.listing(page=1, size=LARGEST_PAGE_SIZE, types=[name]) for _ in range(2)]
    return [[account.id for account in served(f"type={name}", answer).accounts] for answer in answers]


def _given_plain_pages(accounts: Accounts) -> None:
    """Pages without a filter are judged by the topic `paging`; where they are wrong, filtered ones tell nothing."""

    def ask() -> list[Answer]:
        return [accounts.listing(page=number, size=size) for number in numbers]

    ids = [account.id for account in accounts.all()]
    size = _leaving_a_rest(len(ids))
    last = -(-len(ids) // size)
    numbers = sorted({1, min(2, last), last})
    for number, answer in zip(numbers, accounts.recall("plain pages", ask), strict=True):
        page = served(f"page {number} of size {size}", answer)
        due = ids[size * (number - 1) : size * number]
        given(f"accounts on page {number} without filter", [account.id for account in page.accounts], due)
        given(f"totalItems on page {number} without filter", page.page.total_items, len(ids))
        given(f"isLastPage on page {number} without filter", page.page.is_last, number == last)


def _leaving_a_rest(count: int) -> int:
    """A page size of 2 or more whose last page is partial; `count` is at least 3."""
    return min(LARGEST_PAGE_SIZE, next(size for size in range(max(2, count // 6), count) if count % size))


def _two_types(accounts: Accounts) -> tuple[AccountType, AccountType]:
    present = [name for name in AccountType if any(account.type == name for account in accounts.all())]
    if len(present) < 2:
        lacking("a client with accounts of two types")
    return present[0], present[-1]


# --- what is not known ------------------------------------------------------------------------------------


@check("KZA-FILTER-13")
def each_type_is_accepted(accounts: Accounts) -> None:
    """Each of the four account types is accepted as `type`, also where the client has no such account."""
    whole = served("the list without `type`", accounts.listing(page=1, size=1))
    given("number of accounts on a page of 1", len(whole.accounts) <= 1, True)
    for name in AccountType:
        accepted(f"type={name}", accounts.listing(page=1, size=1, types=[name]))


@check("KZA-FILTER-12")
def an_unknown_parameter_does_no_harm(accounts: Accounts) -> None:
    """A query parameter that nobody defined is ignored, or refused with 400."""
    given_lasting_ids(accounts)
    for parameter in (("colour", "blue"), ("status", "CLOSED")):
        answer = accounts.listing(page=1, size=LARGEST_PAGE_SIZE, extra=[parameter])
        rejected(f"the unknown parameter {parameter[0]}, list of accounts", answer, 200, 400)
        reading("R17", "ignored" if answer.status == 200 else "refused")
        if answer.status == 200:
            due = {account.id for account in accounts.pages_of_accounts()[0].accounts}
            found = ids_of(answer.accounts)
            expect("accounts that an unknown parameter adds or removes", sorted(found ^ due), none_found)
    account, start, end = accounts.first(), accounts.days_ago(30), accounts.settled
    served("the list of transactions without it", accounts.transactions(account, size=1, start=start, end=end))
    answer = accounts.transactions(account, size=1, start=start, end=end, extra=[("colour", "blue")])
    rejected("an unknown parameter, list of transactions", answer, 200, 400)


_TYPES = frozenset(kind.value for kind in AccountType)
