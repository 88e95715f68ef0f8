"""kz-accounts 17, 60, 64: which transactions a window holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import accepted
from conformance.contracts.kz_accounts.windows import (
    MARGIN,
    OTHER_DATES,
    Items,
    after,
    before,
    decides,
    given_creation_decides,
    ids_of,
    listed,
    outside,
)
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, none_found, not_applicable, reading


@check("KZA-CONTENTS-01")
def every_transaction_lies_in_its_window(accounts: Accounts) -> None:
    """
    Every listed transaction has its createDateTime inside the window asked for.

    Besides the windows of 89 days, narrow ones whose ends come 2 seconds after and before a transaction show
    whether the ends are taken to the second.
    """
    given_creation_decides(accounts)
    histories = [*accounts.histories(), *accounts.older_histories()]
    if not any(history.items for history in histories):
        lacking("an account with a transaction in the last 178 days")
    for history in histories:
        evidence = history.answers[0].exchange
        found = outside(history.items, history.start, history.end)
        expect("transactions outside a window of 89 days", found, none_found, evidence=evidence)
    for inner in _inner_windows(accounts):
        expect(f"transactions outside {inner.name}", outside(inner.items, inner.start, inner.end), none_found)


@check("KZA-CONTENTS-02")
def a_narrow_window_holds_all_of_its_transactions(accounts: Accounts) -> None:
    """A narrower window holds every transaction of the wide one that lies in it."""
    given_creation_decides(accounts)
    history = accounts.history(at_least=4)
    for inner in _inner_windows(accounts):
        given(f"transactions outside {inner.name}", outside(inner.items, inner.start, inner.end), none_found)
        due = {item.id for item in history.items if inner.start <= item.created <= inner.end}
        expect(f"transactions missing from {inner.name}", sorted(due - ids_of(inner.items)), none_found)


@check("KZA-CONTENTS-02")
def two_adjoining_windows_hold_what_one_holds(accounts: Accounts) -> None:
    """A window split in two at a moment between transactions holds the same transactions."""
    given_creation_decides(accounts)
    history = accounts.history(at_least=4)
    times = sorted(item.created for item in history.items)
    cut = next((after(one) for one, two in _middle_out(_neighbours(times)) if two - one > 2 * MARGIN), None)
    if cut is None:
        lacking("an account whose transactions are some seconds apart")

    halves = [(history.start, cut), (cut, history.end)]
    found = [listed(accounts, history.account, start, end) for start, end in halves]
    for (start, end), items in zip(halves, found, strict=True):
        given("transactions outside one of the two windows", outside(items, start, end), none_found)

    gone = ids_of(history.items) - ids_of(found[0]) - ids_of(found[1])
    expect("transactions that fall between the two windows", sorted(gone), none_found)


@check("KZA-CONTENTS-03")
def the_time_of_operation_decides(accounts: Accounts) -> None:
    """
    No transaction is listed for its bookingDateTime or valueDateTime where its createDateTime lies outside.

    A window around the other date, and away from createDateTime, must not show the transaction. One that shows up
    in windows without any of its dates as well proves nothing here: such windows are not kept at all.
    """
    items = [item for history in accounts.histories() for item in history.items]
    if items and not any(item.has(name) for item in items for name in OTHER_DATES):
        not_applicable("no transaction carries another date than createDateTime")
    decided = {name: decides(accounts, name) for name in OTHER_DATES}
    if all(decision is None for decision in decided.values()):
        lacking("a transaction whose bookingDateTime or valueDateTime is hours away from its createDateTime")
    for name, decision in decided.items():
        expect(f"whether {name} decides which transactions are listed", decision is True, False)


@check("KZA-CONTENTS-04")
def a_transaction_at_the_start_belongs_to_the_window(accounts: Accounts) -> None:
    """A transaction exactly at `from` belongs to the window."""
    history = accounts.history()
    item = min(history.items, key=lambda candidate: (candidate.created.microsecond, candidate.created))
    later = min(item.created + timedelta(hours=1), accounts.now)
    with_it = ids_of(listed(accounts, history.account, before(item.created), later))
    given("whether a window from 2 seconds earlier shows the transaction", item.id in with_it, True)

    at_start = ids_of(listed(accounts, history.account, item.created, later))
    at_end = ids_of(listed(accounts, history.account, before(item.created), item.created))

    reading("R15", f"a transaction exactly at `to` {'belongs' if item.id in at_end else 'does not belong'} to it")
    expect("whether a transaction exactly at `from` is listed", item.id in at_start, True)


@check("KZA-CONTENTS-05")
def a_window_without_transactions_is_an_empty_list(accounts: Accounts) -> None:
    """
    A window in which nothing happened is answered with 200, an empty array and its page, never 204 or 404.

    The account has transactions elsewhere, and the accounts that have none are judged by the topic `consistency`.
    """
    broken = [one for one in accounts.history_answers() if one.answers[0].status != 200]
    given("listed accounts whose transactions are not served", [one.account.id for one in broken], none_found)
    last = accounts.history(at_least=2).answers[-1]
    given("isLastPage on the last page of a window with transactions", last.page.is_last, True)
    account, start = _quiet_time(accounts)

    answer = accounts.transactions(account, start=start, end=start + MARGIN)

    accepted("a window without transactions", answer)
    given("number of transactions in it", len(answer.transactions), 0)
    expect("totalItems of a window without transactions", answer.page.total_items, 0)
    expect("isLastPage of a window without transactions", answer.page.is_last, True)


@dataclass(frozen=True)
class _Inner:
    """A window inside the wide one."""

    name: str
    start: datetime
    end: datetime
    items: Items


def _inner_windows(accounts: Accounts) -> list[_Inner]:
    """One whose ends lie right inside two transactions, one whose ends lie right outside of them."""

    def ask() -> list[_Inner]:
        history = accounts.history(at_least=4)
        times = sorted({item.created for item in history.items})
        apart = [one for one, two in _neighbours(times) if two - one > 2 * MARGIN]
        if len(apart) < 3:
            lacking("an account with four transactions that are some seconds apart")
        first, last = apart[len(apart) // 4], apart[len(apart) // 4 * 3 if len(apart) > 3 else -1]
        follower = times[times.index(first) + 1]
        windows = [
            ("a window that starts 2 seconds after one transaction and ends 2 seconds before another", after(first),
             before(times[times.index(last) + 1])),
            ("a window that starts 2 seconds before one transaction and ends 2 seconds after another",
             before(follower), after(last)),
        ]  # fmt: skip
        return [_Inner(name, start, end, listed(accounts, history.account, start, end)) for name, start, end in windows]

    return accounts.recall("inner windows", ask)


def _quiet_time(accounts: Accounts) -> tuple[wire.Account, datetime]:
    """An account and a moment between two of its transactions, where nothing happened for some seconds."""
    history = accounts.history(at_least=2)
    times = sorted({item.created for item in history.items})
    gaps = [(two - one, one) for one, two in _neighbours(times)]
    if not gaps or max(gaps)[0] < 4 * MARGIN:
        lacking("an account with two transactions that are some seconds apart")
    return history.account, after(max(gaps)[1])


def _neighbours(times: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    return list(pairwise(times))


def _middle_out(pairs: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Pairs in the order of their distance from the middle one."""
    middle = len(pairs) // 2
    return [pairs[place] for place in sorted(range(len(pairs)), key=lambda place: abs(place - middle))]
