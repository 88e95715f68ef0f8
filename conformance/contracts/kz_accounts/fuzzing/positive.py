"""Cases of kz-accounts that must be served: values from the document, but ids, windows and pages from real data.

Schemathesis decides which parameters a request has and draws those that stand alone; windows and pages have
strategies of their own, laid around items that were seen, so that most cases reach data (49, 64).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.fuzzing.demands import BEGINNING
from conformance.contracts.kz_accounts.fuzzing.knowledge import Knowledge, KnownAccount, Operation
from conformance.fuzz.adapter import Drawn, wire_text
from conformance.fuzz.case import Case, Intent, Pairs, encoded

Draw = Callable[[st.SearchStrategy[Any]], Any]
Times = tuple[datetime | None, datetime | None]

DAY = timedelta(days=1)
_OLDEST = 178 * DAY  # a day less than what must be served, so that a slow run stays inside
_LONGEST = 89 * DAY
_AROUND = [timedelta(seconds=2), timedelta(minutes=5), timedelta(hours=3), DAY, 6 * DAY, 20 * DAY, 40 * DAY]


def spelt(draw: Draw, moment: datetime) -> str:
    """A moment in one of the spellings that everybody must understand (11)."""
    at = moment.astimezone(UTC).replace(microsecond=0)
    style = draw(st.sampled_from(["Z", "Z", "Z", "offset", "offset", "fraction"]))
    if style == "offset":
        hours = draw(st.sampled_from([0.0, 5.0, 6.0, -3.5, 5.75, 14.0, -11.0]))
        return at.astimezone(timezone(timedelta(hours=hours))).isoformat()
    fraction = draw(st.sampled_from([".0", ".000", ".001", ".000000"])) if style == "fraction" else ""
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def plain(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def accounts(
    operation: Operation, knowledge: Knowledge, now: datetime, drawn: st.SearchStrategy[Drawn]
) -> st.SearchStrategy[Case]:
    """Lists of accounts with a type, opening dates and pages that some of the known accounts fit."""

    @st.composite
    def strategy(draw: Draw) -> Case:
        base = draw(drawn).query
        query = {name: str(wire_text(value)) for name, value in base.items() if name in ("type", "pageSize")}
        start, end = _opening(draw, operation, knowledge, now, base)
        names = operation.dialect.start_parameter, operation.dialect.end_parameter
        query |= {
            name: spelt(draw, moment) for name, moment in zip(names, (start, end), strict=True) if moment is not None
        }
        matching = knowledge.fitting(query.get("type"), start, end)
        return _paged(draw, operation, (), query, base, matching)

    return strategy()


def balances(operation: Operation, knowledge: Knowledge, drawn: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Case]:
    """Balances of known accounts."""
    ids = sorted(knowledge.accounts)
    return st.tuples(st.sampled_from(ids), drawn).map(
        lambda pair: Case(operation.name, Intent.POSITIVE, "as drawn", (("accountId", encoded(pair[0])),))
    )


def transactions(
    operation: Operation, knowledge: Knowledge, now: datetime, drawn: st.SearchStrategy[Drawn]
) -> st.SearchStrategy[Case]:
    """Windows of known accounts, most of them around a transaction that was seen."""
    known = [knowledge.accounts[name] for name in sorted(knowledge.accounts)]
    busy = [account for account in known if account.moments]

    @st.composite
    def strategy(draw: Draw) -> Case:
        base = draw(drawn).query
        prefer_busy = busy and draw(st.integers(0, 9)) > 0
        account = draw(st.sampled_from(busy if prefer_busy else known))
        start, end = _window(draw, account, now)
        names = operation.dialect.start_parameter, operation.dialect.end_parameter
        query = {name: str(wire_text(value)) for name, value in base.items() if name == "pageSize"}
        query |= {
            name: spelt(draw, moment) for name, moment in zip(names, (start, end), strict=True) if moment is not None
        }
        matching = account.count(start, end or now) if start is not None else 0
        return _paged(draw, operation, (("accountId", encoded(account.id)),), query, base, matching)

    return strategy()


def _opening(draw: Draw, operation: Operation, knowledge: Knowledge, now: datetime, base: dict[str, Any]) -> Times:
    """Opening dates around those of known accounts; which ends there are is Schemathesis's choice."""
    if not operation.has_window:
        return None, None
    openings = sorted({account.opened for account in knowledge.accounts.values() if account.opened is not None})
    past = [moment for moment in openings if BEGINNING + 3 * 366 * DAY < moment < now - DAY] or [now - 365 * DAY]
    middle = draw(st.sampled_from(past))
    reach = st.sampled_from([timedelta(seconds=2), DAY, 100 * DAY, 1000 * DAY])
    start = middle - draw(reach) if "from" in base else None
    end = min(middle + draw(reach), now - timedelta(minutes=1)) if "to" in base else None
    return start, end


def _window(draw: Draw, account: KnownAccount, now: datetime) -> Times:
    """A window that every reading of 64 allows."""
    settled = now - timedelta(minutes=10)
    moments = [moment for moment in account.moments if now - _OLDEST + DAY < moment < settled]
    shapes = ["around"] * 9 + ["wide"] * 4 + ["to the end"] * 3 + ["equal"] if moments else ["wide"]
    shape = draw(st.sampled_from([*shapes, "90 days", "oldest", "default"]))
    middle = draw(st.sampled_from(moments)) if moments else settled - 30 * DAY
    if shape == "around":
        start = max(middle - draw(st.sampled_from(_AROUND)), now - _OLDEST)
        return start, min(middle + draw(st.sampled_from(_AROUND)), settled)
    if shape == "wide":
        start = max(middle - draw(st.integers(0, 89)) * DAY, now - _OLDEST)
        return start, min(start + _LONGEST, settled)
    if shape == "to the end":
        recent = [moment for moment in moments if moment > now - 85 * DAY]
        start = max(draw(st.sampled_from(recent)) if recent else settled, now - 85 * DAY)
        return start - draw(st.sampled_from([timedelta(seconds=2), DAY, 3 * DAY])), None
    if shape == "equal":
        return middle, middle
    if shape == "90 days":
        end = (settled - draw(st.integers(0, 80)) * DAY).replace(microsecond=0)
        return end - 90 * DAY, end
    if shape == "oldest":
        start = (now - 179 * DAY + timedelta(seconds=1)).replace(microsecond=0)
        return start, start + draw(st.integers(1, 89)) * DAY
    return None, None


def _paged(
    draw: Draw, operation: Operation, path: Pairs, query: dict[str, str], base: dict[str, Any], matching: int
) -> Case:
    """With a page number where Schemathesis gave one: mostly a page that the known items fill."""
    if "pageNumber" in base:
        size = int(query.get("pageSize", wire.DEFAULT_PAGE_SIZE))
        pages = -(-matching // size)
        beyond = draw(st.integers(0, 9)) == 0
        query["pageNumber"] = str(draw(st.integers(pages + 1, pages + 9) if beyond else st.integers(1, max(1, pages))))
    pairs = tuple((name, encoded(query[name])) for name in operation.parameters if name in query)
    return Case(operation.name, Intent.POSITIVE, "as drawn", path, pairs)


def distinct(cases: Sequence[Case], count: int) -> list[Case]:
    """The first `count` different requests; where there are too few, some again."""
    different = list({case.wire: case for case in cases}.values())
    while different and len(different) < count:
        different += different[: count - len(different)]
    return different[:count]
