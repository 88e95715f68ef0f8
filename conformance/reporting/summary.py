"""The summary of a run: the verdict, then what to mend, then what is not known, then numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from conformance.engine.verdict import Level, RunVerdict, Verdict
from conformance.reporting.text import cut, visible
from conformance.reporting.words import Words, words

if TYPE_CHECKING:
    from conformance.engine.contract import Contract

Document = Mapping[str, Any]

_WIDEST = 110  # columns; longer lines are hard to read
_MOST_LINES = 4  # of one value
_STYLES = {
    RunVerdict.CONFORMANT: "bold green",
    RunVerdict.NON_CONFORMANT: "bold red",
    RunVerdict.INCONCLUSIVE: "bold yellow",
}


def summary(
    document: Document,
    contract: Contract,
    *,
    report_dir: Path | None = None,
    lang: str = "en",
    stop_reason: str = "",
    console: Console | None = None,
) -> None:
    """Print what results.json says. `stop_reason` tells why the run is not complete."""
    console = console or Console(stderr=True, highlight=False, markup=False, emoji=False)
    page = _Page(console, words(lang))
    _head(page, document, stop_reason)
    _broken(page, document, Verdict.FAIL, page.words.failed, "red")
    _broken(page, document, Verdict.WARN, page.words.warnings, "yellow")
    _not_observed(page, document)
    _errors(page, document)
    _not_checked(page, document, contract)
    _numbers(page, document, report_dir)


class _Page:
    """Lines of at most the terminal's width, and some that must stay whole."""

    def __init__(self, console: Console, fixed_words: Words) -> None:
        self.words = fixed_words
        self.width = max(40, min(console.width, _WIDEST))
        self._console = console

    def line(self, text: str = "", style: str = "") -> None:
        """A line that is never broken: a command to copy, or a text already cut to fit."""
        self._console.print(Text(text, style), soft_wrap=True)

    def paragraph(self, text: str, indent: int = 0, style: str = "") -> None:
        wrapped = textwrap.wrap(visible(text), self.width - indent, break_long_words=False, break_on_hyphens=False)
        for line in wrapped:
            self.line(" " * indent + line, style)

    def hanging(self, label: str, text: str) -> None:
        """A label, and the text beside it on a few lines; the whole text stands in results.json."""
        room = self.width - len(label)
        wrapped = textwrap.wrap(cut(text, _MOST_LINES * room), room, break_on_hyphens=False) or [""]
        for number, line in enumerate(wrapped):
            self.line((label if number == 0 else " " * len(label)) + line)

    def heading(self, text: str, style: str) -> None:
        self.line()
        self.paragraph(text, style=f"bold {style}")


def _head(page: _Page, document: Document, stop_reason: str) -> None:
    verdict = RunVerdict(document["verdict"])
    name = headline(page.words, document)
    style = _STYLES[RunVerdict.INCONCLUSIVE if "headline" in document else verdict]  # green is for the plain verdict
    page.line(cut(f"{name}: {ground(page.words, document, verdict, stop_reason)}", page.width), style)
    contract, target = document["contract"], document["target"]
    where = f"{contract['id']}, {contract['role']}, {', '.join(contract['versions'])}"
    page.paragraph(f"{where}: {target['name']}, {target['base_url']}")
    if page.words.note:
        page.paragraph(page.words.note, style="dim")


def headline(fixed: Words, document: Document) -> str:
    """What the run is to be called; with waivers never plainly conformant."""
    if "headline" in document:
        return fixed.with_waivers.format(count=len(document["waivers"]["entries"]))
    return str(getattr(fixed, document["verdict"]))


def ground(fixed: Words, document: Document, verdict: RunVerdict, stop_reason: str) -> str:
    counts = document["counts"]["requirements"]
    total = sum(counts.values()) - counts[Verdict.NOT_APPLICABLE]
    if verdict is RunVerdict.CONFORMANT:
        return fixed.kept.format(count=counts[Verdict.PASS])
    if verdict is RunVerdict.NON_CONFORMANT:
        grounds = [fixed.failed_of.format(count=counts[Verdict.FAIL], total=total)]
        if known := sum("known_issue" in entry for entry in document["requirements"]):
            grounds.append(fixed.known.format(count=known))
    else:
        open_ones = counts[Verdict.INCONCLUSIVE]
        grounds = [fixed.open_of.format(count=open_ones, total=total)] if open_ones else []
    if counts[Verdict.ERROR]:
        grounds.append(fixed.errors_of_suite.format(count=counts[Verdict.ERROR]))
    if "selection" in document["run"] and verdict is RunVerdict.INCONCLUSIVE:
        grounds.append(fixed.selection)
    if not document["run"]["complete"]:
        grounds.append(fixed.cut_short + (f" ({stop_reason})" if stop_reason else ""))
    return "; ".join(grounds) or fixed.nothing_seen


# --- what is broken -----------------------------------------------------------------------------------------


def _broken(page: _Page, document: Document, verdict: Verdict, heading: str, style: str) -> None:
    """Each broken requirement once; those that broke in exactly the same way share one description."""
    by_requirement: dict[str, list[Document]] = {}
    for check in (*document["checks"], *fuzz_failures(document)):
        if check["verdict"] == verdict:
            by_requirement.setdefault(check["requirement"], []).append(check)
    alike: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for requirement_id, checks in by_requirement.items():
        alike.setdefault(tuple(sorted({_failure(check) for check in checks})), []).append(requirement_id)
    if not alike:
        return
    requirements = {entry["id"]: entry for entry in document["requirements"]}
    page.heading(f"{heading}: {len(by_requirement)}", style)
    for ids in alike.values():
        page.line()
        for requirement_id in ids:
            _requirement(page, requirements[requirement_id], style)
        groups: dict[tuple[str, ...], list[Document]] = {}
        for check in (check for requirement_id in ids for check in by_requirement[requirement_id]):
            groups.setdefault(_failure(check), []).append(check)
        for checks in groups.values():
            _one_failure(page, checks)


def fuzz_failures(document: Document) -> list[dict[str, Any]]:
    """What fuzzing found, in the form of checks; they alone have an `operation` and a `count` of cases."""
    levels = {entry["id"]: entry["level"] for entry in document["requirements"]}
    return [
        {
            **failure,
            "id": f"{document['contract']['id']}/fuzz/{failure['operation']}",
            "verdict": _verdict_of_fuzzing(failure, levels.get(failure["requirement"], Level.MUST)),
        }
        for failure in document["fuzz"]["failures"]
    ]


def _verdict_of_fuzzing(failure: Document, level: str) -> Verdict:
    if "waived" in failure:
        return Verdict.WAIVED
    return Verdict.FAIL if level == Level.MUST else Verdict.WARN


def _failure(check: Document) -> tuple[str, ...]:
    return tuple(check.get(name, "") for name in ("subject", "expected", "actual", "known_issue"))


def _requirement(page: _Page, entry: Document, style: str) -> None:
    page.paragraph(f"{entry['id']}, {page.words.clause} {', '.join(entry['clauses'])}", style=f"bold {style}")
    page.paragraph(entry["title"][page.words.titles])


def _one_failure(page: _Page, checks: list[Document]) -> None:
    subject, expected, actual, known = _failure(checks[0])
    page.paragraph(cut(subject, 3 * page.width), indent=2)
    beside = f"    {page.words.expected} {visible(expected)}   {page.words.actual} {visible(actual)}"
    if len(beside) <= page.width:
        page.line(beside)
    else:
        label = max(len(page.words.expected), len(page.words.actual)) + 1
        page.hanging(f"    {page.words.expected:<{label}}", expected)
        page.hanging(f"    {page.words.actual:<{label}}", actual)
    for number, step in enumerate(checks[0].get("steps", ()), 1):
        page.hanging(f"    {number:>2}. ", step)
    alike: dict[str, list[Document]] = {}
    for check in checks:
        name = f"fuzz: {check['operation']}" if "operation" in check else check["id"].split("/", 1)[1]
        alike.setdefault(name, []).append(check)
    for name, seen in alike.items():
        versions = ", ".join(dict.fromkeys(check["version"] for check in seen))
        cases = sum(check.get("count", 0) for check in seen)
        told = f"; {page.words.cases.format(count=cases)}" if cases else ""
        page.line(f"    {visible(name)} [{versions}]{told}", "dim")
    if known:
        page.paragraph(f"{page.words.known_issue}: {cut(known, 3 * page.width)}", indent=4, style="yellow")
    reproduce = next((check["reproduce"] for check in checks if "reproduce" in check), None)
    if reproduce is not None:
        page.line(f"    {reproduce}")


# --- what is not known --------------------------------------------------------------------------------------


def _not_observed(page: _Page, document: Document) -> None:
    levels = {entry["id"]: entry["level"] for entry in document["requirements"]}
    needed_by: dict[str, dict[str, None]] = {}  # an ordered set of ids for each missing thing
    for check in document["checks"]:
        if check["verdict"] == Verdict.INCONCLUSIVE:
            needed_by.setdefault(check["missing"], {})[check["requirement"]] = None
    for entry in document["requirements"]:
        if entry["verdict"] == Verdict.INCONCLUSIVE and not entry["checks"]:
            needed_by.setdefault(entry.get("reason", "-"), {})[entry["id"]] = None
    if "problem" in document["fuzz"]:
        needed_by.setdefault(document["fuzz"]["problem"], {})[page.words.fuzzing] = None
    if not needed_by:
        return
    page.heading(page.words.not_observed, "yellow")
    for missing, ids in sorted(needed_by.items(), key=lambda item: -len(item[1])):
        page.paragraph(cut(missing, 4 * page.width), indent=2)
        page.paragraph(
            ", ".join(_with_level(name, levels.get(name, Level.MUST)) for name in ids), indent=4, style="yellow"
        )


def _with_level(requirement_id: str, level: str) -> str:
    return requirement_id if level == Level.MUST else f"{requirement_id} ({level})"


def _errors(page: _Page, document: Document) -> None:
    errors = [check for check in document["checks"] if check["verdict"] == Verdict.ERROR]
    if not errors:
        return
    page.heading(f"{page.words.errors}: {len(errors)}", "magenta")
    for check in errors:
        page.paragraph(f"{check['requirement']} {check['id']} [{check['version']}]", indent=2)
        page.paragraph(cut(check.get("subject", "-"), 2 * page.width), indent=4)
    page.paragraph(page.words.report_error, indent=2)


def _not_checked(page: _Page, document: Document, contract: Contract) -> None:
    counts = document["counts"]["requirements"]
    unanswered = sum(
        entry["verdict"] == Verdict.NOT_OBSERVABLE
        and entry["id"] in contract.register
        and contract.register[entry["id"]].attestation is not None
        for entry in document["requirements"]
    )
    fixed = page.words
    entries = [
        (fixed.not_applicable, counts[Verdict.NOT_APPLICABLE]),
        (fixed.not_observable, counts[Verdict.NOT_OBSERVABLE] - unanswered),
        (fixed.attested, counts[Verdict.ATTESTED]),
        (fixed.waived, counts[Verdict.WAIVED]),
        (fixed.unanswered, unanswered),
    ]
    texts = [text.format(count=count) for text, count in entries if count]
    if texts:
        page.heading(fixed.not_checked, "")
        page.paragraph(f"{', '.join(texts)}; {fixed.listed_by}:", indent=2)
        page.line(f"    conformance list {document['contract']['id']}")


def _numbers(page: _Page, document: Document, report_dir: Path | None) -> None:
    run = document["run"]
    seconds = datetime.fromisoformat(run["finished_at"]) - datetime.fromisoformat(run["started_at"])
    page.line()
    page.paragraph(
        page.words.numbers.format(
            checks=len(document["checks"]),
            requests=run["requests"],
            retries=run["retries"],
            throttled=run["throttled"],
            seconds=f"{seconds.total_seconds():.1f}",
            seed=run["seed"],
        )
    )
    fuzz = document["fuzz"]
    if fuzz["cases"]:
        page.paragraph(
            page.words.fuzzed.format(cases=fuzz["cases"], operations=fuzz["operations"], failures=len(fuzz["failures"]))
        )
    if report_dir is not None:
        page.line(page.words.report.format(folder=visible(str(report_dir))))
