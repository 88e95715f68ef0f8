"""Mishaps of access: tokens that are checked in one layer and trusted in another, and clients that get mixed up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Claims, Operation, Refusal
from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import Scope, Version
from conformance.transport.message import Reply, Request


class RemembersTokensByTheirBeginning(Provider):
    """The store of checked tokens is keyed by their first 60 characters, which all tokens of one key share."""

    symptoms = (
        "KZA-ISOLATION-01",
        "KZA-SCOPE-04",
        "KZA-SCOPE-05",
        "KZA-SCOPE-06",
        "KZA-TOKEN-01",
        "KZA-TOKEN-02",
        "KZA-TOKEN-03",
        "KZA-TOKEN-04",
        "KZA-TOKEN-05",
        "KZA-TOKEN-06",
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._checked: dict[str, Claims] = {}

    def authenticate(self, call: Call) -> Claims:
        beginning = (self.token_text(call) or "")[:60]
        if beginning not in self._checked:
            self._checked[beginning] = super().authenticate(call)
        return self._checked[beginning]


class RemembersClaimsByClient(Provider):
    """Claims are kept by client to save time, so that a token of one scope opens what an earlier one did."""

    symptoms = ("KZA-SCOPE-04", "KZA-SCOPE-05", "KZA-SCOPE-06")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._known: dict[str, Claims] = {}

    def authenticate(self, call: Call) -> Claims:
        claims = super().authenticate(call)
        return self._known.setdefault(str(claims.get("sub")), claims)


class ChecksScopesOnTheListOnly(Provider):
    """The annotation that demands a scope stands on the controller of the list and was forgotten on the other two."""

    symptoms = ("KZA-SCOPE-05", "KZA-SCOPE-06")

    def required_scope(self, call: Call) -> Scope | None:
        return super().required_scope(call) if call.operation is Operation.ACCOUNTS else None


class ChecksScopesByTheirBeginning(Provider):
    """The policy of the gateway asks whether the scope text contains `account`, which is true of all three."""

    symptoms = ("KZA-SCOPE-04", "KZA-SCOPE-05", "KZA-SCOPE-06")

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        return any("account" in scope for scope in granted)


class TrustsWhatTheGatewayLetThrough(Provider):
    """The application only decodes tokens, since the gateway checks them; but it can be reached past the gateway."""

    symptoms = (
        "KZA-AUTH-09",
        "KZA-TOKEN-01",
        "KZA-TOKEN-02",
        "KZA-TOKEN-03",
        "KZA-TOKEN-04",
        "KZA-TOKEN-05",
        "KZA-TOKEN-06",
    )

    def check_signature(self, text: str, header: dict[str, Any], call: Call) -> None:
        """Done by the gateway."""

    def check_claims(self, claims: Claims, call: Call) -> None:
        """Done by the gateway."""


class ValidatesLifetimeAndSignatureOnly(Provider):
    """The validation of issuer and audience was switched off for a test environment, and the setting travelled on."""

    symptoms = ("KZA-TOKEN-05", "KZA-TOKEN-06")

    def issuer_is_trusted(self, claims: Claims, call: Call) -> bool:
        return True

    def audience_is_ours(self, claims: Claims, call: Call) -> bool:
        return True


class AllowsADayOfClockSkew(Provider):
    """The tolerance for clocks is set in minutes, but was given in seconds: expired tokens live on for days."""

    symptoms = ("KZA-TOKEN-01", "KZA-TOKEN-02")

    def token_has_expired(self, claims: Claims, call: Call) -> bool:
        return super().token_has_expired(claims, replace(call, received=call.received - timedelta(days=3)))

    def token_is_not_yet_valid(self, claims: Claims, call: Call) -> bool:
        return super().token_is_not_yet_valid(claims, replace(call, received=call.received + timedelta(days=3)))


class LeavesOldVersionsUnprotected(Provider):
    """The plugin that checks tokens is bound to the routes of v3; the older ones still trust any payload."""

    symptoms = (
        "KZA-AUTH-09",
        "KZA-SCOPE-04",
        "KZA-SCOPE-05",
        "KZA-SCOPE-06",
        "KZA-TOKEN-01",
        "KZA-TOKEN-02",
        "KZA-TOKEN-03",
        "KZA-TOKEN-04",
        "KZA-TOKEN-05",
        "KZA-TOKEN-06",
    )
    tried_with = {"versions": tuple(Version)}

    def check_signature(self, text: str, header: dict[str, Any], call: Call) -> None:
        if self.is_protected(call):
            super().check_signature(text, header, call)

    def check_claims(self, claims: Claims, call: Call) -> None:
        if self.is_protected(call):
            super().check_claims(claims, call)

    def check_scope(self, call: Call) -> None:
        if self.is_protected(call):
            super().check_scope(call)

    def is_protected(self, call: Call) -> bool:
        return call.route.version is Version.V3 or call.operation is Operation.EXISTS


class KeepsTheClientOfTheLastRequest(Provider):
    """Transactions are read in a pool of threads whose context still holds the client of the request before."""

    symptoms = ("KZA-ISOLATION-01",)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._last = ""

    def accounts_of_client(self, call: Call) -> tuple[StoredAccount, ...]:
        client, self._last = self._last or call.client, call.client
        return self.ledger.accounts_of(client)


class ForbidsButSendsTheBody(Provider):
    """A filter that runs after the controller sets status 403, but the body is already written."""

    symptoms = ("KZA-SCOPE-04", "KZA-SCOPE-05", "KZA-SCOPE-06", "KZA-SCOPE-08")

    def check_scope(self, call: Call) -> None:
        """Done after the body is made."""

    def answer(self, request: Request) -> Reply:
        call = self.admitted(self.call_of(request, self.clock()))
        reply = self.success_reply(self.body_of(call), request)
        try:
            super().check_scope(call)
        except Refusal as refusal:
            return replace(reply, status=refusal.status)
        return reply


class TakesMissingTokensForMissingRights(Provider):
    """The framework knows no entry point for tokens, and answers a missing one like a missing right, with 403."""

    symptoms = ("KZA-AUTH-09",)

    def error_status(self, refusal: Refusal) -> int:
        return 403 if refusal.status == 401 else refusal.status


class WrapsForbiddenIn200(Provider):
    """The layer for the mobile bank wraps business errors, such as another client's account, in a 200 with a code."""

    symptoms = ("KZA-FAILURES-01",)

    def account_of(self, call: Call) -> StoredAccount:
        account = self.find_account(call.subject)
        if account is not None and not self.account_belongs_to_client(account, call):
            raise Refusal(200, "FORBIDDEN", "access denied")
        return super().account_of(call)
