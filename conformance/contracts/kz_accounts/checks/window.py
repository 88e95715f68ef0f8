"""kz-accounts 64: how long and how old the window of a list of transactions may be, and which one is the default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.answers import Answer, History
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import accepted, refused, served
from conformance.contracts.kz_accounts.windows import (
    MARGIN,
    ROUNDING,
    Items,
    given_creation_decides,
    ids_of,
    listed,
    outside,
    whole,
)
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, none_found, reading

OLDEST_BY_DEFAULT = timedelta(hours=48)  # R14
# R14: "today" begins at midnight of the provider's zone; +06:00 was the zone of Almaty until 2024-03-01.
ZONES = {"UTC": UTC, "+05:00": timezone(timedelta(hours=5)), "+06:00": timezone(timedelta(hours=6))}

# --- how long and how old a window may be -----------------------------------------------------------------


@check("KZA-WINDOW-01")
def a_window_of_90_days_is_served(accounts: Accounts) -> None:
    """A window of exactly 90 days is served."""
    asking = _Asking(accounts)
    served("a window of 60 days", asking.days(90, 30))

    accepted("a window of 90 days", asking.days(120, 30))


@check("KZA-WINDOW-02")
def a_window_from_179_days_ago_is_served(accounts: Accounts) -> None:
    """A window that starts 179 days ago is served."""
    asking = _Asking(accounts)
    served("a window of 60 days that starts 90 days ago", asking.days(90, 30))

    accepted("a window of 60 days that starts 179 days ago", asking.days(179, 119))


@check("KZA-WINDOW-03")
def a_window_from_over_180_days_ago_is_refused(accounts: Accounts) -> None:
    """
    A window that starts more than 180 days ago is refused with FIELD_INVALID.

    Its twin has the same length and starts 170 days ago, so that age is the only reason left.
    """
    asking = _Asking(accounts)
    served("a window of 10 days that starts 170 days ago", asking.days(170, 160))

    for age in (182, 200, 365):
        refused(f"a window of 10 days that starts {age} days ago", asking.days(age, age - 10))
    reading("R12", f"from 180.5 days ago: {asking.days(180.5, 170).status}")


@check("KZA-WINDOW-04")
def a_window_over_90_days_is_refused(accounts: Accounts) -> None:
    """
    A window longer than 90 days is refused with FIELD_INVALID.

    Its twin of 89 days starts at the same moment: it must be served, so that the length is the only
    reason left for the refusal.
    """
    asking = _Asking(accounts)

    for start, length in ((121, 91), (130, 100), (178, 150)):
        served(f"a window of 89 days that starts {start} days ago", asking.days(start, start - 89))
        refused(f"a window of {length} days that starts {start} days ago", asking.days(start, start - length))
    reading("R13", f"a window of 90.5 days: {asking.days(120.5, 30).status}")


@check("KZA-WINDOW-05")
def a_start_after_the_end_is_refused(accounts: Accounts) -> None:
    """A window whose `from` is later than its `to` is refused with FIELD_INVALID, by days and by seconds."""
    asking = _Asking(accounts)
    served("a window from 20 to 10 days ago", asking.days(20, 10))

    refused("a window from 10 to 20 days ago", asking.days(10, 20))
    late = whole(accounts.days_ago(10))
    refused("a window whose `from` is 5 seconds after its `to`", asking.window(late, late - timedelta(seconds=5)))


@check("KZA-WINDOW-06")
def a_start_equal_to_the_end_is_served(accounts: Accounts) -> None:
    """A window whose `from` equals its `to` is served: `from` is not later."""
    asking = _Asking(accounts)
    served("a window from 20 to 10 days ago", asking.days(20, 10))
    moment = whole(accounts.days_ago(10))

    accepted("a window whose `from` equals its `to`", asking.window(moment, moment))


# --- windows with one end, or none ------------------------------------------------------------------------


@check("KZA-WINDOW-07")
def a_start_100_days_ago_without_end_is_refused(accounts: Accounts) -> None:
    """`from` 100 days ago without `to` is refused: up to now that is more than 90 days."""
    asking = _Asking(accounts)
    served("`from` 30 days ago without `to`", asking.window(whole(accounts.days_ago(30)), None))

    refused("`from` 100 days ago without `to`", asking.window(whole(accounts.days_ago(100)), None))


@check("KZA-WINDOW-08")
def a_start_without_end_is_served(accounts: Accounts) -> None:
    """`from` 30 days ago without `to` is served."""
    asking = _Asking(accounts)
    served("`from` 30 days ago with `to` now", asking.window(whole(accounts.days_ago(30)), whole(accounts.now)))

    accepted("`from` 30 days ago without `to`", asking.window(whole(accounts.days_ago(30)), None))


@check("KZA-WINDOW-09")
def a_window_without_end_reaches_up_to_now(accounts: Accounts) -> None:
    """
    Without `to` a window reaches up to the moment of the request.

    What a window up to now shows must also stand in the window without `to` that is asked after it.
    """
    found = _defaults(accounts)
    if not found.explicit:
        lacking("an account with a transaction in the last 10 days")
    missing = found.missing(accounts, found.explicit, found.without_end)
    expect("transactions that a window without `to` lacks", missing, none_found)


@check("KZA-WINDOW-10")
def an_end_before_today_without_start_is_refused(accounts: Accounts) -> None:
    """`to` 49 hours ago without `from` is refused: the default `from`, today, is later."""
    found = _defaults(accounts)
    given("transactions older than 48 hours in the default window", found.too_old(accounts), none_found)
    end = accounts.now - timedelta(hours=49)
    served("the same `to` with an earlier `from`", accounts.transactions(found.account, start=found.start, end=end))

    refused("`to` 49 hours ago without `from`", accounts.transactions(found.account, end=end))


@check("KZA-WINDOW-11")
def the_default_window_holds_nothing_old(accounts: Accounts) -> None:
    """Without `from` and `to` nothing older than today is listed (R14: 48 hours, in any zone)."""
    found = _defaults(accounts)
    if not any(item.created < accounts.now - OLDEST_BY_DEFAULT for item in found.explicit):
        lacking("an account with a transaction that is 2 to 10 days old")
    expect("transactions older than 48 hours in the default window", found.too_old(accounts), none_found)


@check("KZA-WINDOW-12")
def the_default_window_holds_all_of_today(accounts: Accounts) -> None:
    """
    Without `from` and `to` all transactions of today up to now are listed.

    The explicit window is asked first, the default one after it. Today begins at the latest admitted moment (R14).
    """
    found = _defaults(accounts)
    lost = found.missing(accounts, found.explicit, found.without_end)
    given("transactions that a window without `to` lacks", lost, none_found)
    if not found.of_today(found.explicit):
        lacking("an account with a transaction of today")

    missing = found.missing(accounts, found.of_today(found.explicit), found.default)

    expect("transactions of today that the default window lacks", missing, none_found)
    reading("R14", f"today begins: {' or '.join(found.readings(accounts)) or 'in another way'}")


@check("KZA-WINDOW-13")
def an_end_now_without_start_is_the_default_window(accounts: Accounts) -> None:
    """`to` now without `from` lists the same as neither of them."""
    found = _defaults(accounts)
    given("transactions older than 48 hours in the default window", found.too_old(accounts), none_found)
    missing = found.missing(accounts, found.of_today(found.explicit), found.default)
    given("transactions of today that the default window lacks", missing, none_found)
    if not found.of_today(found.default):
        lacking("an account with a transaction of today")
    before = accounts.now - MARGIN
    lost = {item.id for item in found.without_end if item.created <= before} - ids_of(found.explicit)
    given("transactions that a window with `to` now lacks", sorted(lost), none_found)

    for last_try in (False, True):
        default = {item.id for item in listed(accounts, found.account) if item.created <= before}
        to_now = {item.id for item in listed(accounts, found.account, None, accounts.now) if item.created <= before}
        if default == to_now or last_try:
            break

    expect("transactions listed with `to` now only", sorted(to_now - default), none_found)
    expect("transactions listed without `to` only", sorted(default - to_now), none_found)


# --- asking -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asking:
    """Windows of one account, only for their answer."""

    accounts: Accounts

    def days(self, start: float, end: float) -> Answer:
        return self.window(whole(self.accounts.days_ago(start)), whole(self.accounts.days_ago(end)))

    def window(self, start: datetime | None, end: datetime | None) -> Answer:
        answer = self.accounts.transactions(self.accounts.first(), size=1, start=start, end=end)
        if answer.status == 200:
            given("number of transactions on a page of 1", len(answer.transactions) <= 1, True)
        return answer


@dataclass(frozen=True)
class _Defaults:
    """One account seen through an explicit window up to now, then one without `to`, then one with neither end."""

    account: wire.Account
    start: datetime
    explicit: Items
    without_end: Items
    default: Items
    today: datetime

    def too_old(self, accounts: Accounts) -> list[str]:
        return [item.id for item in self.default if item.created < accounts.now - OLDEST_BY_DEFAULT]

    def of_today(self, items: Items) -> Items:
        return tuple(item for item in items if item.created > self.today + ROUNDING)

    def missing(self, accounts: Accounts, due: Items, shown: Items) -> list[str]:
        """What is due of the explicit window and not shown, unless it is gone from there as well by now."""
        missing = ids_of(due) - ids_of(shown)
        if missing:
            missing &= ids_of(listed(accounts, self.account, self.start, accounts.now))
        return sorted(missing)

    def readings(self, accounts: Accounts) -> list[str]:
        """The admitted beginnings of today that fit what the default window shows and leaves out."""
        shown = ids_of(self.default)
        begins = {name: _midnight(accounts.now, zone) for name, zone in ZONES.items()}
        begins["24 hours ago"] = accounts.now - timedelta(hours=24)
        return [
            f"at midnight {name}" if name in ZONES else name
            for name, start in begins.items()
            if all((item.id in shown) == (item.created >= start) for item in self.explicit)
        ]


def _defaults(accounts: Accounts) -> _Defaults:
    """The account with most transactions since yesterday; inconclusive where windows are not kept at all."""

    def ask() -> _Defaults:
        start = whole(accounts.days_ago(10))
        day_ago = accounts.days_ago(1)

        def liveliness(history: History) -> tuple[int, int]:
            return sum(1 for item in history.items if item.created > day_ago), len(history.items)

        liveliest = sorted(accounts.histories(), key=liveliness, reverse=True)[:2]
        busiest = max(accounts.histories(), key=lambda history: len(history.items))
        seen = [
            (history.account, listed(accounts, history.account, start, accounts.now))
            for history in [*liveliest, busiest]
        ]
        account, explicit = max(seen, key=lambda pair: (sum(item.created > day_ago for item in pair[1]), len(pair[1])))
        given("transactions outside a window of 10 days", outside(explicit, start, accounts.now), none_found)
        without_end = listed(accounts, account, start)
        answer = accounts.transactions(account)
        moments = [accounts.now, _told_time(answer) or accounts.now]
        today = max(_midnight(moment, zone) for zone in ZONES.values() for moment in moments)
        return _Defaults(account, start, explicit, without_end, listed(accounts, account), today)

    given_creation_decides(accounts)
    return accounts.recall("default windows", ask)


def _told_time(answer: Answer) -> datetime | None:
    """The target's clock, which decides what today is; a run may go on past midnight."""
    try:
        told = parsedate_to_datetime(answer.header("Date") or "")
    except ValueError:
        return None
    return told if told.tzinfo else None


def _midnight(moment: datetime, zone: timezone) -> datetime:
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
