"""The last look at what a run wrote, while its secrets are still known: a file that tells one is not handed on."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from conformance.data import own_text
from conformance.transport.encodings import inner_texts, stands_in
from conformance.transport.redaction import Redactor, forms

_SHORTEST_PERSONAL = 5  # characters; as in redaction
_SHORTEST_PIECE = 20  # of a secret that comes in pieces: lines of a PEM, parts of a token
_HASH_OF_SCRIPT = re.compile(r"sha256-[A-Za-z0-9+/]{43}=")
_LONG_WORD = re.compile(r"[\w.+/=%~-]{20,}")
_JSON = (".json", ".jsonl")
_TAG = re.compile(r"<[^<>]*>")


def leaks(path: Path, redactor: Redactor) -> list[str]:
    """What a file tells that it must not: slots of secrets, or that a personal value stands in it. Sorted."""
    raw = path.read_bytes().decode("utf-8", "surrogateescape")
    return leaks_in(raw, _plain(path, raw), redactor, is_json=path.suffix in _JSON)


def leaks_in(raw: str, plain: str, redactor: Redactor, *, is_json: bool = False) -> list[str]:
    """The same of a text, as it is written and as a reader sees it."""
    plain = "\n".join([plain, *inner_texts(plain)])
    whole = plain if is_json else f"{raw}\n{plain}"
    # A token is looked for many times, in many forms; it may come in short lines.
    long_words = "\n".join(set(_LONG_WORD.findall("".join(whole.split()))))

    def holds(form: str) -> bool:
        return stands_in(form, long_words if _LONG_WORD.fullmatch(form) else whole)

    found = {
        slot for value, slot in redactor.secrets().items() if any(map(holds, {*forms(value), *_other_forms(value)}))
    }
    found |= {slot for value, slot in redactor.secret_bytes().items() if any(map(holds, _forms_of_bytes(value)))}
    if any(stands_in(value, whole) and not _is_known_text(value) for value in redactor.personal(_SHORTEST_PERSONAL)):
        found.add("a personal value that the run met")
    if any(redactor.looks_personal(plain)):
        found.add("something that looks like a personal value")
    return sorted(found)


def digest_of_file(path: Path) -> str:
    """SHA-256 over the bytes of a file."""
    return f"sha256:{sha256(path.read_bytes()).hexdigest()}"


def _plain(path: Path, raw: str) -> str:
    """The text of a file as a reader sees it: without escapes, tags and Base64."""
    if path.suffix in (".html", ".xml"):
        return html.unescape(_TAG.sub("", _HASH_OF_SCRIPT.sub("", raw)))
    if path.suffix in _JSON:
        documents = [raw] if path.suffix == ".json" else raw.splitlines()
        return "\n".join({text for document in documents for text in _texts(json.loads(document))})
    return raw


def _texts(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield base64.b64decode(value).decode("utf-8", "surrogateescape") if name == "base64" else value


def _other_forms(secret: str) -> list[str]:
    """A secret in hex, inside a Base64 text at any of its three places, and its telling pieces."""
    # What a token begins with says how it is signed, and other tokens say the same; its signature is its own.
    pieces = secret.split("\n")[1:-1] if "\n" in secret else secret.rsplit(".", 1)[1:]
    return [*_forms_of_bytes(secret.encode("utf-8")), *(piece for piece in pieces if len(piece) >= _SHORTEST_PIECE)]


def _forms_of_bytes(raw: bytes) -> list[str]:
    forms = [raw.hex(), raw.hex().upper()]
    for shift in range(3):
        # Without the first and last characters, which hold bits of what stands around it.
        inner = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4].decode("ascii")
        forms += [inner, inner.replace("+", "-").replace("/", "_")] if len(inner) >= _SHORTEST_PIECE else []
    return forms


@cache
def _is_known_text(value: str) -> bool:
    """Whether the suite's own texts hold this: then it tells nobody's name."""
    return value in own_text()
