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
from urllib.parse import quote

_CYRILLIC = "абвгдежзиклмнопрстуфхцчшэюя"
_SHORTEST_REMEMBERED = 5  # shorter values are ordinary words somewhere else


class Redactor:
    """Takes secrets and personal data out of any text that leaves the process.

    `secrets_by_slot` maps a slot name to a secret value. `personal_patterns` are regular expressions
    whose whole match is personal wherever it stands (an IBAN, an IIN). `personal_members` are names of JSON
    members whose string value is personal.
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
        self._slots_pattern: re.Pattern[str] | None = None
        self._personal: dict[str, str] = {}
        patterns = [f"(?:{pattern})" for pattern in personal_patterns]
        self._patterns = re.compile("|".join(patterns)) if patterns else None
        members = "|".join(map(re.escape, personal_members))
        self._members = re.compile(rf'("(?:{members})"\s*:\s*)("(?:[^"\\]|\\.)*")') if members else None
        for slot, value in (secrets_by_slot or {}).items():
            self.add_secret(slot, value)

    def add_secret(self, slot: str, value: str) -> None:
        """Know one more secret; every form in which it may come back is replaced by `<slot>`."""
        if len(value) < 4:  # a value this short cannot be told from ordinary text
            return
        with self._lock:
            for form in {value, quote(value, safe=""), json.dumps(value)[1:-1]}:
                self._slots.setdefault(form, slot)
            longest_first = sorted(self._slots, key=len, reverse=True)
            self._slots_pattern = re.compile("|".join(map(re.escape, longest_first)))

    def text(self, text: str) -> str:
        """The text without any secret or personal value."""
        if self._slots_pattern is not None:
            text = self._slots_pattern.sub(lambda match: f"<{self._slots[match.group()]}>", text)
        if self._members is not None:
            text = self._members.sub(self._member, text)
        if self._patterns is not None:
            text = self._patterns.sub(lambda match: self.pseudonym(match.group()), text)
        return text

    def prose(self, text: str) -> str:
        """As `text`, and without any personal value met so far: for sentences that quote an answer."""
        text = self.text(text)
        with self._lock:
            known = [value for value in self._personal if value in text]
        for value in sorted(known, key=len, reverse=True):
            text = text.replace(value, self._personal[value])
        return text

    def pseudonym(self, value: str) -> str:
        """A keyed stand-in of the same shape; a leading country code of two capitals is kept."""
        kept = value[:2] if re.match(r"[A-Z]{2}\d\d", value) else ""
        stream = _keystream(self._key, value)
        return kept + "".join(_same_kind(char, next(stream)) for char in value[len(kept) :])

    def _member(self, match: re.Match[str]) -> str:
        try:
            value = json.loads(match.group(2))
        except ValueError:
            value = match.group(2)[1:-1]
        stand_in = self.pseudonym(value)
        if len(value) >= _SHORTEST_REMEMBERED:
            with self._lock:
                self._personal[value] = stand_in
        return match.group(1) + json.dumps(stand_in, ensure_ascii=False)


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
