"""A provider in the same process, called directly: thousands of exchanges a second make the proof cheap."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Protocol

from conformance.errors import NoAnswer
from conformance.transport.message import Reply, Request


class Handler(Protocol):
    """Anything that answers a request, such as a reference provider. Raises NoAnswer to leave one unanswered."""

    def handle(self, request: Request) -> Reply: ...


class InProcessTransport:
    """Calls a handler; a HEAD gets no body and a Content-Encoding is undone, as over HTTP."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def exchange(self, request: Request) -> Reply:
        reply = self._handler.handle(request)
        if request.method == "HEAD":
            return replace(reply, body=b"")
        coding = reply.header("Content-Encoding")
        return reply if coding is None else replace(reply, body=_decoded(coding, reply.body))

    def close(self) -> None:
        """Nothing to close."""


def _decoded(coding: str, body: bytes) -> bytes:
    """The body without its coding, by the decoders of the real transport. Raises NoAnswer as that does."""
    import httpx2  # takes its time, and few handlers need it

    try:
        return httpx2.Response(200, headers={"Content-Encoding": coding}, content=body).content
    except (httpx2.DecodingError, zlib.error) as error:
        raise NoAnswer(f"the answer's Content-Encoding does not fit its body: {error}") from None
