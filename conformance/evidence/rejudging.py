"""A finished run judged again from its report folder alone: no network, no secrets, no configuration of the bank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from conformance.contracts import contract
from conformance.engine.contract import FuzzPlan
from conformance.engine.run import PROBE, Outcome, Run
from conformance.engine.verdict import Verdict
from conformance.errors import BadRecord, UnknownName
from conformance.evidence.accepting import Accepted, with_accepted
from conformance.evidence.record import (
    FUZZ_REQUESTS,
    RECORD,
    RESULTS,
    Record,
    read_exchanges,
    read_record,
    read_results,
)
from conformance.reporting.results import RunFacts, results_document
from conformance.transport.channel import Stopped
from conformance.transport.recorder import Recorder
from conformance.transport.replay import OnRecord, Replay
from conformance.transport.timing import VirtualTimer


@dataclass(frozen=True, slots=True)
class Difference:
    """One member of the results that the new judgement sees otherwise; absent is None."""

    where: str
    member: str
    recorded: Any
    rejudged: Any

    def __str__(self) -> str:
        return f"{self.where}: {self.member}: on record {self.recorded!r}, judged again {self.rejudged!r}"


@dataclass(frozen=True, slots=True)
class Rejudgement:
    """The new judgement.

    `recorded` and `document` are the results on record and the new ones. `departures` say where a check asked for
    something that is not on record, `left_over` are numbers of exchanges that no check asked for: with either of
    them the record is not that of this run of this suite.
    """

    run: Run
    outcome: Outcome
    document: dict[str, Any]
    recorded: dict[str, Any]
    departures: tuple[str, ...]
    left_over: tuple[int, ...]
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether the record leads to the results that stand beside it, and to nothing else."""
        return not (self.departures or self.left_over or self.differences)


def rejudged(folder: Path) -> Rejudgement:
    """Judge the run in a report folder again. Raises BadRecord when the folder holds no finished run."""
    record, recorded = read_record(folder), read_results(folder)
    exchanges = read_exchanges(folder)
    try:
        the_contract = contract(record.contract)
        declaration = the_contract.configuration_of(record.configuration.get("role")).from_public(record.configuration)
    except UnknownName as fault:
        raise BadRecord(f"{folder / RECORD}: {fault}") from None
    except ValidationError as fault:
        place = ".".join(map(str, fault.errors()[0]["loc"]))
        raise BadRecord(f"{folder / RECORD}: configuration: {place}: {fault.errors()[0]['msg']}") from None
    recorder = Recorder(OnRecord(record.facts))
    compared = None if the_contract.request_difference is None else the_contract.request_difference(record.facts)
    replay = Replay(exchanges, recorder, VirtualTimer(record.now), record.stop_reason, compared)
    run = Run(
        the_contract,
        declaration,
        replay,
        recorder,
        now=record.now,
        seed=record.seed,
        workers=1,
        selection=record.selection,
        fuzz=_fuzz_plan(folder, record),
        left_out=dict.fromkeys(record.left_out, record.stop_reason),
    )
    if any(exchange.purpose == PROBE for exchange in exchanges):
        with suppress(Stopped):
            run.probe()
    outcome = run.execute()
    if record.stop_reason:
        replay.stop(record.stop_reason)
        outcome = run.settled_so_far()
    document = results_document(_facts(run, replay, recorded), the_contract, declaration, outcome, recorder.redactor)
    document = with_accepted(document, _accepted(recorded))
    patterns = the_contract.privacy(declaration).patterns
    return Rejudgement(
        run,
        outcome,
        document,
        recorded,
        tuple(replay.departures.values()),
        tuple(exchange.number for exchange in replay.left_over),
        tuple(_differences(recorded, document, patterns)),
    )


def _fuzz_plan(folder: Path, record: Record) -> FuzzPlan | None:
    """The list that the run left; where it was stopped before it had one, the same beginning."""
    if not record.fuzz:
        return None
    stored = folder / FUZZ_REQUESTS
    return FuzzPlan(record.fuzz, record.seed, stored if stored.is_file() else None)


def _accepted(recorded: dict[str, Any]) -> Accepted:
    """What the run had leave to accept; whether it is signed by whom one trusts is not judged here."""
    try:
        return Accepted.of(recorded)
    except (KeyError, TypeError, ValueError) as fault:
        raise BadRecord(f"{RESULTS}: waivers or known_issues: {type(fault).__name__}: {fault}") from None


def _facts(run: Run, replay: Replay, recorded: dict[str, Any]) -> RunFacts:
    """What the results say about the run itself; which run it was is not judged."""
    try:
        told = recorded["run"]
        started, finished = (datetime.fromisoformat(told[name]) for name in ("started_at", "finished_at"))
        facts = RunFacts.of(run, replay.counters, str(told["id"]), started, finished)
        return replace(facts, workers=int(told["workers"]))
    except (KeyError, TypeError, ValueError) as fault:
        raise BadRecord(f"{RESULTS}: run: {type(fault).__name__}: {fault}") from None


# --- comparison -------------------------------------------------------------------------------------------

_OF_RUN = ("complete", "requests", "retries", "throttled")
_OF_CHECK = ("verdict", "subject", "expected", "actual", "missing", "exchanges", "evidence", "known_issue")
_OF_FAULT = ("verdict", "subject")  # of our own: what else is told names lines and files of an installation
_OF_REQUIREMENT = ("verdict", "reason", "known_issue", "checks")
_OF_READING = ("seen", "versions")
_OF_FUZZ = ("operations", "cases", "problem")
_OF_FAILURE = ("subject", "expected", "actual", "exchanges", "count", "steps", "waived", "known_issue")


def _differences(recorded: dict[str, Any], document: dict[str, Any], patterns: Any) -> Iterator[Difference]:
    def compared(
        where: str, old: dict[str, Any], new: dict[str, Any], members: tuple[str, ...]
    ) -> Iterator[Difference]:
        for member in members:
            if comparable(old.get(member), patterns) != comparable(new.get(member), patterns):
                yield Difference(where, member, old.get(member), new.get(member))

    yield from compared("run", recorded, document, ("verdict", "headline", "waivers", "known_issues"))
    yield from compared("run", recorded["run"], document["run"], _OF_RUN)
    for table, key, members in (
        ("requirements", ("id",), _OF_REQUIREMENT),
        ("checks", ("id", "version"), _OF_CHECK),
        ("readings", ("id", "seen"), _OF_READING),
    ):
        before, after = _by(recorded[table], key), _by(document[table], key)
        for name in dict.fromkeys([*before, *after]):
            old, new = before.get(name, {}), after.get(name, {})
            is_fault = table == "checks" and old.get("verdict") == new.get("verdict") == Verdict.ERROR
            yield from compared(f"{table[:-1]} {'@'.join(name)}", old, new, _OF_FAULT if is_fault else members)
    yield from compared("fuzz", recorded["fuzz"], document["fuzz"], _OF_FUZZ)
    failures = ("requirement", "version", "operation", "subject")
    before, after = _by(recorded["fuzz"]["failures"], failures), _by(document["fuzz"]["failures"], failures)
    for name in dict.fromkeys([*before, *after]):
        yield from compared(f"fuzz {' '.join(name)}", before.get(name, {}), after.get(name, {}), _OF_FAILURE)


def _by(entries: list[dict[str, Any]], key: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, Any]]:
    return {tuple(str(entry.get(member, "")) for member in key): entry for entry in entries}


def comparable(value: Any, patterns: Any) -> Any:
    """A text without what looks personal.

    A number that looks like an IIN is an amount in an answer, and stays; quoted in a sentence it is taken out.
    """
    if isinstance(value, str):
        for pattern in patterns:
            value = re.sub(pattern, "<personal>", value)
    return value
