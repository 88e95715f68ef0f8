"""instant-payment: banks that are named wrongly."""

from __future__ import annotations

from typing import Any

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import Operation


class NamesTheReceiverTwice(BankClient):
    """Names the receiver bank as the sender bank, too."""

    breaks = "IPG-PARTIES-07"

    def parties(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        return {**super().parties(payment, operation), "sender_party": self.receiver.code}


class SwapsParties(BankClient):
    """Names each bank in the place of the other."""

    breaks = "IPG-PARTIES-07"

    def parties(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        swapped = {"sender_party": self.receiver.code, "receiver_party": self.bank.code}
        return {**super().parties(payment, operation), **swapped}
