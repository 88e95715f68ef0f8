"""instant-payment encryption, step 4: the AES key, encrypted with RSA to each of the two banks."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from conformance.contracts.instant_payment.message.forms import counted, form
from conformance.contracts.instant_payment.message.keyfile import Keyring, Party
from conformance.contracts.instant_payment.message.notebook import Notebook
from conformance.contracts.instant_payment.wire import KEYS, RECEIVER_KEY
from conformance.crypto import compact
from conformance.crypto.compact import BadEnvelope
from conformance.crypto.jwe import KEY_BYTES
from conformance.crypto.keytransport import Padding, inside

_RULES = ("IPG-KEYS-02", "IPG-KEYS-03", "IPG-KEYS-04", "IPG-KEYS-05", "IPG-KEYS-06", "IPG-KEYS-07")
_NONE = "there is none to look at"


class Transport:
    """What the encrypted keys of a message hold; `aes_keys` are those that may open its data, the likeliest first."""

    def __init__(self, keys: Keyring, note: Notebook) -> None:
        self._keys, self._note = keys, note
        self._found: dict[str, bytes] = {}
        self.missing = ""  # why no AES key is known

    @property
    def aes_keys(self) -> tuple[bytes, ...]:
        """Each key as it was found, and in bytes where it was transported as a text."""
        candidates = [key for found in self._found.values() for key in (found, *_as_text(found))]
        return tuple(dict.fromkeys(key for key in candidates if len(key) == KEY_BYTES))

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """Everything that must not be seen."""
        return tuple(dict.fromkeys((*self._found.values(), *self.aes_keys)))

    def judge(self, members: Mapping[str, Any], sound: Mapping[str, Any], is_optional: bool) -> None:
        """IPG-KEYS-02 to -07."""
        if is_optional and not any(name in members for name in KEYS):
            self._note.absent(_RULES, ", ".join(KEYS), "this message transports no AES key (IR09)")
            return
        for name in KEYS:
            self._judge_one(name, sound.get(name))
        self._judge_both()
        if not self._found:
            self._tell_what_opens(sound)
            self._note.unknown(["IPG-KEYS-06", "IPG-KEYS-07"], "AES key", self.missing)

    def _judge_one(self, name: str, text: str | None) -> None:
        rule = "IPG-KEYS-03" if name == RECEIVER_KEY else "IPG-KEYS-04"
        if text is None:
            self._note.unknown(["IPG-KEYS-02", rule], name, _NONE)
            return
        own, other = self._keys.holders(name)
        block = self._block(name, text, own)
        if block is None:
            self._note.unknown([rule], name, "it is no RSA block that could be opened")
        elif own.private is None:
            self._note.unknown([rule], name, f"keys.{own.name}.private would show it")
        elif own.key_bytes is not None and len(block) != own.key_bytes:
            why = f"a block of another length does not belong to keys.{own.name}{self._elsewhere(block, other)}"
            self._note.unknown([rule], name, why)
        else:
            self._open(rule, name, block, own, other)

    def _block(self, name: str, text: str, own: Party) -> bytes | None:
        """IPG-KEYS-02, and the block even if it is spelt otherwise."""
        length = own.key_bytes
        expected = "standard Base64 in one line" + (f", {counted(length, 'byte')}" if length else "")
        try:
            block = compact.standard_decoded(text)
        except BadEnvelope:
            found = _leniently(text)
            self._note.wrong("IPG-KEYS-02", name, expected, _spelling(text, found))
            return found
        if length is None:
            why = (
                f"it is standard Base64 of {counted(len(block), 'byte')}; keys.{own.name}.public would show its length"
            )
            self._note.unknown(["IPG-KEYS-02"], name, why)
        else:
            self._note.judge("IPG-KEYS-02", name, len(block) == length, expected, counted(len(block), "byte"))
        return block

    def _open(self, rule: str, name: str, block: bytes, own: Party, other: Party) -> None:
        padding = self._keys.transport
        expected = f"an RSA block with padding {padding} that keys.{own.name}.private opens"
        if own.private is None:
            return
        held = inside(block, own.private, padding)
        if held is not None:
            self._note.right(rule, name, f"it opens with padding {padding}")
            self._judge_key(name, held)
            return
        actual = "it does not open with this key, under any padding"
        for another in Padding:
            if (held := inside(block, own.private, another)) is not None:
                actual = f"it opens with padding {another}"
                self._judge_key(name, held)
                break
        else:
            actual += self._elsewhere(block, other)
        self._note.wrong(rule, name, expected, actual)

    def _elsewhere(self, block: bytes, other: Party) -> str:
        if other.private is None or not any(inside(block, other.private, padding) for padding in Padding):
            return ""
        return f"; it opens with keys.{other.name}.private, the key of the other bank"

    def _judge_key(self, name: str, key: bytes) -> None:
        """IPG-KEYS-06, -07."""
        self._found[name] = key
        place = f"AES key inside {name}"
        actual = counted(len(key), "byte") + _meant(key)
        if not self._note.judge("IPG-KEYS-06", place, len(key) == KEY_BYTES, f"{KEY_BYTES} bytes", actual):
            self._note.unknown(["IPG-KEYS-07"], place, f"only a key of {KEY_BYTES} bytes can be looked at")
            return
        flaw = _no_random(key)
        self._note.judge("IPG-KEYS-07", place, not flaw, "random bytes", flaw or "no pattern is seen")

    def _judge_both(self) -> None:
        """IPG-KEYS-05."""
        place = " and ".join(KEYS)
        if len(self._found) == len(KEYS):
            same = len(set(self._found.values())) == 1
            self._note.judge(
                "IPG-KEYS-05", place, same, "the same AES key in both", "the same" if same else "two AES keys"
            )
            return
        absent = [
            f"keys.{party.name}.private" for party in (self._keys.receiver, self._keys.sender) if not party.private
        ]
        why = f"{' and '.join(absent)} would show it" if absent else "not both could be opened"
        self._note.unknown(["IPG-KEYS-05"], place, why)

    def _tell_what_opens(self, sound: Mapping[str, Any]) -> None:
        parties = [self._keys.holders(name)[0] for name in KEYS if name in sound]
        absent = [f"keys.{party.name}.private" for party in parties if party.private is None]
        self.missing = f"{' or '.join(absent)} would show it" if absent else "no encrypted key could be opened"


def _no_random(key: bytes) -> str:
    """The pattern that a key of 32 bytes shows; random ones show it less than once in 2^40."""
    if all(0x20 <= byte <= 0x7E for byte in key):
        return "letters and signs only: a text was taken as the key"
    if len(set(key)) == 1:
        return "one byte, repeated"
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return "bytes that count up or down" if len(steps) == 1 else ""


def _as_text(key: bytes) -> tuple[bytes, ...]:
    """The AES key that a transported text spells, in hex or Base64."""
    try:
        text = key.decode("ascii").strip()
    except UnicodeDecodeError:
        return ()
    if re.fullmatch(r"[0-9A-Fa-f]{64}", text):
        return (bytes.fromhex(text),)
    found = _leniently(text)
    return (found,) if found is not None and len(found) == KEY_BYTES else ()


def _meant(key: bytes) -> str:
    if len(key) == KEY_BYTES or not _as_text(key):
        return ""
    return ": the key as a text, in place of its bytes"


def _leniently(text: str) -> bytes | None:
    """Base64 in any spelling, or hex."""
    bare = re.sub(r"\s", "", text)
    if len(bare) % 2 == 0 and re.fullmatch(r"[0-9A-Fa-f]{128,}", bare):
        return bytes.fromhex(bare)
    stripped = bare.rstrip("=").translate(str.maketrans("-_", "+/"))
    if not re.fullmatch(r"[A-Za-z0-9+/]+", stripped) or len(stripped) % 4 == 1:
        return None
    return b64decode(stripped + "=" * (-len(stripped) % 4))


def _spelling(text: str, found: bytes | None) -> str:
    if re.search(r"\s", text):
        return "it holds white space or line ends"
    if found is None:
        return form(text)
    if re.fullmatch(r"[0-9A-Fa-f]+", text):
        return f"hex of {counted(len(found), 'byte')}"
    if re.search(r"[-_]", text):
        return f"Base64url of {counted(len(found), 'byte')}"
    return f"Base64 of {counted(len(found), 'byte')} with wrong padding or spare bits"
