"""How requests come to the suite where the target is a client: over a socket, or from a client in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from conformance.transport.inprocess import Handler
from conformance.transport.timing import VirtualTimer


class Client(Protocol):
    """Anything that sends requests by itself, such as a reference client."""

    def call(self, server: Handler, meanwhile: Callable[[], None]) -> None:
        """Send to the server what is to be sent, or what there is to send while `meanwhile` runs."""


@runtime_checkable
class PunctualClient(Client, Protocol):
    """A client that sends some of its requests at times of their own."""

    def deliver(self) -> None:
        """Send what is due by now."""


class Reception(Protocol):
    """Anything by which requests come to a handler."""

    def receive(self, handler: Handler, meanwhile: Callable[[], None]) -> None:
        """Let requests come to the handler until `meanwhile` returns."""


class InProcessReception:
    """A client in this process; one that makes all its calls by itself leaves nothing to wait for.

    A punctual one is asked for what is due each time that virtual time has passed.
    """

    def __init__(self, client: Client, timer: VirtualTimer) -> None:
        self._client = client
        self._timer = timer

    def receive(self, handler: Handler, meanwhile: Callable[[], None]) -> None:
        if not isinstance(self._client, PunctualClient):
            self._client.call(handler, meanwhile)
            return
        with self._timer.followed(self._client.deliver):
            self._client.call(handler, meanwhile)
