"""Every exchange of a run, numbered and kept; written out redacted as it comes."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

from conformance.transport.message import Headers, Reply, Request
from conformance.transport.redaction import Redactor


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. Without a reply, `failure` says why none came."""

    number: int
    purpose: str
    at: datetime
    request: Request
    reply: Reply | None
    failure: str = ""


SHORT_TEXT = 4096  # characters


class Recorder:
    """Keeps exchanges in memory for the checks, and appends each to `sink` as one redacted JSON line."""

    def __init__(self, redactor: Redactor, sink: TextIO | None = None) -> None:
        self.redactor = redactor
        self._sink = sink
        self._lock = threading.Lock()
        self.exchanges: list[Exchange] = []

    def record(self, purpose: str, at: datetime, request: Request, reply: Reply | None, failure: str = "") -> Exchange:
        with self._lock:
            exchange = Exchange(len(self.exchanges) + 1, purpose, at, request, reply, failure)
            self.exchanges.append(exchange)
            if self._sink is not None:
                self._sink.write(json.dumps(self.as_json(exchange), ensure_ascii=False) + "\n")
                self._sink.flush()
        return exchange

    def as_json(self, exchange: Exchange) -> dict[str, Any]:
        """An exchange without secrets and personal data."""
        line: dict[str, Any] = {
            "n": exchange.number,
            "check": exchange.purpose,
            "at": exchange.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "request": {
                "method": exchange.request.method,
                "target": self._redact(exchange.request.target),
                "headers": self._headers(exchange.request.headers),
            },
        }
        if exchange.request.body:
            line["request"]["body"] = self._text(exchange.request.body)
        if exchange.reply is None:
            line["failure"] = self._redact(exchange.failure)
        else:
            line["ms"] = round(exchange.reply.elapsed_ms, 1)
            line["reply"] = {
                "status": exchange.reply.status,
                "headers": self._headers(exchange.reply.headers),
                "body": self._text(exchange.reply.body),
            }
        return line

    def _redact(self, text: str) -> str:
        # An error is short, so that every personal value met so far can be looked for; a page of a list is not.
        return self.redactor.prose(text) if len(text) <= SHORT_TEXT else self.redactor.text(text)

    def _headers(self, headers: Headers) -> list[list[str]]:
        return [[name, self._redact(value)] for name, value in headers]

    def _text(self, body: bytes) -> str:
        # Bytes that are no UTF-8 stay visible as \xNN rather than vanish.
        return self._redact(body.decode("utf-8", "backslashreplace"))
