"""Null targets: things that conform to nothing. None of them may earn a pass."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from conformance.errors import NoAnswer
from conformance.transport.inprocess import Handler
from conformance.transport.message import Reply, Request

_JSON = (("Content-Type", "application/json"),)


class Always:
    """The same answer to everything."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def handle(self, request: Request) -> Reply:
        return self._reply


class Silence(StrEnum):
    """How a socket may fail to answer."""

    REFUSES = "nothing listens"
    HOLDS = "a connection is accepted and never answered"
    CLOSES = "a connection is accepted and closed at once"


class NoReply:
    """Never answers; `words` are those of the real transport, which learns it from a socket of that kind."""

    def __init__(self, silence: Silence, words: str) -> None:
        self.silence = silence
        self.words = words

    def handle(self, request: Request) -> Reply:
        raise NoAnswer(self.words)


class _Echo:
    """Sends back what it was sent."""

    def handle(self, request: Request) -> Reply:
        headers = request.headers if request.header("Content-Type") else (*request.headers, *_JSON)
        return Reply(200, headers, request.body or request.target.encode("latin-1"))


class _RedirectLoop:
    """Sends everybody back to where they are."""

    def handle(self, request: Request) -> Reply:
        return Reply(302, (("Location", request.target), *_JSON), b"")


def _always(status: int, body: bytes, content_type: str = "application/json") -> Always:
    return Always(Reply(status, (("Content-Type", content_type),), body))


NULL_TARGETS: Mapping[str, Handler] = {
    "always-200": _always(200, b"{}"),
    "always-401": _always(401, b"{}"),
    "always-404": _always(404, b"{}"),
    "always-500": _always(500, b'{"code":"INTERNAL_ERROR","description":"Internal error"}'),
    "echo": _Echo(),
    "html": _always(200, b"<!DOCTYPE html><html><title>Welcome</title></html>", "text/html"),
    "redirect-loop": _RedirectLoop(),
    "dead-port": NoReply(Silence.REFUSES, "ConnectError: [Errno 111] Connection refused"),
    "never-answers": NoReply(Silence.HOLDS, "no answer within 10 s"),
    "closes-at-once": NoReply(Silence.CLOSES, "RemoteProtocolError: Server disconnected without sending a response."),
}
"""By the names that `conformance serve --null` takes; a contract may have more."""
