"""How it is decided that a target tells bad padding from bad content: in words, and in time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.padding import Timing, told_apart
from conformance.contracts.imts.wire import Method
from conformance.engine.observation import Inconclusive
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Exchange

IMTS = contract("imts")
DECLARATION: Any = parsed(IMTS.stand().configuration("https://imts.example"), IMTS.configuration, Path("x.toml"))[0]
Rounds = list[tuple[float, float, float]]


def answer(body: Any, status: int = 400, kind: str = "application/json") -> Answer:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    reply = Reply(status, (("Content-Type", kind),), raw)
    exchange = Exchange(1, "check", datetime(2026, 5, 4, tzinfo=UTC), Request("POST", "/"), reply)
    return Answer(Method.CREATE_PERSON, exchange, reply, DECLARATION)


def numbered(number: int, **members: Any) -> Answer:
    return answer({"error": "INVALID", "id": f"r-{number}", "details": [{"at": number}], **members})


CONTENT = [numbered(1), numbered(2), numbered(3)]


def test_numbers_and_times_of_requests_tell_nothing() -> None:
    assert told_apart(CONTENT, [numbered(4), numbered(5)]) == []


@pytest.mark.parametrize(
    ("padding", "seen"),
    [
        ([numbered(4, error="PADDING"), numbered(5, error="PADDING")], ["body/error"]),
        ([numbered(4, hint="padding"), numbered(5, hint="padding")], ["body/hint"]),
        ([answer({"error": "INVALID", "id": "r-4", "details": []})] * 2, ["body/details", "body/details/0"]),
        ([answer({"error": "INVALID", "id": 4, "details": [{"at": 4}]}, 422)] * 2, ["status"]),
        ([answer("bad padding", kind="text/plain")] * 2, ["content type", "body"]),
    ],
)
def test_what_every_answer_to_bad_padding_has_otherwise_tells_it_apart(padding: list[Answer], seen: list[str]) -> None:
    assert set(seen) <= set(told_apart(CONTENT, padding))


def test_what_one_answer_to_bad_padding_has_otherwise_may_be_chance() -> None:
    assert told_apart(CONTENT, [numbered(4, error="BUSY"), numbered(5)]) == []


def test_content_that_is_taken_shows_nothing() -> None:
    with pytest.raises(Inconclusive):
        told_apart([answer({"client_id": "1"}, 200)] * 3, [answer({"error": "INVALID"})] * 2)


def test_pages_that_differ_each_time_show_nothing() -> None:
    pages = [answer(f"no {number}", kind="text/plain") for number in range(5)]
    with pytest.raises(Inconclusive):
        told_apart(pages[:3], pages[3:])


@pytest.mark.parametrize(
    ("rounds", "tells"),
    [
        ([(5.0, 6.0, 5.5)] * 11, False),
        ([(5.0, 205.0, 5.5)] * 11, True),
        ([(205.0, 5.0, 204.0)] * 11, True),  # faster is as telling as slower
        ([(5.0, 24.0, 5.0)] * 11, False),  # of one class
        ([(5.0, 205.0, 5.5)] * 6 + [(5.0, 5.0, 5.5)] * 5, False),  # a slow minute
        ([(5.0, 205.0, 5.5), (5.0, 5.0, 205.0)] * 6, False),  # busy all the time
        ([(100.0, 205.0, 60.0)] * 11, False),  # not far above the noise
        ([(float(place), place + 30.0, place + 60.0) for place in range(0, 600, 60)], False),  # slower and slower
    ],
)
def test_only_a_steady_gap_of_another_class_counts(rounds: Rounds, tells: bool) -> None:
    assert Timing(rounds).tells_apart is tells


def test_answers_that_scatter_are_too_noisy() -> None:
    assert Timing([(5.0, 5.0, 400.0), (90.0, 5.0, 5.0), (5.0, 5.0, 5.0)] * 4).is_too_noisy
    assert not Timing([(5.0, 5.0, 6.0)] * 8 + [(5.0, 5.0, 400.0)] * 2).is_too_noisy
