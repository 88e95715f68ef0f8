"""instant-payment validate-payee, validate-payer: how a sender describes payee and payer in what it encrypts.

What is seen here only private keys show; no fault names a value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from conformance.contracts.instant_payment.inspection import Inspected, Unjudged
from conformance.contracts.instant_payment.received import Arrival, SenderUnderTest
from conformance.contracts.instant_payment.wire import PAYER_MEMBERS, Operation
from conformance.engine.check import check
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import read_json

_MOBILE = re.compile(r"[0-9]{8,15}")
_DATE = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}")
_NAMES = ("first_name", "last_name", "initials")
_SCRIPTS = {"ka": "GEORGIAN", "en": "LATIN"}
_LOST = "?\ufffd"  # what stands in place of a letter that a coding does not have


@check("IPG-PEOPLE-01")
def the_payee_has_a_mobile_number(sender: SenderUnderTest) -> None:
    """What Validate Payee encrypts is an object with payee.mobile, a text with something in it."""
    sender.judge("payees without a mobile number", _has_no_mobile, Operation.VALIDATE_PAYEE, secret=True)


def _has_no_mobile(message: Inspected) -> Iterator[str]:
    data = message.opened_json.value
    payee = data.get("payee") if isinstance(data, dict) else None
    mobile = payee.get("mobile") if isinstance(payee, dict) else None
    if not isinstance(mobile, str) or not mobile.strip():
        yield "payee.mobile is no text with something in it"


@check("IPG-PEOPLE-02")
def the_mobile_number_is_digits(sender: SenderUnderTest) -> None:
    """The mobile number is 8 to 15 digits, the country code among them, without plus, blanks and dashes (IR20)."""
    sender.judge("mobile numbers in another form", _is_in_another_form, Operation.VALIDATE_PAYEE, secret=True)


def _is_in_another_form(message: Inspected) -> Iterator[str]:
    if not _MOBILE.fullmatch(_text(message.person("payee"), "mobile")):
        yield "payee.mobile is not 8 to 15 digits"


@check("IPG-PEOPLE-03")
def the_payer_has_all_eight_members(sender: SenderUnderTest) -> None:
    """What Validate Payer encrypts is an object payer with its eight members, each a text with something in it."""
    sender.judge("payers who are not whole", _is_not_whole, Operation.VALIDATE_PAYER, secret=True)


def _is_not_whole(message: Inspected) -> Iterator[str]:
    data = message.opened_json.value
    payer = data.get("payer") if isinstance(data, dict) else None
    if not isinstance(payer, dict):
        yield "there is no object payer"
        return
    for name in PAYER_MEMBERS:
        if not isinstance(payer.get(name), str) or not payer[name].strip():
            yield f"payer.{name} is no text with something in it"


@check("IPG-PEOPLE-04")
def the_date_of_birth_is_a_calendar_date(sender: SenderUnderTest) -> None:
    """The payer's date of birth is a day of the calendar as DD/MM/YYYY, and not after the request."""

    def is_no_date(arrival: Arrival) -> Iterator[str]:
        text = _text(arrival.inspected.person("payer"), "date_of_birth")
        if not _DATE.fullmatch(text):
            yield "payer.date_of_birth is not DD/MM/YYYY"
            return
        try:
            day = datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=UTC)
        except ValueError:
            yield "payer.date_of_birth is no day of the calendar"
            return
        if day > arrival.at:
            yield "payer.date_of_birth is in the future"

    sender.judge_arrivals("dates of birth that are none", is_no_date, Operation.VALIDATE_PAYER, secret=True)


@check("IPG-PEOPLE-05")
def names_are_in_the_letters_of_their_language(sender: SenderUnderTest) -> None:
    """Names and initials ending in _ka are in Georgian letters, those ending in _en in Latin ones."""
    sender.judge("names in other letters", _has_other_letters, Operation.VALIDATE_PAYER, secret=True)


def _has_other_letters(message: Inspected) -> Iterator[str]:
    payer = message.person("payer")
    for language, script in _SCRIPTS.items():
        for name in _NAMES:
            text = _name(payer, f"{name}_{language}")
            if any(not unicodedata.name(char, "").startswith(script) for char in text if char.isalpha()):
                yield f"payer.{name}_{language} is not in {script.capitalize()} letters"


@check("IPG-PEOPLE-06")
def initials_are_the_first_letters_of_the_names(sender: SenderUnderTest) -> None:
    """The letters of the initials are the first of first and last name; case and dots are free (IR20)."""
    sender.judge("initials of another name", _has_other_initials, Operation.VALIDATE_PAYER, secret=True)


def _has_other_initials(message: Inspected) -> Iterator[str]:
    payer = message.person("payer")
    for language in _SCRIPTS:
        first, last, initials = (_letters(_name(payer, f"{name}_{language}")) for name in _NAMES)
        if initials != first[:1] + last[:1]:
            yield f"payer.initials_{language} are not the first letters of first and last name"


@check("IPG-PEOPLE-07")
def encrypted_names_are_utf_8(sender: SenderUnderTest) -> None:
    """What is encrypted is JSON in UTF-8, and no letter of a name was lost to another coding."""
    both = (Operation.VALIDATE_PAYEE, Operation.VALIDATE_PAYER)
    sender.judge("data that are not in UTF-8", _is_no_utf_8, *both, secret=True)


def _is_no_utf_8(message: Inspected) -> Iterator[str]:
    try:
        value = read_json(message.opened).value
    except UnreadableReply as fault:
        yield f"what is encrypted {'is not UTF-8' if 'UTF-8' in fault.why else 'is no JSON'}"
        return
    for name, text in _texts(value):
        if any(char in text for char in _LOST):
            yield f"{name} has lost letters"


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from [(str(name), item)] if isinstance(item, str) else _texts(item)


def _text(person: Mapping[str, Any], name: str) -> str:
    value = person.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Unjudged(f"{name} is no text with something in it")
    return value


def _name(person: Mapping[str, Any], name: str) -> str:
    text = _text(person, name)
    if any(char in text for char in _LOST):
        raise Unjudged(f"{name} has lost letters")
    return text


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalpha())
