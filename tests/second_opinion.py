"""A judge of envelopes that shares no code with conformance/crypto: regular expressions, and bare RSA and AES.

It knows one good form only: compact, RS256; or compact, A256GCMKW and A256GCM.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

# No padding, no other characters, and no bits beside those of whole bytes.
_WHOLE = "(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?"
_JWS = re.compile(rf"({_WHOLE})\.({_WHOLE})\.({_WHOLE})")
_JWE = re.compile(rf"({_WHOLE})\.({_WHOLE})\.({_WHOLE})\.({_WHOLE})\.({_WHOLE})")
_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017, 9.2, note 1


def is_good_jws(text: str, key: RSAPublicKey) -> bool:
    """Whether `text` is a compact JWS of RS256 by this key."""
    match = _JWS.fullmatch(text)
    if match is None:
        return False
    header = _header(match[1])
    if header is None or header["alg"] != "RS256":
        return False
    numbers = key.public_numbers()
    size = (key.key_size + 7) // 8
    signature = _bytes(match[3])
    digest = sha256(f"{match[1]}.{match[2]}".encode()).digest()
    block = b"\0\1" + b"\xff" * (size - 54) + b"\0" + _SHA256_INFO + digest
    number = int.from_bytes(signature, "big")
    return len(signature) == size and pow(number, numbers.e, numbers.n) == int.from_bytes(block, "big")


def content_of(text: str, key: bytes) -> bytes | None:
    """What a compact JWE of A256GCMKW and A256GCM holds for this key; None where it is none."""
    match = _JWE.fullmatch(text)
    if match is None:
        return None
    header = _header(match[1])
    if header is None or (header["alg"], header.get("enc")) != ("A256GCMKW", "A256GCM") or "zip" in header:
        return None
    iv_of_key, tag_of_key = header.get("iv"), header.get("tag")
    if not all(isinstance(value, str) and re.fullmatch(_WHOLE, value) for value in (iv_of_key, tag_of_key)):
        return None
    content_key = _gcm(key, _bytes(iv_of_key), _bytes(match[2]), _bytes(tag_of_key), b"")
    if content_key is None or len(content_key) != 32:
        return None
    return _gcm(content_key, _bytes(match[3]), _bytes(match[4]), _bytes(match[5]), match[1].encode())


def _gcm(key: bytes, iv: bytes, ciphertext: bytes, tag: bytes, authenticated: bytes) -> bytes | None:
    if len(iv) != 12 or len(tag) != 16:
        return None
    decryptor = Cipher(AES(key), GCM(iv, tag)).decryptor()
    decryptor.authenticate_additional_data(authenticated)
    try:
        return decryptor.update(ciphertext) + decryptor.finalize()
    except InvalidTag:
        return None


def _bytes(text: str) -> bytes:
    return b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)


def _header(part: str) -> dict[str, Any] | None:
    names: list[str] = []

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names.extend(name for name, _ in pairs)
        return dict(pairs)

    try:
        header = json.loads(_bytes(part).decode(), object_pairs_hook=noted)
    except ValueError:
        return None
    if not isinstance(header, dict) or "alg" not in header or "crit" in header or names.count("alg") > 1:
        return None
    return header
