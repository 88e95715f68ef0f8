"""imts signature: what a given pg_sig is, whatever bytes it should have: hex digits, capitals, Base64, cut."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.contracts.imts.wire import Number

_GOOD = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAMES = {16: "MD5", 20: "SHA-1", 48: "SHA-384", 64: "SHA-512"}  # by bytes
_LEAST_CUT = 8  # bytes; a shorter beginning fits by chance


@dataclass(frozen=True, slots=True)
class Spelling:
    """A pg_sig, and the bytes that it may stand for. `flaw` is empty for 64 lower-case hex digits."""

    flaw: str
    values: tuple[bytes, ...]

    def fits(self, digest: bytes) -> bool:
        """Whether these are the bytes of a digest."""
        return digest in self.values

    def begins(self, digest: bytes) -> bool:
        """Whether a digest was cut to these bytes."""
        return any(_LEAST_CUT <= len(found) < len(digest) and digest.startswith(found) for found in self.values)


def spelling(value: Any) -> Spelling:
    """What stands in pg_sig."""
    if not isinstance(value, str):
        kind = {Number: "a number", bool: "true or false", type(None): "null"}.get(type(value), "an object or a list")
        return Spelling(kind, ())
    if _GOOD.fullmatch(value):
        return Spelling("", (bytes.fromhex(value),))
    return Spelling(_flaw(value), tuple(_bytes(value)))


def _flaw(text: str) -> str:
    if not text.strip():
        return "an empty text"
    bare = text.strip()
    around = "" if bare == text else ", and blanks or line ends around them"
    hexadecimal = re.sub(r"^0x|[\s:-]", "", bare)
    if re.fullmatch(r"[0-9a-fA-F]+", hexadecimal):
        around += "" if hexadecimal == bare else ", and signs between them"
        name = _NAMES.get(len(hexadecimal) // 2) if len(hexadecimal) % 2 == 0 else None
        told = f"{len(hexadecimal)} hex digits{f', as {name} has' if name else ''}"
        capitals = sum(letter.isupper() for letter in hexadecimal)
        return told + (f", {capitals} of them capitals" if capitals else "") + around
    for found in _in_base64(bare):
        if re.fullmatch(rb"[0-9a-fA-F]{64}", found):
            return "Base64 of hex digits"
        if len(found) in (32, *_NAMES):
            return f"Base64 of {len(found)} bytes, not hex"
    return f"a text of {len(text)} characters that are not all hex digits"


def _bytes(text: str) -> Iterator[bytes]:
    """Every reading of a text that is no 64 lower-case digits."""
    bare = re.sub(r"^0x|[\s:-]", "", text.strip())
    if re.fullmatch(r"([0-9a-fA-F]{2})+", bare):
        yield bytes.fromhex(bare)
    for found in _in_base64(text.strip()):
        yield found
        if re.fullmatch(rb"[0-9a-fA-F]{64}", found):
            yield bytes.fromhex(found.decode("ascii"))


def _in_base64(text: str) -> Iterator[bytes]:
    """Either alphabet, with padding or without."""
    if re.fullmatch(r"[A-Za-z0-9+/_-]{8,1024}={0,2}", text, re.ASCII) and len(text.rstrip("=")) % 4 != 1:
        plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
        yield base64.b64decode(plain + "=" * (-len(plain) % 4))
