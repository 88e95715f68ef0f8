"""HMAC-SHA256 in lower-case hex (RFC 2104)."""

from __future__ import annotations

import hmac


def hmac_sha256(message: bytes, key: bytes) -> str:
    """64 lower-case hex digits; the key may have any length, also none."""
    return hmac.digest(key, message, "sha256").hex()


def fits(text: str, message: bytes, key: bytes) -> bool:
    """Whether the text is the HMAC of the message in this very spelling: no capitals, nothing cut, nothing added."""
    return hmac.compare_digest(text.encode("utf-8", "replace"), hmac_sha256(message, key).encode("ascii"))
