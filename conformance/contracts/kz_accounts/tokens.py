"""Access tokens for kz-accounts: handed over by the bank, or minted with a test key; and tokens with one fault.

A static token wins over a minted one of the same kind. What neither can give ends the check as
inconclusive, naming the configuration key that would help.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from random import Random
from typing import Any

from jwcrypto.jwk import JWK

from conformance.contracts.kz_accounts.declaration import Auth, Mint
from conformance.contracts.kz_accounts.wire import Scope
from conformance.crypto import jws
from conformance.crypto.keys import new_private_key, private_key, public_part, public_pem
from conformance.engine.observation import lacking
from conformance.transport.redaction import Redactor

LIFETIME = timedelta(hours=12)


class Kind(StrEnum):
    """Tokens that a configuration may hold under [auth.static]; the names are its keys."""

    FULL = "full"
    ACCOUNTS = "accounts"
    BALANCE = "account_balance"
    TRANSACTIONS = "account_transactions"
    NONE = "none"
    EXPIRED = "expired"
    REVOKED = "revoked"
    FOREIGN_KEY = "foreign_key"
    OTHER_CLIENT = "other_client"


ALL_SCOPES = " ".join(Scope)
_SCOPES = {
    Kind.ACCOUNTS: Scope.ACCOUNTS.value,
    Kind.BALANCE: Scope.BALANCE.value,
    Kind.TRANSACTIONS: Scope.TRANSACTIONS.value,
    Kind.NONE: "",
}


@dataclass(frozen=True)
class Tokens:
    """All tokens of a run.

    The redactor learns each token that is made here. In a replay nothing is made, and the redactor gives the name that
    stands for the token on record; so whatever is found out about a token goes through it as a fact.
    """

    auth: Auth
    now: datetime
    redactor: Redactor

    def get(self, kind: Kind) -> str:
        """A token of that kind, or the end of the check."""
        held: str | None = getattr(self.auth.static, kind.value)
        if held is not None:
            return held
        if kind is Kind.REVOKED:
            lacking("auth.static.revoked: a token whose consent the client withdrew; it cannot be minted")
        mint = self._mint(f"auth.static.{kind.value}")
        match kind:
            case Kind.EXPIRED:
                return self._made(kind, mint, issued=self.now - 2 * LIFETIME)
            case Kind.FOREIGN_KEY:
                return self._made(kind, mint, key=self.foreign_key)
            case Kind.OTHER_CLIENT:
                if not mint.other_client_claims:
                    lacking("auth.static.other_client, or auth.mint.other_client_claims: a second client")
                return self._made(kind, mint, claims=mint.other_client_claims)
            case _:
                return self._made(kind, mint, scope=_SCOPES.get(kind, ALL_SCOPES))

    def minted(self, name: str, *, scope: str = ALL_SCOPES, **claims: Any) -> str:
        """A token of our own that differs from a good one only in what is given; a claim of None is left out."""
        return self._made(name, self._mint("minted tokens"), scope=scope, claims=claims)

    def with_public_key_as_secret(self) -> str:
        """Signed with HMAC, keyed with the text of the provider's public key (algorithm confusion)."""
        mint = self._mint("minted tokens")

        def secret() -> JWK:
            return JWK.from_password(public_pem(self._key).decode("ascii"))

        return self._made("hmac_with_public_key", mint, key=secret, alg="HS256")

    def with_embedded_key(self) -> str:
        """Signed by a foreign key whose public half the header carries as `jwk`."""
        mint = self._mint("minted tokens")

        def header() -> dict[str, Any]:
            return {"jwk": public_part(self.foreign_key()).export_public(as_dict=True)}

        return self._made("embedded_key", mint, key=self.foreign_key, header=header)

    def tampered(self, name: str, change: Callable[[dict[str, Any], dict[str, Any], bytes], str]) -> str:
        """The full token taken apart and put together again by `change(header, payload, signature)`."""
        full = self.get(Kind.FULL)
        fault = self.redactor.fact("what is wrong with the form of the full token", lambda: _fault_of_form(full))
        if fault:
            lacking(f"auth.static.full as a compact JWS (it {fault}), or auth.mint")
        return self._kept(name, lambda: change(*jws.parts(full)))

    def is_of_one_client(self, one: Kind, other: Kind) -> bool:
        """Whether two tokens differ at most in their dates and id."""
        first, second = self.get(one), self.get(other)
        name = f"the tokens {one} and {other} are of one client"
        return self.redactor.fact(name, lambda: bool(_lasting(first) == _lasting(second)))

    @property
    def scope_claim(self) -> str:
        return self.auth.mint.scope_claim if self.auth.mint else "scope"

    def foreign_key(self) -> JWK:
        """A key that nobody published."""
        return _foreign_key(self.auth.mint.alg if self.auth.mint else "RS256")

    @cached_property
    def _key(self) -> JWK:
        return private_key(self._mint("minted tokens").key)

    def _mint(self, what: str) -> Mint:
        if self.auth.mint is None:
            lacking(f"{what}, or auth.mint with a test key that the target trusts")
        return self.auth.mint

    def _made(
        self,
        name: str,
        mint: Mint,
        *,
        scope: str = ALL_SCOPES,
        claims: dict[str, Any] | None = None,
        header: Callable[[], dict[str, Any]] = dict,
        issued: datetime | None = None,
        key: Callable[[], JWK] | None = None,
        alg: str | None = None,
    ) -> str:
        at = issued or self.now
        payload: dict[str, Any] = {
            **mint.claims,
            "iat": int(at.timestamp()),
            "exp": int((at + LIFETIME).timestamp()),
            # The same moment and name give the same token, so that a repeated run sends the same requests.
            "jti": f"conformance-{Random(f'{name}:{at.timestamp()}').getrandbits(64):016x}",
            **_scope_claims(mint.scope_claim, scope),
            **(claims or {}),
        }
        payload = {claim: value for claim, value in payload.items() if value is not None}

        def make() -> str:
            protected = {"typ": "JWT", **({"kid": mint.kid} if mint.kid else {}), **header()}
            return jws.sign(payload, key() if key else self._key, alg or mint.alg, **protected)

        return self._kept(name, make)

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        return self.redactor.made(f"TOKEN_MADE_{name.upper()}", make)


VOLATILE = ("iat", "exp", "nbf", "jti")


def _lasting(token: str) -> Any:
    """What stays the same from token to token of a client."""
    try:
        payload = jws.parts(token)[1]
    except jws.BadSignature:
        return token
    return {name: value for name, value in payload.items() if name not in VOLATILE}


def _fault_of_form(token: str) -> str:
    try:
        jws.parts(token)
    except jws.BadSignature as fault:
        return str(fault)
    return ""


def _scope_claims(claim: str, scope: str) -> dict[str, Any]:
    """`scope` as a space-separated string, or as an array where the claim's name ends in []."""
    if claim.endswith("[]"):
        return {claim.removesuffix("[]"): scope.split()}
    return {claim: scope}


_foreign_keys: dict[str, JWK] = {}


def _foreign_key(alg: str) -> JWK:
    # Making an RSA key takes long; one for the whole process is as foreign as one for each run.
    return _foreign_keys.setdefault(alg, _foreign_keys.get(alg) or new_private_key(alg))
