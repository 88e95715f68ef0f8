"""The rules between a request and what its answer lists: pages, windows, filters, kz-accounts 16, 17, 49, 64, A2.9."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.client import SETTLED, Answer
from conformance.contracts.kz_accounts.fuzzing.demands import Window, least_items, page_of, text_of, window_of
from conformance.contracts.kz_accounts.fuzzing.knowledge import Kind, Knowledge, Operation
from conformance.contracts.kz_accounts.windows import OTHER_DATES, ROUNDING
from conformance.errors import UnreadableReply
from conformance.fuzz.case import Case, Fault, Sent

OLDEST_BY_DEFAULT = timedelta(hours=48)  # R14


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
        yield from _of_page(case, operation, asked, len(items), total, is_last, least)


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
        others = [str(item.get("type")) for item in items if isinstance(item, dict) and item.get("type") not in types]
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
        yield Fault("KZA-FILTER-12", "openedDateTime of listed accounts", "inside the dates asked for", _some(wrong))


# --- pages (16, 49, 64, A2.9, R16, R26) -------------------------------------------------------------------


def _of_page(
    case: Case, operation: Operation, asked: tuple[int, int], count: int, total: int, is_last: bool, least: int
) -> Iterator[Fault]:
    """
    Number of items, totalItems and isLastPage must fit each other and the page asked for.

    Two of them tell which one is wrong; where they cannot, what is known of the list decides (`least` items).
    """
    number, size = asked
    before = (number - 1) * size
    is_transactions = operation.kind is Kind.TRANSACTIONS
    filtered = not is_transactions and any(name in operation.parameters[2:] for name, _ in case.query)

    def fault(plain: int, filtered_one: str, subject: str, expected: str, actual: str) -> Fault:
        name = f"KZA-PAGING-{plain + 20 * is_transactions:02}"
        return Fault(filtered_one if filtered and filtered_one else name, subject, expected, actual)

    if count > size:
        subject = f"items on a page of size {size}"
        if case.value("pageSize") is None:
            yield fault(2, "", "items on a page without pageSize", f"at most {size}", str(count))
        else:
            yield fault(4, "KZA-FILTER-11", subject, f"at most {size}", str(count))
        return
    if count == 0:
        yield from _of_empty_page(fault, number, before, total, is_last, least)
        return
    if count < size and not is_last:
        if total > before + count:
            plain = 2 if case.value("pageSize") is None else 4
            yield fault(plain, "KZA-FILTER-11", "items on a page that is not the last", str(size), str(count))
        else:
            yield fault(10, "KZA-FILTER-10", "isLastPage of a page that is not full", "true", "false")
    elif is_last and total < before + count:
        yield fault(9, "KZA-FILTER-09", "totalItems on the last page", str(before + count), str(total))
    elif is_last and total > before + count:
        if count == size and least > before + count:
            yield fault(10, "KZA-FILTER-10", "isLastPage of a page that others follow", "false", "true")
        else:
            yield fault(9, "KZA-FILTER-09", "totalItems on the last page", str(before + count), str(total))
    elif not is_last and total <= before + count:
        if least > before + count or total < before + count:
            expected = f"more than {before + count}"
            yield fault(9, "KZA-FILTER-09", "totalItems on a page that is not the last", expected, str(total))
        else:
            yield fault(10, "KZA-FILTER-10", "isLastPage of the page that ends the list", "true", "false")


def _of_empty_page(fault: Any, number: int, before: int, total: int, is_last: bool, least: int) -> Iterator[Fault]:
    if number == 1:
        if total != 0:
            yield fault(9, "KZA-FILTER-09", "totalItems of an empty list", "0", str(total))
        if not is_last:
            yield fault(10, "KZA-FILTER-10", "isLastPage of an empty list", "true", "false")
    else:
        if not is_last:
            yield fault(11, "", "isLastPage of a page beyond the end", "true", "false")
        if total > before and least > before:
            yield fault(7, "KZA-FILTER-11", "items on a page before the end", "some", "none")
        elif total > before:
            yield fault(9, "KZA-FILTER-09", "totalItems on an empty page", f"at most {before}", str(total))


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
        if one.exchange.reply.status != 200 or (operation.kind is Kind.TRANSACTIONS and (not end or end > now - SETTLED)):
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
                transactions = operations[one.case.operation].kind is Kind.TRANSACTIONS
                requirement = "KZA-PAGING-27" if transactions else "KZA-PAGING-07"
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
