"""junit.xml: what is unknown is never green."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from conformance.engine.verdict import Level, RunVerdict, Verdict
from conformance.reporting.junit import junit, write_junit
from tests.papers import (
    HOSTILE,
    a_document,
    a_failure,
    a_fuzz_failure,
    a_requirement,
    a_result,
    every_verdict,
    fuzzed,
)

pytestmark = pytest.mark.usefixtures("specs_folder")


def test_junit_counts_what_is_unknown_as_a_failure() -> None:
    _, document = every_verdict()
    root = ElementTree.fromstring(junit(document))
    totals = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert totals == {"tests": "8", "failures": "3", "errors": "1", "skipped": "1"}
    suite = root.find("testsuite[@name='window']")
    assert suite is not None
    assert suite.get("failures") == "3"
    assert sorted(failure.get("type", "") for failure in root.iter("failure")) == [
        "fail",
        "inconclusive",
        "inconclusive",
    ]
    skipped = root.find(".//skipped")
    assert skipped is not None
    assert skipped.get("message") == "plain HTTP on this machine"


def test_junit_lets_a_warning_pass_and_prints_it() -> None:
    _, document = every_verdict()
    case = ElementTree.fromstring(junit(document)).find(".//testcase[@name='check_of_kza_warn_01[v3]']")
    assert case is not None
    assert case.find("failure") is None
    assert "the answer's Cache-Control" in (case.findtext("system-out") or "")


def test_junit_names_checks_by_version_and_not_requirements_without_checks() -> None:
    _, document = every_verdict()
    names = [case.get("name") for case in ElementTree.fromstring(junit(document)).iter("testcase")]
    assert "check_of_kza_pass_01[v3]" in names
    assert "check_of_kza_pass_01[v2]" in names
    assert not any("attest" in (name or "").lower() for name in names)


def test_junit_stays_valid_whatever_the_target_sends(tmp_path: Path) -> None:
    requirements = [a_requirement("KZA-FAIL-01"), a_requirement("KZA-WARN-01", Level.SHOULD)]
    results = [
        a_failure("KZA-FAIL-01", actual=HOSTILE, subject=HOSTILE),
        a_failure("KZA-WARN-01", verdict=Verdict.WARN, actual=HOSTILE),
    ]
    write_junit(tmp_path / "junit.xml", a_document(requirements, results))
    failure = ElementTree.parse(tmp_path / "junit.xml").find(".//failure")
    assert failure is not None
    assert "\\u0000\\u0007\\u001b[31mred" in (failure.text or "")


def test_junit_of_a_run_cut_short_is_never_green() -> None:
    requirements = [a_requirement("KZA-PASS-01"), a_requirement("KZA-OPEN-01")]
    document = a_document(
        requirements,
        [a_result("KZA-PASS-01", Verdict.PASS)],
        RunVerdict.INCONCLUSIVE,
        complete=False,
        others={"KZA-OPEN-01": (Verdict.INCONCLUSIVE, "no check of it has run")},
    )
    root = ElementTree.fromstring(junit(document))
    assert root.get("failures") == "2"
    assert [case.get("name") for case in root.iterfind("testsuite[@name='run']/testcase")] == [
        "the_run_is_complete",
        "KZA-OPEN-01",
    ]


def fuzz_suite(document: dict[str, Any]) -> Element | None:
    return ElementTree.fromstring(junit(document)).find("testsuite[@name='fuzz']")


def test_each_cause_that_fuzzing_found_is_a_failing_case() -> None:
    failures = a_fuzz_failure("KZA-FAIL-01"), a_fuzz_failure("KZA-FAIL-01", actual=HOSTILE)
    suite = fuzz_suite(a_document([a_requirement("KZA-FAIL-01")], [], fuzz=fuzzed(*failures)))
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "2")
    assert [(case.get("classname"), case.get("name")) for case in suite] == [
        ("kz-accounts.fuzz", "v3 accounts KZA-FAIL-01"),
        ("kz-accounts.fuzz", "v3 accounts KZA-FAIL-01 (2)"),
    ]
    failure = suite[0].find("failure")
    assert failure is not None
    assert failure.get("message") == "KZA-FAIL-01: status of the answer: expected below 500, actual 503"
    for part in ("The English title of KZA-FAIL-01", "curl -isS", "failed alike: 29", "exchanges: 16, 18, 19"):
        assert part in (failure.text or ""), part


def test_a_failure_that_takes_several_calls_tells_them_in_order() -> None:
    failure = a_fuzz_failure("KZA-FAIL-01", steps=("open: 200", "open again: 200; expected a refusal"))
    suite = fuzz_suite(a_document([a_requirement("KZA-FAIL-01")], [], fuzz=fuzzed(failure)))
    assert suite is not None
    assert "        1. open: 200\n        2. open again: 200; expected a refusal\n" in suite[0].findtext("failure", "")


def test_a_recommendation_that_fuzzing_broke_passes_and_is_printed() -> None:
    requirements = [a_requirement("KZA-WARN-01", Level.SHOULD)]
    suite = fuzz_suite(a_document(requirements, [], fuzz=fuzzed(a_fuzz_failure("KZA-WARN-01"))))
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert "warning: KZA-WARN-01: status of the answer" in (suite[0].findtext("system-out") or "")


def test_fuzzing_that_found_nothing_is_one_passing_case() -> None:
    suite = fuzz_suite(a_document([], [], fuzz=fuzzed()))
    assert suite is not None
    assert [case.get("name") for case in suite] == ["fuzz: 120 cases"]
    assert suite.get("failures") == "0"


def test_fuzzing_that_could_show_nothing_is_never_green() -> None:
    suite = fuzz_suite(a_document([], [], complete=False, fuzz=fuzzed(cases=0, problem="a token for accounts")))
    assert suite is not None
    assert suite.get("failures") == "1"
    assert "a token for accounts" in (suite[0].findtext("failure") or "")


def test_a_run_without_fuzzing_has_no_suite_of_it() -> None:
    assert fuzz_suite(every_verdict()[1]) is None
