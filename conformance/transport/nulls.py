"""Null targets: things that conform to nothing. None of them may earn a pass."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.transport.inprocess import Handler
from conformance.transport.message import Reply, Request

_JSON = (("Content-Type", "application/json"),)


class _Always:
    """The same answer to everything."""

    def __init__(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        self._reply = Reply(status, (("Content-Type", content_type),), body)

    def handle(self, request: Request) -> Reply:
        return self._reply


class _Echo:
    """Sends back what it was sent."""

    def handle(self, request: Request) -> Reply:
        headers = request.headers if request.header("Content-Type") else (*request.headers, *_JSON)
        return Reply(200, headers, request.body or request.target.encode("latin-1"))


class _RedirectLoop:
    """Sends everybody back to where they are."""

    def handle(self, request: Request) -> Reply:
        return Reply(302, (("Location", request.target), *_JSON), b"")


NULL_TARGETS: Mapping[str, Handler] = {
    "always-200": _Always(200, b"{}"),
    "always-401": _Always(401, b"{}"),
    "always-404": _Always(404, b"{}"),
    "always-500": _Always(500, b'{"code":"INTERNAL_ERROR","description":"Internal error"}'),
    "echo": _Echo(),
    "html": _Always(200, b"<!DOCTYPE html><html><title>Welcome</title></html>", "text/html"),
    "redirect-loop": _RedirectLoop(),
}
"""By the names that `conformance serve --null` takes."""
