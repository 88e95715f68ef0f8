"""instant-payment get-payment: asking too often, and too long."""

from __future__ import annotations

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import Operation, Status


class AsksWithoutPause(BankClient):
    """Asks five times as often as agreed."""

    breaks = "IPG-POLLING-03"

    def pause_s(self) -> float:
        return self.interval_s / 5


class AsksForever(BankClient):
    """Goes on asking after a payment was notified, or rejected."""

    breaks = "IPG-POLLING-04"

    def wait(self, payment: Outgoing, *statuses: Status) -> None:
        super().wait(payment, *statuses)
        if self.is_over(payment) and payment.status is not None:
            for _ in range(5):
                self.sleep(self.interval_s)
                self.tell(payment, Operation.GET_PAYMENT)
