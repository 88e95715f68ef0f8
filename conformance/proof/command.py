"""`conformance prove`: carry the proof of one contract out, show it, and leave it on disk."""

from __future__ import annotations

import json
import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.data import record_proof
from conformance.errors import UsageError
from conformance.proof.document import proof_document
from conformance.proof.exhibits import Exhibit, Shown, exhibits
from conformance.proof.proving import shown_by
from conformance.proof.view import as_html, as_text, findings
from conformance.reporting.results import write_json, write_text
from conformance.reporting.terminal import error_console, output_console

if TYPE_CHECKING:
    from conformance.engine.contract import Contract


def proven(
    the_contract: Contract,
    *,
    only: tuple[str, ...] = (),
    jobs: int | None = None,
    report_dir: Path | None = None,
    record: bool = False,
    quiet: bool = False,
    as_json: bool = False,
) -> bool:
    """Whether no law is broken. Raises UsageError when `only` names nothing, or would be recorded."""
    if only and record:
        raise UsageError("--record needs the whole proof; leave --only out")
    batch = _chosen(exhibits(the_contract), only)
    with _Progress(len(batch), the_contract.id, quiet=quiet) as progress:
        shown = shown_by(batch, min(jobs or os.cpu_count() or 1, len(batch)), progress)
    document = proof_document(the_contract, shown, whole=not only)
    folder = report_dir or Path("reports") / f"proof-{the_contract.id}"
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "proof.json", document)
    write_text(folder / "proof.html", as_html(document))
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        output_console().print(findings(document) if quiet else as_text(document))
        click.echo(f"written to {folder / 'proof.json'} and {folder / 'proof.html'}", err=True)
    if record and document["holds"]:
        path = record_proof(the_contract.id, document["digest"])
        click.echo(f"recorded in {path}: results of this version of the suite name this proof", err=True)
    return not document["violations"]


def _chosen(known: list[Exhibit], only: tuple[str, ...]) -> list[Exhibit]:
    for pattern in only:
        if not any(fnmatchcase(exhibit.name, pattern) for exhibit in known):
            raise UsageError(f"--only {pattern}: no variant, defect or null target has such a name")
    return [exhibit for exhibit in known if not only or any(fnmatchcase(exhibit.name, name) for name in only)]


class _Progress:
    """A bar on a terminal; elsewhere one line at the start. What breaks a law comes with the end of the proof."""

    def __init__(self, total: int, name: str, *, quiet: bool) -> None:
        console = error_console()
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._bar.add_task(f"proving {name}", total=total)
        if not quiet and not console.is_terminal:
            console.print(f"proving {name}: {total} trials")

    def __call__(self, shown: Shown) -> None:
        self._bar.advance(self._task)

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._bar.stop()
