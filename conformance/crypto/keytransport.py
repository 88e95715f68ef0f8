"""An AES key encrypted to an RSA key (RFC 8017, 7.1 and 7.2), carried in standard Base64."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha1, sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as paddings
from jwcrypto.jwk import JWK

from conformance.crypto import compact
from conformance.crypto.compact import BadEnvelope, Flaw
from conformance.crypto.keys import rsa_private, rsa_public

RandomBytes = Callable[[int], bytes]
_AES_KEY_BYTES = 32


class Padding(StrEnum):
    """How the key is padded before RSA. What Java calls "RSA" alone is PKCS1."""

    PKCS1 = "pkcs1"
    OAEP = "oaep"
    OAEP_256 = "oaep-256"
    OAEP_256_MGF1_SHA1 = "oaep-256-mgf1-sha1"  # what Java's OAEPWithSHA-256AndMGF1Padding does unless told otherwise


def wrap(aes_key: bytes, public: JWK, padding: Padding = Padding.PKCS1, random: RandomBytes = os.urandom) -> str:
    """Encrypt a key of any short length to an RSA key; returns standard Base64.

    The padding is laid here because no library lets the caller give the random bytes, and a run with the same seed
    must send the same requests. Raises KeyFileError when `public` is no RSA key, ValueError when the key is too long.
    """
    numbers = rsa_public(public).public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    block = _pkcs1(aes_key, size, random) if padding is Padding.PKCS1 else _oaep(aes_key, size, padding, random)
    return compact.standard_encoded(pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(size, "big"))


def unwrap(text: str, private: JWK, padding: Padding = Padding.PKCS1) -> bytes:
    """The AES key of 32 bytes inside a transported key.

    A wrong PKCS#1 v1.5 padding shows only as a key of another length, or as an AES key that opens nothing: the
    library answers with random bytes instead (implicit rejection), the same ones each time.
    Raises BadEnvelope, which names another padding where that one opens the key; KeyFileError when `private` is no
    private RSA key.
    """
    key = rsa_private(private)
    ciphertext = compact.standard_decoded(text)
    size = (key.key_size + 7) // 8
    if len(ciphertext) != size:
        raise BadEnvelope(Flaw.TRANSPORT_LENGTH, f"{len(ciphertext)} bytes, not {size}")
    opened = _decrypted(ciphertext, key, padding)
    if opened is None or (padding is Padding.PKCS1 and len(opened) != _AES_KEY_BYTES):
        raise BadEnvelope(Flaw.TRANSPORT, _hint(ciphertext, key, padding, opened))
    if len(opened) != _AES_KEY_BYTES:
        raise BadEnvelope(Flaw.AES_KEY, f"{len(opened)} bytes")
    return opened


def inside(ciphertext: bytes, private: JWK, padding: Padding) -> bytes | None:
    """What an RSA block holds, whatever its length; None where it does not open with this key and padding.

    For a judge of messages who holds both keys, never for a receiver: it tells right PKCS#1 v1.5 padding from wrong
    (a block under another key passes by chance once in some thousands), which is what the library hides from attackers.
    """
    key = rsa_private(private)
    if padding is not Padding.PKCS1:
        return _decrypted(ciphertext, key, padding)
    numbers = key.private_numbers()
    modulus, size = numbers.public_numbers.n, (key.key_size + 7) // 8
    number = int.from_bytes(ciphertext, "big")
    if len(ciphertext) != size or number >= modulus:
        return None
    block = _raised(number, numbers).to_bytes(size, "big")
    filling, end, message = block[2:].partition(b"\0")
    return message if block[:2] == b"\0\2" and len(filling) >= 8 and end else None


def _raised(number: int, numbers: Any) -> int:
    """The private RSA operation, by way of the two primes (RFC 8017, 5.1.2)."""
    second = pow(number, numbers.dmq1, numbers.q)
    step = (pow(number, numbers.dmp1, numbers.p) - second) * numbers.iqmp % numbers.p
    return int(second + numbers.q * step)


def _decrypted(ciphertext: bytes, key: Any, padding: Padding) -> bytes | None:
    try:
        return bytes(key.decrypt(ciphertext, _scheme(padding)))
    except ValueError:
        return None


def _hint(ciphertext: bytes, key: Any, tried: Padding, opened: bytes | None) -> str:
    """What was tried and came out, and the padding that does open the key; only OAEP can be told with certainty."""
    outcome = tried if opened is None else f"{tried} gives {len(opened)} bytes"
    fitting = [other for other in Padding if other not in (tried, Padding.PKCS1) and _decrypted(ciphertext, key, other)]
    return f"{outcome}; it opens with {fitting[0]}" if fitting else outcome


def _scheme(padding: Padding) -> Any:
    if padding is Padding.PKCS1:
        return paddings.PKCS1v15()
    digest = hashes.SHA1() if padding is Padding.OAEP else hashes.SHA256()
    mask = hashes.SHA256() if padding is Padding.OAEP_256 else hashes.SHA1()
    return paddings.OAEP(mgf=paddings.MGF1(mask), algorithm=digest, label=None)


def _pkcs1(message: bytes, size: int, random: RandomBytes) -> bytes:
    """EME-PKCS1-v1_5 (RFC 8017, 7.2.1): 00 02, at least eight random bytes other than zero, 00, the message."""
    length = size - len(message) - 3
    if length < 8:
        raise ValueError(f"{len(message)} bytes are too long for an RSA key of {size} bytes")
    filling = b""
    while len(filling) < length:
        filling += random(length - len(filling)).replace(b"\0", b"")
    return b"\0\2" + filling + b"\0" + message


def _oaep(message: bytes, size: int, padding: Padding, random: RandomBytes) -> bytes:
    """EME-OAEP with an empty label (RFC 8017, 7.1.1)."""
    digest = sha1 if padding is Padding.OAEP else sha256
    mask = sha256 if padding is Padding.OAEP_256 else sha1
    width = digest().digest_size
    filling = size - len(message) - 2 * width - 2
    if filling < 0:
        raise ValueError(f"{len(message)} bytes are too long for an RSA key of {size} bytes")
    seed = random(width)
    data = _masked(digest(b"").digest() + bytes(filling) + b"\1" + message, seed, mask)
    return b"\0" + _masked(seed, data, mask) + data


def _masked(value: bytes, seed: bytes, digest: Any) -> bytes:
    """The value under the mask that MGF1 makes of the seed (RFC 8017, B.2.1)."""
    mask = b""
    while len(mask) < len(value):
        counter = len(mask) // digest().digest_size
        mask += digest(seed + counter.to_bytes(4, "big")).digest()
    return bytes(left ^ right for left, right in zip(value, mask, strict=False))
