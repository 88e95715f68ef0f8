"""A reference provider on a stand: with the sample ledger, keys, tokens, and the configuration that fits it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache, reduce
from operator import getitem
from typing import Any

from jwcrypto.jwk import JWK

from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.provider import Provider, system_clock
from conformance.contracts.kz_accounts.sample import FIRST_CLIENT, SECOND_CLIENT, sample_ledger
from conformance.contracts.kz_accounts.wire import Scope, Version
from conformance.crypto import jws
from conformance.crypto.keys import key_set, new_private_key, public_part

ISSUER = "https://auth.example.test"
AUDIENCE = "https://accounts.example.test"
APPLICATION = "app-1"
PROVIDER_ID = "6a0b6f0e-52c9-4a38-9a6c-9f0f6c1d2e33"
REVOKED_JTI = "withdrawn-consent-1"
ALG, KID = "RS256", "stand-1"
TOKEN_LIFETIME = timedelta(days=1)
ALL_SCOPES = " ".join(Scope)
_IDENTITY = {"iss": ISSUER, "aud": AUDIENCE, "sub": FIRST_CLIENT, "client_id": APPLICATION}


@dataclass(frozen=True)
class Stand:
    """A provider, and all that a configuration for it says."""

    provider: Provider
    now: datetime
    without: tuple[str, ...] = ()  # settings that the configuration leaves out, as `table.key`

    def configuration(self, base_url: str) -> dict[str, Any]:
        """The complete configuration, as `conformance.toml` would hold it, for this provider at `base_url`."""
        provider = self.provider
        per_second = provider.requests_per_second
        document: dict[str, Any] = {
            "contract": "kz-accounts",
            "role": provider.role,
            "target": {
                "name": f"reference provider ({type(provider).__name__})",
                "base_url": provider.published_url(base_url),
                "versions": [version.value for version in provider.versions],
                "provider_id": PROVIDER_ID,
            },
            "limits": {"max_rps": max(1, int(per_second * 0.8)), "timeout_s": 10},
            "auth": {"static": self._static_tokens(), "mint": _mint()},
            "data": self._data(),
            "rate_limit": {
                "probe": True,
                "declared_per_second": per_second,
                "burst": min(2000, max(400, int(4 * per_second))),
            },
        }
        for place in self.without:
            *tables, key = place.split(".")
            reduce(getitem, tables, document).pop(key)
        return document

    @property
    def full_token(self) -> str:
        """The token of all scopes."""
        return self._static_tokens()["full"]

    def _static_tokens(self) -> dict[str, str]:
        claims = _claims(self.now)
        return {
            "full": _signed(claims),
            **{scope.value: _signed({**claims, "scope": scope.value}) for scope in Scope},
            "none": _signed({**claims, "scope": ""}),
            "expired": _signed(_claims(self.now - 2 * TOKEN_LIFETIME)),
            "revoked": _signed({**claims, "jti": REVOKED_JTI}),
            "foreign_key": _signed(claims, foreign=True),
            "other_client": _signed({**claims, "sub": SECOND_CLIENT}),
        }

    def _data(self) -> dict[str, Any]:
        """Facts about the test clients; what this provider does not have is left out."""
        ledger = self.provider.ledger
        mine = ledger.accounts_of(FIRST_CLIENT)
        foreign = [account for account in ledger.accounts_of(SECOND_CLIENT) if account.is_active]
        known = [account for account in (*mine, *foreign) if account.is_active]
        data: dict[str, Any] = {
            "missing_iban": ledger.missing_iban,
            "account_ids": self._ids(account for account in mine if account.is_active),
            "closed_account_ids": self._ids(account for account in mine if not account.is_active),
        }
        if known:
            data["existing_iban"] = known[0].iban
        if foreign:
            data["other_client_account_id"] = self.provider.account_id_text(foreign[0])
        return data

    def _ids(self, accounts: Iterable[StoredAccount]) -> list[str]:
        return [self.provider.account_id_text(account) for account in accounts]


def stand(
    *,
    provider_class: type[Provider] = Provider,
    now: datetime | None = None,
    clock: Callable[[], datetime] | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    versions: Collection[Version | str] = (Version.V3,),
    role: str = "provider",
    seed: int = 7,
    requests_per_second: float = 50,
    without: Collection[str] = (),
) -> Stand:
    """
    A provider of that class with the sample ledger as it stands at `now`.

    `without` names settings that the configuration leaves out. With `now` alone the provider's clock stands still;
    with neither `now` nor `clock` it is the real one.
    """
    if clock is None:
        clock = (lambda: now) if now is not None else system_clock
    start = clock() if now is None else now
    provider = provider_class(
        ledger=sample_ledger(start, seed),
        trusted=key_set(public_part(_keys()[0], KID)),
        issuer=ISSUER,
        audience=AUDIENCE,
        applications={APPLICATION},
        revoked={REVOKED_JTI},
        clock=clock,
        versions=tuple(Version(version) for version in versions),
        role=role,
        requests_per_second=requests_per_second,
        monotonic=monotonic,
        sleep=sleep,
    )
    return Stand(provider, start, tuple(without))


@cache
def _keys() -> tuple[JWK, JWK]:
    """The published key and one that never was; made once, since making an RSA key takes long."""
    return new_private_key(ALG, KID), new_private_key(ALG, KID)


def _mint() -> dict[str, Any]:
    return {
        "key": _keys()[0].export_to_pem(private_key=True, password=None).decode("ascii"),
        "alg": ALG,
        "kid": KID,
        "claims": dict(_IDENTITY),
        "scope_claim": "scope",
        "other_client_claims": {"sub": SECOND_CLIENT},
    }


def _claims(issued: datetime) -> dict[str, Any]:
    return {
        **_IDENTITY,
        "scope": ALL_SCOPES,
        "iat": int(issued.timestamp()),
        "exp": int((issued + TOKEN_LIFETIME).timestamp()),
        "jti": "stand-token",
    }


def _signed(claims: dict[str, Any], *, foreign: bool = False) -> str:
    return _signed_text(tuple(claims.items()), foreign)


@lru_cache(maxsize=64)
def _signed_text(claims: tuple[tuple[str, Any], ...], foreign: bool) -> str:
    """Signing takes milliseconds, and stands of one moment share their tokens."""
    return jws.sign(dict(claims), _keys()[1 if foreign else 0], ALG, kid=KID, typ="JWT")
