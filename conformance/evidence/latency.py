"""How long each operation took in a recorded run, and where that doubled."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path

from conformance.engine.document import document
from conformance.errors import BadRecord
from conformance.evidence.record import EXCHANGES

PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_FEWEST = {"p50": 20, "p95": 40, "p99": 200}  # answers; of fewer the percentile is that of one or two of them
_DOUBLED = 2.0

Latency = Mapping[str, float]  # `answers` is how many; the others milliseconds, without those that too few answers give


def latencies(folder: Path, contract_id: str) -> dict[str, Latency]:
    """Percentiles (nearest rank) of the answers that served what was asked, by operation.

    Empty for a folder without exchanges. Raises BadRecord.
    """
    path = folder / EXCHANGES
    if not path.is_file():
        return {}
    operations = _operations(contract_id)
    taken: dict[str, list[float]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
            asked, answered = entry["request"], entry.get("reply")
            if answered is None or not 200 <= answered["status"] < 300:
                continue
            place = asked["target"].partition("?")[0]
            known = (name for method, form, name in operations if method == asked["method"] and form.search(place))
            if (name := next(known, None)) is not None:
                taken.setdefault(name, []).append(float(entry["ms"]))
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise BadRecord(f"{path}: line {number} is no exchange ({type(fault).__name__}: {fault})") from None
    return {name: _percentiles(sorted(taken[name])) for name in sorted(taken)}


def doubled(before: Mapping[str, Latency], after: Mapping[str, Latency], floor_ms: float) -> Iterator[tuple[str, str]]:
    """Operation and percentile, where the later one is twice the earlier one and more than `floor_ms` above it."""
    for name in before.keys() & after.keys():
        for percentile in PERCENTILES:
            old, new = before[name].get(percentile), after[name].get(percentile)
            if old is not None and new is not None and new >= _DOUBLED * old and new - old > floor_ms:
                yield name, percentile


def _percentiles(taken: Sequence[float]) -> Latency:
    enough = {name: share for name, share in PERCENTILES.items() if len(taken) >= _FEWEST[name]}
    return {"answers": len(taken), **{name: taken[ceil(share * len(taken)) - 1] for name, share in enough.items()}}


def _operations(contract_id: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Method, form of the path and name of each operation, the most literal path first."""
    templates = sorted(document(contract_id).content["paths"], key=lambda template: template.count("{"))
    found = []
    for template in templates:
        literal = (re.escape(part) for part in re.split(r"\{[^}]*\}", template))
        form = re.compile("[^/]+".join(literal) + r"\Z")
        methods = (name.upper() for name in document(contract_id).content["paths"][template])
        found += [(method, form, f"{method} {template}") for method in methods]
    return found
