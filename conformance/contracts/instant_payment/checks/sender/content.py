"""instant-payment validate-payee, validate-payer, make-payment, get-payment: what a sender's messages hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from conformance.contracts.instant_payment.inspection import Inspected, Unjudged
from conformance.contracts.instant_payment.judgement import told_once
from conformance.contracts.instant_payment.received import Arrival, SenderUnderTest
from conformance.contracts.instant_payment.wire import KEYS, MANDATORY, PARTIES, Operation
from conformance.engine.check import check
from conformance.engine.observation import lacking
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import kind_of, read_json

_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_INFO = ("amount", "currency")


@check("IPG-CONTENT-01")
def every_mandatory_member_is_there(sender: SenderUnderTest) -> None:
    """Each message holds the members of its table; Validate Payer one of the forms of IR08, both keys or none."""
    sender.judge("members that are missing", _lacks_members)


def _lacks_members(message: Inspected) -> Iterator[str]:
    members, operation = message.members, message.operation
    yield from (f"{name} is missing" for name in MANDATORY[operation] if name not in members)
    if operation is Operation.VALIDATE_PAYER and "payment_id" not in members:
        yield from (f"payment_id is missing, and so is {name} (IR08)" for name in PARTIES if name not in members)
    if operation is Operation.MAKE_PAYMENT:
        if len(message.key_members) == 1:
            yield f"{message.key_members[0]} is there, and the other encrypted key is not (IR09)"
        info = members.get("payment_info")
        if isinstance(info, dict):
            yield from (f"payment_info.{name} is missing" for name in _INFO if name not in info)


@check("IPG-CONTENT-02")
def no_member_is_empty(sender: SenderUnderTest) -> None:
    """No member of a message is an empty text, or one of blanks."""
    sender.judge("members that are empty", lambda message: _where(message, _is_empty, "is empty"))


@check("IPG-CONTENT-03")
def no_member_is_null(sender: SenderUnderTest) -> None:
    """No member of a message is null, neither one that may be left out."""
    sender.judge("members that are null", lambda message: _where(message, _is_null, "is null"))


def _where(message: Inspected, is_so: Any, words: str) -> Iterator[str]:
    yield from (f"{name} {words}" for name, value in _known(message) if is_so(value))


def _is_empty(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _is_null(value: object) -> bool:
    return value is None


def _known(message: Inspected) -> Iterator[tuple[str, Any]]:
    """The members that the source knows, those of payment_info among them."""
    known = {*MANDATORY[message.operation], "payment_id", *PARTIES, *KEYS}
    yield from ((name, value) for name, value in message.members.items() if name in known)
    info = message.members.get("payment_info")
    if isinstance(info, dict):
        yield from ((f"payment_info.{name}", info[name]) for name in _INFO if name in info)


@check("IPG-CONTENT-04")
def every_member_has_its_type(sender: SenderUnderTest) -> None:
    """Members are texts, payment_info an object; the amount is a text or a number, and which is recorded (IR05)."""
    for arrival in sender.arrivals:
        if arrival.operation is Operation.MAKE_PAYMENT and arrival.message is not None:
            _tell_the_form_of_the_amount(arrival.message)
    sender.judge("members of another type", _has_other_types)


def _tell_the_form_of_the_amount(message: Inspected) -> None:
    try:
        info = message.members.get("payment_info")
    except Unjudged:
        return  # the check says so itself
    if isinstance(info, dict) and "amount" in info:
        told_once("IR05", f"amount as {'a text' if isinstance(info['amount'], str) else kind_of(info['amount'])}")


def _has_other_types(message: Inspected) -> Iterator[str]:
    for name, value in _known(message):
        if value is None:
            continue  # CONTENT-03
        if name == "payment_info.amount" and not isinstance(value, bool | list | dict):
            continue
        if not isinstance(value, dict if name == "payment_info" else str):
            yield f"{name} is {kind_of(value)}"


@check("IPG-CONTENT-05")
def every_payload_is_one_json_object(sender: SenderUnderTest) -> None:
    """The payload of every message is one strict JSON object."""
    sender.judge("payloads that are no JSON object", _is_no_object)


def _is_no_object(message: Inspected) -> Iterator[str]:
    payload = message.payload
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        raise Unjudged("the payload is no UTF-8") from None
    try:
        found = read_json(payload)
    except UnreadableReply as fault:
        yield f"the payload {fault.why.partition(' (')[0]}"
        return
    if not isinstance(found.value, dict):
        yield f"the payload is {kind_of(found.value)}"
    yield from (f"the payload {fault}" for fault in found.faults if "NaN" in fault or "Infinity" in fault)


@check("IPG-CONTENT-07")
def the_signed_payment_is_that_of_the_path(sender: SenderUnderTest) -> None:
    """The payment_id that is signed is that of the path, and one that the gateway gave."""
    given_out = {payment.id for payment in sender.payments}

    def names_another_payment(arrival: Arrival) -> Iterator[str]:
        message = arrival.inspected
        if arrival.at_path is not message.operation:
            raise Unjudged("it came to the path of another method")
        signed = message.members.get("payment_id", arrival.payment_id)
        if isinstance(signed, str) and signed and signed != arrival.payment_id:
            yield "the signed payment_id is not that of the path"
        if arrival.payment_id not in given_out:
            yield "the payment_id of the path was never given out"

    later = (Operation.VALIDATE_PAYER, Operation.MAKE_PAYMENT, Operation.GET_PAYMENT)
    sender.judge_arrivals("messages for another payment", names_another_payment, *later)


@check("IPG-CONTENT-08")
def banks_are_named_by_bics(sender: SenderUnderTest) -> None:
    """sender_party and receiver_party have the form of a BIC, of 8 or 11 characters (IR25)."""
    sender.judge("codes in another form", _names_banks_otherwise, Operation.VALIDATE_PAYEE, Operation.VALIDATE_PAYER)


def _names_banks_otherwise(message: Inspected) -> Iterator[str]:
    for name in ("sender_party", "receiver_party"):
        if name in message.members and not _BIC.fullmatch(message.text(name)):
            yield f"{name} is no BIC"


@check("IPG-CONTENT-09")
def reference_and_banks_stay_the_same(sender: SenderUnderTest) -> None:
    """Where Validate Payer names reference and banks again, they are those of its Validate Payee (IR08)."""
    verdicts = []
    for payment in sender.payments:
        first = payment.of(Operation.VALIDATE_PAYEE)[0]
        for arrival in payment.of(Operation.VALIDATE_PAYER):
            verdict = sender.told(str(arrival.number), partial(_changes, first, arrival))
            verdicts.append((arrival, verdict))
            if isinstance(verdict, list):
                named = "payment_id" in arrival.inspected.members, PARTIES[0] in arrival.inspected.members
                told_once("IR08", _FORMS[named])
    if not verdicts:
        lacking("a Validate Payer")
    sender.conclude("members that changed in a payment", verdicts)


_FORMS: Mapping[tuple[bool, bool], str] = {
    (True, True): "Validate Payer with payment_id, reference and banks",
    (True, False): "Validate Payer with payment_id alone",
    (False, True): "Validate Payer with reference and banks alone",
    (False, False): "Validate Payer with neither",
}


def _changes(first: Arrival, later: Arrival) -> Iterator[str]:
    message = later.inspected
    for name in PARTIES:
        if name in message.members and message.text(name) != first.inspected.members.get(name):
            yield f"{name} is another one than in Validate Payee"
