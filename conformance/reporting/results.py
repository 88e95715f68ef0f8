"""results.json: all that a run showed, as a document for programs. Every other report is a view of it."""

from __future__ import annotations

import json
import os
import re
import threading
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import __version__
from conformance.data import recorded_proof, spec_digest, specs, suite_digest
from conformance.engine.run import CheckResult, Outcome, RequirementResult
from conformance.engine.verdict import Verdict
from conformance.reporting.curl import curl
from conformance.reporting.fingerprint import fingerprint
from conformance.reporting.text import encodable

if TYPE_CHECKING:
    from conformance.config import Configuration
    from conformance.engine.contract import Contract, FuzzFailure, FuzzOutcome
    from conformance.engine.run import Run
    from conformance.transport.channel import Counters
    from conformance.transport.redaction import Redactor

FORMAT = "conformance-results/1"
SUITE = "openbanking-conformance"
LONGEST_TEXT = 1000  # characters of one text that quotes an answer; the exchange has it whole


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run says about itself, apart from what it saw."""

    id: str
    started_at: datetime
    finished_at: datetime
    seed: int
    workers: int
    fuzz: str = "off"
    requests: int = 0
    retries: int = 0
    throttled: int = 0
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: Run, counters: Counters, run_id: str, started_at: datetime, finished_at: datetime) -> RunFacts:
        """What a run that is under way or over says about itself."""
        return cls(
            id=run_id,
            started_at=started_at,
            finished_at=finished_at,
            seed=run.seed,
            workers=run.workers,
            fuzz=run.fuzz_plan.budget if run.fuzz_plan else "off",
            requests=counters.requests,
            retries=counters.retries,
            throttled=counters.throttled,
            only=run.selection.only,
            skip=run.selection.skip,
        )


def results_document(
    run_facts: RunFacts,
    contract: Contract,
    declaration: Configuration,
    outcome: Outcome,
    redactor: Redactor,
) -> dict[str, Any]:
    """The document; nothing in it holds a secret or a personal value that the redactor knows."""
    public = _Public(redactor, declaration.target.base_url)
    return {
        "format": FORMAT,
        "suite": {
            "name": SUITE,
            "version": __version__,
            "digest": suite_digest(contract.id),
            **_proof(contract.id),
        },
        "contract": {
            "id": contract.id,
            "role": declaration.role,
            "versions": list(declaration.versions),
            "spec_digest": spec_digest(contract.id),
        },
        "target": {
            "name": public.text(declaration.target.name),
            "base_url": public.text(declaration.target.base_url),
        },
        "run": {
            "id": run_facts.id,
            "started_at": _moment(run_facts.started_at),
            "finished_at": _moment(run_facts.finished_at),
            "seed": run_facts.seed,
            "fuzz": run_facts.fuzz,
            "workers": run_facts.workers,
            "complete": outcome.complete,
            "requests": run_facts.requests,
            "retries": run_facts.retries,
            "throttled": run_facts.throttled,
            **_selection(run_facts),
        },
        "verdict": outcome.verdict.value,
        "counts": {
            "requirements": _counts(entry.verdict for entry in outcome.requirements),
            "checks": _counts(result.verdict for result in outcome.checks),
        },
        "requirements": [public.requirement(entry) for entry in outcome.requirements],
        "checks": [public.check(result) for result in outcome.checks],
        "readings": _readings(contract.id, outcome.checks, public),
        "fuzz": public.fuzz(outcome.fuzz),
    }


def _proof(contract_id: str) -> dict[str, str]:
    """The proof of the code in use, by its digest; left out where that was changed since it was proven."""
    digest = recorded_proof(contract_id)
    return {"proof": digest} if digest else {}


def results_schema() -> dict[str, Any]:
    """The JSON Schema that every results.json keeps."""
    text = files("conformance.reporting").joinpath("results.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def write_json(path: Path, document: Any) -> None:
    """Write the document in one step: a reader finds the old file or the new one, never a part."""
    write_text(path, as_text(document))


def as_text(document: Any) -> str:
    """The document as it is written."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step, on the disk when this returns."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Public:
    """Turns what a run saw into entries that may leave the process."""

    redactor: Redactor
    base_url: str

    def text(self, text: str) -> str:
        # Redacted first and cut afterwards: half a secret would no longer be known as one.
        public = encodable(self.redactor.prose(text))
        return public if len(public) <= LONGEST_TEXT else f"{public[:LONGEST_TEXT]}…"

    def requirement(self, entry: RequirementResult) -> dict[str, Any]:
        requirement = entry.requirement
        return {
            "id": requirement.id,
            "clauses": list(requirement.clauses),
            "level": requirement.level.value,
            "verdict": entry.verdict.value,
            "title": {"en": requirement.title.en, "ru": requirement.title.ru},
            **self._present(reason=entry.reason),
            "checks": list(dict.fromkeys(result.check.id for result in entry.checks)),
        }

    def check(self, result: CheckResult) -> dict[str, Any]:
        open_ended = result.verdict is Verdict.INCONCLUSIVE
        document = {
            "id": result.check.id,
            "requirement": result.check.requirement,
            "version": result.version,
            "verdict": result.verdict.value,
            "duration_ms": round(result.duration_ms, 1),
            **self._present(
                subject=result.subject,
                expected=result.expected,
                actual=result.actual,
                missing=(result.missing or "not said") if open_ended else "",
            ),
            "exchanges": list(result.exchanges),
        }
        if result.verdict in (Verdict.FAIL, Verdict.WARN):
            document["fingerprint"] = fingerprint(document)
        if result.evidence is not None:
            document["evidence"] = result.evidence.number
            document["reproduce"] = encodable(curl(result.evidence.request, self.base_url, self.redactor))
        return document

    def fuzz(self, outcome: FuzzOutcome) -> dict[str, Any]:
        return {
            "operations": outcome.operations,
            "cases": outcome.cases,
            **self._present(problem=outcome.problem),
            "failures": [self.fuzz_failure(failure) for failure in outcome.failures],
        }

    def fuzz_failure(self, failure: FuzzFailure) -> dict[str, Any]:
        document = {
            "requirement": failure.requirement,
            "version": failure.version,
            "operation": failure.operation,
            **self._present(subject=failure.subject, expected=failure.expected, actual=failure.actual),
            "exchanges": list(failure.exchanges),
            "count": failure.count,
        }
        if failure.steps:
            document["steps"] = [self.text(step) for step in failure.steps]
        document["fingerprint"] = fingerprint(document)
        if failure.evidence is not None:
            document["reproduce"] = encodable(curl(failure.evidence.request, self.base_url, self.redactor))
        return document

    def _present(self, **texts: str) -> dict[str, str]:
        return {name: self.text(text) for name, text in texts.items() if text}


def _selection(run_facts: RunFacts) -> dict[str, Any]:
    """Which checks were asked for; absent where all were."""
    if not (run_facts.only or run_facts.skip):
        return {}
    return {"selection": {"only": list(run_facts.only), "skip": list(run_facts.skip)}}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _counts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    seen = list(verdicts)
    return {verdict.value: seen.count(verdict) for verdict in Verdict}


def _readings(contract_id: str, results: Iterable[CheckResult], public: _Public) -> list[dict[str, Any]]:
    """Each answer to each open question once, with the versions that gave it."""
    versions: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for reading_id, seen in result.readings:
            given_by = versions.setdefault((reading_id, public.text(seen)), [])
            if result.version not in given_by:
                given_by.append(result.version)
    questions = _questions(contract_id)
    return [
        {"id": reading_id, "question": questions.get(reading_id, reading_id), "seen": seen, "versions": given_by}
        for (reading_id, seen), given_by in sorted(versions.items(), key=lambda item: (_number(item[0][0]), item[0]))
    ]


def _questions(contract_id: str) -> dict[str, str]:
    path = specs(contract_id) / "readings.toml"
    if not path.is_file():
        return {}
    entries = tomllib.loads(path.read_text("utf-8")).get("reading", [])
    return {entry["id"]: entry["question"] for entry in entries}


def _number(reading_id: str) -> int:
    digits = re.search(r"\d+", reading_id)
    return int(digits.group()) if digits else 0
