"""instant-payment flow: messages that go elsewhere, and payments that are left lying."""

from __future__ import annotations

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import PAYMENTS, Operation


class SendsPayersToPayments(BankClient):
    """Sends Validate Payer to POST /v1/payments, as an example of the source has it (IE06)."""

    breaks = "IPG-METHODS-06"

    def path(self, operation: Operation, payment: Outgoing) -> str:
        return PAYMENTS if operation is Operation.VALIDATE_PAYER else super().path(operation, payment)


class AsksByPost(BankClient):
    """Asks for a payment with POST."""

    breaks = "IPG-METHODS-07"

    def verb(self, operation: Operation) -> str:
        return "POST"


class NeverConfirms(BankClient):
    """Leaves a payment alone once its payer was validated."""

    breaks = "IPG-METHODS-08"

    def may_confirm(self, payment: Outgoing) -> bool:
        return False


class ConfirmsTooLate(BankClient):
    """Confirms a payment half a minute after its payer was validated, where a third was agreed."""

    breaks = "IPG-METHODS-08"

    def may_confirm(self, payment: Outgoing) -> bool:
        self.sleep(1.5 * self.patience_s)
        return super().may_confirm(payment)
