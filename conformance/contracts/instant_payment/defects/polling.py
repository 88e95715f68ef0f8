"""Gateways that do not like to be asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, ClassVar

from conformance.contracts.instant_payment.call import Call, unknown_payment
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import DONE, REJECTED, Operation, Status
from conformance.transport.message import Reply, Request


class _Hides(Gateway):
    """Does not know a payment that is in one of some statuses."""

    hidden: ClassVar[Collection[Status]]

    def shown(self, payment: StoredPayment, request_id: str, call: Call) -> dict[str, Any]:
        if call.operation is Operation.GET_PAYMENT and payment.status in self.hidden:
            raise unknown_payment()
        return super().shown(payment, request_id, call)


class HidesRejectedPayments(_Hides):
    """Forgets a payment that nobody wanted."""

    breaks = "IPG-POLLING-01"
    hidden = REJECTED - {Status.CANCELED}


class HidesPaymentsUnderWay(_Hides):
    """Has no answer as long as money is moved."""

    breaks = "IPG-POLLING-01"
    hidden: ClassVar = {Status.SENDING, Status.PROCESSING}


class ServesNewAndFinishedPaymentsOnly(_Hides):
    """Has an answer while a payment is new, and then not before all is done."""

    breaks = "IPG-POLLING-01"
    hidden = set(Status) - DONE - {Status.PAYEE_VALIDATING}


class _CountsQuestions(Gateway):
    """Knows whether a question of the sender bank follows at once on another one for the same payment."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._last: tuple[str, str, float] = ("", "", 0.0)
        self._is_again = False

    def handle(self, request: Request) -> Reply:
        this = (request.method, request.target, self.monotonic())
        self._is_again, self._last = this == self._last, this
        return super().handle(request)

    def shown(self, payment: StoredPayment, request_id: str, call: Call) -> dict[str, Any]:
        is_question = call.operation is Operation.GET_PAYMENT and self.signature_fits(call, payment.sender)
        is_again = self._is_again and is_question
        return super().shown(self.asked_again(payment) if is_again else payment, request_id, call)

    def asked_again(self, payment: StoredPayment) -> StoredPayment:
        raise NotImplementedError


class NumbersBlocksAnew(_CountsQuestions):
    """Gives a block another request id when it is asked again."""

    breaks = "IPG-POLLING-02"

    def asked_again(self, payment: StoredPayment) -> StoredPayment:
        payee = replace(payment.payee, request_id=f"{payment.payee.request_id}0")
        return replace(payment, payee=payee)


class TurnsBackWhenAskedAgain(_CountsQuestions):
    """Validates the payee once more when it is asked again."""

    breaks = "IPG-POLLING-02"

    def asked_again(self, payment: StoredPayment) -> StoredPayment:
        return replace(payment, status=Status.PAYEE_VALIDATING)
