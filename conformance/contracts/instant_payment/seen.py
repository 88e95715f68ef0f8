"""What a run has seen so far, for the checks of instant-payment that judge it as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.contracts.instant_payment.wire import PAYMENTS, Operation
from conformance.transport.recorder import Exchange


def distinct(exchanges: Iterable[Exchange]) -> Sequence[Exchange]:
    """One exchange for each request that was sent."""
    return list({one.request: one for one in exchanges}.values())


def operation_of(exchange: Exchange) -> Operation:
    """The method of the source that a request is for, by its path alone."""
    path = exchange.request.target.partition("?")[0]
    if path == PAYMENTS:
        return Operation.VALIDATE_PAYEE
    if exchange.request.method == "GET":
        return Operation.GET_PAYMENT
    return Operation.MAKE_PAYMENT if path.endswith("/confirm") else Operation.VALIDATE_PAYER


def name_of(exchange: Exchange) -> str:
    """A request in a few words: what it is for, and the check that sent it."""
    return f"{operation_of(exchange).words} of {exchange.purpose.partition('@')[0].rpartition('/')[2]}"
