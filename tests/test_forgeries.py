"""Forged bundles: what a cheat does who holds no key, and what the bank could do that seals with its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.bundles import Sealed, refused, resealed, saved_keys

Change = Callable[[Path], object]
VIEWS = "report.html, junit.xml"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return Sealed(tmp_path_factory.mktemp("whole"), fuzz="quick")


def turned(folder: Path) -> None:
    """A failing bank's results as a cheat would write them: all in agreement with each other."""

    def change(results: dict[str, Any]) -> None:
        results["verdict"] = "conformant"
        for entry in (*results["requirements"], *results["checks"]):
            entry["verdict"] = "pass"
            entry.pop("missing", "")
        for name, table in results["counts"].items():
            results["counts"][name] = {**dict.fromkeys(table, 0), "pass": len(results[name])}
        results["fuzz"]["failures"] = []

    edit(folder, "results.json", change)


def edit(folder: Path, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads((folder / name).read_text("utf-8"))
    change(document)
    (folder / name).write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")


def test_a_forgery_sealed_by_a_stranger_is_found(whole: Sealed, tmp_path: Path) -> None:
    folder = whole.copy(tmp_path)
    turned(folder)
    stranger, _ = saved_keys(tmp_path, "EdDSA", "stranger")
    resealed(folder, stranger)
    assert refused(whole.verified(folder), "signature", "bank.pem: the signature is not of this key")


def settled(results: dict[str, Any]) -> None:
    results["counts"]["checks"]["pass"] += 1
    results["counts"]["checks"]["fail"] -= 1


def other_answer(folder: Path) -> None:
    failed = next(
        entry
        for entry in json.loads((folder / "results.json").read_text("utf-8"))["checks"]
        if entry["verdict"] == "fail"
    )
    lines = (folder / "exchanges.jsonl").read_text("utf-8").splitlines(keepends=True)
    place = failed["evidence"] - 1
    lines[place] = lines[place].replace('"status": 200', '"status": 400')
    (folder / "exchanges.jsonl").write_text("".join(lines), "utf-8")


def later(document: dict[str, Any]) -> None:
    document["now"] = (datetime.fromisoformat(document["now"]) + timedelta(days=1)).isoformat()


def replaced(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), "utf-8")


def results(**members: Any) -> Change:
    return lambda folder: edit(folder, "results.json", lambda document: document.update(members))


def run_at(**moments: str) -> Change:
    return lambda folder: edit(folder, "results.json", lambda document: document["run"].update(moments))


def bundle(change: Callable[[dict[str, Any]], object]) -> Change:
    return lambda folder: edit(folder, "bundle.json", change)


def first_requirement(**members: Any) -> Change:
    return lambda folder: edit(folder, "results.json", lambda document: document["requirements"][0].update(members))


FORGERIES: dict[str, tuple[Change, str]] = {
    "all results": (turned, "re-judgement"),
    "the verdict": (results(verdict="conformant"), "re-judgement"),
    "the counts": (lambda folder: edit(folder, "results.json", settled), "results"),
    "a title": (first_requirement(title={"en": "x", "ru": "x"}), "results"),
    "a level": (first_requirement(level="MAY"), "results"),
    "the target": (results(target={"name": "Bank B", "base_url": "https://bank-b.example"}), "results"),
    "a clean slate": (results(requirements=[]), "re-judgement"),
    "a member twice": (
        lambda folder: replaced(folder, "results.json", '  "verdict": "non', '  "verdict": "x",\n  "verdict": "non'),
        "form",
    ),
    "another schema": (results(more=1), "form"),
    "an answer": (other_answer, "re-judgement"),
    "the moment": (lambda folder: edit(folder, "run.json", later), "re-judgement"),
    "the selection": (
        lambda folder: edit(folder, "run.json", lambda record: record.update(only=["X"])),
        "re-judgement",
    ),
    "when it began": (run_at(started_at="2026-01-01T00:00:00.000Z"), "times"),
    "when it ended": (run_at(finished_at="2096-01-01T00:00:00.000Z"), "times"),
    "the attempts": (bundle(lambda told: told.update(attempts=[])), "bundle"),
    "the first attempt": (bundle(lambda told: told["attempts"].pop(0)), "bundle"),
    "what was not run": (bundle(lambda told: told.update(not_run=[])), "bundle"),
    "the configuration": (bundle(lambda told: told.update(configuration="sha256:0")), "bundle"),
    "the proof": (bundle(lambda told: told.update(proof=f"sha256:{64 * '0'}")), "bundle"),
    "a leak": (bundle(lambda told: told.update(leaks={"run.json": ["TOKEN_FULL"]})), "bundle"),
    "the report": (lambda folder: replaced(folder, "report.html", "KZA-WINDOW-04", "KZA-WINDOW-05"), VIEWS),
    "the JUnit report": (lambda folder: replaced(folder, "junit.xml", "<failure", "<skipped"), VIEWS),
    "no JUnit report": (lambda folder: (folder / "junit.xml").unlink(), VIEWS),
    "broken results": (lambda folder: (folder / "results.json").write_text("[" * 9999, "utf-8"), "form"),
    "a broken record": (lambda folder: edit(folder, "run.json", lambda record: record.update(facts=7)), "re-judgement"),
    "no configuration": (
        lambda folder: edit(folder, "run.json", lambda record: record.update(configuration={})),
        "re-judgement",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_sealed_by_the_bank_itself_is_found(whole: Sealed, tmp_path: Path, name: str) -> None:
    forge, step = FORGERIES[name]
    folder = whole.copy(tmp_path)
    forge(folder)
    resealed(folder, whole.private)
    assert refused(whole.verified(folder), step)


def test_resealing_alone_changes_nothing(whole: Sealed, tmp_path: Path) -> None:
    """Else the test above would prove little."""
    folder = whole.copy(tmp_path)
    resealed(folder, whole.private)
    assert whole.verified(folder).holds
