"""KEYS.toml: agent_secret and partner_key as far as they are at hand, and the readings where they are known.

The tables are those of `conformance.toml`, which may be given as it is; whatever is left out is tried in every reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from conformance.config import Table, parsed, read_document
from conformance.contracts.imts.readings import Encryption, Signing
from conformance.contracts.imts.wire import Method
from conformance.crypto.cbc import KeyForm, aes_key
from conformance.errors import ConfigError, KeyFileError


class _Auth(Table):
    agent_secret: str | None = Field(default=None, min_length=1)
    partner_key: str | None = Field(default=None, min_length=1)


class _File(Table):
    auth: _Auth = _Auth()
    signature: Signing | None = None
    encryption: Encryption | None = None


@dataclass(frozen=True)
class Keyring:
    """What is known. `signing` and `encryption` are None where any reading may be the right one."""

    agent_secret: str | None = None
    partner_key: str | None = None
    signing: Signing | None = None
    encryption: Encryption | None = None
    aes_keys: Mapping[KeyForm, bytes] = field(default_factory=dict)  # by each form in which partner_key has 32 bytes

    @property
    def secrets(self) -> dict[str, str]:
        """By the names of their slots."""
        found = {"agent_secret": self.agent_secret, "partner_key": self.partner_key}
        return {name: secret for name, secret in found.items() if secret}

    @property
    def forms_of_partner_key(self) -> str:
        """The form of partner_key in words, or why it is none."""
        if self.partner_key is None:
            return "not given"
        if self.aes_keys:
            return f"32 bytes as {', '.join(self.aes_keys)}"
        told = []
        for form in KeyForm:
            try:
                aes_key(self.partner_key, form, "partner_key")
            except KeyFileError as error:
                told.append(str(error).removeprefix("partner_key: "))
        return "no AES-256 key: " + "; ".join(told)

    def is_unsigned(self, method: Method | None) -> bool:
        """Whether requests of this method carry no pg_sig (MTR14)."""
        unsigned = (self.signing or Signing()).unsigned
        return method is not None and method.key in unsigned


def keyring(path: Path | None) -> Keyring:
    """What a file names; without one nothing is known. Raises ConfigError, one line."""
    if path is None:
        return Keyring()
    document = read_document(path)
    if "contract" in document:
        document = _part_of(document, path)
    elif "agent_secret" in document or "partner_key" in document:
        raise ConfigError(f"{path}: agent_secret and partner_key stand in the table [auth]")
    file = parsed(document, _File, path)[0]
    keys, encryption = {}, file.encryption
    if file.auth.partner_key is not None:
        for form in KeyForm if encryption is None else [encryption.key_form]:
            try:
                keys[form] = aes_key(file.auth.partner_key, form, "auth.partner_key")
            except KeyFileError as error:
                if encryption is not None:
                    raise ConfigError(f"{path}: {error}; see encryption.key_form") from None
    return Keyring(file.auth.agent_secret, file.auth.partner_key, file.signature, encryption, keys)


def _part_of(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """What matters here of a whole configuration; its readings are declared, if only by default."""
    if document["contract"] != "imts":
        raise ConfigError(f'{path}: contract: is "{document["contract"]}", and the message is one of imts')
    auth = document.get("auth")
    own = {key: auth[key] for key in _Auth.model_fields if key in auth} if isinstance(auth, Mapping) else {}
    return {"auth": own, "signature": document.get("signature", {}), "encryption": document.get("encryption", {})}
