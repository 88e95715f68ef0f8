"""The list of cases of a run as a file: one JSON object a line, without secrets and personal data, and read again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from conformance.errors import UsageError
from conformance.fuzz.case import Case, Intent, Pairs

T = TypeVar("T")

FORMAT = "conformance-fuzz-requests/1"


def lines_of(cases: Iterable[Case], facts: dict[str, Any], redact: Callable[[str], str]) -> list[str]:
    """The file, line by line; the first one says what it is. Names in braces stand for what is personal."""
    return written(map(_as_json, cases), facts, redact)


def cases_in(path: Path, operations: Sequence[str]) -> list[Case]:
    """The cases of a stored list. Raises UsageError with the line that cannot be used."""

    def read(entry: Any) -> Case:
        case = _from_json(entry)
        if case.operation not in operations:
            raise UsageError(f"the target declares no operation {case.operation}")
        return case

    return entries_in(path, read)


def written(entries: Iterable[dict[str, Any]], facts: dict[str, Any], redact: Callable[[str], str]) -> list[str]:
    """A list of anything that is drawn, as lines: a head with these facts, and a JSON object for each entry."""
    head = json.dumps({"format": FORMAT, **facts}, ensure_ascii=False)
    return [head, *(redact(json.dumps(entry, ensure_ascii=False)) for entry in entries)]


def entries_in(path: Path, read: Callable[[Any], T]) -> list[T]:
    """What `read` makes of each entry of a stored list; it raises UsageError, or what JSON of another form raises.

    Raises UsageError with the line that cannot be used.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"--replay {path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"--replay {path}: is no list of requests; a run leaves one as fuzz-requests.jsonl") from None
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            if number == 1:
                if entry["format"] != FORMAT:
                    raise ValueError(f"format {entry['format']}")
                continue
            entries.append(read(entry))
        except (ValueError, KeyError, TypeError) as fault:
            raise UsageError(f"--replay {path}: line {number} is no request of such a list ({fault})") from None
        except UsageError as fault:
            raise UsageError(f"--replay {path}: line {number}: {fault}") from None
    if not entries:
        raise UsageError(f"--replay {path}: holds no requests")
    return entries


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
