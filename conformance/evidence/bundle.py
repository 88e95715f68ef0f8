"""The bundle: a report folder that can be handed on. `bundle.json` tells what the other files do not tell themselves.

It is written last, when the run still knows its secrets: a look through all files for them is part of it, with the
digest of each file that was looked through, and a look at what was said on the terminal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.crypto.certificates import key_of
from conformance.crypto.letters import letter
from conformance.engine.run import without_stop
from conformance.errors import BadRecord
from conformance.evidence.attempts import Ledger
from conformance.evidence.leaks import digest_of_file, leaks, leaks_in
from conformance.evidence.record import EXCHANGES, FUZZ_REQUESTS, RECORD, RESULTS, read_json, read_results
from conformance.reporting.allure import FOLDER as ALLURE
from conformance.reporting.findings import FINDINGS
from conformance.reporting.results import write_json, write_text
from conformance.transport.redaction import Redactor

if TYPE_CHECKING:
    from conformance.config import Configuration
    from conformance.engine.contract import Contract, Privacy
    from conformance.engine.run import Run
    from conformance.transport.recorder import Recorder

FORMAT = "conformance-bundle/1"
BUNDLE, REPORT, JUNIT, FULL_EXCHANGES = "bundle.json", "report.html", "junit.xml", "exchanges.jwe"
CONTENTS = (
    RESULTS,
    EXCHANGES,
    RECORD,
    FUZZ_REQUESTS,
    REPORT,
    JUNIT,
    FINDINGS,
)  # as a run leaves them, if it leaves them
PERSONAL = "<personal>"
TERMINAL = "what was said on the terminal"


def ledger_of(path: Path, the_contract: Contract, declaration: Configuration) -> Ledger:
    """The ledger in which the attempts at this target stand."""
    privacy = the_contract.privacy(declaration)
    document = declaration.public()
    del document["target"]["name"], document["attestations"]  # free text, which may hold anything
    public = _without_values(document, privacy)
    target = [declaration.contract, declaration.role, public["target"]["base_url"]]
    return Ledger(path, _digest(target), _digest(public))


def leave_letter(folder: Path, recorder: Recorder, operator_key: str) -> None:
    """Leave the exchanges as they were in a letter that only the operator can open. Raises KeyFileError."""
    lines = "".join(recorder.full()).encode("utf-8", "surrogatepass")
    text = letter(lines, key_of(operator_key, "evidence.operator_key"), typ="JOSE", cty="application/jsonl")
    write_text(folder / FULL_EXCHANGES, text)


def leave_bundle(folder: Path, run: Run, redactor: Redactor, ledger: Ledger, lang: str, said: str = "") -> list[str]:
    """Complete a report folder whose other files are written; `said` is what the run said on a terminal.

    Returns what leaks, in sentences; that bars a seal.
    """
    document = read_results(folder)
    ledger.end(document["run"]["id"], document["verdict"], digest_of_file(folder / RESULTS))
    found = {name: leaks(folder / name, redactor) for name in contents(folder)}
    found[TERMINAL] = leaks_in(said, said, redactor)
    telling = {name: slots for name, slots in found.items() if slots}
    write_json(folder / BUNDLE, bundle_document(folder, run, document, ledger, lang, ledger.lines(), telling))
    return [
        f"{name if name == TERMINAL else folder / name} tells {', '.join(slots)}" for name, slots in telling.items()
    ]


def bundle_document(
    folder: Path,
    run: Run,
    document: Mapping[str, Any],
    ledger: Ledger,
    lang: str,
    lines: list[str],
    telling: Mapping[str, list[str]],
) -> dict[str, Any]:
    """bundle.json of a run, or of its new judgement. `document` is its results, `lines` are the attempts."""
    return {
        "format": FORMAT,
        "run": document["run"]["id"],
        "lang": lang,
        "configuration": ledger.configuration,
        "target": ledger.target,
        "suite": document["suite"]["digest"],
        "specs": document["contract"]["spec_digest"],
        "proof": document["suite"].get("proof"),
        "not_run": not_run(run),
        "attempts": lines,
        "files": {
            name: digest_of_file(folder / name)
            for name in (*contents(folder), FULL_EXCHANGES)
            if (folder / name).is_file()
        },
        "leaks": telling,
    }


def contents(folder: Path) -> list[str]:
    """What a run left in its report folder for everybody to read, by the path there."""
    written = [name for name in CONTENTS if (folder / name).is_file()]
    return written + sorted(f"{ALLURE}/{path.name}" for path in (folder / ALLURE).glob("*"))


def read_bundle(folder: Path) -> dict[str, Any]:
    """bundle.json. Raises BadRecord."""
    bundle = read_json(folder / BUNDLE)
    if bundle.get("format") != FORMAT:
        raise BadRecord(f"{folder / BUNDLE}: format {bundle.get('format')}; this version reads {FORMAT}")
    return bundle


def not_run(run: Run) -> list[dict[str, str]]:
    """Every check of the contract that was not carried out for some version, and why; and fuzzing, where it was off."""
    planned = {(item.id, version) for item, version in run.planned}
    cut_short = without_stop(run.outcome.stop_reason)
    stopped = {(result.check.id, result.version) for result in run.outcome.checks if result.missing == cut_short}
    found = []
    for item in run.contract.checks:
        requirement = run.contract.requirement_of(item)
        for version in run.declaration.versions:
            asked = version in requirement.versions and run.declaration.role in requirement.roles
            if not asked or run.declaration.role not in (item.roles or requirement.roles):
                why = "not asked of this role or version"
            elif (item.id, version) not in planned:
                why = "not selected"
            elif (item.id, version) in stopped:
                why = "the run was cut short"
            else:
                continue
            found.append({"check": item.id, "version": version, "why": why})
    return found if run.fuzz_plan else [*found, {"check": "fuzz", "version": "", "why": "not asked for"}]


def _without_values(value: Any, privacy: Privacy) -> Any:
    """A configuration in which nothing secret or personal has an effect; so its redacted form has the same digest."""
    if isinstance(value, dict):
        return {key: _without_values(item, privacy) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_values(item, privacy) for item in value]
    if not isinstance(value, str):
        return value
    text = Redactor(privacy.secrets).text(value)
    for known in privacy.values:
        text = text.replace(known, PERSONAL)
    for pattern in (*privacy.patterns, r"\A\d+\Z"):
        text = re.sub(pattern, PERSONAL, text)
    return text


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{sha256(text.encode('utf-8')).hexdigest()}"
