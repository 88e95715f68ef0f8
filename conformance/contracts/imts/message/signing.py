"""imts signature, a message in a file: what is signed under each reading, which one fits, and else why none does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.contracts.imts.message.curtain import Curtain, kind_of_value
from conformance.contracts.imts.message.keyfile import Keyring
from conformance.contracts.imts.message.recipe import Recipe, has_value, recipe_of
from conformance.contracts.imts.message.slips import Cause, find
from conformance.contracts.imts.message.spelling import Spelling, spelling
from conformance.contracts.imts.signature import (
    HmacKey,
    NumberText,
    SignatureReading,
    readings,
    shortest,
    signature_of,
    signed_names,
)
from conformance.contracts.imts.wire import SALT, SIGNATURE, Number
from conformance.engine.notebook import Notebook
from conformance.engine.offline import Passage, Words

FITS, FORM = "IMTS-SIGNATURE-20", "IMTS-SIGNATURE-21"
SECRET = "agent_secret"
_DUE = "the HMAC-SHA256 of its values"
_WHICH_KEY = "auth.agent_secret in --keys would show it"

_MEMBERS = Words("WHAT IS SIGNED, IN THIS ORDER", "ЧТО ПОДПИСАНО, В ЭТОМ ПОРЯДКЕ")
_TEXTS = Words("SIGNED TEXT AND KEY UNDER EACH READING", "ПОДПИСАННЫЙ ТЕКСТ И КЛЮЧ ПРИ КАЖДОМ ПРОЧТЕНИИ")
_PART = Words("WHERE THE TEXTS PART", "ГДЕ ТЕКСТЫ РАСХОДЯТСЯ")


class Signing:
    """The signature of one body. `passages` are complete after `judge`."""

    def __init__(self, members: Mapping[str, Any], keys: Keyring, curtain: Curtain, note: Notebook, size: int) -> None:
        self._members, self._keys, self._curtain, self._note = members, keys, curtain, note
        self._size = size
        self._given: Spelling | None = spelling(members[SIGNATURE]) if SIGNATURE in members else None
        self._unsignable = [name for name, value in members.items() if isinstance(value, dict | list)]
        self._cause: tuple[Recipe, Recipe, str] | None = None  # what is due, what was made, the slips in words

    @property
    def _declared(self) -> SignatureReading | None:
        return self._keys.signing.reading if self._keys.signing else None

    @property
    def _readings(self) -> list[SignatureReading]:
        """The declared one, or all."""
        return [self._declared] if self._declared else readings()

    def judge(self) -> None:
        """SIGNATURE-20 and -21."""
        given, note = self._given, self._note
        if given is None:
            note.absent([FORM], SIGNATURE, "there is none")
            note.wrong(FITS, SIGNATURE, _DUE, "the message has no pg_sig")
            return
        note.judge(
            FORM, SIGNATURE, not given.flaw, "64 lower-case hex digits", given.flaw or "64 lower-case hex digits"
        )
        if self._unsignable:
            names = ", ".join(map(self._curtain.name, self._unsignable))
            note.wrong(FITS, SIGNATURE, _DUE, f"{names}: a list or an object has no text that could be signed (MTR16)")
        elif not given.values:
            note.wrong(FITS, SIGNATURE, _DUE, given.flaw)
        elif self._keys.agent_secret is None:
            note.unknown([FITS], SIGNATURE, _WHICH_KEY)
        else:
            self._judge_digest(given, self._keys.agent_secret)

    def _judge_digest(self, given: Spelling, secret: str) -> None:
        fitting = [one for one in readings() if given.fits(self._digest(one, secret))]
        right = [one for one in fitting if one in self._readings]
        if right:
            self._note.right(FITS, SIGNATURE, f"it fits the reading: {self._words(right[0])}")
        elif fitting and self._declared:
            self._cause = recipe_of(self._declared), recipe_of(fitting[0]), "another reading was taken"
            told = f"it fits another reading than the declared one: {self._words(fitting[0])}"
            self._note.wrong(FITS, SIGNATURE, f"{_DUE}: {self._words(self._declared)}", told)
        elif cut := next((one for one in readings() if given.begins(self._digest(one, secret))), None):
            told = f"it was cut: what is there begins the right one ({self._words(cut)})"
            self._note.wrong(FITS, SIGNATURE, _DUE, told)
        else:
            self._note.wrong(FITS, SIGNATURE, _DUE, self._why_not(given, secret))

    def _why_not(self, given: Spelling, secret: str) -> str:
        def fits(digest: bytes) -> bool:
            return given.fits(digest) or given.begins(digest)

        found = find(self._members, secret, fits, self._readings, self._keys.partner_key, self._size)
        if found.cause is None:
            return (
                f"it fits no reading, nor any of {found.tried} ways to get it wrong that were tried: a value was "
                "changed after signing, another agent_secret signed it, or it is the pg_sig of another message"
            )
        self._cause = recipe_of(found.cause.reading), found.cause.recipe, found.cause.words
        cut = "" if given.fits(found.cause.recipe.made(self._members, secret)) else ", and the end is cut off"
        return f"it fits if {self._told(found.cause)}{cut}; beside that: {self._words(found.cause.reading)}"

    def _told(self, cause: Cause) -> str:
        """The slips in words, without a name that should not be seen."""
        words = cause.words
        for name in self._members:
            if self._curtain.name(name) != name:
                words = words.replace(name, self._curtain.name(name))
        return words

    def _digest(self, reading: SignatureReading, secret: str) -> bytes:
        return bytes.fromhex(signature_of(self._members, secret, reading))

    # --- what a person may want to see ------------------------------------------------------------------------

    @property
    def passages(self) -> list[Passage]:
        found = [Passage(_MEMBERS, tuple(self._list()))]
        if not self._unsignable:
            found.append(Passage(_TEXTS, tuple(self._texts())))
        if self._cause is not None:
            found.append(Passage(_PART, tuple(self._parting(*self._cause))))
        return found

    def _list(self) -> list[str]:
        names = signed_names(self._members, readings()[0])
        lines = []
        for place, name in enumerate(names, 1):
            value = self._members[name]
            text = "" if isinstance(value, dict | list) else self._shown(recipe_of(readings()[0]), name)
            remark = " (left out under some readings)" if name == SALT else ""
            lines.append(f"{place}. {self._curtain.name(name)}: {kind_of_value(value)} {text}{remark}".rstrip())
        for name, value in self._members.items():
            if name not in names:
                why = "itself" if name == SIGNATURE else "null" if value is None else "empty"
                lines.append(f"left out: {self._curtain.name(name)} ({why})")
        return [*lines, "--show-values shows what stands in < >, but for secrets"] if self._curtain.hides else lines

    def _shown(self, recipe: Recipe, name: str) -> str:
        """One value as it may be shown."""
        ((_, text),) = recipe.pieces({name: self._members[name]})
        return self._curtain.value(name, text)

    def _texts(self) -> list[str]:
        groups: dict[str, dict[str, list[SignatureReading]]] = {}
        for reading in readings():
            entry = groups.setdefault(self._text(recipe_of(reading)), {})
            entry.setdefault(self._words(reading), []).append(reading)
        lines = []
        for text, alike in groups.items():
            lines.append(text)
            for words, ones in alike.items():
                lines.append(f"    {words}{' (declared)' if self._declared in ones else ''}{self._verdict(ones[0])}")
        return lines

    def _verdict(self, reading: SignatureReading) -> str:
        secret, given = self._keys.agent_secret, self._given
        if secret is None or given is None:
            return ""
        return ": FITS" if given.fits(self._digest(reading, secret)) else ": does not fit"

    def _text(self, recipe: Recipe) -> str:
        """The text of a recipe with slots in place of what should not be seen."""
        pieces = [(self._curtain.name(name), self._curtain.value(name, text)) for name, text in self._pieces(recipe)]
        return recipe.text(pieces, f"<{SECRET}>") or "(nothing)"

    def _pieces(self, recipe: Recipe) -> Sequence[tuple[str, str]]:
        return recipe.pieces(self._members)

    def _words(self, reading: SignatureReading) -> str:
        """A reading by what matters for this message."""
        words = ["keyed with agent_secret" if reading.key is HmacKey.AGENT_SECRET else "keyed with nothing"]
        words.append(f"agent_secret {'appended' if reading.secret_is_appended else 'not appended'}")
        if has_value(self._members.get(SALT)):
            words.insert(0, f"pg_salt {'signed' if reading.salt_is_signed else 'left out'}")
        numbers = [value.text for value in self._members.values() if isinstance(value, Number)]
        if any(shortest(text) != text for text in numbers):
            words.append("numbers as sent" if reading.numbers is NumberText.AS_SENT else "numbers shortest")
        return ", ".join(words)

    def _parting(self, due: Recipe, made: Recipe, words: str) -> list[str]:
        """Both texts, and the first character at which they differ."""
        lines = [f"due:    {self._text(due)}", f"signed: {self._text(made)}"]
        secret = self._keys.agent_secret or ""
        wanted, pieces = due.text(self._pieces(due), secret), self._pieces(due)
        actual = made.text(self._pieces(made), made.secret(secret))
        if wanted == actual:
            return [*lines, "the text is the right one; what was done with it is not"]
        at = next(
            (i for i, (a, b) in enumerate(zip(wanted, actual, strict=False)) if a != b), min(len(wanted), len(actual))
        )
        end = 0
        for name, text in pieces:
            end += len(text) + len(due.separator)
            if at < end:
                return [*lines, f"they part at character {at + 1}, where {self._curtain.name(name)} is due"]
        return [*lines, f"they part at character {at + 1}, behind the values, where {SECRET} may stand"]
