"""The rules between a request and what its answer lists: pages, windows, filters, kz-accounts 16, 17, 49, 64, A2.9."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import SETTLED
from conformance.contracts.kz_accounts.fuzzing.demands import Window, least_items, page_of, text_of, window_of
from conformance.contracts.kz_accounts.fuzzing.knowledge import Kind, Knowledge, Operation
from conformance.contracts.kz_accounts.windows import OTHER_DATES, ROUNDING
from conformance.errors import UnreadableReply
from conformance.fuzz.case import Case, Fault, Sent

OLDEST_BY_DEFAULT = timedelta(hours=48)  # R14
_TYPES = frozenset(kind.value for kind in wire.AccountType)


def faults_of_relations(
    case: Case, operation: Operation, answer: Answer, knowledge: Knowledge, now: datetime
) -> Iterator[Fault]:
    """What a served list has that it should not have, or says of itself. What cannot be read is a fault of form."""
    try:
        items = wire.items_of(answer.json.value)
    except UnreadableReply:
        return
    if operation.kind is Kind.TRANSACTIONS:
        yield from _outside_of_window(items, window_of(case, operation), now)
    else:
        yield from _wrongly_filtered(case, operation, items)
    asked = page_of(case)
    try:
        total, is_last = answer.page.total_items, answer.page.is_last
    except UnreadableReply:
        return
    if asked is not None and case.query == tuple(dict(case.query).items()):
        least = least_items(case, operation, knowledge, now)
        yield from _of_page(_Page(case, operation, *asked, len(items), total, is_last, least))


def _outside_of_window(items: Sequence[Any], window: Window, now: datetime) -> Iterator[Fault]:
    oldest = window.start
    if oldest is None:
        oldest = now - OLDEST_BY_DEFAULT if window.end is None else None
    wrong = [
        item
        for item in items
        if (created := _moment(item, "createDateTime")) is not None
        and ((oldest and created < oldest - ROUNDING) or (window.end and created > window.end + ROUNDING))
    ]
    if not wrong:
        return
    actual = _some([str(item.get("createDateTime")) for item in wrong])
    if window.start is None:
        yield Fault("KZA-WINDOW-11", "transactions older than 48 hours in the default window", "none", actual)
    elif all(any(_inside(_moment(item, name), window) for name in OTHER_DATES) for item in wrong):
        what = "createDateTime of transactions listed for another date of theirs"
        yield Fault("KZA-CONTENTS-03", what, "inside the window", actual)
    else:
        yield Fault("KZA-CONTENTS-01", "createDateTime of listed transactions", "inside the window", actual)


def _inside(moment: datetime | None, window: Window) -> bool:
    if moment is None or window.start is None:
        return False
    return moment >= window.start - ROUNDING and (window.end is None or moment <= window.end + ROUNDING)


def _wrongly_filtered(case: Case, operation: Operation, items: Sequence[Any]) -> Iterator[Fault]:
    types = {text_of(value) for name, value in case.query if name == "type" and name in operation.parameters}
    if types:
        # What is no type at all is a fault of the account's form.
        shown = [item.get("type") for item in items if isinstance(item, dict)]
        others = [kind for kind in shown if kind in _TYPES and kind not in types]
        if others:
            requirement = "KZA-FILTER-03" if len(types) == 1 else "KZA-FILTER-06"
            yield Fault(requirement, "types of listed accounts", " or ".join(sorted(map(str, types))), _some(others))
    window = window_of(case, operation)
    opened = [moment for item in items if (moment := _moment(item, "openedDateTime")) is not None]
    wrong = [
        wire.date_time_text(moment)
        for moment in opened
        if (window.start and moment < window.start - ROUNDING) or (window.end and moment > window.end + ROUNDING)
    ]
    if wrong:
        yield Fault("KZA-OPENINGS-01", "openedDateTime of listed accounts", "inside the dates asked for", _some(wrong))


# --- pages (16, 49, 64, A2.9, R16, R26) -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Page:
    """A served page: what was asked for, what it holds and says, and how many items (`least`) surely match."""

    case: Case
    operation: Operation
    number: int
    size: int
    count: int
    total: int
    is_last: bool
    least: int

    @property
    def before(self) -> int:
        """How many items stand on the pages before it."""
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        return self.before + self.count

    def fault(self, rule: int, subject: str, expected: object, actual: object) -> Fault:
        """A fault of paging, or of a filtered page where a filter is needed to see it."""
        plus = 20 * (self.operation.kind is Kind.TRANSACTIONS)
        filtered = not plus and any(name in self.operation.parameters[2:] for name, _ in self.case.query)
        under_filter = {
            9: "KZA-FILTER-09",
            10: "KZA-FILTER-10",
            4: "KZA-FILTER-11",
            7: "KZA-FILTER-11",
            11: "KZA-FILTER-11",
        }
        requirement = under_filter[rule] if filtered and rule in under_filter else f"KZA-PAGING-{rule + plus:02}"
        symptom = f"page {rule} {re.sub('[0-9]+', '#', subject)}"
        return Fault(requirement, subject, str(expected).lower(), str(actual).lower(), symptom=symptom)


def _of_page(page: _Page) -> Iterator[Fault]:
    """
    Number of items, totalItems and isLastPage must fit each other and the page asked for.

    Two of them tell which one is wrong; where they cannot, what is known of the list decides.
    """
    if page.count == 0:
        yield from _of_empty_page(page)
    elif page.number > 1 and page.total <= page.before and page.least <= page.before:
        yield page.fault(11, "items of a page beyond the end", "none", page.count)
    elif page.count > page.size:
        if page.case.value("pageSize") is None:
            yield page.fault(2, "items on a page without pageSize", f"at most {page.size}", page.count)
        else:
            yield page.fault(4, f"items on a page of size {page.size}", f"at most {page.size}", page.count)
    elif page.is_last:
        yield from _of_last_page(page)
    elif page.count < page.size:
        if page.total > page.end:
            rule = 2 if page.case.value("pageSize") is None else 4
            yield page.fault(rule, "items on a page that is not the last", page.size, page.count)
        else:
            yield page.fault(10, "isLastPage of a page that is not full", True, False)
    elif page.total <= page.end:
        if page.least > page.end or page.total < page.end:
            yield page.fault(9, "totalItems on a page that is not the last", f"more than {page.end}", page.total)
        else:
            yield page.fault(10, ENDS_THE_LIST, True, False)


def _of_last_page(page: _Page) -> Iterator[Fault]:
    if page.total == page.end:
        if page.number == 1 and page.total < page.least:
            yield _lacking(page)
    elif page.least == page.total:  # so that is the right number, and items are lost or repeated on the way
        if page.count == page.size and page.total > page.end:
            yield page.fault(10, "isLastPage of a page that others follow", False, True)
        else:
            yield page.fault(7, "items up to the last page", page.total, page.end)
    elif page.count == page.size and page.least > page.end:
        yield page.fault(10, "isLastPage of a page that others follow", False, True)
    else:
        yield page.fault(
            9, FULL_LAST_PAGE if page.count == page.size else "totalItems on the last page", page.end, page.total
        )


def _of_empty_page(page: _Page) -> Iterator[Fault]:
    if page.number == 1 and page.least and page.total == 0:
        yield _lacking(page)
    elif page.number == 1 and not page.least:
        for member, due, told in (("totalItems", 0, page.total), ("isLastPage", True, page.is_last)):
            if told != due:
                transactions = page.operation.kind is Kind.TRANSACTIONS
                requirement = "KZA-CONTENTS-05" if transactions else "KZA-OPENINGS-06"
                yield Fault(requirement, f"{member} of an empty list", str(due).lower(), str(told).lower())
    elif page.number == 1 and page.case.value("pageNumber") is None:
        yield page.fault(1, "items of the page without pageNumber", "those of page 1", "none")
    elif page.total > page.before:
        if page.least > page.before:
            yield page.fault(7, "items on a page before the end", "some", "none")
        else:
            yield page.fault(9, "totalItems on an empty page", f"at most {page.before}", page.total)
    elif page.number > 1 and not page.is_last:
        yield page.fault(11, "isLastPage of a page beyond the end", True, False)


def _lacking(page: _Page) -> Fault:
    """A whole list that lacks items which other answers showed, by the filter that must be at fault (17, 49, 64)."""
    names = {name for name, _ in page.case.query}
    has_window = bool(names & set(page.operation.parameters[2:4])) and page.operation.has_window
    if page.operation.kind is Kind.TRANSACTIONS:
        requirement = "KZA-CONTENTS-02" if page.operation.dialect.end_parameter in names else "KZA-WINDOW-09"
    elif "type" in names:
        requirement = "KZA-OPENINGS-05" if has_window else "KZA-FILTER-04"
    else:
        requirement = "KZA-OPENINGS-02" if has_window else "KZA-FILTER-02"
    symptom = "" if page.operation.kind is Kind.TRANSACTIONS else "a list that lacks accounts"
    return Fault(requirement, "items in the whole list", f"at least {page.least}", str(page.total), symptom=symptom)


ENDS_THE_LIST = "isLastPage of the page that ends the list"
FULL_LAST_PAGE = "totalItems on a full last page"
"""Faults that the other member may be to blame for as well, where nothing more is known of the list."""

# --- two answers (16, R25) --------------------------------------------------------------------------------


def overlaps(sent: Sequence[Sent], operations: dict[str, Operation], now: datetime) -> Iterator[tuple[Sent, Fault]]:
    """Items that stand on two pages of the same list, of windows that ended in the past."""
    pages: dict[tuple[object, ...], dict[int, tuple[Sent, set[str]]]] = {}
    for one in sent:
        operation = operations[one.case.operation]
        asked = page_of(one.case)
        if one.exchange is None or one.exchange.reply is None or not operation.is_list or asked is None:
            continue
        end = window_of(one.case, operation).end
        if one.exchange.reply.status != 200 or (
            operation.kind is Kind.TRANSACTIONS and (not end or end > now - SETTLED)
        ):
            continue
        member = "transactionId" if operation.kind is Kind.TRANSACTIONS else "accountId"
        try:
            items = wire.items_of(Answer(one.exchange, one.exchange.reply).json.value)
        except UnreadableReply:
            continue
        ids = {str(item[member]) for item in items if isinstance(item, dict) and member in item}
        rest = tuple(pair for pair in one.case.query if pair[0] != "pageNumber")
        pages.setdefault((operation.name, one.case.path, frozenset(rest)), {})[asked[0]] = (one, ids)
    for numbered in pages.values():
        seen: dict[str, int] = {}
        for number, (one, ids) in sorted(numbered.items()):
            if twice := sorted(ids & seen.keys()):
                operation = operations[one.case.operation]
                filtered = any(name in operation.parameters[2:] for name, _ in one.case.query)
                requirement = "KZA-FILTER-11" if filtered else "KZA-PAGING-07"
                if operation.kind is Kind.TRANSACTIONS:
                    requirement = "KZA-PAGING-27"
                yield one, Fault(requirement, "items that stand on two pages of one list", "none", _some(twice))
            seen |= dict.fromkeys(ids, number)


def _moment(item: Any, name: str) -> datetime | None:
    text = item.get(name) if isinstance(item, dict) else None
    try:
        return wire.date_time(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _some(texts: Sequence[str]) -> str:
    return ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
