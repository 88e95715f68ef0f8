"""Redaction by value: secrets become named slots, personal data become keyed pseudonyms of the same shape.

A pseudonym keeps length, letter case, digits and punctuation, and equal values stay equal within a run, so a
redacted exchange still shows what was wrong with it. The key is drawn anew for each run and kept nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

_CYRILLIC = "абвгдежзиклмнопрстуфхцчшэюя"
_SHORTEST_REMEMBERED = 5  # shorter values are ordinary words somewhere else


class Redactor:
    """Takes secrets and personal data out of any text that leaves the process.

    `secrets_by_slot` maps a slot name to a secret value. `personal_patterns` are regular expressions
    whose whole match is personal wherever it stands (an IBAN, an IIN). `personal_members` are names of JSON
    members whose text or number is personal.
    """

    def __init__(
        self,
        secrets_by_slot: Mapping[str, str] | None = None,
        personal_patterns: Iterable[str] = (),
        personal_members: Iterable[str] = (),
    ) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._slots: dict[str, str] = {}
        self._by_length: list[str] = []
        self._personal: dict[str, str] = {}
        # One pattern and one pass: a stand-in has the shape of its value, and must not be replaced once more.
        personal = [f"(?:{pattern})" for pattern in personal_patterns]
        if members := "|".join(map(re.escape, personal_members)):
            # A text, also one that a cut-off body never ends; or a number, which an IIN may have been made into.
            value = r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|-?\d+(?:\.\d+)?'
            personal.insert(0, rf'(?P<member>"(?:{members})"\s*:\s*)(?P<value>{value})')
        self._pattern = re.compile("|".join(personal), re.DOTALL) if personal else None
        for slot, value in (secrets_by_slot or {}).items():
            self.add_secret(slot, value)

    def add_secret(self, slot: str, value: str) -> None:
        """Know one more secret; every form in which it may come back is replaced by `<slot>`."""
        if len(value) < 4:  # a value this short cannot be told from ordinary text
            return
        with self._lock:
            for form in _forms(value):
                self._slots.setdefault(form, slot)
            # Longest first, so that a secret inside another one does not break it up.
            self._by_length = sorted(self._slots, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without any secret or personal value."""
        # Searching for each is faster than one pattern of them all, which each new token would have to rebuild.
        for form in self._by_length:
            if form in text:
                text = text.replace(form, f"<{self._slots[form]}>")
        if self._pattern is None:
            return text
        learnt: dict[str, str] = {}
        text = self._pattern.sub(lambda match: self._replaced(match, learnt), text)
        if learnt:
            with self._lock:
                self._personal.update(learnt)
        # A name that stands in its own member may stand in another one of the same answer as well.
        return _without(learnt, text)

    def prose(self, text: str) -> str:
        """As `text`, and without any personal value met so far: for sentences that quote an answer, and errors."""
        text = self.text(text)
        with self._lock:
            known = {value: stand_in for value, stand_in in self._personal.items() if value in text}
        return _without(known, text)

    def pseudonym(self, value: str) -> str:
        """A keyed stand-in of the same shape; a leading country code of two capitals is kept."""
        kept = value[:2] if re.match(r"[A-Za-z]{2}\d\d", value) else ""
        stream = _keystream(self._key, value)
        return kept + "".join(_same_kind(char, next(stream)) for char in value[len(kept) :])

    def _replaced(self, match: re.Match[str], learnt: dict[str, str]) -> str:
        found = match.groupdict()
        if found.get("member") is None:
            return self.pseudonym(match.group())
        return found["member"] + self._stand_in_of_member(found["value"], learnt)

    def _stand_in_of_member(self, written: str, learnt: dict[str, str]) -> str:
        try:
            value = json.loads(written)
        except ValueError:
            value = None
        if not isinstance(value, str):
            stand_in = self.pseudonym(written)
            if stand_in.startswith("0") and not written.startswith("0"):
                stand_in = f"1{stand_in[1:]}"  # a number stays one
            _remember(written.strip('"'), stand_in.strip('"'), learnt)
            return stand_in
        stand_in = self.pseudonym(value)
        _remember(value, stand_in, learnt)
        # A lone surrogate, which no file could take, goes back to its escape.
        return json.dumps(stand_in, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def _remember(value: str, stand_in: str, learnt: dict[str, str]) -> None:
    if len(value) >= _SHORTEST_REMEMBERED:
        learnt[value] = stand_in


def _without(stand_ins: Mapping[str, str], text: str) -> str:
    """The text with every known value replaced, longest first."""
    for value in sorted(stand_ins, key=len, reverse=True):
        text = text.replace(value, stand_ins[value])
    return text


def _forms(value: str) -> set[str]:
    """A value as it may come back: as it is, percent-encoded in some way, or inside a JSON text."""
    encoded = {quote(value, safe=""), quote(value), quote_plus(value)}
    lower = {re.sub("%..", lambda match: match.group().lower(), form) for form in encoded}
    return {value, *encoded, *lower, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}


def _keystream(key: bytes, value: str) -> Iterator[int]:
    block = 0
    while True:
        yield from hmac.new(key, f"{block}:{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        block += 1


def _same_kind(char: str, byte: int) -> str:
    if char.isascii():
        if char.isdigit():
            return str(byte % 10)
        if char.isalpha():
            letter = chr(ord("a") + byte % 26)
            return letter.upper() if char.isupper() else letter
        return char
    if char.isalpha():
        letter = _CYRILLIC[byte % len(_CYRILLIC)]
        return letter.upper() if char.isupper() else letter
    return char
