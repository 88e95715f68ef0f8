"""Providers that find what is not there, or do more than read."""

from __future__ import annotations

import json
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal, Route, invalid
from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import ErrorCode
from conformance.transport.message import Request

_ACCOUNTS, _BALANCE, _TRANSACTIONS, _EXISTS = Operation


class _OnOneOperation(Provider):
    """A provider that is wrong in the operation `at` only."""

    at: Operation

    def concerns(self, call: Call) -> bool:
        return call.operation is self.at


# --- unknown accounts -------------------------------------------------------------------------------------


class _ServesUnknownAccounts(_OnOneOperation):
    def account_of(self, call: Call) -> StoredAccount:
        known = call.subject in self._accounts_by_id or self.account_id_is_too_long(call.subject)
        if self.concerns(call) and not known and call.subject.replace("-", "").isalnum():
            return next(account for account in self.accounts_of_client(call) if not account.transactions)
        return super().account_of(call)


class ServesBalancesOfUnknownAccounts(_ServesUnknownAccounts):
    """Shows a balance for an accountId that nobody gave out."""

    breaks, at = "KZA-ROUTES-01", _BALANCE


class ServesNoTransactionsOfUnknownAccounts(_ServesUnknownAccounts):
    """Shows an empty list for an accountId that nobody gave out."""

    breaks, at = "KZA-ROUTES-02", _TRANSACTIONS


class _RefusesUnknownAccountsOddly(_OnOneOperation):
    refusal: Refusal

    def account_of(self, call: Call) -> StoredAccount:
        try:
            return super().account_of(call)
        except Refusal as refusal:
            if self.concerns(call) and refusal.status == 404 and call.subject.replace("-", "").isalnum():
                raise self.refusal from None
            raise


class ForbidsUnknownBalances(_RefusesUnknownAccountsOddly):
    """Refuses the balance of an unknown account with 403."""

    breaks, at, refusal = "KZA-ROUTES-01", _BALANCE, Refusal(403, "FORBIDDEN", "no such account")


class ForbidsUnknownTransactions(_RefusesUnknownAccountsOddly):
    """Refuses the transactions of an unknown account with 403."""

    breaks, at, refusal = "KZA-ROUTES-02", _TRANSACTIONS, Refusal(403, "FORBIDDEN", "no such account")


class CallsUnknownBalancesInvalid(_RefusesUnknownAccountsOddly):
    """Refuses the balance of an unknown account with a code that says something else."""

    breaks, at = "KZA-ROUTES-01", _BALANCE
    refusal = Refusal(400, ErrorCode.FIELD_MISSING, "accountId: is unknown")


class CallsUnknownTransactionsInvalid(_RefusesUnknownAccountsOddly):
    """Refuses the transactions of an unknown account with a code that says something else."""

    breaks, at = "KZA-ROUTES-02", _TRANSACTIONS
    refusal = Refusal(400, ErrorCode.FIELD_INVALID, "accountId: is unknown")


class CutsLongIds(Provider):
    """Looks only at the first 36 characters of an accountId."""

    breaks = "KZA-ROUTES-03"

    def decoded_subject(self, text: str) -> str:
        return super().decoded_subject(text)[:36]


class FindsIdsThatAreTooLongForbidden(Provider):
    """Refuses an accountId that is too long with 403."""

    breaks = "KZA-ROUTES-03"

    def refusal_of_long_id(self) -> Refusal:
        return Refusal(403, "FORBIDDEN", "accountId is too long")


class RefusesVeryLongIdsWith401(Provider):
    """Takes a very long path for an attack and refuses its token."""

    breaks = "KZA-ROUTES-03"

    def token_text(self, call: Call) -> str | None:
        return None if len(call.subject) > 250 else super().token_text(call)


# --- unknown paths ----------------------------------------------------------------------------------------


class ServesTheListAtUnknownPaths(Provider):
    """Shows the list of accounts where nothing is published."""

    breaks = "KZA-ROUTES-04"

    def route_of_unknown_path(self, path: str) -> tuple[Route, str]:
        return self.routes["/v3/accounts"], ""


class ForbidsUnknownPaths(Provider):
    """Refuses unknown paths with 403, as some gateways do."""

    breaks = "KZA-ROUTES-04"

    def route_of_unknown_path(self, path: str) -> tuple[Route, str]:
        raise Refusal(403, "FORBIDDEN", "path is not known")


class CallsUnknownPathsInvalid(Provider):
    """Refuses unknown paths with 400."""

    breaks = "KZA-ROUTES-04"

    def route_of_unknown_path(self, path: str) -> tuple[Route, str]:
        raise invalid("path", "is not known")


class IgnoresWhatFollowsABalance(Provider):
    """Serves a balance whatever follows its path."""

    breaks = "KZA-ROUTES-04"

    def route_of(self, path: str) -> tuple[Route, str]:
        return super().route_of(path.removesuffix("/extra"))


class ServesAnyVersion(Provider):
    """Serves every version as if it were the latest."""

    breaks = "KZA-ROUTES-04"

    def route_of(self, path: str) -> tuple[Route, str]:
        return super().route_of(path.replace("/v9/", "/v3/"))


# --- methods ----------------------------------------------------------------------------------------------


class _AllowsMethod(_OnOneOperation):
    method: str

    def method_is_allowed(self, call: Call) -> bool:
        return (self.concerns(call) and call.request.method == self.method) or super().method_is_allowed(call)


class ServesPostOnAccounts(_AllowsMethod):
    """Serves POST on the list of accounts like GET."""

    breaks, at, method = "KZA-ROUTES-05", _ACCOUNTS, "POST"


class ServesPutOnBalances(_AllowsMethod):
    """Serves PUT on a balance like GET."""

    breaks, at, method = "KZA-ROUTES-06", _BALANCE, "PUT"


class ServesPatchOnTransactions(_AllowsMethod):
    """Serves PATCH on transactions like GET."""

    breaks, at, method = "KZA-ROUTES-07", _TRANSACTIONS, "PATCH"


class ServesDeleteOnExistence(_AllowsMethod):
    """Serves DELETE on existence like GET."""

    breaks, at, method = "KZA-ROUTES-08", _EXISTS, "DELETE"


class _RefusesMethodsOddly(_OnOneOperation):
    refusal = Refusal(404, "NOT_FOUND", "not found")
    methods = frozenset({"POST", "PUT", "PATCH", "DELETE"})

    def check_method(self, call: Call) -> None:
        if self.concerns(call) and call.request.method in self.methods:
            raise self.refusal
        super().check_method(call)


class DoesNotFindOtherMethodsOnAccounts(_RefusesMethodsOddly):
    """Refuses other methods on the list of accounts with 404."""

    breaks, at = "KZA-ROUTES-05", _ACCOUNTS


class ForbidsOtherMethodsOnBalances(_RefusesMethodsOddly):
    """Refuses other methods on a balance with 403."""

    breaks, at, refusal = "KZA-ROUTES-06", _BALANCE, Refusal(403, "FORBIDDEN", "method is forbidden")


class CallsOtherMethodsOnTransactionsInvalid(_RefusesMethodsOddly):
    """Refuses other methods on transactions with 400."""

    breaks, at, refusal = "KZA-ROUTES-07", _TRANSACTIONS, invalid("method", "is not known")


class DoesNotFindOtherMethodsOnExistence(_RefusesMethodsOddly):
    """Refuses other methods on existence with 404."""

    breaks, at = "KZA-ROUTES-08", _EXISTS


class DoesNotFindHead(_RefusesMethodsOddly):
    """Refuses HEAD on transactions with 404."""

    breaks, at, methods = "KZA-ROUTES-09", _TRANSACTIONS, frozenset({"HEAD"})


class ForbidsOptions(_RefusesMethodsOddly):
    """Refuses OPTIONS on the list of accounts with 403."""

    breaks, at, methods = "KZA-ROUTES-09", _ACCOUNTS, frozenset({"OPTIONS"})
    refusal = Refusal(403, "FORBIDDEN", "origin is not known")


# --- bodies on GET ----------------------------------------------------------------------------------------


class _ReadsTheBody(_OnOneOperation):
    """Takes the members of a body for parameters, or for what the path names."""

    def call_of(self, request: Request, received: Any) -> Call:
        from dataclasses import replace

        call = super().call_of(request, received)
        if not self.concerns(call) or request.method != "GET" or not request.body:
            return call
        members = json.loads(request.body)
        subject = members.pop("accountId", members.pop("iban", call.subject))
        return replace(call, subject=subject, parameters=(*((name, str(text)) for name, text in members.items()),))


class FiltersAccountsByTheBody(_ReadsTheBody):
    """Takes the body of a request for accounts as its filter."""

    breaks, at = "KZA-ROUTES-10", _ACCOUNTS


class ReadsTheAccountFromTheBody(_ReadsTheBody):
    """Takes the accountId of a balance out of the body."""

    breaks, at = "KZA-ROUTES-11", _BALANCE


class FiltersTransactionsByTheBody(_ReadsTheBody):
    """Takes the body of a request for transactions as its filter."""

    breaks, at = "KZA-ROUTES-12", _TRANSACTIONS


class ReadsTheIbanFromTheBody(_ReadsTheBody):
    """Takes the IBAN to look for out of the body."""

    breaks, at = "KZA-ROUTES-13", _EXISTS


class _RefusesBodiesOddly(_OnOneOperation):
    def check_parameter_names(self, call: Call) -> None:
        if self.concerns(call) and call.request.body:
            raise Refusal(403, "FORBIDDEN", "body is forbidden")


class ForbidsBodiesForAccounts(_RefusesBodiesOddly):
    """Refuses a body on the request for accounts with 403."""

    breaks, at = "KZA-ROUTES-10", _ACCOUNTS


class ForbidsBodiesForBalances(_RefusesBodiesOddly):
    """Refuses a body on the request for a balance with 403."""

    breaks, at = "KZA-ROUTES-11", _BALANCE


class ForbidsBodiesForTransactions(_RefusesBodiesOddly):
    """Refuses a body on the request for transactions with 403."""

    breaks, at = "KZA-ROUTES-12", _TRANSACTIONS


class ForbidsBodiesForExistence(_RefusesBodiesOddly):
    """Refuses a body on the request for existence with 403."""

    breaks, at = "KZA-ROUTES-13", _EXISTS
