"""kz-accounts 25, 26: the API is reached only over TLS, in a version that is still safe."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from conformance.contracts.kz_accounts.client import Accounts
from conformance.engine.check import check
from conformance.engine.observation import expect, given, not_applicable
from conformance.errors import UnreadableReply
from conformance.transport.message import MEASURE

_REFUSING = (301, 302, 307, 308, 400, 403, 404, 405, 410, 421, 426, 497)
_SERVING_IN_CLEAR = "answered as an API"


@check("KZA-TLS-01")
def plain_http_is_not_served(accounts: Accounts) -> None:
    """
    The API does not answer over plain HTTP.

    Asked without a token, at the same path: a redirect to https, a refusal, or nothing at all is due. A 401 would
    mean that the API listens there and would take a token in clear.
    """
    address = urlsplit(accounts.declaration.target.base_url)
    if accounts.declaration.is_plain_loopback:
        not_applicable("plain HTTP on loopback: TLS is the affair of the server in front")
    expect("scheme of target.base_url", address.scheme, "https")

    facts = measured(accounts, f"plain-http:{accounts.dialect.accounts()}")
    if "status" not in facts:
        raise UnreadableReply("measurement/status", "is missing")
    status = facts["status"]

    what = "nothing" if status is None else ("refused" if status in _REFUSING else _SERVING_IN_CLEAR)
    expect(f"answer to plain HTTP (status {status})", what == _SERVING_IN_CLEAR, False)


@check("KZA-TLS-02")
def tls_below_1_2_is_refused(accounts: Accounts) -> None:
    """TLS 1.0 and TLS 1.1 are refused."""
    given("number of newer versions that are accepted", len(safe_versions(accounts)) > 0, True)

    for version in ("TLSv1", "TLSv1.1"):
        expect(f"whether a handshake with {version} succeeds", accepts(accounts, version), False)


@check("KZA-TLS-03")
def tls_1_2_or_1_3_is_offered(accounts: Accounts) -> None:
    """TLS 1.2 or TLS 1.3 is offered."""
    expect("whether a handshake with TLS 1.2 or 1.3 succeeds", len(safe_versions(accounts)) > 0, True)


@check("KZA-TLS-04")
def tls_1_3_is_offered(accounts: Accounts) -> None:
    """TLS 1.3 is offered."""
    safe = safe_versions(accounts)
    given("number of versions from 1.2 on that are accepted", len(safe) > 0, True)
    expect("whether a handshake with TLS 1.3 succeeds", "TLSv1.3" in safe, True)


@check("KZA-TLS-05")
def the_certificate_is_good(accounts: Accounts) -> None:
    """The certificate is issued by a trusted authority for this host, and has not expired."""
    given_tls(accounts)
    facts = measured(accounts, "certificate")
    trusted = fact(facts, "trusted")
    expect("certificate", "trusted" if trusted else str(facts.get("reason")), "trusted")


def given_tls(accounts: Accounts) -> None:
    """TLS can be judged only where the target is reached over https."""
    if accounts.declaration.is_plain_loopback:
        not_applicable("plain HTTP on loopback: TLS is the affair of the server in front")
    given("scheme of target.base_url", urlsplit(accounts.declaration.target.base_url).scheme, "https")


def safe_versions(accounts: Accounts) -> list[str]:
    """The versions from 1.2 on that the target accepts."""
    given_tls(accounts)
    return [version for version in ("TLSv1.2", "TLSv1.3") if accepts(accounts, version)]


def accepts(accounts: Accounts, version: str) -> bool:
    """Whether a handshake that offers only this version succeeds."""
    return bool(fact(measured(accounts, f"handshake:{version}"), "accepted"))


def measured(accounts: Accounts, what: str) -> dict[str, Any]:
    """Facts about the connection, measured once a run."""
    return accounts.recall(f"measured {what}", lambda: _facts(accounts, what))


def _facts(accounts: Accounts, what: str) -> dict[str, Any]:
    value = accounts.send(what, method=MEASURE, token=None).json.value
    if not isinstance(value, dict):
        raise UnreadableReply("measurement", "is no object")
    return value


def fact(facts: dict[str, Any], name: str) -> bool:
    """A yes or no among the facts."""
    value = facts.get(name)
    if not isinstance(value, bool):
        raise UnreadableReply(f"measurement/{name}", "is missing")
    return value
