"""junit.xml: what is unknown is never green."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from conformance.engine.verdict import Level, RunVerdict, Verdict
from conformance.reporting.junit import junit, write_junit
from tests.papers import (
    HOSTILE,
    a_document,
    a_failure,
    a_requirement,
    a_result,
    every_verdict,
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
