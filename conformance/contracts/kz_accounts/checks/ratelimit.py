"""kz-accounts 33, 41, A1.1, R11: too many requests are refused with 429, which says when to come back.

One burst to each endpoint serves all checks of this page. It ends with the first answer that is not 200, never
exceeds `rate_limit.burst` requests altogether, and is followed by the wait that the 429 asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts, Endpoint
from conformance.contracts.kz_accounts.judgement import served
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, matching
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import kind_of

# A bucket that holds one second's worth and is refilled meanwhile, or a counter that starts anew each second, lets
# so many pass in a window of whole seconds; a quarter more allows for requests that arrive closer than they left.
MARGIN = 1.25
WINDOWS_S = range(1, 11)
FIRST_FEW, FEWEST_AT_ONCE = 4, 16  # requests between two looks at the answers
LONGEST_WAIT_S = 60
WAITS_WITHOUT_WORD_S = (2, 3, 5)  # where no Retry-After says how long
PAUSE_AFTERWARDS_S = 1.5


@dataclass(frozen=True)
class Burst:
    """What one endpoint answered to a burst: the 200s, and the first answer of another kind, if any came."""

    endpoint: Endpoint
    served: tuple[Answer, ...]
    last: Answer
    refusal: Answer | None

    def most_within(self, seconds: int) -> int:
        """The largest number of served requests that left within so many seconds, by the times on record."""
        moments = sorted(answer.exchange.at for answer in self.served)
        first, most = 0, 0
        for last, moment in enumerate(moments):
            while moment - moments[first] >= timedelta(seconds=seconds):
                first += 1
            most = max(most, last - first + 1)
        return most


@dataclass(frozen=True)
class Bursts:
    """The bursts to all endpoints, and the request after the wait that the last 429 asked for."""

    each: tuple[Burst, ...]
    left_out: int  # endpoints for which no request was left
    waited_s: float
    afterwards: Answer | None

    def refusals(self) -> list[Answer]:
        """The 429 answers; ends the check where there is none."""
        found = [burst.refusal for burst in self.each if burst.refusal is not None and burst.refusal.status == 429]
        if not found:
            lacking("a 429, which the bursts did not bring about; raise rate_limit.burst")
        return found


def bursts(accounts: Accounts) -> Bursts:
    """Every endpoint in turn: where one limit is for all, the later ones are refused at once."""
    if not accounts.declaration.rate_limit.probe:
        lacking("rate_limit.probe = true: leave to send a burst of requests")

    def discover() -> Bursts:
        endpoints = accounts.endpoints()
        for endpoint in endpoints:
            served(f"{endpoint.name} before the burst", accounts.send(endpoint.path, endpoint.query))
        left, each = accounts.declaration.rate_limit.burst, []
        for endpoint in endpoints:
            if left == 0:
                break
            burst, used = burst_to(accounts, endpoint, left)
            each.append(burst)
            left -= used
        refused = [burst for burst in each if burst.refusal is not None and burst.refusal.status == 429]
        waited, afterwards = wait_and_ask(accounts, refused[-1]) if refused else (0.0, None)
        accounts.sleep(PAUSE_AFTERWARDS_S)  # what follows in the run is no part of the burst
        return Bursts(tuple(each), len(endpoints) - len(each), waited, afterwards)

    return accounts.recall("rate limit: bursts", discover)


def burst_to(accounts: Accounts, endpoint: Endpoint, most: int) -> tuple[Burst, int]:
    """As fast as the line allows, until an answer is not 200 or `most` requests were sent."""
    at_once = max(FEWEST_AT_ONCE, int((accounts.declaration.rate_limit.declared_per_second or 0) / 2))
    answers: list[Answer] = []

    def one(_: int) -> Answer:
        return accounts.send(endpoint.path, endpoint.query, impatient=True)

    while len(answers) < most and all(answer.status == 200 for answer in answers[-at_once:]):
        batch = at_once if answers else FIRST_FEW
        answers += accounts.together(one, range(min(batch, most - len(answers))))
    refusal = next((answer for answer in answers if answer.status != 200), None)
    served_ones = tuple(answer for answer in answers if answer.status == 200)
    return Burst(endpoint, served_ones, answers[-1], refusal), len(answers)


def wait_and_ask(accounts: Accounts, refused: Burst) -> tuple[float, Answer | None]:
    """Wait as long as the 429 says, then ask once; without a word of it, ask now and then for ten seconds."""
    seconds = whole_seconds(refused.refusal.header("Retry-After") if refused.refusal else None)
    if seconds is not None and seconds > LONGEST_WAIT_S:
        return 0.0, None
    waited, answer = 0.0, None
    for pause in [seconds] if seconds is not None else WAITS_WITHOUT_WORD_S:
        accounts.sleep(pause)
        waited += pause
        answer = accounts.send(refused.endpoint.path, refused.endpoint.query, impatient=True)
        if answer.status != 429:
            break
    return waited, answer


def whole_seconds(text: str | None) -> int | None:
    """Retry-After as 41 has it: a whole number, at least 1. None for anything else."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and int(text) >= 1 else None


@check("KZA-RATELIMIT-01", exclusive=True)
def too_many_requests_are_refused_with_429(accounts: Accounts) -> None:
    """
    A burst clearly above the declared rate is refused with 429, at every endpoint.

    Clearly above is what neither a bucket nor a counter of the declared rate would let pass in one to ten seconds,
    and a quarter more: in one second two and a half times the rate.
    """
    seen = bursts(accounts)
    for burst in seen.each:
        if burst.refusal is not None:
            what = f"answer to {burst.endpoint.name} after {len(burst.served)} requests that were served"
            expect(what, burst.refusal.status, 429, evidence=burst.refusal.exchange)
    declared = accounts.declaration.rate_limit.declared_per_second
    for burst in seen.each:
        if burst.refusal is None:
            if declared is None:
                lacking("rate_limit.declared_per_second: how many requests a second the target allows")
            above = is_clearly_above(burst, declared)
            name, count = burst.endpoint.name, burst.most_within(1)
            given(f"burst to {name} clearly above {declared:g} a second", above, True, missing=TOO_SLOW.format(count))
            what = f"answer to the last of {len(burst.served)} requests to {name}, {count} of them in one second"
            expect(what, burst.last.status, 429, evidence=burst.last.exchange)
    if seen.left_out:
        lacking(f"a larger rate_limit.burst: no request was left for {seen.left_out} of the endpoints")


TOO_SLOW = (
    "a faster line to the target, a larger rate_limit.burst or a lower limit at the target: "
    "no more than {} requests left within a second, all of them served"
)


def is_clearly_above(burst: Burst, declared: float) -> bool:
    return any(burst.most_within(seconds) >= MARGIN * declared * (seconds + 1) for seconds in WINDOWS_S)


@check("KZA-RATELIMIT-02", exclusive=True)
def a_429_says_when_to_come_back(accounts: Accounts) -> None:
    """Every 429 has a Retry-After with a whole number of seconds, at least 1."""
    for answer in bursts(accounts).refusals():
        value = answer.header("Retry-After")
        expect("Retry-After of a 429", value, SECONDS, evidence=answer.exchange)


SECONDS = matching(r"\s*0*[1-9][0-9]*\s*", "a whole number of seconds, at least 1")


@check("KZA-RATELIMIT-03", exclusive=True)
def after_the_wait_a_request_is_served(accounts: Accounts) -> None:
    """
    A request after the time that Retry-After names is served again.

    Where it names none (which another rule forbids), the target has ten seconds to recover.
    """
    seen = bursts(accounts)
    seen.refusals()
    if seen.afterwards is None:
        lacking(f"a Retry-After of at most {LONGEST_WAIT_S} seconds; a run does not wait longer")
    what = f"answer to a request {seen.waited_s:g} s after a 429"
    expect(what, seen.afterwards.status, 200, evidence=seen.afterwards.exchange)


@check("KZA-RATELIMIT-04", exclusive=True)
def a_429_is_a_json_object(accounts: Accounts) -> None:
    """
    The body of a 429 is a JSON object with the content type application/json (R01).

    A refusal of another kind has both; where none has, the topic `errors` says so.
    """
    refusals = bursts(accounts).refusals()
    other = accounts.send(accounts.dialect.accounts(), token=None)
    for answer in refusals:
        if (media_type(answer), shape_of(answer)) != ("application/json", "object"):
            given("content type of another error", media_type(other), "application/json")
            given("body of another error", shape_of(other), "object")
        expect("content type of a 429", media_type(answer), "application/json", evidence=answer.exchange)
        expect("body of a 429", shape_of(answer), "object", evidence=answer.exchange)


def media_type(answer: Answer) -> str:
    return (answer.header("Content-Type") or "").partition(";")[0].strip().lower()


def shape_of(answer: Answer) -> str:
    try:
        return kind_of(answer.json.value)
    except UnreadableReply as fault:
        return f"a body that {fault.why}"
