"""What the doctor found, as a table for people and as a document for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.table import Table
from rich.text import Text

from conformance.engine.finding import Finding, Severity
from conformance.reporting.text import encodable, visible

FORMAT = "conformance-doctor/1"
FINDINGS = "doctor.json"  # its name in a report folder
_HEADS = {"en": ("", "looked at", "whose", "finding"), "ru": ("", "что проверено", "чьё", "что найдено")}
_WORDS: dict[str, dict[str, str]] = {
    "en": {},
    "ru": {
        "stops": "СТОП",
        "warns": "внимание",
        "fine": "в порядке",
        "configuration": "конфигурация",
        "target": "проверяемая система",
        "suite": "программа проверки",
    },
}
_STYLES = {Severity.STOPS: "bold red", Severity.WARNS: "yellow", Severity.FINE: "green"}


def findings_table(findings: Iterable[Finding], lang: str = "en") -> Table:
    """One row for each finding, in the order of the looks; beneath what is not fine stands the remedy."""
    language = "en" if lang == "en" else "ru"
    fixed = _WORDS[language]
    table = Table(*_HEADS[language], box=None, padding=(0, 2, 0, 0), header_style="dim")
    for finding in findings:
        text = Text(visible(finding.text))
        if finding.remedy:
            text.append(f"\n-> {visible(finding.remedy)}", "dim")
        severity, owner = finding.severity.value, finding.owner.value
        whose = "" if finding.severity is Severity.FINE else fixed.get(owner, owner)
        mark = Text(fixed.get(severity, severity), _STYLES[finding.severity])
        table.add_row(mark, Text(visible(finding.topic)), whose, text)
    return table


def findings_json(findings: Iterable[Finding]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "format": FORMAT,
        "findings": [
            {
                "severity": finding.severity.value,
                "topic": finding.topic,
                "owner": finding.owner.value,
                "text": encodable(finding.text),
                **({"remedy": encodable(finding.remedy)} if finding.remedy else {}),
            }
            for finding in findings
        ],
    }
