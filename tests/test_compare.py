"""Two results side by side: what got worse is told, what got better is told apart."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import UsageError
from conformance.evidence.comparing import Comparison, Kind, compare
from conformance.reporting.results import write_json
from tests.bench import all_defects
from tests.bundles import target
from tests.test_seal import called

TOPICS = ("KZA-WINDOW", "KZA-EXISTS", "KZA-PAGING")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same checks on a good provider, twice, and on two broken ones."""
    folder = tmp_path_factory.mktemp("compare")
    found = {}
    for name, broken in (("good", ""), ("again", ""), ("long", "AcceptsYearLongWindows")):
        with target(*([all_defects()[broken]] if broken else [])) as run:
            run(folder / name, only=TOPICS, fuzz="quick")
        found[name] = folder / name
    return found


def told(comparison: Comparison, *kinds: Kind) -> list[str]:
    return [str(change) for change in comparison.changes if change.kind in kinds]


def test_two_runs_of_the_same_provider_differ_in_nothing_but_its_port(runs: dict[str, Path]) -> None:
    comparison = compare(runs["good"], runs["again"])
    assert [(change.kind, change.what) for change in comparison.changes] == [(Kind.NOTE, "target")]
    assert not comparison.got_worse
    assert comparison.as_lines().endswith("\nnothing got worse")
    assert not compare(runs["long"], runs["long"]).changes


def test_a_new_failure_is_worse_and_a_mended_one_better(runs: dict[str, Path]) -> None:
    worse, better = compare(runs["good"], runs["long"]), compare(runs["long"], runs["good"])
    assert (worse.got_worse, better.got_worse) == (True, False)
    lines = told(worse, Kind.WORSE)
    assert "worse            run: inconclusive -> non_conformant" in lines
    assert "worse            requirement KZA-WINDOW-04: pass -> fail" in lines
    assert any("check kz-accounts/window/" in line and line.endswith("@v3: pass -> fail") for line in lines)
    assert {line.replace("better", "worse ") for line in told(better, Kind.BETTER)} == {
        " -> ".join([line.split(": ", 1)[0] + ": " + line.rsplit(" -> ")[1], line.split(": ", 1)[1].split(" -> ")[0]])
        for line in lines
    }
    assert [change.kind for change in worse.changes] == sorted(
        (change.kind for change in worse.changes), key=list(Kind).index
    ), "the worst first"


def entry(document: dict[str, Any], id_: str = "KZA-WINDOW-04") -> dict[str, Any]:
    return next(one for one in document["requirements"] if one["id"] == id_)


def failure(document: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in document["checks"] if one["verdict"] == "fail")


def fuzz_failure(document: dict[str, Any]) -> None:
    one = {"requirement": "KZA-PAGING-05", "version": "v3", "operation": "v3 accounts", "subject": "status"}
    document["fuzz"]["failures"].append({**one, "exchanges": [1], "count": 2})


CHANGES: dict[str, tuple[str, Callable[[dict[str, Any]], object], Kind, str]] = {
    "not shown any more": (
        "good",
        lambda d: entry(d).update(verdict="not_applicable", reason="x"),
        Kind.WORSE,
        "requirement KZA-WINDOW-04: pass -> not_applicable",
    ),
    "open": ("good", lambda d: entry(d).update(verdict="inconclusive"), Kind.WORSE, "KZA-WINDOW-04: pass -> inconcl"),
    "waived": (
        "long",
        lambda d: entry(d).update(verdict="waived", reason="W-7"),
        Kind.BETTER,
        "requirement KZA-WINDOW-04: fail -> waived",
    ),
    "not run": (
        "good",
        lambda d: d["requirements"].remove(entry(d)),
        Kind.WORSE,
        "requirement KZA-WINDOW-04: pass -> not there",
    ),
    "fails otherwise": (
        "long",
        lambda d: failure(d).update(subject="another thing"),
        Kind.OTHERWISE,
        "-> another thing",
    ),
    "a new fuzz failure": ("good", fuzz_failure, Kind.WORSE, "fuzz KZA-PAGING-05@v3@v3 accounts@status: pass -> fail"),
    "another answer": (
        "good",
        lambda d: d["readings"][0].update(seen="something else"),
        Kind.READING,
        "-> something else (v3)",
    ),
    "no answer": ("good", lambda d: d["readings"].clear(), Kind.READING, "-> not seen"),
    "another suite": (
        "good",
        lambda d: d["suite"].update(digest=f"sha256:{64 * '0'}"),
        Kind.NOTE,
        "suite: sha256:",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_called_what_it_is(runs: dict[str, Path], tmp_path: Path, name: str) -> None:
    base, change, kind, said = CHANGES[name]
    before = json.loads((runs[base] / "results.json").read_text("utf-8"))
    after = copy.deepcopy(before)
    change(after)
    write_json(tmp_path / "after.json", after)
    comparison = compare(runs[base], tmp_path / "after.json")
    assert {found.kind for found in comparison.changes} == {kind}, comparison.as_lines()
    assert said in comparison.as_lines()
    assert comparison.got_worse == (kind in (Kind.WORSE, Kind.OTHERWISE))
    if kind is Kind.WORSE:
        assert not compare(tmp_path / "after.json", runs[base]).got_worse


def test_a_new_requirement_that_fails_is_worse(runs: dict[str, Path], tmp_path: Path) -> None:
    for base, expected in (("long", Kind.WORSE), ("good", Kind.BETTER)):
        document = json.loads((runs[base] / "results.json").read_text("utf-8"))
        document["requirements"].remove(entry(document))
        write_json(tmp_path / "before.json", document)
        assert {change.kind for change in compare(tmp_path / "before.json", runs[base]).changes} == {expected}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["contract"].update(id="imts"), "is of kz-accounts, .* of imts"),
        (lambda d: d["contract"].update(role="system"), "is of provider, .* of system"),
        (lambda d: d.pop("checks"), '"checks" is a required property'),
    ],
)
def test_what_is_not_alike_is_not_compared(
    runs: dict[str, Path], tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    folder = Path(shutil.copytree(runs["good"], tmp_path / "other"))
    document = json.loads((folder / "results.json").read_text("utf-8"))
    change(document)
    write_json(folder / "results.json", document)
    with pytest.raises(UsageError, match=said):
        compare(runs["good"], folder)


def test_the_command_tells_ci_what_to_do(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("compare", runs["good"], runs["again"], monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out.endswith("nothing got worse\n")
    assert called("compare", runs["good"], runs["long"] / "results.json", "--json", monkeypatch=monkeypatch) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["got_worse"] and document["changes"][0]["kind"] == "worse"
    assert called("compare", runs["good"], tmp_path, monkeypatch=monkeypatch) == 2
    assert "results.json: is missing" in capsys.readouterr().err
