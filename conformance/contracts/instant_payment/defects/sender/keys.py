"""instant-payment encryption: AES keys that are drawn or sent in another way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import Operation
from conformance.crypto.compact import standard_decoded
from conformance.crypto.keytransport import Padding, wrap


class SignsWithAShortKey(BankClient):
    """Signs with a key of 1024 bits."""

    breaks = "IPG-KEYS-01"
    tried_with: Mapping[str, Any] = {"role": "sender", "key_bits": 1024}


class SendsKeysInBase64url(BankClient):
    """Writes the encrypted keys in Base64url."""

    breaks = "IPG-KEYS-02"

    def wrapped(self, aes_key: bytes, key: JWK) -> str:
        text = super().wrapped(aes_key, key)
        while "+" not in text and "/" not in text:
            text = super().wrapped(aes_key, key)
        return text.replace("+", "-").replace("/", "_")


class SendsKeysInHex(BankClient):
    """Writes the encrypted keys in hex."""

    breaks = "IPG-KEYS-02"

    def wrapped(self, aes_key: bytes, key: JWK) -> str:
        return standard_decoded(super().wrapped(aes_key, key)).hex()


class BreaksKeysIntoLines(BankClient):
    """Breaks the Base64 of the encrypted keys into lines, as for a mail (IR28)."""

    breaks = "IPG-KEYS-02"

    def wrapped(self, aes_key: bytes, key: JWK) -> str:
        text = super().wrapped(aes_key, key)
        return "\r\n".join(text[start : start + 76] for start in range(0, len(text), 76))


class EncryptsBothKeysToItself(BankClient):
    """Encrypts the receiver bank's key to its own."""

    breaks = "IPG-KEYS-03"

    def key_for_receiver(self, aes_key: bytes) -> str:
        return self.key_for_sender(aes_key)


class UsesAnotherPadding(BankClient):
    """Pads the receiver bank's key with OAEP where PKCS#1 v1.5 is agreed."""

    breaks = "IPG-KEYS-03"

    def key_for_receiver(self, aes_key: bytes) -> str:
        return wrap(aes_key, self.receiver.key, Padding.OAEP, self.random.randbytes)


class EncryptsBothKeysToTheReceiver(BankClient):
    """Encrypts its own key to the receiver bank, too."""

    breaks = "IPG-KEYS-04"

    def key_for_sender(self, aes_key: bytes) -> str:
        return self.key_for_receiver(aes_key)


class DrawsAKeyForEachParty(BankClient):
    """Sends itself another AES key than the receiver bank."""

    breaks = "IPG-KEYS-05"

    def key_for_sender(self, aes_key: bytes) -> str:
        return super().key_for_sender(self.random.randbytes(32))


class TransportsTheKeyAsHex(BankClient):
    """Encrypts the hex text of the AES key, of 64 letters."""

    breaks = "IPG-KEYS-06"

    def wrapped(self, aes_key: bytes, key: JWK) -> str:
        return super().wrapped(aes_key.hex().encode("ascii"), key)


class TakesAPasswordAsKey(BankClient):
    """Draws 32 letters as its AES key."""

    breaks = "IPG-KEYS-07"

    def new_aes_key(self, payment: Outgoing, operation: Operation) -> bytes:
        return bytes(self.random.choices(b"abcdefghijklmnopqrstuvwxyz", k=32))


class CountsItsKeys(BankClient):
    """Makes its AES keys of one byte each, one for each message."""

    breaks = "IPG-KEYS-07"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._count = 0x80

    def new_aes_key(self, payment: Outgoing, operation: Operation) -> bytes:
        self._count += 1
        return bytes([self._count]) * 32


class CountsTheBytesOfItsKeys(BankClient):
    """Makes its AES keys of bytes in a row, from another start in each message."""

    breaks = "IPG-KEYS-07"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._count = 0x80

    def new_aes_key(self, payment: Outgoing, operation: Operation) -> bytes:
        self._count += 1
        return bytes(range(self._count, self._count + 32))


class KeepsOneKeyForAll(BankClient):
    """Draws one AES key when it starts, and takes it for all payments."""

    breaks = "IPG-KEYS-08"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._key = self.random.randbytes(32)

    def new_aes_key(self, payment: Outgoing, operation: Operation) -> bytes:
        return self._key
