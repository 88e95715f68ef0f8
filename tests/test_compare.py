"""Two results side by side: what got worse is told, what got better is told apart."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import BadRecord, UsageError
from conformance.evidence.comparing import Comparison, Kind, compare
from conformance.reporting.results import write_json
from tests.bench import all_defects
from tests.bundles import target
from tests.test_seal import called

QUIET = 60_000.0  # milliseconds: what a busy machine takes longer is no change
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
    comparison = compare(runs["good"], runs["again"], QUIET)
    assert [(change.kind, change.what) for change in comparison.changes] == [(Kind.NOTE, "target")]
    assert not comparison.got_worse
    assert comparison.as_lines().endswith("\nnothing got worse")
    assert not compare(runs["long"], runs["long"]).changes


def test_a_new_failure_is_worse_and_a_mended_one_better(runs: dict[str, Path]) -> None:
    worse, better = compare(runs["good"], runs["long"], QUIET), compare(runs["long"], runs["good"], QUIET)
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


# --- latencies --------------------------------------------------------------------------------------------------

LIST, BALANCES = "/v3/accounts", "/v3/accounts/6a0b6f0e/balances"


def timed(folder: Path, runs: dict[str, Path], target: str, times: list[float], status: int = 200) -> Path:
    """A report folder whose exchanges are answers of that operation that took so long."""
    shutil.copytree(runs["good"], folder)
    line = {"n": 1, "check": "x", "at": "2026-01-01T00:00:00.000Z", "ms": 0.0, "reply": {"status": status}}
    lines = [{**line, "ms": ms, "request": {"method": "GET", "target": f"{target}?page=1"}} for ms in times]
    (folder / "exchanges.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in lines), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("before", "after", "slower"),
    [
        ([100.0] * 200, [200.1] * 200, ["p50", "p95", "p99"]),
        ([100.0] * 200, [200.0] * 200, []),  # by 100 ms, and no more
        ([100.0] * 200, [199.0] * 200, []),
        ([1.0] * 200, [90.0] * 200, []),
        ([100.0] * 200, [100.0] * 189 + [900.0] * 11, ["p95", "p99"]),
        ([100.0] * 200, [100.0] * 197 + [900.0] * 3, ["p99"]),
        ([100.0] * 200, [100.0] * 198 + [900.0] * 2, []),
        ([100.0] * 39, [900.0] * 39, ["p50"]),
        ([100.0] * 40, [900.0] * 40, ["p50", "p95"]),
        ([100.0] * 19, [900.0] * 200, []),
        ([], [900.0] * 200, []),
    ],
)
def test_a_latency_that_doubled_is_told(
    runs: dict[str, Path], tmp_path: Path, before: list[float], after: list[float], slower: list[str]
) -> None:
    old, new = (timed(tmp_path / name, runs, BALANCES, ms) for name, ms in (("old", before), ("new", after)))
    operation = "GET /v3/accounts/{accountId}/balances"
    for one, other, kind in ((old, new, Kind.SLOWER), (new, old, Kind.BETTER)):
        comparison = compare(one, other)
        assert [(change.kind, change.what) for change in comparison.changes] == [
            (kind, f"{percentile} of {operation}") for percentile in slower
        ]
        assert comparison.got_worse == (kind is Kind.SLOWER and bool(slower))
    if slower:
        assert f"slower           {slower[0]} of {operation}: {before[0]:g} ms -> " in compare(old, new).as_lines()
        assert not compare(old, new, floor_ms=1000).changes
        assert not compare(old / "results.json", new).changes


def test_each_operation_is_timed_apart_by_what_it_served(runs: dict[str, Path], tmp_path: Path) -> None:
    old = timed(tmp_path / "old", runs, LIST, [10.0] * 50)
    other = timed(tmp_path / "other", runs, BALANCES, [500.0] * 50)
    refused = timed(tmp_path / "refused", runs, LIST, [500.0] * 50, status=429)
    assert not compare(old, other).changes and not compare(old, refused).changes
    document = json.loads(compare(old, other).as_json())["latencies_ms"]
    assert document["GET /v3/accounts"] == {"before": {"answers": 50, "p50": 10.0, "p95": 10.0}, "after": None}
    assert list(document) == ["GET /v3/accounts", "GET /v3/accounts/{accountId}/balances"]


def test_exchanges_that_cannot_be_read_are_named(runs: dict[str, Path], tmp_path: Path) -> None:
    broken = timed(tmp_path / "broken", runs, LIST, [1.0])
    with (broken / "exchanges.jsonl").open("a", encoding="utf-8") as file:
        file.write("[]\n")
    with pytest.raises(BadRecord, match="line 2 is no exchange"):
        compare(runs["good"], broken)


def test_the_command_tells_ci_what_to_do(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = ("--latency-floor", f"{QUIET}")
    assert called("compare", runs["good"], runs["again"], *quiet, monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out.endswith("nothing got worse\n")
    assert called("compare", runs["good"], runs["long"] / "results.json", "--json", monkeypatch=monkeypatch) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["got_worse"] and document["changes"][0]["kind"] == "worse"
    assert called("compare", runs["good"], tmp_path, monkeypatch=monkeypatch) == 2
    assert "results.json: is missing" in capsys.readouterr().err
