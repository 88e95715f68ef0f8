"""The list of cases of a run as a file: one JSON object a line, without secrets and personal data, and read again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.fuzz.case import Case, Intent, Pairs

FORMAT = "conformance-fuzz-requests/1"


def lines_of(cases: Iterable[Case], facts: dict[str, Any], redact: Callable[[str], str]) -> list[str]:
    """The file, line by line; the first one says what it is. Names in braces stand for what is personal."""
    head = json.dumps({"format": FORMAT, **facts}, ensure_ascii=False)
    return [head, *(redact(json.dumps(_as_json(case), ensure_ascii=False)) for case in cases)]


def cases_in(path: Path, operations: Sequence[str]) -> list[Case]:
    """The cases of a stored list. Raises UsageError with the line that cannot be used."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"--replay {path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"--replay {path}: is no list of requests; a run leaves one as fuzz-requests.jsonl") from None
    cases = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            if number == 1:
                if entry["format"] != FORMAT:
                    raise ValueError(f"format {entry['format']}")
                continue
            case = _from_json(entry)
        except (ValueError, KeyError, TypeError) as fault:
            raise UsageError(f"--replay {path}: line {number} is no request of such a list ({fault})") from None
        if case.operation not in operations:
            raise UsageError(f"--replay {path}: line {number}: the target declares no operation {case.operation}")
        cases.append(case)
    if not cases:
        raise UsageError(f"--replay {path}: holds no requests")
    return cases


def _as_json(case: Case) -> dict[str, Any]:
    return {
        "operation": case.operation,
        "intent": case.intent.value,
        "why": case.why,
        "path": [list(pair) for pair in case.path],
        "query": [list(pair) for pair in case.query],
    }


def _from_json(entry: dict[str, Any]) -> Case:
    return Case(
        str(entry["operation"]),
        Intent(entry["intent"]),
        str(entry["why"]),
        _pairs(entry["path"]),
        _pairs(entry["query"]),
    )


def _pairs(entries: Any) -> Pairs:
    pairs = tuple((str(name), str(value)) for name, value in entries)
    if not all(text.isascii() and text.isprintable() and " " not in text for pair in pairs for text in pair):
        raise ValueError("a value is not percent-encoded")
    return pairs
