"""One call of instant-payment as the rules of a gateway see it, and the refusal that a rule raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conformance.contracts.instant_payment.wire import Operation
from conformance.crypto.jws import Signed
from conformance.transport.message import Request


@dataclass(frozen=True, slots=True)
class Call:
    """A request that reached a published path. `token`, `signed` and `members` are empty until the body was read.

    `members` are those of the signed object; nothing says yet that the signature fits.
    """

    request: Request
    operation: Operation
    payment_id: str  # of the path, decoded; empty where a payment is to be opened
    received: datetime
    token: str = ""
    signed: Signed = field(default_factory=lambda: Signed({}, b"", b"", b""))
    members: Mapping[str, Any] = field(default_factory=dict)


class Refusal(Exception):
    """A rule says no. `code` is the result_code; neither repeats anything of the request."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description


def malformed(why: str) -> Refusal:
    """The body, the token or the signed object cannot be read."""
    return Refusal(400, "MALFORMED", why)


def invalid(member: str, why: str) -> Refusal:
    """A member has a value that is not allowed."""
    return Refusal(400, "INVALID", f"{member} {why}")


def untrusted(why: str) -> Refusal:
    """Nobody who may send this has signed it."""
    return Refusal(401, "UNTRUSTED", why)


def unknown_payment() -> Refusal:
    return Refusal(404, "UNKNOWN_PAYMENT", "there is no such payment")


def out_of_order(why: str) -> Refusal:
    """The payment is not in the state that this message needs."""
    return Refusal(409, "OUT_OF_ORDER", why)
