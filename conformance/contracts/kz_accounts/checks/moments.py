"""kz-accounts 11: dates and times in a query are full ISO 8601 date-times with a zone, and they exist.

Both lists know a window, by createDateTime and by openedDateTime; each rule is written once and observed on each.
A list of accounts has one only where the version knows it (49).
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import accepted, refused, served
from conformance.contracts.kz_accounts.listings import given_lasting_ids
from conformance.contracts.kz_accounts.windows import ROUNDING, after, before, whole
from conformance.contracts.kz_accounts.wire import LARGEST_PAGE_SIZE
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, none_found

Ask = Callable[[object, object], Answer]


@dataclass(frozen=True)
class Windowed:
    """One list that can be asked by time. `tight` gives a window that ends close to items, and who asks for it."""

    ask: Ask
    tight: Callable[[], tuple[Ask, datetime, datetime]]
    moments_of: Callable[[Answer], dict[str, datetime]]
    now: datetime


def transaction_windows(accounts: Accounts) -> Windowed:
    """The transactions of one account (64)."""
    first = accounts.first()

    def tight() -> tuple[Ask, datetime, datetime]:
        history = accounts.history()
        start, end = _around(sorted(item.created for item in history.items))
        return lambda lower, upper: ask(lower, upper, history.account), start, end

    def ask(start: object, end: object, account: object = first) -> Answer:
        return accounts.transactions(account, size=LARGEST_PAGE_SIZE, start=start, end=end)  # type: ignore[arg-type]

    return Windowed(ask, tight, lambda answer: {item.id: item.created for item in answer.transactions}, accounts.now)


def account_windows(accounts: Accounts) -> Windowed:
    """The list of accounts by opening date (49)."""
    accounts.first()

    def ask(start: object, end: object) -> Answer:
        return accounts.listing(size=LARGEST_PAGE_SIZE, start=start, end=end)

    def tight() -> tuple[Ask, datetime, datetime]:
        given_lasting_ids(accounts)
        return ask, *_around(sorted(account.opened for account in accounts.all()))

    return Windowed(ask, tight, lambda answer: {one.id: one.opened for one in answer.accounts}, accounts.now)


def _around(times: Sequence[datetime]) -> tuple[datetime, datetime]:
    """From 2 seconds before one item in the middle to 2 seconds after another."""
    middle = len(times) // 2
    return before(times[max(0, middle - 2)]), after(times[min(len(times) - 1, middle + 2)])


# --- spellings of the same moment -------------------------------------------------------------------------


def in_zone(hours: float) -> Callable[[datetime], str]:
    return lambda moment: whole(moment).astimezone(timezone(timedelta(hours=hours))).isoformat()


def with_fraction(fraction: str) -> Callable[[datetime], str]:
    return lambda moment: f"{whole(moment).astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{fraction}Z"


def plain(moment: datetime) -> str:
    return f"{whole(moment).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


ZONES = {"Z": plain, "+00:00": in_zone(0), "+05:00": in_zone(5), "-03:30": in_zone(-3.5)}
FRACTIONS = {".001Z": with_fraction("001"), ".000000Z": with_fraction("000000")}


@check("KZA-MOMENTS-01")
def a_zone_of_any_kind_is_understood_for_transactions(accounts: Accounts) -> None:
    """The same moments written with Z or with another offset give the same transactions."""
    spellings_mean_the_same(transaction_windows(accounts), ZONES)


@check("KZA-MOMENTS-21")
def a_zone_of_any_kind_is_understood_for_accounts(accounts: Accounts) -> None:
    """The same moments written with Z or with another offset give the same accounts."""
    spellings_mean_the_same(account_windows(accounts), ZONES)


@check("KZA-MOMENTS-02")
def a_fraction_of_a_second_is_understood_for_transactions(accounts: Accounts) -> None:
    """The same moments written with a fraction of a second give the same transactions."""
    spellings_mean_the_same(transaction_windows(accounts), {"whole seconds": plain, **FRACTIONS})


@check("KZA-MOMENTS-22")
def a_fraction_of_a_second_is_understood_for_accounts(accounts: Accounts) -> None:
    """The same moments written with a fraction of a second give the same accounts."""
    spellings_mean_the_same(account_windows(accounts), {"whole seconds": plain, **FRACTIONS})


def spellings_mean_the_same(windowed: Windowed, spellings: dict[str, Callable[[datetime], str]]) -> None:
    """The window ends 2 seconds beside items, so that a misread zone would lose some of them."""
    start, end = windowed.now - timedelta(days=60), windowed.now - timedelta(days=30)
    answers = {name: windowed.ask(spell(start), spell(end)) for name, spell in spellings.items()}
    given("whether any spelling is served", any(answer.status == 200 for answer in answers.values()), True)
    for name, answer in answers.items():
        accepted(f"dates written with {name}", answer)

    ask, start, end = windowed.tight()
    moments = {
        name: windowed.moments_of(served(f"dates written with {name}", ask(spell(start), spell(end))))
        for name, spell in spellings.items()
    }
    found = {name: set(shown) for name, shown in moments.items()}
    first, *others = found
    # Where dates decide nothing at all, no spelling of them can.
    outside = [item for item, moment in moments[first].items() if not start - ROUNDING <= moment <= end + ROUNDING]
    given(f"items outside of a window written with {first}", outside, none_found)
    if not any(found.values()):
        lacking("a window that shows what lies in it")
    for name in others:
        expect(f"items that only one of {first} and {name} shows", sorted(found[name] ^ found[first]), none_found)


# --- what is no moment ------------------------------------------------------------------------------------


@check("KZA-MOMENTS-03")
def a_date_without_zone_is_refused_for_transactions(accounts: Accounts) -> None:
    """A date and time without a zone is refused with FIELD_INVALID for transactions."""
    a_date_without_zone_is_refused(transaction_windows(accounts))


@check("KZA-MOMENTS-23")
def a_date_without_zone_is_refused_for_accounts(accounts: Accounts) -> None:
    """A date and time without a zone is refused with FIELD_INVALID for accounts."""
    a_date_without_zone_is_refused(account_windows(accounts))


def a_date_without_zone_is_refused(windowed: Windowed) -> None:
    moment = _base(windowed)
    bad_ends_are_refused(windowed, moment, {"no zone": f"{moment:%Y-%m-%dT%H:%M:%S}"})


@check("KZA-MOMENTS-04")
def a_date_without_time_is_refused_for_transactions(accounts: Accounts) -> None:
    """A date without a time is refused with FIELD_INVALID for transactions."""
    a_date_without_time_is_refused(transaction_windows(accounts))


@check("KZA-MOMENTS-24")
def a_date_without_time_is_refused_for_accounts(accounts: Accounts) -> None:
    """A date without a time is refused with FIELD_INVALID for accounts."""
    a_date_without_time_is_refused(account_windows(accounts))


def a_date_without_time_is_refused(windowed: Windowed) -> None:
    moment = _base(windowed)
    bad_ends_are_refused(windowed, moment, {"a date only": f"{moment:%Y-%m-%d}"})


@check("KZA-MOMENTS-05")
def a_date_that_does_not_exist_is_refused_for_transactions(accounts: Accounts) -> None:
    """A date or time that does not exist, such as 30 February or 25:00, is refused for transactions."""
    a_date_that_does_not_exist_is_refused(transaction_windows(accounts))


@check("KZA-MOMENTS-25")
def a_date_that_does_not_exist_is_refused_for_accounts(accounts: Accounts) -> None:
    """A date or time that does not exist, such as 30 February or 25:00, is refused for accounts."""
    a_date_that_does_not_exist_is_refused(account_windows(accounts))


def a_date_that_does_not_exist_is_refused(windowed: Windowed) -> None:
    """A lenient reader carries 31 June over to 1 July; the window is such that it would then be served."""
    next_day = _base(windowed)
    last = next_day - timedelta(days=1)
    impossible = {
        "a day after the end of its month": f"{last:%Y-%m}-{last.day + 1:02}T10:00:00Z",
        "month 13": f"{last:%Y}-13-{last:%d}T10:00:00Z",
        "hour 25": f"{last:%Y-%m-%d}T25:00:00Z",
        "minute 60": f"{last:%Y-%m-%d}T10:60:00Z",
    }
    bad_ends_are_refused(windowed, next_day, impossible)


@check("KZA-MOMENTS-06")
def what_is_no_date_is_refused_for_transactions(accounts: Accounts) -> None:
    """An empty, wordy, numeric or otherwise written date is refused with FIELD_INVALID for transactions."""
    what_is_no_date_is_refused(transaction_windows(accounts))


@check("KZA-MOMENTS-26")
def what_is_no_date_is_refused_for_accounts(accounts: Accounts) -> None:
    """An empty, wordy, numeric or otherwise written date is refused with FIELD_INVALID for accounts."""
    what_is_no_date_is_refused(account_windows(accounts))


def what_is_no_date_is_refused(windowed: Windowed) -> None:
    moment = _base(windowed)
    garbage = {
        "an empty text": "",
        "a word": "yesterday",
        "seconds since 1970": str(int(moment.timestamp())),
        "milliseconds since 1970": str(int(moment.timestamp()) * 1000),
        "day.month.year": f"{moment:%d.%m.%Y}",
        "day.month.year with a time": f"{moment:%d.%m.%Y %H:%M:%S}",
    }
    bad_ends_are_refused(windowed, moment, garbage)


def bad_ends_are_refused(windowed: Windowed, moment: datetime, spellings: dict[str, str]) -> None:
    """Each as `from` and as `to`, ten days from the other end; the twin says the same moment properly."""
    start, end = moment - timedelta(days=10), moment + timedelta(days=10)
    served("a proper `from`", windowed.ask(plain(moment), plain(end)))
    served("a proper `to`", windowed.ask(plain(start), plain(moment)))
    for name, text in spellings.items():
        refused(f"{name} as `from`", windowed.ask(text, plain(end)))
        refused(f"{name} as `to`", windowed.ask(plain(start), text))


def _base(windowed: Windowed) -> datetime:
    """10:00 on the first day after a month of fewer than 31 days, 20 to 115 days ago."""
    moment = (windowed.now - timedelta(days=20)).astimezone(UTC).replace(hour=10, minute=0, second=0, microsecond=0)
    while moment.day != 1 or calendar.monthrange(*_month_before(moment))[1] == 31:
        moment -= timedelta(days=1)
    return moment


def _month_before(moment: datetime) -> tuple[int, int]:
    last = moment.replace(day=1) - timedelta(days=1)
    return last.year, last.month
