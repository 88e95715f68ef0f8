"""Redaction by value: secrets become named slots, personal data become keyed pseudonyms of the same shape.

A pseudonym keeps length, letter case, digits and punctuation, whether a text is hexadecimal and whether the check
digits of an IBAN are right; equal values stay equal within a run. So a redacted exchange still shows what was wrong
with it, and a check can judge it again. The key is drawn anew for each run and kept nowhere.

What stands encoded in a text is decoded, redacted and encoded again. A JWS that had something to hide has a signature
of no key afterwards, since the true one would tell a guesser that he guessed right; whether it fitted is a fact.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote, quote_plus

from conformance.transport.encodings import DEEPEST, WRITTEN, Rewriting, is_noise, replaced, rewritten, spellings

T = TypeVar("T", str, bool)

_CYRILLIC = "абвгдежзиклмнопрстуфхцчшэюя"
_SHORTEST_REMEMBERED = 5  # shorter values are ordinary words somewhere else
_ORDINARY_WORDS = ("false", "Authorization", "Bearer", "Content-Type", "application/json", "charset=utf-8")
_SHORTEST_NUMBER_REMEMBERED = 9  # a shorter number is an amount somewhere else
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)
_ESCAPED_LETTER = re.compile(r"\\u00[2-7][0-9a-fA-F]")


class Redactor:
    """Takes secrets and personal data out of any text that leaves the process.

    `secrets_by_slot` maps a slot name to a secret value. `personal_patterns` are regular expressions
    whose whole match is personal wherever it stands (an IBAN, an IIN). `personal_members` are names of JSON
    members whose text or number is personal, `personal_values` are personal wherever they stand. A text of such a
    member is taken out elsewhere too, unless it is part of one of the `ordinary_words`: a person named `accounts`
    must not rename every path.

    `facts` is what checks found out about secrets, by name: nothing in them tells the secret, and a later judgement
    without the secrets needs them.
    """

    def __init__(
        self,
        secrets_by_slot: Mapping[str, str] | None = None,
        personal_patterns: Iterable[str] = (),
        personal_members: Iterable[str] = (),
        personal_values: Iterable[str] = (),
        ordinary_words: Iterable[str] = (),
    ) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._stand_ins: dict[str, str] = {}  # what is written for each form of a value that was told
        self._by_length: list[str] = []
        self._final: set[str] = set()  # what looks personal and stays as it is
        self._personal: dict[str, str] = {}
        self._secrets: dict[str, str] = {}  # slots by value
        self._pseudonyms: set[str] = set()  # what was written in place of personal values
        self._ordinary = "\n".join([*_ORDINARY_WORDS, *ordinary_words])
        self.facts: dict[str, str | bool] = {}
        # One pattern and one pass: a stand-in has the shape of its value, and must not be replaced once more.
        shapes = [f"(?:{pattern})" for pattern in personal_patterns]
        names = list(personal_members)
        self._shapes = _pattern([], shapes)
        self._pattern = _pattern(map(re.escape, names), shapes)
        self._pattern_of_escaped = _pattern(map(_perhaps_escaped, names), shapes)
        self._bytes: dict[bytes, str] = {}  # slots of secrets that are no text
        self._words: dict[str, str] = {}  # what is written for each spelling of such a secret
        for slot, secret in (secrets_by_slot or {}).items():
            self.add_secret(slot, secret)
        for text in personal_values:
            self._tell(text, self.pseudonym(text))

    # --- what is to be kept back --------------------------------------------------------------------------

    def add_secret(self, slot: str, value: str) -> None:
        """Know one more secret; every form in which it may come back is replaced by `<slot>`."""
        if len(value) >= 4:  # a value shorter than that cannot be told from ordinary text
            self._secrets.setdefault(value, slot)
            self._tell(value, f"<{slot}>", is_secret=True)

    def add_secret_bytes(self, slot: str, raw: bytes) -> None:
        """Know a secret that is no text, such as an AES key; in Base64 or hex it is replaced by as many other bytes."""
        with self._lock:
            self._bytes.setdefault(raw, slot)
            self._words.update(zip(spellings(raw), spellings(self._other_bytes(raw)), strict=True))

    def made(self, slot: str, make: Callable[[], str]) -> str:
        """A secret that is made in the course of the run, such as a token; known as `slot` from now on."""
        value = make()
        self.add_secret(slot, value)
        if (known := self.text(value)) not in (f"<{slot}>", value):  # the same text was told under another name
            self.facts[f"{slot} is"] = known
        return value

    def fact(self, name: str, find_out: Callable[[], T]) -> T:
        """Something found out about secrets, kept under a name; it must not tell them."""
        found = find_out()
        with self._lock:
            self.facts[name] = found
        return found

    def varied(self, value: str, change: Callable[[str], str]) -> str:
        """A personal value with a change to it. Its stand-in is that of the value, changed alike."""
        changed = change(value)
        self._tell(changed, change(self.text(value)))
        return changed

    def harmless(self, value: str) -> str:
        """A value that only looks personal, since the suite made it up; it stays as it is."""
        found = [match.group() for match in self._pattern.finditer(value)] if self._pattern else []
        with self._lock:
            self._final.update(found)
        return value

    def is_secret(self, text: str) -> bool:
        """Whether this is a secret that was told, whole and in one of its forms."""
        return self._stand_ins.get(text, "").startswith("<")

    # --- what was kept back -----------------------------------------------------------------------------------

    def secrets(self) -> dict[str, str]:
        """The slot of every secret told so far."""
        with self._lock:
            return dict(self._secrets)

    def secret_bytes(self) -> dict[bytes, str]:
        """The slot of every secret told so far that is no text."""
        with self._lock:
            return dict(self._bytes)

    def personal(self, shortest: int) -> list[str]:
        """Every personal value told or met so far that has that many characters at least."""
        with self._lock:
            told = [form for form, stand_in in self._stand_ins.items() if not stand_in.startswith("<")]
            kept = [value for value in (*told, *self._personal) if value not in self._final]
        return [value for value in kept if len(value) >= shortest and value not in self._pseudonyms]

    def looks_personal(self, text: str) -> Iterator[str]:
        """What has the form of a personal value and is no stand-in of one."""
        stand_ins = "\n".join(self._final | self._pseudonyms)
        for match in self._shapes.finditer(text) if self._shapes else ():
            if match.group() not in stand_ins and not is_noise(text, match):
                yield match.group()

    # --- what is written ----------------------------------------------------------------------------------

    def text(self, text: str) -> str:
        """The text without any secret or personal value, as it is or encoded."""
        return self._redacted(text, str, DEEPEST)

    def prose(self, text: str) -> str:
        """As `text`, and without any personal value met so far: for sentences that quote an answer, and errors."""
        return self._redacted(text, self._without_known, DEEPEST)

    def _redacted(self, text: str, finish: Callable[[str], str], depth: int) -> str:
        text, learnt = self._without_told(text)
        if depth:
            further = Rewriting(
                lambda inner: self._redacted(inner, finish, depth - 1), self._other_signature, self._words
            )
            text = rewritten(text, further)
        # A name that stands in its own member may stand in another one of the same answer as well. Only now: as part
        # of a longer name in another encoding it must not be replaced before the whole is.
        return finish(_without(learnt, text))

    def _without_told(self, text: str) -> tuple[str, dict[str, str]]:
        """Without what was told, or shows by its place or form; and the stand-ins of what was met in members."""
        # Searching for each is faster than one pattern of them all, which each new token would have to rebuild.
        for form in self._by_length:
            if form in text:
                text = replaced(text, form, self._stand_ins[form])
        pattern = self._pattern_of_escaped if _ESCAPED_LETTER.search(text) else self._pattern
        learnt: dict[str, str] = {}
        if pattern is not None:
            text = pattern.sub(lambda match: self._replaced(match, learnt), text)
        if learnt:
            with self._lock:
                self._personal.update(learnt)
        return text, learnt

    def _without_known(self, text: str) -> str:
        with self._lock:
            known = {value: stand_in for value, stand_in in self._personal.items() if value in text}
        return _without(known, text)

    def pseudonym(self, value: str) -> str:
        """A keyed stand-in of the same shape; a leading country code of two capitals is kept."""
        stand_in = self._pseudonym(value)
        with self._lock:
            self._pseudonyms.add(stand_in)
        return stand_in

    def _pseudonym(self, value: str) -> str:
        kept = value[:2] if re.match(r"[A-Za-z]{2}\d\d", value) else ""
        stream = _keystream(self._key, value)
        stand_in = kept + "".join(_same_kind(char, next(stream)) for char in value[len(kept) :])
        if _IBAN.fullmatch(value):
            return _with_check_digits_like(value, stand_in)
        if value.isdigit() and stand_in.startswith("0") and not value.startswith("0"):
            return f"1{stand_in[1:]}"  # a number stays one
        return stand_in

    def _other_bytes(self, raw: bytes) -> bytes:
        stream = _keystream(self._key, raw.hex())
        return bytes(next(stream) for _ in raw)

    def _other_signature(self, signature: str) -> str:
        """As long, and as strictly Base64url, as the one that told what was signed."""
        try:
            raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        except ValueError:
            raw = signature.encode("ascii")
        return urlsafe_b64encode(self._other_bytes(raw)).rstrip(b"=").decode("ascii")[: len(signature)]

    def _tell(self, value: str, stand_in: str, *, is_secret: bool = False) -> None:
        with self._lock:
            # A slot reads the same wherever it stands; the stand-in of a personal value takes the form of the value.
            written = [stand_in] * len(forms(value)) if is_secret else forms(stand_in)
            for form, text in zip(forms(value), written, strict=True):
                self._stand_ins.setdefault(form, text)
                self._final.add(text)
            # Longest first, so that a secret inside another one does not break it up.
            self._by_length = sorted(self._stand_ins, key=len, reverse=True)

    def _replaced(self, match: re.Match[str], learnt: dict[str, str]) -> str:
        found = match.groupdict()
        if found.get("member") is None:
            text = match.group()
            return text if self._is_stand_in(text) else self.pseudonym(text)
        return found["member"] + self._stand_in_of_member(found["value"], learnt)

    def _is_stand_in(self, text: str) -> bool:
        """Whether this is what was written already: an encoding may show once more what stood in clear."""
        return text in self._final or (len(text) >= _SHORTEST_REMEMBERED and text in self._pseudonyms)

    def _stand_in_of_member(self, written: str, learnt: dict[str, str]) -> str:
        try:
            value = json.loads(written)
        except ValueError:
            value = None
        if not isinstance(value, str):
            stand_in = self.pseudonym(written)
            self._remember(written.strip('"'), stand_in.strip('"'), learnt)
            return stand_in
        if self._is_stand_in(value):
            return written
        stand_in = self.pseudonym(value)
        self._remember(value, stand_in, learnt)
        return f'"{_written_alike(stand_in, value, written[1:-1])}"'

    def _remember(self, value: str, stand_in: str, learnt: dict[str, str]) -> None:
        shortest = _SHORTEST_NUMBER_REMEMBERED if value.isdigit() else _SHORTEST_REMEMBERED
        if len(value) < shortest or value in self._ordinary:
            return
        for ascii_only in (False, True):
            form = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
            learnt[form] = json.dumps(stand_in, ensure_ascii=ascii_only)[1:-1]
        learnt[value] = stand_in


def _pattern(names: Iterable[str], shapes: Sequence[str]) -> re.Pattern[str] | None:
    """What is personal in a text: the values of JSON members of these names, and whatever has these shapes."""
    alternatives = list(shapes)
    if members := "|".join(names):
        # A text, also one that a cut-off body never ends; or a number, which an IIN may have been made into.
        value = r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|-?\d+(?:\.\d+)?'
        alternatives.insert(0, rf'(?P<member>"(?:{members})"\s*:\s*)(?P<value>{value})')
    return re.compile("|".join(alternatives), re.DOTALL) if alternatives else None


def _perhaps_escaped(name: str) -> str:
    """The name of a JSON member, of which each letter may be written as an escape."""
    return "".join(rf"(?:{re.escape(char)}|\\u(?i:{ord(char):04x}))" for char in name)


def _written_alike(stand_in: str, value: str, written: str) -> str:
    """The stand-in of a JSON text with the escapes of the text, so that it stays as long and as odd as it was."""
    units = WRITTEN.findall(written)
    return "".join(
        unit if new == old else (f"\\u{ord(new):04x}" if unit.startswith("\\u") else new)
        for new, old, unit in zip(stand_in, value, units, strict=True)
    )


def _without(stand_ins: Mapping[str, str], text: str) -> str:
    """The text with every known value replaced, longest first."""
    for value in sorted(stand_ins, key=len, reverse=True):
        text = replaced(text, value, stand_ins[value])
    return text


def forms(value: str) -> list[str]:
    """A value as it may come back: as it is, percent-encoded in some way, or inside a JSON text."""
    encoded = [quote(value, safe=""), quote(value), quote_plus(value)]
    lower = [re.sub("%..", lambda match: match.group().lower(), form) for form in encoded]
    return [value, *encoded, *lower, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]


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
            # A hexadecimal digit stays one: the SHA-512 of an IIN is known by its form.
            letters = "abcdef" if char in "abcdefABCDEF" else "ghijklmnopqrstuvwxyz"
            letter = letters[byte % len(letters)]
            return letter.upper() if char.isupper() else letter
        return char
    if char.isalpha():
        letter = _CYRILLIC[byte % len(_CYRILLIC)]
        return letter.upper() if char.isupper() else letter
    return char


def _with_check_digits_like(iban: str, stand_in: str) -> str:
    """The stand-in of an IBAN with check digits as far from the right ones as those of the IBAN (ISO 13616)."""
    shift = int(iban[2:4]) - _right_check_digits(iban)
    return f"{stand_in[:2]}{(_right_check_digits(stand_in) - 2 + shift) % 97 + 2:02}{stand_in[4:]}"


def _right_check_digits(iban: str) -> int:
    return 98 - int("".join(str(int(char, 36)) for char in f"{iban[4:]}{iban[:2]}00")) % 97
