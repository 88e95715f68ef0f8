"""A run of a small fake contract: selection, order, shared discoveries, random numbers, and every way to end early."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from conformance.engine.observation import Inconclusive, Observation, current, expect, lacking, observing
from conformance.engine.run import INTERRUPTED, CheckResult, Selection
from conformance.engine.session import Session
from conformance.engine.verdict import RunVerdict, Verdict
from conformance.errors import NoAnswer, UnreadableReply
from conformance.transport.message import Reply, Request
from tests.fake_contract import Bench, a_requirement, fails, passes

# --- selection --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("only", "skip", "names"),
    [
        ((), (), ["a", "b", "c"]),
        (("FAKE-TOPIC",), (), ["a", "b"]),
        (("FAKE-TOPIC-02",), (), ["b"]),
        (("topic/c",), (), ["c"]),
        (("fake/topic/a", "FAKE-OTHER"), (), ["a", "c"]),
        (("FAKE-",), ("FAKE-TOPIC-01",), ["b", "c"]),
        ((), ("topic/a",), ["b", "c"]),
        (("FAKE-TOPIC-01",), ("FAKE-TOPIC-01",), []),
        (("TOPIC",), (), []),
    ],
)
def test_a_selection_is_made_by_id_or_prefix(only: tuple[str, ...], skip: tuple[str, ...], names: list[str]) -> None:
    bench = Bench()
    for name, requirement in (("a", "FAKE-TOPIC-01"), ("b", "FAKE-TOPIC-02"), ("c", "FAKE-OTHER-01")):
        bench.check(passes, requirement, name=name)
    outcome = bench.outcome(selection=Selection(only, skip))
    assert [result.check.id.removeprefix("fake/topic/") for result in outcome.checks] == names
    assert {entry.requirement.id for entry in outcome.requirements} == {
        result.check.requirement for result in outcome.checks
    }
    assert outcome.verdict == ("inconclusive" if only or skip else "conformant"), "a selection proves no conformance"


def test_one_check_is_chosen_for_one_version_alone() -> None:
    bench = Bench(a_requirement("FAKE-TOPIC-01", versions=["v3", "v2"]), versions=("v3", "v2"))
    for name in ("a", "a_longer_name"):
        bench.check(passes, name=name)
    outcome = bench.outcome(selection=Selection(only=("fake/topic/a@v2",)))
    assert [(result.check.id, result.version) for result in outcome.checks] == [("fake/topic/a", "v2")]
    outcome = bench.outcome(selection=Selection(skip=("fake/topic/a@v2",)))
    assert ("fake/topic/a", "v2") not in [(result.check.id, result.version) for result in outcome.checks]
    assert len(outcome.checks) == 3


def test_a_selection_can_prove_a_failure() -> None:
    bench = Bench()
    bench.check(fails)
    bench.check(passes, "FAKE-TOPIC-02")
    assert bench.outcome(selection=Selection(only=("FAKE-TOPIC-01",))).verdict is RunVerdict.NON_CONFORMANT


# --- order and threads ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 4])
def test_exclusive_checks_run_alone_after_all_others(workers: int) -> None:
    bench = Bench()
    order: list[str] = []
    under_way: set[str] = set()

    def noting(name: str) -> Any:
        def check(session: Session) -> None:
            under_way.add(name)
            if name.startswith("alone"):
                assert under_way == {name}
            order.append(name)
            under_way.remove(name)
            expect("it", 1, 1)

        return check

    for name in ("alone-1", "a", "alone-2", "b", "c"):
        bench.check(noting(name), exclusive=name.startswith("alone"), name=name)
    outcome = bench.outcome(workers=workers)
    assert sorted(order[:3]) == ["a", "b", "c"]
    assert order[3:] == ["alone-1", "alone-2"]
    assert {result.verdict for result in outcome.checks} == {Verdict.PASS}
    assert [result.check.id[11:] for result in outcome.checks] == ["alone-1", "a", "alone-2", "b", "c"], "as planned"


def test_checks_run_side_by_side() -> None:
    bench = Bench()
    together = threading.Barrier(4)

    def check(session: Session) -> None:
        expect("place at the barrier", together.wait(timeout=60) < 4, True)

    for number in range(4):
        bench.check(check, name=str(number))
    assert bench.outcome(workers=4).verdict is RunVerdict.CONFORMANT


def test_the_same_seed_gives_each_check_the_same_random_numbers_whatever_the_workers() -> None:
    def drawn(seed: int, workers: int) -> dict[str, float]:
        bench = Bench(a_requirement("FAKE-TOPIC-01", versions=["v3", "v2"]), versions=("v3", "v2"))
        numbers: dict[str, float] = {}

        def check(session: Session) -> None:
            numbers[session.purpose] = session.random.random()
            expect("it", 1, 1)

        for name in "abcdef":
            bench.check(check, name=name)
        bench.outcome(seed=seed, workers=workers)
        return numbers

    first = drawn(7, 1)
    assert len(set(first.values())) == 12, "each check and version draws its own"
    assert drawn(7, 8) == drawn(7, 3) == first
    assert not set(drawn(8, 1).values()) & set(first.values())


def test_the_listener_hears_each_result_once_and_may_ask_for_the_outcome_so_far() -> None:
    bench = Bench()
    for name in "abcd":
        bench.check(passes, name=name)
    seen: list[tuple[str, int, bool, str]] = []

    def listener(result: CheckResult) -> None:
        so_far = run.settled_so_far()
        seen.append((result.check.id[-1], len(so_far.checks), so_far.complete, so_far.verdict.value))

    run = bench.run(workers=4, listener=listener)
    outcome = run.execute()
    assert sorted(name for name, _, _, _ in seen) == list("abcd")
    assert [count for _, count, _, _ in seen] == [1, 2, 3, 4]
    assert {(complete, verdict) for _, _, complete, verdict in seen} == {(False, "inconclusive")}
    assert (outcome.complete, outcome.verdict) == (True, RunVerdict.CONFORMANT)


def test_together_keeps_order_and_exchanges() -> None:
    bench = Bench()
    all_there = threading.Barrier(3)

    def check(session: Session) -> None:
        def ask(number: int) -> int:
            session.send(Request("GET", f"/{number}"))
            all_there.wait(timeout=60)
            session.send(Request("GET", f"/{number}/more"))
            return 10 * number

        expect("results", session.together(ask, (number for number in (3, 1, 2))), [30, 10, 20])
        targets = [exchange.request.target for exchange in current().exchanges]
        expect("exchanges", targets, ["/3", "/3/more", "/1", "/1/more", "/2", "/2/more"])
        expect("nothing", session.together(ask, []), [])

    bench.check(check)
    result = bench.outcome(workers=3).checks[0]
    assert (result.verdict, result.exchanges) == (Verdict.PASS, (1, 2, 3, 4, 5, 6)), result.actual


def test_together_hands_on_what_went_wrong_with_all_exchanges() -> None:
    bench = Bench()

    def check(session: Session) -> None:
        def ask(number: int) -> None:
            session.send(Request("GET", f"/{number}"))
            if number == 1:
                lacking("a second client")

        session.together(ask, [0, 1, 2])

    bench.check(check)
    result = bench.outcome(workers=3).checks[0]
    assert (result.verdict, result.missing, result.exchanges) == (Verdict.INCONCLUSIVE, "a second client", (1, 2, 3))


@pytest.mark.parametrize("workers", [1, 4])
def test_a_place_is_the_same_whoever_makes_a_discovery(workers: int) -> None:
    """A check or a discovery, and which item of a batch in there: by that a recorded run is found again."""
    bench = Bench()
    drawn: list[list[float]] = []

    def check(session: Session) -> None:
        def look(number: int) -> float:
            session.send(Request("GET", f"/{number}"))
            return session.random.random()

        drawn.append(session.memory.recall("thing", lambda: session.together(look, [0, 1])[1:]))
        session.together(lambda _: session.together(look, [2, 3]), ["x"])
        session.send(Request("GET", "/4"))
        expect("it", 1, 1)

    for name in ("a", "b"):
        bench.check(check, name=name)
    bench.outcome(workers=workers)
    assert drawn[0] == drawn[1]
    places = sorted((exchange.place, exchange.request.target) for exchange in bench.recorder.exchanges)
    own = [("#0#0", "/2"), ("#0#1", "/3"), ("", "/4")]
    expected = [(f"fake/topic/{name}@v3{turn}", target) for name in ("a", "b") for turn, target in own]
    assert places == sorted([("thing#0", "/0"), ("thing#1", "/1"), *expected])


# --- discoveries ------------------------------------------------------------------------------------------------


def discovering(bench: Bench, count: int, problem: Exception | None = None) -> list[int]:
    """So many checks that all need one discovery at the same time; the list grows with each time it is made."""
    made: list[int] = []
    all_there = threading.Barrier(count)

    def check(session: Session) -> None:
        def discover() -> str:
            made.append(session.send(Request("GET", "/found")).number)
            if problem is not None:
                raise problem
            return "found"

        all_there.wait(timeout=60)
        expect("first look", session.memory.recall("thing", discover), "found")
        expect("second look", session.memory.recall("thing", discover), "found")

    for number in range(count):
        bench.check(check, name=f"check{number}")
    return made


def test_a_discovery_is_made_once_and_its_exchanges_appear_in_each_check() -> None:
    bench = Bench()
    made = discovering(bench, 4)
    outcome = bench.outcome(workers=4)
    assert made == [1]
    assert [(result.verdict, result.exchanges) for result in outcome.checks] == [(Verdict.PASS, (1,))] * 4


@pytest.mark.parametrize(
    ("problem", "missing"),
    [
        (NoAnswer("GET /found: refused"), "an answer to GET /found: refused"),
        (UnreadableReply("body", "is empty"), "an answer that can be read (body: is empty)"),
        (Inconclusive("accounts", missing="an open account"), "an open account"),
    ],
)
def test_a_failed_discovery_is_shared_as_well(problem: Exception, missing: str) -> None:
    bench = Bench()
    made = discovering(bench, 3, problem)
    outcome = bench.outcome(workers=3)
    assert made == [1]
    seen = {(result.verdict, result.missing, result.exchanges) for result in outcome.checks}
    assert seen == {(Verdict.INCONCLUSIVE, missing, (1,))}


def test_a_fault_of_ours_in_a_discovery_is_an_error_in_every_check_and_no_deadlock() -> None:
    bench = Bench()
    discovering(bench, 3, ValueError("our fault"))
    assert {result.verdict for result in bench.outcome(workers=3).checks} == {Verdict.ERROR}


def test_a_stop_inside_a_discovery_leaves_every_check_inconclusive() -> None:
    class StopsTheRun:
        def handle(self, request: Request) -> Reply:
            bench.channel.stop(INTERRUPTED)
            return Reply(200, (), b"{}")

    bench = Bench(handler=StopsTheRun())
    all_there = threading.Barrier(3)

    def check(session: Session) -> None:
        def discover() -> None:
            session.send(Request("GET", "/1"))
            session.send(Request("GET", "/2"))

        all_there.wait(timeout=60)
        session.memory.recall("thing", discover)

    for name in "abc":
        bench.check(check, name=name)
    outcome = bench.outcome(workers=3)
    assert {result.verdict for result in outcome.checks} == {Verdict.INCONCLUSIVE}
    assert {result.missing for result in outcome.checks} == {"a run that is not cut short (interrupted)"}


def test_given_expect_and_reading_belong_inside_a_check() -> None:
    with pytest.raises(RuntimeError, match="belong inside a check"):
        expect("it", 1, 1)
    with observing(Observation()):
        expect("it", 1, 1)


# --- ending early -----------------------------------------------------------------------------------------------


def test_after_a_stop_the_rest_is_inconclusive_and_the_run_incomplete() -> None:
    bench = Bench()

    def stops(session: Session) -> None:
        bench.channel.stop(INTERRUPTED)
        expect("it", 1, 1)

    bench.check(passes)
    bench.check(stops, "FAKE-TOPIC-02")
    bench.check(passes, "FAKE-TOPIC-03", name="late")
    bench.check(passes, "FAKE-TOPIC-04", name="alone", exclusive=True)
    outcome = bench.outcome()
    assert [result.verdict for result in outcome.checks] == ["pass", "pass", "inconclusive", "inconclusive"]
    assert outcome.checks[2].missing == "a run that is not cut short (interrupted)"
    assert (outcome.complete, outcome.stop_reason) == (False, INTERRUPTED)
    assert outcome.verdict is RunVerdict.INCONCLUSIVE


def test_a_stop_after_the_last_check_passed_still_leaves_the_run_open() -> None:
    bench = Bench()

    def stops(session: Session) -> None:
        expect("it", 1, 1)
        bench.channel.stop(INTERRUPTED)

    bench.check(stops)
    outcome = bench.outcome()
    assert (outcome.complete, outcome.verdict) == (False, RunVerdict.INCONCLUSIVE)


def test_a_failure_seen_before_the_stop_is_proof() -> None:
    bench = Bench()
    bench.check(fails)
    bench.check(lambda session: bench.channel.stop(INTERRUPTED), "FAKE-TOPIC-02", name="stops")
    assert bench.outcome().verdict is RunVerdict.NON_CONFORMANT


def test_the_time_limit_ends_the_run_with_what_was_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    stopped = threading.Event()
    stop = bench.channel.stop
    monkeypatch.setattr(bench.channel, "stop", lambda reason: (stop(reason), stopped.set()))

    def takes_long(session: Session) -> None:
        expect("the time limit came", stopped.wait(timeout=60), True)

    bench.check(takes_long)
    bench.check(passes, "FAKE-TOPIC-02")
    outcome = bench.outcome(time_limit_s=0.01)
    assert [result.verdict for result in outcome.checks] == [Verdict.PASS, Verdict.INCONCLUSIVE]
    assert (outcome.complete, outcome.stop_reason) == (False, "time limit of 0.01 s reached")


@pytest.mark.parametrize(
    ("changes", "exclusive", "verdict", "runs"),
    [(0, False, Verdict.FAIL, 1), (1, False, Verdict.PASS, 2), (9, False, Verdict.FAIL, 3), (1, True, Verdict.FAIL, 1)],
    ids=["nothing changed", "changed once", "changes all the time", "a check that judges the record"],
)
def test_a_check_runs_again_where_the_data_changed(changes: int, exclusive: bool, verdict: Verdict, runs: int) -> None:
    """It passes in the end if it does so on data that stand still, and fails if they change faster than it can look."""
    seen: list[object] = []
    left = changes

    def renewed(before: object) -> object:
        nonlocal left
        left -= 1
        return f"as of change {changes - left}" if left >= 0 else None

    def check(target: object) -> None:
        seen.append(target)
        expect("state of the data", str(target), f"as of change {changes}" if changes == 1 else "another")

    bench = Bench()
    bench.check(check, exclusive=exclusive)  # type: ignore[arg-type]
    run = bench.run()
    run.contract.__dict__["renewed"] = renewed
    (result,) = run.execute().checks
    assert (result.verdict, len(seen)) == (verdict, runs)
