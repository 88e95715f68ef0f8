"""kz-accounts 13, 33, 41, R11: how many requests pass, when a token ends, and how long an answer takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from conformance.contracts.kz_accounts.call import Call, Claims
from conformance.contracts.kz_accounts.variants.variant import Variant
from conformance.transport.message import Reply, Request


class AsksToWaitLonger(Variant):
    """Any whole number of seconds from 1 on will do, if the next request is then served (R11)."""

    def retry_after(self, wait: float) -> str:
        return str(int(super().retry_after(wait)) + 1)


class AllowsClockSkew(Variant):
    """Clocks differ; a minute more for the dates of a token is common practice (RFC 7519, 4.1.4)."""

    skew = timedelta(minutes=1)

    def token_has_expired(self, claims: Claims, call: Call) -> bool:
        return super().token_has_expired(claims, replace(call, received=call.received - self.skew))

    def token_is_not_yet_valid(self, claims: Claims, call: Call) -> bool:
        return super().token_is_not_yet_valid(claims, replace(call, received=call.received + self.skew))


class AsksToWaitAMinute(Variant):
    """A wait of a minute is as lawful as one of a second (R11); whoever keeps it is served."""

    def retry_after(self, wait: float) -> str:
        return "60"


class FiveRequestsPerSecond(Variant):
    """How many requests are allowed is not said (33)."""

    tried_with = {"requests_per_second": 5}


class TwentyRequestsPerSecond(Variant):
    """How many requests are allowed is not said (33)."""

    tried_with = {"requests_per_second": 20}


class CountsBySecond(Variant):
    """A counter that starts anew each second is a limit as well as a bucket is (33)."""

    tried_with = {"requests_per_second": 20}

    def seconds_to_wait(self, call: Call) -> float:
        with self._buckets_lock:
            now = self.monotonic()
            left, second = self._buckets.get(self.rate_key(call), (self.largest_burst(), now // 1))
            left = left if second == now // 1 else self.largest_burst()
            self._buckets[self.rate_key(call)] = (max(0.0, left - 1), now // 1)
        return 0.0 if left >= 1 else 1 - now % 1


class LimitsEverybodyTogether(Variant):
    """A gateway in front may count all requests, those without a good token too (R31)."""

    def admitted(self, call: Call) -> Call:
        self.check_rate(call)
        return super().admitted(call)

    def check_rate(self, call: Call) -> None:
        if not call.claims:  # later on it has been counted
            super().check_rate(call)

    def rate_key(self, call: Call) -> str:
        return "everybody"


# --- slow answers -----------------------------------------------------------------------------------------


class AnswersWithJitter(Variant):
    """No clause says how soon an answer must come; some take many times longer than others."""

    tried_with = {"requests_per_second": 5}
    shortest_s, longest_s = 0.001, 0.06

    def answer(self, request: Request) -> Reply:
        self.sleep(_CHANCE.uniform(self.shortest_s, self.longest_s))
        return super().answer(request)


class AnswersSlowly(AnswersWithJitter):
    """Answers of some seconds each: a run takes the better part of an hour, in which days and tokens may end."""

    lacks = ("speed",)
    shortest_s, longest_s = 1, 4


_CHANCE = Random(3)
