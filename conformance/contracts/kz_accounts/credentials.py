"""Bad credentials for kz-accounts 22-24, 29.3, 93: each goes to every endpoint, right after a good one.

Every kind is tried once in a run; several checks judge its answers. What the configuration cannot give
ends the check as inconclusive.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from jwcrypto.common import base64url_decode, base64url_encode

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts, Endpoint
from conformance.contracts.kz_accounts.judgement import served
from conformance.contracts.kz_accounts.tokens import Kind
from conformance.crypto import jws
from conformance.crypto.keys import private_key, public_pem
from conformance.engine.observation import Inconclusive, given, lacking
from conformance.transport.message import Headers


@dataclass(frozen=True)
class Credential:
    """How a request presents a token, or does not."""

    name: str
    token: str | None = None
    headers: Headers = ()
    query: str = ""


@dataclass(frozen=True)
class Attempt:
    """One request with a bad credential at an endpoint that served the good one a moment before."""

    endpoint: str
    what: str
    answer: Answer

    @property
    def was_served(self) -> bool:
        return self.answer.status in range(200, 300)


@dataclass(frozen=True)
class Attempts:
    """The attempts at all endpoints; to walk through them ends as inconclusive where an endpoint served no twin."""

    made: tuple[Attempt, ...]
    problem: Inconclusive | None

    def __iter__(self) -> Iterator[Attempt]:
        yield from self.made
        if self.problem is not None:
            raise self.problem.with_traceback(None)


# --- no token, no form, wrong place (22, 29.3, 40) --------------------------------------------------------


def without_authorization(accounts: Accounts) -> Attempts:
    return _attempted(accounts, "without authorization", lambda: [Credential("no Authorization")])


def malformed(accounts: Accounts) -> Attempts:
    def bad() -> Iterable[Credential]:
        full = accounts.tokens.get(Kind.FULL)
        pair = base64url_encode("conformance:conformance")
        texts = {
            "an empty Authorization": "",
            "no token after Bearer": "Bearer",
            "garbage after Bearer": "Bearer garbage",
            "letters and dots after Bearer": "Bearer a.b.c",
            "the scheme Basic": f"Basic {pair}",
            "the good token under the scheme Basic": f"Basic {full}",
            "the good token without a scheme": full,
        }
        return [Credential(name, headers=(("Authorization", text),)) for name, text in texts.items()]

    return _attempted(accounts, "malformed", bad, before=[without_authorization])


def in_the_url(accounts: Accounts) -> Attempts:
    def bad() -> Iterable[Credential]:
        full = accounts.tokens.get(Kind.FULL)
        names = ("access_token", "token", "Authorization")
        return [Credential(f"the good token as {name}= in the URL only", query=f"{name}={full}") for name in names]

    return _attempted(accounts, "in the url", bad, before=[without_authorization])


NO_TOKEN = (without_authorization, malformed)


# --- in force (22, 23.1, 24) ------------------------------------------------------------------------------


def expired(accounts: Accounts) -> Attempts:
    def bad() -> Iterable[Credential]:
        return [Credential("an expired token", accounts.tokens.get(Kind.EXPIRED))]

    return _attempted(accounts, "expired", bad, before=NO_TOKEN)


def not_yet_valid(accounts: Accounts) -> Attempts:
    def bad() -> Iterable[Credential]:
        later = int((accounts.now + timedelta(hours=1)).timestamp())
        token = accounts.tokens.minted("not_yet_valid", nbf=later)
        return [Credential("a token that is not valid before an hour from now", token)]

    return _attempted(accounts, "not yet valid", bad, minted=True, before=NO_TOKEN)


def revoked(accounts: Accounts) -> Attempts:
    def bad() -> Iterable[Credential]:
        return [Credential("a revoked token", accounts.tokens.get(Kind.REVOKED))]

    return _attempted(accounts, "revoked", bad, before=NO_TOKEN)


# --- signed by the authorization server, and unchanged (23.1, 93) -----------------------------------------


def foreign_key(accounts: Accounts) -> Attempts:
    def bad() -> Iterable[Credential]:
        return [Credential("a token signed by a foreign key", accounts.tokens.get(Kind.FOREIGN_KEY))]

    return _attempted(accounts, "foreign key", bad, before=NO_TOKEN)


def unknown_key_id(accounts: Accounts) -> Attempts:
    """Signed by the published key a token would be genuine whatever its `kid` says; so the key is foreign too."""

    def signed_anew(*_: Any) -> str:
        header, payload = jws.parts(accounts.tokens.minted("good"))[:2]
        named = {**header, "kid": "conformance-unknown-key"}
        alg = named.pop("alg")
        return jws.sign(payload, accounts.tokens.foreign_key(), alg, **named)

    def bad() -> Iterable[Credential]:
        return [_tampered(accounts, "an unknown key id", signed_anew)]

    return _attempted(accounts, "unknown key id", bad, minted=True, before=NO_TOKEN)


def algorithm_none(accounts: Accounts) -> Attempts:
    def unsigned(spelling: str, keep_signature: bool = False) -> Callable[..., str]:
        return lambda header, payload, signature: jws.joined(
            {**header, "alg": spelling}, payload, signature if keep_signature else b""
        )

    def bad() -> Iterable[Credential]:
        for spelling in ("none", "None", "NONE"):
            yield _tampered(accounts, f"alg {spelling}", unsigned(spelling))
        yield _tampered(accounts, "alg none and the old signature", unsigned("none", keep_signature=True))

    return _attempted(accounts, "algorithm none", bad, before=NO_TOKEN)


def stripped(accounts: Accounts) -> Attempts:
    def bad() -> Iterable[Credential]:
        signed, _, _ = accounts.tokens.get(Kind.FULL).rpartition(".")
        yield _tampered(accounts, "an empty signature", lambda *_: f"{signed}.")
        yield _tampered(accounts, "two of its three parts", lambda *_: signed)

    return _attempted(accounts, "stripped", bad, before=NO_TOKEN)


def changed_signature(accounts: Accounts) -> Attempts:
    """The signed bytes stay as they are, so that one bit is all that differs."""

    def flipped(place: int) -> Callable[..., str]:
        signed, _, signature = accounts.tokens.get(Kind.FULL).rpartition(".")
        return lambda *_: f"{signed}.{_with_a_bit_changed(signature, place)}"

    def bad() -> Iterable[Credential]:
        yield _tampered(accounts, "one bit changed in the first byte of the signature", flipped(0))
        yield _tampered(accounts, "one bit changed in the last byte of the signature", flipped(-1))

    return _attempted(accounts, "changed signature", bad, before=NO_TOKEN)


def changed_claims(accounts: Accounts) -> Attempts:
    def rewritten(**change: Any) -> Callable[..., str]:
        head, _, rest = accounts.tokens.get(Kind.FULL).partition(".")
        signature = rest.rpartition(".")[2]
        return lambda header, payload, _: (
            f"{head}.{jws.joined(header, {**payload, **change}).split('.')[1]}.{signature}"
        )

    def bad() -> Iterable[Credential]:
        scope = accounts.tokens.scope_claim.removesuffix("[]")
        later = int((accounts.now + timedelta(days=3650)).timestamp())
        yield _tampered(accounts, "another subject under the old signature", rewritten(sub="conformance-other"))
        yield _tampered(accounts, "another scope under the old signature", rewritten(**{scope: _WIDER_SCOPE}))
        yield _tampered(accounts, "a later expiry under the old signature", rewritten(exp=later))

    return _attempted(accounts, "changed claims", bad, before=NO_TOKEN)


_WIDER_SCOPE = "accounts account_balance account_transactions conformance"


def public_key_as_secret(accounts: Accounts) -> Attempts:
    def keyed(secret: Callable[[], bytes]) -> Callable[..., str]:
        return lambda header, payload, _: _hmac_token(header, payload, secret())

    def bad() -> Iterable[Credential]:
        yield Credential("a token keyed with the text of the public key", accounts.tokens.with_public_key_as_secret())
        mint = accounts.declaration.auth.mint
        if mint is not None:
            pem = mint.key
            text = keyed(lambda: public_pem(private_key(pem)).strip())
            yield _tampered(accounts, "HMAC over the public key without its line end", text)
        yield _tampered(accounts, "HMAC over an empty secret", keyed(lambda: b""))

    return _attempted(accounts, "public key as secret", bad, minted=True, before=NO_TOKEN)


def embedded_key(accounts: Accounts) -> Attempts:
    def bad() -> Iterable[Credential]:
        return [Credential("a token with its own key in the header", accounts.tokens.with_embedded_key())]

    return _attempted(accounts, "embedded key", bad, minted=True, before=NO_TOKEN)


# --- meant for this API (22, 23.1) ------------------------------------------------------------------------


def other_issuer(accounts: Accounts) -> Attempts:
    return _with_another_claim(accounts, "iss", "another issuer")


def other_audience(accounts: Accounts) -> Attempts:
    return _with_another_claim(accounts, "aud", "another audience")


def _with_another_claim(accounts: Accounts, claim: str, name: str) -> Attempts:
    """Only where the configuration says that good tokens have the claim: which ones they have is not published."""

    def bad() -> Iterable[Credential]:
        changed: dict[str, Any] = {claim: "https://somebody-else.example.test"}
        token = accounts.tokens.minted(name.replace(" ", "_"), **changed)
        mint = accounts.declaration.auth.mint
        if mint is None or claim not in mint.claims:
            lacking(f"auth.mint.claims.{claim}, as good tokens have it")
        return [Credential(f"a token of {name}", token)]

    return _attempted(accounts, name, bad, minted=True, before=NO_TOKEN)


INVALID_TOKENS: tuple[Callable[[Accounts], Attempts], ...] = (
    expired,
    not_yet_valid,
    revoked,
    foreign_key,
    unknown_key_id,
    algorithm_none,
    stripped,
    changed_signature,
    changed_claims,
    public_key_as_secret,
    embedded_key,
    other_issuer,
    other_audience,
)

# --- small print ------------------------------------------------------------------------------------------


def _attempted(
    accounts: Accounts,
    key: str,
    bad: Callable[[], Iterable[Credential]],
    *,
    minted: bool = False,
    before: Sequence[Callable[[Accounts], Attempts]] = (),
) -> Attempts:
    """Every bad credential at every endpoint.

    An endpoint that serves what was tried `before` says nothing more: it is open to everybody. The twin of a minted
    token is minted as well, so that a wrong [auth.mint] leaves it open what a refusal means.
    """

    def discover() -> Attempts:
        credentials = list(bad())
        kind = "a good minted token" if minted else "a good token"
        good = accounts.tokens.minted("good") if minted else accounts.tokens.get(Kind.FULL)

        is_open = open_to(accounts, before)

        def at(endpoint: Endpoint) -> Attempts:
            try:
                given(f"{endpoint.name} refused without any token", endpoint.name in is_open, False)
                served(f"{endpoint.name} with {kind}", accounts.send(endpoint.path, endpoint.query, token=good))
            except Inconclusive as problem:
                return Attempts((), problem)
            sent = ((one.name, _sent(accounts, endpoint, one)) for one in credentials)
            made = tuple(Attempt(endpoint.name, f"{endpoint.name} with {name}", answer) for name, answer in sent)
            return Attempts(made, None)

        groups = accounts.together(at, accounts.endpoints())
        made = tuple(attempt for group in groups for attempt in group.made)
        return Attempts(made, next((group.problem for group in groups if group.problem), None))

    return accounts.recall(f"credentials: {key}", discover)


def open_to(accounts: Accounts, kinds: Sequence[Callable[[Accounts], Attempts]]) -> set[str]:
    """The endpoints that serve a request with such a credential."""
    return {attempt.endpoint for kind in kinds for attempt in kind(accounts).made if attempt.was_served}


def _sent(accounts: Accounts, endpoint: Endpoint, credential: Credential) -> Answer:
    query = "&".join(part for part in (endpoint.query, credential.query) if part)
    return accounts.send(endpoint.path, query, token=credential.token, headers=credential.headers)


def _tampered(accounts: Accounts, name: str, change: Callable[..., str]) -> Credential:
    """The good token with one thing changed; it stays a secret, since most of it is genuine."""
    return Credential(f"a token with {name}", accounts.tokens.tampered(name.replace(" ", "_"), change))


def _with_a_bit_changed(signature: str, place: int) -> str:
    raw = bytearray(base64url_decode(signature))
    if raw:
        raw[place] ^= 1
    return str(base64url_encode(bytes(raw)))


def _hmac_token(header: Mapping[str, Any], payload: Mapping[str, Any], secret: bytes) -> str:
    signed = jws.joined({**header, "alg": "HS256"}, payload).rpartition(".")[0]
    return f"{signed}.{base64url_encode(hmac.digest(secret, signed.encode('ascii'), hashlib.sha256))}"
