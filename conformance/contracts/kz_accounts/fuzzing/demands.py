"""What kz-accounts asks of the answer to one request, whoever made the request: served, refused, or either.

Each parameter is judged by itself as it stands on the wire, then the rules between them (64). Only what the source
says without doubt is demanded; where a reading admits several answers, or a lenient reader could take a text for
something proper, all of these are lawful.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote_to_bytes

from stdnum import iban as iban_number

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.checks.inputs import ODD_TEXTS
from conformance.contracts.kz_accounts.fuzzing.knowledge import Kind, Knowledge, Operation
from conformance.fuzz.case import Case

FIELD_INVALID = wire.ErrorCode.FIELD_INVALID.value
LONGEST_TARGET = 250  # beyond it a server may answer before the application does
_LONG = frozenset({414, 431})
_EITHER = frozenset({200, 400})
_NOT_FOUND = frozenset({400, 404})


@dataclass(frozen=True, slots=True)
class Opinion:
    """One thing about a request that is wrong, or that may lawfully be refused (then 200 is among the statuses)."""

    what: str
    statuses: frozenset[int]
    requirement: str = ""
    code: str = ""
    about: tuple[str, ...] = ()

    @property
    def is_wrong(self) -> bool:
        return 200 not in self.statuses


@dataclass(frozen=True, slots=True)
class Demand:
    """The lawful statuses; which requirement another one breaks, and what the code of a 400 must be."""

    statuses: frozenset[int]
    wrong: tuple[Opinion, ...] = ()
    open: tuple[Opinion, ...] = ()

    @property
    def is_positive(self) -> bool:
        return self.statuses == {200}


@dataclass(frozen=True, slots=True)
class Window:
    """The window that a request names; an end that it does not name is None."""

    start: datetime | None
    end: datetime | None


def demand_of(texts: Case, operation: Operation, knowledge: Knowledge, now: datetime) -> Demand:
    """The demand for a case whose names are filled in."""
    opinions = [*_of_path(texts, operation, knowledge), *_of_query(texts, operation)]
    if not opinions or not any(opinion.is_wrong for opinion in opinions):
        opinions += _of_window(texts, operation, now)
    if not any(opinion.is_wrong for opinion in opinions):
        opinions += _of_page_beyond(texts, operation, knowledge, now)
    wrong = tuple(opinion for opinion in opinions if opinion.is_wrong)
    unsure = tuple(opinion for opinion in opinions if not opinion.is_wrong)
    statuses: frozenset[int] = frozenset() if wrong else frozenset({200})
    for opinion in opinions:
        statuses |= opinion.statuses - ({200} if wrong else set())
    if sum(len(value) for pair in (*texts.path, *texts.query) for value in pair) > LONGEST_TARGET:
        statuses |= _LONG
    return Demand(statuses, wrong, unsure)


def text_of(value: str) -> str | None:
    """A wire value as text; None where its bytes are no UTF-8 (9)."""
    try:
        return unquote_to_bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        return None


def window_of(case: Case, operation: Operation) -> Window:
    """The window of a request whose dates are proper; an improper date counts as none."""
    if not operation.has_window:
        return Window(None, None)
    names = operation.dialect.start_parameter, operation.dialect.end_parameter
    return Window(*(_moment(case.value(name)) for name in names))


def page_of(case: Case) -> tuple[int, int] | None:
    """Number and size of the page asked for; None where they are no plain numbers."""
    number = text_of(case.value("pageNumber") or "1") or ""
    size = text_of(case.value("pageSize") or str(wire.DEFAULT_PAGE_SIZE)) or ""
    plain = _PLAIN.fullmatch(number) and _PLAIN.fullmatch(size)
    return (int(number), int(size)) if plain else None


_PLAIN = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)

# --- the path (56, 63, 71, 94-97, R02, R18) ---------------------------------------------------------------


def _of_path(case: Case, operation: Operation, knowledge: Knowledge) -> Iterator[Opinion]:
    if operation.kind is Kind.ACCOUNTS:
        return
    if operation.kind is Kind.EXISTS:
        yield from _of_iban(case.value("iban") or "")
        return
    value = case.value("accountId") or ""
    text = text_of(value)
    about = ("accountId",)
    if text is None:
        yield Opinion("bytes in the path that are no UTF-8", frozenset({400}), "KZA-INPUTS-01", about=about)
    elif text in knowledge.accounts:
        return
    elif text.strip().casefold() in {name.casefold() for name in knowledge.accounts}:
        yield Opinion("an accountId in another spelling", frozenset({200, 400, 404}), about=about)
    elif _is_kazakh_iban(text):
        yield Opinion("an IBAN as accountId", frozenset({400, 403, 404}), "KZA-INPUTS-09", about=about)
    elif len(text) > wire.LONGEST_ACCOUNT_ID:
        yield Opinion("an accountId of more than 36 characters", _NOT_FOUND, "KZA-ROUTES-03", about=about)
    elif re.fullmatch(r"[0-9A-Za-z-]+", text):
        unknown = "KZA-ROUTES-01" if operation.kind is Kind.BALANCE else "KZA-ROUTES-02"
        yield Opinion("an accountId that nobody gave out", _NOT_FOUND, unknown, about=about)
    else:
        yield Opinion("an odd text as accountId", _NOT_FOUND, "KZA-INPUTS-03", about=about)


def _of_iban(value: str) -> Iterator[Opinion]:
    text = text_of(value)
    about = ("iban",)
    if text is None:
        yield Opinion("bytes in the path that are no UTF-8", frozenset({400}), "KZA-INPUTS-01", about=about)
    elif len(text) > wire.LONGEST_IBAN:
        code = FIELD_INVALID if text.isascii() and text.isalnum() else ""
        statuses = frozenset({400}) if code else _NOT_FOUND
        yield Opinion("an IBAN of more than 34 characters", statuses, "KZA-EXISTS-03", code, about)
    elif text != text.upper() and is_proper_iban(text.upper()):
        yield Opinion("an IBAN in small letters", _EITHER, "KZA-EXISTS-05", FIELD_INVALID, about)
    elif not is_proper_iban(text):
        # A server may take a slash or a dot apart before the application sees the path.
        statuses = _EITHER if text.isalnum() else frozenset({200, 400, 404})
        yield Opinion("a malformed IBAN", statuses, "KZA-EXISTS-04", FIELD_INVALID, about)


def is_proper_iban(text: str) -> bool:
    """A Kazakh IBAN with right check digits, in capitals without blanks."""
    return _is_kazakh_iban(text) and bool(iban_number.is_valid(text))


def _is_kazakh_iban(text: str) -> bool:
    return re.fullmatch(r"KZ[0-9]{2}[A-Z0-9]{16}", text) is not None


# --- the query, parameter by parameter (9-11, 16, 34, 49, 64, R05, R17) -----------------------------------


def _of_query(case: Case, operation: Operation) -> Iterator[Opinion]:
    names = [name for name, _ in case.query]
    for name in dict.fromkeys(names):
        if name not in operation.parameters:
            yield Opinion("an unknown parameter", _EITHER, "KZA-FILTER-12", about=(name,))
        elif names.count(name) > 1:
            known = ("KZA-FILTER-06", FIELD_INVALID) if name == "type" else ("", "")
            yield Opinion(f"{name} given twice", _EITHER, *known, (name,))
    for name, value in case.query:
        if name in operation.parameters:
            yield from _of_parameter(name, value, operation)


def _of_parameter(name: str, value: str, operation: Operation) -> Iterator[Opinion]:
    text = text_of(value)
    about = (name,)
    plus = 20 if operation.kind is Kind.TRANSACTIONS else 0
    if text is None:
        yield Opinion(f"{name} with bytes that are no UTF-8", frozenset({400}), "KZA-INPUTS-02", about=about)
    elif name == "pageSize":
        yield from _of_number(name, text, wire.LARGEST_PAGE_SIZE, f"KZA-PAGING-{5 + plus:02}", "KZA-INPUTS-04")
    elif name == "pageNumber":
        yield from _of_number(name, text, None, f"KZA-PAGING-{6 + plus:02}", "KZA-INPUTS-05")
    elif name == "type":
        yield from _of_type(text)
    else:
        yield from _of_date(name, text, plus)


def _of_number(name: str, text: str, largest: int | None, requirement: str, odd: str) -> Iterator[Opinion]:
    about = (name,)
    beyond = requirement.replace("-06", "-11").replace("-26", "-31")  # R16
    if re.fullmatch(r"[1-9][0-9]*", text, re.ASCII) and len(text) < 19:
        if largest is not None and int(text) > largest:
            yield _invalid(f"{name} over {largest}", requirement, about)
        elif int(text) >= 2**31:
            yield Opinion(f"{name} beyond 32 bits", _EITHER | {404}, beyond, FIELD_INVALID, about)
        return
    if re.fullmatch(r"[1-9][0-9]*", text, re.ASCII) and largest is None:
        yield Opinion(f"{name} beyond 64 bits", _EITHER | {404}, beyond, FIELD_INVALID, about)
        return
    if _is_proper_with_odd_text(text, r"[1-9][0-9]*"):
        yield Opinion(f"{name} followed by an odd text", frozenset({400}), odd, about=about)
        return
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        yield _invalid(f"{name} that is no number", requirement, about)
    elif number != number.to_integral_value():
        yield _invalid(f"{name} with a fraction", requirement, about)
    elif number < 1 or (largest is not None and number > largest):
        what = f"{name}={'0' if number == 0 else '-1'}" if number < 1 else f"{name} over {largest}"
        yield _invalid(what, requirement, about)
    else:  # a number, if in a spelling that not every reader knows: +5, 05, 1e1
        yield Opinion(f"{name} in another spelling", _EITHER | {404}, about=about)


def _of_type(text: str) -> Iterator[Opinion]:
    about = ("type",)
    known = set(wire.AccountType)
    if text in known:
        return
    if text.upper() in known:
        yield _invalid("a type in small letters", "KZA-FILTER-08", about)
    elif any(_is_proper_with_odd_text(text, re.escape(name)) for name in known):
        yield Opinion("a type followed by an odd text", frozenset({400}), "KZA-INPUTS-06", about=about)
    elif not text.strip() or text.strip() in known or "," in text:
        yield Opinion("a type in another spelling", _EITHER, about=about)
    else:
        yield _invalid("an unknown type", "KZA-FILTER-07", about)


def _of_date(name: str, text: str, plus: int) -> Iterator[Opinion]:
    """10-11; `plus` is 20 for transactions, whose requirements on dates are the first ones."""
    about = (name,)
    topic = {20: 0, 0: 20}[plus]
    match = _DATE_TIME.fullmatch(text)
    if match and match["zone"] is None:
        if _exists(match):
            yield _invalid(f"{name} without a zone", f"KZA-MOMENTS-{3 + topic:02}", about)
        else:
            yield Opinion(f"{name} in another spelling", frozenset({400}), f"KZA-MOMENTS-{3 + topic:02}", about=about)
    elif match and not _exists(match):
        yield _invalid(f"{name} that does not exist", f"KZA-MOMENTS-{5 + topic:02}", about)
    elif match:
        if not _is_common(match):
            yield Opinion(f"{name} in a rare spelling", _EITHER, about=about)
    elif re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        yield _invalid(f"{name} without a time", f"KZA-MOMENTS-{4 + topic:02}", about)
    elif _is_proper_with_odd_text(text, _DATE_TIME.pattern):
        yield Opinion(f"{name} followed by an odd text", frozenset({400}), "KZA-INPUTS-07", about=about)
    elif not text.strip() or not _LIKE_A_DATE.search(text):
        yield _invalid(f"{name} that is no date", f"KZA-MOMENTS-{6 + topic:02}", about)
    else:
        yield Opinion(f"{name} in another spelling", _EITHER, about=about)


_DATE_TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(?:\.(?P<fraction>\d+))?(?P<zone>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_LIKE_A_DATE = re.compile(r"\d{4}-?\d\d-?\d\d[T t]|\d{4}-\d\d-\d\d|\d{4}-?W\d\d|\d{4}-\d{3}", re.ASCII)


def _exists(match: re.Match[str]) -> bool:
    """Whether every part is in range; 24:00:00 and second 60 are left to `_is_common`."""
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(max(year, 1), month)[1]):
        return False
    return int(match["hour"]) <= 24 and int(match["minute"]) <= 59 and int(match["second"]) <= 60


def _is_common(match: re.Match[str]) -> bool:
    """Whether any reader of dates with a zone understands it."""
    zone = match["zone"]
    far = zone != "Z" and (int(zone[1:3]) > 14 or int(zone[4:6]) > 59 or zone == "-00:00")
    late = int(match["hour"]) == 24 or int(match["second"]) == 60
    return not (far or late or len(match["fraction"] or "") > 6 or not 1990 <= int(match["year"]) <= 2099)


def _is_proper_with_odd_text(text: str, proper: str) -> bool:
    return any(
        text.endswith(odd) and len(text) > len(odd) and re.fullmatch(proper, text[: -len(odd)], re.ASCII)
        for odd in ODD_TEXTS.values()
    )


def _invalid(what: str, requirement: str, about: tuple[str, ...]) -> Opinion:
    return Opinion(what, frozenset({400}), requirement, FIELD_INVALID, about)


def _moment(value: str | None) -> datetime | None:
    try:
        return None if value is None else wire.date_time(text_of(value) or "")
    except ValueError:
        return None


# --- rules between the ends of a window (49, 64, R12-R14) -------------------------------------------------


def _of_window(case: Case, operation: Operation, now: datetime) -> Iterator[Opinion]:
    if not operation.has_window:
        return
    window = window_of(case, operation)
    start, end = window.start, window.end
    about = (operation.dialect.start_parameter, operation.dialect.end_parameter)
    if start is not None and end is not None and start > end:
        reversed_ = "KZA-OPENINGS-04" if operation.kind is Kind.ACCOUNTS else "KZA-WINDOW-05"
        if start - end >= timedelta(seconds=2):
            yield _invalid("a start after the end", reversed_, about)
        else:
            yield Opinion("a start right after the end", _EITHER, about=about)
        return
    if any(moment is not None and moment > now for moment in (start, end)):
        yield Opinion("a window that reaches into the future", _EITHER, about=about)
        return
    if operation.kind is Kind.TRANSACTIONS:
        yield from _of_transaction_window(start, end, now, about)


def _of_transaction_window(
    start: datetime | None, end: datetime | None, now: datetime, about: tuple[str, ...]
) -> Iterator[Opinion]:
    days = timedelta(days=1)
    if start is None:
        if end is None or now - end <= timedelta(seconds=1):
            return
        if now - end >= timedelta(hours=49):  # R14
            yield _invalid("an end before today without a start", "KZA-WINDOW-10", about)
        else:
            yield Opinion("an end of today without a start", _EITHER, about=about)
        return
    if now - start >= 182 * days:  # R12
        yield _invalid("a start more than 180 days ago", "KZA-WINDOW-03", about)
        return
    length = (end or now) - start
    if length >= 91 * days:  # R13
        what = "a window over 90 days" if end is not None else "a start over 90 days ago without an end"
        yield _invalid(what, "KZA-WINDOW-04" if end is not None else "KZA-WINDOW-07", about)
    elif now - start > 179 * days:
        yield Opinion("a start about 180 days ago", _EITHER, about=about)
    elif length > 90 * days or (end is None and length > 89.5 * days):
        yield Opinion("a window of about 90 days", _EITHER, about=about)


# --- pages beyond the end (R16) ---------------------------------------------------------------------------


def _of_page_beyond(case: Case, operation: Operation, knowledge: Knowledge, now: datetime) -> Iterator[Opinion]:
    """A page that known items fill must be served; any later one may lie beyond the end."""
    asked = page_of(case)
    if not operation.is_list or asked is None or asked[0] == 1:
        return
    number, size = asked
    if least_items(case, operation, knowledge, now) <= (number - 1) * size:
        requirement = "KZA-PAGING-11" if operation.kind is Kind.ACCOUNTS else "KZA-PAGING-31"
        yield Opinion("a page beyond the end", _NOT_FOUND | {200}, requirement, FIELD_INVALID, ("pageNumber",))


def least_items(case: Case, operation: Operation, knowledge: Knowledge, now: datetime) -> int:
    """How many items surely match a request, by what is known."""
    window = window_of(case, operation)
    if operation.kind is Kind.ACCOUNTS:
        kind = text_of(case.value("type") or "") if "type" in operation.parameters else None
        return knowledge.fitting(kind or None, window.start, window.end)
    account = knowledge.accounts.get(text_of(case.value("accountId") or "") or "")
    if account is None or window.start is None:
        return 0
    return account.count(window.start, window.end or now)


BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)
"""The earliest opening date that any reader of dates is asked to understand."""
