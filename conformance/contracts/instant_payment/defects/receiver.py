"""Gateways whose receiver bank validates what it should not have been able to open or read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from conformance.contracts.instant_payment.payments import StoredMessage, StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.crypto import jwe
from conformance.crypto.compact import BadEnvelope


class OpensWithoutTags(Gateway):
    """Decrypts in counter mode, which is all that GCM does besides its tag."""

    breaks = "IPG-RECEIVER-01"

    def opened_payload(self, text: str, key: bytes) -> bytes:
        sealed = jwe.read(text)
        return _counted(_counted(key, sealed.key_iv, sealed.encrypted_key), sealed.iv, sealed.ciphertext)


def _counted(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """AES-GCM without its tag: counter mode from the second block (NIST SP 800-38D, 7.2)."""
    decryptor = Cipher(AES(key), CTR(iv + b"\0\0\0\2")).decryptor()
    return decryptor.update(ciphertext) + decryptor.finalize()


class TriesTheKeysThatItKnows(Gateway):
    """Keeps every AES key that opened something, and tries them all."""

    breaks = "IPG-RECEIVER-02"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.known: list[bytes] = []

    def opened_payload(self, text: str, key: bytes) -> bytes:
        for one in self.known:
            try:
                return super().opened_payload(text, one)
            except BadEnvelope:
                continue
        payload = super().opened_payload(text, key)
        self.known.append(key)
        return payload


class OpensWithEitherPrivateKey(Gateway):
    """Opens for both banks in one place, and so with the private key of the sender bank as well."""

    breaks = "IPG-RECEIVER-03"

    def opened_data(self, payment: StoredPayment, message: StoredMessage, member: str) -> Any:
        found = super().opened_data(payment, message, member)
        if found is None:
            found = super().opened_data(replace(payment, receiver=payment.sender), message, member)
        return found


class ForgetsKeysAndIvs(Gateway):
    """Opens whatever can be opened, however often."""

    breaks = "IPG-RECEIVER-04"

    def was_used_before(self, key: bytes, key_iv: bytes) -> bool:
        return False


class ValidatesPayeesWithEmptyMobiles(Gateway):
    """Looks for customers whose number begins with what was sent."""

    breaks = "IPG-RECEIVER-05"

    def mobile_of(self, data: Any) -> str | None:
        payee = data.get("payee") if isinstance(data, dict) else None
        is_empty = isinstance(payee, dict) and payee.get("mobile") == ""
        return next(iter(self.book.customers)) if is_empty else super().mobile_of(data)


class _ToleratesAbsence(Gateway):
    """Does without one member of a payer."""

    tolerated: str

    def payer_of(self, data: Any) -> Mapping[str, str] | None:
        payer = data.get("payer") if isinstance(data, dict) else None
        filled = {"payer": {self.tolerated: "-", **payer}} if isinstance(payer, dict) else data
        return super().payer_of(filled)


class ValidatesPayersWithoutName(_ToleratesAbsence):
    """Knows payers by their Georgian names only."""

    breaks = "IPG-RECEIVER-05"
    tolerated = "last_name_en"


class ValidatesPayersWithoutBirthDate(_ToleratesAbsence):
    """Has no use for the date of birth."""

    breaks = "IPG-RECEIVER-05"
    tolerated = "date_of_birth"
