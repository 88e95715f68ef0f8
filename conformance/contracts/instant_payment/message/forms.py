"""How a value is shown without giving away what nobody should see: names, numbers of people, keys."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.contracts.instant_payment.message.jsonread import Number

_SHORT = re.compile(r"[ -~]{1,24}")
_NAMES_OF_ALGORITHMS = re.compile(
    r"(RSA|AES|ECDH|PBES|[RPHE]S|A|EdDSA|RSA-OAEP)[A-Za-z0-9_+-]*\d+[A-Za-z0-9_+-]*|none|dir"
)


def shown(value: Any) -> str:
    """A value in full where it cannot be personal or secret, else its form.

    Shown are short texts with digits, fewer than six of them, such as amounts and codes, and at most three letters.
    Names have no digits, numbers of people have more, and a key is longer.
    """
    if isinstance(value, str) and _SHORT.fullmatch(value):
        digits = sum(letter.isdigit() for letter in value)
        if 0 < digits < 6 or re.fullmatch(r"[A-Za-z]{1,3}", value) or _NAMES_OF_ALGORITHMS.fullmatch(value):
            return str(value) if isinstance(value, Number) else f'"{value}"'
    return form(value)


def form(value: Any) -> str:
    """What kind of value it is, how long, in which script; nothing of the value itself."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return f"a number of {len(value)} characters"
    if isinstance(value, str):
        return _form_of_text(value)
    if isinstance(value, Mapping):
        return f"an object with {counted(len(value), 'member')}"
    if isinstance(value, Sequence):
        return f"an array of {counted(len(value), 'value')}"
    return f"a {type(value).__name__}"


def counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _form_of_text(text: str) -> str:
    if not text:
        return "an empty text"
    if not text.strip():
        return f"a text of {counted(len(text), 'blank')}"
    kinds = {_kind(letter): None for letter in text[:200]}
    return f"a text of {counted(len(text), 'character')} ({', '.join(kinds)})"


def _kind(letter: str) -> str:
    if letter.isdigit():
        return "digits"
    if letter.isspace():
        return "blanks"
    if letter == "\N{REPLACEMENT CHARACTER}":
        return "replacement characters"
    if letter.isalpha():
        script = unicodedata.name(letter, "unknown").split()[0].capitalize()
        return f"{script} letters"
    return f"'{letter}'" if letter in "+-.,/:;?=_@#()'" else "other signs"


def picture(text: str) -> str:
    """The layout of a text of digits and signs: "9999-99-99". Anything else is told by its form."""
    if re.fullmatch(r"[0-9./:TZ+ -]{1,40}", text):
        return f'a text like "{re.sub(r"[0-9]", "9", text)}"'
    return form(text)
