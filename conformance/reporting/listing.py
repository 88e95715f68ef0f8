"""The table of contents of a contract: every requirement, and beneath it what its checks say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from conformance.engine.check import Check
    from conformance.engine.contract import Contract
    from conformance.engine.register import Requirement


def requirements_table(contract: Contract, lang: str = "en") -> RenderableType:
    """Topic by topic: id, level, clauses, title; then the checks, or why there is none."""
    checks = _checks_by_requirement(contract)
    topics: dict[str, list[Requirement]] = {}
    for requirement in contract.register:
        topics.setdefault(requirement.topic, []).append(requirement)
    parts: list[RenderableType] = [Text(f"{contract.id}: {contract.title}", "bold")]
    for topic, requirements in topics.items():
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(max_width=14)
        table.add_column(ratio=1)
        for requirement in requirements:
            title = requirement.title.en if lang == "en" else requirement.title.ru
            table.add_row(
                Text(requirement.id, "bold"), requirement.level.value, ", ".join(requirement.clauses), Text(title)
            )
            for line in _beneath(contract, requirement, checks.get(requirement.id, [])):
                table.add_row("", "", "", Text(line, "dim"))
        parts += [Text(), Text(topic, "bold underline"), table]
    return Group(*parts)


def requirements_json(contract: Contract) -> dict[str, Any]:
    """The same for programs."""
    checks = _checks_by_requirement(contract)
    return {
        "contract": contract.id,
        "title": contract.title,
        "roles": list(contract.roles),
        "versions": list(contract.versions),
        "requirements": [_entry(requirement, checks.get(requirement.id, [])) for requirement in contract.register],
    }


def _checks_by_requirement(contract: Contract) -> dict[str, list[Check]]:
    checks: dict[str, list[Check]] = {}
    for item in contract.checks:
        checks.setdefault(item.requirement, []).append(item)
    return checks


def _beneath(contract: Contract, requirement: Requirement, checks: list[Check]) -> list[str]:
    if requirement.not_observable:
        return [f"not observable: {requirement.not_observable}"]
    if requirement.attestation:
        return [f"to attest: {requirement.attestation}"]
    return [f"- {item.sentence}" for item in checks] or [contract.why_unchecked(requirement)]


def _entry(requirement: Requirement, checks: list[Check]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": requirement.id,
        "topic": requirement.topic,
        "level": requirement.level.value,
        "clauses": list(requirement.clauses),
        "roles": list(requirement.roles),
        "versions": list(requirement.versions),
        "title": {"en": requirement.title.en, "ru": requirement.title.ru},
        "checks": [{"id": item.id, "sentence": item.sentence} for item in checks],
    }
    if requirement.not_observable:
        entry["not_observable"] = requirement.not_observable
    if requirement.attestation:
        entry["attestation"] = requirement.attestation
    return entry
