"""imts signature: values for pg_sig that somebody makes who took the rule otherwise, or knows no secret."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.contracts.imts.drafting import Signing
from conformance.contracts.imts.signature import (
    HmacKey,
    SignatureReading,
    hmac_of,
    joined,
    signature_of,
    signed_names,
    signed_text,
    value_text,
)
from conformance.contracts.imts.wire import Number


def in_order(names: list[str]) -> Signing:
    """The values of these members in this order, whatever their keys."""

    def made(members: Mapping[str, Any], secret: str, reading: SignatureReading) -> str:
        values = [value_text(members[name], reading) for name in names]
        return hmac_of(joined(values, secret, reading), secret, reading)

    return made


def counting(name: str) -> Signing:
    """All that is signed, and this member whether it has a value or not."""

    def made(members: Mapping[str, Any], secret: str, reading: SignatureReading) -> str:
        return in_order(sorted({*signed_names(members, reading), name}))(members, secret, reading)

    return made


def plain_hashes(algorithm: str) -> dict[str, Signing]:
    """Hashes without a key, by words that follow the name of the algorithm."""

    def of(members: Mapping[str, Any], reading: SignatureReading) -> str:
        return signed_text(members, "", replace(reading, secret_is_appended=False))

    def digest(text: str) -> str:
        return hashlib.new(algorithm, text.encode("utf-8"), usedforsecurity=False).hexdigest()

    return {
        "of the text": lambda members, _, reading: digest(of(members, reading)),
        "of the text and the secret": lambda members, secret, reading: digest(f"{of(members, reading)};{secret}"),
        "of text and secret joined by nothing": lambda members, secret, reading: digest(of(members, reading) + secret),
        "of the secret and the text": lambda members, secret, reading: digest(f"{secret};{of(members, reading)}"),
    }


def hmac_with(algorithm: str) -> Signing:
    """The right text with the right key, under another hash."""

    def made(members: Mapping[str, Any], secret: str, reading: SignatureReading) -> str:
        key = secret if reading.key is HmacKey.AGENT_SECRET else ""
        return hmac.digest(key.encode("utf-8"), signed_text(members, secret, reading).encode("utf-8"), algorithm).hex()

    return made


def without_any_secret(members: Mapping[str, Any], secret: str, reading: SignatureReading) -> str:
    """An HMAC with the empty key over the values alone, which anybody can make."""
    return signature_of(members, "", replace(reading, key=HmacKey.EMPTY, secret_is_appended=False))


# --- small changes ----------------------------------------------------------------------------------------------


def with_one_capital(signature: str) -> str:
    """The first letter among the digits as a capital."""
    place = next(index for index, digit in enumerate(signature) if digit.isalpha())
    return signature[:place] + signature[place].upper() + signature[place + 1 :]


def with_a_needless_zero(amount: str) -> Number:
    """The amount with a zero behind it that changes nothing; in place of the fourth digit where there are four."""
    whole, _, decimals = amount.partition(".")
    return Number(f"{whole}.{decimals[:3]}0")


def text_and_key(members: Mapping[str, Any], reading: SignatureReading) -> tuple[str, str]:
    """What tells readings apart for these members; it looks at no secret."""
    return signed_text(members, "the secret", reading), reading.key
