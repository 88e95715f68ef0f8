"""imts encryption, a message in a file: what encrypted_data is, what opens it, and else why nothing does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contracts.imts.message.curtain import Curtain, kind_of_value, values_of
from conformance.contracts.imts.message.keyfile import Keyring
from conformance.contracts.imts.message.opening import (
    Carried,
    Way,
    carried,
    good_ways,
    object_in,
    other_paddings,
    other_ways,
    unpadded,
)
from conformance.contracts.imts.wire import ENCRYPTED, SALT, SIGNATURE
from conformance.crypto.cbc import BLOCK_BYTES, IvPlace
from conformance.engine.notebook import Notebook
from conformance.engine.offline import Passage, Words

OPENS, FORM = "IMTS-ENCRYPTION-13", "IMTS-ENCRYPTION-14"
_FORM = "one line of standard Base64: an IV of 16 bytes and whole blocks of 16"
_OPENS = "AES-256-CBC under partner_key, padded by PKCS#7, around a JSON object"
_PLACES = {
    IvPlace.BEFORE: "before the ciphertext",
    IvPlace.AFTER: "after the ciphertext",
    IvPlace.APART: "in a member of its own",
}
_TITLE = Words("ENCRYPTED DATA", "ЗАШИФРОВАННЫЕ ДАННЫЕ")
_LONGEST = 256 * 1024  # bytes for which other ways to open are tried


class Sealed:
    """encrypted_data of one body. `content` is what was opened, None where nothing opened it."""

    def __init__(self, members: Mapping[str, Any], keys: Keyring, curtain: Curtain, note: Notebook) -> None:
        self._members, self._keys, self._curtain, self._note = members, keys, curtain, note
        self._ivs = dict(self._iv_members())
        self._lines: list[str] = []
        self.content: Mapping[str, Any] | None = None
        self.why_not = "encrypted_data could not be opened"

    @property
    def passages(self) -> list[Passage]:
        return [Passage(_TITLE, tuple(self._lines))] if self._lines else []

    @property
    def names(self) -> set[str]:
        """The members that carry ciphertext and IV."""
        return {ENCRYPTED, *self._ivs}

    def judge(self) -> None:
        """ENCRYPTION-13 and -14."""
        if ENCRYPTED not in self._members:
            self._note.absent([OPENS, FORM], ENCRYPTED, "the message has none")
            return
        value = self._members[ENCRYPTED]
        found = carried(value) if isinstance(value, str) and value else None
        flaw = self._flaw(value, found)
        self._note.judge(FORM, ENCRYPTED, not flaw, _FORM, flaw or self._sizes(found))
        self._lines.append(f"partner_key: {self._keys.forms_of_partner_key}")
        if found is not None:
            self._lines.append(self._sizes(found))
        self._judge_content(found, flaw)
        self._curtain.hide(list(values_of(self.content)))
        for name, inner in (self.content or {}).items():
            self._lines.append(f"inside: {self._curtain.name(name)}: {kind_of_value(inner)}")

    # --- form -------------------------------------------------------------------------------------------------

    def _iv_members(self) -> Iterator[tuple[str, bytes]]:
        """Members that may be an IV apart: the declared one, or any whose text stands for 16 bytes."""
        declared = self._keys.encryption
        if declared is not None and declared.iv is not IvPlace.APART:
            return
        for name, value in self._members.items():
            if name in (ENCRYPTED, SIGNATURE, SALT) or not isinstance(value, str):
                continue
            found = carried(value)
            named = declared is not None and name == declared.iv_member
            if found is not None and (named or (declared is None and len(found.data) == BLOCK_BYTES)):
                yield name, found.data

    def _flaw(self, value: Any, found: Carried | None) -> str:
        """What is wrong with the form; nothing where some reading that may be the right one is met."""
        if not isinstance(value, str):
            return kind_of_value(value)
        if found is None:
            return "no Base64" if value else "an empty text"
        if found.flaw:
            return found.flaw
        declared, size = self._keys.encryption, len(found.data)
        if declared is not None and declared.iv is IvPlace.APART:
            return self._flaw_apart(declared.iv_member, size)
        if size % BLOCK_BYTES == 0 and size >= (BLOCK_BYTES if self._ivs else 2 * BLOCK_BYTES):
            return ""
        if size < 2 * BLOCK_BYTES:
            return f"{size} bytes: {'an IV and no block' if size == BLOCK_BYTES else 'less than an IV and one block'}"
        over = size % BLOCK_BYTES
        hint = {12: " (an IV of 12 bytes, as GCM has?)", 8: " (an IV of 8 bytes?)"}.get(
            over, " (cut, or another mode?)"
        )
        return f"{size} bytes: {size // BLOCK_BYTES} blocks and {over} bytes over{hint}"

    def _flaw_apart(self, name: str, size: int) -> str:
        value = self._members.get(name)
        found = carried(value) if isinstance(value, str) else None
        if found is None:
            return f"no IV in the member {name}" if name not in self._members else f"no Base64 in the member {name}"
        if found.flaw or len(found.data) != BLOCK_BYTES:
            return f"an IV of {found.flaw or f'{len(found.data)} bytes'} in the member {name}"
        return "" if size and size % BLOCK_BYTES == 0 else f"{size} bytes: no whole blocks of 16"

    def _sizes(self, found: Carried | None) -> str:
        size = len(found.data) if found else 0
        return f"{size} bytes: {size // BLOCK_BYTES} blocks of 16" + (", an IV among them" if not self._ivs else "")

    # --- content ----------------------------------------------------------------------------------------------

    def _judge_content(self, found: Carried | None, flaw: str) -> None:
        if found is None or not found.data:
            self._note.unknown([OPENS], ENCRYPTED, "there is nothing to open")
            return
        if self._keys.partner_key is None:
            self.why_not = "auth.partner_key in --keys would show it"
            self._note.unknown([OPENS], ENCRYPTED, self.why_not)
            return
        ways = [entry for key in self._keys.aes_keys.values() for entry in good_ways(found, self._ivs, key)]
        for place, name, way in ways:
            opened = way.opened()
            self.content = object_in(unpadded(opened)) if opened is not None else None
            if self.content is not None:
                self._judge_place(place, name, bool(flaw))
                if len(set(way.iv)) < 4 or (way.iv.isascii() and way.iv.decode("ascii").isprintable()):
                    self._lines.append("the IV looks written by hand; it should be drawn at random for each message")
                return
        told = self._otherwise(found, ways) if len(found.data) <= _LONGEST else ""
        if told:
            self._note.wrong(OPENS, ENCRYPTED, _OPENS, told)
        elif not self._keys.aes_keys:
            self._note.unknown([OPENS], ENCRYPTED, f"partner_key is {self._keys.forms_of_partner_key}")
        elif flaw:
            self._note.unknown([OPENS], ENCRYPTED, f"its form is wrong ({flaw}), and nothing opens it")
        else:
            self._note.wrong(OPENS, ENCRYPTED, _OPENS, self._why_not(found, ways))

    def _judge_place(self, place: IvPlace, name: str, is_flawed: bool) -> None:
        """It opens; the IV should stand where it is declared to."""
        member = f" ({self._curtain.name(name)})" if name else ""
        told = f"it opens with the IV {_PLACES[place]}{member}, partner_key as {', '.join(self._keys.aes_keys)}"
        self._lines.append(told)
        declared = self._keys.encryption
        spelt = carried(str(self._members.get(name))) if name != ENCRYPTED else None
        if spelt is not None and spelt.flaw and not is_flawed:
            self._note.wrong(FORM, ENCRYPTED, _FORM, f"the IV in the member {self._curtain.name(name)} is {spelt.flaw}")
        if is_flawed:
            self._note.right(OPENS, ENCRYPTED, f"{told}, though its form is wrong")
        elif declared is not None and declared.iv is not place:
            self._note.wrong(OPENS, ENCRYPTED, f"{_OPENS}, the IV {_PLACES[declared.iv]}, as declared", told)
        else:
            self._note.right(OPENS, ENCRYPTED, told)

    def _otherwise(self, found: Carried, ways: list[tuple[IvPlace, str, Way]]) -> str:
        """Another padding, key, mode or IV under which there is an object."""
        for place, _, way in ways:
            for words, content in other_paddings(way.opened() or b""):
                if (inner := object_in(content)) is not None:
                    self.content = inner
                    return f"it opens if {words} (IV {_PLACES[place]})"
        for way in other_ways(found, self._keys):
            opened = way.opened()
            if opened is None or not way.words:
                continue
            plain = opened if way.mode in ("ctr", "gcm") else unpadded(opened)
            inner = object_in(plain) or object_in(opened.rstrip(b"\0"))
            if inner:
                self.content = inner
                return f"it opens if {way.words}"
        return ""

    def _why_not(self, found: Carried, ways: list[tuple[IvPlace, str, Way]]) -> str:
        """What the right key leaves, in words that show nothing of it."""
        told = []
        for place, _, way in ways:
            opened = way.opened()
            if opened is None:
                continue
            content = unpadded(opened)
            self._lines.append(f"IV {_PLACES[place]}: {'good' if content is not None else 'bad'} padding")
            if content is not None and _is_text(content):
                told.append(f"it opens, and holds a text that is no JSON object (IV {_PLACES[place]})")
            elif content is not None and len(content) > BLOCK_BYTES and _is_text(content[BLOCK_BYTES:]):
                told.append("the key fits, and the IV does not: only the first 16 bytes are garbled")
            elif content is None and _is_text(opened[:-BLOCK_BYTES]) and len(opened) > BLOCK_BYTES:
                told.append("the key fits, and the end was cut or damaged: all but the last block can be read")
            elif content is None and _is_text(opened[BLOCK_BYTES:-BLOCK_BYTES]) and len(opened) > 3 * BLOCK_BYTES:
                told.append("the key fits, and both ends are garbled: IV and blocks were put together otherwise")
        return (told or ["another key closed it, or it was damaged: nothing that can be read comes out"])[0]


def _is_text(content: bytes) -> bool:
    """Whether these bytes are a text, save for letters that were cut in two at the ends."""
    text = content.decode("utf-8", "replace").strip("\N{REPLACEMENT CHARACTER}")
    return bool(text) and "\N{REPLACEMENT CHARACTER}" not in text and text.replace("\n", "").isprintable()
