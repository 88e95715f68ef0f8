"""results.json says what the run showed, and lets no secret and no broken character through."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from rich.console import Console

from conformance.engine.register import Requirement
from conformance.engine.verdict import RunVerdict, Verdict
from conformance.reporting.junit import junit
from conformance.reporting.results import results_schema, write_json
from conformance.reporting.terminal import Progress
from tests.papers import (
    HOSTILE,
    IBAN,
    TOKEN,
    a_document,
    a_failure,
    a_redactor,
    a_requirement,
    a_result,
    an_exchange,
    every_verdict,
    faults_of,
    printed,
)

pytestmark = pytest.mark.usefixtures("specs_folder")


def test_the_schema_is_a_schema_and_accepts_a_run_with_every_verdict() -> None:
    jsonschema_rs.meta.validate(results_schema())
    _, document = every_verdict()
    assert faults_of(json.loads(json.dumps(document))) == []
    assert set(document["counts"]["requirements"]) == set(document["counts"]["checks"]) == set(Verdict)
    assert all(document["counts"]["requirements"][verdict] for verdict in Verdict)


@pytest.mark.parametrize("verdict", RunVerdict)
def test_the_schema_accepts_a_run_without_any_check(verdict: RunVerdict) -> None:
    assert faults_of(a_document([], [], verdict, complete=False)) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("surprise",), 1),
        (("verdict",), "green"),
        (("run", "started_at"), "2026-03-01T09:00:00+05:00"),
        (("checks", 0, "missing"), "something, although it passed"),
        (("checks", 0, "subject"), None),
        (("requirements", 0, "verdict"), "unknown"),
        (("counts", "checks", "green"), 1),
    ],
)
def test_the_schema_refuses_what_the_interface_does_not_know(place: tuple[Any, ...], value: Any) -> None:
    _, document = every_verdict()
    inner: Any = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert faults_of(document)


def test_an_optional_member_is_left_out_rather_than_empty() -> None:
    _, document = every_verdict()
    passed, failed = document["checks"][0], document["checks"][2]
    assert set(passed) == {"id", "requirement", "version", "verdict", "duration_ms", "exchanges"}
    assert "reason" not in document["requirements"][0]
    assert (failed["subject"], failed["expected"], failed["actual"]) == ("answer to a window of 100 days", "400", "200")
    assert "null" not in json.dumps(document)


def test_times_are_written_in_utc_with_a_z() -> None:
    _, document = every_verdict()
    assert document["run"]["started_at"] == "2026-03-01T09:00:00.000Z"
    assert document["run"]["finished_at"] == "2026-03-01T09:00:41.500Z"


def test_readings_are_grouped_by_what_was_seen_and_sorted_by_number() -> None:
    _, document = every_verdict()
    assert [(entry["id"], entry["seen"], entry["versions"]) for entry in document["readings"]] == [
        ("R02", "404", ["v3", "v2"]),
        ("R10", "404", ["v3"]),
    ]


def test_a_reading_has_its_question_from_the_specs(specs_folder: Path) -> None:
    (specs_folder / "readings.toml").write_text('[[reading]]\nid = "R02"\nquestion = "unknown accountId"\n')
    _, document = every_verdict()
    assert [entry["question"] for entry in document["readings"]] == ["unknown accountId", "R10"]


def test_a_check_of_two_versions_is_named_once_by_its_requirement() -> None:
    _, document = every_verdict()
    assert document["requirements"][0]["checks"] == ["kz-accounts/window/check_of_kza_pass_01"]


def test_a_written_file_is_whole_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    _, document = every_verdict()
    path.write_text("old")
    write_json(path, document)
    assert json.loads(path.read_text("utf-8")) == document
    assert os.listdir(tmp_path) == ["results.json"]


def test_a_write_that_fails_leaves_the_old_file_and_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.json"
    path.write_text("old")

    def full_disk(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_json(path, {})
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["results.json"]


def test_hostile_characters_reach_the_disk_as_valid_utf_8(tmp_path: Path) -> None:
    requirements = [a_requirement("KZA-FAIL-01")]
    document = a_document(requirements, [a_failure("KZA-FAIL-01", actual=HOSTILE)])
    write_json(tmp_path / "results.json", document)
    assert "evil\\ud800" in json.loads((tmp_path / "results.json").read_text("utf-8"))["checks"][0]["actual"]


def leaking_run() -> tuple[list[Requirement], dict[str, Any]]:
    requirements = [a_requirement("KZA-FAIL-01"), a_requirement("KZA-OPEN-01")]
    secret = f"saw {TOKEN} and {IBAN}"
    exchange = an_exchange(f"/v3/accounts/{IBAN}?token={TOKEN}", headers=(("X-Echo", f"{IBAN} {TOKEN}"),))
    results = [
        a_result(
            "KZA-FAIL-01",
            Verdict.FAIL,
            subject=secret,
            expected=secret,
            actual=secret,
            evidence=exchange,
            readings=(("R01", secret),),
        ),
        a_result("KZA-OPEN-01", Verdict.INCONCLUSIVE, subject=secret, missing=secret),
    ]
    others = {"KZA-OPEN-01": (Verdict.INCONCLUSIVE, secret)}
    return requirements, a_document(requirements, results, others=others)


def test_no_report_shows_a_token_or_an_iban() -> None:
    requirements, document = leaking_run()
    reports = [json.dumps(document), junit(document), printed(document, requirements)]
    for report in reports:
        assert TOKEN not in report
        assert IBAN not in report
        assert "TOKEN_FULL" in report


def test_progress_shows_no_token_and_no_iban() -> None:
    stream = io.StringIO()
    progress = Progress(a_redactor(), console=Console(file=stream, width=80))
    progress.start(1)
    progress(a_failure("KZA-FAIL-01", subject=f"saw {TOKEN}", actual=f"\x1b[2J{IBAN}"))
    assert TOKEN not in stream.getvalue()
    assert IBAN not in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
