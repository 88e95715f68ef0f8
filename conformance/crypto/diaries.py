"""A diary: lines that only somebody can read or write who has the same secrets (RFC 5869; NIST SP 800-38D).

The key is derived from the secrets together, so it is as hard to guess as the hardest of them. Each line has its own
nonce and is bound to its place: a line that was changed, moved or left out cannot be read.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
SALT_BYTES = 16


class Unreadable(Exception):
    """A line that was written with other secrets, or changed, or moved."""


class Diary:
    """Seals and opens lines by their places, from 0. `salt` is drawn for each diary and is no secret."""

    def __init__(self, secrets: Iterable[str], salt: bytes) -> None:
        texts = sorted({secret.encode("utf-8", "surrogatepass") for secret in secrets})
        material = b"".join(len(text).to_bytes(8) + text for text in texts)
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt, b"openbanking-conformance diary").derive(material))

    def sealed(self, place: int, text: str) -> str:
        """The line of a text: ASCII, without a line break."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode("utf-8", "surrogatepass"), place.to_bytes(8))
        return b64encode(nonce + sealed).decode("ascii")

    def opened(self, place: int, line: str) -> str:
        """The text of a line. Raises Unreadable."""
        try:
            raw = b64decode(line, validate=True)
            opened = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.to_bytes(8))
        except (InvalidTag, ValueError):
            raise Unreadable(f"line {place}") from None
        return opened.decode("utf-8", "surrogatepass")
