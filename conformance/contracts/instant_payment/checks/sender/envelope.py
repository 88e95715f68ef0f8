"""instant-payment validate-payee, get-payment, signature: what a sender's bodies are."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contracts.instant_payment.inspection import Inspected, Unjudged
from conformance.contracts.instant_payment.received import Arrival, SenderUnderTest
from conformance.contracts.instant_payment.wire import SIGNED_MESSAGE, data_member
from conformance.engine.check import check
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import JsonText, kind_of, read_json

_MARK = b"\xef\xbb\xbf"


@check("IPG-ENVELOPE-01")
def every_body_holds_a_signed_message(sender: SenderUnderTest) -> None:
    """Every request has a JSON object as its body, also a GET, with signed_message as a text in it."""
    sender.judge_arrivals("bodies that hold no signed_message", _lacks_a_message)


def _lacks_a_message(arrival: Arrival) -> Iterator[str]:
    try:
        body = read_json(arrival.exchange.request.body).value
    except UnreadableReply as fault:
        yield f"the {fault.where} {fault.why.partition(' (')[0]}"
        return
    if not isinstance(body, dict):
        yield f"the body is {kind_of(body)}, not an object"
    elif not isinstance(body.get(SIGNED_MESSAGE), str) or not body[SIGNED_MESSAGE]:
        yield f"{SIGNED_MESSAGE} is no text with something in it"


@check("IPG-ENVELOPE-02")
def every_request_says_that_it_is_json(sender: SenderUnderTest) -> None:
    """Every request, also a GET with its body, has the Content-Type application/json."""
    sender.judge_arrivals("requests that do not say that they are JSON", _says_otherwise)


def _says_otherwise(arrival: Arrival) -> Iterator[str]:
    value = arrival.exchange.request.header("Content-Type")
    if (value or "").partition(";")[0].strip().lower() != "application/json":
        yield f"Content-Type is {value}" if value else "there is no Content-Type"


@check("IPG-ENVELOPE-05")
def every_message_is_utf_8(sender: SenderUnderTest) -> None:
    """Body and signed payload of every message are UTF-8 without a byte order mark."""
    sender.judge_arrivals("messages that are not UTF-8", _is_no_utf_8)


def _is_no_utf_8(arrival: Arrival) -> Iterator[str]:
    for where, text in (("body", arrival.exchange.request.body), ("payload", arrival.inspected.payload)):
        if text.startswith(_MARK):
            yield f"the {where} starts with a byte order mark"
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            yield f"the {where} is no UTF-8"


@check("IPG-ENVELOPE-06")
def no_member_stands_twice(sender: SenderUnderTest) -> None:
    """No member stands twice in a body, a header or a payload."""
    sender.judge_arrivals("members that stand twice", _repeats_members)


def _repeats_members(arrival: Arrival) -> Iterator[str]:
    message = arrival.inspected
    yield from _twice(read_json(arrival.exchange.request.body), "the body")
    yield from _twice(message.header_json, "the header")
    yield from _twice(message.payload_json, "the payload")


@check("IPG-ENVELOPE-06")
def no_encrypted_member_stands_twice(sender: SenderUnderTest) -> None:
    """No member stands twice in what is encrypted."""
    sender.judge("encrypted members that stand twice", _repeats_encrypted_members, secret=True)


def _repeats_encrypted_members(message: Inspected) -> Iterator[str]:
    if data_member(message.operation) is not None:
        yield from _twice(message.opened_json, "the encrypted data")


def _twice(text: JsonText, where: str) -> Iterator[str]:
    if not isinstance(text.value, dict):
        raise Unjudged(f"{where} is no object")
    yield from (f"{where} {fault}" for fault in text.faults if "twice" in fault)
