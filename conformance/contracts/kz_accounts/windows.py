"""Windows of transactions as several topics of kz-accounts look at them (11, 64).

Windows are asked at whole seconds and away from the moments of transactions, so that how a provider rounds
(R12-R15, R33) decides nothing; what is compared is what two answers of the same target say.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import MOST_PAGES, Accounts, is_cut_short
from conformance.engine.observation import given, lacking

Items = tuple[wire.Transaction, ...]

MARGIN = timedelta(seconds=2)  # between the end of a window and the nearest transaction
ROUNDING = timedelta(seconds=1)  # a moment may be stored finer than it is shown


def listed(
    accounts: Accounts, account: wire.Account, start: datetime | None = None, end: datetime | None = None
) -> Items:
    """All transactions of a window, page by page."""

    def fetch(page: int) -> Answer:
        return accounts.transactions(account, page=page, size=wire.LARGEST_PAGE_SIZE, start=start, end=end)

    pages = tuple(accounts.walk(fetch))
    if is_cut_short(pages):
        lacking(f"an account with at most {MOST_PAGES * wire.LARGEST_PAGE_SIZE} transactions in such a window")
    return tuple(item for answer in pages for item in answer.transactions)


def given_creation_decides(accounts: Accounts) -> None:
    """By which date a window goes has a check of its own; where it is another one, no other window check can tell."""
    for name in OTHER_DATES:
        given(f"whether {name} decides which transactions are listed", decides(accounts, name) is True, False)


def decides(accounts: Accounts, name: str) -> bool | None:
    """Whether a transaction is listed for that date alone; None where no transaction can tell."""

    def ask() -> bool | None:
        apart = [
            (abs(date - item.created), item, date, history)
            for history in accounts.histories()
            for item in history.items
            for date in _dates(item, name)
            if abs(date - item.created) > timedelta(hours=1) and date < accounts.settled - timedelta(hours=1)
        ]
        if not apart:
            return None
        gap, item, date, history = max(apart, key=lambda entry: (entry[0], entry[1].created))

        def shows(middle: datetime) -> bool:
            half = min(gap / 2, timedelta(hours=1)) - MARGIN
            return item.id in ids_of(listed(accounts, history.account, whole(middle - half), whole(middle + half)))

        if not shows(date):
            return False
        known = [moment for other in _DATES for moment in _dates(item, other)]
        elsewhere = [min(known) - timedelta(hours=3), min(max(known) + timedelta(hours=3), accounts.now)]
        return None if any(shows(moment) for moment in elsewhere) else True

    return accounts.recall(f"whether {name} decides", ask)


def _dates(item: wire.Transaction, name: str) -> list[datetime]:
    """That date of a transaction, if it has it; one that cannot be read is for the topic `dates`."""
    try:
        return [wire.date_time(item.text(name))] if item.has(name) else []
    except ValueError:
        return []


OTHER_DATES = ("bookingDateTime", "valueDateTime")
_DATES = ("createDateTime", *OTHER_DATES)


# --- moments ----------------------------------------------------------------------------------------------


def whole(moment: datetime) -> datetime:
    """Cut to the second: whether fractions are understood is judged by the topic `moments`."""
    return moment.replace(microsecond=0)


def after(moment: datetime) -> datetime:
    return whole(moment) + MARGIN


def before(moment: datetime) -> datetime:
    return whole(moment) - MARGIN


def outside(items: Items, start: datetime, end: datetime) -> list[str]:
    """Ids of the transactions whose createDateTime lies outside, however finely it is stored."""
    return [item.id for item in items if not start - ROUNDING <= item.created <= end + ROUNDING]


def ids_of(items: Iterable[wire.Transaction]) -> set[str]:
    return {item.id for item in items}
