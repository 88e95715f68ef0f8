"""instant-payment validate-payee, validate-payer, make-payment, get-payment: a message is of now, and says so.

Dates are drawn anew for each message, so that nothing but the date tells it from its accepted twin.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from conformance.contracts.instant_payment.attempts import Sending, refused_at_every_method
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.judgement import is_refusal, story, told_once, took_effect
from conformance.contracts.instant_payment.wire import Operation
from conformance.engine.check import check
from conformance.engine.observation import given, not_applicable

_DAY = 24 * 3600.0
_OF_THE_SOURCE = "2024-02-02T13:28:00.873163500"


def dated(bank: SenderBank, date: Callable[[], str]) -> Sending:
    """Sends a message under another request_date."""
    return lambda message: bank.send(message.changed(request_date=date()))


def tolerance_of(bank: SenderBank) -> float:
    """Seconds by which a date may be off. Ends the check as not applicable where none is declared (IR07)."""
    tolerance = bank.declaration.dates.tolerance_s
    if tolerance is None:
        not_applicable("no tolerance for request_date is declared (dates.tolerance_s)")
    return tolerance


def local(bank: SenderBank, offset_s: float = 0.0) -> datetime:
    """The moment of a fresh date, in the zone that dates mean."""
    return datetime.fromisoformat(bank.date(offset_s)).replace(tzinfo=bank.declaration.zone)


# --- form -----------------------------------------------------------------------------------------------------


@check("IPG-DATES-01")
def what_is_no_date_and_time_is_refused(bank: SenderBank) -> None:
    """
    A request_date of another form is refused: a date or a time alone, a day or hour that is none, other spellings.

    Each means the present moment to whoever is lenient enough, so that it is the form that is refused.
    """
    forms: dict[str, Callable[[], str]] = {
        "a date alone": lambda: bank.date()[:10],
        "a time alone": lambda: bank.date()[11:],
        "a blank for the T": lambda: bank.date().replace("T", " "),
        "ten digits of a second": lambda: f"{bank.date()}0",
        "a line end after the date": lambda: f"{bank.date()}\n",
        "a day that its month does not have": lambda: rolled_into_last_month(local(bank)),
        "an hour that the day does not have": lambda: rolled_into_yesterday(local(bank)),
        "seconds since 1970": lambda: str(int(local(bank).timestamp())),
        "a date of HTTP": lambda: f"{local(bank):%a, %d %b %Y %H:%M:%S} GMT",
        "a word as date": lambda: "now",
    }
    damages = {what: dated(bank, form) for what, form in forms.items()}
    refused_at_every_method(bank, damages, (Operation.VALIDATE_PAYEE, Operation.MAKE_PAYMENT))


def rolled_into_last_month(moment: datetime) -> str:
    """Today as a day of last month: 4 May is 34 April."""
    last_month = moment.replace(day=1) - timedelta(days=1)
    return f"{last_month:%Y-%m}-{last_month.day + moment.day}{moment:T%H:%M:%S.%f}"


def rolled_into_yesterday(moment: datetime) -> str:
    """Now as an hour of yesterday: 9 o'clock is 33 o'clock."""
    return f"{moment - timedelta(days=1):%Y-%m-%d}T{moment.hour + 24}{moment:%M:%S.%f}"


# --- age ------------------------------------------------------------------------------------------------------


@check("IPG-DATES-02")
def a_stale_message_is_refused(bank: SenderBank) -> None:
    """
    A message older than twice the declared tolerance is refused at each method, and so is one of 2024.

    Messages as old as half of the tolerance are accepted (IR07).
    """
    tolerance = tolerance_of(bank)
    damages = {
        "a stale request_date": dated(bank, lambda: bank.date(-2 * tolerance - 60)),
        "a request_date of 2024": dated(bank, lambda: _OF_THE_SOURCE),
    }
    refused_at_every_method(bank, damages, twin=dated(bank, lambda: bank.date(-tolerance / 2)))


@check("IPG-DATES-03")
def a_message_of_the_future_is_refused(bank: SenderBank) -> None:
    """A message that lies further ahead than twice the declared tolerance is refused at each method (IR07)."""
    tolerance = tolerance_of(bank)
    damages = {
        "a request_date in the future": dated(bank, lambda: bank.date(2 * tolerance + 60)),
        "a request_date in a year": dated(bank, lambda: bank.date(2 * tolerance + 365 * _DAY)),
    }
    refused_at_every_method(bank, damages)


# --- zone -----------------------------------------------------------------------------------------------------


@check("IPG-DATES-04")
def a_zone_is_refused_or_heeded(bank: SenderBank) -> None:
    """
    A request_date whose zone makes it stale or of the future is refused, though its digits are those of now (IR06).

    The same moments without a zone are refused, too. What becomes of the present moment with a zone is recorded.
    """
    if 2 * tolerance_of(bank) >= _ZONES_APART:
        not_applicable("no zone is further away than the tolerance for request_date (dates.tolerance_s)")
    for name, hours in {"Z": 0, "+04:00": 4, "-03:00": -3}.items():
        date = f"{local(bank).astimezone(timezone(timedelta(hours=hours))):%Y-%m-%dT%H:%M:%S.%f}{name}"
        answer = bank.send(bank.payee(request_date=date))
        told_once("IR06", f"zone {name} {'accepted' if took_effect(answer) else 'refused'}")
    for what, offset in (("a stale request_date", -_ZONES_APART), ("a request_date in the future", _ZONES_APART)):
        answer = bank.send(bank.payee(request_date=bank.date(offset)))
        seen = "a refusal" if is_refusal(answer) else story(answer)
        given(f"answer to Validate Payee with {what} and no zone", seen, "a refusal")

    def with_zone(apart: float) -> Callable[[], str]:
        return lambda: f"{bank.date()}{zone_text(local(bank), apart)}"

    damages = {
        "a request_date that its zone makes stale": dated(bank, with_zone(_ZONES_APART)),
        "a request_date that its zone puts into the future": dated(bank, with_zone(-_ZONES_APART)),
    }
    refused_at_every_method(bank, damages)


_ZONES_APART = 6 * 3600.0  # seconds; such zones exist to the east and west of most places


def zone_text(moment: datetime, apart_s: float) -> str:
    """A zone so many seconds to the east of that of the moment."""
    zone = timezone((moment.utcoffset() or timedelta()) + timedelta(seconds=apart_s))
    return moment.astimezone(zone).isoformat()[-6:]
