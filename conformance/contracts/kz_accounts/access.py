"""kz-accounts 18-24, 93, A1.1: who may read what. Every token rule is asked on every call."""

from __future__ import annotations

import threading
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from jwcrypto.jwk import JWK, JWKSet

from conformance.contracts.kz_accounts.call import Call, Claims, Operation, Refusal, unauthorized
from conformance.contracts.kz_accounts.ledger import Ledger, StoredAccount
from conformance.contracts.kz_accounts.wire import Scope
from conformance.crypto import jws


class TokenRules:
    """A token is genuine, in force, meant for us, of a known application and client (23)."""

    trusted: JWKSet
    issuer: str
    audience: str
    applications: Collection[str]
    revoked: Collection[str]
    ledger: Ledger

    accepted_algorithms: Collection[str] = ("RS256", "PS256", "ES256")

    def __init__(self) -> None:
        self._signatures = _Signatures()

    def authenticate(self, call: Call) -> Claims:
        """The claims of a valid token; raises Refusal 401 (A1.1)."""
        text = self.token_text(call)
        if text is None:
            raise unauthorized("Authorization: a bearer token is missing")
        header, claims = self.token_parts(text, call)
        self.check_signature(text, header, call)
        self.check_claims(claims, call)
        return claims

    def token_text(self, call: Call) -> str | None:
        """29, 40: only the header `Authorization: Bearer` carries a token, never the URL."""
        scheme, _, text = (call.request.header("authorization") or "").partition(" ")
        return text.strip() or None if scheme.lower() == "bearer" else None

    def token_parts(self, text: str, call: Call) -> tuple[dict[str, Any], Claims]:
        """Header and claims of a token, which must be a JWT (22)."""
        try:
            header, claims, _ = _parts(text)
        except (jws.BadSignature, RecursionError):
            raise unauthorized("access token is malformed") from None
        return header, claims

    # --- the signature (93) -------------------------------------------------------------------------------

    def check_signature(self, text: str, header: dict[str, Any], call: Call) -> None:
        if not self.signature_is_good(text, header, call):
            raise unauthorized("access token is not signed by a published key")

    def signature_is_good(self, text: str, header: dict[str, Any], call: Call) -> bool:
        """All rules of a signature at once: algorithm, header, key, and that the bytes fit."""
        return (
            self.algorithm_is_accepted(header, call)
            and self.header_is_understood(header)
            and any(self.signature_fits(text, key, call) for key in self.keys_for(header, call))
        )

    def algorithm_is_accepted(self, header: dict[str, Any], call: Call) -> bool:
        """Asymmetric ones only: neither `none` nor an HMAC over the public key."""
        return header.get("alg") in self.accepted_algorithms

    def header_is_understood(self, header: dict[str, Any]) -> bool:
        """Critical members that nobody knows make a token invalid (RFC 7515, 4.1.11)."""
        return "crit" not in header

    def keys_for(self, header: dict[str, Any], call: Call) -> tuple[JWK, ...]:
        """The published keys that `kid` names, all of them without a `kid`; never a key out of the token."""
        kid = header.get("kid")
        return tuple(key for key in self.trusted["keys"] if kid is None or key.get("kid") == kid)

    def signature_fits(self, text: str, key: JWK, call: Call) -> bool:
        """Whether this key signed these bytes."""
        return self._signatures.fits(text, key, self.accepted_algorithms)

    # --- the claims (13, 23) ------------------------------------------------------------------------------

    def check_claims(self, claims: Claims, call: Call) -> None:
        if not self.dates_are_numbers(claims):
            raise unauthorized("access token has a date that is not a number")
        if self.token_has_expired(claims, call):
            raise unauthorized("access token has expired")
        if self.token_is_not_yet_valid(claims, call):
            raise unauthorized("access token is not yet valid")
        if self.token_was_revoked(claims, call):
            raise unauthorized("access token was revoked")
        if not self.issuer_is_trusted(claims, call):
            raise unauthorized("access token has another issuer")
        if not self.audience_is_ours(claims, call):
            raise unauthorized("access token has another audience")
        if not self.application_is_known(claims, call):
            raise unauthorized("access token names an unknown application")
        if not self.client_is_known(claims, call):
            raise unauthorized("access token names an unknown client")

    def dates_are_numbers(self, claims: Claims) -> bool:
        """13: seconds since 1970, as JSON numbers."""
        dates = [claims[name] for name in ("exp", "nbf", "iat") if name in claims]
        return all(isinstance(date, int | float) and not isinstance(date, bool) for date in dates)

    def token_has_expired(self, claims: Claims, call: Call) -> bool:
        """A token without an end is not in force either."""
        return "exp" not in claims or bool(claims["exp"] <= call.received.timestamp())

    def token_is_not_yet_valid(self, claims: Claims, call: Call) -> bool:
        return bool(claims.get("nbf", 0) > call.received.timestamp())

    def token_was_revoked(self, claims: Claims, call: Call) -> bool:
        """5, 24: the client withdrew consent."""
        return _is_text_in(claims.get("jti"), self.revoked)

    def issuer_is_trusted(self, claims: Claims, call: Call) -> bool:
        return bool(claims.get("iss") == self.issuer)

    def audience_is_ours(self, claims: Claims, call: Call) -> bool:
        audience = claims.get("aud")
        return self.audience in audience if isinstance(audience, list) else audience == self.audience

    def application_is_known(self, claims: Claims, call: Call) -> bool:
        return _is_text_in(claims.get("client_id"), self.applications)

    def client_is_known(self, claims: Claims, call: Call) -> bool:
        return _is_text_in(claims.get("sub"), self.ledger.clients)


class ScopeRules:
    """The area of access of the token covers the operation (18, 19, 23)."""

    def check_scope(self, call: Call) -> None:
        required = self.required_scope(call)
        if required is not None and not self.scope_is_granted(self.granted_scopes(call), required):
            raise Refusal(403, "FORBIDDEN", f"access token lacks the scope {required}")

    def required_scope(self, call: Call) -> Scope | None:
        """19; which one `exists` needs is not said, so it needs none."""
        return _SCOPES.get(call.operation)

    def granted_scopes(self, call: Call) -> frozenset[str]:
        scope = call.claims.get("scope")
        return frozenset(scope.split()) if isinstance(scope, str) else frozenset()

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        """A scope is a whole word, not a part of one."""
        return required in granted


class OwnershipRules:
    """A client reads its own active accounts only (23, 46, 93)."""

    ledger: Ledger

    def accounts_of_client(self, call: Call) -> tuple[StoredAccount, ...]:
        return self.ledger.accounts_of(call.client)

    def account_is_listed(self, account: StoredAccount) -> bool:
        """46, A2.1: open ones, and of these not the blocked ones."""
        return not self.account_is_closed(account) and not self.account_is_blocked(account)

    def account_is_closed(self, account: StoredAccount) -> bool:
        return account.closed is not None

    def account_is_blocked(self, account: StoredAccount) -> bool:
        return account.blocked

    def account_is_readable(self, account: StoredAccount, call: Call) -> bool:
        """Balance and transactions are given for what the list shows."""
        return self.account_is_listed(account)

    def account_belongs_to_client(self, account: StoredAccount, call: Call) -> bool:
        return account.client == call.client


_SCOPES = {
    Operation.ACCOUNTS: Scope.ACCOUNTS,
    Operation.BALANCE: Scope.BALANCE,
    Operation.TRANSACTIONS: Scope.TRANSACTIONS,
}


_parts = lru_cache(maxsize=512)(jws.parts)  # a client shows the same token with every call


class _Signatures:
    """Remembers which signatures fit which key: the one costly step of a call, and the same each time."""

    _most = 512

    def __init__(self) -> None:
        # The key itself is held as well, so that its id stays its own.
        self._known: dict[tuple[str, int], tuple[JWK, bool]] = {}
        self._lock = threading.Lock()

    def fits(self, text: str, key: JWK, algorithms: Collection[str]) -> bool:
        known = self._known.get((text, id(key)))
        if known is None:
            known = key, jws.is_signed_by(text, key, algorithms)
            with self._lock:
                if len(self._known) >= self._most:
                    self._known.clear()
                self._known[text, id(key)] = known
        return known[1]


def _is_text_in(value: Any, known: Collection[str]) -> bool:
    return isinstance(value, str) and value in known
