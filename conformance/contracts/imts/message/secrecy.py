"""imts encryption and signature, a message in a file: what is encrypted shows nowhere else, and no secret is sent."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contracts.imts.message.curtain import Curtain, values_of
from conformance.contracts.imts.message.keyfile import Keyring
from conformance.contracts.imts.message.sealed import Sealed
from conformance.contracts.imts.wire import ENCRYPTED, SIGNATURE, Method
from conformance.engine.notebook import Notebook

PERSONAL, SECRETS = "IMTS-SECRECY-06", "IMTS-SECRECY-07"
_CLEAR_BY_RULE = "destination_identifier"  # MTR42
_SHORTEST_PART = 6  # characters; a shorter value stands in others by chance
_SHORTEST = 4
_DIGITS = 9  # of a number of a person, without its prefix
_WORDS = frozenset({"person", "business", "phone", "iban", "pan", "male", "female", "passport", "true", "false"})
_NOBODY = re.compile(r"-?\d+\.\d{1,4}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)  # amounts, ids
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}", re.ASCII)


def judge_personal(members: Mapping[str, Any], sealed: Sealed, curtain: Curtain, note: Notebook) -> None:
    """SECRECY-06: no decrypted value in clear, in Base64 or in hex; destination_identifier is none (MTR42)."""
    if ENCRYPTED not in members:
        note.absent([PERSONAL], ENCRYPTED, "the message has none")
        return
    if sealed.content is None:
        note.unknown([PERSONAL], "what is encrypted", sealed.why_not)
        return
    found = [value.strip() for value in values_of(sealed.content)]
    personal = [value for value in found if len(value) >= _SHORTEST and _names_somebody(value)]
    for name, clear in members.items():
        if name in sealed.names | {SIGNATURE, _CLEAR_BY_RULE}:
            continue
        texts = [name, *values_of(clear)]
        if any(_shows(text, value) for text in texts for value in personal):
            expected = "nothing of what is encrypted"
            note.wrong(PERSONAL, curtain.name(name), expected, "a value that is encrypted, too, in clear or encoded")
    if not note.is_judged(PERSONAL):
        note.right(PERSONAL, "the members in clear", "nothing of what is encrypted")


def judge_secrets(
    members: Mapping[str, Any], method: Method | None, keys: Keyring, curtain: Curtain, note: Notebook
) -> None:
    """SECRECY-07: neither secret in any member, as it is or in hex or Base64."""
    if keys.is_unsigned(method) and SIGNATURE not in members:
        note.absent([SECRETS], "message", "it is not signed, and Get token carries agent_secret")
        return
    for name, value in members.items():
        found = next(filter(None, map(curtain.secret_in, [name, *values_of(value)])), None)
        named = name if name in ("agent_secret", "partner_key") and value not in (None, "") else None
        if found or named:
            note.wrong(SECRETS, curtain.name(name), "no secret", found or f"a member of the name {named}")
    missing = [name for name in ("agent_secret", "partner_key") if name not in keys.secrets]
    needed = [name for name in missing if name == "agent_secret" or ENCRYPTED in members]
    if needed and not note.is_judged(SECRETS):
        note.unknown([SECRETS], ", ".join(needed), f"auth.{needed[0]} in --keys would show it")
    elif not note.is_judged(SECRETS):
        note.right(SECRETS, "all members", f"nothing of {' or '.join(keys.secrets)}")


def _names_somebody(value: str) -> bool:
    return value.casefold() not in _WORDS and _NOBODY.fullmatch(value) is None


def _shows(text: str, value: str) -> bool:
    """Whether a text has a personal value in it."""
    wanted, number = value.casefold(), re.sub(r"\D", "", value)
    for form in _forms(text):
        folded = form.casefold()
        if len(wanted) >= _SHORTEST_PART and wanted in folded:
            return True
        if wanted == folded.strip():
            return True
        if len(number) >= _DIGITS and number[-_DIGITS:] in re.sub(r"[\s()+-]", "", form):
            return True
    return False


def _forms(text: str) -> Iterator[str]:
    """A text as it is, and what it is hex or Base64 of."""
    yield text
    for run in _BASE64.findall(re.sub(r"\s", "", text)):
        if len(run) % 2 == 0 and re.fullmatch(r"[0-9A-Fa-f]+", run):
            yield bytes.fromhex(run).decode("utf-8", "replace")
        whole = run[: len(run) - (len(run) % 4 == 1)].translate(str.maketrans("-_", "+/"))
        yield base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")
