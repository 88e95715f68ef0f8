"""How requests come to the suite where the target is a client: over a socket, or from a client in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from conformance.transport.inprocess import Handler


class Client(Protocol):
    """Anything that sends requests by itself, such as a reference client."""

    def call(self, server: Handler) -> None: ...


class Reception(Protocol):
    """Anything by which requests come to a handler."""

    def receive(self, handler: Handler, meanwhile: Callable[[], None]) -> None:
        """Let requests come to the handler until `meanwhile` returns."""


class InProcessReception:
    """A client in this process: it makes all its calls, and then nothing is left to wait for."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def receive(self, handler: Handler, meanwhile: Callable[[], None]) -> None:
        self._client.call(handler)
