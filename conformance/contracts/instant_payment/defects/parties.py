"""Gateways that do not ask whose payment it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import Operation


class ServesAnyRegisteredBank(Gateway):
    """Answers a question of any bank that it knows."""

    breaks = "IPG-PARTIES-01"

    def who_may_ask(self, call: Call, payment: StoredPayment | None) -> Sequence[RegisteredBank]:
        return self.book.banks


class _TakesMessagesOfOthers(Gateway):
    """Takes the messages of one method from banks that are not the sender bank of the payment."""

    method: Operation
    from_receivers = False

    def check_parties(self, call: Call, signer: RegisteredBank, payment: StoredPayment | None) -> None:
        if payment is None or call.operation is not self.method or signer is payment.sender:
            return super().check_parties(call, signer, payment)
        if (signer is payment.receiver) is not self.from_receivers:
            return super().check_parties(call, signer, payment)
        return self.check_receiver_certificate(call, payment.receiver)


class TakesPayersFromAnyBank(_TakesMessagesOfOthers):
    """Takes payer data from a bank that has nothing to do with the payment."""

    breaks = "IPG-PARTIES-02"
    method = Operation.VALIDATE_PAYER


class TakesConfirmationsFromAnyBank(_TakesMessagesOfOthers):
    """Takes a confirmation from a bank that has nothing to do with the payment."""

    breaks = "IPG-PARTIES-03"
    method = Operation.MAKE_PAYMENT


class BelievesSenderParty(Gateway):
    """Does not compare sender_party with the bank that signed."""

    breaks = "IPG-PARTIES-04"

    def sender_of(self, call: Call, signer: RegisteredBank) -> RegisteredBank:
        return signer


class ServesSendersOnly(Gateway):
    """Answers the sender bank's questions only."""

    breaks = "IPG-PARTIES-05"

    def who_may_ask(self, call: Call, payment: StoredPayment | None) -> Sequence[RegisteredBank]:
        return () if payment is None else (payment.sender,)


class WithholdsThePayerFromTheReceiver(Gateway):
    """Shows the receiver bank a payment without its payer."""

    breaks = "IPG-PARTIES-05"

    def shown(self, payment: StoredPayment, request_id: str, call: Call) -> dict[str, Any]:
        is_receiver = call.operation is Operation.GET_PAYMENT and self.signature_fits(call, payment.receiver)
        return super().shown(replace(payment, payer=None) if is_receiver else payment, request_id, call)


class TakesPayersFromReceivers(_TakesMessagesOfOthers):
    """Takes payer data from either bank of the payment."""

    breaks = "IPG-PARTIES-06"
    method, from_receivers = Operation.VALIDATE_PAYER, True


class TakesConfirmationsFromReceivers(_TakesMessagesOfOthers):
    """Takes a confirmation from either bank of the payment."""

    breaks = "IPG-PARTIES-06"
    method, from_receivers = Operation.MAKE_PAYMENT, True
