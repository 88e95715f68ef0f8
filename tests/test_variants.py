"""Lawful variants beyond one run in process: over real HTTP, at any hour, with lists of any length, at a wrong pace."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.kz_accounts.ledger import Ledger
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.sample import FIRST_CLIENT
from conformance.contracts.kz_accounts.variants.data import ThousandAccounts
from conformance.contracts.kz_accounts.variants.growth import AccountsAppear
from conformance.engine.run import Outcome, Run
from conformance.engine.verdict import RunVerdict, Verdict
from conformance.errors import NoAnswer
from conformance.serving import served
from conformance.transport.channel import Channel
from conformance.transport.http import HttpTransport
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Recorder
from conformance.transport.redaction import Redactor
from conformance.transport.timing import RealTimer
from tests.bench import broken, story, trial, verdicts

KZ = contract("kz-accounts")
VARIANTS = KZ.variants()
NOT_TOLD = (Verdict.FAIL, Verdict.WARN, Verdict.ERROR, Verdict.INCONCLUSIVE)

# --- over real HTTP ---------------------------------------------------------------------------------------


def certified(url: str, document: dict[str, Any]) -> tuple[Outcome, Recorder]:
    """A whole run over HTTP with four workers, without a burst: this machine is not fast enough for its limit."""
    document["rate_limit"]["probe"] = False
    declaration, _ = parsed(document, KZ.configuration, Path("served.toml"))
    privacy = KZ.privacy(declaration)
    recorder = Recorder(Redactor(privacy.secrets, privacy.patterns, privacy.members))
    transport = HttpTransport(url, timeout_s=60, connections=8)
    channel = Channel(transport, recorder, timer=RealTimer(), in_flight=4)
    try:
        now = datetime.now(UTC).replace(microsecond=0)
        return Run(KZ, declaration, channel, recorder, now=now, workers=4).execute(), recorder
    finally:
        transport.close()


# Nothing has happened on a day that has begun within the last seconds, and this clock is the real one.
OF_TODAY = {"KZA-WINDOW-12", "KZA-WINDOW-13"}
SEEN: dict[str, Callable[[Reply], bool]] = {
    "ClosesEachConnection": lambda reply: reply.header("Connection") == "close",
    "SendsInChunks": lambda reply: (
        reply.header("Transfer-Encoding") == "chunked" and not reply.header("Content-Length")
    ),
    "CompressesWithGzip": lambda reply: reply.header("Content-Encoding") == "gzip",
    "CompressesWithDeflate": lambda reply: reply.header("Content-Encoding") == "deflate",
    "CompressesInChunks": lambda reply: (
        (reply.header("Content-Encoding"), reply.header("Transfer-Encoding")) == ("gzip", "chunked")
    ),
    "AnswersWithJitter": lambda reply: reply.elapsed_ms >= 1,
}


@pytest.mark.parametrize("name", SEEN)
def test_a_flavour_of_delivery_is_accepted_over_http(name: str) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)

    stand = KZ.stand(provider_class=VARIANTS[name], requests_per_second=100_000, sleep=sleep)
    with served(stand.provider) as url:
        outcome, recorder = certified(url, stand.configuration(url))
    assert not verdicts(outcome, Verdict.FAIL, Verdict.WARN, Verdict.ERROR), story(outcome)
    open_ends = {one for one in verdicts(outcome, Verdict.INCONCLUSIVE) if not one.startswith("KZA-RATELIMIT")}
    assert open_ends <= OF_TODAY, story(outcome)
    replies = [
        exchange.reply for exchange in recorder.exchanges if exchange.reply is not None and exchange.reply.body != b""
    ]
    assert len(replies) > 1000
    plain = [reply for reply in replies if not SEEN[name](reply)]
    assert len(plain) < len(replies) / 100, "what the server itself refuses comes in its own way, and nothing else"
    if name == "AnswersWithJitter":
        slept.sort(reverse=True)
        assert slept[len(slept) // 10] - slept[-len(slept) // 10] > 0.03, "one in ten is much slower than another"
        answered = (exchange.reply for exchange in recorder.exchanges if exchange.reply is not None)
        times = sorted((reply.elapsed_ms for reply in answered), reverse=True)[: len(slept)]
        assert all(ms >= 1000 * seconds - 1 for ms, seconds in zip(times, slept, strict=True)), "and was so on the way"


def on_the_wire(name: str, **headers: str) -> tuple[bytes, bytes, bool]:
    """Head and raw body of one answer, and whether the server then closed the connection, so that a second had none."""
    stand = KZ.stand(provider_class=VARIANTS[name])
    with served(stand.provider) as url:
        address = urlsplit(url)
        token = stand.configuration(url)["auth"]["static"]["full"]
        lines = [f"{key.replace('_', '-')}: {value}" for key, value in headers.items()]
        request = ["GET /v3/accounts HTTP/1.1", f"Host: {address.netloc}", f"Authorization: Bearer {token}", *lines]
        both = [*request, "", *request, "Connection: close", "", ""]
        with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=60) as connection:
            connection.sendall("\r\n".join(both).encode())
            raw = b"".join(iter(partial(connection.recv, 65536), b""))
    answers = raw.split(b"HTTP/1.1 ")[1:]
    head, _, body = answers[0].partition(b"\r\n\r\n")
    return head.lower(), body, len(answers) == 1


def test_an_answer_with_its_length_leaves_the_connection_open() -> None:
    head, body, closed = on_the_wire("MoreHeaders")
    assert b"content-length: %d" % len(body) in head
    assert not closed


def test_a_closed_connection_is_really_closed() -> None:
    head, body, closed = on_the_wire("ClosesEachConnection")
    assert b"connection: close" in head
    assert closed
    assert body.startswith(b"{")


def test_chunks_are_really_chunks() -> None:
    head, body, _ = on_the_wire("SendsInChunks")
    assert b"transfer-encoding: chunked" in head
    assert b"content-length" not in head
    first = int(body.split(b"\r\n", 1)[0], 16)
    assert body[: len(b"%x\r\n" % first)].strip().isalnum()
    second = body[len(b"%x\r\n" % first) + first + 2 :]
    assert int(second.split(b"\r\n", 1)[0], 16) > 0, "more than one chunk"
    assert body.endswith(b"\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("name", "undone"), [("CompressesWithGzip", gzip.decompress), ("CompressesWithDeflate", zlib.decompress)]
)
def test_what_is_compressed_is_so_on_the_wire_and_only_if_asked(name: str, undone: Callable[[bytes], bytes]) -> None:
    head, body, _ = on_the_wire(name, Accept_Encoding="gzip, deflate")
    assert b"content-encoding: " in head
    assert undone(body).startswith(b'{"data"')
    head, body, _ = on_the_wire(name)
    assert b"content-encoding" not in head
    assert body.startswith(b'{"data"')


def test_the_suite_asks_for_codings_that_it_can_undo_and_for_no_other() -> None:
    """What is asked for may come; a provider that knows Brotli only has to send plain JSON."""
    body, sent = b'{"a": 1}', list[Any]()
    trial(only=("KZA-AUTH-01",), recorded=sent)
    (asked,) = {exchange.request.header("Accept-Encoding") for exchange in sent}
    compressed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body)}
    assert [word.strip() for word in str(asked).split(",")] == list(compressed)
    for coding, data in compressed.items():
        reply = Reply(200, (("Content-Encoding", coding),), data)
        assert InProcessTransport(Fixed(reply)).exchange(Request("GET", "/")).body == body
        with served(Fixed(reply)) as url, closing(HttpTransport(url)) as transport:
            assert transport.exchange(Request("GET", "/")).body == body


def test_a_coding_that_does_not_fit_is_no_answer_either_way() -> None:
    reply, said = Reply(200, (("Content-Encoding", "gzip"),), b"{}"), []
    with served(Fixed(reply)) as url, closing(HttpTransport(url)) as over_http:
        for transport in (InProcessTransport(Fixed(reply)), over_http):
            with pytest.raises(NoAnswer) as caught:
                transport.exchange(Request("GET", "/"))
            said.append(str(caught.value))
    assert said[0] == said[1]


class Fixed:
    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def handle(self, request: Request) -> Reply:
        return self._reply


# --- at another pace than the configuration says ----------------------------------------------------------


@pytest.mark.parametrize("allowed", [5, 20])
def test_a_limit_that_nobody_declared_is_waited_out(allowed: int) -> None:
    def change(document: dict[str, Any]) -> None:
        document["limits"]["max_rps"] = 50
        del document["rate_limit"]["declared_per_second"]

    sent: list[Any] = []
    outcome = trial(requests_per_second=allowed, change=change, recorded=sent)
    assert outcome.verdict is RunVerdict.CONFORMANT, story(outcome)
    assert any(exchange.reply.status == 429 for exchange in sent), "the limit must be met"


# --- at any hour, with lists of any length ----------------------------------------------------------------

MOMENTS = (
    "2026-05-04T00:00:05",  # the day has just begun in UTC
    "2026-05-04T19:00:07",  # and here in Kazakhstan
    "2026-03-01T00:30:00",
    "2028-02-29T12:00:00",
    "2026-12-31T20:00:00",
)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", ["Provider", "DayStartsInUtc", "DefaultIsTheLast24Hours"])
def test_a_day_may_begin_anywhere_at_any_hour(name: str, moment: str) -> None:
    outcome = trial(
        provider_class={**VARIANTS, "Provider": Provider}[name],
        now=datetime.fromisoformat(moment).replace(tzinfo=UTC),
        only=("KZA-WINDOW", "KZA-CONTENTS", "KZA-MOMENTS"),
    )
    assert not verdicts(outcome, *NOT_TOLD), story(outcome)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 10, 11, 99, 100, 101, 200, 201])
def test_a_list_of_any_length_is_judged_rightly(count: int) -> None:
    class SomeAccounts(ThousandAccounts):
        def holdings(self, ledger: Ledger) -> Ledger:
            many = super().holdings(ledger)
            mine = [account for account in many.accounts_of(FIRST_CLIENT) if account.is_active][:count]
            return replace(many, accounts=(*mine, *many.accounts_of("client-2")))

    outcome = trial(provider_class=SomeAccounts, only=("KZA-PAGING", "KZA-FILTER", "KZA-OPENINGS", "KZA-MOMENTS"))
    assert not broken(outcome), story(outcome)
    assert not verdicts(outcome, Verdict.ERROR), story(outcome)
    if count > 10:
        open_ends = verdicts(outcome, Verdict.INCONCLUSIVE)
        assert open_ends.keys() <= {"KZA-FILTER-01"}, story(outcome)  # none of these accounts is closed


@pytest.mark.parametrize("every", [60, 130, 410, 640])
def test_accounts_may_appear_at_any_time(every: int) -> None:
    outcome = trial(provider_class=type("AppearAtOtherTimes", (AccountsAppear,), {"every": every}))
    assert outcome.verdict is RunVerdict.CONFORMANT, story(outcome)


def test_balances_that_never_stand_still_are_left_open() -> None:
    variant = type("MovesAllTheTime", (VARIANTS["BalancesMove"],), {"every": 1})
    outcome = trial(provider_class=variant, only=("KZA-CONSISTENCY-01",))
    (result,) = outcome.checks
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.missing == "balances that stay the same while they are read 4 times"
