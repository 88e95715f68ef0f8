"""Filtered lists of accounts as several topics of kz-accounts look at them (17, 49)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.wire import LARGEST_PAGE_SIZE, Account, AccountType
from conformance.engine.observation import given, none_found

BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)


def opened_between(
    accounts: Accounts, start: datetime | None, end: datetime | None, types: Sequence[str] = ()
) -> tuple[Account, ...]:
    """The accounts of a filter by opening date, all pages; asked once for all checks."""

    def page(number: int) -> Answer:
        return accounts.listing(page=number, size=LARGEST_PAGE_SIZE, start=start, end=end, types=types)

    pages = accounts.recall(f"accounts opened from {start} to {end} {types}", lambda: tuple(accounts.walk(page)))
    return tuple(account for answer in pages for account in answer.accounts)


def given_known_types(accounts: Accounts) -> None:
    """Types have their own checks of form; where they are not those of the directory, no filter can be judged."""
    accounts.first()
    unknown = {account.type for account in accounts.all()} - {kind.value for kind in AccountType}
    given("types that are not in the directory", sorted(unknown), none_found)


def given_lasting_ids(accounts: Accounts) -> None:
    """So does the lastingness of ids; where they change, lists cannot be compared."""
    accounts.first()
    again = accounts.recall("first page again", lambda: accounts.listing(page=1, size=LARGEST_PAGE_SIZE))
    given("answer to the list of accounts, asked again", again.status, 200)
    changed = ids_of(again.accounts) ^ ids_of(accounts.pages_of_accounts()[0].accounts)
    given("accounts that changed between two equal requests", sorted(changed), none_found)


def wrongly_typed(accounts: Accounts, names: Iterable[AccountType]) -> list[str]:
    """Accounts that a filter by one type wrongly shows or lacks; they are judged on their own."""
    wrong: set[str] = set()
    for name in names:
        wrong |= ids_of(accounts.of_type(name)) ^ {account.id for account in accounts.all() if account.type == name}
    return sorted(wrong)


def ids_of(found: Iterable[Account]) -> set[str]:
    return {account.id for account in found}
