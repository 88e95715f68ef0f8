"""The record of a run: what it takes, beside the exchanges, to judge the run again without the bank.

No secret is in it: the configuration is redacted like everything else, and what checks found out about secrets stands
there as plain facts. It is written when the run is over, so a folder without it holds no finished run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.engine.run import Run, Selection, without_stop
from conformance.errors import BadRecord
from conformance.reporting.results import write_json, write_text
from conformance.transport.recorder import Exchange, Recorder, exchange_of

if TYPE_CHECKING:
    from conformance.transport.redaction import Redactor

FORMAT = "conformance-record/1"
RECORD, RESULTS, EXCHANGES, FUZZ_REQUESTS = "run.json", "results.json", "exchanges.jsonl", "fuzz-requests.jsonl"


@dataclass(frozen=True, slots=True)
class Record:
    """What a run was asked to do, and what it knew besides the answers.

    `configuration` is the redacted one; `fuzz` is a budget, or empty. `left_out` are checks, by id and version, that a
    stop kept from beginning.
    """

    contract: str
    now: datetime
    seed: int
    selection: Selection
    fuzz: str
    stop_reason: str
    left_out: tuple[tuple[str, str], ...]
    configuration: dict[str, Any]
    facts: dict[str, str | bool]


def leave_record(folder: Path, run: Run, recorder: Recorder) -> None:
    """Leave in a report folder what a run that is over needs to be judged again, except the results themselves."""
    redactor, outcome = recorder.redactor, run.outcome
    if outcome.fuzz.requests:
        write_text(folder / FUZZ_REQUESTS, "\n".join(outcome.fuzz.requests) + "\n")
    write_text(folder / EXCHANGES, "".join(recorder.lines()))
    senders = {exchange.purpose for exchange in recorder.exchanges}
    not_begun = [
        (result.check.id, result.version)
        for result in outcome.checks
        if result.missing == without_stop(outcome.stop_reason)
        and not result.exchanges
        and f"{result.check.id}@{result.version}" not in senders
    ]
    document = {
        "format": FORMAT,
        "contract": run.contract.id,
        "now": run.now.isoformat(),
        "seed": run.seed,
        "only": run.selection.only,
        "skip": run.selection.skip,
        "fuzz": run.fuzz_plan.budget if run.fuzz_plan else "",
        "stop_reason": redactor.prose(outcome.stop_reason),
        "left_out": not_begun,
        "configuration": _public(run.declaration.public(), redactor),
        "facts": redactor.facts,
    }
    write_json(folder / RECORD, document)


def read_record(folder: Path) -> Record:
    """The record in a report folder. Raises BadRecord."""
    document = read_json(folder / RECORD)
    try:
        if document["format"] != FORMAT:
            raise BadRecord(f"{folder / RECORD}: format {document['format']}; this version reads {FORMAT}")
        return Record(
            str(document["contract"]),
            datetime.fromisoformat(document["now"]),
            int(document["seed"]),
            Selection(tuple(document["only"]), tuple(document["skip"])),
            str(document["fuzz"]),
            str(document["stop_reason"]),
            tuple((str(check), str(version)) for check, version in document["left_out"]),
            dict(document["configuration"]),
            dict(document["facts"]),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise BadRecord(f"{folder / RECORD}: is no record of a run ({type(fault).__name__}: {fault})") from None


def read_results(folder: Path) -> dict[str, Any]:
    """What the run itself said. Raises BadRecord."""
    return read_json(folder / RESULTS)


def read_exchanges(folder: Path) -> list[Exchange]:
    """The exchanges of a report folder. Raises BadRecord with the line that cannot be read."""
    path = folder / EXCHANGES
    exchanges = []
    for number, line in enumerate(_text(path).split("\n")[:-1], 1):
        try:
            exchanges.append(exchange_of(line))
        except (KeyError, TypeError, ValueError) as fault:
            raise BadRecord(f"{path}: line {number} is no exchange ({type(fault).__name__}: {fault})") from None
    return exchanges


def read_json(path: Path) -> dict[str, Any]:
    """One file of a report folder that holds a JSON object. Raises BadRecord."""
    try:
        document = json.loads(_text(path))
    except ValueError as fault:
        raise BadRecord(f"{path}: is not JSON ({fault})") from None
    if not isinstance(document, dict):
        raise BadRecord(f"{path}: is no JSON object")
    return document


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise BadRecord(f"{path}: is missing; a run leaves it when it is over") from None
    except OSError as error:
        raise BadRecord(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadRecord(f"{path}: is not UTF-8") from None


def _public(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, dict):
        return {key: _public(item, redactor) for key, item in value.items()}
    if isinstance(value, list):
        return [_public(item, redactor) for item in value]
    return redactor.prose(value) if isinstance(value, str) else value
