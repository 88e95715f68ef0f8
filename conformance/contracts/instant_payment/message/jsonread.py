"""JSON as strictly as messages need it, and read on all the same, so that one fault does not hide the next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class JsonFault(StrEnum):
    """What is wrong with a JSON text; the words complete the sentence "the text ..."."""

    ENCODING = "is not UTF-8"
    MARK = "starts with a byte order mark"
    HALF_PAIR = "holds half of a surrogate pair, which UTF-8 cannot hold"
    TWICE = "holds a member twice"
    CONSTANT = "holds NaN or Infinity, which are no JSON"
    NO_JSON = "is no JSON"


OF_ENCODING = frozenset({JsonFault.ENCODING, JsonFault.MARK, JsonFault.HALF_PAIR})


class Number(str):
    """A JSON number as it was written: 1e1 and 10 differ, and no length is too long."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Json:
    """A value as far as it could be read; `faults` with what was seen. `is_read` says whether there is a value."""

    value: Any
    faults: tuple[tuple[JsonFault, str], ...]
    is_read: bool

    def told(self, *faults: JsonFault) -> str:
        """The faults of these kinds in one sentence."""
        return "; ".join(f"{fault}{f' ({seen})' if seen else ''}" for fault, seen in self.faults if fault in faults)

    @property
    def object(self) -> dict[str, Any] | None:
        return self.value if isinstance(self.value, dict) else None


def read(text: bytes) -> Json:
    """Read a text; never raises. Names of members are not repeated in what is said, for they may be anything."""
    faults: list[tuple[JsonFault, str]] = []
    decoded = decode(text, faults)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            faults.append((JsonFault.TWICE, ""))
        return found

    def constant(name: str) -> Number:
        faults.append((JsonFault.CONSTANT, ""))
        return Number(name)

    try:
        value = json.loads(
            decoded, object_pairs_hook=members, parse_float=Number, parse_int=Number, parse_constant=constant
        )
    except json.JSONDecodeError as error:
        faults.append((JsonFault.NO_JSON, f"line {error.lineno}, column {error.colno}"))
        return Json(None, _once(faults), False)
    except (ValueError, RecursionError):
        faults.append((JsonFault.NO_JSON, "nested too deep"))
        return Json(None, _once(faults), False)
    if "\\ud" in decoded.lower() and any(_is_half_a_pair(text) for text in texts(value)):
        faults.append((JsonFault.HALF_PAIR, ""))
    return Json(value, _once(faults), True)


def decode(text: bytes, faults: list[tuple[JsonFault, str]]) -> str:
    """The text in the encoding that it seems to have; whatever is not UTF-8 without a mark is a fault."""
    encoding = json.detect_encoding(text)
    if encoding == "utf-8-sig":
        faults.append((JsonFault.MARK, ""))
    elif encoding != "utf-8":
        faults.append((JsonFault.ENCODING, f"it looks like {encoding.upper()}"))
        return text.decode(encoding, "replace")
    try:
        return text.decode(encoding)
    except UnicodeDecodeError as error:
        faults.append((JsonFault.ENCODING, f"byte {error.start}"))
        return text.decode(encoding, "replace")


def texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value, names of members among them."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting += [*item, *item.values()]
        elif isinstance(item, list):
            waiting += item


def _is_half_a_pair(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _once(faults: list[tuple[JsonFault, str]]) -> tuple[tuple[JsonFault, str], ...]:
    return tuple(dict.fromkeys(faults))
