"""instant-payment validate-payee, validate-payer, make-payment, get-payment: what each signed object must hold."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from conformance.contracts.instant_payment.message.forms import form, picture, shown
from conformance.contracts.instant_payment.message.jsonread import Number
from conformance.contracts.instant_payment.message.keyfile import Keyring
from conformance.contracts.instant_payment.message.notebook import Notebook
from conformance.contracts.instant_payment.wire import (
    CERTIFICATES,
    KEYS,
    MANDATORY,
    OPTIONAL,
    PARTIES,
    Operation,
    read_date,
)

_TELLING = {
    "payee_encrypted_data": Operation.VALIDATE_PAYEE,
    "payer_encypted_data": Operation.VALIDATE_PAYER,
    "payer_encrypted_data": Operation.VALIDATE_PAYER,  # as it would be spelt rightly (IE05)
    "payment_info": Operation.MAKE_PAYMENT,
}
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")  # ISO 9362
_LIKE_A_DATE = re.compile(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?")
_RULES = ("IPG-CONTENT-01", "IPG-CONTENT-02", "IPG-CONTENT-03", "IPG-CONTENT-04")


def method_of(members: Mapping[str, Any]) -> Operation | None:
    """The method that an object is for, told by its members; None where they do not tell."""
    told = {operation for name, operation in _TELLING.items() if name in members}
    if told:
        return told.pop() if len(told) == 1 else None
    there = {name for names in MANDATORY.values() for name in names if name in members}
    distances = {
        operation: len(set(names) - there) + len(there - {*names, *OPTIONAL[operation]})
        for operation, names in MANDATORY.items()
    }
    nearest = [operation for operation, distance in distances.items() if distance == min(distances.values())]
    return nearest[0] if len(nearest) == 1 and there else None


class Members:
    """The members of a signed object; `sound` are those that are there with their type and something in them."""

    def __init__(self, operation: Operation, members: Mapping[str, Any], note: Notebook) -> None:
        self.operation = operation
        self.sound: dict[str, Any] = {}
        self._members, self._note = members, note
        self._faults: set[str] = set()

    def judge(self, keys: Keyring, payment_id: str | None) -> None:
        """IPG-CONTENT-01 to -04, -07, -08, DATES-01, CERTIFICATES and PARTIES."""
        for name in MANDATORY[self.operation]:
            self._judge_member(name, self._members, name)
        for name in OPTIONAL[self.operation]:
            if name in self._members:
                self._judge_member(name, self._members, name)
        self._judge_alternatives()
        if "payment_info" in self.sound:
            for name in ("amount", "currency"):
                self._judge_member(name, self.sound["payment_info"], f"payment_info.{name}")
        for rule in _RULES:
            if rule not in self._faults:
                self._note.right(rule, f"members of {self.operation.words}")
        self._judge_date()
        self._judge_payment_id(payment_id)
        self._judge_names(keys)

    def _judge_member(self, name: str, members: Mapping[str, Any], place: str) -> None:
        if name not in members:
            self._fault("IPG-CONTENT-01", place, "a mandatory member", f"missing{self._near(name, members)}")
            return
        value = members[name]
        if value is None:
            self._fault("IPG-CONTENT-03", place, "a value", "null")
        elif not self._has_its_type(name, value):
            kind = {"payment_info": "an object", "amount": "a text (or a number, IR05)"}.get(name, "a text")
            self._fault("IPG-CONTENT-04", place, kind, form(value))
        elif isinstance(value, str) and not value.strip():
            self._fault("IPG-CONTENT-02", place, "something in it", form(value))
        else:
            self.sound[place] = value

    def _has_its_type(self, name: str, value: Any) -> bool:
        if name == "payment_info":
            return isinstance(value, Mapping)
        return isinstance(value, str) and (name == "amount" or not isinstance(value, Number))

    def _judge_alternatives(self) -> None:
        there = self._members.keys()
        if self.operation is Operation.VALIDATE_PAYER and "payment_id" not in there and not set(PARTIES) <= there:
            expected = f"payment_id, or {', '.join(PARTIES)}, or all four (IR08)"
            self._fault("IPG-CONTENT-01", "payment", expected, "neither of the two forms is whole")
        if self.operation is Operation.MAKE_PAYMENT and len(set(KEYS) & there) == 1:
            absent = next(name for name in KEYS if name not in there)
            self._fault("IPG-CONTENT-01", absent, "both encrypted keys or neither (IR09)", "missing beside the other")

    def _fault(self, rule: str, place: str, expected: str, actual: str) -> None:
        self._faults.add(rule)
        self._note.wrong(rule, place, expected, actual)

    def _near(self, name: str, members: Mapping[str, Any]) -> str:
        """A misspelt name beside it; only names that are nearly one of the source are told."""
        known = {*MANDATORY[self.operation], *OPTIONAL[self.operation]}
        near = difflib.get_close_matches(name, [other for other in members if other not in known], 1, 0.85)
        return f'; "{near[0]}" stands there instead' if near and re.fullmatch(r"[A-Za-z_]+", near[0]) else ""

    # --- values -----------------------------------------------------------------------------------------------

    def _judge_date(self) -> None:
        if (date := self.sound.get("request_date")) is None:
            self._note.unknown(["IPG-DATES-01"], "request_date", "there is none to look at")
            return
        holds = read_date(date, UTC) is not None
        expected = 'a date and time like "2024-02-02T13:28:00.873163500"'
        actual = f'"{date}"' if _LIKE_A_DATE.fullmatch(date) else picture(date)
        self._note.judge("IPG-DATES-01", "request_date", holds, expected, actual + ("" if holds else _slip(date)))

    def _judge_payment_id(self, of_path: str | None) -> None:
        if self.operation is Operation.VALIDATE_PAYEE:
            return
        signed = self.sound.get("payment_id")
        if signed is None:
            if "payment_id" in self._members or self.operation is not Operation.VALIDATE_PAYER:
                self._note.unknown(["IPG-CONTENT-07"], "payment_id", "there is none to look at")
            else:
                self._note.absent(["IPG-CONTENT-07"], "payment_id", "this form of Validate Payer signs none (IR08)")
        elif of_path is None:
            self._note.unknown(["IPG-CONTENT-07"], "payment_id", "--payment-id with the id of the path would show it")
        else:
            actual = "the same" if signed == of_path else f"another: {form(signed)}"
            self._note.judge("IPG-CONTENT-07", "payment_id", signed == of_path, "the id of the path", actual)

    def _judge_names(self, keys: Keyring) -> None:
        """IPG-CERTIFICATES-01, -02, PARTIES-07, CONTENT-08."""
        if self.operation is Operation.GET_PAYMENT:
            return
        own, other = keys.sender, keys.receiver
        for rule, name, party in zip(
            ("IPG-CERTIFICATES-01", "IPG-CERTIFICATES-02"), CERTIFICATES, (own, other), strict=True
        ):
            theirs = (other if party is own else own).cert_id
            self._judge_name(rule, name, party.cert_id, theirs, f"banks.{party.name}.cert_id")
        if self.operation is Operation.MAKE_PAYMENT:
            return
        if not any(name in self._members for name in PARTIES[1:]):
            if self.operation is Operation.VALIDATE_PAYER:
                why = "this form of Validate Payer names no banks (IR08)"
                self._note.absent(["IPG-PARTIES-07", "IPG-CONTENT-08"], "sender_party, receiver_party", why)
            else:
                self._note.unknown(["IPG-PARTIES-07", "IPG-CONTENT-08"], "sender_party", "there is none to look at")
            return
        for name, party in zip(PARTIES[1:], (own, other), strict=True):
            theirs = (other if party is own else own).code
            self._judge_name("IPG-PARTIES-07", name, party.code, theirs, f"banks.{party.name}.code")
            if (code := self.sound.get(name)) is None:
                self._note.unknown(["IPG-CONTENT-08"], name, "there is none to look at")
            else:
                holds = _BIC.fullmatch(code) is not None
                self._note.judge("IPG-CONTENT-08", name, holds, "a BIC of 8 or 11 characters", shown(code))

    def _judge_name(self, rule: str, name: str, wanted: str | None, theirs: str | None, setting: str) -> None:
        value = self.sound.get(name)
        if value is None:
            self._note.unknown([rule], name, "there is none to look at")
        elif wanted is None:
            self._note.unknown([rule], name, f"{setting} would show it")
        elif value == wanted:
            self._note.right(rule, name, f"that of {setting}")
        else:
            actual = f"that of the other bank, {shown(value)}" if value == theirs else shown(value)
            self._note.wrong(rule, name, f'"{wanted}" ({setting})', actual)


def _slip(date: str) -> str:
    """What a date that is none may be instead."""
    if re.fullmatch(r"\d{10}(\d{3})?", date, re.ASCII):
        return ", seconds or milliseconds since 1970?"
    if re.match(r"\d{4}-\d\d-\d\d \d", date, re.ASCII):
        return ", a blank where T belongs"
    if _LIKE_A_DATE.fullmatch(date):
        return ", which no calendar or clock has"
    return ""
