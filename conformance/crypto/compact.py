"""What envelopes share: named flaws, Base64 in one spelling, the compact form of JWS and JWE (RFC 7515, 7516)."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from conformance.errors import SuiteError


class Flaw(StrEnum):
    """The step at which an envelope was refused; the words complete the sentence "the envelope ..."."""

    NOT_COMPACT = "is not compact"
    NOT_BASE64 = "has a part that is not strict Base64url"
    HEADER = "has a header that is not a JSON object in UTF-8"
    HEADER_TWICE = "has a header that names a member twice"
    CRITICAL = "has critical header members that are not understood"
    ALGORITHM = "names an algorithm that is not accepted"
    # of a JWS
    KEY_ID = "names a key id that is not in the key set"
    SIGNATURE = "has a signature that does not fit"
    PAYLOAD = "has a payload that is not a JSON object"
    # of a JWE
    ENCRYPTION = "names a content encryption that is not accepted"
    COMPRESSED = "is compressed"
    KEY_IV = "has no header member iv of 12 bytes"
    KEY_TAG = "has no header member tag of 16 bytes"
    ENCRYPTED_KEY = "has an encrypted key that is not 32 bytes"
    IV = "has an IV that is not 12 bytes"
    TAG = "has a tag that is not 16 bytes"
    WRONG_KEY = "has an encrypted key that does not fit its tag with this AES key"
    CONTENT = "has a ciphertext, header or IV that does not fit its tag"
    # of a transported key, and of AES-CBC
    STANDARD_BASE64 = "is not standard Base64"
    TRANSPORT_LENGTH = "is not as long as the modulus of the RSA key"
    TRANSPORT = "does not open with this RSA key and padding"
    AES_KEY = "is not an AES key of 32 bytes"
    # of AES-CBC
    CBC_IV = "has an IV that is not 16 bytes"
    BLOCKS = "has a ciphertext that is not one or more blocks of 16 bytes"
    FILLING = "does not end in PKCS#7 padding with this AES key"


class BadEnvelope(SuiteError):
    """A text is not the envelope that it should be: `flaw` is the step that failed, the message adds what was seen."""

    def __init__(self, flaw: Flaw, seen: str = "") -> None:
        super().__init__(f"{flaw}: {seen}" if seen else str(flaw))
        self.flaw = flaw


def split(text: str, names: tuple[str, ...]) -> list[bytes]:
    """The bytes of each part of a compact text whose parts bear these names. Raises BadEnvelope."""
    pieces = text.split(".")
    if len(pieces) != len(names):
        raise BadEnvelope(Flaw.NOT_COMPACT, f"{len(pieces)} parts joined by dots, not {len(names)}")
    return [decoded(piece, name) for piece, name in zip(pieces, names, strict=True)]


def joined(*parts: bytes) -> str:
    """A compact text of the given parts."""
    return ".".join(map(encoded, parts))


def encoded(value: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def decoded(text: str, name: str) -> bytes:
    """The bytes of a Base64url text without padding (RFC 7515, 2). Raises BadEnvelope, naming the part.

    The decoder overlooks padding, foreign characters and spare bits, each a second spelling of the same bytes:
    only the spelling that encodes back to itself is good.
    """
    try:
        value = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise BadEnvelope(Flaw.NOT_BASE64, name) from None
    if encoded(value) != text:
        raise BadEnvelope(Flaw.NOT_BASE64, name)
    return value


def standard_encoded(value: bytes) -> str:
    """Standard Base64 with padding (RFC 4648, 4)."""
    return b64encode(value).decode("ascii")


def standard_decoded(text: str) -> bytes:
    """The bytes of a standard Base64 text, spelt as it would be encoded. Raises BadEnvelope."""
    try:
        value = b64decode(text, validate=True)
    except ValueError:
        raise BadEnvelope(Flaw.STANDARD_BASE64) from None
    if standard_encoded(value) != text:
        raise BadEnvelope(Flaw.STANDARD_BASE64, "has spare bits")
    return value


def header_of(part: bytes) -> dict[str, Any]:
    """The JOSE header: one JSON object in UTF-8, each member named once, nothing critical (RFC 7515, 4 and 4.1.11).

    No extension is understood here, so every `crit` is refused; an empty one is forbidden anyway. Raises BadEnvelope.
    """
    try:
        header = json.loads(part.decode("utf-8"), object_pairs_hook=_named_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadEnvelope(Flaw.HEADER) from None
    if not isinstance(header, dict):
        raise BadEnvelope(Flaw.HEADER)
    if "crit" in header:
        raise BadEnvelope(Flaw.CRITICAL)
    return header


def as_json(value: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8 without white space between the members."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadEnvelope(Flaw.HEADER_TWICE)
    return members


def _no_number(name: str) -> None:
    raise ValueError(name)
