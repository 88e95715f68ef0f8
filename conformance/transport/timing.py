"""Time as the suite sees it: the real one, or a virtual one in which waiting costs nothing.

With virtual time a proof in one process can wait out a rate limit without losing a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Timer(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """The moment, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds from some fixed point."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class RealTimer:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class VirtualTimer:
    """A clock that starts at a given moment and moves only when somebody waits; then it tells its followers."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._followers: list[Callable[[], None]] = []
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._elapsed += seconds
        for follower in tuple(self._followers):
            follower()

    @contextmanager
    def followed(self, follower: Callable[[], None]) -> Iterator[None]:
        """Call the follower each time that time has passed, until the block ends."""
        self._followers.append(follower)
        try:
            yield
        finally:
            self._followers.remove(follower)
