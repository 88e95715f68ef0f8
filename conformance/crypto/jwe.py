"""Compact JWE (RFC 7516) with `alg` A256GCMKW and `enc` A256GCM (RFC 7518, 4.7 and 5.3).

Straight over AES-GCM of `cryptography`: jwcrypto draws its own random values, takes any length of an IV and
refuses an empty payload.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conformance.crypto import compact
from conformance.crypto.compact import BadEnvelope, Flaw

ALG, ENC = "A256GCMKW", "A256GCM"
KEY_BYTES, IV_BYTES, TAG_BYTES = 32, 12, 16

RandomBytes = Callable[[int], bytes]
_PARTS = ("header", "encrypted key", "IV", "ciphertext", "tag")


@dataclass(frozen=True, slots=True)
class Fresh:
    """What must be drawn anew for each message: the content key, the IV that wraps it, the IV of the content."""

    content_key: bytes
    key_iv: bytes
    iv: bytes

    @classmethod
    def drawn(cls, random: RandomBytes = os.urandom) -> Fresh:
        """Drawn from a source of random bytes, in this order."""
        return cls(random(KEY_BYTES), random(IV_BYTES), random(IV_BYTES))


@dataclass(frozen=True, slots=True)
class Sealed:
    """A compact JWE taken apart, as far as it can be judged without the key."""

    header: Mapping[str, Any]
    encrypted_key: bytes
    key_iv: bytes
    key_tag: bytes
    iv: bytes
    ciphertext: bytes
    tag: bytes
    authenticated: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """What the key gave: the payload as it was, and the content key, which no two messages should share."""

    payload: bytes
    content_key: bytes


def encrypt(payload: bytes, key: bytes, fresh: Fresh | None = None, **header: Any) -> str:
    """Encrypt a payload to an AES key of 32 bytes; further header members (`kid`, `typ`) as keywords.

    Raises BadEnvelope for a key of another length.
    """
    if len(key) != KEY_BYTES:
        raise BadEnvelope(Flaw.AES_KEY, f"{len(key)} bytes")
    fresh = fresh or Fresh.drawn()
    encrypted_key, key_tag = gcm(key, fresh.key_iv, fresh.content_key)
    members = {"alg": ALG, "enc": ENC, "iv": compact.encoded(fresh.key_iv), "tag": compact.encoded(key_tag)}
    return put_together({**members, **header}, encrypted_key, fresh.content_key, fresh.iv, payload)


def put_together(header: Mapping[str, Any], encrypted_key: bytes, content_key: bytes, iv: bytes, payload: bytes) -> str:
    """A compact JWE with AES-GCM content under any header and encrypted key, sound or not."""
    protected = compact.as_json(header)
    ciphertext, tag = gcm(content_key, iv, payload, compact.encoded(protected).encode("ascii"))
    return compact.joined(protected, encrypted_key, iv, ciphertext, tag)


def gcm(key: bytes, iv: bytes, plaintext: bytes, authenticated: bytes | None = None) -> tuple[bytes, bytes]:
    """Ciphertext and tag of AES-GCM."""
    both = AESGCM(key).encrypt(iv, plaintext, authenticated)
    return both[:-TAG_BYTES], both[-TAG_BYTES:]


def read(text: str) -> Sealed:
    """Take a compact JWE apart and judge what can be seen without the key.

    Raises BadEnvelope for what is not five strict parts with a strict header, names another `alg` or `enc`, is
    compressed, or has an IV, tag or encrypted key of the wrong length.
    """
    protected, encrypted_key, iv, ciphertext, tag = compact.split(text, _PARTS)
    header = compact.header_of(protected)
    if header.get("alg") != ALG:
        raise BadEnvelope(Flaw.ALGORITHM, repr(header.get("alg")))
    if header.get("enc") != ENC:
        raise BadEnvelope(Flaw.ENCRYPTION, repr(header.get("enc")))
    if "zip" in header:
        raise BadEnvelope(Flaw.COMPRESSED, repr(header["zip"]))
    key_iv = _member(header, "iv", IV_BYTES, Flaw.KEY_IV)
    key_tag = _member(header, "tag", TAG_BYTES, Flaw.KEY_TAG)
    if len(encrypted_key) != KEY_BYTES:
        raise BadEnvelope(Flaw.ENCRYPTED_KEY, f"{len(encrypted_key)} bytes")
    if len(iv) != IV_BYTES:
        raise BadEnvelope(Flaw.IV, f"{len(iv)} bytes")
    if len(tag) != TAG_BYTES:
        raise BadEnvelope(Flaw.TAG, f"{len(tag)} bytes")
    return Sealed(header, encrypted_key, key_iv, key_tag, iv, ciphertext, tag, text.partition(".")[0].encode("ascii"))


def opened(text: str, key: bytes) -> Opened:
    """Decrypt a compact JWE with an AES key of 32 bytes. Raises BadEnvelope."""
    sealed = read(text)
    if len(key) != KEY_BYTES:
        raise BadEnvelope(Flaw.AES_KEY, f"{len(key)} bytes")
    try:
        content_key = AESGCM(key).decrypt(sealed.key_iv, sealed.encrypted_key + sealed.key_tag, None)
    except InvalidTag:
        raise BadEnvelope(Flaw.WRONG_KEY) from None
    try:
        payload = AESGCM(content_key).decrypt(sealed.iv, sealed.ciphertext + sealed.tag, sealed.authenticated)
    except InvalidTag:
        raise BadEnvelope(Flaw.CONTENT) from None
    return Opened(payload, content_key)


def decrypt(text: str, key: bytes) -> bytes:
    """The payload of a compact JWE, decrypted with an AES key of 32 bytes. Raises BadEnvelope."""
    return opened(text, key).payload


def _member(header: Mapping[str, Any], name: str, length: int, flaw: Flaw) -> bytes:
    """A header member of A256GCMKW in Base64url (RFC 7518, 4.7.1)."""
    text = header.get(name)
    if not isinstance(text, str):
        raise BadEnvelope(flaw, "missing" if text is None else "no text")
    value = compact.decoded(text, f"header member {name}")
    if len(value) != length:
        raise BadEnvelope(flaw, f"{len(value)} bytes")
    return value
