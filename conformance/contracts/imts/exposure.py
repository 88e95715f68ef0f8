"""Where something that must not be seen shows in what a target sent, in whatever spelling.

What is looked for are secrets, so the findings are facts of the run: which exchange shows which value, by name.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.seen import name_of
from conformance.engine.observation import expect, none_found
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Exchange

_SHORTEST = 4  # characters of a value that can be told from ordinary text
_SURE = 9  # a text of so many characters does not come about by chance inside another one
_SHORTEST_PIECE = 10  # characters of Base64 that do not either
_LARGEST = 64 * 1024  # bytes of a body that is looked into
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def nothing_shown(
    partner: Partner,
    what: str,
    exchanges: Iterable[Exchange],
    said: Callable[[Exchange], Reply | Request | None],
    hidden: Callable[[], Mapping[str, bytes]],
) -> None:
    """Assertion: nothing that the target `said` in these exchanges shows one of the hidden values, told by name."""
    seen = {exchange.number: exchange for exchange in exchanges}

    def find() -> str:
        look = [(name, Spellings.of(value)) for name, value in hidden().items()]
        shown = {
            number: sorted(name for name, spellings in look if spellings.stand_in(text))
            for number, exchange in seen.items()
            if (text := _text_of(said(exchange))) is not None
        }
        return json.dumps({number: names for number, names in shown.items() if names})

    found: dict[str, list[str]] = json.loads(partner.fact(what, find))
    shown = sorted({f"{name} in {name_of(seen[int(number)])}" for number, names in found.items() for name in names})
    expect(what, shown, none_found, evidence=seen[int(next(iter(found)))] if found else None)


def _text_of(message: Reply | Request | None) -> str | None:
    """All that a message says, also without percent-encoding and escapes; None for what is too large to look into."""
    if message is None or len(message.body) > _LARGEST:
        return None
    text = "\n".join([*(value for _, value in message.headers), message.body.decode("utf-8", "replace")])
    texts = [text, unquote(text)] if "%" in text else [text]
    if "\\u" in text:
        texts.append(_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text))
    return "\n".join(texts)


@dataclass(frozen=True, slots=True)
class Spellings:
    """A value as it may be written: as a text, in hex, and inside of a Base64 text at any of its three places."""

    plain: str | None
    coded: tuple[str, ...]

    @classmethod
    def of(cls, value: bytes) -> Spellings:
        try:
            plain: str | None = value.decode("utf-8")
        except UnicodeDecodeError:
            plain = None
        if len(value) < _SHORTEST:
            return cls(None, ())
        coded = [value.hex(), value.hex().upper()] if len(value) >= _SURE else []
        for shift in range(3):
            # Without the first and last characters, which hold bits of what stands around it.
            piece = base64.b64encode(b"\0" * shift + value)[4 if shift else 0 : -4].decode("ascii")
            if len(piece) >= _SHORTEST_PIECE:
                coded += [piece, piece.replace("+", "-").replace("/", "_")]
        return cls(plain, tuple(coded))

    def stand_in(self, text: str) -> bool:
        """Whether the value shows; a short one in clear only where no letter or digit stands next to it."""
        if any(form in text for form in self.coded):
            return True
        if self.plain is None or self.plain not in text:
            return False
        return len(self.plain) >= _SURE or re.search(rf"(?<!\w){re.escape(self.plain)}(?!\w)", text) is not None
