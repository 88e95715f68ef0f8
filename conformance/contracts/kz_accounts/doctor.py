"""What the doctor wants to know of kz-accounts: tokens, keys, access, and whether there is enough to look at.

Tokens are taken apart here and never printed: of each only algorithm, key id, scopes and time are told. At most
some twenty requests go out, all of them reads that the checks make as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import RECENT_DAYS, Accounts
from conformance.contracts.kz_accounts.declaration import Declaration
from conformance.contracts.kz_accounts.tokens import ALL_SCOPES, VOLATILE, Kind
from conformance.crypto import jws
from conformance.crypto.keys import private_key, rsa_public
from conformance.engine.finding import Finding, Owner, fine, stop, warning
from conformance.engine.session import Session

LONG_ENOUGH = timedelta(minutes=15)  # a run of all checks takes less
ITEMS_WANTED = wire.DEFAULT_PAGE_SIZE + 1  # a second page of the default size
ACCOUNTS_LOOKED_AT = 12  # one by one, until one has enough
_NEEDED_SCOPES = {
    Kind.FULL: set(ALL_SCOPES.split()),
    Kind.OTHER_CLIENT: set(ALL_SCOPES.split()),
    Kind.ACCOUNTS: {wire.Scope.ACCOUNTS.value},
    Kind.BALANCE: {wire.Scope.BALANCE.value},
    Kind.TRANSACTIONS: {wire.Scope.TRANSACTIONS.value},
    Kind.NONE: set[str](),
}
_CONFIGURED = Owner.CONFIGURATION


def tokens(session: Session) -> Iterator[Finding]:
    """Each token of [auth.static]: shape, algorithm, key id, scopes, time. Nothing is sent."""
    declaration = _declaration(session)
    held = declaration.auth.static.model_dump(exclude_none=True)
    for name, token in held.items():
        try:
            header, claims, _ = jws.parts(token)
        except jws.BadSignature as fault:
            yield warning("token", _CONFIGURED, f"auth.static.{name}: {fault}", "give the whole compact JWT")
            continue
        yield _judged(Kind(name), header, claims, session.now, declaration)


def keys(session: Session) -> Iterator[Finding]:
    """The test key: its kind, and whether it is the one behind the token of the same key id. Nothing is sent."""
    auth = _declaration(session).auth
    if auth.mint is None:
        return
    key = private_key(auth.mint.key)
    size = f"{rsa_public(key).key_size} bits" if key["kty"] == "RSA" else str(key.get("crv"))
    named = f"key id {auth.mint.kid}" if auth.mint.kid else "no key id"
    full = auth.static.full
    if full is not None and not jws.is_signed_by(full, key, [auth.mint.alg]) and _key_id(full) == auth.mint.kid:
        text = f"auth.mint.key did not sign auth.static.full, though both go by {named}"
        yield warning("key", _CONFIGURED, text, "give the key and the kid that belong together")
    else:
        text = f"auth.mint.key: {key['kty']}, {size}, fits {auth.mint.alg}; {named}"
        yield fine("key", text, _CONFIGURED)


def access(session: Session) -> Iterator[Finding]:
    """Whether the full token opens the list of accounts, and a minted one as well."""
    accounts, auth = _accounts(session), _declaration(session).auth
    source = "auth.static.full" if auth.static.full is not None else "auth.mint"
    answer = _first_list(accounts)
    if answer.status != 200:
        yield _shut(accounts, source, answer)
        return
    yield fine("access", f"{source}: opens the list of accounts")
    if auth.mint is None or auth.static.full is None:
        return
    answer = accounts.listing(size=1, token=accounts.tokens.minted("doctor"))
    if answer.status == 200:
        yield fine("access", "auth.mint: a minted token opens the list of accounts")
    else:
        remedy = "publish the public half of auth.mint.key under its kid in the JWK Set that the target trusts (93), "
        remedy += "and take auth.mint.claims from a good token"
        yield warning("access", _CONFIGURED, f"a minted token is answered with {answer.status}", remedy)


def data(session: Session) -> Iterator[Finding]:
    """Whether the client has accounts and transactions enough for pages, and the facts in [data] are true."""
    accounts = _accounts(session)
    listed = _first_list(accounts).accounts
    yield _enough("accounts", len(listed), f"{len(listed)} accounts")
    start, counts = accounts.days_ago(RECENT_DAYS), list[int]()
    for account in [account for account in listed if account.has_id][:ACCOUNTS_LOOKED_AT]:
        answer = accounts.transactions(account, size=ITEMS_WANTED, start=start, end=accounts.settled)
        counts.append(len(answer.transactions) if answer.status == 200 else 0)
        if counts[-1] >= ITEMS_WANTED:
            break
    most = max(counts, default=0)
    text = f"{most} or more" if most >= ITEMS_WANTED else f"{most} at most"
    text += f" in the last {RECENT_DAYS} days; accounts looked at: {len(counts)} of {len(listed)}"
    yield _enough("transactions", most, text)
    known, ids = accounts.declaration.data, {account.id for account in listed if account.has_id}
    if len(listed) < wire.LARGEST_PAGE_SIZE and (absent := len(set(known.account_ids) - ids)):
        text = f"data.account_ids: {absent} of {len(known.account_ids)} are not on the list"
        yield warning("accounts", _CONFIGURED, text, "name open accounts of this very client")
    for name, iban, due in (("existing_iban", known.existing_iban, True), ("missing_iban", known.missing_iban, False)):
        if iban is None:
            continue
        answer = accounts.exists(iban)
        if answer.status == 200 and answer.exists is due:
            yield fine("IBAN", f"data.{name}: as declared")
        else:
            seen = f"exists is {str(answer.exists).lower()}" if answer.status == 200 else f"status {answer.status}"
            yield warning("IBAN", _CONFIGURED, f"data.{name}: the target says otherwise ({seen})", "give another IBAN")


def second_client(session: Session) -> Iterator[Finding]:
    """Whether there is another client, with accounts of its own."""
    accounts, auth = _accounts(session), _declaration(session).auth
    minted = auth.mint is not None and bool(auth.mint.other_client_claims)
    if auth.static.other_client is None and not minted:
        remedy = "give auth.static.other_client, or auth.mint.other_client_claims"
        yield warning("second client", _CONFIGURED, "no token of another client", remedy)
        return
    full, other = accounts.tokens.get(Kind.FULL), accounts.tokens.get(Kind.OTHER_CLIENT)
    if _identity(full) == _identity(other):
        text = "its token names the same client as the full one"
        yield warning("second client", _CONFIGURED, text, "take a token of another client")
        return
    answer = accounts.listing(size=wire.LARGEST_PAGE_SIZE, token=Kind.OTHER_CLIENT)
    if answer.status != 200:
        text = f"its token is answered with {answer.status}"
        yield warning("second client", _CONFIGURED, text, "give a good token with all scopes")
    elif not answer.accounts:
        remedy = "open one for it, or take another client"
        yield warning("second client", _CONFIGURED, "it has no account", remedy)
    else:
        yield fine("second client", f"{len(answer.accounts)} accounts")


def settings(session: Session) -> Iterator[Finding]:
    """Settings without which checks stay inconclusive, and limits that contradict one another. Nothing is sent."""
    declaration = _declaration(session)
    auth, known, rate = declaration.auth, declaration.data, declaration.rate_limit
    given = {
        "auth.mint": auth.mint is not None,
        "auth.static.revoked": auth.static.revoked is not None,
        "data.existing_iban": known.existing_iban is not None,
        "data.missing_iban": known.missing_iban is not None,
        "data.account_ids": bool(known.account_ids),
        "data.closed_account_ids": bool(known.closed_account_ids),
        "data.other_client_account_id": known.other_client_account_id is not None,
        "rate_limit.probe": rate.probe,
        "rate_limit.declared_per_second": rate.declared_per_second is not None,
    }
    if absent := [name for name, is_given in given.items() if not is_given]:
        text = f"not given: {', '.join(absent)}"
        yield warning("settings", _CONFIGURED, text, "the checks that need them will be inconclusive")
    else:
        yield fine("settings", "all that checks may need is given", _CONFIGURED)
    ours, theirs = declaration.limits.max_rps, rate.declared_per_second
    if ours is not None and theirs is not None and ours > theirs:
        text = f"limits.max_rps of {ours:g} is above rate_limit.declared_per_second of {theirs:g}"
        yield warning("rate limit", _CONFIGURED, text, "lower limits.max_rps, or the run waits out answers with 429")


LOOKS = (tokens, keys, settings, access, data, second_client)
"""In order; those that send nothing come first."""


def _declaration(session: Session) -> Declaration:
    declaration: Declaration = session.declaration  # type: ignore[assignment]
    return declaration


def _accounts(session: Session) -> Accounts:
    return Accounts(session, wire.Version.V3)


def _first_list(accounts: Accounts) -> Answer:
    """The first page of the list, asked for once."""
    return accounts.recall("doctor: list", lambda: accounts.listing(size=wire.LARGEST_PAGE_SIZE))


def _enough(topic: str, count: int, text: str) -> Finding:
    if count >= ITEMS_WANTED:
        return fine(topic, text)
    return warning(topic, _CONFIGURED, text, f"the checks of pages want {ITEMS_WANTED}; take a client with more")


def _judged(
    kind: Kind, header: Mapping[str, Any], claims: Mapping[str, Any], now: datetime, declaration: Declaration
) -> Finding:
    """The gravest fault of one token, or its description."""
    name = f"auth.static.{kind}"
    is_over = _moment(claims.get("exp"))
    begins = _moment(claims.get("nbf"))
    scopes = _scopes(claims, declaration)
    grave = stop if kind is Kind.FULL else warning
    if kind is Kind.EXPIRED:
        if is_over is None or is_over > now:
            return warning("token", _CONFIGURED, f"{name}: has not expired yet", "give one whose exp has passed")
        return fine("token", f"{name}: {_told(header, scopes)}, expired as it should", _CONFIGURED)
    if is_over is None:
        return warning("token", _CONFIGURED, f"{name}: has no exp that can be read", "see that it is an access token")
    if is_over <= now:
        return grave("token", _CONFIGURED, f"{name}: expired {_span(now - is_over)} ago", "get a new one")
    if begins is not None and begins > now:
        text = f"{name}: is not in force for another {_span(begins - now)}"
        return grave("token", _CONFIGURED, text, "check the clock of this machine, or get another one")
    if is_over - now < LONG_ENOUGH:
        text = f"{name}: expires in {_span(is_over - now)}"
        return warning("token", _CONFIGURED, text, "get a new one, or it may end during the run")
    needed = _NEEDED_SCOPES.get(kind)
    if needed is not None and scopes is None and needed:
        text = f"{name}: its scopes cannot be read from it"
        return warning("token", _CONFIGURED, text, "see that it has the scopes that its setting names")
    if needed is not None and scopes is not None and not _fits(kind, needed, scopes):
        text = f"{name}: has the scopes {_listed(scopes)}, not {_listed(needed)}"
        return warning("token", _CONFIGURED, text, "get one with the scopes that its setting names")
    return fine("token", f"{name}: {_told(header, scopes)}, in force for {_span(is_over - now)}", _CONFIGURED)


def _fits(kind: Kind, needed: set[str], scopes: set[str]) -> bool:
    """A whole token may have further scopes; one that shows what a scope opens must have no other of ours."""
    if kind in (Kind.FULL, Kind.OTHER_CLIENT):
        return needed <= scopes
    return scopes & set(ALL_SCOPES.split()) == needed


def _told(header: Mapping[str, Any], scopes: set[str] | None) -> str:
    key_id = f"key id {header['kid']}" if "kid" in header else "no key id"
    return f"{header.get('alg')}, {key_id}, scopes {'not told' if scopes is None else _listed(scopes)}"


def _listed(scopes: set[str]) -> str:
    return " ".join(sorted(scopes)) or "none"


def _scopes(claims: Mapping[str, Any], declaration: Declaration) -> set[str] | None:
    mint = declaration.auth.mint
    name = mint.scope_claim.removesuffix("[]") if mint else "scope"
    value = claims.get(name)
    if isinstance(value, str):
        return set(value.split())
    return {str(item) for item in value} if isinstance(value, list) else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _span(length: timedelta) -> str:
    """In the largest unit that leaves no nought."""
    seconds = int(length.total_seconds())
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _key_id(token: str) -> object:
    try:
        return jws.parts(token)[0].get("kid")
    except jws.BadSignature:
        return token  # no JWS names no key


def _identity(token: str) -> object:
    """What stays the same from token to token of a client."""
    try:
        claims = jws.parts(token)[1]
    except jws.BadSignature:
        return token
    return {name: value for name, value in claims.items() if name not in VOLATILE}


def _shut(accounts: Accounts, source: str, answer: Answer) -> Finding:
    text = f"{source}: the list of accounts is answered with {answer.status}"
    match answer.status:
        case 401 | 403:
            remedy = "give a token in force with all scopes, from the issuer and the key that the target trusts"
            return stop("access", _CONFIGURED, text, remedy)
        case 404:
            path = accounts.dialect.accounts()
            return stop("access", _CONFIGURED, text, f"check target.base_url: it is the address in front of {path}")
        case 429:
            return stop("access", Owner.TARGET, text, "wait until the limit lets this client in again")
        case _:
            return stop("access", Owner.TARGET, text, "mend the target; its answers now would show nothing else")
