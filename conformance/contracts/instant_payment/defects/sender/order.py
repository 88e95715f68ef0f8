"""instant-payment flow, statuses: messages out of turn, and after a payment has failed."""

from __future__ import annotations

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import Operation, Status


class SendsPayersAtOnce(BankClient):
    """Sends the payer while the payee is still being validated."""

    breaks = "IPG-ORDER-08"

    def wait(self, payment: Outgoing, *statuses: Status) -> None:
        if Status.PAYEE_VALIDATING not in statuses:
            super().wait(payment, *statuses)

    def may_send_payer(self, payment: Outgoing) -> bool:
        return payment.status is not None


class LosesPatienceWithPayees(BankClient):
    """Sends the payer after two questions, whatever was answered."""

    breaks = "IPG-ORDER-08"

    def wait(self, payment: Outgoing, *statuses: Status) -> None:
        given_up = self.patience_s
        self.patience_s = 2 * self.interval_s if Status.PAYEE_VALIDATING in statuses else given_up
        super().wait(payment, *statuses)
        self.patience_s = given_up

    def may_send_payer(self, payment: Outgoing) -> bool:
        return payment.status in (Status.PAYEE_VALIDATED, Status.PAYEE_VALIDATING)


class ConfirmsWithoutWaiting(BankClient):
    """Confirms a payment while the payer is still being validated."""

    breaks = "IPG-ORDER-09"

    def wait(self, payment: Outgoing, *statuses: Status) -> None:
        if Status.PAYER_VALIDATING not in statuses:
            super().wait(payment, *statuses)

    def may_confirm(self, payment: Outgoing) -> bool:
        return payment.status is not None


class LosesPatienceWithPayers(BankClient):
    """Confirms after two questions, whatever was answered."""

    breaks = "IPG-ORDER-09"

    def wait(self, payment: Outgoing, *statuses: Status) -> None:
        given_up = self.patience_s
        self.patience_s = 2 * self.interval_s if Status.PAYER_VALIDATING in statuses else given_up
        super().wait(payment, *statuses)
        self.patience_s = given_up

    def may_confirm(self, payment: Outgoing) -> bool:
        return payment.status in (Status.PAYER_VALIDATED, Status.PAYER_VALIDATING)


class GoesOnAfterRejectedPayees(BankClient):
    """Sends the payer though the payee was rejected."""

    breaks = "IPG-ORDER-10"

    def may_send_payer(self, payment: Outgoing) -> bool:
        return super().may_send_payer(payment) or payment.status is Status.PAYEE_VALIDATING_REJECTED


class PaysForRejectedPayers(BankClient):
    """Confirms a payment though its payer was rejected."""

    breaks = "IPG-ORDER-10"

    def may_confirm(self, payment: Outgoing) -> bool:
        return super().may_confirm(payment) or payment.status is Status.PAYER_VALIDATING_REJECTED


class GoesOnAfterCancellation(BankClient):
    """Confirms a payment that was canceled."""

    breaks = "IPG-ORDER-10"

    def may_confirm(self, payment: Outgoing) -> bool:
        return super().may_confirm(payment) or payment.status is Status.CANCELED


class GoesOnAfterRefusals(BankClient):
    """Confirms a payment though Validate Payer was refused."""

    breaks = "IPG-ORDER-10"

    def may_confirm(self, payment: Outgoing) -> bool:
        return super().may_confirm(payment) or payment.status is None


class RetriesForever(BankClient):
    """Sends the payer of a canceled payment once more."""

    breaks = "IPG-ORDER-10"

    def may_confirm(self, payment: Outgoing) -> bool:
        if payment.status is Status.CANCELED:
            self.tell(payment, Operation.VALIDATE_PAYER)
        return super().may_confirm(payment)
