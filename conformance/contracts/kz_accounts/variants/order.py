"""kz-accounts R31: the order in which a provider looks at a request is its own affair."""

from __future__ import annotations

from typing import Any

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal, Route, not_found
from conformance.contracts.kz_accounts.variants.variant import Variant
from conformance.transport.message import Reply, Request


class ParametersBeforeToken(Variant):
    """The order in which a provider looks is its own affair (R31)."""

    def admitted(self, call: Call) -> Call:
        if call.operation in (Operation.ACCOUNTS, Operation.TRANSACTIONS):
            self.paging(call)
        if call.operation is Operation.ACCOUNTS:
            self.type_filter(call)
            self.opening_range(call)
        if call.operation is Operation.TRANSACTIONS:
            self.window(call)
        return super().admitted(call)


class AcceptBeforeToken(Variant):
    """The order in which a provider looks is its own affair (R31)."""

    def admitted(self, call: Call) -> Call:
        self.check_accept(call)
        return super().admitted(call)


class TokenBeforePath(Variant):
    """A gateway may ask for the token before it knows whether the path exists (R31)."""

    def route_of_unknown_path(self, path: str) -> tuple[Route, str]:
        raise _NoSuchPath

    def answer(self, request: Request) -> Reply:
        try:
            return super().answer(request)
        except _NoSuchPath:
            some = next(iter(self.routes.values()))
            self.authenticate(Call(request, some, "", (), self.clock()))
            raise not_found("path") from None


class TokenBeforeMethod(Variant):
    """401 may come before 405 (R31)."""

    def check_method(self, call: Call) -> None:
        self.authenticate(call)
        super().check_method(call)


class MethodBeforePath(Variant):
    """A server that knows only GET may refuse other methods at any path (R31)."""

    def route_of_unknown_path(self, path: str) -> tuple[Route, str]:
        raise _NoSuchPath

    def answer(self, request: Request) -> Reply:
        try:
            return super().answer(request)
        except _NoSuchPath:
            if request.method != "GET":
                raise Refusal(405, "METHOD_NOT_ALLOWED", "method is not supported", (("Allow", "GET"),)) from None
            raise not_found("path") from None


class AccountBeforeParameters(Variant):
    """The account may be looked up before the window and the page (R31)."""

    def transactions_body(self, call: Call) -> dict[str, Any]:
        self.account_of(call)
        return super().transactions_body(call)


class ParametersBeforeScope(Variant):
    """A scope may be looked at last (R31)."""

    def check_scope(self, call: Call) -> None:
        if call.operation in (Operation.ACCOUNTS, Operation.TRANSACTIONS):
            self.paging(call)
        if call.operation is Operation.TRANSACTIONS:
            self.window(call)
        super().check_scope(call)


class ProviderIdBeforeToken(Variant):
    """The System may look for x-provider-id before the token (R31)."""

    tried_with = {"role": "system"}

    def admitted(self, call: Call) -> Call:
        self.check_provider_id(call)
        return super().admitted(call)


class _NoSuchPath(Exception):
    """Nothing is published at the path, which is told later."""
