"""Providers that take the wrong tokens, or refuse the right ones."""

from __future__ import annotations

import base64
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Claims, Operation, Refusal, unauthorized
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import ErrorCode, Scope
from conformance.crypto import jws
from conformance.transport.message import Headers, Reply, Request


class _LetsGuestsIn(Provider):
    """Treats some callers without a good token as the first client."""

    at: tuple[Operation, ...] = tuple(Operation)

    def is_guest(self, call: Call) -> bool:
        raise NotImplementedError

    def authenticate(self, call: Call) -> Claims:
        if call.operation in self.at and self.is_guest(call):
            scope = " ".join(Scope)
            return {"sub": self.ledger.clients[0], "client_id": min(self.applications), "scope": scope}
        return super().authenticate(call)


# --- good tokens that are not served ----------------------------------------------------------------------


class _WantsNoOtherScope(Provider):
    """Compares the whole text of the scopes at one endpoint."""

    at: Scope

    def scope_is_granted(self, granted: frozenset[str], required: Scope) -> bool:
        return granted == {required} if required is self.at else super().scope_is_granted(granted, required)


class WantsNoOtherScopeAtTheList(_WantsNoOtherScope):
    """Refuses the list to a token that has more scopes than the one it needs."""

    breaks = "KZA-AUTH-01"
    at = Scope.ACCOUNTS


class WantsNoOtherScopeAtBalances(_WantsNoOtherScope):
    """Refuses balances to a token that has more scopes than the one they need."""

    breaks = "KZA-AUTH-02"
    at = Scope.BALANCE


class WantsNoOtherScopeAtTransactions(_WantsNoOtherScope):
    """Refuses transactions to a token that has more scopes than the one they need."""

    breaks = "KZA-AUTH-03"
    at = Scope.TRANSACTIONS


class WantsParametersAtTheList(Provider):
    """Refuses the list when no page is named."""

    breaks = "KZA-AUTH-01"

    def accounts_body(self, call: Call) -> dict[str, Any]:
        if not call.parameters:
            raise Refusal(400, ErrorCode.FIELD_MISSING, "query is missing")
        return super().accounts_body(call)


class TakesNoTokenAtExists(Provider):
    """Knows another kind of token at `exists`."""

    breaks = "KZA-AUTH-04"

    def authenticate(self, call: Call) -> Claims:
        if call.operation is Operation.EXISTS:
            raise unauthorized("access token is of the wrong kind")
        return super().authenticate(call)


class AnswersWith201(Provider):
    """Says "created" for what it gives."""

    breaks = "KZA-AUTH-05"

    def success_status(self, request: Request) -> int:
        return 201


class AnswersTransactionsWith206(Provider):
    """Says "partial" for a page of transactions."""

    breaks = "KZA-AUTH-05"

    def success_status(self, request: Request) -> int:
        return 206 if "/transactions" in request.target else super().success_status(request)


class AnswersExistsWith202(Provider):
    """Says "accepted" for a question that it answers at once."""

    breaks = "KZA-AUTH-05"

    def success_status(self, request: Request) -> int:
        return 202 if request.target.endswith("/exists") else super().success_status(request)


# --- no token ---------------------------------------------------------------------------------------------


class ServesWithoutToken(_LetsGuestsIn):
    """Takes a request without Authorization for one of the first client."""

    breaks = "KZA-AUTH-06"

    def is_guest(self, call: Call) -> bool:
        return call.request.header("authorization") is None


class ServesTheListWithoutToken(ServesWithoutToken):
    """Leaves the list of accounts open."""

    breaks = "KZA-AUTH-06"
    at = (Operation.ACCOUNTS,)


class ServesBalancesWithoutToken(ServesWithoutToken):
    """Leaves balances open."""

    breaks = "KZA-AUTH-06"
    at = (Operation.BALANCE,)


class ServesTransactionsWithoutToken(ServesWithoutToken):
    """Leaves transactions open."""

    breaks = "KZA-AUTH-06"
    at = (Operation.TRANSACTIONS,)


class ServesExistsWithoutToken(ServesWithoutToken):
    """Leaves `exists` open."""

    breaks = "KZA-AUTH-06"
    at = (Operation.EXISTS,)


class OpensExistsToAll(_LetsGuestsIn):
    """Looks at no token at all where no client's data is given."""

    breaks = "KZA-AUTH-06"
    at = (Operation.EXISTS,)

    def is_guest(self, call: Call) -> bool:
        return True


# --- malformed --------------------------------------------------------------------------------------------


class TakesTheTokenWithoutScheme(Provider):
    """Takes the whole header for the token."""

    breaks = "KZA-AUTH-07"

    def token_text(self, call: Call) -> str | None:
        text = call.request.header("authorization") or ""
        return super().token_text(call) if " " in text else text or None


class TakesAnyScheme(Provider):
    """Does not look at what stands before the token."""

    breaks = "KZA-AUTH-07"

    def token_text(self, call: Call) -> str | None:
        return (call.request.header("authorization") or "").partition(" ")[2].strip() or None


class TakesPasswords(_LetsGuestsIn):
    """Lets everybody in who brings a name and a password."""

    breaks = "KZA-AUTH-07"

    def is_guest(self, call: Call) -> bool:
        scheme, _, text = (call.request.header("authorization") or "").partition(" ")
        try:
            return scheme == "Basic" and b":" in base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return False


class ServesOnAnEmptyAuthorization(_LetsGuestsIn):
    """Only looks whether the header is there."""

    breaks = "KZA-AUTH-07"

    def is_guest(self, call: Call) -> bool:
        return call.request.header("authorization") == ""


class ServesOnTheSchemeAlone(_LetsGuestsIn):
    """Only looks whether the header starts with Bearer; what is no token at all goes through."""

    breaks = "KZA-AUTH-07"

    def is_guest(self, call: Call) -> bool:
        return (call.request.header("authorization") or "").strip() == "Bearer"


class TakesOpaqueTokensUnseen(_LetsGuestsIn):
    """Lets through what has no dots, as if another server had looked at it."""

    breaks = "KZA-AUTH-07"

    def is_guest(self, call: Call) -> bool:
        text = self.token_text(call)
        return text is not None and "." not in text


class ServesWhatItCannotRead(_LetsGuestsIn):
    """Swallows the error of reading a token of three parts."""

    breaks = "KZA-AUTH-07"
    at = (Operation.EXISTS,)

    def is_guest(self, call: Call) -> bool:
        text = self.token_text(call) or ""
        try:
            jws.parts(text)
        except jws.BadSignature:
            return text.count(".") == 2
        return False


class TakesAnyTextForAToken(_LetsGuestsIn):
    """Only looks whether some token is there, at one endpoint."""

    breaks = "KZA-AUTH-07"
    at = (Operation.EXISTS,)

    def is_guest(self, call: Call) -> bool:
        return self.token_text(call) is not None


class _TakesTokenFromTheUrl(Provider):
    """Looks for the token in the query as well."""

    parameter: str

    def token_text(self, call: Call) -> str | None:
        return super().token_text(call) or next(iter(call.values(self.parameter)), None)


class TakesAccessTokenFromTheUrl(_TakesTokenFromTheUrl):
    """Takes `access_token` of the query (RFC 6750, 2.3)."""

    breaks = "KZA-AUTH-08"
    parameter = "access_token"


class TakesTokenFromTheUrl(_TakesTokenFromTheUrl):
    """Takes `token` of the query."""

    breaks = "KZA-AUTH-08"
    parameter = "token"


class TakesAuthorizationFromTheUrl(_TakesTokenFromTheUrl):
    """Merges headers and query."""

    breaks = "KZA-AUTH-08"
    parameter = "Authorization"


# --- the status of a refusal ------------------------------------------------------------------------------


class RefusesTokensWith403(Provider):
    """Does not tell a bad token from a wrong scope."""

    breaks = "KZA-AUTH-09"

    def error_status(self, refusal: Refusal) -> int:
        return 403 if refusal.status == 401 else super().error_status(refusal)


class SendsStrangersToTheLogin(Provider):
    """Redirects to a page for people."""

    breaks = "KZA-AUTH-09"

    def error_status(self, refusal: Refusal) -> int:
        return 302 if refusal.status == 401 else super().error_status(refusal)


class RefusesAMissingTokenWith400(Provider):
    """Treats Authorization like any other mandatory header."""

    breaks = "KZA-AUTH-09"

    def authenticate(self, call: Call) -> Claims:
        if call.request.header("authorization") is None:
            raise Refusal(400, ErrorCode.HEADER_MISSING, "Authorization: is missing")
        return super().authenticate(call)


class RefusesAMalformedTokenWith400(Provider):
    """Treats Authorization like any other header that is wrong."""

    breaks = "KZA-AUTH-09"

    def token_parts(self, text: str, call: Call) -> tuple[dict[str, Any], Claims]:
        try:
            return super().token_parts(text, call)
        except Refusal:
            raise Refusal(400, ErrorCode.HEADER_INVALID, "Authorization: is malformed") from None


class RefusesExpiredTokensWith403(Provider):
    """Knows who asks, and so forbids."""

    breaks = "KZA-AUTH-09"

    def check_claims(self, claims: Claims, call: Call) -> None:
        if self.token_has_expired(claims, call):
            raise Refusal(403, "FORBIDDEN", "access token has expired")
        super().check_claims(claims, call)


class ForbidsTokensInTheUrl(Provider):
    """Sees a token in the URL, and answers it as a lack of rights."""

    breaks = "KZA-AUTH-09"

    def authenticate(self, call: Call) -> Claims:
        if call.values("access_token"):
            raise Refusal(403, "FORBIDDEN", "a token must not stand in the URL")
        return super().authenticate(call)


class PassesTheTokenOnInTheUrl(Provider):
    """Sends callers with a token in the URL to another host, token and all."""

    breaks = "KZA-AUTH-10"

    def authenticate(self, call: Call) -> Claims:
        if call.values("token"):
            target = f"https://login.example.test{call.request.target}"
            raise Refusal(401, "UNAUTHORIZED", "access token is missing", (("Location", target),))
        return super().authenticate(call)


class LinksToThePageWithTheToken(Provider):
    """Writes the token into the address of the next page."""

    breaks = "KZA-AUTH-10"

    def reply(self, status: int, body: bytes, request: Request, extra: Headers = ()) -> Reply:
        token = (request.header("authorization") or "").partition(" ")[2]
        link = ("Link", f"</v3/accounts?pageNumber=2&access_token={token}>; rel=next")
        return super().reply(status, body, request, (*extra, link) if status == 200 and token else extra)
