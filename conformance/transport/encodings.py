"""Texts that stand encoded inside of a text: found, decoded, and written again in the same encoding.

Known are Base64 in both alphabets with and without padding, hexadecimal digits, percent-encoding, the escapes of JSON,
and the parts of a compact JWS. What an encoded text holds may hold another one.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from urllib.parse import unquote_to_bytes

Change = Callable[[str], str]

DEEPEST = 5  # encodings inside of encodings; a JWS in a JSON text in a JSON text needs three
SHORTEST_RUN = 7  # characters: a name of five letters in Base64
_SHORTEST_SHIFTED = 16  # characters of a run in which encoded text may begin anywhere
_WORTH_REMEMBERING = 64  # characters; longer runs seldom come twice

_SEGMENT = re.compile(r'(?:[^"\\]++|\\.)++', re.DOTALL)  # what stands between two quotes of a JSON text
# One character of a JSON text as it is written: a surrogate pair, an escape, or itself.
_ESCAPED = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[\"\\/bfnrt']"  # as in JSON
_ESCAPE = re.compile(_ESCAPED)
WRITTEN = re.compile(f"{_ESCAPED}|.", re.DOTALL)
_ESCAPES = {r"\b": "\b", r"\f": "\f", r"\n": "\n", r"\r": "\r", r"\t": "\t"}
_PERCENT = re.compile(r"(?:[A-Za-z0-9._~!$()*:@+-]++|%[0-9A-Fa-f]{2})++")
_PERCENT_UNIT = re.compile(r"%..|.", re.DOTALL)
_RUN = re.compile(
    r"(?<![A-Za-z0-9_.-])(?P<header>[A-Za-z0-9_-]{8,}+)\.(?P<payload>[A-Za-z0-9_-]*+)\.(?P<signature>[A-Za-z0-9_-]*+)"
    r"(?!\.[A-Za-z0-9_-])|[A-Za-z0-9+/_-]{7,}+={0,2}"
)
_PIECE = re.compile(r"[A-Za-z0-9]{7,}={0,2}")
_HEX_DIGITS = re.compile(r"[0-9a-f]{16,}|[0-9A-F]{16,}")
_HEX = re.compile(r"(?:[0-9a-f]{2}){5,}|(?:[0-9A-F]{2}){5,}")
_CONTROL = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r") + b"\x7f"
_WORDS_AMONG_BYTES = re.compile(rb"[\x20-\x7e]{10}")
_TO_URL = str.maketrans("+/", "-_")
_UNREADABLE = re.compile("[\udc80-\udcff]")  # a byte that is no part of a text
_MOST_CONTROL = 0.3  # of what is taken for a text


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What is to become of what stands encoded in a text.

    `change` gets a decoded text and looks into it further by itself. A JWS whose header or payload it changes gets
    `signature` of its signature. `words` are written in place of spellings of bytes that are no text, without padding.
    """

    change: Change
    signature: Change
    words: Mapping[str, str]


def rewritten(text: str, how: Rewriting) -> str:
    """The text, with everything that stands encoded in it rewritten."""
    if "\\" not in text:
        return _outside_of_escapes(text, how)

    def segment(match: re.Match[str]) -> str:
        written = match.group()
        return _in_json(written, how.change) if "\\" in written else _outside_of_escapes(written, how)

    return _SEGMENT.sub(segment, text)


def replaced(text: str, value: str, stand_in: str) -> str:
    """The text without a value, but for where it stands by chance."""
    if not _may_stand_by_chance(value):
        return text.replace(value, stand_in)
    parts, end = list[str](), 0
    for run in _runs(text):
        glued = rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])"
        parts += [text[end : run.start()].replace(value, stand_in), re.sub(glued, lambda _: stand_in, run.group())]
        end = run.end()
    return "".join([*parts, text[end:].replace(value, stand_in)])


def stands_in(value: str, text: str) -> bool:
    """Whether a text holds a value otherwise than by chance."""
    return value in text and replaced(text, value, "") != text


def is_noise(text: str, found: re.Match[str]) -> bool:
    """Whether a match is glued together with others in a long run of Base64: anything comes up in there by chance."""
    start, end = found.span()
    is_glued = text[start - 1 : start].isalnum() and text[end : end + 1].isalnum()
    return is_glued and any(run.start() < start and end < run.end() for run in _runs(text))


def _may_stand_by_chance(value: str) -> bool:
    """A short word comes up by itself in a ciphertext or a key, of which a run has a million characters and more."""
    return len(value) <= _LONGEST_BY_CHANCE and value.isascii() and value.isalnum()


def _runs(text: str) -> Iterator[re.Match[str]]:
    return (run for run in _LONG_RUN.finditer(text) if all(kind.search(run.group()) for kind in _KINDS))


_LONGEST_BY_CHANCE = 8  # characters
_LONG_RUN = re.compile(r"[A-Za-z0-9+/_-]{64,}")
_KINDS = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))


def inner_texts(text: str, depth: int = DEEPEST) -> Iterator[str]:
    """Every text that stands encoded in a text, at every depth."""
    found: dict[str, None] = {}

    def note(inner: str) -> str:
        found[inner] = None
        return inner

    rewritten(text, Rewriting(note, str, {}))
    for inner in found:
        yield inner
        if depth > 1:
            yield from inner_texts(inner, depth - 1)


def spellings(raw: bytes) -> list[str]:
    """Some bytes as they may be written in a text: Base64 in both alphabets without padding, hex in both cases."""
    standard = b64encode(raw).decode("ascii").rstrip("=")
    return [standard, standard.translate(_TO_URL), raw.hex(), raw.hex().upper()]


# --- escapes of JSON ----------------------------------------------------------------------------------------


def _in_json(written: str, change: Change) -> str:
    meant = _ESCAPE.sub(_meant, written)
    new = change(meant)
    if new == meant:
        return written
    return _written_again(WRITTEN.findall(written), meant, new, partial(_escaped, is_ascii=written.isascii()))


def _meant(escape: re.Match[str]) -> str:
    unit = escape.group()
    if len(unit) == 2:
        return _ESCAPES.get(unit, unit[1])
    codes = [int(code, 16) for code in unit.split("\\u")[1:]]
    return b"".join(code.to_bytes(2) for code in codes).decode("utf-16-be", "surrogatepass")


def _escaped(new: str, unit: str, *, is_ascii: bool) -> str:
    if unit.startswith("\\u") or (is_ascii and not new.isascii()):
        return "".join(f"\\u{one:04x}" for one in _utf16(new))
    return json.dumps(new, ensure_ascii=False)[1:-1]


def _utf16(char: str) -> list[int]:
    raw = char.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[place : place + 2]) for place in range(0, len(raw), 2)]


def _written_again(units: Sequence[str], old: str, new: str, write: Callable[[str, str], str]) -> str:
    """What was changed is written like what stood there; all else stays as it was written."""
    if len(old) == len(new):
        return "".join(unit if a == b else write(b, unit) for unit, a, b in zip(units, old, new, strict=True))
    most = min(len(old), len(new))
    head = next((place for place in range(most) if old[place] != new[place]), most)
    rest = most - head
    tail = next((place for place in range(rest) if old[-1 - place] != new[-1 - place]), rest)
    middle = "".join(write(char, "") for char in new[head : len(new) - tail])
    return "".join([*units[:head], middle, *units[len(units) - tail :]])


# --- percent-encoding ---------------------------------------------------------------------------------------


def _outside_of_escapes(text: str, how: Rewriting) -> str:
    runs = partial(_in_run, how=how)
    if "%" not in text and "+" not in text:
        return _RUN.sub(runs, text)
    parts, end = [], 0
    for match in _PERCENT.finditer(text):
        written = match.group()
        if "%" in written or ("+" in written and not _RUN.fullmatch(written)):
            parts += [_RUN.sub(runs, text[end : match.start()]), _in_percent(written, how.change)]
            end = match.end()
    return "".join([*parts, _RUN.sub(runs, text[end:])])


def _in_percent(written: str, change: Change) -> str:
    # In a query a plus sign may be a space, and itself elsewhere: where nothing else is encoded, that was looked at.
    for plus in [" "] * ("+" in written) + ["+"] * ("%" in written):
        old = unquote_to_bytes(written.replace("+", plus))
        new = change(old.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if new != old:
            # One character for each byte, so that each has its unit.
            units = _PERCENT_UNIT.findall(written)
            written = _written_again(units, old.decode("latin-1"), new.decode("latin-1"), _percent_encoded)
    return written


def _percent_encoded(new: str, unit: str) -> str:
    if len(unit) == 3 or not (new.isascii() and (new.isalnum() or new in "-._~")):
        code = f"%{ord(new):02X}"
        return code.lower() if unit.islower() else code
    return new


# --- Base64 and hex -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A text in a run of letters and digits: where, in which encoding, and what it says."""

    start: int
    end: int
    is_whole: bool  # nothing else is looked for beside it
    encode: Callable[[bytes], str]
    text: str


def _in_run(match: re.Match[str], *, how: Rewriting) -> str:
    run = match.group()
    if match["header"] is None:
        return _in_word(run, how)
    header, payload = _parts(match["header"]), match["payload"]
    new = ".".join(_in_word(part, how).translate(_TO_URL) for part in (match["header"], payload))
    last = match["signature"]
    is_signed = bool(header) and header[0].text.lstrip().startswith("{")
    if is_signed and new != f"{match['header']}.{payload}":
        return f"{new}.{how.signature(last)}"
    return f"{new}.{_in_word(last, how)}"


def _in_word(run: str, how: Rewriting) -> str:
    bare = run.rstrip("=")
    if bare in how.words:
        return how.words[bare] + run[len(bare) :]
    for part in _parts(run) if len(run) <= _WORTH_REMEMBERING else _parts_of(run):
        new = how.change(part.text)
        if new != part.text:
            written = part.encode(new.encode("utf-8", "surrogateescape"))
            is_whole, run = part.is_whole, run[: part.start] + written + run[part.end :]
            if is_whole:
                break
    return run


def _parts_of(run: str) -> tuple[_Part, ...]:
    """What may be encoded in a run, the likeliest first."""
    whole = _decoded(run, 0, is_whole=True)
    found = [whole]
    if len(run) >= _SHORTEST_SHIFTED and (whole is None or _UNREADABLE.search(whole.text)):
        # Perhaps something else stands right before it, and nothing tells where it begins.
        found += [_decoded(run[shift:], shift, is_whole=True) for shift in (1, 2, 3)]
        for digits in _HEX_DIGITS.finditer(run):
            found += [_from_hex(digits.group()[shift:], digits.start() + shift) for shift in (0, 1)]
    # Perhaps some of these characters hold words together. The last one first: the others stay in their places.
    pieces = (piece for piece in _PIECE.finditer(run) if piece.group() != run)
    found += reversed([_decoded(piece.group(), piece.start(), is_whole=False) for piece in pieces])
    return tuple(part for part in found if part is not None)


_parts = lru_cache(maxsize=1 << 16)(_parts_of)


def _decoded(word: str, start: int, *, is_whole: bool) -> _Part | None:
    if _HEX.fullmatch(word) and (part := _from_hex(word, start, is_whole=is_whole)):
        return part
    bare = word.rstrip("=")
    if len(bare) % 4 == 1:
        word = bare = bare[:-1]
    is_url = "-" in bare or "_" in bare
    if len(word) < SHORTEST_RUN or (is_url and ("+" in bare or "/" in bare)):
        return None
    text = _readable(b64decode(bare + "=" * (-len(bare) % 4), b"-_" if is_url else None))
    if text is None:
        return None
    return _Part(start, start + len(word), is_whole, _BASE64[is_url, word != bare], text)


def _from_hex(digits: str, start: int, *, is_whole: bool = True) -> _Part | None:
    digits = digits[: len(digits) // 2 * 2]
    text = _readable(bytes.fromhex(digits))
    return None if text is None else _Part(start, start + len(digits), is_whole, _HEX_CASES[digits.isupper()], text)


def _readable(raw: bytes) -> str | None:
    """The text that some bytes are, or that stands among them; None for bytes that are none."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "surrogateescape") if _WORDS_AMONG_BYTES.search(raw) else None
    unprintable = len(raw) - len(raw.translate(None, _CONTROL))
    return text if unprintable <= _MOST_CONTROL * len(raw) or _WORDS_AMONG_BYTES.search(raw) else None


def _base64(raw: bytes, *, is_url: bool, is_padded: bool) -> str:
    text = b64encode(raw, b"-_" if is_url else None).decode("ascii")
    return text if is_padded else text.rstrip("=")


_HEX_CASES: dict[bool, Callable[[bytes], str]] = {False: bytes.hex, True: lambda raw: raw.hex().upper()}
_BASE64 = {
    (is_url, is_padded): partial(_base64, is_url=is_url, is_padded=is_padded)
    for is_url in (False, True)
    for is_padded in (False, True)
}
