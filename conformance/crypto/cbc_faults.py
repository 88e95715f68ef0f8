"""AES-256-CBC with one thing wrong: what a reader must refuse, made from what it accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR, ECB
from cryptography.hazmat.primitives.padding import PKCS7

from conformance.crypto.cbc import BLOCK_BYTES, Ciphered, decrypt, encrypt, encrypt_blocks

_FILLED = 8  # bytes that a filling has in each faulty example, so that it has a first, an inner and a last one


class CbcFault(StrEnum):
    """The fault; the words complete the sentence "data with ...". Each breaks what JSON object was encrypted."""

    IV_BYTE = "a flipped byte in the IV"
    FIRST_BYTE = "a flipped first byte"
    MIDDLE_BYTE = "a flipped byte in the middle"
    LAST_BYTE = "a flipped last byte"

    IV_OF_12 = "an IV of 12 bytes"
    IV_OF_8 = "an IV of 8 bytes"
    NO_IV = "no IV"

    AES_128 = "AES-128"
    AES_192 = "AES-192"
    MODE_ECB = "mode ECB"
    MODE_CTR = "mode CTR"

    FILLED_WITH_ZEROS = "a padding of zeros"
    FILLED_WITH_LENGTH = "a padding that is its length in the last byte alone"
    FILLED_WITH_BIT = "a padding of one bit and zeros"
    FILLED_ODDLY = "a padding with one other byte"
    FILLED_TOO_FAR = "a padding that says it is longer than a block"
    NOT_FILLED = "no padding"

    BYTE_CUT = "the last byte cut off"
    BYTE_MORE = "one byte more than whole blocks"
    NOTHING = "an IV and nothing else"


def faulty_cbc(fault: CbcFault, good: Ciphered, key: bytes) -> Ciphered:
    """Good data, an object in JSON, with that fault. All else is sound: it is encrypted anew where that takes it."""
    return _FAULTY[fault](good, key)


def spaced(good: Ciphered, key: bytes, filled: int = _FILLED) -> Ciphered:
    """The same JSON with spaces behind it, so that its padding has that many bytes, 1 to 16. It is as good."""
    return encrypt(_spaced(decrypt(good, key), filled), key, good.iv)


def _spaced(payload: bytes, filled: int) -> bytes:
    return payload + b" " * (-(len(payload) + filled) % BLOCK_BYTES)


def _flipped(place: Callable[[bytes], int]) -> Callable[[Ciphered, bytes], Ciphered]:
    """
    A byte becomes another one, and with it the byte one block further on in the plain text.

    That one becomes NUL, which no JSON text may hold: the garbled block itself could by chance be read by a reader that
    puts something in place of bytes that are no text. In the last block the padding is garbled.
    """

    def make(good: Ciphered, key: bytes) -> Ciphered:
        changed, plain = bytearray(good.ciphertext), decrypt(good, key)
        at = place(good.ciphertext) % len(changed)
        further = at + BLOCK_BYTES
        changed[at] ^= plain[further] if further < len(plain) else 0xFF
        return Ciphered(good.iv, bytes(changed))

    return make


def _with_iv_of(length: int) -> Callable[[Ciphered, bytes], Ciphered]:
    """The IV ends in zeros, which are left out: who fills it up with them would read the data."""

    def make(good: Ciphered, key: bytes) -> Ciphered:
        iv = good.iv[:length].ljust(BLOCK_BYTES, b"\0")
        return Ciphered(iv[:length], encrypt(decrypt(good, key), key, iv).ciphertext)

    return make


def _by(key_bytes: int, mode: Callable[[bytes], CBC | CTR | ECB]) -> Callable[[Ciphered, bytes], Ciphered]:
    def make(good: Ciphered, key: bytes) -> Ciphered:
        padder = PKCS7(8 * BLOCK_BYTES).padder()
        encryptor = Cipher(AES(key[:key_bytes]), mode(good.iv)).encryptor()
        blocks = padder.update(decrypt(good, key)) + padder.finalize()
        return Ciphered(good.iv, encryptor.update(blocks) + encryptor.finalize())

    return make


def _filled(filling: bytes) -> Callable[[Ciphered, bytes], Ciphered]:
    def make(good: Ciphered, key: bytes) -> Ciphered:
        return encrypt_blocks(_spaced(decrypt(good, key), len(filling)) + filling, key, good.iv)

    return make


_RIGHT = bytes([_FILLED])
_FAULTY: Mapping[CbcFault, Callable[[Ciphered, bytes], Ciphered]] = {
    CbcFault.IV_BYTE: lambda good, _: Ciphered(bytes([good.iv[0] ^ 0xFF]) + good.iv[1:], good.ciphertext),
    CbcFault.FIRST_BYTE: _flipped(lambda _: 0),
    CbcFault.MIDDLE_BYTE: _flipped(lambda text: len(text) // 2),
    CbcFault.LAST_BYTE: _flipped(lambda _: -1),
    CbcFault.IV_OF_12: _with_iv_of(12),
    CbcFault.IV_OF_8: _with_iv_of(8),
    CbcFault.NO_IV: _with_iv_of(0),
    CbcFault.AES_128: _by(16, CBC),
    CbcFault.AES_192: _by(24, CBC),
    CbcFault.MODE_ECB: _by(32, lambda _: ECB()),
    CbcFault.MODE_CTR: _by(32, CTR),
    CbcFault.FILLED_WITH_ZEROS: _filled(bytes(_FILLED)),
    CbcFault.FILLED_WITH_LENGTH: _filled(bytes(_FILLED - 1) + _RIGHT),
    CbcFault.FILLED_WITH_BIT: _filled(b"\x80" + bytes(_FILLED - 1)),
    CbcFault.FILLED_ODDLY: _filled(_RIGHT * 3 + b"\xff" + _RIGHT * 4),
    CbcFault.FILLED_TOO_FAR: _filled(b"\x11" * _FILLED),
    CbcFault.NOT_FILLED: _filled(b""),
    CbcFault.BYTE_CUT: lambda good, _: Ciphered(good.iv, good.ciphertext[:-1]),
    CbcFault.BYTE_MORE: lambda good, _: Ciphered(good.iv, good.ciphertext + b"\0"),
    CbcFault.NOTHING: lambda good, _: Ciphered(good.iv, b""),
}
