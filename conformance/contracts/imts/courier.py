"""imts callbacks: notifications to a partner's URL, repeated every 15 minutes, three times, while nobody answers."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.errors import NoAnswer
from conformance.transport.inprocess import Handler
from conformance.transport.message import Request

_LOOK_S = 0.05
_TIMEOUT_S = 5


@dataclass(slots=True)
class Letter:
    """One notification on its way; `due` is when it is tried next, by the monotonic clock."""

    url: str
    body: bytes
    due: float
    tries: int = 0


class Courier:
    """
    Brings notifications.

    In virtual time it knows no network: they go to the handler of `reaching`, whenever `deliver` is called, and
    are lost while there is none. In real time a thread brings them by HTTP.
    """

    repeats = 3

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, every_s: float = 900.0) -> None:
        self._monotonic = monotonic
        self._is_real = monotonic is time.monotonic
        self.every_s = every_s
        self._letters: list[Letter] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._handler: Handler | None = None

    def send(self, url: str, body: bytes) -> None:
        """Take a notification on; it goes out soon, not before this returns."""
        if not self._is_real and self._handler is None:
            return
        with self._lock:
            self._letters.append(Letter(url, body, self._monotonic()))
            if self._is_real and self._thread is None:
                self._thread = threading.Thread(target=self._bring, name="courier", daemon=True)
                self._thread.start()

    @contextmanager
    def reaching(self, handler: Handler) -> Iterator[None]:
        """Notifications go to this handler until the block ends."""
        self._handler = handler
        try:
            yield
        finally:
            self._handler = None
            self._letters.clear()

    def deliver(self) -> None:
        """Try every notification that is due, once; in real time the thread does."""
        if not self._is_real:
            self._deliver_due()

    def _deliver_due(self) -> None:
        with self._lock:
            due = [letter for letter in self._letters if letter.due <= self._monotonic()]
            self._letters = [letter for letter in self._letters if letter not in due]
        for letter in due:
            letter.tries += 1
            if not self._is_taken(letter) and self.goes_again(letter):
                letter.due = self.next_try(letter)
                with self._lock:
                    self._letters.append(letter)

    def now(self) -> float:
        """The monotonic clock, in seconds."""
        return self._monotonic()

    def goes_again(self, letter: Letter) -> bool:
        return letter.tries <= self.repeats

    def next_try(self, letter: Letter) -> float:
        """Counted from the begin of the attempt (MTR35)."""
        return letter.due + self.every_s

    def is_response(self, status: int) -> bool:
        """Any HTTP answer is one (MTR34)."""
        return True

    def _is_taken(self, letter: Letter) -> bool:
        headers = (("Content-Type", "application/json"),)
        if not self._is_real:
            if self._handler is None:
                return False
            try:
                status = self._handler.handle(Request("POST", "/", headers, letter.body)).status
            except NoAnswer:
                return False  # it goes again
        else:
            request = urllib.request.Request(letter.url, letter.body, dict(headers), method="POST")
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
                    status = answer.status
            except urllib.error.HTTPError as error:
                status = error.code
            except OSError:
                return False
        return self.is_response(status)

    def _bring(self) -> None:
        while True:
            self._deliver_due()
            time.sleep(_LOOK_S)
