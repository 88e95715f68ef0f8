"""Allure results: a view of results.json and its exchanges for Allure, by the models of allure-python-commons.

Epic is the contract, feature the topic, story the requirement. What is not known counts as failed, never as skipped.
Names of files follow from the run, so that the same results.json gives the same files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from conformance.engine.verdict import Level, Verdict
from conformance.errors import UsageError
from conformance.reporting.results import write_text
from conformance.reporting.story import as_http, exhibits, headline, story
from conformance.reporting.summary import fuzz_failures

FOLDER = "allure-results"
CLAUSE = "clause"  # the type of links: allure-pytest makes addresses of them by --allure-link-pattern=clause:...
SEVERITIES = {Level.MUST: "critical", Level.SHOULD: "normal", Level.MAY: "minor"}

MISSING = 'the extra "allure" is not installed; pip install "openbanking-conformance[allure]"'

Entry = Mapping[str, Any]
_STATUSES = {
    Verdict.PASS: "passed",
    Verdict.WARN: "passed",
    Verdict.FAIL: "failed",
    Verdict.INCONCLUSIVE: "failed",
    Verdict.ERROR: "broken",
}


def allure_is_here() -> bool:
    """Whether the library is installed that results are written with."""
    return find_spec("allure_commons") is not None


def require_allure() -> None:
    """Raises UsageError without that library."""
    if not allure_is_here():
        raise UsageError(f"--allure: {MISSING}")


def labels(contract_id: str, topic: str, requirement_id: str, title: str, level: str) -> dict[str, str]:
    """Where a check stands in Allure's tree of behaviours, and how grave its failure is."""
    return {
        "epic": contract_id,
        "feature": topic,
        "story": f"{requirement_id}: {title}",
        "severity": SEVERITIES[Level(level)],
    }


def clause_links(contract_id: str, clauses: Iterable[str]) -> Iterator[tuple[str, str]]:
    """A name and an address for each clause; as long as nobody says where the source is to be read, a URN."""
    return ((f"{contract_id}, clause {clause}", f"urn:{contract_id}:clause:{clause}") for clause in clauses)


def write_allure(folder: Path, document: Entry, exchanges: Iterable[Entry]) -> None:
    """Write the folder of Allure results into a report folder."""
    (folder / FOLDER).mkdir(exist_ok=True)
    for name, text in allure_results(document, exchanges).items():
        write_text(folder / FOLDER / name, text)


def allure_results(document: Entry, exchanges: Iterable[Entry]) -> dict[str, str]:
    """Every file of Allure results by its name: one for each check and version, one for each exchange beside them."""
    checks = list(_cases(document))
    wanted = {number for check in checks for number in exhibits(check)}
    shown = {line["n"]: line for line in exchanges if line["n"] in wanted}
    files = {_attachment(number): as_http(line) + "\n" for number, line in shown.items()}
    for place, check in enumerate(checks):
        name = str(uuid5(UUID(document["run"]["id"]), f"{check['id']}@{check['version']}#{place}"))
        files[f"{name}-result.json"] = _as_json(_result(document, check, shown, name))
    return files


def _cases(document: Entry) -> Iterator[Entry]:
    """Checks, causes that fuzzing found, and what no check could say, all in the form of checks."""
    yield from document["checks"]
    yield from fuzz_failures(document)
    for entry in document["requirements"]:
        if entry["verdict"] == Verdict.INCONCLUSIVE and not entry["checks"]:
            yield _open(document, entry["id"], entry.get("reason", "no check of it has run"))
    if not document["run"]["complete"]:
        yield _open(document, "", "the run was cut short; some checks had no turn")
    if "problem" in document["fuzz"]:
        yield _open(document, "", f"drawn requests could show nothing: {document['fuzz']['problem']}")


def _open(document: Entry, requirement_id: str, missing: str) -> Entry:
    return {
        "id": f"{document['contract']['id']}/run/{requirement_id or 'the_run_is_complete'}",
        "requirement": requirement_id,
        "version": "",
        "verdict": Verdict.INCONCLUSIVE,
        "missing": missing,
        "exchanges": [],
    }


def _result(document: Entry, check: Entry, shown: Mapping[int, Entry], uuid: str) -> Any:
    from allure_commons.model2 import Attachment, Label, Link, Parameter, StatusDetails, TestResult

    contract_id = document["contract"]["id"]
    requirement = next((entry for entry in document["requirements"] if entry["id"] == check["requirement"]), None)
    beside = [number for number in exhibits(check) if number in shown]
    start = _milliseconds(min((shown[number]["at"] for number in beside), default=document["run"]["started_at"]))
    result = TestResult(
        uuid=uuid,
        name=f"{check['id']}[{check['version']}]" if check["version"] else check["id"],
        fullName=check["id"],
        historyId=str(uuid5(UUID(int=0), f"{check['id']}@{check['version']}@{check.get('subject', '')}")),
        testCaseId=str(uuid5(UUID(int=0), check["id"])),
        status=_STATUSES.get(Verdict(check["verdict"]), "skipped"),
        stage="finished",
        start=start,
        stop=start + round(check.get("duration_ms", 0)),
        parameters=[Parameter(name="version", value=repr(check["version"]))] if check["version"] else [],
        attachments=[
            Attachment(name=f"exchange {number}", source=_attachment(number), type="text/plain") for number in beside
        ],
    )
    if check["verdict"] != Verdict.PASS:
        told = [check.get("known_issue") or check.get("waived"), check.get("missing"), headline(check)]
        message = next(text for text in told if text)
        result.statusDetails = StatusDetails(
            known="known_issue" in check or None,
            message=f"{check['verdict']}: {message}",
            trace=story(check, requirement or {}),
        )
    topic, title = check["id"].split("/")[1], "the run as a whole"
    found = {"epic": contract_id, "feature": topic, "story": title}
    if requirement is not None:
        title = requirement["title"]["en"]
        found = labels(contract_id, topic, requirement["id"], title, requirement["level"])
        links = clause_links(contract_id, requirement["clauses"])
        result.links = [Link(type=CLAUSE, url=url, name=name) for name, url in links]
    result.description = title
    result.labels = [Label(name=name, value=value) for name, value in found.items()]
    return result


def _attachment(number: int) -> str:
    return f"exchange-{number}-attachment.txt"


def _as_json(result: Any) -> str:
    from attr import asdict

    document = asdict(result, filter=lambda _, value: bool(value) or value is False)
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
