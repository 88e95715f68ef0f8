"""kz-accounts 33, 41, A1.1: no more calls than allowed; the answer says when to come back."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from conformance.contracts.kz_accounts.call import Call, Refusal
from conformance.transport.message import Headers


class RateRules:
    """A bucket of tokens for each application and client, refilled steadily."""

    requests_per_second: float
    monotonic: Callable[[], float]

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}  # key: tokens left, and when that was
        self._buckets_lock = threading.Lock()

    def check_rate(self, call: Call) -> None:
        wait = self.seconds_to_wait(call)
        if wait > 0:
            raise Refusal(429, "TOO_MANY_REQUESTS", "request limit is exceeded", self.retry_headers(wait))

    def seconds_to_wait(self, call: Call) -> float:
        """0 when the call is within the limit and has been counted, else the time until the next one is."""
        key = self.rate_key(call)
        with self._buckets_lock:
            now = self.monotonic()  # read in here: a thread that was held up must not bring back an earlier moment
            left, since = self._buckets.get(key, (self.largest_burst(), now))
            left = min(self.largest_burst(), left + (now - since) * self.requests_per_second)
            allowed = left >= 1
            self._buckets[key] = (left - 1 if allowed else left, now)
        return 0.0 if allowed else (1 - left) / self.requests_per_second

    def largest_burst(self) -> float:
        """The calls of one second may come all at once."""
        return max(1.0, self.requests_per_second)

    def rate_key(self, call: Call) -> str:
        """Whom a limit is for: one client's noise must not silence another."""
        return f"{call.claims.get('client_id')} {call.client}"

    def retry_headers(self, wait: float) -> Headers:
        return (("Retry-After", self.retry_after(wait)),)

    def retry_after(self, wait: float) -> str:
        """Whole seconds, at least 1 (41)."""
        return str(max(1, math.ceil(wait)))
