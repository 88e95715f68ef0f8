"""AES-256-CBC with PKCS#7 padding, carried in standard Base64; where the IV stands is a choice of each contract."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from conformance.crypto import compact
from conformance.crypto.compact import BadEnvelope, Flaw
from conformance.errors import KeyFileError

KEY_BYTES, BLOCK_BYTES = 32, 16


class IvPlace(StrEnum):
    """Where the IV stands."""

    BEFORE = "before"
    AFTER = "after"
    APART = "apart"


class KeyForm(StrEnum):
    """How a configuration spells the 32 bytes of a key."""

    RAW = "raw"
    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class Ciphered:
    """IV and ciphertext, whatever their lengths."""

    iv: bytes
    ciphertext: bytes

    def text(self, place: IvPlace = IvPlace.BEFORE) -> str:
        """One Base64 text of both, or of the ciphertext alone where the IV goes apart."""
        before, after = (self.iv if place is here else b"" for here in (IvPlace.BEFORE, IvPlace.AFTER))
        return compact.standard_encoded(before + self.ciphertext + after)


def encrypt(payload: bytes, key: bytes, iv: bytes | None = None) -> Ciphered:
    """Encrypt a payload; the IV of 16 bytes is drawn unless given. Raises BadEnvelope for a key of other length."""
    padder = PKCS7(8 * BLOCK_BYTES).padder()
    blocks = padder.update(payload) + padder.finalize()
    return encrypt_blocks(blocks, key, os.urandom(BLOCK_BYTES) if iv is None else iv)


def encrypt_blocks(blocks: bytes, key: bytes, iv: bytes) -> Ciphered:
    """Encrypt whole blocks of 16 bytes as they are, without padding. Raises BadEnvelope for a key of other length."""
    encryptor = _cipher(key, iv).encryptor()
    return Ciphered(iv, encryptor.update(blocks) + encryptor.finalize())


def read(text: str, place: IvPlace = IvPlace.BEFORE, iv: str | None = None) -> Ciphered:
    """Take a Base64 text apart; `iv` is the Base64 text of an IV that stands apart. Raises BadEnvelope."""
    both = compact.standard_decoded(text)
    if place is IvPlace.APART:
        found = Ciphered(compact.standard_decoded(iv or ""), both)
    elif place is IvPlace.BEFORE:
        found = Ciphered(both[:BLOCK_BYTES], both[BLOCK_BYTES:])
    else:
        found = Ciphered(both[-BLOCK_BYTES:], both[:-BLOCK_BYTES])
    if len(found.iv) != BLOCK_BYTES:
        raise BadEnvelope(Flaw.CBC_IV, f"{len(found.iv)} bytes")
    if not found.ciphertext or len(found.ciphertext) % BLOCK_BYTES:
        raise BadEnvelope(Flaw.BLOCKS, f"{len(found.ciphertext)} bytes")
    return found


def decrypt(ciphered: Ciphered, key: bytes) -> bytes:
    """The payload of what `read` gave. Raises BadEnvelope.

    A wrong key shows in 255 of 256 cases as a wrong padding, else as other bytes.
    """
    decryptor = _cipher(key, ciphered.iv).decryptor()
    unpadder = PKCS7(8 * BLOCK_BYTES).unpadder()
    padded = decryptor.update(ciphered.ciphertext) + decryptor.finalize()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise BadEnvelope(Flaw.FILLING) from None


def aes_key(text: str, form: KeyForm, name: str = "AES key") -> bytes:
    """A key of 32 bytes as a configuration spells it. Raises KeyFileError, naming `name`."""
    try:
        match form:
            case KeyForm.RAW:
                key = text.encode("utf-8")
            case KeyForm.HEX:
                key = bytes.fromhex(text)
            case KeyForm.BASE64:
                key = compact.standard_decoded(text)
    except (ValueError, BadEnvelope):
        raise KeyFileError(f"{name}: is not {form}") from None
    if len(key) != KEY_BYTES:
        raise KeyFileError(f"{name}: read as {form} it has {len(key)} bytes; AES-256 needs {KEY_BYTES}")
    return key


def _cipher(key: bytes, iv: bytes) -> Cipher[CBC]:
    if len(key) != KEY_BYTES:
        raise BadEnvelope(Flaw.AES_KEY, f"{len(key)} bytes")
    return Cipher(AES(key), CBC(iv))
