"""instant-payment signature: from the bytes of a file to the header, the payload and the signature of a JWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.contracts.instant_payment.message.apart import JWS_PARTS, Apart, take_apart
from conformance.contracts.instant_payment.message.forms import form
from conformance.contracts.instant_payment.message.jsonread import (
    OF_ENCODING,
    Json,
    JsonFault,
    Number,
    decode,
    read,
)
from conformance.contracts.instant_payment.message.notebook import Notebook
from conformance.contracts.instant_payment.wire import MANDATORY, SIGNED_MESSAGE
from conformance.crypto import compact

_SIGNED_MEMBERS = frozenset(name for names in MANDATORY.values() for name in names)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a file held. `header` is what could be read of it; `beside` are the other members of the request body.

    `inputs` are the bytes that a signature may be over: those of the strict spelling, and those as they were found.
    """

    kind: str
    header: Mapping[str, Any] | None = None
    payload: bytes | None = None
    signature: bytes | None = None
    inputs: tuple[bytes, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)


def read_envelope(content: bytes, note: Notebook) -> Envelope:
    """Take a file apart and note what is wrong with its form (SIGNATURE-01, ENVELOPE-05, -06)."""
    faults: list[tuple[JsonFault, str]] = []
    text = decode(content, faults).strip()  # an editor's line end is no part of the message
    found = read(content) if text[:1] in ("{", "[", '"') else None
    if found is None or not isinstance(found.value, dict):
        value = found.value if found is not None and isinstance(found.value, str) else text
        _note_encoding(note, "file", Json(None, tuple(faults), False))
        return _envelope_of(value, "a compact JWS alone", note)
    _note_encoding(note, "request body", found)
    _note_twice(note, "request body", found)
    body = found.value
    if SIGNED_MESSAGE in body:
        beside = {name: value for name, value in body.items() if name != SIGNED_MESSAGE}
        return _envelope_of(body[SIGNED_MESSAGE], "a request body with signed_message", note, beside, found)
    return _envelope_of(body, "a JSON object without signed_message", note, source=content)


def _envelope_of(
    value: Any,
    kind: str,
    note: Notebook,
    beside: Mapping[str, Any] | None = None,
    body: Json | None = None,
    source: bytes = b"",
) -> Envelope:
    beside = beside or {}
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        inner = read(value.encode("utf-8", "replace"))
        value = inner.value if inner.object is not None else value
    if isinstance(value, Mapping) and _SIGNED_MEMBERS & value.keys():
        _not_compact(note, "the object itself, not signed")
        return Envelope(kind, payload=source or _as_bytes(value), beside=beside)
    apart = None if isinstance(value, Number) else take_apart(value, JWS_PARTS)
    if apart is None:
        _not_compact(note, form(value))
        note.stopped = "no JWS could be found in the file"
        return Envelope(kind, beside=beside)
    constants = body.told(JsonFault.CONSTANT) if body else ""
    flaws = [*apart.flaws, *([f"the request body {constants}"] if constants else [])]
    header = _header(apart, note, flaws)
    if flaws:
        _not_compact(note, "; ".join(flaws))
    else:
        note.right("IPG-SIGNATURE-01", SIGNED_MESSAGE, "three parts in Base64url, the header a JSON object")
    return Envelope(kind, header, apart.parts[1], apart.parts[2], _inputs(value, apart), beside)


def _header(apart: Apart, note: Notebook, flaws: list[str]) -> Mapping[str, Any] | None:
    if apart.parts[0] is None:
        return None
    found = read(apart.parts[0])
    _note_twice(note, "JWS header", found)
    if found.object is None:
        flaws.append(f"its header {found.told(JsonFault.NO_JSON) or f'is {form(found.value)}'}, not a JSON object")
    elif told := found.told(*OF_ENCODING, JsonFault.CONSTANT):
        flaws.append(f"its header {told}")
    elif "crit" in found.object:
        flaws.append("its header has crit, which asks for extensions that the source does not know")
    return found.object


def _inputs(value: Any, apart: Apart) -> tuple[bytes, ...]:
    strict = f"{apart.texts[0]}.{apart.texts[1]}".encode("ascii")
    if not isinstance(value, str):
        return (strict,)
    as_found = ".".join(re.sub(r"\s", "", value).split(".")[:2]).encode("utf-8", "replace")
    return tuple(dict.fromkeys((strict, as_found)))


def _not_compact(note: Notebook, actual: str) -> None:
    note.wrong("IPG-SIGNATURE-01", SIGNED_MESSAGE, "a JWS in compact serialisation: header.payload.signature", actual)


def _as_bytes(value: Mapping[str, Any]) -> bytes:
    return compact.as_json(value) if _is_utf8(value) else b"{}"


def _is_utf8(value: Mapping[str, Any]) -> bool:
    try:
        compact.as_json(value)
    except UnicodeEncodeError:
        return False
    return True


def _note_encoding(note: Notebook, where: str, found: Json) -> None:
    """IPG-ENVELOPE-05, of one text; that all were looked at is noted by who looks at the last."""
    if told := found.told(*OF_ENCODING):
        note.wrong("IPG-ENVELOPE-05", where, "UTF-8 without a byte order mark", f"it {told}")


def _note_twice(note: Notebook, where: str, found: Json) -> None:
    """IPG-ENVELOPE-06, of one text."""
    if JsonFault.TWICE in dict(found.faults):
        note.wrong("IPG-ENVELOPE-06", where, "every member once in its object", "a member stands twice")


def read_payload(payload: bytes | None, note: Notebook) -> Mapping[str, Any] | None:
    """The signed object (CONTENT-05), as far as it can be read."""
    if payload is None:
        note.stopped = note.stopped or "the payload of the JWS cannot be decoded"
        return None
    found = read(payload)
    _note_encoding(note, "payload", found)
    _note_twice(note, "payload", found)
    expected = "one JSON object (RFC 8259)"
    if told := found.told(JsonFault.NO_JSON, JsonFault.CONSTANT):
        if not found.is_read and found.told(*OF_ENCODING):
            note.unknown(["IPG-CONTENT-05"], "payload", "what is not UTF-8 cannot be read as JSON")
        else:
            note.wrong("IPG-CONTENT-05", "payload", expected, f"it {told}")
    else:
        note.judge("IPG-CONTENT-05", "payload", found.object is not None, expected, form(found.value))
    if found.object is None:
        note.stopped = "what is signed cannot be read as a JSON object"
    return found.object


def judge_inner(found: Json, where: str, note: Notebook) -> None:
    """Members that stand twice inside encrypted data or its header (ENVELOPE-06)."""
    _note_twice(note, where, found)


def settle(note: Notebook, looked_at: str, missing: str) -> None:
    """IPG-ENVELOPE-05 and -06 hold where nothing is noted against them and everything could be read."""
    for requirement in ("IPG-ENVELOPE-05", "IPG-ENVELOPE-06"):
        if missing:
            note.unknown([requirement], "encrypted data", missing)
        if not note.is_judged(requirement):
            note.right(requirement, looked_at)
