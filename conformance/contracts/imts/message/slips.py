"""imts signature: what partners get wrong, each slip with the words that say what then fits."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from itertools import combinations
from typing import Any
from urllib.parse import quote, quote_plus

from conformance.contracts.imts.message import recipe as how
from conformance.contracts.imts.message.recipe import Named, Recipe
from conformance.contracts.imts.signature import SignatureReading
from conformance.contracts.imts.wire import KNOWN_PATHS, SALT, SIGNATURE, Number

MOST_MEMBERS = 30  # of which each is left out in turn
LONGEST_FOR_TWO = 16 * 1024  # bytes of a body for which two slips together are tried
_LONGEST_NUMBER = 40  # digits


@dataclass(frozen=True, slots=True)
class Slip:
    """One step that is another; `words` complete "it fits if ..."."""

    words: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cause:
    """A reading and the slips under which a pg_sig fits."""

    reading: SignatureReading
    slips: tuple[Slip, ...]
    recipe: Recipe

    @property
    def words(self) -> str:
        return " and ".join(slip.words for slip in self.slips)


@dataclass(frozen=True, slots=True)
class Search:
    """What was found, and how many ways were tried."""

    cause: Cause | None
    tried: int


_NAMES_OF_METHODS = sorted(
    {
        form
        for path in KNOWN_PATHS.values()
        for form in (path, path[1:], path.rpartition("/")[2], f"{path.rpartition('/')[2]}.php")
    }
)


def find(
    members: Mapping[str, Any],
    secret: str,
    fits: Callable[[bytes], bool],
    readings: Sequence[SignatureReading],
    partner_key: str | None,
    size: int,
) -> Search:
    """The fewest slips under which `fits` holds, under the first of the readings where there are several."""
    slips = [*SLIPS, *_left_out(members), *_other_secrets(partner_key), *_names_in_front()]
    tried: set[bytes] = set()
    alike: set[bytes] = set()
    telling: dict[SignatureReading, list[Slip]] = {}  # by reading, those that change anything in this message
    for reading in readings:
        start = how.recipe_of(reading)
        right = _made(start, members, secret)
        if right is None or right in alike:
            continue  # another reading is the same here
        alike.add(right)
        telling[reading] = []
        for slip in slips:
            recipe = replace(start, **_together(start, (slip,)))
            digest = _made(recipe, members, secret)
            if digest is not None and digest != right:
                if fits(digest):
                    return Search(Cause(reading, (slip,), recipe), len(tried))
                tried.add(digest)
                telling[reading].append(slip)
    for reading, ones in telling.items() if size <= LONGEST_FOR_TWO else ():
        start = how.recipe_of(reading)
        for chosen in combinations(ones, 2):
            if chosen[0].changes.keys() & chosen[1].changes.keys():
                continue  # about the same step
            recipe = replace(start, **_together(start, chosen))
            digest = _made(recipe, members, secret)
            if digest is not None:
                tried.add(digest)
                if fits(digest):
                    return Search(Cause(reading, chosen, recipe), len(tried))
    return Search(None, len(tried))


def _together(start: Recipe, slips: Sequence[Slip]) -> dict[str, Any]:
    """What these slips change in a recipe."""
    changes: dict[str, Any] = {}
    for slip in slips:
        changes |= slip.changes
    if "left_out" in changes:
        changes["left_out"] = start.left_out | changes["left_out"]
    return changes


def _made(recipe: Recipe, members: Mapping[str, Any], secret: str) -> bytes | None:
    """The digest; None where some step cannot be taken with these members."""
    try:
        return recipe.made(members, secret)
    except (ValueError, InvalidOperation):
        return None


def _left_out(members: Mapping[str, Any]) -> Iterator[Slip]:
    for name in list(members)[:MOST_MEMBERS]:
        if name not in (SIGNATURE, SALT):
            yield Slip(f"the member {name} is left out (was it added after signing?)", {"left_out": frozenset({name})})


def _other_secrets(partner_key: str | None) -> Iterator[Slip]:
    if partner_key is not None:
        yield Slip("partner_key takes the place of agent_secret", {"secret": lambda _: partner_key})
        yield Slip("partner_key is the key of the HMAC", {"key": lambda _: partner_key.encode("utf-8")})


def _names_in_front() -> Iterator[Slip]:
    """Where a request is called by a script's name, that is often signed first."""
    for name in _NAMES_OF_METHODS:
        yield Slip(f"{name} stands in front, as if the name of the method were signed", {"whole": _behind(name)})


def _behind(name: str) -> Callable[[str], str]:
    return lambda text: f"{name};{text}"


# --- the steps that may be others -----------------------------------------------------------------------------


def _sorted_by(key: Callable[[Named], Any], *, reverse: bool = False) -> Callable[[Sequence[Named]], Sequence[Named]]:
    return lambda members: sorted(members, key=key, reverse=reverse)


def _by_text(member: Named) -> str:
    value = member[1]
    return value.text if isinstance(value, Number) else str(value)


def _is_true_for_php(value: Any) -> bool:
    if isinstance(value, Number):
        return Decimal(value.text) != 0
    return value not in (None, "", "0", False)


def _amount(text: str) -> Decimal:
    """Raises ValueError for a number that would fill pages."""
    found = Decimal(text)
    if len(text) > _LONGEST_NUMBER or abs(found.adjusted()) > _LONGEST_NUMBER:
        raise ValueError("no amount")
    return found


def _fixed(digits: int) -> Callable[[str], str]:
    return lambda text: f"{_amount(text):.{digits}f}"


def _plain_hash(name: str) -> how.Digest:
    return lambda text, key: hashlib.new(name, text, usedforsecurity=False).digest()


def _hash_of_key_and_text(text: bytes, key: bytes) -> bytes:
    return hashlib.sha256(key + text).digest()


def _swapped(text: bytes, key: bytes) -> bytes:
    return how.hmac_of("sha256")(key, text)


def _in_cp1251_once_more(text: str) -> bytes:
    return text.encode().decode("cp1251").encode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _one(step: str, *choices: tuple[str, Any]) -> list[Slip]:
    return [Slip(words, {step: choice}) for words, choice in choices]


_SEPARATORS = {
    "nothing": "",
    "a comma": ",",
    "a comma and a blank": ", ",
    "a semicolon and a blank": "; ",
    "a blank": " ",
    "a colon": ":",
    "a dot": ".",
    "a line end": "\n",
    "|": "|",
    "&": "&",
    "+": "+",
}

SLIPS: list[Slip] = [
    *_one(
        "order",
        ("the members stand in the order of the body, not sorted by their names", list),
        ("the members are sorted backwards", _sorted_by(lambda member: member[0], reverse=True)),
        ("the members are sorted without regard to capitals", _sorted_by(lambda member: member[0].lower())),
        ("the values are sorted, not the names", _sorted_by(_by_text)),
    ),
    Slip("null and empty members are counted, too", {"counts": lambda value: True}),
    Slip('null and empty members are counted, null as "null"', {"counts": lambda value: True, "null": "null"}),
    Slip('null members are counted as "null"', {"counts": lambda value: value != "", "null": "null"}),
    Slip("null members are counted as nothing", {"counts": lambda value: value != ""}),
    Slip("empty members are counted, too", {"counts": lambda value: value is not None}),
    Slip("0 and false are left out, as array_filter of PHP does", {"counts": _is_true_for_php}),
    Slip(
        "blank texts are left out",
        {"counts": lambda value: how.has_value(value.strip() if isinstance(value, str) else value)},
    ),
    Slip("pg_sig is counted as a member without a value", {"counts_itself": True}),
    *_one(
        "number",
        ("numbers have two decimals", _fixed(2)),
        ("numbers have four decimals", _fixed(4)),
        ("numbers have one decimal at least, as a float is printed", lambda text: str(float(text))),
        ("numbers lose their decimals", lambda text: str(_amount(text).to_integral_value(ROUND_DOWN))),
        ("numbers are in minor units", lambda text: str((_amount(text) * 100).to_integral_value(ROUND_DOWN))),
        ("numbers have a comma", lambda text: text.replace(".", ",")),
    ),
    *_one(
        "boolean",
        ("true and false are 1 and 0", lambda value: "1" if value else "0"),
        ("true is 1 and false nothing, as PHP prints them", lambda value: "1" if value else ""),
        ("true and false are True and False", str),
    ),
    *_one(
        "letters",
        ("values are percent-encoded", lambda text: quote(text, safe="")),
        ("values are percent-encoded with + for blanks", quote_plus),
        ("values are written with JSON escapes", lambda text: json.dumps(text)[1:-1]),
        ("values have escaped slashes, as json_encode of PHP writes them", lambda text: text.replace("/", "\\/")),
        ("values are HTML-escaped", html.escape),
        ("values are composed (Unicode NFC)", lambda text: unicodedata.normalize("NFC", text)),
        ("values are decomposed (Unicode NFD)", lambda text: unicodedata.normalize("NFD", text)),
        ("values are in capitals", str.upper),
        ("values are in small letters", str.lower),
        ("values are trimmed", str.strip),
        ("values stand in quotes", lambda text: f'"{text}"'),
    ),
    *_one(
        "join",
        ("values stand with their names, as in a query (a=1&b=2)", how.as_query),
        ("values stand with their names (a=1;b=2)", how.names_and_values),
        ("a JSON text is signed in place of the joined values", how.as_object),
        ("a JSON text with blanks is signed in place of the joined values", how.as_spaced_object),
    ),
    *_one(
        "separator",
        *((f"values are joined with {words}", text) for words, text in _SEPARATORS.items()),
    ),
    *(
        Slip(
            f"values are joined with {words}, and agent_secret follows a semicolon",
            {"separator": text, "place": lambda text, secret, joint: f"{text};{secret}"},
        )
        for words, text in _SEPARATORS.items()
    ),
    *_one(
        "end",
        ("a semicolon stands at the end", ";"),
        ("a line end stands at the end", "\n"),
        ("a blank stands at the end", " "),
    ),
    *_one(
        "place",
        ("agent_secret is not appended to the text", how.left_off),
        ("agent_secret stands in front", lambda text, secret, joint: f"{secret}{joint}{text}"),
        ("agent_secret follows without a semicolon", lambda text, secret, joint: text + secret),
        ("agent_secret stands in front without a semicolon", lambda text, secret, joint: secret + text),
        ("agent_secret stands there twice", lambda text, secret, joint: joint.join((text, secret, secret))),
        ("a semicolon stands in the place of agent_secret", lambda text, secret, joint: text + joint),
    ),
    *_one(
        "secret",
        ("agent_secret ends in a line end (read from a file?)", lambda secret: f"{secret}\n"),
        ("agent_secret ends in a Windows line end", lambda secret: f"{secret}\r\n"),
        ("agent_secret ends in a blank", lambda secret: f"{secret} "),
        ("agent_secret begins with a blank", lambda secret: f" {secret}"),
        ("agent_secret is trimmed", str.strip),
        ("agent_secret lacks its last character", lambda secret: secret[:-1]),
        ("agent_secret lacks its first character", lambda secret: secret[1:]),
        ("agent_secret is doubled", lambda secret: secret * 2),
        ("agent_secret stands in quotes", lambda secret: f'"{secret}"'),
        ("agent_secret is in capitals", str.upper),
        ("agent_secret is in small letters", str.lower),
        ("agent_secret is percent-encoded", lambda secret: quote(secret, safe="")),
        ("the name agent_secret itself takes the place of the secret", lambda secret: "agent_secret"),
        ("agent_secret is empty (not set?)", lambda secret: ""),
        ("agent_secret is hashed with SHA-256", lambda secret: hashlib.sha256(secret.encode()).hexdigest()),
        ("agent_secret is Base64 of itself", lambda secret: base64.b64encode(secret.encode()).decode()),
    ),
    *_one(
        "key",
        ("the key is what agent_secret is hex of", bytes.fromhex),
        ("the key is what agent_secret is Base64 of", _decoded),
        ("the key ends in a line end", lambda secret: f"{secret}\n".encode()),
        ("the key is the name agent_secret itself", lambda secret: b"agent_secret"),
        ("the key is SHA-256 of agent_secret", lambda secret: hashlib.sha256(secret.encode()).digest()),
    ),
    *_one(
        "encoding",
        ("the text is in Windows-1251, not UTF-8", lambda text: text.encode("cp1251")),
        ("the text is in Latin-1, not UTF-8", lambda text: text.encode("latin-1")),
        ("the text is in UTF-16, not UTF-8", lambda text: text.encode("utf-16-le")),
        ("UTF-8 was taken for Latin-1 and encoded once more", lambda text: text.encode().decode("latin-1").encode()),
        ("UTF-8 was taken for Windows-1251 and encoded once more", _in_cp1251_once_more),
        ("letters beyond ASCII became question marks", lambda text: text.encode("ascii", "replace")),
        ("letters beyond ASCII were dropped", lambda text: text.encode("ascii", "ignore")),
        ("the text is Base64 of itself", lambda text: base64.b64encode(text.encode())),
        ("the text begins with a byte order mark", lambda text: text.encode("utf-8-sig")),
    ),
    *_one(
        "digest",
        ("a plain SHA-256 takes the place of HMAC-SHA256", _plain_hash("sha256")),
        ("a plain SHA-256 of key and text takes the place of HMAC-SHA256", _hash_of_key_and_text),
        ("MD5 takes the place of HMAC-SHA256", _plain_hash("md5")),
        ("SHA-1 takes the place of HMAC-SHA256", _plain_hash("sha1")),
        ("SHA-512 takes the place of HMAC-SHA256", _plain_hash("sha512")),
        ("HMAC-MD5 takes the place of HMAC-SHA256", how.hmac_of("md5")),
        ("HMAC-SHA1 takes the place of HMAC-SHA256", how.hmac_of("sha1")),
        ("HMAC-SHA384 takes the place of HMAC-SHA256", how.hmac_of("sha384")),
        ("HMAC-SHA512 takes the place of HMAC-SHA256", how.hmac_of("sha512")),
        ("text and key of the HMAC are swapped", _swapped),
        (
            "the HMAC is taken of its own hex digits once more",
            lambda text, key: how.hmac_of("sha256")(how.hmac_of("sha256")(text, key).hex().encode(), key),
        ),
    ),
    *_one(
        "whole",
        ("the whole text is percent-encoded", lambda text: quote(text, safe="")),
        ("the whole text is in capitals", str.upper),
        ("the whole text is in small letters", str.lower),
        ("the whole text is trimmed", str.strip),
        ("all blanks are taken out", lambda text: text.replace(" ", "")),
    ),
]
