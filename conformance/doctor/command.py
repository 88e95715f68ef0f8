"""`conformance doctor`: from a configuration to a table of findings."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from conformance.doctor.examination import Doctor, looks_like_production
from conformance.engine.finding import Finding, Severity
from conformance.reporting.findings import findings_json, findings_table
from conformance.reporting.terminal import output_console
from conformance.transport.http import transport_to

if TYPE_CHECKING:
    from conformance.config import Configuration
    from conformance.engine.contract import Contract


def consulted(
    contract: Contract, declaration: Configuration, *, yes_production: bool, lang: str, as_json: bool
) -> bool:
    """Have the doctor look, and print what it found. Returns whether a run can begin."""
    transport = transport_to(declaration)
    allowed = yes_production or leave_for_production(declaration.target.base_url)
    redactor = contract.privacy(declaration).redactor()
    doctor = Doctor(contract, declaration, transport, redactor, datetime.now(UTC), production_allowed=allowed)
    try:
        findings = doctor.examine()
    finally:
        transport.close()
    if as_json:
        click.echo(json.dumps(findings_json(findings), ensure_ascii=False, indent=2))
    else:
        output_console().print(findings_table(findings, lang))
    return not doctor.stops


def leave_for_production(base_url: str) -> bool:
    """Ask the person at the terminal, where there is one; without one the doctor refuses."""
    if not (looks_like_production(base_url) and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return click.confirm(f"{base_url} looks like production. Send requests there?", default=False, err=True)


def warn(findings: Sequence[Finding]) -> None:
    """What the doctor found that is not fine, one line each, before the run begins."""
    for finding in findings:
        if finding.severity is Severity.WARNS:
            click.echo(f"doctor: {finding.topic}: {finding}", err=True)


def keep_quiet(findings: Sequence[Finding]) -> None:
    """Of the embedded provider nobody needs to be told."""
