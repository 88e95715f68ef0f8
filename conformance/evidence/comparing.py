"""`conformance compare`: what changed between two results of one contract, and whether anything got worse.

The results are taken as they are: whether they can be trusted, `conformance verify` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import jsonschema_rs

from conformance.engine.verdict import RunVerdict, Verdict
from conformance.errors import BadRecord, UsageError
from conformance.evidence.latency import Latency, doubled, latencies
from conformance.evidence.record import RESULTS, read_json
from conformance.reporting.results import results_schema

# Best first. What is no longer shown got worse, whatever the reason.
_ORDER = (
    Verdict.PASS,
    Verdict.ATTESTED,
    Verdict.NOT_OBSERVABLE,
    Verdict.NOT_APPLICABLE,
    Verdict.WAIVED,
    None,  # not in the results at all
    Verdict.INCONCLUSIVE,
    Verdict.WARN,
    Verdict.ERROR,
    Verdict.FAIL,
)
NOISE_MS = 100.0  # between two runs of one target on one day
_RUNS = (RunVerdict.CONFORMANT, RunVerdict.INCONCLUSIVE, RunVerdict.NON_CONFORMANT)
_FAILED = (Verdict.FAIL, Verdict.WARN, Verdict.ERROR)


class Kind(StrEnum):
    """What a change means."""

    WORSE = "worse"
    SLOWER = "slower"
    OTHERWISE = "fails otherwise"  # an old failure that may hide a new one counts as worse
    BETTER = "better"
    READING = "reading"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was."""

    kind: Kind
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.kind:<15}  {self.what}: {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes, the worst first; and how long each operation took before and after, where that is on record."""

    changes: tuple[Change, ...]
    before: Mapping[str, Latency]
    after: Mapping[str, Latency]

    @property
    def got_worse(self) -> bool:
        return any(change.kind in (Kind.WORSE, Kind.SLOWER, Kind.OTHERWISE) for change in self.changes)

    def as_lines(self) -> str:
        """One line for each change, and what follows from them."""
        return "\n".join([*map(str, self.changes), "something got worse" if self.got_worse else "nothing got worse"])

    def as_json(self) -> str:
        """The same for programs."""
        changes = [
            {"kind": change.kind.value, "what": change.what, "before": change.before, "after": change.after}
            for change in self.changes
        ]
        taken = {
            name: {"before": self.before.get(name), "after": self.after.get(name)}
            for name in sorted({*self.before, *self.after})
        }
        document = {"got_worse": self.got_worse, "changes": changes, "latencies_ms": taken}
        return json.dumps(document, ensure_ascii=False, indent=2)


def compare(before: Path, after: Path, floor_ms: float = NOISE_MS) -> Comparison:
    """Compare the results of two report folders, or two results.json. Raises UsageError for what is not alike.

    Of folders the latencies are compared, too: twice as long is slower, or faster, where it makes out `floor_ms`.
    """
    old, new = _results(before), _results(after)
    for name in ("id", "role"):
        if old["contract"][name] != new["contract"][name]:
            raise UsageError(f"{before} is of {old['contract'][name]}, {after} of {new['contract'][name]}")
    order = list(Kind)
    taken = [latencies(path, old["contract"]["id"]) if path.is_dir() else {} for path in (before, after)]
    changes = sorted(
        [*_changes(old, new), *_of_latencies(taken[0], taken[1], floor_ms)],
        key=lambda change: order.index(change.kind),
    )
    return Comparison(tuple(changes), taken[0], taken[1])


def _results(path: Path) -> dict[str, Any]:
    path = path / RESULTS if path.is_dir() else path
    document = read_json(path)
    fault = next(jsonschema_rs.validator_for(results_schema()).iter_errors(document), None)
    if fault is not None:
        raise BadRecord(f"{path}: {'/'.join(map(str, fault.instance_path))}: {fault.message}")
    return document


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for what, where, name in (
        ("suite", "suite", "digest"),
        ("specs", "contract", "spec_digest"),
        ("target", "target", "base_url"),
        ("fuzzing", "run", "fuzz"),
    ):
        if old[where][name] != new[where][name]:
            yield Change(Kind.NOTE, what, old[where][name], new[where][name])
    yield from _moved("run", old["verdict"], new["verdict"], _RUNS)
    yield from _of_table("requirement", _by(old["requirements"], "id"), _by(new["requirements"], "id"))
    yield from _of_table("check", _by(old["checks"], "id", "version"), _by(new["checks"], "id", "version"))
    yield from _of_fuzzing(old["fuzz"]["failures"], new["fuzz"]["failures"])
    yield from _of_readings(old["readings"], new["readings"])


def _moved(what: str, before: str | None, after: str | None, order: tuple[str | None, ...]) -> Iterator[Change]:
    if before != after:
        kind = Kind.WORSE if order.index(after) > order.index(before) else Kind.BETTER
        yield Change(kind, what, before or "not there", after or "not there")


def _of_table(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, {}), after.get(name, {})
        yield from _moved(f"{kind} {name}", old.get("verdict"), new.get("verdict"), _ORDER)
        same = old.get("verdict") == new.get("verdict")
        if same and new["verdict"] in _FAILED and old.get("subject") != new.get("subject"):
            yield Change(Kind.OTHERWISE, f"{kind} {name}", old.get("subject", ""), new.get("subject", ""))


def _of_fuzzing(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Change]:
    members = ("requirement", "version", "operation", "subject")
    old, new = _by(before, *members), _by(after, *members)
    for name in dict.fromkeys([*old, *new]):
        before_and_after = [Verdict.FAIL if name in found else Verdict.PASS for found in (old, new)]
        yield from _moved(f"fuzz {name}", before_and_after[0], before_and_after[1], _ORDER)


def _of_latencies(before: Mapping[str, Latency], after: Mapping[str, Latency], floor_ms: float) -> Iterator[Change]:
    for kind, pairs in (
        (Kind.SLOWER, doubled(before, after, floor_ms)),
        (Kind.BETTER, doubled(after, before, floor_ms)),
    ):
        for name, percentile in sorted(pairs):
            values = (f"{taken[name][percentile]:g} ms" for taken in (before, after))
            yield Change(kind, f"{percentile} of {name}", *values)


def _of_readings(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Change]:
    old, new = _answers(before), _answers(after)
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield Change(Kind.READING, f"reading {name}", old.get(name, "not seen"), new.get(name, "not seen"))


def _answers(readings: list[dict[str, Any]]) -> dict[str, str]:
    """Per question all answers, each with its versions."""
    told: dict[str, list[str]] = {}
    for entry in readings:
        answer = f"{entry['seen']} ({', '.join(entry['versions'])})"
        told.setdefault(f"{entry['id']} {entry['question']}", []).append(answer)
    return {name: "; ".join(answers) for name, answers in told.items()}


def _by(entries: list[dict[str, Any]], *members: str) -> dict[str, dict[str, Any]]:
    return {"@".join(str(entry[member]) for member in members): entry for entry in entries}
