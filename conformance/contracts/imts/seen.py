"""What a run has seen so far, for the checks of imts that judge it as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.notices import NOTICES
from conformance.transport.recorder import Exchange


def asked(partner: Partner) -> list[Exchange]:
    """All requests of the suite so far, each with its answer; what came to the suite is not among them."""
    return [exchange for exchange in partner.recorded() if exchange.purpose != NOTICES]


def distinct(exchanges: Iterable[Exchange]) -> Sequence[Exchange]:
    """One exchange for each request that was sent."""
    return list({one.request: one for one in exchanges}.values())


def name_of(exchange: Exchange) -> str:
    """A request in a few words: where it went, and the check that sent it."""
    return f"{exchange.request.method} {exchange.request.target.partition('?')[0]} of {_check_of(exchange)}"


def _check_of(exchange: Exchange) -> str:
    return exchange.purpose.partition("@")[0].rpartition("/")[2]
