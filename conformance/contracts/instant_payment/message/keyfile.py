"""KEYS.toml: the keys that are at hand, the names of the two banks, and the padding in use.

The tables are those of `conformance.toml`, which may be given as it is; every key and name may be left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jwcrypto.jwk import JWK
from pydantic import Field, ValidationInfo, field_validator

from conformance.config import Table, parsed, read_document
from conformance.contracts.instant_payment.wire import RECEIVER_KEY, SENDER_KEY
from conformance.crypto.certificates import certificate
from conformance.crypto.keys import private_key, public_key, public_part, rsa_private, rsa_public
from conformance.crypto.keytransport import Padding
from conformance.errors import ConfigError, KeyFileError

_ANY_LENGTH = 1  # a short key is a finding, not a fault of the file


class Names(Table):
    """A bank as messages name it."""

    code: str | None = Field(default=None, min_length=1)
    cert_id: str | None = Field(default=None, min_length=1)


class Pair(Table):
    """The halves of an RSA key that are at hand, in PEM form."""

    private: str | None = None
    public: str | None = None

    @field_validator("private", "public")
    @classmethod
    def _is_an_rsa_key(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        if "-----BEGIN" not in value:
            raise ValueError('holds no PEM; name the file as "file:bank.pem"')
        try:
            rsa_private(private_key(value)) if info.field_name == "private" else rsa_public(_public(value))
        except KeyFileError as error:
            raise ValueError(str(error)) from None
        return value


class Banks(Table):
    sender: Names = Names()
    receiver: Names = Names()


class Keys(Table):
    transport: Padding = Padding.PKCS1  # IR02
    sender: Pair = Pair()
    receiver: Pair = Pair()

    @field_validator("transport", mode="before")
    @classmethod
    def _transport_by_name(cls, value: object) -> object:
        names = [padding.value for padding in Padding]
        if not isinstance(value, str) or value not in names:
            raise ValueError(f"should be one of {', '.join(names)}")
        return Padding(value)


class _File(Table):
    keys: Keys = Keys()
    banks: Banks = Banks()


class Party:
    """One of the two banks: what is known of it."""

    def __init__(self, name: str, names: Names, pair: Pair) -> None:
        self.name = name
        self.code, self.cert_id = names.code, names.cert_id
        self.private: JWK | None = private_key(pair.private) if pair.private else None
        self.public: JWK | None = _public(pair.public) if pair.public else None
        if self.private is not None:
            half = public_part(self.private)
            if self.public is not None and half.thumbprint() != self.public.thumbprint():
                raise KeyFileError(f"keys.{name}: private and public are halves of different keys")
            self.public = half
        self.secrets = [pair.private] if pair.private else []

    @property
    def key_bytes(self) -> int | None:
        """How long a block of this key is."""
        return None if self.public is None else (rsa_public(self.public).key_size + 7) // 8


class Keyring:
    """Both banks, and the padding of key transport."""

    def __init__(self, file: _File | None = None) -> None:
        file = file or _File()
        self.transport = file.keys.transport
        self.sender = Party("sender", file.banks.sender, file.keys.sender)
        self.receiver = Party("receiver", file.banks.receiver, file.keys.receiver)

    def holders(self, member: str) -> tuple[Party, Party]:
        """Whose key an encrypted key is for, and the other bank."""
        return {RECEIVER_KEY: (self.receiver, self.sender), SENDER_KEY: (self.sender, self.receiver)}[member]


def keyring(path: Path | None) -> Keyring:
    """The keys that a file names; without one none are known. Raises ConfigError or KeyFileError, one line."""
    if path is None:
        return Keyring()
    document = read_document(path)
    if "contract" in document:
        document = _part_of(document)
    try:
        return Keyring(parsed(document, _File, path)[0])
    except KeyFileError as error:
        raise ConfigError(f"{path}: {error}") from None


def _part_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What matters here of a whole configuration."""
    known: dict[str, type[Table]] = {"keys": Keys, "banks": Banks}
    tables = {name: document[name] for name in known if isinstance(document.get(name), Mapping)}
    return {
        name: {key: value for key, value in table.items() if key in known[name].model_fields}
        for name, table in tables.items()
    }


def _public(pem: str) -> JWK:
    if "CERTIFICATE" in pem:
        return certificate(pem, least_bits=_ANY_LENGTH).key
    return public_key(pem, least_bits=_ANY_LENGTH)
