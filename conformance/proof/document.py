"""proof.json: what a proof showed, what of it breaks a law, and the digest by which a run names it.

Nothing in it depends on when or where it was made: anybody with the same version of the suite gets the same digest.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from inspect import getdoc, getsourcefile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import __version__
from conformance.data import spec_digest, specs, suite_digest
from conformance.engine.check import topics_in
from conformance.engine.verdict import RunVerdict
from conformance.proof.exhibits import Kind, Shown

if TYPE_CHECKING:
    from conformance.engine.contract import Contract

FORMAT = "conformance-proof/1"
SUITE = "openbanking-conformance"
LAWFUL = (Kind.REFERENCE, Kind.VARIANT)
BROKEN = (Kind.DEFECT, Kind.MISHAP)


def proof_document(the_contract: Contract, shown: Sequence[Shown], *, whole: bool = True) -> dict[str, Any]:
    """The document. `whole` is False where only some exhibits were asked for: then nothing is said about the rest."""
    by_kind = {kind: [entry for entry in shown if entry.exhibit.kind is kind] for kind in Kind}
    kills = _Kills(the_contract, [entry for kind in BROKEN for entry in by_kind[kind]])
    document: dict[str, Any] = {
        "format": FORMAT,
        "suite": {"name": SUITE, "version": __version__, "digest": suite_digest(the_contract.id)},
        "contract": {"id": the_contract.id, "spec_digest": spec_digest(the_contract.id)},
        "whole": whole,
        "lawful": [_lawful(the_contract, entry) for kind in LAWFUL for entry in by_kind[kind]],
        "defects": [_defect(the_contract, entry) for kind in BROKEN for entry in by_kind[kind]],
        "null_targets": [_null(the_contract, entry) for entry in by_kind[Kind.NULL]],
        "checks": _checks(the_contract, by_kind, kills),
        "expectations": _expectations(the_contract, shown, kills),
    }
    document["violations"] = _violations(document, whole=whole)
    document["holds"] = whole and not document["violations"]
    document["digest"] = digest(document)
    return document


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a proof, apart from the digest that it names itself."""
    content = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode('utf-8')).hexdigest()}"


class _Kills:
    """Which defects and mishaps each check and each expectation failed, of those that break its own requirement."""

    def __init__(self, the_contract: Contract, broken: Iterable[Shown]) -> None:
        self.by_check: dict[str, set[str]] = {}
        self.by_site: Counter[str] = Counter()
        for entry in broken:
            due = _due(the_contract, entry)
            mine = [failure for failure in entry.failures if failure.requirement in due]
            for failure in mine:
                if entry.exhibit.kind is Kind.DEFECT:
                    self.by_check.setdefault(failure.check, set()).add(entry.exhibit.name)
            self.by_site.update({failure.site for failure in mine})


def _due(the_contract: Contract, entry: Shown) -> list[str]:
    """The requirements that must fail."""
    a_class = the_contract.broken_providers()[entry.exhibit.name]
    return [a_class.breaks] if entry.exhibit.kind is Kind.DEFECT else sorted(a_class.symptoms)


def _lawful(the_contract: Contract, entry: Shown) -> dict[str, Any]:
    exhibit = entry.exhibit
    a_class = the_contract.variants().get(exhibit.name)
    return {
        "kind": exhibit.kind.value,
        "name": exhibit.label,
        "sentence": _sentence(a_class) if a_class else "The reference provider.",
        "lacks": sorted(getattr(a_class, "lacks", ())),
        "requests": entry.requests,
        "verdict": entry.verdict,
        "failed": list(entry.broken),
        "errors": list(entry.errors),
        "open": [{"check": check, "missing": missing} for check, missing in entry.lacking],
    }


def _defect(the_contract: Contract, entry: Shown) -> dict[str, Any]:
    a_class = the_contract.broken_providers()[entry.exhibit.name]
    return {
        "kind": entry.exhibit.kind.value,
        "name": entry.exhibit.name,
        "sentence": _sentence(a_class),
        "breaks": _due(the_contract, entry),
        "failed": list(entry.broken),
        "killed_by": [
            {"check": failure.check, "version": failure.version, "expectation": failure.site}
            for failure in entry.failures
        ],
        "errors": list(entry.errors),
    }


def _null(the_contract: Contract, entry: Shown) -> dict[str, Any]:
    return {
        "name": entry.exhibit.name,
        "verdict": entry.verdict,
        "passed": list(entry.passed),
        "truly_shows": _truly_shown(the_contract, entry.exhibit.name),
        "errors": list(entry.errors),
    }


def _truly_shown(the_contract: Contract, name: str) -> list[str]:
    """What a null target keeps indeed: `nulls.toml` names it with the reason."""
    path = specs(the_contract.id) / "nulls.toml"
    listed = tomllib.loads(path.read_text("utf-8"))["shown"] if path.is_file() else []
    return sorted(one for entry in listed if name in entry["nulls"] for one in entry["requirements"])


def _checks(the_contract: Contract, by_kind: Mapping[Kind, Sequence[Shown]], kills: _Kills) -> list[dict[str, Any]]:
    """Per check: how many lawful providers it failed, and how many defects of its requirement no check of it saw."""
    lawful = [entry for kind in LAWFUL for entry in by_kind[kind]]
    failed_lawful = Counter(check for entry in lawful for check in {failure.check for failure in entry.failures})
    classes = the_contract.defects()
    of_requirement: dict[str, list[Shown]] = {}
    for entry in by_kind[Kind.DEFECT]:  # what a mishap shows in may be seen by one check of a requirement only
        of_requirement.setdefault(classes[entry.exhibit.name].breaks, []).append(entry)
    found = []
    for item in the_contract.checks:
        due = of_requirement.get(item.requirement, [])
        found.append(
            {
                "id": item.id,
                "requirement": item.requirement,
                "sentence": item.sentence,
                "lawful": len(lawful),
                "false_failures": failed_lawful[item.id],
                "defects": len(due),
                "killed": len(kills.by_check.get(item.id, ())),
                "false_passes": sum(1 for entry in due if item.requirement not in entry.broken),
            }
        )
    return found


def _expectations(the_contract: Contract, shown: Sequence[Shown], kills: _Kills) -> list[dict[str, Any]]:
    """Every `expect`, as `topic.py:line` of the checks: those written there, and those reached through a judgement."""
    reached = {site for entry in shown for site in entry.held | {failure.site for failure in entry.failures}} - {""}
    return [
        {"at": site, "reached": site in reached, "kills": kills.by_site[site]}
        for site in sorted(reached | _written(the_contract), key=lambda site: (site.split(":")[0], _line(site)))
    ]


def _written(the_contract: Contract) -> set[str]:
    """Where `expect(` stands in the text of the checks, so that one that nobody reaches is seen as well."""
    found = set()
    for module, role in topics_in(f"{the_contract.package}.checks"):
        path = Path(str(getsourcefile(module)))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "expect":
                found.add(f"{role}/{path.name}:{node.lineno}".lstrip("/"))
    return found


def _violations(document: Mapping[str, Any], *, whole: bool) -> list[str]:
    """Each law that is broken, in a sentence."""
    found: list[str] = []
    for entry in document["lawful"]:
        if entry["failed"]:
            found.append(f"{entry['kind']} {entry['name']} fails {', '.join(entry['failed'])}, though it conforms")
        elif entry["verdict"] != RunVerdict.CONFORMANT and not entry["lacks"]:
            open_ones = sorted({each["check"] for each in entry["open"]})
            found.append(f"{entry['kind']} {entry['name']} is {entry['verdict']}, though it lacks no data: {open_ones}")
        found += [
            f"{entry['kind']} {entry['name']}: {each['check']} does not say which data would show it"
            for each in entry["open"]
            if _UNSAID.search(each["missing"])
        ]
    for entry in document["defects"]:
        if set(entry["failed"]) != set(entry["breaks"]):
            seen = ", ".join(entry["failed"]) or "nothing"
            found.append(f"{entry['kind']} {entry['name']} breaks {', '.join(entry['breaks'])}, and fails {seen}")
    for entry in document["null_targets"]:
        if undue := set(entry["passed"]) - set(entry["truly_shows"]):
            found.append(f"null target {entry['name']} passes {', '.join(sorted(undue))}")
        if idle := set(entry["truly_shows"]) - set(entry["passed"]):
            found.append(f"nulls.toml says that {entry['name']} shows {', '.join(sorted(idle))}, and it does not")
        if entry["verdict"] == RunVerdict.CONFORMANT:
            found.append(f"null target {entry['name']} is called conformant")
    for kind in ("lawful", "defects", "null_targets"):
        found += [f"{entry['name']}: error in {fault}" for entry in document[kind] for fault in entry["errors"]]
    if whole:
        found += [f"check {entry['id']} is failed by no defect" for entry in document["checks"] if not entry["killed"]]
        found += [
            f"the expectation at {entry['at']} is tripped by no defect"
            for entry in document["expectations"]
            if not entry["kills"]
        ]
    return found


# A value that was seen instead of another one is no word on which data would show a rule.
_UNSAID = re.compile(r"^$|\(was ")


def _sentence(a_class: type[Any]) -> str:
    return (getdoc(a_class) or "").split("\n\n")[0].replace("\n", " ")


def _line(site: str) -> int:
    number = site.rpartition(":")[2]
    return int(number) if number.isdigit() else 0
