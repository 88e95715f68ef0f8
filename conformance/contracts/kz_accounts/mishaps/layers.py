"""What stands between a provider and its callers: a gateway that changes what passes, or a balancer over nodes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from conformance.contracts.kz_accounts.provider import Provider
from conformance.transport.message import MEASURE, Reply, Request

HTML = (("Content-Type", "text/html; charset=utf-8"),)


class BehindGateway(Provider):
    """A provider that is reached through a gateway."""

    def handle(self, request: Request) -> Reply:
        if request.method == MEASURE:
            return super().handle(request)
        return self.passed_on(request)

    def passed_on(self, request: Request) -> Reply:
        """What the gateway makes of one request and its answer."""
        return super().handle(request)


class BehindBalancer(Provider):
    """Three nodes that share the requests, in turn as a rule; two are sound, the third is another provider."""

    third: type[Provider]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._third = self.third(**options)
        self._turns = itertools.count(1)

    def handle(self, request: Request) -> Reply:
        if request.method != MEASURE and self.is_for_the_third(request):
            return self._third.handle(request)
        return super().handle(request)

    def is_for_the_third(self, request: Request) -> bool:
        return next(self._turns) % 3 == 0


def page_of_html(status: int, title: str) -> Reply:
    """An answer that a server made for a browser."""
    text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Reply(status, HTML, text.encode())


def with_header(reply: Reply, name: str, value: str | None) -> Reply:
    """The reply with one header set, or without it where the value is None."""
    kept = tuple(pair for pair in reply.headers if pair[0].lower() != name.lower())
    return replace(reply, headers=kept if value is None else (*kept, (name, value)))
