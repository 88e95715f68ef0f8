"""Data that change during a run (R25, R27): what was seen before the change is read once more before it counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.wire import LARGEST_PAGE_SIZE, Version
from conformance.engine.observation import Departure, lacking
from conformance.errors import SuiteError

One = TypeVar("One")
Other = TypeVar("Other")

MOST_READINGS = 4


def renewed(accounts: Accounts) -> Accounts | None:
    """The same target with its discoveries made anew, where its list of accounts is no longer the discovered one.

    A list that cannot be had, now or before, is no other list.
    """
    try:
        versions = {accounts.version, Version.V3}  # deprecated versions are compared with v3
        known = [accounts.in_version(version) for version in sorted(versions)]
        before = [_state(one.pages_of_accounts()[0]) for one in known]
        now = [_state(one.listing(page=1, size=LARGEST_PAGE_SIZE)) for one in known]
    except (Departure, SuiteError):
        return None
    if now == before:
        return None
    return accounts.as_of(hashlib.sha256(accounts.public(repr(now)).encode()).hexdigest())


def _state(first_page: Answer) -> tuple[list[str], int]:
    """Beyond the first page a list shows its growth by the number of all items."""
    return sorted(account.id for account in first_page.accounts), first_page.page.total_items


def read_between(outer: Callable[[], One], inner: Callable[[], Other], what: str) -> tuple[One, Other]:
    """Two values of one moment: the outer one is the same before and after the inner one was read."""
    before = outer()
    for _ in range(MOST_READINGS):
        value = inner()
        after = outer()
        if after == before:
            return after, value
        before = after
    return lacking(f"{what} that stay the same while they are read {MOST_READINGS} times")
