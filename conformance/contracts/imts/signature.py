"""imts signature: which text is signed with which key, under each reading that the source leaves open.

The source's rule and its worked example contradict each other, and its printed hash fits neither; so a reading is
data, chosen in the configuration or found by probing, and the code below knows all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import product
from typing import Any

from conformance.contracts.imts.wire import SALT, SIGNATURE, Number
from conformance.crypto.mac import hmac_sha256

_LONGEST_NUMBER = 100  # digits


class HmacKey(StrEnum):
    """What the HMAC is keyed with: the formula of the source shows one argument only."""

    AGENT_SECRET = "agent_secret"
    EMPTY = "empty"


class NumberText(StrEnum):
    """How a JSON number is spelt in the signed text."""

    AS_SENT = "as_sent"
    SHORTEST = "shortest"


@dataclass(frozen=True, slots=True)
class SignatureReading:
    """One way to sign."""

    salt_is_signed: bool = True
    key: HmacKey = HmacKey.AGENT_SECRET
    secret_is_appended: bool = True
    numbers: NumberText = NumberText.AS_SENT

    @property
    def words(self) -> str:
        """As a report names it."""
        return ", ".join(
            (
                "pg_salt signed" if self.salt_is_signed else "pg_salt left out",
                "keyed with agent_secret" if self.key is HmacKey.AGENT_SECRET else "keyed with nothing",
                "agent_secret appended" if self.secret_is_appended else "agent_secret not appended",
                "numbers as sent" if self.numbers is NumberText.AS_SENT else "numbers in their shortest form",
            )
        )


def readings() -> list[SignatureReading]:
    """All readings, the default first; none that uses no secret at all."""
    every = (SignatureReading(*choice) for choice in product((True, False), HmacKey, (True, False), NumberText))
    return [one for one in every if one.secret_is_appended or one.key is HmacKey.AGENT_SECRET]


def signed_names(members: Mapping[str, Any], reading: SignatureReading) -> list[str]:
    """The names of the members that are signed, in their order: those with a value, sorted (signature)."""
    left_out = {SIGNATURE} if reading.salt_is_signed else {SIGNATURE, SALT}
    return sorted(name for name, value in members.items() if name not in left_out and value is not None and value != "")


def signed_text(members: Mapping[str, Any], secret: str, reading: SignatureReading) -> str:
    """The text that is signed: values joined with `;`. Raises ValueError for a member that is no flat value."""
    return joined([value_text(members[name], reading) for name in signed_names(members, reading)], secret, reading)


def signature_of(members: Mapping[str, Any], secret: str, reading: SignatureReading) -> str:
    """`pg_sig`: 64 lower-case hex digits. Raises ValueError as `signed_text` does."""
    return hmac_of(signed_text(members, secret, reading), secret, reading)


def joined(values: list[str], secret: str, reading: SignatureReading) -> str:
    """Values joined with `;`, and behind them the secret, where this reading appends it."""
    return ";".join([*values, secret] if reading.secret_is_appended else values)


def hmac_of(text: str, secret: str, reading: SignatureReading) -> str:
    """The HMAC of a joined text, 64 lower-case hex digits."""
    key = secret if reading.key is HmacKey.AGENT_SECRET else ""
    return hmac_sha256(text.encode("utf-8", "surrogatepass"), key.encode("utf-8"))


def value_text(value: Any, reading: SignatureReading) -> str:
    """How a value stands in the signed text. Raises ValueError for an object or a list."""
    match value:
        case Number():
            return value.text if reading.numbers is NumberText.AS_SENT else shortest(value.text)
        case bool():
            return "true" if value else "false"
        case str():
            return value
    raise ValueError("an object or a list has no text that could be signed")


def shortest(text: str) -> str:
    """A number without needless zeros or an exponent: 100.50 is 100.5, 100.00 is 100; as it is if that were endless."""
    if len(text) > _LONGEST_NUMBER or abs(Decimal(text).adjusted()) > _LONGEST_NUMBER:
        return text
    plain = f"{Decimal(text):f}"
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"
