"""JSON as RFC 7158 defines it, read without loss and with its faults named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from conformance.errors import UnreadableReply


@dataclass(frozen=True, slots=True)
class JsonText:
    """A body read as JSON.

    `value` keeps integers exact at any size; a number written with a fraction or an exponent
    is a Decimal, so that `10001.0` stays distinct from `10001`. `faults` lists what a lenient
    reader would have let pass: a byte order mark, a member given twice, NaN or Infinity.
    """

    value: Any
    faults: tuple[str, ...]


def read_json(body: bytes) -> JsonText:
    """Read a body; raises UnreadableReply when it is not JSON in UTF-8 at all.

    Many checks read the same answer, so what was read is shared: nobody may change it.
    """
    return _remembered(body) if len(body) <= _LARGEST_REMEMBERED else _read(body)


_LARGEST_REMEMBERED = 64 * 1024  # bytes; larger ones are rare, and would hold much memory


@lru_cache(maxsize=2048)
def _remembered(body: bytes) -> JsonText:
    return _read(body)


def _read(body: bytes) -> JsonText:
    faults: list[str] = []
    if not body.strip():
        raise UnreadableReply("body", "is empty")
    if body.startswith(b"\xef\xbb\xbf"):
        faults.append("starts with a byte order mark")
        body = body[3:]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableReply("body", f"is not UTF-8 at byte {error.start}") from None

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for name, value in pairs:
            if name in seen:
                faults.append(f'has the member "{name}" twice in one object')
            seen[name] = value
        return seen

    def constant(name: str) -> Any:
        faults.append(f"has {name}, which is no JSON number")
        return Decimal(name)

    try:
        value = json.loads(text, object_pairs_hook=members, parse_float=Decimal, parse_constant=constant)
    except RecursionError:
        raise UnreadableReply("body", "is not JSON (nested too deep)") from None
    except InvalidOperation:
        raise UnreadableReply("body", "has a number whose exponent is too large to read") from None
    except ValueError as error:
        raise UnreadableReply("body", f"is not JSON ({error})") from None
    if "\\ud" in text.lower() and _has_half_a_pair(value):
        faults.append("has half of a surrogate pair, which UTF-8 cannot hold")
    return JsonText(value, tuple(dict.fromkeys(faults)))


def _has_half_a_pair(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def kind_of(value: Any) -> str:
    """The JSON name of a value's type, for messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, Decimal):
        return "number with a fraction or exponent"
    names: dict[type, str] = {str: "string", list: "array", dict: "object"}
    return names.get(type(value), type(value).__name__)
