"""One call of kz-accounts as the rules of a provider see it, and the refusal that a rule raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from conformance.contracts.kz_accounts.wire import Dialect, ErrorCode, Version
from conformance.transport.message import Headers, Request

Claims = Mapping[str, Any]


class Operation(StrEnum):
    """What can be asked (46, 53, 60, 68)."""

    ACCOUNTS = "accounts"
    BALANCE = "balance"
    TRANSACTIONS = "transactions"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Route:
    """One published path: what it asks for and in which version."""

    operation: Operation
    version: Version
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Call:
    """A request that reached a published path. `claims` is empty until the token was checked."""

    request: Request
    route: Route
    subject: str  # the accountId or IBAN of the path, decoded; empty for the list of accounts
    parameters: tuple[tuple[str, str], ...]  # of the query, decoded, in their order
    received: datetime
    claims: Claims = field(default_factory=dict)

    @property
    def operation(self) -> Operation:
        return self.route.operation

    @property
    def dialect(self) -> Dialect:
        return self.route.dialect

    @property
    def client(self) -> str:
        """The client whose consent the token carries."""
        return str(self.claims.get("sub", ""))

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.parameters if key == name)


class Refusal(Exception):
    """A rule says no. `description` names the field at fault and never repeats its value (37)."""

    def __init__(self, status: int, code: str, description: str, headers: Headers = ()) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description
        self.headers = headers


def invalid(name: str, why: str) -> Refusal:
    """A path or query parameter has a value that is not allowed (A1.3)."""
    return Refusal(400, ErrorCode.FIELD_INVALID, f"{name}: {why}")


def unauthorized(why: str) -> Refusal:
    """There is no token, or it is not valid (A1.1)."""
    return Refusal(401, "UNAUTHORIZED", why, (("WWW-Authenticate", "Bearer"),))


def not_found(what: str) -> Refusal:
    """The resource is not published or not known (A1.1)."""
    return Refusal(404, "NOT_FOUND", f"{what} not found")
