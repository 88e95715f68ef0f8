"""instant-payment flow, statuses: payee, payer, confirmation, each once and in this order, and what comes by itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid5

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call, Refusal, out_of_order, unknown_payment
from conformance.contracts.instant_payment.parties import PartyRules
from conformance.contracts.instant_payment.payments import Payments, StoredMessage, StoredPayment
from conformance.contracts.instant_payment.receiver import ReceiverRules
from conformance.contracts.instant_payment.wire import Operation, Status

_REQUESTS = UUID("2f7f3c53-7b60-4a0e-8a0f-7a1f27cf4e9d")


class StepRules(PartyRules, ReceiverRules):
    """The state machine. Every method here runs under the gateway's lock."""

    payments: Payments
    monotonic: Callable[[], float]

    delays: Mapping[Status, float] = {
        Status.PAYEE_VALIDATING: 0.5,
        Status.PAYER_VALIDATING: 0.5,
        Status.SENDING: 0.4,
        Status.PROCESSING: 0.4,
        Status.COMPLETED: 0.4,
    }
    """Seconds that a payment stays in a status which it leaves by itself."""

    def __init__(self) -> None:
        ReceiverRules.__init__(self)
        self._numbers = itertools.count(1)
        self._first_answers: dict[str, StoredPayment] = {}
        self._request_ids: dict[str, str] = {}

    # --- which payment ----------------------------------------------------------------------------------------

    def payment_of(self, call: Call) -> StoredPayment | None:
        """ORDER-06: the payment of the path, as it is by now; None where one is to be opened."""
        if call.operation is Operation.VALIDATE_PAYEE:
            return None
        payment = self.find_payment(call)
        if payment is None:
            raise unknown_payment()
        self.settle(payment)
        return payment

    def find_payment(self, call: Call) -> StoredPayment | None:
        return self.payments.by_id.get(call.payment_id)

    # --- one message ------------------------------------------------------------------------------------------

    def taken(self, call: Call, signer: RegisteredBank, payment: StoredPayment | None) -> tuple[StoredPayment, str]:
        """The payment after a message, and the id of the request; raises Refusal."""
        if call.operation is not Operation.GET_PAYMENT and self.is_repeat(call):
            return self.answer_to_repeat(call)
        if payment is not None:
            self.settle(payment)  # time went by while the message was examined
        request_id = self.new_request_id(call)
        match call.operation:
            case Operation.VALIDATE_PAYEE:
                payment = self.open(call, signer, request_id)
            case Operation.VALIDATE_PAYER if payment is not None:
                self.take_payer(call, payment, request_id)
            case Operation.MAKE_PAYMENT if payment is not None:
                self.take_confirmation(call, payment, request_id)
        if payment is None:
            raise unknown_payment()
        if call.operation is not Operation.GET_PAYMENT:
            self.remember(call, payment, request_id)
        return payment, request_id

    def new_request_id(self, call: Call) -> str:
        """ANSWERS-07: another one for each request."""
        return uuid5(_REQUESTS, str(next(self._numbers))).hex

    # --- repeats (REPEATS-01 to -06) --------------------------------------------------------------------------

    def is_repeat(self, call: Call) -> bool:
        """REPEATS-01 to -03: the very bytes of a message that was taken."""
        return call.token in self._first_answers

    def answer_to_repeat(self, call: Call) -> tuple[StoredPayment, str]:
        """The payment and request id of the first (IR03, IR22); the status is that of now."""
        payment = self._first_answers[call.token]
        self.settle(payment)
        return payment, self._request_ids[call.token]

    def remember(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        self._first_answers[call.token] = payment
        self._request_ids[call.token] = request_id

    def check_reference(self, call: Call, sender: RegisteredBank) -> None:
        if self.reference_is_used(call.members["sender_party_reference_id"], sender):
            raise Refusal(409, "REFERENCE_USED", "sender_party_reference_id was used before")

    def reference_is_used(self, reference: str, sender: RegisteredBank) -> bool:
        """REPEATS-04, -05: a reference is one payment of its bank (IR18)."""
        return bool(self.payments.of_reference(sender, reference))

    # --- the three messages (ORDER-01 to -07) -----------------------------------------------------------------

    def open(self, call: Call, sender: RegisteredBank, request_id: str) -> StoredPayment:
        """A new payment (METHODS-01)."""
        self.check_reference(call, sender)
        reference = call.members["sender_party_reference_id"]
        payment = StoredPayment(
            self.new_payment_id(call, sender),
            reference,
            sender,
            self.receiver_of(call),
            StoredMessage(request_id, call.members),
            since=self.monotonic(),
        )
        self.payments.add(payment)
        self.settle(payment)
        return payment

    def new_payment_id(self, call: Call, sender: RegisteredBank) -> str:
        """ANSWERS-05."""
        return self.payments.next_id(sender, call.members["sender_party_reference_id"])

    def take_payer(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        """The payer's data goes to the receiver bank (METHODS-02)."""
        if not self.may_take_payer(payment):
            raise out_of_order("payer data is not due")
        payment.payer = StoredMessage(request_id, call.members)
        self.move(payment, Status.PAYER_VALIDATING)
        self.settle(payment)

    def may_take_payer(self, payment: StoredPayment) -> bool:
        """ORDER-02, -04, -05, -07: once, after the payee was validated and nothing else."""
        return payment.status is Status.PAYEE_VALIDATED

    def take_confirmation(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        """The payment is sent (METHODS-03, METHODS-05)."""
        if not self.may_confirm(payment):
            raise out_of_order("a confirmation is not due")
        payment.confirmation = StoredMessage(request_id, call.members)
        self.move(payment, Status.SENDING)
        self.settle(payment)

    def may_confirm(self, payment: StoredPayment) -> bool:
        """ORDER-01, -03, -04, -07: once, after the payer was validated and nothing else."""
        return payment.status is Status.PAYER_VALIDATED

    # --- what comes by itself (STATUSES-03 to -11) ------------------------------------------------------------

    def settle(self, payment: StoredPayment) -> None:
        """Carry a payment on to where it is by now."""
        while (delay := self.delay_of(payment)) is not None and payment.since + delay <= self.monotonic():
            status = self.next_status(payment)
            if status is None:
                return
            self.move(payment, status, payment.since + delay)

    def delay_of(self, payment: StoredPayment) -> float | None:
        """Seconds after which a payment leaves its status by itself, or None."""
        return self.delays.get(payment.status)

    def next_status(self, payment: StoredPayment) -> Status | None:
        """What a payment becomes by itself, or None where it stays."""
        match payment.status:
            case Status.PAYEE_VALIDATING:
                return self.verdict_on_payee(payment)
            case Status.PAYER_VALIDATING:
                return self.verdict_on_payer(payment)
            case Status.SENDING:
                return Status.PROCESSING
            case Status.PROCESSING:
                return self.outcome(payment)
            case Status.COMPLETED:
                return Status.NOTIFIED
            case _:
                return None

    def verdict_on_payee(self, payment: StoredPayment) -> Status:
        """STATUSES-04, -05 (IR12)."""
        return Status.PAYEE_VALIDATED if self.takes_payee(payment) else Status.PAYEE_VALIDATING_REJECTED

    def verdict_on_payer(self, payment: StoredPayment) -> Status:
        """STATUSES-06, -07."""
        return Status.PAYER_VALIDATED if self.takes_payer(payment) else Status.PAYER_VALIDATING_REJECTED

    def outcome(self, payment: StoredPayment) -> Status:
        """STATUSES-08: the money arrives."""
        self.credit(payment)
        return Status.COMPLETED

    def move(self, payment: StoredPayment, status: Status, at: float | None = None) -> None:
        payment.status = status
        payment.since = self.monotonic() if at is None else at

    # --- what an answer shows ---------------------------------------------------------------------------------

    def shown_status(self, payment: StoredPayment, call: Call) -> str:
        """STATUSES-01 to -03: the status of now."""
        return payment.status.value

    def acknowledged(self, payment: StoredPayment, request_id: str, call: Call) -> dict[str, Any]:
        """ANSWERS-04: `response` of the answer to a message."""
        return {
            "payment_id": payment.id,
            "request_id": request_id,
            "sender_party_reference_id": payment.reference,
            "status": self.shown_status(payment, call),
        }
