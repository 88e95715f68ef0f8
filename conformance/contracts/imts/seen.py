"""What a run has seen so far, for the checks of imts that judge it as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.declaration import Declaration
from conformance.contracts.imts.notices import NOTICES
from conformance.contracts.imts.wire import Method
from conformance.transport.recorder import Exchange


def asked(partner: Partner) -> list[Exchange]:
    """All requests of the suite so far, each with its answer; what came to the suite is not among them."""
    return [exchange for exchange in partner.recorded() if exchange.purpose != NOTICES]


def answers(partner: Partner) -> list[Answer]:
    """All answers so far to requests that are for a method of the mapping."""
    found = []
    for exchange in asked(partner):
        method = method_of(exchange, partner.declaration)
        if exchange.reply is not None and method is not None:
            found.append(Answer(method, exchange, exchange.reply, partner.declaration))
    return found


def distinct(exchanges: Iterable[Exchange]) -> Sequence[Exchange]:
    """One exchange for each request that was sent."""
    return list({one.request: one for one in exchanges}.values())


def method_of(exchange: Exchange, declaration: Declaration) -> Method | None:
    """The method that a request is for, by HTTP method and path; None for one that the mapping does not know."""
    path = exchange.request.target.partition("?")[0]
    for method in Method:
        mapped = (declaration.path(method) or "").partition("?")[0]
        pattern = "[^/]*".join(map(re.escape, re.split(r"\{\w+\}", mapped)))
        if mapped and method.verb == exchange.request.method and re.fullmatch(pattern, path):
            return method
    return None


def name_of(exchange: Exchange) -> str:
    """A request in a few words: where it went, and the check that sent it."""
    return f"{exchange.request.method} {exchange.request.target.partition('?')[0]} of {_check_of(exchange)}"


def _check_of(exchange: Exchange) -> str:
    return exchange.purpose.partition("@")[0].rpartition("/")[2]
