"""The one way from a check to the target: paced, polite, recorded, and stopped when the run stops."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from conformance.errors import NoAnswer, SuiteError
from conformance.transport.inprocess import Handler
from conformance.transport.message import Reply, Request, Transport
from conformance.transport.reception import Reception
from conformance.transport.recorder import Exchange, Recorder
from conformance.transport.timing import Timer

LONGEST_WAIT_S = 120.0  # how long one request may be held back by 429 answers, altogether
UNANSWERED_IN_A_ROW = 12  # after that many the target is taken for gone


class Stopped(SuiteError):
    """The run was interrupted, ran out of time or lost its target; nothing more is sent."""


@dataclass(slots=True)
class Counters:
    """What went over the channel."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0


class Channel:
    """Sends requests for all checks of a run.

    `max_rps` bounds requests per second over all threads (None: no bound), `in_flight` those
    that are under way together. A 429 is waited out by its Retry-After and counted, unless the caller is
    `impatient`; after the first one the channel keeps below the rate that the target was seen to allow.
    A request without answer is sent a second time before NoAnswer is raised.

    By `reception` requests of the target come to the suite, where the target calls it.
    """

    def __init__(
        self,
        transport: Transport,
        recorder: Recorder,
        *,
        timer: Timer,
        max_rps: float | None = None,
        in_flight: int = 8,
        reception: Reception | None = None,
    ) -> None:
        self._transport = transport
        self._reception = reception
        self._recorder = recorder
        self.timer = timer
        self._places = threading.Semaphore(in_flight)
        self._pace = _Pace(max_rps, timer)
        self._lock = threading.Lock()
        self._unanswered_in_a_row = 0
        self.counters = Counters()
        self.stop_reason: str | None = None
        self.is_lost = False
        self._followers: list[Callable[[str], None]] = []

    def stop(self, reason: str) -> None:
        """Let every later request raise Stopped; the first reason stays."""
        with self._lock:
            self.stop_reason = self.stop_reason or reason
        for follower in self._followers:
            follower(reason)

    def when_stopped(self, follower: Callable[[str], None]) -> None:
        """Let something else stop with this channel."""
        self._followers.append(follower)

    def send(self, request: Request, purpose: str, *, place: str = "", impatient: bool = False) -> Exchange:
        """Send and record one request. Raises NoAnswer after the second try, or Stopped."""
        waited = 0.0
        unanswered = 0
        while True:
            exchange = self._attempt(request, purpose, place or purpose, paced=not impatient)
            if exchange.reply is None:
                unanswered += 1
                if unanswered == 2:
                    raise NoAnswer(f"{request.method} {request.target}: {exchange.failure}")
            elif exchange.reply.status != 429 or impatient:
                return exchange
            else:
                pause = min(_retry_after(exchange.reply), LONGEST_WAIT_S)
                with self._lock:
                    self.counters.throttled += 1
                if waited + pause > LONGEST_WAIT_S:
                    return exchange
                waited += pause
                self._pace.hold_back(pause)
            with self._lock:
                self.counters.retries += 1

    def pause(self, seconds: float, place: str) -> None:
        """Wait between two requests of one place."""
        self.timer.sleep(seconds)

    def attend(self, handler: Handler, purpose: str, meanwhile: Callable[[], None], *, sends: bool = False) -> None:
        """Let requests come to the handler while `meanwhile` runs, and record each with its reply.

        `sends` tells that `meanwhile` sends requests of its own, so that a replay needs it, too.
        """
        if self._reception is None:
            raise RuntimeError("nothing was given by which requests could come to the suite")
        self._reception.receive(_Attended(handler, self._received(purpose), self.timer), meanwhile)

    def _received(self, purpose: str) -> Callable[[datetime, Request, Reply | None, str], None]:
        def received(at: datetime, request: Request, reply: Reply | None, failure: str) -> None:
            with self._lock:
                self.counters.requests += 1
            self._recorder.record(purpose, at, request, reply, failure)

        return received

    def _attempt(self, request: Request, purpose: str, place: str, *, paced: bool) -> Exchange:
        with self._places:
            if paced:
                self._pace.wait(lambda: self.stop_reason is not None)
            if self.stop_reason is not None:
                raise Stopped(self.stop_reason)
            at = self.timer.now()
            reply, failure = None, ""
            try:
                reply = self._transport.exchange(request)
            except NoAnswer as error:
                failure = str(error)
        with self._lock:
            self.counters.requests += 1
            self._unanswered_in_a_row = 0 if reply else self._unanswered_in_a_row + 1
            lost = self._unanswered_in_a_row >= UNANSWERED_IN_A_ROW
        exchange = self._recorder.record(purpose, at, request, reply, failure, place)
        if lost:
            self.is_lost = True
            self.stop(f"the target stopped answering ({failure})")
        elif reply is not None and reply.status != 429:
            self._pace.served()
        return exchange


class _Attended:
    """A handler whose every request is told of, with the moment of its arrival and the reply or why there is none."""

    def __init__(
        self, handler: Handler, received: Callable[[datetime, Request, Reply | None, str], None], timer: Timer
    ) -> None:
        self._handler = handler
        self._received = received
        self._timer = timer

    def handle(self, request: Request) -> Reply:
        at, began = self._timer.now(), self._timer.monotonic()
        try:
            reply = self._handler.handle(request)
        except NoAnswer as fault:
            self._received(at, request, None, str(fault))
            raise
        self._received(at, request, replace(reply, elapsed_ms=(self._timer.monotonic() - began) * 1000), "")
        return reply


class _Pace:
    """When the next request may leave: not before a hold-back ends, nor faster than the rate allows."""

    def __init__(self, max_rps: float | None, timer: Timer) -> None:
        self._timer = timer
        self._ceiling = max_rps
        self._rate = max_rps
        self._lock = threading.Lock()
        self._next_at = 0.0
        self._held_until = 0.0
        self._served: deque[float] = deque(maxlen=1024)

    def wait(self, stopped: Callable[[], bool]) -> None:
        while not stopped():
            with self._lock:
                now = self._timer.monotonic()
                earliest = max(self._next_at, self._held_until)
                if now >= earliest:
                    if self._rate:
                        self._next_at = now + 1 / self._rate
                    return
            self._timer.sleep(min(earliest - now, 0.2))

    def served(self) -> None:
        """One answer that was no 429: after a hold-back the rate creeps up again."""
        with self._lock:
            self._served.append(self._timer.monotonic())
            if self._rate and self._rate != self._ceiling:
                self._rate = min(self._rate * 1.01, self._ceiling or float("inf"))

    def hold_back(self, seconds: float) -> None:
        """Nothing leaves for that long; afterwards a little slower than what was served in the last second.

        Several 429 at once are one event: only the first one lowers the rate.
        """
        with self._lock:
            now = self._timer.monotonic()
            if now >= self._held_until:
                served = sum(1 for at in self._served if at > now - 1)
                allowed = max(2.0, 0.9 * served)
                self._rate = min(self._rate, allowed) if self._rate else allowed
            self._held_until = max(self._held_until, now + seconds)


def _retry_after(reply: Reply) -> float:
    """Seconds to wait after a 429; one second where the header is missing or is no number."""
    value = (reply.header("Retry-After") or "").strip()
    return max(1.0, float(value)) if value.isascii() and value.isdigit() else 1.0
