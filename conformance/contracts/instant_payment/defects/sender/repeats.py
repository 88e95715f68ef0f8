"""instant-payment make-payment, validate-payee: confirming twice, and one reference for all."""

from __future__ import annotations

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import Operation


class ConfirmsTwice(BankClient):
    """Confirms a payment once more after it came to its end."""

    breaks = "IPG-REPEATS-07"

    def after_payment(self, payment: Outgoing) -> None:
        self.tell(payment, Operation.MAKE_PAYMENT)


class ChangesTheAmountAfterwards(BankClient):
    """Confirms a payment once more over another amount."""

    breaks = "IPG-REPEATS-07"

    def after_payment(self, payment: Outgoing) -> None:
        payment.amount = "10.51"
        self.tell(payment, Operation.MAKE_PAYMENT)


class ReusesItsReference(BankClient):
    """Has one reference for all payments."""

    breaks = "IPG-REPEATS-08"

    def new_reference(self, payment: Outgoing) -> str:
        return "100000000000000001"
