"""instant-payment encryption, flow: what a sender encrypts shows nowhere else, and its keys never."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import unquote

from conformance.contracts.instant_payment.checks.secrecy import decodings, stands_in, text_of
from conformance.contracts.instant_payment.received import Arrival, Received, SenderUnderTest
from conformance.contracts.instant_payment.wire import Operation
from conformance.engine.check import check
from conformance.engine.observation import lacking

_RUN = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_PRIVATE = re.compile(r'PRIVATE KEY|"(?:d|p|q|dp|dq|qi|k)"\s*:\s*"[A-Za-z0-9_-]{16,}"')
_SHORTEST = 4  # characters; a shorter value stands somewhere by chance
_DEEPEST = 3  # Base64 inside of Base64: a JWE header inside of a JWS payload, and one more
_WITH_DATA = (Operation.VALIDATE_PAYEE, Operation.VALIDATE_PAYER)
_WITH_KEYS = (*_WITH_DATA, Operation.MAKE_PAYMENT)


@check("IPG-SECRECY-02")
def no_message_shows_what_it_encrypts(sender: SenderUnderTest) -> None:
    """No personal value that was encrypted stands in clear, in Base64 or in hex in any request of its payment."""

    def shows_personal_data(payment: Received, arrival: Arrival) -> Iterator[str]:
        known = {
            name: value
            for one in payment.of(*_WITH_DATA)
            for name, value in _texts(one.inspected.opened_json.value)
            if len(value) >= _SHORTEST
        }
        texts = [text for text, _ in _seen(arrival)]
        for name, value in known.items():
            if any(value in text and stands_in(value, text) for text in texts):
                yield f"{name} is shown outside of the encrypted data"

    _judge(sender, "encrypted values in clear", shows_personal_data)


@check("IPG-SECRECY-03")
def no_message_carries_a_secret_key(sender: SenderUnderTest) -> None:
    """No request of a payment carries one of its AES keys in clear, or the private half of a key."""

    def carries_a_key(payment: Received, arrival: Arrival) -> Iterator[str]:
        keys = {one.inspected.aes_key for one in payment.of(*_WITH_KEYS) if one.inspected.key_members}
        for text, raw in _seen(arrival):
            if not keys.isdisjoint(raw):
                yield "an AES key is sent beside what it opens"
            if _PRIVATE.search(text):
                yield "the private half of a key is sent"

    _judge(sender, "secret keys that were sent", carries_a_key)


def _judge(sender: SenderUnderTest, subject: str, rule: Callable[[Received, Arrival], Iterator[str]]) -> None:
    verdicts = [
        (one, sender.told(str(one.number), partial(rule, payment, one), secret=True))
        for payment in sender.payments
        for one in payment.arrivals
    ]
    if not verdicts:
        lacking("a payment")
    sender.conclude(subject, verdicts)


def _seen(arrival: Arrival) -> Iterator[tuple[str, set[bytes]]]:
    """Every text that anybody can read from a request, and the bytes that stand in it in some coding."""
    request = arrival.exchange.request
    whole = [request.target, *(value for _, value in request.headers), request.body.decode("utf-8", "replace")]
    yield from _read("\n".join(whole), _DEEPEST)


def _read(text: str, depth: int) -> Iterator[tuple[str, set[bytes]]]:
    plain = unquote(_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text))
    found = {value for run in _RUN.findall(text) for value in decodings(run)}
    yield f"{text}\n{plain}", found
    if depth:
        for inner in sorted(found):
            if (hidden := text_of(inner)) is not None:
                yield from _read(hidden, depth - 1)


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from [(str(name), item)] if isinstance(item, str) else _texts(item)
