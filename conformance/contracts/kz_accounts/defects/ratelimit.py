"""Providers that let too much through, or send those who ask too much away without a word."""

from __future__ import annotations

import json

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal
from conformance.contracts.kz_accounts.provider import Provider
from conformance.transport.message import Headers, Reply, Request


class LimitsNothing(Provider):
    """Serves any number of requests."""

    breaks = "KZA-RATELIMIT-01"

    def check_rate(self, call: Call) -> None:
        pass


class _ForgetsTheLimit(Provider):
    at: Operation

    def check_rate(self, call: Call) -> None:
        if call.operation is not self.at:
            super().check_rate(call)


class ForgetsTheLimitOfBalances(_ForgetsTheLimit):
    """Serves any number of requests at one endpoint."""

    breaks = "KZA-RATELIMIT-01"
    at = Operation.BALANCE


class ForgetsTheLimitOfExists(_ForgetsTheLimit):
    """Lets anyone try out IBANs."""

    breaks = "KZA-RATELIMIT-01"
    at = Operation.EXISTS


class LimitsByTheHour(Provider):
    """Allows in one second what was meant for a minute."""

    breaks = "KZA-RATELIMIT-01"

    def largest_burst(self) -> float:
        return 60 * super().largest_burst()


class _RefusesTooMuchWith(Provider):
    status: int

    def error_status(self, refusal: Refusal) -> int:
        return self.status if refusal.status == 429 else super().error_status(refusal)


class RefusesTooMuchWith503(_RefusesTooMuchWith):
    """Takes one caller's noise for an outage."""

    breaks = "KZA-RATELIMIT-01"
    status = 503


class RefusesTooMuchWith403(_RefusesTooMuchWith):
    """Forbids what it should put off."""

    breaks = "KZA-RATELIMIT-01"
    status = 403


# --- Retry-After ------------------------------------------------------------------------------------------


class _SaysRetryAfter(Provider):
    text: str

    def retry_after(self, wait: float) -> str:
        return self.text


class SaysNoRetryAfter(Provider):
    """Sends a 429 without a word of when to come back."""

    breaks = "KZA-RATELIMIT-02"

    def retry_headers(self, wait: float) -> Headers:
        return ()


class SaysRetryAfterAsDate(_SaysRetryAfter):
    """Names the moment instead of the seconds."""

    breaks = "KZA-RATELIMIT-02"
    text = "Sun, 10 Sep 2023 17:18:19 GMT"


class SaysRetryAfterZero(_SaysRetryAfter):
    """Asks to come back at once."""

    breaks = "KZA-RATELIMIT-02"
    text = "0"


class SaysRetryAfterWithFraction(Provider):
    """Writes the seconds as they are computed."""

    breaks = "KZA-RATELIMIT-02"

    def retry_after(self, wait: float) -> str:
        return f"{wait:.3f}"


class SaysRetryAfterInWords(_SaysRetryAfter):
    """Writes the unit as well."""

    breaks = "KZA-RATELIMIT-02"
    text = "1s"


# --- after the wait ---------------------------------------------------------------------------------------


class SaysTooShortAWait(Provider):
    """Shuts a caller out for half a minute, and says one second."""

    breaks = "KZA-RATELIMIT-03"

    def seconds_to_wait(self, call: Call) -> float:
        shut: dict[str, float] = self.__dict__.setdefault("shut", {})
        key, now = self.rate_key(call), self.monotonic()
        if now < shut.get(key, 0.0):
            return 0.02
        wait = super().seconds_to_wait(call)
        if wait > 0:
            shut[key] = now + 30
        return wait


class NeverForgives(Provider):
    """Names a wait, and starts it anew with each request."""

    breaks = "KZA-RATELIMIT-03"

    def seconds_to_wait(self, call: Call) -> float:
        if self.__dict__.get("is_angry"):
            return 0.02
        wait = super().seconds_to_wait(call)
        self.__dict__["is_angry"] = wait > 0 and "balances" in call.request.target
        return wait


# --- the body ---------------------------------------------------------------------------------------------


class _WritesTooMuchAs(Provider):
    kind = "application/json"
    text = b"{}"

    def reply(self, status: int, body: bytes, request: Request, extra: Headers = ()) -> Reply:
        reply = super().reply(status, body, request, extra)
        if status != 429:
            return reply
        kept = tuple(pair for pair in reply.headers if pair[0] != "Content-Type")
        return Reply(status, (("Content-Type", self.kind), *kept), self.text)


class SendsAnEmpty429(_WritesTooMuchAs):
    """Sends a 429 without a body."""

    breaks = "KZA-RATELIMIT-04"
    text = b""


class SendsAnHtml429(_WritesTooMuchAs):
    """Lets the gateway answer with its own page."""

    breaks = "KZA-RATELIMIT-04"
    kind = "text/html"
    text = b"<html><body><h1>429 Too Many Requests</h1></body></html>"


class Sends429AsText(_WritesTooMuchAs):
    """Sends a JSON string for an object."""

    breaks = "KZA-RATELIMIT-04"
    text = json.dumps("Too many requests").encode("utf-8")


class Sends429WithTextType(_WritesTooMuchAs):
    """Sends an object under the wrong content type."""

    breaks = "KZA-RATELIMIT-04"
    kind = "text/plain"
