"""instant-payment validate-payee, get-payment, signature: from the raw request to the object that was signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from conformance.contracts.instant_payment.call import Call, Refusal, malformed
from conformance.contracts.instant_payment.wire import PAYMENTS, SIGNED_MESSAGE, Operation
from conformance.crypto.jws import Signed
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import read_json
from conformance.transport.message import Request

_LAST = {"validate": Operation.VALIDATE_PAYER, "confirm": Operation.MAKE_PAYMENT, "": Operation.GET_PAYMENT}


class EnvelopeRules:
    """Paths, bodies, and JSON that one reader cannot understand otherwise than another."""

    clock: Callable[[], datetime]
    read_token: Callable[[str], Signed]
    largest_body = 64 * 1024  # bytes; a good message has about four thousand

    def call_of(self, request: Request) -> Call:
        """The call that a request makes; raises Refusal for what is not published (METHODS-01 to -04)."""
        operation, payment_id = self.route_of(request.method, request.target.partition("?")[0])
        return Call(request, operation, payment_id, self.clock())

    def route_of(self, verb: str, path: str) -> tuple[Operation, str]:
        """Which method stands at a path, and the payment id of the path."""
        if path == PAYMENTS:
            operation, payment_id = Operation.VALIDATE_PAYEE, ""
        else:
            payment_id, _, last = path.removeprefix(f"{PAYMENTS}/").partition("/")
            if not path.startswith(f"{PAYMENTS}/") or last not in _LAST or not payment_id:
                raise Refusal(404, "UNKNOWN_PATH", "nothing is published here")
            operation = _LAST[last]
        if verb != operation.verb:
            raise Refusal(405, "UNKNOWN_METHOD", "this method is not published here")
        return operation, unquote(payment_id, errors="replace")

    def with_message(self, call: Call) -> Call:
        """The call with the object that was signed, whoever signed it."""
        if self.body_is_too_large(call.request.body):
            raise Refusal(413, "TOO_LARGE", "a message of this size is not read")
        token = self.token_of(call)
        signed = self.read_token(token)
        return replace(call, token=token, signed=signed, members=self.members_of(signed.payload))

    def body_is_too_large(self, body: bytes) -> bool:
        """ENVELOPE-04."""
        return len(body) > self.largest_body

    def token_of(self, call: Call) -> str:
        """ENVELOPE-01, -03: signed_message is a text in a JSON object, at every method."""
        token = self.object_of(call.request.body, "body").get(SIGNED_MESSAGE)
        if not isinstance(token, str):
            raise malformed("signed_message is no text")
        return token

    def members_of(self, payload: bytes) -> Mapping[str, Any]:
        """CONTENT-05: what is signed is a JSON object."""
        return self.object_of(payload, "payload")

    def object_of(self, text: bytes, where: str) -> dict[str, Any]:
        value = self.json_of(text, where)
        if not isinstance(value, dict):
            raise malformed(f"{where} is no JSON object")
        return value

    def json_of(self, text: bytes, where: str) -> Any:
        """ENVELOPE-05, -06, CONTENT-05: strict JSON in UTF-8, no member twice; fractions come as Decimal."""
        try:
            found = read_json(text)
        except UnreadableReply:
            raise malformed(f"{where} is no JSON in UTF-8") from None
        if found.faults:
            raise malformed(f"{where} can be read in two ways")
        return found.value
