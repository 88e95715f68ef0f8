"""instant-payment answers, get-payment: what leaves the gateway."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.contracts.instant_payment.call import Call, Refusal
from conformance.contracts.instant_payment.payments import StoredMessage, StoredPayment
from conformance.contracts.instant_payment.wire import KEYS, SUCCESS, Operation
from conformance.transport.message import Headers, Reply


class ReplyRules:
    """From a payment or a refusal to bytes."""

    # --- a payment as Get a Payment shows it (ANSWERS-08 to -15) ----------------------------------------------

    def record(self, payment: StoredPayment, status: str) -> dict[str, Any]:
        """ANSWERS-09: blocks whose message is still to come are missing (IR15)."""
        return {
            "payment_id": payment.id,
            "sender_reference_id": payment.reference,  # IE16
            "status": status,
            **({} if payment.confirmation is None else {"payment_data": self.payment_data(payment)}),
            "payee_validate_data": self.payee_data(payment),
            **({} if payment.payer is None else {"payer_validate_data": self.payer_data(payment)}),
        }

    def payee_data(self, payment: StoredPayment) -> dict[str, Any]:
        """ANSWERS-10, -12, -13."""
        return self.block(payment, payment.payee, ("payee_encrypted_data",))

    def payer_data(self, payment: StoredPayment) -> dict[str, Any]:
        """ANSWERS-10, -12, -13."""
        return self.block(payment, payment.payer, ("payer_encypted_data",)) if payment.payer else {}

    def payment_data(self, payment: StoredPayment) -> dict[str, Any]:
        """ANSWERS-11 to -13: amount and currency as they were sent."""
        message = payment.confirmation
        if message is None:
            return {}
        info = message.members["payment_info"]
        return {
            **self.block(payment, message, ()),
            "amount": self.amount_shown(info["amount"]),
            "currency": info["currency"],
        }

    def amount_shown(self, amount: Any) -> Any:
        """ANSWERS-11: a text as it was sent."""
        return str(amount)

    def block(self, payment: StoredPayment, message: StoredMessage, names: tuple[str, ...]) -> dict[str, Any]:
        """The request id, what was sent under KEYS and `names`, and the receiver bank's answer once it is there."""
        sent = {name: message.members[name] for name in (*KEYS, *names) if name in message.members}
        answer = {} if message.response is None else {"response_encrypted_data": message.response}
        return {"request_id": message.request_id, **sent, **answer}

    # --- bytes ------------------------------------------------------------------------------------------------

    def success_reply(self, response: Mapping[str, Any], call: Call) -> Reply:
        body = {"result_code": self.result_code(call), "response": dict(response)}
        return Reply(self.success_status(call.operation), self.headers(), self.render_json(body))

    def success_status(self, operation: Operation) -> int:
        """ANSWERS-01."""
        return 200

    def result_code(self, call: Call) -> Any:
        """ANSWERS-02."""
        return SUCCESS

    def refusal_reply(self, refusal: Refusal) -> Reply:
        """REFUSALS-01 to -03, SECRECY-01: 4xx, and nothing of the request (IR04)."""
        body = self.render_json(self.refusal_body(refusal))
        return Reply(self.refusal_status(refusal), self.headers(), body)

    def refusal_status(self, refusal: Refusal) -> int:
        return refusal.status

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        return {"result_code": refusal.code, "message": str(refusal)}

    def headers(self) -> Headers:
        """ANSWERS-03."""
        return (("Content-Type", "application/json"),)

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        """ANSWERS-03: JSON in UTF-8."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
