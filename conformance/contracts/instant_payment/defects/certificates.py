"""Gateways to which a certificate id says little."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import Operation


class FallsBackToTheOnlyKey(Gateway):
    """Verifies with the key of the sender bank where it does not know the certificate."""

    breaks = "IPG-CERTIFICATES-03"

    def bank_of_sender_certificate(self, call: Call, payment: StoredPayment | None) -> RegisteredBank | None:
        sender = self.book.by_code(call.members.get("sender_party")) if payment is None else payment.sender
        return super().bank_of_sender_certificate(call, payment) or sender

    def is_certificate_of(self, cert_id: str, sender: RegisteredBank) -> bool:
        return self.book.by_certificate(cert_id) is None or super().is_certificate_of(cert_id, sender)


class NeverTiesCertificatesToBanks(Gateway):
    """Looks whether it knows the certificate, and then for any key that fits."""

    breaks = "IPG-CERTIFICATES-04"

    def candidates(self, call: Call, payment: StoredPayment | None) -> Sequence[RegisteredBank]:
        known = super().candidates(call, payment)
        return self.book.banks if known and call.operation is not Operation.GET_PAYMENT else known

    def is_certificate_of(self, cert_id: str, sender: RegisteredBank) -> bool:
        return True


class AcceptsAnyRegisteredKey(Gateway):
    """Takes the signature of any bank that it knows for that of the bank whose certificate is named."""

    breaks = "IPG-CERTIFICATES-05"

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        others = () if call.operation is Operation.GET_PAYMENT else self.book.banks
        fits = super().signature_fits
        return fits(call, bank) or any(fits(call, other) for other in others)


class AcceptsUnknownReceiverCertificates(Gateway):
    """Has nothing against a certificate of the receiver bank that it does not know."""

    breaks = "IPG-CERTIFICATES-06"

    def is_receiver_certificate_of(self, cert_id: str, receiver: RegisteredBank) -> bool:
        return self.book.by_certificate(cert_id) is None or super().is_receiver_certificate_of(cert_id, receiver)


class AcceptsReceiverCertificatesOfOthers(Gateway):
    """Has nothing against any certificate that it knows as that of the receiver bank."""

    breaks = "IPG-CERTIFICATES-07"

    def is_receiver_certificate_of(self, cert_id: str, receiver: RegisteredBank) -> bool:
        return self.book.by_certificate(cert_id) is not None
