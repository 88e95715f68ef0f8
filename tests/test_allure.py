"""Allure results: from a run, where they are part of the bundle, and from a pytest session with --alluredir."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.certification import Certification
from conformance.crypto.signing import trusted
from conformance.engine.verdict import Verdict
from conformance.evidence import verification as verification_module
from conformance.evidence.seal import seal
from conformance.evidence.verification import Verification, verify
from conformance.reporting.allure import FOLDER, allure_results
from tests.bench import all_defects
from tests.bundles import refused, resealed, saved_keys, target
from tests.front_door import KZ, ROOT, a_bank
from tests.test_leaks import SaysEverythingItKnows
from tests.test_pytest_plugin import LONG_WINDOWS, Broken

CHOSEN = ("KZA-WINDOW", "KZA-SHAPE-17", "KZA-TLS-01", "KZA-TOKEN-01")
TOKENS = KZ.stand().configuration("http://127.0.0.1:1")["auth"]["static"]
WITHOUT_EXPIRED = {"static": {name: token for name, token in TOKENS.items() if name != "expired"}}
STATUSES = {"pass": "passed", "warn": "passed", "fail": "failed", "inconclusive": "failed", "not_applicable": "skipped"}


def results_in(folder: Path) -> dict[str, dict[str, Any]]:
    """Every result of a folder by its name."""
    found = [json.loads(path.read_text("utf-8")) for path in folder.glob("*-result.json")]
    return {result["name"]: result for result in found}


def labels_of(result: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label in result["labels"]:
        found.setdefault(label["name"], []).append(label["value"])
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Certification, Path]]:
    """A run with failures of several kinds that leaves Allure results."""
    folder = tmp_path_factory.mktemp("allure") / "out"
    with target(Broken, auth=WITHOUT_EXPIRED) as certify:
        yield certify(folder, only=CHOSEN, allure=True), folder


# --- conformance run --allure ---------------------------------------------------------------------------------


def test_every_check_has_its_result(run: tuple[Certification, Path]) -> None:
    certification, folder = run
    checks = {f"{entry['id']}[{entry['version']}]": entry for entry in certification.document["checks"]}
    results = results_in(folder / FOLDER)
    assert {entry["verdict"] for entry in checks.values()} == set(STATUSES), "not every verdict was met"
    assert {name: result["status"] for name, result in results.items()} == {
        name: STATUSES[entry["verdict"]] for name, entry in checks.items()
    }


def test_a_result_stands_under_contract_topic_and_requirement(run: tuple[Certification, Path]) -> None:
    results = results_in(run[1] / FOLDER)
    result = results[f"{LONG_WINDOWS}[v3]"]
    assert labels_of(result) == {
        "epic": ["kz-accounts"],
        "feature": ["window"],
        "story": ["KZA-WINDOW-04: A transaction window over 90 days is refused"],
        "severity": ["critical"],
    }
    assert [link["name"] for link in result["links"]] == ["kz-accounts, clause 64", "kz-accounts, clause A1.3"]
    assert {link["type"] for link in result["links"]} == {"clause"}
    assert labels_of(results["kz-accounts/shape/an_account_id_is_a_uuid[v3]"])["severity"] == ["normal"]


def test_a_failure_brings_its_story_and_its_exchanges(run: tuple[Certification, Path]) -> None:
    certification, folder = run
    entry = next(entry for entry in certification.document["checks"] if entry["id"] == LONG_WINDOWS)
    result = results_in(folder / FOLDER)[f"{LONG_WINDOWS}[v3]"]
    assert result["statusDetails"]["message"].startswith("fail: KZA-WINDOW-04: ")
    assert entry["reproduce"] in result["statusDetails"]["trace"]
    first = result["attachments"][0]
    assert first["name"] == f"exchange {entry['evidence']}"
    text = (folder / FOLDER / first["source"]).read_text("utf-8")
    assert text.startswith("GET /v3/accounts/")
    assert "Authorization: Bearer <TOKEN_FULL>" in text
    assert 0 <= result["stop"] - result["start"] - entry["duration_ms"] + 1 <= 2


def test_no_attachment_is_missing_and_none_is_an_orphan(run: tuple[Certification, Path]) -> None:
    folder = run[1] / FOLDER
    named = {entry["source"] for result in results_in(folder).values() for entry in result.get("attachments", ())}
    assert named == {path.name for path in folder.glob("*-attachment.txt")}


def document_with(**changes: Any) -> dict[str, Any]:
    run = {"id": "8f2d9c3e-1a6b-4f5e-9d7c-0b1a2c3d4e5f", "started_at": "2026-01-01T00:00:00.000Z", "complete": True}
    requirement = {
        "id": "FAKE-TOPIC-01",
        "clauses": ["7"],
        "level": "MUST",
        "title": {"en": "Something is so"},
        "verdict": "fail",
        "checks": ["fake/topic/a"],
    }
    return {
        "contract": {"id": "fake"},
        "run": run,
        "requirements": [requirement],
        "checks": [],
        "fuzz": {"operations": 0, "cases": 0, "failures": []},
        **changes,
    }


def only_result(document: dict[str, Any]) -> dict[str, Any]:
    (text,) = allure_results(document, []).values()
    found: dict[str, Any] = json.loads(text)
    return found


def a_check(verdict: Verdict, **more: Any) -> dict[str, Any]:
    names = {"id": "fake/topic/a", "requirement": "FAKE-TOPIC-01", "version": "v3", "verdict": verdict.value}
    return {**names, "duration_ms": 1.0, "subject": "it", "expected": "1", "actual": "2", "exchanges": [], **more}


def test_an_error_of_the_suite_is_broken_and_no_failure() -> None:
    assert only_result(document_with(checks=[a_check(Verdict.ERROR)]))["status"] == "broken"


def test_a_known_issue_is_marked_as_known() -> None:
    result = only_result(document_with(checks=[a_check(Verdict.FAIL, known_issue="ticket 7")]))
    assert (result["status"], result["statusDetails"]["known"]) == ("failed", True)
    assert result["statusDetails"]["message"] == "fail: ticket 7"


def test_what_drawn_requests_broke_is_a_failure() -> None:
    failure = {**a_check(Verdict.FAIL), "operation": "GET /a", "count": 3}
    result = only_result(document_with(fuzz={"operations": 1, "cases": 9, "failures": [failure]}))
    assert (result["status"], labels_of(result)["feature"]) == ("failed", ["fuzz"])
    assert "cases that failed alike: 3" in result["statusDetails"]["trace"]


def test_what_no_check_could_say_fails() -> None:
    document = document_with()
    document["requirements"][0] |= {"verdict": "inconclusive", "checks": []}
    assert only_result(document)["status"] == "failed"
    document = document_with()
    document["run"]["complete"] = False
    assert only_result(document)["statusDetails"]["message"].endswith("some checks had no turn")
    assert only_result(document_with(fuzz={"failures": [], "problem": "no document"}))["status"] == "failed"


# --- part of the bundle ---------------------------------------------------------------------------------------


@pytest.fixture
def sealed(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A small sealed bundle with Allure results, and its keys."""
    private, public = saved_keys(tmp_path, "EdDSA")
    with target(all_defects()["AcceptsYearLongWindows"]) as certify:
        certify(tmp_path / "out", only=("KZA-WINDOW-04",), allure=True)
    seal(tmp_path / "out", str(private))
    return tmp_path / "out", private, public


def verified(folder: Path, public: Path) -> Verification:
    return verify(folder, [trusted(public.read_text("ascii"), "bank.pem")])


def test_a_bundle_with_allure_results_is_sealed_and_verified(sealed: tuple[Path, Path, Path]) -> None:
    folder, _, public = sealed
    verification = verified(folder, public)
    assert verification.holds, verification.as_lines()
    bundle = json.loads((folder / "bundle.json").read_text("utf-8"))
    assert {name for name in bundle["files"] if name.startswith(FOLDER)} == {
        f"{FOLDER}/{path.name}" for path in (folder / FOLDER).iterdir()
    }


def test_allure_results_that_say_otherwise_are_found_under_any_seal(sealed: tuple[Path, Path, Path]) -> None:
    folder, private, public = sealed
    path = next((folder / FOLDER).glob("*-result.json"))
    path.write_text(path.read_text("utf-8").replace('"failed"', '"passed"'), "utf-8")
    resealed(folder, private)
    assert refused(verified(folder, public), "report.html, junit.xml", f"{FOLDER}/{path.name}")


def test_an_allure_result_too_many_is_found_under_any_seal(sealed: tuple[Path, Path, Path]) -> None:
    folder, private, public = sealed
    (folder / FOLDER / "0-result.json").write_text("{}", "utf-8")
    bundle = json.loads((folder / "bundle.json").read_text("utf-8"))
    bundle["files"][f"{FOLDER}/0-result.json"] = ""
    (folder / "bundle.json").write_text(json.dumps(bundle), "utf-8")
    resealed(folder, private)
    assert not verified(folder, public).holds


def test_where_the_library_is_absent_a_verification_says_what_it_did_not_check(
    sealed: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification_module, "allure_is_here", lambda: False)
    verification = verified(sealed[0], sealed[2])
    assert verification.holds
    assert f'--  {FOLDER}: not checked: the extra "allure" is not installed' in verification.as_lines()


def test_a_run_without_them_leaves_none_of_an_older_one(tmp_path: Path) -> None:
    with target() as certify:
        certify(tmp_path, only=("KZA-WINDOW-04",), allure=True)
        certify(tmp_path, only=("KZA-WINDOW-04",))
    assert not (tmp_path / FOLDER).exists()


def test_no_secret_is_in_them(tmp_path: Path) -> None:
    with target(SaysEverythingItKnows) as certify:
        certification = certify(tmp_path, only=("KZA-WINDOW", "KZA-FILTER"), allure=True)
    text = "\n".join(path.read_text("utf-8") for path in (tmp_path / FOLDER).iterdir())
    signatures = [token.rsplit(".", 1)[-1] for token in TOKENS.values()]
    ibans = [account.iban for account in KZ.stand().provider.ledger.accounts]
    assert certification.leaks == []
    assert not [value for value in (*signatures, *ibans) if value in text]


def test_without_the_library_one_line_says_what_to_install(tmp_path: Path) -> None:
    """A process in which the library cannot be found."""
    hidden = "import sys; sys.modules['allure_commons'] = None; sys.argv = ['conformance', 'run', '--allure']; "
    done = subprocess.run(
        [sys.executable, "-c", f"{hidden}from conformance.cli import main; main()"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        'conformance: --allure: the extra "allure" is not installed; pip install "openbanking-conformance[allure]"\n'
    )


# --- pytest --alluredir ---------------------------------------------------------------------------------------


def test_a_pytest_session_leaves_the_same_picture(tmp_path: Path) -> None:
    with a_bank(tmp_path, Broken, auth=WITHOUT_EXPIRED) as qa:
        qa.write("test_own.py", "def test_own():\n    pass\n")
        chosen = "KZA-WINDOW or KZA-SHAPE-17 or KZA-TLS-01 or KZA-TOKEN-01 or own"
        pattern = "--allure-link-pattern=clause:https://source.example/kz#{}"
        said = qa.pytest("-k", chosen, "--alluredir", "allure", pattern)
        checks = {f"{entry['id']}[{entry['version']}]": entry for entry in qa.results()["checks"]}
    results = results_in(tmp_path / "allure")
    assert said.code == 1, said.all
    assert results.pop("test_own")["status"] == "passed"
    assert {name: result["status"] for name, result in results.items()} == {
        name: STATUSES[entry["verdict"]] for name, entry in checks.items()
    }
    failed = results[f"{LONG_WINDOWS}[v3]"]
    found = labels_of(failed)
    assert (found["epic"], found["feature"], found["severity"]) == (["kz-accounts"], ["window"], ["critical"])
    assert found["story"] == ["KZA-WINDOW-04: A transaction window over 90 days is refused"]
    assert failed["links"][0]["url"] == "https://source.example/kz#64"
    evidence = checks[f"{LONG_WINDOWS}[v3]"]["evidence"]
    source = next(entry["source"] for entry in failed["attachments"] if entry["name"] == f"exchange {evidence}")
    text = (tmp_path / "allure" / source).read_text("utf-8")
    assert "Authorization: Bearer <TOKEN_FULL>" in text
    assert checks[f"{LONG_WINDOWS}[v3]"]["reproduce"] in failed["statusDetails"]["trace"]


def test_the_same_results_give_the_same_files(run: tuple[Certification, Path]) -> None:
    """The same results.json gives the same files."""
    certification, folder = run
    lines = [json.loads(line) for line in (folder / "exchanges.jsonl").read_text("utf-8").splitlines()]
    made = allure_results(certification.document, lines)
    assert made == {path.name: path.read_text("utf-8") for path in (folder / FOLDER).iterdir()}
