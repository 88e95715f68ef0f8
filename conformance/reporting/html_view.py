"""What report.html shows, put in order: results.json joined with the register, the checks and the exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.engine.verdict import Level, Verdict
from conformance.reporting.html_exchanges import Exhibit, Exhibits, lines_of, numbers_in_short, shown_by
from conformance.reporting.summary import fuzz_failures

if TYPE_CHECKING:
    from conformance.engine.contract import Contract
    from conformance.engine.register import Requirement

Document = Mapping[str, Any]

MOST_BEFORE = 2  # exchanges of the same check that are shown before the evidence

# What a reader looks for first.
ORDER = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.WARN,
    Verdict.INCONCLUSIVE,
    Verdict.PASS,
    Verdict.ATTESTED,
    Verdict.WAIVED,
    Verdict.NOT_OBSERVABLE,
    Verdict.NOT_APPLICABLE,
)


@dataclass(frozen=True, slots=True)
class Proof:
    """The exchange that shows it, the few before it, and the numbers of all others."""

    evidence: Exhibit
    before: Sequence[Exhibit]
    others: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check in all its versions, or one fuzzed operation, as a row of the table opens to it."""

    id: str
    sentence: str
    operation: str
    results: Sequence[Document]


@dataclass(frozen=True, slots=True)
class Failure:
    """One check that broke, or ended in an error, in one way; in one or several versions.

    Or one cause of wrong answers to generated requests to an `operation`: that many cases failed alike.
    """

    id: str
    sentence: str
    operation: str
    count: int
    grounds: Sequence[str]
    versions: Sequence[str]
    result: Document
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement."""

    id: str
    level: Level
    verdict: Verdict
    clauses: Sequence[str]
    title: str
    other_title: str
    topic: str
    reason: str
    question: str
    checks: Sequence[CheckLine]
    versions: Sequence[str]
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class Broken:
    """A requirement with the checks that did not end well."""

    row: Row
    failures: Sequence[Failure]


@dataclass(frozen=True, slots=True)
class Gap:
    """One missing thing, and the requirements that need it."""

    missing: str
    rows: Sequence[Row]
    instead: Exhibit | None


@dataclass(frozen=True, slots=True)
class Topic:
    """How the requirements of one topic ended."""

    name: str
    counts: Mapping[Verdict, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Reading:
    """One open question, and each answer with the versions that gave it."""

    id: str
    question: str
    answers: Sequence[tuple[str, str]]


class View:
    """The report's parts. `lang` is the key of the titles."""

    def __init__(self, document: Document, contract: Contract, exchanges: Iterable[Document], lang: str) -> None:
        self._checks_of: dict[str, list[Document]] = {}
        fuzzed = fuzz_failures(document)
        for check in (*document["checks"], *fuzzed):
            self._checks_of.setdefault(check["requirement"], []).append(check)
        self._known_checks = {item.id: item for item in contract.checks}
        self.rows = [self._row(entry, contract, lang) for entry in document["requirements"]]
        groups = {verdict: self._alike(verdict) for verdict in (Verdict.FAIL, Verdict.WARN, Verdict.ERROR)}
        gaps = self._gaps()
        shown = [checks[0] for alike in groups.values() for checks in alike]
        instead = [check for *_, check in gaps if check is not None]
        company = [*_evidence(instead), *(number for check in shown for number in _before(check))]
        tried = [number for failure in fuzzed for number in failure["exchanges"]]
        lines = lines_of(exchanges, {*_evidence(shown), *company, *tried})
        for failure in fuzzed:
            _name_evidence(failure, lines)
        self._exhibits = Exhibits(lines.values(), _evidence(shown), company)
        self.broken = self._broken(groups[Verdict.FAIL])
        self.warned = self._broken(groups[Verdict.WARN])
        self.gaps = [Gap(missing, rows, self._instead(check)) for missing, rows, check in gaps]
        self.errors = self._broken(groups[Verdict.ERROR])
        self.topics = _topics(self.rows)
        self.readings = _readings(document["readings"])
        self.counts = {verdict: sum(row.verdict is verdict for row in self.rows) for verdict in ORDER}

    @property
    def verdicts(self) -> list[Verdict]:
        """The verdicts that occur, those first that a reader looks for first."""
        return [verdict for verdict in ORDER if self.counts[verdict]]

    @property
    def open_count(self) -> int:
        """How many requirements something was missing for."""
        return len({row.id for gap in self.gaps for row in gap.rows})

    def _row(self, entry: Document, contract: Contract, lang: str) -> Row:
        registered = _registered(contract, entry["id"])
        results = self._checks_of.get(entry["id"], [])
        verdict = Verdict(entry["verdict"])
        lines = [self._line(check_id, results) for check_id in dict.fromkeys(check["id"] for check in results)]
        return Row(
            id=entry["id"],
            level=Level(entry["level"]),
            verdict=verdict,
            clauses=entry["clauses"],
            title=entry["title"][lang],
            other_title=" ".join(text for key, text in entry["title"].items() if key != lang),
            topic=registered.topic if registered else _topic_of(results),
            reason=entry.get("reason", ""),
            question=(registered.attestation or "") if registered else "",
            checks=lines,
            versions=registered.versions if registered else (),
            missing=list(dict.fromkeys(check["missing"] for check in results if "missing" in check)),
        )

    def _line(self, check_id: str, results: Iterable[Document]) -> CheckLine:
        own = [check for check in results if check["id"] == check_id]
        return CheckLine(check_id, self._sentence(check_id), own[0].get("operation", ""), own)

    def _sentence(self, check_id: str) -> str:
        known = self._known_checks.get(check_id)
        return known.sentence if known else check_id.rsplit("/", 1)[-1].replace("_", " ")

    def _grounds(self, check_id: str) -> list[str]:
        known = self._known_checks.get(check_id)
        paragraphs = known.grounds.split("\n\n") if known else []
        return [" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip()]

    def _alike(self, verdict: Verdict) -> list[list[Document]]:
        """The checks of that verdict; what one check showed alike in several versions stands together."""
        alike: dict[tuple[str, ...], list[Document]] = {}
        for row in self.rows:
            for check in self._checks_of.get(row.id, []):
                if check["verdict"] == verdict:
                    shown = (check.get(name, "") for name in ("subject", "expected", "actual", "known_issue"))
                    alike.setdefault((check["id"], *shown), []).append(check)
        return list(alike.values())

    def _broken(self, groups: Iterable[list[Document]]) -> list[Broken]:
        by_requirement: dict[str, list[Failure]] = {}
        for checks in groups:
            first = checks[0]
            failure = Failure(
                first["id"],
                self._sentence(first["id"]),
                first.get("operation", ""),
                sum(check.get("count", 0) for check in checks),
                self._grounds(first["id"]),
                [check["version"] for check in checks],
                first,
                self._proof(checks),
            )
            by_requirement.setdefault(first["requirement"], []).append(failure)
        return [Broken(row, by_requirement[row.id]) for row in self.rows if row.id in by_requirement]

    def _gaps(self) -> list[tuple[str, list[Row], Document | None]]:
        """Each missing thing with the rows that need it and one check that met it; what holds up most comes first."""
        rows: dict[str, dict[str, Row]] = {}
        openings: dict[str, Document] = {}
        for row in self.rows:
            for check in self._checks_of.get(row.id, []):
                if check["verdict"] == Verdict.INCONCLUSIVE:
                    rows.setdefault(check["missing"], {})[row.id] = row
                    # Where data were lacking from the start, no exchange shows anything.
                    if check["exchanges"] and ("actual" in check or "subject" not in check):
                        openings.setdefault(check["missing"], check)
            if row.verdict is Verdict.INCONCLUSIVE and not row.checks:
                rows.setdefault(row.reason or "-", {})[row.id] = row
        gaps = [(missing, list(needing.values()), openings.get(missing)) for missing, needing in rows.items()]
        return sorted(gaps, key=lambda gap: (-sum(row.level is Level.MUST for row in gap[1]), -len(gap[1])))

    def _proof(self, checks: Sequence[Document]) -> Proof | None:
        evidence = evidence_of(checks[0])
        if evidence is None:
            return None
        before = _before(checks[0])
        rest = {number for check in checks for number in check["exchanges"]} - {evidence, *before}
        shown = self._exhibits.place(evidence, as_evidence=True)
        return Proof(shown, [self._exhibits.place(number) for number in before], numbers_in_short(sorted(rest)))

    def _instead(self, check: Document | None) -> Exhibit | None:
        evidence = evidence_of(check) if check is not None else None
        return self._exhibits.place(evidence) if evidence is not None else None


def evidence_of(check: Document) -> int | None:
    """The number of the exchange that shows what the check says; the latest one where the document names none."""
    if "evidence" in check:
        return int(check["evidence"])
    return max(check["exchanges"], default=None)


def _name_evidence(failure: dict[str, Any], lines: Mapping[int, Document]) -> None:
    """Of all exchanges that show what fuzzing found, the one that its command repeats goes into the report."""
    own = [lines[number] for number in failure["exchanges"] if number in lines]
    number = shown_by(failure.get("reproduce", ""), own)
    if number is not None:
        failure.setdefault("evidence", number)


def _before(check: Document) -> list[int]:
    if "operation" in check:
        return []  # generated requests are no steps of one story
    evidence = evidence_of(check)
    earlier = sorted(number for number in check["exchanges"] if evidence is not None and number < evidence)
    return earlier[-MOST_BEFORE:]


def _registered(contract: Contract, requirement_id: str) -> Requirement | None:
    """What the register says today; results of an older register may name what is no longer there."""
    if requirement_id not in contract.register:
        return None
    return contract.register[requirement_id]


def _evidence(checks: Iterable[Document]) -> list[int]:
    return [number for check in checks if (number := evidence_of(check)) is not None]


def _topic_of(results: Sequence[Document]) -> str:
    return str(results[0]["id"]).split("/")[1] if results else ""


def _topics(rows: Iterable[Row]) -> list[Topic]:
    by_topic: dict[str, list[Verdict]] = {}
    for row in rows:
        by_topic.setdefault(row.topic, []).append(row.verdict)
    return [Topic(name, {verdict: verdicts.count(verdict) for verdict in ORDER}) for name, verdicts in by_topic.items()]


def _readings(entries: Iterable[Document]) -> list[Reading]:
    questions: dict[str, str] = {}
    answers: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        questions[entry["id"]] = entry["question"]
        answers.setdefault(entry["id"], []).append((entry["seen"], ", ".join(entry["versions"])))
    return [Reading(name, question, answers[name]) for name, question in questions.items()]
