"""A provider in the same process, called directly: thousands of exchanges a second make the proof cheap."""

from __future__ import annotations

from typing import Protocol

from conformance.transport.message import Reply, Request


class Handler(Protocol):
    """Anything that answers a request, such as a reference provider."""

    def handle(self, request: Request) -> Reply: ...


class InProcessTransport:
    """Calls a handler; a HEAD gets no body, as over HTTP."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def exchange(self, request: Request) -> Reply:
        reply = self._handler.handle(request)
        return Reply(reply.status, reply.headers, b"") if request.method == "HEAD" else reply

    def close(self) -> None:
        """Nothing to close."""
