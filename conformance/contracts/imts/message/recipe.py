"""imts signature: how a pg_sig may have come about, step by step, so that each step can be another than it should be.

The defaults are the rule of the source under its default reading. `letters` may be those of members or of what is shown
in their place: the same steps make the text that a person sees.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.contracts.imts.signature import HmacKey, NumberText, SignatureReading, shortest
from conformance.contracts.imts.wire import SALT, SIGNATURE, Number, body_of

Named = tuple[str, Any]
Digest = Callable[[bytes, bytes], bytes]


def same(text: str) -> str:
    return text


def by_name(members: Sequence[Named]) -> Sequence[Named]:
    return sorted(members, key=lambda member: member[0])


def has_value(value: Any) -> bool:
    return value is not None and value != ""


def as_json(value: bool) -> str:
    return "true" if value else "false"


def values_alone(pieces: Sequence[Named], separator: str) -> str:
    return separator.join(text for _, text in pieces)


def after(text: str, secret: str, separator: str) -> str:
    return f"{text}{separator}{secret}" if text else secret


def left_off(text: str, secret: str, separator: str) -> str:
    return text


def in_utf_8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def hmac_of(name: str) -> Digest:
    return lambda text, key: hmac.digest(key, text, name)


_SHA256 = hmac_of("sha256")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Each step from the members of a body to the bytes of a digest. `left_out` are names beside pg_sig."""

    left_out: frozenset[str] = frozenset()
    counts_itself: bool = False
    counts: Callable[[Any], bool] = has_value
    null: str = ""
    order: Callable[[Sequence[Named]], Sequence[Named]] = by_name
    number: Callable[[str], str] = same
    boolean: Callable[[bool], str] = as_json
    letters: Callable[[str], str] = same
    join: Callable[[Sequence[Named], str], str] = values_alone
    separator: str = ";"
    secret: Callable[[str], str] = same
    place: Callable[[str, str, str], str] = after
    end: str = ""
    whole: Callable[[str], str] = same
    encoding: Callable[[str], bytes] = in_utf_8
    key: Callable[[str], bytes] = in_utf_8
    digest: Digest = _SHA256

    def pieces(self, members: Mapping[str, Any]) -> list[Named]:
        """The names and texts that are joined. Raises ValueError for a member that is no flat value."""
        named = [(name, value) for name, value in members.items() if name != SIGNATURE or self.counts_itself]
        named = [(name, "" if name == SIGNATURE else value) for name, value in named if name not in self.left_out]
        chosen = [member for member in named if member[0] == SIGNATURE or self.counts(member[1])]
        return [(name, self._text(value)) for name, value in self.order(chosen)]

    def text(self, pieces: Sequence[Named], secret: str) -> str:
        """What is signed, made of these pieces or of what is shown in their place."""
        return self.whole(self.place(self.join(pieces, self.separator), secret, self.separator) + self.end)

    def made(self, members: Mapping[str, Any], secret: str) -> bytes:
        """The digest. Raises ValueError where a step cannot be taken."""
        own = self.secret(secret)
        return self.digest(self.encoding(self.text(self.pieces(members), own)), self.key(own))

    def _text(self, value: Any) -> str:
        match value:
            case Number():
                return self.number(value.text)
            case bool():
                return self.boolean(value)
            case str():
                return self.letters(value)
            case None:
                return self.null
        raise ValueError("an object or a list has no text that could be signed")


def no_key(secret: str) -> bytes:
    return b""


def recipe_of(reading: SignatureReading) -> Recipe:
    """The steps under one reading."""
    return Recipe(
        left_out=frozenset() if reading.salt_is_signed else frozenset({SALT}),
        number=same if reading.numbers is NumberText.AS_SENT else shortest,
        place=after if reading.secret_is_appended else left_off,
        key=in_utf_8 if reading.key is HmacKey.AGENT_SECRET else no_key,
    )


# --- other ways to join ---------------------------------------------------------------------------------------


def as_query(pieces: Sequence[Named], separator: str) -> str:
    return "&".join(f"{name}={text}" for name, text in pieces)


def names_and_values(pieces: Sequence[Named], separator: str) -> str:
    return separator.join(f"{name}={text}" for name, text in pieces)


def as_object(pieces: Sequence[Named], separator: str) -> str:
    """JSON of texts; numbers lose their kind, as in a table of strings."""
    return body_of(dict(pieces)).decode("utf-8", "surrogatepass")


def as_spaced_object(pieces: Sequence[Named], separator: str) -> str:
    return json.dumps(dict(pieces), ensure_ascii=False)
