"""The engine, with a contract made of a few functions: what checks say becomes the right verdict, in any order."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.engine import observation as observe
from conformance.engine.observation import expect, given, lacking, not_applicable, reading
from conformance.engine.run import CheckResult
from conformance.engine.session import Session
from conformance.engine.verdict import Level, RunVerdict, Verdict, of_run, worst
from conformance.errors import NoAnswer, UnreadableReply
from conformance.transport.message import Request
from tests.fake_contract import Bench, CheckFunction, a_requirement, fails, passes, raising


def result_of(function: CheckFunction, **changes: Any) -> CheckResult:
    bench = Bench(a_requirement("FAKE-TOPIC-01", **changes))
    bench.check(function, name="it")
    return bench.outcome().checks[0]


# --- from what a check says to its verdict ----------------------------------------------------------------------


def test_a_check_whose_expectations_hold_passes_and_keeps_its_exchanges() -> None:
    def check(session: Session) -> None:
        given("answer", session.send(Request("GET", "/a")).number, 1)
        reading("R01", "404")
        expect("answer", session.send(Request("GET", "/b")).number, 2)

    result = result_of(check)
    assert (result.verdict, result.exchanges, result.readings) == (Verdict.PASS, (1, 2), (("R01", "404"),))
    assert result.evidence is None
    assert result.held


@pytest.mark.parametrize(("level", "verdict"), [("MUST", "fail"), ("SHOULD", "warn"), ("MAY", "warn")])
def test_a_broken_expectation_fails_a_must_and_warns_of_a_should(level: str, verdict: str) -> None:
    result = result_of(fails, level=level)
    assert result.verdict == verdict
    assert (result.subject, result.expected, result.actual) == ("answer", "400", "200")
    assert result.evidence is not None and result.evidence.number == 1
    assert result.site


def test_the_evidence_may_be_an_earlier_exchange() -> None:
    def check(session: Session) -> None:
        first = session.send(Request("GET", "/a"))
        session.send(Request("GET", "/b"))
        expect("answer", 1, 2, evidence=first)

    result = result_of(check)
    assert result.evidence is not None and result.evidence.number == 1


@pytest.mark.parametrize(
    ("function", "missing"),
    [
        (lambda session: given("twin", 404, 200), "twin: 200 (was 404)"),
        (lambda session: given("twin", None, 200, missing="an open account"), "an open account"),
        (lambda session: lacking("a second client"), "a second client"),
        (raising(UnreadableReply("body", "is not JSON")), "an answer that can be read (body: is not JSON)"),
        (raising(NoAnswer("GET /a: refused")), "an answer to GET /a: refused"),
    ],
    ids=["given", "given with what is missing", "lacking", "unreadable", "no answer"],
)
@pytest.mark.parametrize("level", ["MUST", "SHOULD"])
def test_what_cannot_be_observed_is_inconclusive_and_says_what_is_missing(
    function: CheckFunction, missing: str, level: str
) -> None:
    result = result_of(function, level=level)
    assert (result.verdict, result.missing) == (Verdict.INCONCLUSIVE, missing)


def test_a_given_after_an_expectation_still_leaves_the_check_inconclusive() -> None:
    def check(session: Session) -> None:
        expect("answer", 1, 1)
        given("twin", 1, 2)

    assert result_of(check).verdict is Verdict.INCONCLUSIVE


def test_a_declaration_can_take_a_rule_out_of_reach() -> None:
    bench = Bench()
    bench.check(lambda session: not_applicable("plain loopback"), name="it")
    outcome = bench.outcome()
    assert outcome.checks[0].verdict is Verdict.NOT_APPLICABLE
    assert (outcome.requirements[0].verdict, outcome.requirements[0].reason) == ("not_applicable", "plain loopback")
    assert outcome.verdict is RunVerdict.INCONCLUSIVE, "nothing was observed"


@pytest.mark.parametrize("error", [ValueError("our fault"), KeyError("x"), RecursionError(), AssertionError()])
def test_a_fault_of_ours_is_an_error_and_the_run_goes_on(error: Exception) -> None:
    bench = Bench()
    bench.check(raising(error), name="broken")
    bench.check(passes, "FAKE-TOPIC-02")
    outcome = bench.outcome()
    assert [result.verdict for result in outcome.checks] == [Verdict.ERROR, Verdict.PASS]
    assert type(error).__name__ in outcome.checks[0].subject
    assert "Traceback" in outcome.checks[0].actual
    assert (outcome.verdict, outcome.complete) == (RunVerdict.INCONCLUSIVE, True)


@pytest.mark.parametrize("function", [lambda session: None, lambda session: given("a", 1, 1)])
def test_a_check_without_any_expectation_is_an_error(function: CheckFunction) -> None:
    result = result_of(function)
    assert result.verdict is Verdict.ERROR
    assert "without an expectation" in result.subject


@pytest.mark.parametrize(
    ("actual", "expected", "holds"),
    [
        (1, 1, True), (1, True, False), (True, 1, False), (0, False, False), (None, None, True), ("a", ["a"], False),
        (404, observe.one_of(401, 404), True), (True, observe.one_of(1), False),
        (3, observe.at_least(3), True), (2, observe.at_least(3), False), (4, observe.at_most(3), False),
        (200, observe.other_than(200), False), (500, observe.other_than(200), True),
        ("AB", observe.matching("[A-Z]+", "capitals"), True), ("AB ", observe.matching("[A-Z]+", "capitals"), False),
        (5, observe.matching("5", "five"), False), ("x", observe.within({"x"}), True),
        ([], observe.none_found, True), (["fault"], observe.none_found, False), (None, observe.none_found, True),
    ],
)  # fmt: skip
def test_expectations_hold_or_not(actual: Any, expected: Any, holds: bool) -> None:
    assert result_of(lambda session: expect("it", actual, expected)).verdict == ("pass" if holds else "fail")


# --- from checks to requirements and the run --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], "inconclusive"),
        (["pass"], "pass"),
        (["pass", "inconclusive"], "inconclusive"),
        (["inconclusive", "warn"], "warn"),
        (["pass", "fail", "inconclusive"], "fail"),
        (["fail", "error"], "fail"),
        (["error", "warn", "pass"], "error"),
        (["pass", "not_applicable"], "pass"),
        (["not_applicable"], "not_applicable"),
    ],
)
def test_a_requirement_is_as_good_as_its_worst_check(verdicts: list[str], expected: str) -> None:
    assert worst(map(Verdict, verdicts)) == expected


@pytest.mark.parametrize(
    ("judged", "whole", "expected"),
    [
        ([("MUST", "pass")], True, "conformant"),
        ([("MUST", "pass")], False, "inconclusive"),
        ([("MUST", "pass"), ("MUST", "attested"), ("MUST", "not_observable"), ("MUST", "waived")], True, "conformant"),
        ([("MUST", "pass"), ("MUST", "not_applicable")], True, "conformant"),
        ([("MUST", "pass"), ("MUST", "inconclusive")], True, "inconclusive"),
        ([("MUST", "pass"), ("SHOULD", "inconclusive")], True, "conformant"),
        ([("MUST", "pass"), ("SHOULD", "warn")], True, "conformant"),
        ([("MUST", "pass"), ("SHOULD", "error")], True, "inconclusive"),
        ([("MUST", "error"), ("MUST", "fail")], True, "non_conformant"),
        ([("MUST", "fail")], False, "non_conformant"),
        ([], True, "inconclusive"),
        ([("MUST", "not_applicable")], True, "inconclusive"),
        ([("MUST", "attested"), ("MUST", "not_observable")], True, "inconclusive"),
        ([("SHOULD", "warn")], True, "inconclusive"),
    ],
)
def test_a_run_is_conformant_only_if_every_must_is_settled(
    judged: list[tuple[str, str]], whole: bool, expected: str
) -> None:
    assert of_run([(Level(level), Verdict(verdict)) for level, verdict in judged], whole) == expected


def test_a_run_without_any_check_is_never_conformant() -> None:
    outcome = Bench(a_requirement("FAKE-TOPIC-01", not_observable="Leaves no trace.")).outcome()
    assert (outcome.verdict, outcome.complete) == (RunVerdict.INCONCLUSIVE, True)


def test_what_is_out_of_reach_is_not_applicable_with_a_reason() -> None:
    bench = Bench(
        a_requirement("FAKE-TOPIC-01", roles=["system"]), a_requirement("FAKE-TOPIC-02", versions=["v1", "v2"])
    )
    bench.check(fails, "FAKE-TOPIC-01")
    bench.check(fails, "FAKE-TOPIC-02")
    bench.check(passes, "FAKE-TOPIC-03")
    outcome = bench.outcome()
    assert [entry.reason for entry in outcome.requirements] == [
        "asked of system, not of the role provider",
        "concerns v1, v2; declared: v3",
        "",
    ]
    assert [result.check.requirement for result in outcome.checks] == ["FAKE-TOPIC-03"]
    assert outcome.verdict is RunVerdict.CONFORMANT


def test_a_check_runs_once_for_each_declared_version_and_only_for_its_roles() -> None:
    bench = Bench(a_requirement("FAKE-TOPIC-01", versions=["v3", "v2", "v1"]), versions=("v3", "v1"))
    bench.check(passes)
    bench.check(fails, roles=("system",))
    assert [result.version for result in bench.outcome().checks] == ["v3", "v1"]


def test_an_attestation_is_the_word_of_the_bank_or_a_question() -> None:
    asked = [a_requirement(f"FAKE-TOPIC-0{number}", attestation="How long?") for number in (1, 2)]
    bench = Bench(*asked, attestations={"FAKE-TOPIC-01": "5 years"})
    bench.check(passes, "FAKE-TOPIC-03")
    answered, open_one, _ = bench.outcome().requirements
    assert (answered.verdict, answered.reason) == (Verdict.ATTESTED, "5 years")
    assert open_one.verdict is Verdict.NOT_OBSERVABLE
    assert '"FAKE-TOPIC-02" = "How long?"' in open_one.reason
