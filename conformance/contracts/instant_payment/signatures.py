"""instant-payment signature: a compact JWS, RS256, by the key of the certificate that the message names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.contracts.instant_payment.book import Book, RegisteredBank
from conformance.contracts.instant_payment.call import Call, malformed, untrusted
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.wire import ALG, Operation
from conformance.crypto import compact
from conformance.crypto.compact import BadEnvelope
from conformance.crypto.jws import Signed
from conformance.crypto.keys import rsa_public

_SHORT = 16 * 1024  # bytes; only messages of ordinary size are remembered


class SignatureRules:
    """From a text to a message that a registered bank has signed."""

    book: Book

    # --- the text (SIGNATURE-08 to -11) -----------------------------------------------------------------------

    def read_token(self, token: str) -> Signed:
        """The parts of a compact JWS; raises Refusal."""
        try:
            header, payload, signature = self.parts_of(token)
            raw = self.part_bytes(header, "header")
            return Signed(
                self.header_of(raw),
                self.part_bytes(payload, "payload"),
                self.part_bytes(signature, "signature"),
                f"{header}.{payload}".encode(),
            )
        except BadEnvelope as flaw:
            raise malformed(f"signed_message {flaw.flaw}") from None

    def parts_of(self, token: str) -> Sequence[str]:
        """SIGNATURE-08, -10: three parts, joined by dots."""
        pieces = token.split(".")
        if len(pieces) != 3:
            raise malformed("signed_message is not three parts")
        return pieces

    def part_bytes(self, piece: str, name: str) -> bytes:
        """SIGNATURE-09: Base64url in its one spelling."""
        return compact.decoded(piece, name)

    def header_of(self, raw: bytes) -> dict[str, Any]:
        """SIGNATURE-11, ENVELOPE-06: one JSON object, no member twice, nothing critical."""
        return compact.header_of(raw)

    # --- the signature ------------------------------------------------------------------------------------------

    def check_signature(self, call: Call, payment: StoredPayment | None) -> RegisteredBank:
        """The bank that signed; raises Refusal (SIGNATURE-03 to -07, -12 to -15, ALGORITHMS-02 to -05)."""
        if not self.algorithm_is_accepted(call.signed.header.get("alg")):
            raise untrusted("alg is not accepted")
        candidates = self.candidates(call, payment)
        signer = next((bank for bank in candidates if self.signature_fits(call, bank)), None)
        if signer is None:
            raise untrusted("the signature does not fit")
        return signer

    def algorithm_is_accepted(self, alg: object) -> bool:
        """ALGORITHMS-02 to -05: RS256 and nothing else (IR01)."""
        return alg == ALG

    def candidates(self, call: Call, payment: StoredPayment | None) -> Sequence[RegisteredBank]:
        """Whose signature would do: `kid`, `jwk`, `jku`, `x5c` and `x5u` of the header are never looked at (IR21)."""
        if call.operation is Operation.GET_PAYMENT:
            return self.who_may_ask(call, payment)
        bank = self.bank_of_sender_certificate(call, payment)
        return () if bank is None else (bank,)

    def who_may_ask(self, call: Call, payment: StoredPayment | None) -> Sequence[RegisteredBank]:
        """PARTIES-01, -05: the two banks of the payment (IR10)."""
        return () if payment is None else (payment.sender, payment.receiver)

    def bank_of_sender_certificate(self, call: Call, payment: StoredPayment | None) -> RegisteredBank | None:
        """CERTIFICATES-03 to -05: the bank whose certificate the message names."""
        return self.book.by_certificate(call.members.get("sender_party_cert_id"))

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        """The signature is over header and payload as they came, by the key of that bank."""
        fits = has_signed if len(call.signed.signing_input) <= _SHORT else has_signed.__wrapped__
        return fits(bank, call.signed.signing_input, call.signed.signature)


@lru_cache(maxsize=8192)
def has_signed(bank: RegisteredBank, signing_input: bytes, signature: bytes) -> bool:
    """Whether an RS256 signature over these bytes is that bank's, whatever the header says.

    Remembered: trials with the same seed and moment bring the same messages, and banks live as long as the process.
    """
    try:
        rsa_public(bank.key).verify(signature, signing_input, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
