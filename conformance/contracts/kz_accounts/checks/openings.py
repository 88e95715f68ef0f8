"""kz-accounts 17, 49: the list of accounts filtered by the date of their opening."""

from __future__ import annotations

from datetime import datetime, timedelta

from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import accepted, refused, served
from conformance.contracts.kz_accounts.listings import given_lasting_ids, ids_of, opened_between, wrongly_typed
from conformance.contracts.kz_accounts.windows import MARGIN, after, before, whole
from conformance.contracts.kz_accounts.wire import AccountType
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, none_found


@check("KZA-OPENINGS-01")
def accounts_outside_the_opening_dates_are_left_out(accounts: Accounts) -> None:
    """With `from`, `to` or both, only accounts opened in that time are listed."""
    for name, start, end in _opening_windows(accounts):
        wrong = [
            account.id
            for account in opened_between(accounts, start, end)
            if (start and account.opened < start) or (end and account.opened > end)
        ]
        expect(f"accounts opened at another time, {name}", wrong, none_found)


@check("KZA-OPENINGS-02")
def accounts_inside_the_opening_dates_are_listed(accounts: Accounts) -> None:
    """With `from`, `to` or both, all accounts opened in that time are listed."""
    given_lasting_ids(accounts)
    for name, start, end in _opening_windows(accounts):
        due = {
            account.id
            for account in accounts.all()
            if (not start or account.opened >= start) and (not end or account.opened <= end)
        }
        found = opened_between(accounts, start, end)
        expect(f"accounts missing, {name}", sorted(due - ids_of(found)), none_found)
        given(f"accounts opened at another time, {name}", sorted(ids_of(found) - due), none_found)


@check("KZA-OPENINGS-03")
def a_filter_over_years_is_served(accounts: Accounts) -> None:
    """Opening dates may span years and lie years back: the limits of 90 and 180 days are for transactions."""
    served("the list without dates", accounts.listing())
    oldest = min((account.opened for account in accounts.all()), default=accounts.now)
    if oldest > accounts.days_ago(185):
        lacking("an account opened more than 185 days ago")
    start = whole(oldest) - timedelta(days=1)

    narrow = accounts.listing(start=start, end=after(oldest))
    accepted("opening dates of 2 days more than 180 days ago", narrow)
    later = [account.id for account in narrow.accounts if account.opened > after(oldest)]
    given("accounts opened later than that", later, none_found)  # else dates are not looked at, near or far
    accepted("opening dates of 91 days", accounts.listing(start=start, end=start + timedelta(days=91)))
    accepted("opening dates from the oldest account up to now", accounts.listing(start=start, end=whole(accounts.now)))
    accepted("`from` of the oldest account without `to`", accounts.listing(start=start))


@check("KZA-OPENINGS-04")
def a_start_after_the_end_is_refused_for_accounts(accounts: Accounts) -> None:
    """Opening dates whose `from` is later than their `to` are refused with FIELD_INVALID."""
    now = whole(accounts.now)
    early, late = now - timedelta(days=20), now - timedelta(days=10)
    served("opening dates from 20 to 10 days ago", accounts.listing(start=early, end=late))

    refused("opening dates from 10 to 20 days ago", accounts.listing(start=late, end=early))
    refused("a `from` 5 seconds after `to`", accounts.listing(start=late, end=late - timedelta(seconds=5)))


@check("KZA-OPENINGS-05")
def both_filters_apply_together(accounts: Accounts) -> None:
    """With a type and opening dates only accounts are listed that fit both, and all of these."""
    _, start, end = _opening_windows(accounts)[0]
    by_date = opened_between(accounts, start, end)
    inside = {account.id for account in accounts.all() if start and end and start <= account.opened <= end}
    given("accounts wrongly listed or left out by opening dates alone", sorted(ids_of(by_date) ^ inside), none_found)
    kinds = [kind for kind in AccountType if any(account.type == kind for account in accounts.all())]
    given("types listed with one type", wrongly_typed(accounts, kinds), none_found)
    if len({account.type for account in by_date}) < 2:
        lacking("a client with accounts of two types")

    for kind in sorted({account.type for account in by_date}):
        due = {account.id for account in by_date if account.type == kind}
        found = ids_of(opened_between(accounts, start, end, [kind]))
        expect(f"accounts that do not fit both type={kind} and the dates", sorted(found - due), none_found)
        expect(f"accounts missing with type={kind} and the dates", sorted(due - found), none_found)


@check("KZA-OPENINGS-06")
def a_filter_that_nothing_fits_gives_an_empty_list(accounts: Accounts) -> None:
    """A filter that no account fits is answered with 200, an empty array and its page, never 204 or 404."""
    accounts.first()
    oldest = min(account.opened for account in accounts.all())
    twin = accounts.listing(start=before(oldest), end=after(oldest))
    served("opening dates around the oldest account", twin)
    given("isLastPage of the accounts opened then", twin.page.is_last, True)
    start = whole(oldest) - timedelta(days=30)

    answer = accounts.listing(start=start, end=start + timedelta(days=10))

    accepted("opening dates before the oldest account", answer)
    given("number of accounts opened then", len(answer.accounts), 0)
    expect("totalItems where none fits", answer.page.total_items, 0)
    expect("isLastPage where none fits", answer.page.is_last, True)


def _opening_windows(accounts: Accounts) -> list[tuple[str, datetime | None, datetime | None]]:
    """Windows whose ends lie 2 seconds beside an account's opening: both ends, one, and right around one account."""
    times = sorted({account.opened for account in accounts.all()})
    apart = [time for place, time in enumerate(times) if place == 0 or time - times[place - 1] > 2 * MARGIN]
    if len(apart) < 3:
        lacking("a client with three accounts that were opened at different times")
    early, middle, late = apart[len(apart) // 4], apart[len(apart) // 2], apart[-1]
    return [
        ("between two openings", after(early), before(late)),
        ("from one opening on", before(middle), None),
        ("after one opening", after(middle), None),
        ("up to one opening", None, after(middle)),
        ("before one opening", None, before(middle)),
        ("around one opening", before(middle), after(middle)),
    ]
