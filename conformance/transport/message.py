"""A request and its reply as they stand on the wire, without a client's interpretation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

MEASURE = "MEASURE"
"""No HTTP method: a request of this kind asks the transport about the connection itself (see `tls.py`). It is recorded
and replayed like any other, and its reply is a JSON object of facts."""

Headers = tuple[tuple[str, str], ...]


def first_header(headers: Headers, name: str) -> str | None:
    """The first value of the header `name` in any case, None where it is absent."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    `target` is the raw request target, path and query, already percent-encoded ASCII, so that
    a check can send bytes that no URL library would produce. `headers` are all headers that
    a check decides on; the transport adds only Host and what HTTP framing needs.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return first_header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: the status, the headers as received, the body after content decoding."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    elapsed_ms: float = field(default=0.0, compare=False)

    def header(self, name: str) -> str | None:
        return first_header(self.headers, name)


class Transport(Protocol):
    """Anything that turns a request into a reply.

    Raises NoAnswer when no whole answer came back.
    """

    def exchange(self, request: Request) -> Reply: ...

    def close(self) -> None: ...
