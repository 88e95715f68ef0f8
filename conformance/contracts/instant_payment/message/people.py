"""instant-payment validate-payee, validate-payer: what the encrypted data says of payee and payer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeGuard

from conformance.contracts.instant_payment.message.envelope import judge_inner
from conformance.contracts.instant_payment.message.forms import form, picture
from conformance.contracts.instant_payment.message.jsonread import (
    OF_ENCODING,
    Json,
    JsonFault,
    Number,
    read,
)
from conformance.contracts.instant_payment.message.notebook import Notebook
from conformance.contracts.instant_payment.wire import PAYER_MEMBERS, Operation

_MOBILE = re.compile(
    r"[1-9][0-9]{9,14}"
)  # E.164 has at most 15 digits; ten are fewer than any number here with its code
_DATE_OF_BIRTH = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}")
_NAMES = ("first_name_ka", "last_name_ka", "first_name_en", "last_name_en")
_OF_PAYEE = ("IPG-PEOPLE-01", "IPG-PEOPLE-02")
_OF_PAYER = tuple(f"IPG-PEOPLE-0{number}" for number in range(3, 8))


def judge_people(operation: Operation, payload: bytes | None, missing: str, today: date, note: Notebook) -> list[str]:
    """IPG-PEOPLE-01 to -07; `missing` is why the data was not opened. Returns the personal values, which stay here."""
    rules = _OF_PAYEE if operation is Operation.VALIDATE_PAYEE else _OF_PAYER
    if payload is None:
        note.unknown(rules, "encrypted data", missing)
        return []
    found = read(payload)
    judge_inner(found, "encrypted data", note)
    personal: list[str] = []
    if operation is Operation.VALIDATE_PAYEE:
        _judge_payee(found, note, personal)
    else:
        _judge_payer(found, today, note, personal)
    return personal


def _judge_payee(found: Json, note: Notebook, personal: list[str]) -> None:
    if told := found.told(*OF_ENCODING):
        note.wrong("IPG-ENVELOPE-05", "encrypted data", "UTF-8 without a byte order mark", f"it {told}")
    payee = (found.object or {}).get("payee")
    mobile = payee.get("mobile") if isinstance(payee, Mapping) else None
    if isinstance(mobile, str):
        personal.append(mobile)
    holds = _is_text(mobile) and not found.told(JsonFault.NO_JSON, JsonFault.CONSTANT)
    expected = '{"payee": {"mobile": a text}}'
    note.judge("IPG-PEOPLE-01", "payee.mobile", holds, expected, _what_is_there(found, "payee", "mobile"))
    if not _is_text(mobile):
        note.unknown(["IPG-PEOPLE-02"], "payee.mobile", "there is none to look at")
        return
    expected = "digits with the country code, without a plus sign, 10 to 15"
    note.judge("IPG-PEOPLE-02", "payee.mobile", _MOBILE.fullmatch(mobile) is not None, expected, form(mobile))


def _what_is_there(found: Json, outer: str, inner: str) -> str:
    if told := found.told(JsonFault.NO_JSON, JsonFault.CONSTANT):
        return f"the data {told}"
    if found.object is None:
        return f"the data is {form(found.value)}"
    if outer not in found.object:
        return f"no {outer}" + (f"; {inner} stands at the top" if inner in found.object else "")
    value = found.object[outer]
    if not isinstance(value, Mapping):
        return f"{outer} is {form(value)}"
    return form(value[inner]) if inner in value else f"no {outer}.{inner}"


def _judge_payer(found: Json, today: date, note: Notebook, personal: list[str]) -> None:
    if not found.is_read:
        told = found.told(*OF_ENCODING)
        if told:
            note.wrong("IPG-PEOPLE-07", "encrypted data", "JSON in UTF-8", f"it {told}")
        else:
            note.wrong("IPG-PEOPLE-03", "encrypted data", "JSON in UTF-8", f"it {found.told(JsonFault.NO_JSON)}")
        note.unknown([rule for rule in _OF_PAYER if not note.is_judged(rule)], "payer", "it cannot be read")
        return
    payer = (found.object or {}).get("payer")
    members = payer if isinstance(payer, Mapping) else {}
    personal += [value for name in PAYER_MEMBERS if isinstance(value := members.get(name), str)]
    _judge_eight(found, payer, members, note)
    texts = {name: value for name in PAYER_MEMBERS if _is_text(value := members.get(name))}
    lost = _judge_encoding(found, texts, note)
    _judge_date_of_birth(texts.get("date_of_birth"), today, note)
    readable = {name: value for name, value in texts.items() if name not in lost}
    _judge_letters(readable, note)
    _judge_initials(readable, note)


def _judge_eight(found: Json, payer: Any, members: Mapping[str, Any], note: Notebook) -> None:
    expected = "a text with something in it"
    if told := found.told(JsonFault.CONSTANT):
        note.wrong("IPG-PEOPLE-03", "encrypted data", "JSON (RFC 8259)", f"it {told}")
    if not isinstance(payer, Mapping):
        note.wrong(
            "IPG-PEOPLE-03",
            "payer",
            "an object with the eight members",
            _what_is_there(found, "payer", "first_name_ka"),
        )
        return
    for name in PAYER_MEMBERS:
        value = members.get(name)
        actual = form(value) if name in members else "missing"
        note.judge("IPG-PEOPLE-03", f"payer.{name}", _is_text(value), expected, actual)


def _judge_encoding(found: Json, texts: Mapping[str, str], note: Notebook) -> set[str]:
    """IPG-PEOPLE-07; returns the members whose letters are lost."""
    if told := found.told(*OF_ENCODING):
        note.wrong("IPG-PEOPLE-07", "encrypted data", "UTF-8 without a byte order mark", f"it {told}")
    lost = set()
    for name, text in texts.items():
        if flaw := _loss(text):
            lost.add(name)
            note.wrong("IPG-PEOPLE-07", f"payer.{name}", "the letters of the name, in UTF-8", f"{flaw}: {form(text)}")
    if texts and not note.is_judged("IPG-PEOPLE-07"):
        note.right("IPG-PEOPLE-07", "encrypted data", "UTF-8, no letters are lost")
    return lost


def _loss(text: str) -> str:
    if "\N{REPLACEMENT CHARACTER}" in text or "?" in text:
        return "signs in place of letters"
    for encoding in ("cp1252", "latin-1"):
        try:
            if not text.isascii() and text.encode(encoding).decode("utf-8"):
                return "UTF-8 that was read as another encoding and written again"
        except UnicodeError:
            continue
    return ""


def _judge_date_of_birth(text: str | None, today: date, note: Notebook) -> None:
    if text is None:
        note.unknown(["IPG-PEOPLE-04"], "payer.date_of_birth", "there is none to look at")
        return
    actual = picture(text)
    holds = False
    if _DATE_OF_BIRTH.fullmatch(text):
        try:
            born = datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 (a day of a calendar has no zone)
        except ValueError:
            is_month_first = int(text[:2]) <= 12 < int(text[3:5]) <= 31
            actual += ", the month seems to stand first" if is_month_first else ", no day of the calendar"
        else:
            holds = born <= today
            actual += "" if holds else ", a day in the future"
    note.judge("IPG-PEOPLE-04", "payer.date_of_birth", holds, "a day of the calendar as DD/MM/YYYY", actual)


def _judge_letters(texts: Mapping[str, str], note: Notebook) -> None:
    """IPG-PEOPLE-05, of the four names."""
    for name in _NAMES:
        if (text := texts.get(name)) is None:
            note.unknown(["IPG-PEOPLE-05"], f"payer.{name}", "there is none that can be read")
            continue
        wanted = "GEORGIAN" if name.endswith("_ka") else "LATIN"
        letters = [letter for letter in text if letter.isalpha()]
        holds = bool(letters) and all(unicodedata.name(letter, "").startswith(wanted) for letter in letters)
        note.judge("IPG-PEOPLE-05", f"payer.{name}", holds, f"{wanted.capitalize()} letters", form(text))


def _judge_initials(texts: Mapping[str, str], note: Notebook) -> None:
    """IPG-PEOPLE-06; with dots or without (IE14), of all parts of a name or of the first of each."""
    for language in ("ka", "en"):
        place = f"payer.initials_{language}"
        initials, *names = (texts.get(f"{name}_{language}") for name in ("initials", "first_name", "last_name"))
        parts = [_parts(name or "") for name in names]
        if initials is None or not all(parts):
            note.unknown(["IPG-PEOPLE-06"], place, "initials or names are not there to be compared")
            continue
        letters = _bare(initials)
        allowed = {_first(part[:1] for part in parts), _first(parts)}
        expected = "the first letters of first and last name"
        note.judge("IPG-PEOPLE-06", place, letters in allowed, expected, f"{form(initials)}{_order(letters, parts)}")


def _order(letters: str, parts: Sequence[Sequence[str]]) -> str:
    return ", the last name's first" if letters == _first(part[:1] for part in reversed(parts)) else ""


def _parts(name: str) -> list[str]:
    return [part for part in map(_bare, re.split(r"[\s-]+", name)) if part]


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalpha())


def _first(parts: Any) -> str:
    return "".join(name[0] for part in parts for name in part)


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and not isinstance(value, Number) and bool(value.strip())
