"""instant-payment: certificates of other times and banks."""

from __future__ import annotations

from typing import Any

from conformance.contracts.instant_payment.sender import BankClient


class NamesAnOldCertificate(BankClient):
    """Names a certificate of its bank that is no longer in use."""

    breaks = "IPG-CERTIFICATES-01"

    def certificates(self) -> dict[str, Any]:
        return {**super().certificates(), "sender_party_cert_id": "b2xkLTIwMjM"}


class NamesItsOwnCertificateTwice(BankClient):
    """Names its own certificate as that of the receiver bank."""

    breaks = "IPG-CERTIFICATES-02"

    def certificates(self) -> dict[str, Any]:
        return {**super().certificates(), "receiver_party_cert_id": self.bank.cert_id}
