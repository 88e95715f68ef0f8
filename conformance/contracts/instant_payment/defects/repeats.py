"""Gateways to which it matters how often a message comes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.payments import StoredMessage, StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import DONE, REJECTED, Operation, Status

# --- byte for byte --------------------------------------------------------------------------------------------


class ForgetsOlderMessages(Gateway):
    """Knows a Validate Payee message again as long as the payee is validated, and opens another payment later."""

    breaks = "IPG-REPEATS-01"

    def is_repeat(self, call: Call) -> bool:
        return super().is_repeat(call) and not self._is_forgotten(call)

    def check_reference(self, call: Call, sender: RegisteredBank) -> None:
        if not self._is_forgotten(call):
            super().check_reference(call, sender)

    def _is_forgotten(self, call: Call) -> bool:
        first = self._first_answers.get(call.token)
        is_opening = call.operation is Operation.VALIDATE_PAYEE
        return is_opening and first is not None and first.status is not Status.PAYEE_VALIDATING


class RestartsPaymentsOnRepeat(Gateway):
    """Validates the payee once more when a Validate Payee message is repeated."""

    breaks = "IPG-REPEATS-01"

    def answer_to_repeat(self, call: Call) -> tuple[StoredPayment, str]:
        payment, request_id = super().answer_to_repeat(call)
        if call.operation is Operation.VALIDATE_PAYEE:
            self.move(payment, Status.PAYEE_VALIDATING)
        return payment, request_id


class ValidatesPayersAgainOnRepeat(Gateway):
    """Validates the payer once more when a Validate Payer message is repeated."""

    breaks = "IPG-REPEATS-02"

    def answer_to_repeat(self, call: Call) -> tuple[StoredPayment, str]:
        payment, request_id = super().answer_to_repeat(call)
        if call.operation is Operation.VALIDATE_PAYER:
            self.move(payment, Status.PAYER_VALIDATING)
        return payment, request_id


class StepsBackToRepeatedPayers(Gateway):
    """Sets a payment back that was confirmed, when its Validate Payer is repeated."""

    breaks = "IPG-REPEATS-02"
    shown_by_fuzz = "standard"

    def answer_to_repeat(self, call: Call) -> tuple[StoredPayment, str]:
        payment, request_id = super().answer_to_repeat(call)
        if call.operation is Operation.VALIDATE_PAYER and payment.confirmation is not None:
            self.move(payment, Status.PAYER_VALIDATED)
        return payment, request_id


class ConfirmsAgainOnRepeat(Gateway):
    """Sends the money once more, under a request of its own, when a confirmation is repeated after the end."""

    breaks = "IPG-REPEATS-03"

    def answer_to_repeat(self, call: Call) -> tuple[StoredPayment, str]:
        payment, request_id = super().answer_to_repeat(call)
        if call.operation is Operation.MAKE_PAYMENT and payment.status in DONE:
            request_id = self.new_request_id(call)
            payment.confirmation = StoredMessage(request_id, call.members)
            self.credit(payment)
        return payment, request_id


# --- a reference once more ------------------------------------------------------------------------------------


class ForgetsReferences(Gateway):
    """Opens a payment under any reference."""

    breaks = "IPG-REPEATS-04"

    def reference_is_used(self, reference: str, sender: RegisteredBank) -> bool:
        return False


class _AnswersWithKnownPayments(Gateway):
    """Answers a used reference with the payment that it knows under it."""

    def known(self, call: Call, sender: RegisteredBank) -> StoredPayment | None:
        raise NotImplementedError

    def open(self, call: Call, sender: RegisteredBank, request_id: str) -> StoredPayment:
        return self.known(call, sender) or super().open(call, sender, request_id)


class OverwritesPaymentsOfAReference(_AnswersWithKnownPayments):
    """Puts the new payee into the payment that it knows under a reference."""

    breaks = "IPG-REPEATS-04"

    def known(self, call: Call, sender: RegisteredBank) -> StoredPayment | None:
        for payment in self.payments.of_reference(sender, call.members["sender_party_reference_id"]):
            payment.payee = StoredMessage(payment.payee.request_id, call.members)
            return payment
        return None


class ForgetsReferencesOfRejectedPayments(Gateway):
    """Lets a reference go once its payment was rejected."""

    breaks = "IPG-REPEATS-04"
    shown_by_fuzz = "standard"

    def reference_is_used(self, reference: str, sender: RegisteredBank) -> bool:
        known = self.payments.of_reference(sender, reference)
        return any(payment.status not in REJECTED for payment in known)


class SharesReferencesAmongBanks(_AnswersWithKnownPayments):
    """Gives a bank the payment of another bank that used the same reference."""

    breaks = "IPG-REPEATS-04"

    def known(self, call: Call, sender: RegisteredBank) -> StoredPayment | None:
        reference = call.members["sender_party_reference_id"]
        others = (payment for payment in self.payments.by_id.values() if payment.sender is not sender)
        return next((payment for payment in others if payment.reference == reference), None)


class MovesPaymentsAmongBanks(_AnswersWithKnownPayments):
    """Opens a payment under the reference of another bank's, and cancels that one."""

    breaks = "IPG-REPEATS-04"

    def known(self, call: Call, sender: RegisteredBank) -> StoredPayment | None:
        reference = call.members["sender_party_reference_id"]
        for payment in self.payments.by_id.values():
            if payment.sender is not sender and payment.reference == reference:
                self.move(payment, Status.PAYEE_VALIDATING_REJECTED)
        return None


# --- at the same time -----------------------------------------------------------------------------------------


class _ReadsAStaleCopy(Gateway):
    """Reads what came before in a copy that is made anew with each question."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.unseen: set[str] = set()  # messages and payments since the last question

    def payment_of(self, call: Call) -> StoredPayment | None:
        if call.operation is Operation.GET_PAYMENT:
            self.unseen.clear()
        return super().payment_of(call)


class ChecksReferencesInAStaleCopy(_ReadsAStaleCopy):
    """Overlooks a Validate Payee message that came just before."""

    breaks = "IPG-REPEATS-05"

    def is_repeat(self, call: Call) -> bool:
        return super().is_repeat(call) and call.token not in self.unseen

    def check_reference(self, call: Call, sender: RegisteredBank) -> None:
        if call.token not in self.unseen:
            super().check_reference(call, sender)

    def remember(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        super().remember(call, payment, request_id)
        if call.operation is Operation.VALIDATE_PAYEE:
            self.unseen.add(call.token)


class ChecksStatusInAStaleCopy(_ReadsAStaleCopy):
    """Overlooks a confirmation that came just before."""

    breaks = "IPG-REPEATS-06"

    def may_confirm(self, payment: StoredPayment) -> bool:
        return payment.id in self.unseen or super().may_confirm(payment)

    def take_confirmation(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        super().take_confirmation(call, payment, request_id)
        self.unseen.add(payment.id)


class KeepsTheLastAmount(_ReadsAStaleCopy):
    """Refuses a confirmation that comes just after another one, and takes its amount."""

    breaks = "IPG-REPEATS-06"

    def take_confirmation(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        if payment.id in self.unseen and payment.confirmation is not None:
            payment.confirmation = replace(payment.confirmation, members=call.members)
        super().take_confirmation(call, payment, request_id)
        self.unseen.add(payment.id)
