"""Compact texts taken apart: strictly judged, and read on leniently where they are misspelt or not compact at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.contracts.instant_payment.message.forms import counted, form
from conformance.crypto import compact
from conformance.crypto.compact import BadEnvelope

JWS_PARTS = ("protected", "payload", "signature")
JWE_PARTS = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
"""The parts of the compact forms, by the names that the JSON forms give them (RFC 7515, 7.2; RFC 7516, 7.2)."""


@dataclass(frozen=True, slots=True)
class Apart:
    """The bytes of each part, None where it is missing or cannot be decoded; `texts` are the parts as they would be
    spelt strictly. `flaws` says what is wrong with the spelling, each a sentence; none where it is strict.
    """

    parts: tuple[bytes | None, ...]
    texts: tuple[str, ...]
    flaws: tuple[str, ...]


def take_apart(value: Any, names: tuple[str, ...]) -> Apart | None:
    """A text, or the object of a JSON form; None for what is neither."""
    if isinstance(value, Mapping):
        return _json_form(value, names)
    if not isinstance(value, str):
        return None
    flaws: list[str] = []
    bare = re.sub(r"\s", "", value)
    if bare != value:
        flaws.append("it holds white space")
    pieces = bare.split(".")
    if len(pieces) == 1:
        return None
    if len(pieces) != len(names):
        flaws.append(f"it has {counted(len(pieces), 'part')} joined by dots")
    return _decoded([*pieces, *[""] * len(names)][: len(names)], names, flaws, len(pieces))


def _json_form(members: Mapping[str, Any], names: tuple[str, ...]) -> Apart | None:
    inner = members
    for several in ("signatures", "recipients"):
        first = members.get(several)
        if isinstance(first, list) and first and isinstance(first[0], Mapping):
            inner = {**members, **first[0]}
    pieces = [inner.get(name) for name in names]
    if not any(isinstance(piece, str) for piece in pieces) or not isinstance(inner.get(names[-1]), str):
        return None
    texts = [piece if isinstance(piece, str) else "" for piece in pieces]
    return _decoded(texts, names, ["it is in JSON serialisation"], len(names))


def _decoded(pieces: list[str], names: tuple[str, ...], flaws: list[str], count: int) -> Apart:
    parts: list[bytes | None] = []
    for place, (piece, name) in enumerate(zip(pieces, names, strict=True)):
        try:
            parts.append(compact.decoded(piece, name) if place < count else None)
        except BadEnvelope:
            parts.append(_leniently(piece))
            flaws.append(f"its {name.replace('_', ' ')} {_misspelling(piece, parts[-1])}")
    texts = tuple(compact.encoded(part) if part is not None else "" for part in parts)
    return Apart(tuple(parts), texts, tuple(flaws))


def _leniently(piece: str) -> bytes | None:
    """Base64 or Base64url, padded or not, spare bits overlooked."""
    text = piece.rstrip("=").translate(str.maketrans("+/", "-_"))
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        return None
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = {2: 0x30, 3: 0x3C}.get(len(text) % 4)
    if spare is not None:
        text = text[:-1] + alphabet[alphabet.index(text[-1]) & spare]
    return compact.decoded(text, "part")


def _misspelling(piece: str, value: bytes | None) -> str:
    if piece.endswith("="):
        return "is padded with ="
    if value is None:
        return f"is no Base64url: {form(piece)}"
    return "is in standard Base64 (+ and /)" if re.search(r"[+/]", piece) else "has spare bits that are not zero"
