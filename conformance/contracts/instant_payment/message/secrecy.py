"""instant-payment encryption: what is encrypted shows nowhere else, and no key is sent in clear."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key

from conformance.contracts.instant_payment.message.jsonread import texts
from conformance.contracts.instant_payment.message.notebook import Notebook

Places = Mapping[str, Any]
"""What is in clear, by the name of its place; encrypted values are left out."""

_SHORTEST = 6  # bytes; a shorter text stands somewhere by chance
_SHORTEST_KEY = 16
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})  # of a JWK (RFC 7518, 6)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")


def judge_personal(places: Places, personal: Sequence[str], missing: str, note: Notebook) -> None:
    """IPG-SECRECY-02: no opened value in clear, in Base64 or in hex."""
    if missing:
        note.unknown(["IPG-SECRECY-02"], "what is encrypted", missing)
        return
    folded = (value.strip().casefold().encode("utf-8", "replace") for value in personal)
    values = {value for value in folded if len(value) >= _SHORTEST}
    for place, clear in places.items():
        if any(value in form.lower() or value in _folded(form) for form in _forms(clear) for value in values):
            note.wrong("IPG-SECRECY-02", place, "nothing of what is encrypted", "a personal value, in clear or encoded")
            return
    note.right("IPG-SECRECY-02", ", ".join(places), "nothing of what is encrypted")


def judge_keys(places: Places, aes_keys: Iterable[bytes], missing: str, note: Notebook) -> None:
    """IPG-SECRECY-03: neither the AES key nor a private key; `missing` is why the AES key is not known."""
    keys = [key for key in aes_keys if len(key) >= _SHORTEST_KEY]
    for place, clear in places.items():
        if found := _key_in(clear, keys):
            note.wrong("IPG-SECRECY-03", place, "no secret key", found)
    if missing:
        note.unknown(["IPG-SECRECY-03"], "AES key", missing)
    elif not note.is_judged("IPG-SECRECY-03"):
        note.right("IPG-SECRECY-03", ", ".join(places), "no secret key")


def _key_in(clear: Any, keys: Sequence[bytes]) -> str:
    if _has_private_jwk(clear):
        return "private members of a JWK"
    for form in _forms(clear):
        if any(key in form for key in keys):
            return "the AES key"
        if b"PRIVATE KEY" in form or _is_private_key(form):
            return "a private key"
    return ""


def _is_private_key(form: bytes) -> bool:
    if not form.startswith(b"\x30\x82"):
        return False
    try:
        load_der_private_key(form, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _has_private_jwk(clear: Any) -> bool:
    waiting = [clear]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            if "kty" in item and _PRIVATE_MEMBERS & item.keys():
                return True
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return False


def _forms(clear: Any) -> Iterable[bytes]:
    """Every text as it is, and what it is Base64 or hex of."""
    for text in texts(clear):
        yield text.encode("utf-8", "replace")
        for run in _BASE64.findall(re.sub(r"\s", "", text)):
            if len(run) % 2 == 0 and re.fullmatch(r"[0-9A-Fa-f]+", run):
                yield bytes.fromhex(run)
            whole = run[: len(run) - (len(run) % 4 == 1)].translate(str.maketrans("-_", "+/"))
            yield b64decode(whole + "=" * (-len(whole) % 4))


def _folded(form: bytes) -> bytes:
    return form.decode("utf-8", "replace").casefold().encode("utf-8")
