"""A recorded run in place of the target: each request is answered as on record, and none goes out.

Everything is as it was written: secrets are slots, personal data are stand-ins, and nothing is made or replaced anew.
So a check that builds the same requests from the same configuration sends, letter for letter, what is on record.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from conformance.errors import NoAnswer, OffTheRecord
from conformance.transport.channel import Channel, Stopped
from conformance.transport.inprocess import Handler
from conformance.transport.message import Reply, Request, Transport
from conformance.transport.recorder import Exchange, Recorder
from conformance.transport.redaction import Redactor
from conformance.transport.timing import VirtualTimer

T = TypeVar("T", str, bool)

_SLOT = re.compile(r"<[^<>]+>")


class OnRecord(Redactor):
    """The redactor of a replay: all texts are public already. `facts` are those that the recorded run left."""

    def __init__(self, facts: Mapping[str, str | bool]) -> None:
        super().__init__()
        self.facts = dict(facts)

    def made(self, slot: str, make: Callable[[], str]) -> str:
        return str(self.facts.get(f"{slot} is", f"<{slot}>"))

    def fact(self, name: str, find_out: Callable[[], T]) -> T:
        if name not in self.facts:
            raise OffTheRecord(f'the record does not say "{name}"')
        return self.facts[name]  # type: ignore[return-value]

    def varied(self, value: str, change: Callable[[str], str]) -> str:
        return change(value)

    def harmless(self, value: str) -> str:
        return value

    def is_secret(self, text: str) -> bool:
        return _SLOT.fullmatch(text) is not None

    def text(self, text: str) -> str:
        return text

    def prose(self, text: str) -> str:
        return text


Compared = Callable[[Request, Request], str]
"""In what a request that is made now differs from one on record, or nothing."""


class Replay(Channel):
    """Answers each request with the next exchange on record in its place, which must be the same request.

    `compared` says whether it is, where not all of it must be the same.

    Where the record differs from what is sent, OffTheRecord is raised, now and at every later request in that
    place; `departures` keeps what was said. Where nothing is left in a place, the run was stopped there if
    `stop_reason_on_record` says so: Stopped is raised. Waiting takes no time.
    """

    def __init__(
        self,
        exchanges: Iterable[Exchange],
        recorder: Recorder,
        timer: VirtualTimer,
        stop_reason_on_record: str = "",
        compared: Compared | None = None,
    ) -> None:
        super().__init__(_Nothing(), recorder, timer=timer, in_flight=1)
        self._waiting: dict[str, deque[Exchange]] = {}
        for exchange in sorted(exchanges, key=lambda exchange: exchange.number):
            self._waiting.setdefault(exchange.place, deque()).append(exchange)
        self._stop_reason_on_record = stop_reason_on_record
        self._compared = compared or difference
        self.departures: dict[str, str] = {}

    @property
    def left_over(self) -> list[Exchange]:
        """What is on record and was not sent again, by number."""
        left = [exchange for waiting in self._waiting.values() for exchange in waiting]
        return sorted(left, key=lambda exchange: exchange.number)

    def attend(self, handler: Handler, purpose: str, meanwhile: Callable[[], None], *, sends: bool = False) -> None:
        """Take up what came to the suite in the recorded run; nothing comes now, and nothing is waited for."""
        for exchange in self._waiting.pop(purpose, ()):
            self.counters.requests += 1
            self._recorder.take_up(exchange)
        if sends:
            meanwhile()

    def _attempt(self, request: Request, purpose: str, place: str, *, paced: bool) -> Exchange:
        waiting = self._waiting.get(place)
        if place not in self.departures:
            if not waiting and self._stop_reason_on_record:
                raise Stopped(self._stop_reason_on_record)
            sent = f"{request.method} {request.target}"
            if not waiting:
                self.departures[place] = f"{place}: {sent} is not on record"
            elif odd := self._compared(request, waiting[0].request):
                self.departures[place] = f"{place}: {sent} is not exchange {waiting[0].number} on record: {odd}"
        if place in self.departures:
            raise OffTheRecord(self.departures[place])
        exchange = self._waiting[place].popleft()
        self.counters.requests += 1
        self._recorder.take_up(exchange)
        return exchange


class Resumption(Channel):
    """Answers with what a run that was broken off has seen already, and asks the target for the rest.

    A request of some place is answered with the next exchange that is on record there, if it is the same request but
    for secrets; from the first other one on, all requests of that place go out.
    """

    def __init__(self, exchanges: Iterable[Exchange], transport: Transport, recorder: Recorder, **options: Any) -> None:
        super().__init__(transport, recorder, **options)
        self._seen: dict[str, deque[Exchange]] = {}
        for exchange in sorted(exchanges, key=lambda exchange: exchange.number):
            self._seen.setdefault(exchange.place, deque()).append(exchange)
            recorder.last_number = max(recorder.last_number, exchange.number)

    def pause(self, seconds: float, place: str) -> None:
        if not self._seen.get(place):  # what came after it is known
            super().pause(seconds, place)

    def _attempt(self, request: Request, purpose: str, place: str, *, paced: bool) -> Exchange:
        if waiting := self._seen.get(place):
            exchange = waiting.popleft()
            if self.stop_reason is None and not difference(self._public(request), self._public(exchange.request)):
                with self._lock:
                    self.counters.requests += 1
                self._recorder.take_up(exchange)
                return exchange
            waiting.clear()
        return super()._attempt(request, purpose, place, paced=paced)

    def _public(self, request: Request) -> Request:
        text = self._recorder.redactor.text
        headers = tuple((name, text(value)) for name, value in request.headers)
        body = text(request.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        return Request(request.method, text(request.target), headers, body)


class _Nothing:
    """No transport: a replay has no way to the network."""

    def exchange(self, request: Request) -> Reply:
        raise NoAnswer("a replay sends nothing")

    def close(self) -> None:
        """Nothing to close."""


def difference(sent: Request, recorded: Request) -> str:
    """In what two requests differ, or nothing. Another version of the suite names itself otherwise."""
    if (sent.method, sent.target) != (recorded.method, recorded.target):
        return f"{recorded.method} {recorded.target}"
    if _headers(sent) != _headers(recorded):
        odd = set(_headers(sent)) ^ set(_headers(recorded))
        return f"another header {', '.join(sorted({name for name, _ in odd})) or 'order'}"
    return "another body" if sent.body != recorded.body else ""


def _headers(request: Request) -> list[tuple[str, str]]:
    return [pair for pair in request.headers if pair[0] != "User-Agent"]
