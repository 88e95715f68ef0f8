"""Every exchange of a run, numbered and kept; written out redacted as it comes, and read again."""

from __future__ import annotations

import base64
import json
import threading
from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, TextIO

from conformance.transport.message import Headers, Reply, Request
from conformance.transport.redaction import Redactor


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. Without a reply, `failure` says why none came.

    `purpose` is the check that sent it, `place` the part of the run that it belongs to: a check, or a discovery that
    several checks share, whichever of them makes it. Within one place requests follow one another in a fixed order.
    """

    number: int
    purpose: str
    at: datetime
    request: Request
    reply: Reply | None
    failure: str = ""
    place: str = ""


SHORT_TEXT = 4096  # characters


class Recorder:
    """Keeps exchanges in memory for the checks, and appends each to `sink` as one redacted JSON line.

    Each new one is told to `listener` as it was, one at a time.
    """

    def __init__(
        self,
        redactor: Redactor,
        sink: TextIO | None = None,
        listener: Callable[[Exchange], None] = lambda exchange: None,
    ) -> None:
        self.redactor = redactor
        self._sink = sink
        self._listener = listener
        self._lock = threading.Lock()
        self.exchanges: list[Exchange] = []
        self.last_number = 0

    def record(
        self, purpose: str, at: datetime, request: Request, reply: Reply | None, failure: str = "", place: str = ""
    ) -> Exchange:
        # What the checks judge is as exact as what is written, or a replay could come to another verdict.
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        if reply is not None:
            reply = replace(reply, elapsed_ms=round(reply.elapsed_ms, 1))
        with self._lock:
            self.last_number += 1
            exchange = Exchange(self.last_number, purpose, at, request, reply, failure, place or purpose)
            self._listener(exchange)
            insort(self.exchanges, exchange, key=attrgetter("number"))
            self._write(exchange)
        return exchange

    def take_up(self, exchange: Exchange) -> None:
        """Keep an exchange of an earlier recording under its own number."""
        with self._lock:
            insort(self.exchanges, exchange, key=attrgetter("number"))
            self._write(exchange)

    def _write(self, exchange: Exchange) -> None:
        if self._sink is not None:
            self._sink.write(_line(_as_json(exchange, self._redacted)))
            self._sink.flush()

    def lines(self) -> Iterator[str]:
        """All exchanges as JSON lines, redacted with all that is known by now.

        While a run goes on it meets names that stood, not yet known as such, in answers before. And only what is
        redacted alike everywhere can be judged again: equal texts stay equal.
        """
        known: dict[str, str] = {}

        def redacted(text: str) -> str:
            if text not in known:
                known[text] = self.redactor.prose(text)
            return known[text]

        return (_line(_as_json(exchange, redacted)) for exchange in self.exchanges)

    def full(self) -> Iterator[str]:
        """All exchanges as JSON lines with every secret in them: for a letter, never for the disk."""
        return map(full_line, self.exchanges)

    def _redacted(self, text: str) -> str:
        # An error is short, so that every personal value met so far can be looked for; a page of a list is not.
        return self.redactor.prose(text) if len(text) <= SHORT_TEXT else self.redactor.text(text)


def full_line(exchange: Exchange) -> str:
    """An exchange as a JSON line with every secret in it."""
    return _line(_as_json(exchange, str))


def exchange_of(line: str) -> Exchange:
    """The exchange that a line of a recording holds. Raises ValueError, KeyError or TypeError where it holds none."""
    entry = json.loads(line)
    asked, answered = entry["request"], entry.get("reply")
    request = Request(asked["method"], asked["target"], _pairs(asked["headers"]), _bytes(asked))
    reply = None
    if answered is not None:
        reply = Reply(int(answered["status"]), _pairs(answered["headers"]), _bytes(answered), float(entry["ms"]))
    return Exchange(
        int(entry["n"]),
        entry["check"],
        datetime.fromisoformat(entry["at"]),
        request,
        reply,
        entry["failure"] if reply is None else "",
        entry.get("place", entry["check"]),
    )


def _as_json(exchange: Exchange, redacted: Callable[[str], str]) -> dict[str, Any]:
    """An exchange, each text of it redacted."""

    def headers(pairs: Headers) -> list[list[str]]:
        return [[name, redacted(value)] for name, value in pairs]

    def body(raw: bytes) -> dict[str, str]:
        public = redacted(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        # Bytes that are no UTF-8 stay visible as \xNN rather than vanish; exact they stand beside it.
        text = public.decode("utf-8", "backslashreplace")
        exact = {} if text.encode("utf-8") == public else {"base64": base64.b64encode(public).decode("ascii")}
        return {"body": text, **exact}

    request, reply = exchange.request, exchange.reply
    line: dict[str, Any] = {
        "n": exchange.number,
        "check": exchange.purpose,
        **({"place": exchange.place} if exchange.place != exchange.purpose else {}),
        "at": exchange.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "request": {
            "method": request.method,
            "target": redacted(request.target),
            "headers": headers(request.headers),
            **(body(request.body) if request.body else {}),
        },
    }
    if reply is None:
        line["failure"] = redacted(exchange.failure)
    else:
        line["ms"] = reply.elapsed_ms
        line["reply"] = {"status": reply.status, "headers": headers(reply.headers), **body(reply.body)}
    return line


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False) + "\n"


def _pairs(entries: Any) -> Headers:
    return tuple((str(name), str(value)) for name, value in entries)


def _bytes(side: dict[str, Any]) -> bytes:
    if "base64" in side:
        return base64.b64decode(side["base64"], validate=True)
    return str(side.get("body", "")).encode("utf-8")
