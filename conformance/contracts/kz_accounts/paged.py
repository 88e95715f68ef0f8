"""kz-accounts 49, 64: the two lists that come in pages, as the checks of pages look at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import served
from conformance.contracts.kz_accounts.windows import after
from conformance.contracts.kz_accounts.wire import LARGEST_PAGE_SIZE
from conformance.engine.observation import given, lacking, none_found


@dataclass(frozen=True)
class Listing:
    """One list whose content does not change during the run, and all its ids in order.

    `further` are the items of the page after the one that said it is the last; `orders` those of equal requests.
    """

    name: str
    fetch: Callable[..., Answer]
    ids: tuple[str, ...]
    ids_of: Callable[[Answer], list[str]]
    further: Callable[[], list[str]]
    orders: Callable[[], list[list[str]]]

    def page(self, page: object = None, size: object = None) -> Answer:
        return self.fetch(page=page, size=size)

    def needs(self, count: int) -> None:
        if len(self.ids) < count:
            lacking(f"at least {count} {self.name}; the target shows {len(self.ids)}")

    def is_whole(self) -> None:
        """isLastPage has a check of its own; where it comes too early, the list is not known as a whole."""
        given("items after the page that says it is the last", self.further(), none_found)

    def names_each_once(self) -> None:
        """So has an item that stands there twice; where one does, it is not known how many there are."""
        given("ids that stand on the list twice", len(self.ids) - len(set(self.ids)), 0)

    def is_stable(self) -> None:
        """So has the order; where it changes, pages show nothing."""
        first, *others = self.orders()
        given("requests that give another order", [one for one in others if one != first], none_found)

    def has_full_pages(self, size: int) -> None:
        """So has the length of a page."""
        due = min(size, len(self.ids))
        given(f"number of items on page 1 of size {size}", len(self.ids_of(self.page(1, size))), due)


def _listing(
    accounts: Accounts, name: str, fetch: Callable[..., Answer], pages: tuple[Answer, ...], ids_of: _IdsOf
) -> Listing:
    def further() -> list[str]:
        answer = fetch(page=len(pages) + 1, size=LARGEST_PAGE_SIZE)
        return ids_of(answer) if answer.status == 200 else []

    def orders() -> list[list[str]]:
        return [ids_of(served("the list", fetch(page=1, size=LARGEST_PAGE_SIZE))) for _ in range(3)]

    return Listing(
        name,
        fetch,
        tuple(item for answer in pages for item in ids_of(answer)),
        ids_of,
        lambda: accounts.recall(f"{name} after the last page", further),
        lambda: accounts.recall(f"orders of {name}", orders),
    )


_IdsOf = Callable[[Answer], list[str]]


def account_list(accounts: Accounts) -> Listing:
    """The client's accounts (49)."""

    def ids_of(answer: Answer) -> list[str]:
        return [account.id for account in answer.accounts]

    return _listing(accounts, "accounts", accounts.listing, accounts.pages_of_accounts(), ids_of)


def transaction_list(accounts: Accounts) -> Listing:
    """The transactions of the busiest account in a window that ended in the past and fits one page (64)."""
    history = accounts.history(at_least=0)
    times = sorted(item.created for item in history.items)
    start = after(times[-MOST_ITEMS]) if len(times) > MOST_ITEMS else history.start

    def fetch(page: object, size: object) -> Answer:
        return accounts.transactions(history.account, page=page, size=size, start=start, end=history.end)

    def ids_of(answer: Answer) -> list[str]:
        return [item.id for item in answer.transactions]

    def walk() -> tuple[Answer, ...]:
        return tuple(accounts.walk(lambda page: fetch(page, LARGEST_PAGE_SIZE)))

    name = f"transactions of one account in {(history.end - start).days} days"
    return _listing(accounts, name, fetch, accounts.recall(name, walk), ids_of)


MOST_ITEMS = 95  # so that they fit the largest page
