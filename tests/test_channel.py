"""The channel in virtual time: it waits out a 429, keeps rates, notices a lost target; the recorder writes it all."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest

from conformance.errors import NoAnswer
from conformance.transport.channel import LONGEST_WAIT_S, UNANSWERED_IN_A_ROW, Channel, Stopped
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Recorder
from conformance.transport.redaction import Redactor
from conformance.transport.timing import VirtualTimer

START = datetime(2026, 1, 1, tzinfo=UTC)
GET = Request("GET", "/v3/accounts")
FINE = Reply(200, (), b"{}")


def throttled(retry_after: str | None = "3") -> Reply:
    return Reply(429, (("Retry-After", retry_after),) if retry_after is not None else (), b"{}")


class Target:
    """Answers from a list, the last one for ever, and notes when it was asked; an exception is raised."""

    def __init__(self, timer: VirtualTimer, *answers: Reply | NoAnswer) -> None:
        self._timer = timer
        self._answers = list(answers)
        self.asked_at: list[float] = []

    def exchange(self, request: Request) -> Reply:
        self.asked_at.append(self._timer.monotonic())
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing to close."""


def bench(*answers: Reply | NoAnswer, **options: Any) -> tuple[Channel, Target, VirtualTimer, Recorder]:
    timer = VirtualTimer(START)
    target = Target(timer, *answers)
    recorder = Recorder(Redactor())
    return Channel(target, recorder, timer=timer, **options), target, timer, recorder


# --- 429 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("retry_after", "waited"),
    [
        ("3", 3),
        ("60", 60),
        (" 7 ", 7),
        (None, 1),
        ("", 1),
        ("0", 1),
        ("-5", 1),
        ("1.5", 1),
        ("٣", 1),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 1),
    ],
)
def test_a_429_is_waited_out_by_its_retry_after_and_counted(retry_after: str | None, waited: float) -> None:
    channel, target, _, recorder = bench(throttled(retry_after), FINE)
    exchange = channel.send(GET, "topic/check@v3")
    assert exchange.reply == FINE
    assert target.asked_at == pytest.approx([0, waited])
    assert (channel.counters.requests, channel.counters.retries, channel.counters.throttled) == (2, 1, 1)
    assert [entry.reply.status for entry in recorder.exchanges if entry.reply] == [429, 200]
    assert exchange.number == 2


@pytest.mark.parametrize("retry_after", ["1", "50", "3600", "9" * 400])
def test_a_429_that_never_ends_is_returned_after_the_longest_wait(retry_after: str) -> None:
    channel, target, timer, _ = bench(throttled(retry_after))
    exchange = channel.send(GET, "check")
    assert exchange.reply is not None
    assert exchange.reply.status == 429
    assert timer.monotonic() <= LONGEST_WAIT_S + 0.01
    assert channel.counters.throttled == len(target.asked_at)


def test_an_impatient_caller_gets_the_429_at_once() -> None:
    channel, target, timer, _ = bench(throttled("60"), FINE)
    exchange = channel.send(GET, "check", impatient=True)
    assert exchange.reply == throttled("60")
    assert (timer.monotonic(), len(target.asked_at), channel.counters.throttled) == (0, 1, 0)


def test_a_429_holds_back_every_other_request_as_well() -> None:
    channel, target, timer, _ = bench(throttled("5"), FINE)
    channel.send(GET, "one")
    held_until = timer.monotonic()
    channel.send(GET, "other")
    assert held_until >= 5
    assert min(target.asked_at[1:]) >= 5


def test_after_a_429_the_channel_keeps_below_the_rate_that_was_served() -> None:
    channel, target, _, _ = bench(*[FINE] * 40, throttled("1"), FINE, max_rps=40)
    for _ in range(45):
        channel.send(GET, "check")
    before = [later - earlier for earlier, later in zip(target.asked_at[:39], target.asked_at[1:40], strict=True)]
    after = [later - earlier for earlier, later in zip(target.asked_at[41:-1], target.asked_at[42:], strict=True)]
    assert min(after) > max(before) - 1e-9


# --- rates and places -------------------------------------------------------------------------------------------


def test_the_rate_is_never_above_the_bound() -> None:
    channel, target, timer, _ = bench(FINE, max_rps=4)
    for _ in range(20):
        channel.send(GET, "check")
    gaps = [later - earlier for earlier, later in zip(target.asked_at, target.asked_at[1:], strict=False)]
    assert min(gaps) >= 0.25 - 1e-9
    assert timer.monotonic() == pytest.approx(19 / 4)


def test_a_burst_is_not_paced() -> None:
    channel, target, timer, _ = bench(FINE, max_rps=1)
    for _ in range(20):
        channel.send(GET, "check", impatient=True)
    assert timer.monotonic() == 0
    assert len(target.asked_at) == 20


@pytest.mark.parametrize("in_flight", [1, 3])
def test_no_more_requests_are_under_way_than_there_are_places(in_flight: int) -> None:
    full, lock = threading.Barrier(in_flight), threading.Lock()
    under_way: list[int] = [0]
    most: list[int] = [0]

    class Slow:
        def handle(self, request: Request) -> Reply:
            with lock:
                under_way[0] += 1
                most[0] = max(most[0], under_way[0])
            full.wait(timeout=60)  # all places are taken, or the barrier breaks
            with lock:
                under_way[0] -= 1
            return FINE

    channel = Channel(InProcessTransport(Slow()), Recorder(Redactor()), timer=VirtualTimer(START), in_flight=in_flight)
    with ThreadPoolExecutor(max_workers=4 * in_flight) as pool:
        numbers = sorted(pool.map(lambda _: channel.send(GET, "check").number, range(12 * in_flight)))
    assert most[0] == in_flight
    assert numbers == list(range(1, 12 * in_flight + 1))
    assert channel.counters.requests == 12 * in_flight


# --- no answer --------------------------------------------------------------------------------------------------


def test_a_request_without_answer_is_sent_a_second_time() -> None:
    channel, target, _, recorder = bench(NoAnswer("broken"), FINE)
    assert channel.send(GET, "check").reply == FINE
    assert len(target.asked_at) == 2
    assert recorder.exchanges[0].failure == "broken"
    assert channel.counters.retries == 1


def test_after_two_tries_there_is_no_answer_and_it_says_to_what() -> None:
    channel, target, _, _ = bench(NoAnswer("no answer within 10 s"))
    with pytest.raises(NoAnswer, match=r"^GET /v3/accounts: no answer within 10 s$"):
        channel.send(GET, "check")
    assert len(target.asked_at) == 2


def test_a_target_that_stopped_answering_is_left_alone() -> None:
    channel, target, _, _ = bench(NoAnswer("refused"))
    for _ in range(UNANSWERED_IN_A_ROW // 2):
        with pytest.raises(NoAnswer):
            channel.send(GET, "check")
    with pytest.raises(Stopped, match=r"^the target stopped answering \(refused\)$"):
        channel.send(GET, "check")
    assert channel.is_lost
    assert len(target.asked_at) == UNANSWERED_IN_A_ROW


def test_one_answer_in_between_shows_that_the_target_is_there() -> None:
    unanswered = [NoAnswer("refused")] * (UNANSWERED_IN_A_ROW - 1)
    channel, _, _, _ = bench(*unanswered, FINE, *unanswered, FINE)
    answered = 0
    while answered < 2:
        try:
            channel.send(GET, "check")
            answered += 1
        except NoAnswer:
            continue
    assert not channel.is_lost
    assert channel.stop_reason is None


def test_a_stopped_channel_sends_nothing_more_and_keeps_the_first_reason() -> None:
    channel, target, _, _ = bench(FINE)
    channel.stop("interrupted")
    channel.stop("time limit")
    for impatient in (False, True):
        with pytest.raises(Stopped, match=r"^interrupted$"):
            channel.send(GET, "check", impatient=impatient)
    assert target.asked_at == []


def test_a_stop_ends_the_wait_for_a_429() -> None:
    timer = VirtualTimer(START)

    class StopsWhileThrottled(Target):
        def exchange(self, request: Request) -> Reply:
            channel.stop("interrupted")
            return super().exchange(request)

    target = StopsWhileThrottled(timer, throttled("60"))
    channel = Channel(target, Recorder(Redactor()), timer=timer)
    with pytest.raises(Stopped):
        channel.send(GET, "check")
    assert (timer.monotonic(), len(target.asked_at)) == (0, 1)


# --- what is written --------------------------------------------------------------------------------------------


def test_a_recording_is_one_line_of_json_for_each_exchange() -> None:
    sink = StringIO()
    recorder = Recorder(Redactor({"TOKEN_FULL": "a-token"}, [r"KZ\d{2}[A-Z0-9]{16}"]), sink)
    request = Request("GET", "/v3/accounts/KZ86125KZT5004100100", (("Authorization", "Bearer a-token"),))
    reply = Reply(200, (("X-A", "1"), ("x-a", "2")), '{"a":\n"ж\u2028"}'.encode() + b"\xff", 41.26)
    recorder.record("topic/check@v3", START, request, reply)
    recorder.record("topic/check@v3", START, Request("POST", "/a", (), b"body"), None, "no answer within 10 s")
    first, second = map(json.loads, sink.getvalue().split("\n")[:-1])
    assert (first["n"], first["check"], first["at"], first["ms"]) == (
        1,
        "topic/check@v3",
        "2026-01-01T00:00:00.000Z",
        41.3,
    )
    assert first["request"]["headers"] == [["Authorization", "Bearer <TOKEN_FULL>"]]
    assert "KZ86125KZT5004100100" not in sink.getvalue()
    assert "body" not in first["request"]
    assert first["reply"]["headers"] == [["X-A", "1"], ["x-a", "2"]]
    assert first["reply"]["body"] == '{"a":\n"ж\u2028"}\\xff'
    assert second["request"]["body"] == "body"
    assert second["failure"] == "no answer within 10 s"
    assert "reply" not in second
    assert [entry.number for entry in recorder.exchanges] == [1, 2]
    assert recorder.exchanges[0].request is request, "checks see the exchange as it was"


def test_a_half_surrogate_in_a_name_does_not_stop_the_recording() -> None:
    recorder = Recorder(Redactor({}, (), ("creditorName",)), sink := StringIO())
    recorder.record("check", START, GET, Reply(200, (), b'{"creditorName": "A\\ud83d"}'))
    body = json.loads(sink.getvalue().encode("utf-8"))["reply"]["body"]
    assert json.loads(body)["creditorName"][1] == "\ud83d"
