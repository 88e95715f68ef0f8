"""Gateways whose payments take other ways than the graph has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import Operation, Status

_AFTER_A_WHILE = 2.5  # seconds; the stand's quiet time is 3 s

# --- which statuses -------------------------------------------------------------------------------------------


class InventsStatuses(Gateway):
    """Has a status of its own while it looks for the payee."""

    breaks = "IPG-STATUSES-01"

    def shown_status(self, payment: StoredPayment, call: Call) -> str:
        is_question = call.operation is Operation.GET_PAYMENT
        return "PAYEE_CHECKING" if is_question and payment.status is Status.PAYEE_VALIDATING else payment.status


class _AnswersOneMethodWrongly(Gateway):
    """Answers the messages of one method with a status of its own choice."""

    method: Operation
    answer: Status

    def shown_status(self, payment: StoredPayment, call: Call) -> str:
        return self.answer if call.operation is self.method else super().shown_status(payment, call)


class AnswersPayeesAsConfirmations(_AnswersOneMethodWrongly):
    """Says SENDING as soon as something was sent."""

    breaks = "IPG-STATUSES-02"
    method, answer = Operation.VALIDATE_PAYEE, Status.SENDING


class AnswersPayersAsPayees(_AnswersOneMethodWrongly):
    """Follows the example of the source, a copy from another method."""

    breaks = "IPG-STATUSES-02"
    method, answer = Operation.VALIDATE_PAYER, Status.PAYEE_VALIDATING


class AnswersConfirmationsAsPayers(_AnswersOneMethodWrongly):
    """Has one answer to both messages of a payment."""

    breaks = "IPG-STATUSES-02"
    method, answer = Operation.MAKE_PAYMENT, Status.PAYER_VALIDATING


class StepsBack(Gateway):
    """Shows, while the payer is validated, that the payee was."""

    breaks = "IPG-STATUSES-03"

    def shown_status(self, payment: StoredPayment, call: Call) -> str:
        is_question = call.operation is Operation.GET_PAYMENT
        is_early = is_question and payment.status is Status.PAYER_VALIDATING
        return Status.PAYEE_VALIDATED if is_early else super().shown_status(payment, call)


# --- what the receiver bank says ------------------------------------------------------------------------------


class RejectsKnownPayees(Gateway):
    """Finds nobody."""

    breaks = "IPG-STATUSES-04"

    def mobile_is_known(self, mobile: str) -> bool:
        return False


class ValidatesEverybody(Gateway):
    """Finds somebody under any number."""

    breaks = "IPG-STATUSES-05"

    def mobile_is_known(self, mobile: str) -> bool:
        return True


class RejectsGoodPayers(Gateway):
    """Has something against everybody."""

    breaks = "IPG-STATUSES-06"

    def payer_is_rejected(self, personal_id: str) -> bool:
        return True


class ValidatesEveryPayer(Gateway):
    """Has nothing against anybody."""

    breaks = "IPG-STATUSES-07"

    def payer_is_rejected(self, personal_id: str) -> bool:
        return False


class CancelsConfirmedPayments(Gateway):
    """Takes the confirmation, and cancels the payment."""

    breaks = "IPG-STATUSES-08"

    def next_status(self, payment: StoredPayment) -> Status | None:
        return Status.CANCELED if payment.status is Status.SENDING else super().next_status(payment)


# --- what comes by itself -------------------------------------------------------------------------------------


class _GoesOn(Gateway):
    """Leaves a status after a while in which it should stay."""

    further: ClassVar[Mapping[Status, Status]]

    def delay_of(self, payment: StoredPayment) -> float | None:
        return _AFTER_A_WHILE if payment.status in self.further else super().delay_of(payment)

    def next_status(self, payment: StoredPayment) -> Status | None:
        return self.further.get(payment.status) or super().next_status(payment)


class _GoesOnToNoEnd(_GoesOn):
    """Leaves a status in which it should stay for one that has no end then."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._stuck: set[str] = set()

    def next_status(self, payment: StoredPayment) -> Status | None:
        if payment.id in self._stuck:
            return None
        if payment.status in self.further:
            self._stuck.add(payment.id)
        return super().next_status(payment)


class SeeksRejectedPayeesAgain(_GoesOnToNoEnd):
    """Looks once more for a payee whom nobody knows."""

    breaks = "IPG-STATUSES-09"
    further: ClassVar = {Status.PAYEE_VALIDATING_REJECTED: Status.PAYEE_VALIDATING}


class AwaitsAnotherPayer(_GoesOn):
    """Would take another payer after the one that was rejected."""

    breaks = "IPG-STATUSES-09"
    further: ClassVar = {Status.PAYER_VALIDATING_REJECTED: Status.PAYEE_VALIDATED}


class ReopensCompletedPayments(_GoesOnToNoEnd):
    """Works on a payment once more that is done."""

    breaks = "IPG-STATUSES-09"
    further: ClassVar = {Status.NOTIFIED: Status.PROCESSING}


class WakesCanceledPayments(Gateway):
    """Takes up a canceled payment when a bank asks for it twice within two seconds, but not at once."""

    breaks = "IPG-STATUSES-09"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._asked_at = -60.0

    def shown_status(self, payment: StoredPayment, call: Call) -> str:
        if payment.status is not Status.CANCELED:
            return super().shown_status(payment, call)
        gap, self._asked_at = self.monotonic() - self._asked_at, self.monotonic()
        return Status.PAYEE_VALIDATED if 0.5 < gap < 2 else super().shown_status(payment, call)


class _GoesOnUntouched(_GoesOn):
    """Carries on a payment for which nothing came in a while."""

    def payment_of(self, call: Call) -> StoredPayment | None:
        payment = super().payment_of(call)
        if payment is not None and payment.status in self.further:
            payment.since = self.monotonic()
        return payment


class ValidatesPayersUnasked(_GoesOnUntouched):
    """Validates a payer of whom it was told nothing."""

    breaks = "IPG-STATUSES-10"
    further: ClassVar = {Status.PAYEE_VALIDATED: Status.PAYER_VALIDATED}


class SendsUnconfirmedPayments(_GoesOnUntouched):
    """Sends a payment whose payer was validated, unless it is told not to."""

    breaks = "IPG-STATUSES-11"
    further: ClassVar = {Status.PAYER_VALIDATED: Status.SENDING}


class ShowsUnconfirmedAmounts(Gateway):
    """Fills in an amount where a confirmation is overdue."""

    breaks = "IPG-STATUSES-11"

    def record(self, payment: StoredPayment, status: str) -> dict[str, Any]:
        is_overdue = payment.status is Status.PAYER_VALIDATED and payment.since + _AFTER_A_WHILE <= self.monotonic()
        guess = {"payment_data": {"amount": "0.00", "currency": "GEL"}} if is_overdue else {}
        return {**super().record(payment, status), **guess}
