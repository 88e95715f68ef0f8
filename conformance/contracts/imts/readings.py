"""The tables [signature] and [encryption] of `conformance.toml`: which reading of each open question is meant."""

from __future__ import annotations

from typing import Self

from pydantic import Field, field_validator, model_validator

from conformance.config import Table
from conformance.contracts.imts.encryption import EncryptionReading
from conformance.contracts.imts.signature import HmacKey, NumberText, SignatureReading
from conformance.contracts.imts.wire import Method
from conformance.crypto.cbc import IvPlace, KeyForm


class Signing(Table):
    """How requests are signed (readings of the heading `signature`)."""

    salt_is_signed: bool = True
    key: HmacKey = Field(default=HmacKey.AGENT_SECRET, strict=False)
    secret_is_appended: bool = True
    numbers: NumberText = Field(default=NumberText.AS_SENT, strict=False)
    send_salt: bool = True
    queries: bool = False  # MTR15: what a GET asks is signed, too
    unsigned: list[str] = [Method.GET_TOKEN.key, Method.REFRESH_TOKEN.key]

    @field_validator("unsigned")
    @classmethod
    def _methods_are_known(cls, value: list[str]) -> list[str]:
        known = [method.key for method in Method]
        if unknown := [name for name in value if name not in known]:
            raise ValueError(f'no method "{unknown[0]}"; known: {", ".join(known)}')
        return value

    @model_validator(mode="after")
    def _some_secret_is_used(self) -> Self:
        if self.key is HmacKey.EMPTY and not self.secret_is_appended:
            raise ValueError("with an empty key the secret must be appended, or nothing secret is signed")
        return self

    @property
    def reading(self) -> SignatureReading:
        return SignatureReading(self.salt_is_signed, self.key, self.secret_is_appended, self.numbers)


class Encryption(Table):
    """How personal data are carried (readings of the heading `encryption`)."""

    iv: IvPlace = Field(default=IvPlace.BEFORE, strict=False)
    iv_member: str = Field(default="iv", min_length=1)
    key_form: KeyForm = Field(default=KeyForm.BASE64, strict=False)

    @property
    def reading(self) -> EncryptionReading:
        return EncryptionReading(self.iv, self.key_form, self.iv_member)
