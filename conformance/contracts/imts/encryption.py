"""imts encryption: personal data as one Base64 text, under each reading that the source leaves open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.contracts.imts.wire import ENCRYPTED
from conformance.crypto import cbc, compact
from conformance.crypto.cbc import Ciphered, IvPlace, KeyForm
from conformance.crypto.compact import BadEnvelope


@dataclass(frozen=True, slots=True)
class EncryptionReading:
    """One way to carry what AES-256-CBC makes. `iv_member` matters where the IV stands apart."""

    iv: IvPlace = IvPlace.BEFORE
    key_form: KeyForm = KeyForm.BASE64
    iv_member: str = "iv"

    def members(self, ciphered: Ciphered) -> dict[str, str]:
        """The members of a request or an answer that carry it."""
        found = {ENCRYPTED: ciphered.text(self.iv)}
        return {**found, self.iv_member: compact.standard_encoded(ciphered.iv)} if self.iv is IvPlace.APART else found

    def read(self, members: Mapping[str, Any]) -> Ciphered:
        """What those members carry. Raises BadEnvelope."""
        text, iv = members.get(ENCRYPTED), members.get(self.iv_member)
        if not isinstance(text, str) or (self.iv is IvPlace.APART and not isinstance(iv, str)):
            raise BadEnvelope(compact.Flaw.CBC_IV, "no text")
        return cbc.read(text, self.iv, iv if self.iv is IvPlace.APART else None)

    def key(self, text: str, name: str = "partner_key") -> bytes:
        """The 32 bytes of a key as a configuration spells it. Raises KeyFileError."""
        return cbc.aes_key(text, self.key_form, name)


def sealed(data: Mapping[str, Any], key: bytes, iv: bytes) -> Ciphered:
    """Personal data, encrypted as a JSON object."""
    return cbc.encrypt(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8"), key, iv)
