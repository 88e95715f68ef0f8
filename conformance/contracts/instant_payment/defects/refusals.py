"""Gateways that do not refuse, but fall over, hang up, or say that all is well."""

from __future__ import annotations

from typing import Any

from conformance.contracts.instant_payment.call import Call, Refusal
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import SUCCESS
from conformance.crypto.jws import Signed
from conformance.errors import NoAnswer
from conformance.transport.message import Reply, Request


class FallsOverBadTokens(Gateway):
    """Does not expect a text that is no JWS."""

    breaks = "IPG-REFUSALS-01"

    def read_token(self, token: str) -> Signed:
        try:
            return super().read_token(token)
        except Refusal as refusal:
            raise Refusal(500, "INTERNAL", "internal error") from refusal


class FallsOverUnknownPayments(Gateway):
    """Does not expect to be asked for a payment that it does not have."""

    breaks = "IPG-REFUSALS-01"

    def find_payment(self, call: Call) -> StoredPayment | None:
        payment = super().find_payment(call)
        if payment is None:
            raise Refusal(502, "INTERNAL", "internal error")
        return payment


class HangsUpOnBadSignatures(Gateway):
    """Has no word for a caller whom it does not trust."""

    breaks = "IPG-REFUSALS-02"

    def handle(self, request: Request) -> Reply:
        reply = super().handle(request)
        if reply.status == 401:
            raise NoAnswer("connection reset")
        return reply


class SaysOneWith400(Gateway):
    """Fills in the result_code of success wherever one is due."""

    breaks = "IPG-REFUSALS-03"

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        return {**super().refusal_body(refusal), "result_code": SUCCESS}
