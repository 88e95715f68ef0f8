"""Gateways that do not publish a method at its path, or do not take what it may carry."""

from __future__ import annotations

from collections.abc import Collection

from conformance.contracts.instant_payment.call import Call, Refusal, invalid, malformed
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import KEYS, Operation


class _LacksAPath(Gateway):
    """Publishes three methods."""

    lacking: Operation

    def route_of(self, verb: str, path: str) -> tuple[Operation, str]:
        operation, payment_id = super().route_of(verb, path)
        if operation is self.lacking:
            raise Refusal(404, "UNKNOWN_PATH", "nothing is published here")
        return operation, payment_id


class HasNoPathForPayees(_LacksAPath):
    """Knows no POST /v1/payments."""

    breaks = "IPG-METHODS-01"
    lacking = Operation.VALIDATE_PAYEE


class HasNoPathForPayers(_LacksAPath):
    """Knows no POST /v1/payments/{payment_id}/validate, which the request line of the example forgets (IE06)."""

    breaks = "IPG-METHODS-02"
    lacking = Operation.VALIDATE_PAYER


class HasNoPathForConfirmations(_LacksAPath):
    """Knows no POST /v1/payments/{payment_id}/confirm."""

    breaks = "IPG-METHODS-03"
    lacking = Operation.MAKE_PAYMENT


class IgnoresBodiesOfGet(Gateway):
    """Reads no body of a GET, and so misses the signed message of each question."""

    breaks = "IPG-METHODS-04"

    def token_of(self, call: Call) -> str:
        if call.operation is Operation.GET_PAYMENT:
            raise malformed("signed_message is no text")
        return super().token_of(call)


class RequiresKeysInConfirmations(Gateway):
    """Follows the example of Make a Payment, and not its table."""

    breaks = "IPG-METHODS-05"

    def mandatory_members(self, operation: Operation) -> Collection[str]:
        more = KEYS if operation is Operation.MAKE_PAYMENT else ()
        return (*super().mandatory_members(operation), *more)


class RefusesKeysInConfirmations(Gateway):
    """Follows the table of Make a Payment, and not its example."""

    breaks = "IPG-METHODS-05"
    tried_with = {"settings": {"messages.confirm_keys": False}}

    def check_keys(self, call: Call) -> None:
        if call.operation is Operation.MAKE_PAYMENT and set(KEYS) & call.members.keys():
            raise invalid(KEYS[0], "is not known here")
        super().check_keys(call)
