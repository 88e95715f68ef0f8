"""instant-payment validate-payee, get-payment, signature: a payment is that of its two banks, by their certificates."""

from __future__ import annotations

from conformance.contracts.instant_payment.book import Book, RegisteredBank
from conformance.contracts.instant_payment.call import Call, invalid, unknown_payment, untrusted
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.wire import PARTIES, Operation


class PartyRules:
    """Who may send what; the signature was found good before."""

    book: Book

    def check_parties(self, call: Call, signer: RegisteredBank, payment: StoredPayment | None) -> None:
        """Raises Refusal for a bank that is not concerned, and for certificates of other banks."""
        if call.operation is Operation.GET_PAYMENT:
            return  # it names no bank; who may ask was settled by the signature (IR10)
        if payment is None:
            sender, receiver = self.sender_of(call, signer), self.receiver_of(call)
        else:
            sender, receiver = payment.sender, payment.receiver
            self.check_sender(call, signer, payment)
            self.check_named_parties(call, payment)
        self.check_sender_certificate(call, sender)
        self.check_receiver_certificate(call, receiver)

    def sender_of(self, call: Call, signer: RegisteredBank) -> RegisteredBank:
        """PARTIES-04: the bank that signed, and no other name."""
        if call.members["sender_party"] != signer.code:
            raise untrusted("sender_party is not the bank that signed")
        return signer

    def receiver_of(self, call: Call) -> RegisteredBank:
        """CONTENT-06: a registered bank."""
        bank = self.book.by_code(call.members.get("receiver_party"))
        if bank is None:
            raise invalid("receiver_party", "is no bank that is known here")
        return bank

    def check_sender(self, call: Call, signer: RegisteredBank, payment: StoredPayment) -> None:
        if not self.may_continue(call, signer, payment):
            raise unknown_payment()

    def may_continue(self, call: Call, signer: RegisteredBank, payment: StoredPayment) -> bool:
        """PARTIES-02, -03, -06: payer data and confirmation come from the bank that opened the payment."""
        return signer is payment.sender

    def check_named_parties(self, call: Call, payment: StoredPayment) -> None:
        """Validate Payer may name reference and banks once more (IR08); then they are those of the payment."""
        same = (payment.reference, payment.sender.code, payment.receiver.code)
        for name, value in zip(PARTIES, same, strict=True):
            if call.members.get(name, value) != value:
                raise invalid(name, "is not that of the payment")

    def check_sender_certificate(self, call: Call, sender: RegisteredBank) -> None:
        if not self.is_certificate_of(call.members["sender_party_cert_id"], sender):
            raise untrusted("sender_party_cert_id is not a certificate of the sender bank")

    def is_certificate_of(self, cert_id: str, sender: RegisteredBank) -> bool:
        """CERTIFICATES-03, -04."""
        return cert_id == sender.cert_id

    def check_receiver_certificate(self, call: Call, receiver: RegisteredBank) -> None:
        if not self.is_receiver_certificate_of(call.members["receiver_party_cert_id"], receiver):
            raise invalid("receiver_party_cert_id", "is not a certificate of the receiver bank")

    def is_receiver_certificate_of(self, cert_id: str, receiver: RegisteredBank) -> bool:
        """CERTIFICATES-06, -07."""
        return cert_id == receiver.cert_id
