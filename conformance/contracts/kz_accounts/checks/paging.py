"""kz-accounts 16, 49, 64, A2.9: lists come in pages.

Both lists, of accounts and of transactions, keep the same rules; each rule is written once and
observed on each list.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import accepted, refused, rejected, served
from conformance.contracts.kz_accounts.paged import Listing, account_list, transaction_list
from conformance.contracts.kz_accounts.wire import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE
from conformance.engine.check import check
from conformance.engine.observation import at_most, expect, given, lacking, none_found, reading


@check("KZA-PAGING-01")
def an_account_list_starts_with_page_one(accounts: Accounts) -> None:
    """Without pageNumber the list of accounts starts at page 1."""
    if accounts.listing(size=1).accounts:
        expect(
            "whether page 1 of size 100 is empty", not accounts.listing(page=1, size=LARGEST_PAGE_SIZE).accounts, False
        )
    the_default_page_is_the_first(account_list(accounts))


@check("KZA-PAGING-21")
def a_transaction_list_starts_with_page_one(accounts: Accounts) -> None:
    """Without pageNumber the list of transactions starts at page 1."""
    the_default_page_is_the_first(transaction_list(accounts))


def the_default_page_is_the_first(listing: Listing) -> None:
    """Pages of one item, so that any other page would show another item."""
    listing.needs(2)
    listing.is_stable()
    listing.has_full_pages(1)
    first = served("page 1 of size 1", listing.page(1, 1))

    default = served("a page of size 1 without pageNumber", listing.page(None, 1))

    expect("item of the page without pageNumber", listing.ids_of(default), listing.ids_of(first))


@check("KZA-PAGING-02")
def an_account_page_has_ten_items_by_default(accounts: Accounts) -> None:
    """Without pageSize a page of accounts has 10 items."""
    the_default_size_is_ten(account_list(accounts))


@check("KZA-PAGING-22")
def a_transaction_page_has_ten_items_by_default(accounts: Accounts) -> None:
    """Without pageSize a page of transactions has 10 items."""
    the_default_size_is_ten(transaction_list(accounts))


def the_default_size_is_ten(listing: Listing) -> None:
    listing.needs(DEFAULT_PAGE_SIZE + 1)
    listing.has_full_pages(3)  # what shows ten whatever is asked for has no default

    default = served("page 1 without pageSize", listing.page(1))

    expect("number of items without pageSize", len(listing.ids_of(default)), DEFAULT_PAGE_SIZE)


@check("KZA-PAGING-03")
def an_account_page_of_1_and_of_100_is_served(accounts: Accounts) -> None:
    """The smallest and the largest page size, 1 and 100, are served for accounts."""
    if not accounts.listing(page=1, size=10).accounts:
        lacking("a client with at least one open account")
    the_smallest_and_largest_size_are_served(accounts.listing, lambda answer: len(answer.accounts))


@check("KZA-PAGING-23")
def a_transaction_page_of_1_and_of_100_is_served(accounts: Accounts) -> None:
    """The smallest and the largest page size, 1 and 100, are served for transactions."""
    account = accounts.first()
    the_smallest_and_largest_size_are_served(
        lambda **query: accounts.transactions(account, **query), lambda answer: len(answer.transactions)
    )


def the_smallest_and_largest_size_are_served(fetch: Callable[..., Answer], length: Callable[[Answer], int]) -> None:
    """Asked without the whole list, which comes in pages of 100 itself; the exact length is judged elsewhere."""
    served("page 1 of size 10", fetch(page=1, size=10))

    for size in (1, LARGEST_PAGE_SIZE):
        answer = fetch(page=1, size=size)
        accepted(f"pageSize={size}", answer)
        given(f"number of items with pageSize={size}", length(answer), at_most(size))


@check("KZA-PAGING-04")
def an_account_page_is_as_long_as_asked(accounts: Accounts) -> None:
    """A page of accounts holds exactly pageSize items while there are so many."""
    a_page_is_as_long_as_asked(account_list(accounts))


@check("KZA-PAGING-24")
def a_transaction_page_is_as_long_as_asked(accounts: Accounts) -> None:
    """A page of transactions holds exactly pageSize items while there are so many."""
    a_page_is_as_long_as_asked(transaction_list(accounts))


def a_page_is_as_long_as_asked(listing: Listing) -> None:
    """Sizes 1, 3 and the half of the list: each is smaller than the list, so a full page is due."""
    listing.needs(4)
    listing.is_whole()
    count = len(listing.ids)
    for size in sorted({1, 3, min(count // 2, LARGEST_PAGE_SIZE), min(count, LARGEST_PAGE_SIZE)}):
        answer = served(f"page 1 of size {size}", listing.page(1, size))
        expect(f"number of items with pageSize={size}", len(listing.ids_of(answer)), size)


_BAD_SIZES = ("0", "-1", "101", "1000000", "99999999999999999999", "ten", "1.5", "1e1", "0x10", "\u0661\u0660", "")
_BAD_NUMBERS = ("0", "-1", "one", "1.5", "1e0", "0x1", "\u0661", "")  # Arabic digits are no JSON integer


@check("KZA-PAGING-05")
def a_bad_account_page_size_is_refused(accounts: Accounts) -> None:
    """A pageSize outside 1..100, or no whole number, is refused with FIELD_INVALID for accounts."""
    bad_sizes_are_refused(account_list(accounts))


@check("KZA-PAGING-25")
def a_bad_transaction_page_size_is_refused(accounts: Accounts) -> None:
    """A pageSize outside 1..100, or no whole number, is refused with FIELD_INVALID for transactions."""
    bad_sizes_are_refused(transaction_list(accounts))


def bad_sizes_are_refused(listing: Listing) -> None:
    served("pageSize=10", listing.page(1, 10))
    for size in _BAD_SIZES:
        refused(f"pageSize={size}", listing.page(1, size))


@check("KZA-PAGING-06")
def a_bad_account_page_number_is_refused(accounts: Accounts) -> None:
    """A pageNumber below 1, or no whole number, is refused with FIELD_INVALID for accounts."""
    bad_numbers_are_refused(account_list(accounts))


@check("KZA-PAGING-26")
def a_bad_transaction_page_number_is_refused(accounts: Accounts) -> None:
    """A pageNumber below 1, or no whole number, is refused with FIELD_INVALID for transactions."""
    bad_numbers_are_refused(transaction_list(accounts))


def bad_numbers_are_refused(listing: Listing) -> None:
    served("pageNumber=1", listing.page(1, 10))
    for number in _BAD_NUMBERS:
        refused(f"pageNumber={number}", listing.page(number, 10))


@check("KZA-PAGING-07")
def pages_of_accounts_join_without_gap_or_overlap(accounts: Accounts) -> None:
    """The pages of accounts, whatever their size, join to the whole list in one order."""
    pages_join(account_list(accounts))


@check("KZA-PAGING-27")
def pages_of_transactions_join_without_gap_or_overlap(accounts: Accounts) -> None:
    """The pages of transactions, whatever their size, join to the whole list in one order."""
    pages_join(transaction_list(accounts))


def pages_join(listing: Listing) -> None:
    """
    Items are compared with those of the largest pages, at a size that leaves a partial last page and at one
    that divides the list evenly, since both are classic places to lose items.
    """
    listing.needs(3)
    listing.is_stable()
    listing.names_each_once()
    count = len(listing.ids)
    for size in sorted({_leaving_a_rest(count), _dividing(count)}):
        listing.has_full_pages(size)
        pages = -(-count // size)
        joined: list[str] = []
        for number in range(1, pages + 1):
            joined += listing.ids_of(served(f"page {number} of size {size}", listing.page(number, size)))
        twice = sorted({item for item in joined if joined.count(item) > 1})
        expect(f"items that stand on two pages of size {size}", twice, none_found)
        other = sorted(set(listing.ids) ^ set(joined))
        expect(f"items that only the list or only its pages of size {size} show", other, none_found)


@check("KZA-PAGING-08")
def the_order_of_accounts_is_stable(accounts: Accounts) -> None:
    """The same request for accounts, asked twice, gives the same order."""
    the_order_is_stable(account_list(accounts))


@check("KZA-PAGING-28")
def the_order_of_transactions_is_stable(accounts: Accounts) -> None:
    """The same request for transactions, asked twice, gives the same order."""
    the_order_is_stable(transaction_list(accounts))


def the_order_is_stable(listing: Listing) -> None:
    """Which order is not said; without any stable one, pages would overlap by chance."""
    listing.needs(3)
    first = listing.ids_of(served("the list", listing.page(1, LARGEST_PAGE_SIZE)))
    again = listing.ids_of(served("the list, asked again", listing.page(1, LARGEST_PAGE_SIZE)))
    given("items of the two answers", sorted(again), sorted(first))

    moved = [place for place, (one, other) in enumerate(zip(first, again, strict=True)) if one != other]

    expect("places in the list that changed between two equal requests", moved, none_found)


@check("KZA-PAGING-09")
def total_items_counts_all_accounts(accounts: Accounts) -> None:
    """totalItems is the number of all accounts that match, the same on every page."""
    total_items_counts_all(account_list(accounts))


@check("KZA-PAGING-29")
def total_items_counts_all_transactions(accounts: Accounts) -> None:
    """totalItems is the number of all transactions that match, the same on every page."""
    total_items_counts_all(transaction_list(accounts))


def total_items_counts_all(listing: Listing) -> None:
    listing.needs(3)
    listing.is_whole()
    listing.names_each_once()
    size = _leaving_a_rest(len(listing.ids))
    last = -(-len(listing.ids) // size)
    for number in sorted({1, 2, last}):
        answer = served(f"page {number} of size {size}", listing.page(number, size))
        expect(f"totalItems on page {number} of {last}", answer.page.total_items, len(listing.ids))


@check("KZA-PAGING-10")
def only_the_last_account_page_says_it_is_last(accounts: Accounts) -> None:
    """isLastPage is true on the last page of accounts and on no page before it."""
    only_the_last_page_says_so(account_list(accounts))


@check("KZA-PAGING-30")
def only_the_last_transaction_page_says_it_is_last(accounts: Accounts) -> None:
    """isLastPage is true on the last page of transactions and on no page before it."""
    only_the_last_page_says_so(transaction_list(accounts))


def only_the_last_page_says_so(listing: Listing) -> None:
    """A page that is full and last at once is the classic exception, so a dividing size is tried too."""
    listing.needs(3)
    listing.names_each_once()
    count = len(listing.ids)
    for size in sorted({_leaving_a_rest(count), _dividing(count)}):
        listing.has_full_pages(size)
        last = -(-count // size)
        for number in sorted({1, max(1, last - 1), last}):
            answer = served(f"page {number} of size {size}", listing.page(number, size))
            what = f"isLastPage on page {number} of {last} (size {size}, {count} items)"
            expect(what, answer.page.is_last, number == last)


@check("KZA-PAGING-11")
def an_account_page_beyond_the_end_is_empty_or_refused(accounts: Accounts) -> None:
    """A page of accounts beyond the end is empty and last, or refused; never an error of the server."""
    beyond_the_end(account_list(accounts))


@check("KZA-PAGING-31")
def a_transaction_page_beyond_the_end_is_empty_or_refused(accounts: Accounts) -> None:
    """A page of transactions beyond the end is empty and last, or refused; never an error of the server."""
    beyond_the_end(transaction_list(accounts))


def beyond_the_end(listing: Listing) -> None:
    """
    The page right after the last one, and ones far away. A number has no upper limit, but one that does not fit
    a type of the server may be refused.
    """
    listing.needs(1)
    last = -(-len(listing.ids) // LARGEST_PAGE_SIZE)
    first = served(f"page {last} of size 100", listing.page(last, LARGEST_PAGE_SIZE))
    given(f"isLastPage on page {last}, the last one", first.page.is_last, True)
    for number in (last + 1, 100_000_000, 2**31, BEYOND_INT64):
        answer = listing.page(number, LARGEST_PAGE_SIZE)
        rejected(f"page {number}", answer, 200, 400, 404)
        if answer.status == 200:
            expect(f"items of page {number}", listing.ids_of(answer), none_found)
            expect(f"isLastPage of page {number}", answer.page.is_last, True)
        elif answer.status == 400 and number != BEYOND_INT64:
            refused(f"page {number}", answer)
        reading("R16", f"{answer.status} beyond the end of the list")


BEYOND_INT64 = 10**20


def _leaving_a_rest(count: int) -> int:
    """A page size for two to eight pages whose last one is partial; `count` is at least 3."""
    for size in range(max(2, -(-count // 8)), count):
        if count % size:
            return min(size, LARGEST_PAGE_SIZE)
    return 1


def _dividing(count: int) -> int:
    """A page size that divides the list into at most eight full pages; the whole list where none does."""
    fitting = [size for size in range(2, LARGEST_PAGE_SIZE + 1) if count % size == 0 and count // size <= 8]
    return fitting[0] if fitting else LARGEST_PAGE_SIZE
