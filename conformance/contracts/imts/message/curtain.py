"""What of a message a person may see: codes, amounts and ids, and the names of members; no secret, nobody's data.

A value that is not shown stands as a slot, `<name: 12 characters>`. With `show_values` all values are shown, but for
secrets and for what was decrypted.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.contracts.imts.wire import SALT, Number, Status
from conformance.crypto.compact import BadEnvelope, standard_decoded

_WORDS = frozenset({"person", "business", "phone", "iban", "pan", "true", "false", "status_update", *Status})
_HARMLESS = re.compile(
    r"[A-Z]{2,3}"  # codes of countries and currencies
    r"|-?\d{1,8}(\.\d{1,4})?"  # amounts; numbers of people are longer
    r"|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",  # a UUID
    re.ASCII,
)
_HEX_SALT = re.compile(r"(?=.*\d)(?=.*[a-f])[0-9a-f]{8,64}", re.ASCII)
_NAME = re.compile(r"[a-z_][A-Za-z0-9_]{0,39}", re.ASCII)  # people are not written so
_SHORTEST_PART = 4  # characters of a secret or of somebody's value that are looked for inside other values


class Curtain:
    """`secrets` by the name of their slots."""

    def __init__(self, secrets: Mapping[str, str], *, show_values: bool) -> None:
        self._secrets = {form: name for name, secret in secrets.items() for form in _forms(secret)}
        self._show_values = show_values
        self._personal: list[str] = []
        self.hides = False  # whether a value was not shown that --show-values would show

    def hide(self, personal: Sequence[str]) -> None:
        """Know what was decrypted."""
        self._personal += [value.casefold() for value in personal if value.strip()]

    def value(self, name: str, text: str) -> str:
        """The text of a member as it may be shown."""
        if not text:
            return text
        if (found := self.secret_in(text)) is not None:
            return f"<{found}>" if self._secrets.get(text) == found else f"<{self.name(name)}: holds {found}>"
        if not self._is_personal(text):
            if self._show_values or _is_harmless(name, text):
                return text.encode("utf-8", "backslashreplace").decode("utf-8")  # JSON may bring half a pair in
            self.hides = True
        return f"<{self.name(name)}: {_measured(text)}>"

    def name(self, name: str) -> str:
        """The name of a member as it may be shown."""
        harmless = _NAME.fullmatch(name) and sum(letter.isdigit() for letter in name) < 6
        if (
            (harmless or (self._show_values and name.isprintable()))
            and not self._is_personal(name)
            and self.secret_in(name) is None
        ):
            return name
        return f"a member whose name has {_measured(name)}"

    def secret_in(self, text: str) -> str | None:
        """The name of a secret that stands in a text, as it is or in hex or Base64."""
        return next((name for form, name in self._secrets.items() if form in text), None)

    def _is_personal(self, text: str) -> bool:
        folded = text.casefold()
        return any(
            value == folded or (len(value) >= _SHORTEST_PART and value in folded and folded not in _WORDS)
            for value in self._personal
        )


def _is_harmless(name: str, text: str) -> bool:
    salt = name == SALT and _HEX_SALT.fullmatch(text) is not None
    return salt or text in _WORDS or _HARMLESS.fullmatch(text) is not None


def _measured(text: str) -> str:
    size = len(text.encode("utf-8", "surrogatepass"))
    told = f"{len(text)} character{'s' if len(text) != 1 else ''}"
    return told if size == len(text) else f"{told}, {size} bytes"


def _forms(secret: str) -> Iterator[str]:
    """A secret as it may stand in a text; a short one is found where it stands alone only by chance."""
    if len(secret) < _SHORTEST_PART:
        return
    data = [secret.encode("utf-8")]
    for decode in (standard_decoded, bytes.fromhex):
        try:
            data.append(decode(secret))
        except (BadEnvelope, ValueError):
            continue
    yield secret
    yield secret[::-1]
    for value in data:
        if len(value) >= _SHORTEST_PART:
            yield from (value.hex(), value.hex().upper(), base64.b64encode(value).decode())
            yield from (base64.b64encode(value).decode().rstrip("="), base64.urlsafe_b64encode(value).decode())


def kind_of_value(value: Any) -> str:
    """What stands in a member, in a word."""
    match value:
        case None:
            return "null"
        case Number():
            return "number"
        case bool():
            return "true or false"
        case str():
            return "text"
        case list():
            return "list"
    return "object"


def values_of(content: Any) -> Iterator[str]:
    """All texts and numbers in what was decrypted."""
    match content:
        case Mapping():
            for value in content.values():
                yield from values_of(value)
        case list():
            for value in content:
                yield from values_of(value)
        case str():
            yield content
        case Number():
            yield content.text
