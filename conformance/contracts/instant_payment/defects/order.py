"""Gateways that take a message out of its turn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, ClassVar

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.payments import StoredMessage, StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import DONE, Operation, Status


class _TakesPayers(Gateway):
    """Takes payer data in some further statuses."""

    further: ClassVar[Collection[Status]]

    def may_take_payer(self, payment: StoredPayment) -> bool:
        return payment.status in self.further or super().may_take_payer(payment)


class _Confirms(Gateway):
    """Takes a confirmation in some further statuses."""

    further: ClassVar[Collection[Status]]

    def may_confirm(self, payment: StoredPayment) -> bool:
        return payment.status in self.further or super().may_confirm(payment)


# --- out of turn ----------------------------------------------------------------------------------------------


class ConfirmsAtOnce(_Confirms):
    """Sends a payment of which it knows neither payee nor payer."""

    breaks = "IPG-ORDER-01"
    further = (Status.PAYEE_VALIDATING,)


class ConfirmsUnvalidatedPayers(_Confirms):
    """Sends a payment of which it knows no payer."""

    breaks = "IPG-ORDER-01"
    further = (Status.PAYEE_VALIDATED,)


class GivesInToInsistence(Gateway):
    """Refuses a confirmation without a payer, and takes the next one."""

    breaks = "IPG-ORDER-01"
    shown_by_fuzz = "standard"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._refused: set[str] = set()

    def may_confirm(self, payment: StoredPayment) -> bool:
        if payment.status is Status.PAYEE_VALIDATED and payment.id in self._refused:
            return True
        if payment.status is Status.PAYEE_VALIDATED:
            self._refused.add(payment.id)
        return super().may_confirm(payment)


class KeepsEarlyConfirmations(Gateway):
    """Refuses a confirmation that comes too early, and keeps it for later."""

    breaks = "IPG-ORDER-01"

    def take_confirmation(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        if payment.status is Status.PAYEE_VALIDATING:
            payment.confirmation = StoredMessage(request_id, call.members)
        super().take_confirmation(call, payment, request_id)


class ReplacesPayers(_TakesPayers):
    """Validates another payer in place of the one that it has validated."""

    breaks = "IPG-ORDER-02"
    further = (Status.PAYER_VALIDATED,)


class ConfirmsAgainUnderWay(Gateway):
    """Forgets that a payment under way was confirmed, once it was asked for it."""

    breaks = "IPG-ORDER-03"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._asked: set[str] = set()

    def payment_of(self, call: Call) -> StoredPayment | None:
        payment = super().payment_of(call)
        if payment is not None and payment.status is Status.SENDING and call.operation is Operation.GET_PAYMENT:
            self._asked.add(payment.id)
        return payment

    def may_confirm(self, payment: StoredPayment) -> bool:
        is_forgotten = payment.status is Status.SENDING and payment.id in self._asked
        return is_forgotten or super().may_confirm(payment)


class ConfirmsAgain(_Confirms):
    """Sends a payment once more that is done."""

    breaks = "IPG-ORDER-03"
    further = DONE


class OverwritesAmounts(Gateway):
    """Refuses a second confirmation of a payment that is done, and shows its amount from then on."""

    breaks = "IPG-ORDER-03"

    def take_confirmation(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        if payment.status in DONE and payment.confirmation is not None:
            payment.confirmation = replace(payment.confirmation, members=call.members)
        super().take_confirmation(call, payment, request_id)


class ValidatesPayersUnderWay(_TakesPayers):
    """Validates a payer whose money is on its way."""

    breaks = "IPG-ORDER-05"
    further = (Status.SENDING, Status.PROCESSING)


class ValidatesPayersOfCompletedPayments(_TakesPayers):
    """Validates a payer whose money has arrived."""

    breaks = "IPG-ORDER-05"
    further = DONE


# --- after an end ---------------------------------------------------------------------------------------------


class ValidatesPayersOfRejectedPayees(_TakesPayers):
    """Goes on with the payer though there is no payee."""

    breaks = "IPG-ORDER-04"
    further = (Status.PAYEE_VALIDATING_REJECTED,)


class ConfirmsRejectedPayees(_Confirms):
    """Sends a payment to nobody."""

    breaks = "IPG-ORDER-04"
    further = (Status.PAYEE_VALIDATING_REJECTED,)


class ValidatesRejectedPayersAgain(_TakesPayers):
    """Lets a bank try another payer."""

    breaks = "IPG-ORDER-04"
    further = (Status.PAYER_VALIDATING_REJECTED,)


class ConfirmsRejectedPayers(_Confirms):
    """Sends the money of a payer whom the receiver bank did not take."""

    breaks = "IPG-ORDER-04"
    further = (Status.PAYER_VALIDATING_REJECTED,)


class RevivesCanceledPayments(_TakesPayers):
    """Goes on with a canceled payment when payer data comes."""

    breaks = "IPG-ORDER-07"
    further = (Status.CANCELED,)


class ConfirmsCanceledPayments(_Confirms):
    """Sends a payment that was canceled."""

    breaks = "IPG-ORDER-07"
    further = (Status.CANCELED,)


# --- without a payment ----------------------------------------------------------------------------------------


class _MakesUp(Gateway):
    """Has a payment for any id that a method names."""

    method: Operation
    status: Status

    def find_payment(self, call: Call) -> StoredPayment | None:
        known = super().find_payment(call)
        if known is not None or call.operation is not self.method:
            return known
        signer = next((bank for bank in self.book.banks if self.signature_fits(call, bank)), None)
        return None if signer is None else self.made_up(call, signer)

    def made_up(self, call: Call, signer: RegisteredBank) -> StoredPayment:
        receiver = self.book.by_certificate(call.members.get("receiver_party_cert_id")) or signer
        reference = str(call.members.get("sender_party_reference_id", ""))
        return StoredPayment(call.payment_id, reference, signer, receiver, StoredMessage("0", {}), self.status)


class OpensPaymentsForPayers(_MakesUp):
    """Opens a payment where payer data comes for one that it does not know."""

    breaks = "IPG-ORDER-06"
    method, status = Operation.VALIDATE_PAYER, Status.PAYEE_VALIDATED


class SendsUnknownPayments(_MakesUp):
    """Sends a payment that it does not know."""

    breaks = "IPG-ORDER-06"
    method, status = Operation.MAKE_PAYMENT, Status.PAYER_VALIDATED


class ShowsEmptyPayments(_MakesUp):
    """Answers any question with success and an empty payment."""

    breaks = "IPG-ORDER-06"
    method, status = Operation.GET_PAYMENT, Status.CANCELED
