"""The tables of `conformance.toml` that belong to kz-accounts: tokens, test data, rate limit."""

from __future__ import annotations

import ipaddress
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator, model_validator

from conformance.config import Configuration, Table, Target, is_public
from conformance.contracts.kz_accounts.wire import LONGEST_IBAN, Version
from conformance.crypto.jws import sign
from conformance.crypto.keys import private_key
from conformance.engine.contract import Privacy
from conformance.errors import KeyFileError


class StaticTokens(Table):
    """Access tokens that the bank handed over; each is a whole compact JWT."""

    full: str | None = None
    accounts: str | None = None
    account_balance: str | None = None
    account_transactions: str | None = None
    none: str | None = None
    expired: str | None = None
    revoked: str | None = None
    foreign_key: str | None = None
    other_client: str | None = None


class Mint(Table):
    """How the suite makes tokens itself, with a test key that the provider trusts through its JWK Set (93)."""

    key: str
    alg: Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"] = "RS256"
    kid: str | None = None
    claims: dict[str, Any] = {}
    scope_claim: str = "scope"
    other_client_claims: dict[str, Any] = {}

    @model_validator(mode="after")
    def _key_fits_the_algorithm(self, info: ValidationInfo) -> Self:
        if is_public(info):
            return self
        try:
            sign({}, private_key(self.key), self.alg)
        except KeyFileError as error:
            raise ValueError(f"auth.mint.alg: {error}") from None
        return self

    @field_validator("key")
    @classmethod
    def _is_a_private_key(cls, value: str, info: ValidationInfo) -> str:
        if is_public(info):
            return value
        try:
            private_key(value)
        except KeyFileError as error:
            raise ValueError(str(error)) from None
        return value


class Auth(Table):
    """Static tokens, minting, or both: a static token wins."""

    static: StaticTokens = StaticTokens()
    mint: Mint | None = None


class Data(Table):
    """Facts about the test clients that the suite cannot find out itself."""

    existing_iban: str | None = Field(default=None, min_length=1, max_length=LONGEST_IBAN, pattern=r"^[A-Z0-9]+$")
    missing_iban: str | None = Field(default=None, min_length=1, max_length=LONGEST_IBAN, pattern=r"^[A-Z0-9]+$")
    account_ids: list[str] = []
    closed_account_ids: list[str] = []
    other_client_account_id: str | None = None


class RateLimit(Table):
    """Whether a burst may be sent, and what the provider says it allows."""

    probe: bool = False
    declared_per_second: float | None = Field(default=None, gt=0)
    burst: int = Field(default=200, ge=1, le=2000)


class KzTarget(Target):
    versions: list[str] = Field(default=[Version.V3.value], min_length=1)

    @field_validator("versions")
    @classmethod
    def _versions_are_known(cls, value: list[str]) -> list[str]:
        known = [version.value for version in Version]
        if unknown := [name for name in value if name not in known]:
            raise ValueError(f'no version "{unknown[0]}"; known: {", ".join(known)}')
        if Version.V3 not in value:
            raise ValueError("v3 is always published; add it")
        return list(dict.fromkeys(value))

    @field_validator("provider_id")
    @classmethod
    def _provider_id_is_a_uuid(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                UUID(value)
            except ValueError:
                raise ValueError("is not a UUID") from None
        return value


class Declaration(Configuration):
    """A configuration of the contract kz-accounts."""

    role: Literal["provider", "system"] = "provider"
    target: KzTarget
    auth: Auth = Auth()
    data: Data = Data()
    rate_limit: RateLimit = RateLimit()

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Self:
        if self.auth.static.full is None and self.auth.mint is None:
            raise ValueError("auth: give auth.static.full or the table auth.mint; without a token nothing can be asked")
        if self.role == "system" and self.target.provider_id is None:
            raise ValueError('target.provider_id: role "system" sends it as x-provider-id; give the provider\'s UUID')
        return self

    def public(self) -> dict[str, Any]:
        """Of the claims of minted tokens the names alone: which client they name is nobody else's affair."""
        document = super().public()
        mint = document["auth"]["mint"]
        for table in ("claims", "other_client_claims") if mint else ():
            mint[table] = dict.fromkeys(mint[table], "<CLAIM>")
        return document

    @property
    def is_plain_loopback(self) -> bool:
        """Whether the target is plain HTTP on this machine, where TLS requirements do not apply."""
        address = urlsplit(self.target.base_url)
        host = address.hostname or ""
        if address.scheme != "http":
            return False
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


# An IBAN of Kazakhstan anywhere, also inside a longer word; an individual identification number (IIN: birth date,
# century, serial), but no bare JSON number, which is an amount.
_PATTERNS = (
    r"(?:KZ|kz|Kz)\d{2}[A-Za-z0-9]{16}",
    r'(?<![\w.-])(?<!":)(?<!": )\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[0-6]\d{5}(?!\w)',
)
_MEMBERS = ("creditorName", "debtorName", "altAccountId", "iinSender", "iinReceiver")


def privacy(declaration: Declaration) -> Privacy:
    """What a run against this declaration must keep to itself."""
    from conformance.engine.document import document  # loads the embedded document, which takes its time

    held = declaration.auth.static.model_dump(exclude_none=True)
    tokens = {f"TOKEN_{name.upper()}": value for name, value in held.items()}
    if declaration.auth.mint is not None:
        tokens["MINT_KEY"] = declaration.auth.mint.key
    told = (declaration.data.existing_iban, declaration.data.missing_iban)
    values = [value for value in told if value is not None]
    return Privacy(tokens, _PATTERNS, _MEMBERS, values, sorted(document(declaration.contract).words()))
