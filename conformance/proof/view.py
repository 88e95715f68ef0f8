"""A proof as people read it: on the terminal, and as one HTML file that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

CAUGHT, ESCAPED = "●", "○"
_TEMPLATES = Path(__file__).with_name("templates")


def matrix(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Requirement by defect, topic by topic: the requirements that some defect breaks, and each defect's marks.

    A mark is `caught`, `escaped`, `wrong` (failed without being broken) or nothing. What a defect fails outside of its
    own topic is named beside it.
    """
    topics = []
    one_rule = [entry for entry in document["defects"] if entry["kind"] == "defect"]
    for topic, group in groupby(sorted(one_rule, key=_first_broken), key=_topic):
        defects = list(group)
        columns = sorted({name for entry in defects for name in entry["breaks"] if _topic_of(name) == topic})
        rows = [
            {
                "name": entry["name"],
                "sentence": entry["sentence"],
                "marks": [_mark(entry, column) for column in columns],
                "elsewhere": sorted(set(entry["failed"]) - set(columns)),
                "killed_by": entry["killed_by"],
            }
            for entry in defects
        ]
        topics.append({"topic": topic, "requirements": columns, "defects": rows})
    return topics


def figures(document: Mapping[str, Any]) -> list[tuple[str, int, str, bool]]:
    """What was counted, how often, what is due, and whether all of it is so."""
    checks, expectations = document["checks"], document["expectations"]
    lawful, defects, nulls = document["lawful"], document["defects"], document["null_targets"]
    false_failures = sum(entry["false_failures"] for entry in checks)
    false_passes = sum(entry["false_passes"] for entry in checks)
    rows: list[tuple[str, int, str, list[Any]]] = [
        ("lawful providers", len(lawful), "no check fails any of them", [not entry["failed"] for entry in lawful]),
        *(
            (
                f"{kind}s",
                sum(entry["kind"] == kind for entry in defects),
                due,
                [set(entry["failed"]) == set(entry["breaks"]) for entry in defects if entry["kind"] == kind],
            )
            for kind, due in (
                ("defect", "each fails the one requirement that it breaks, and nothing else"),
                ("mishap", "each fails the requirements that it shows in, and nothing else"),
            )
        ),
        (
            "null targets",
            len(nulls),
            "none passes anything that it does not truly show",
            [set(entry["passed"]) == set(entry["truly_shows"]) for entry in nulls],
        ),
    ]
    if document["whole"]:
        rows.append(("checks", len(checks), "each is failed by some defect", [entry["killed"] for entry in checks]))
        tripped = [entry["kills"] for entry in expectations]
        rows.append(("expectations", len(expectations), "each is tripped by some defect", tripped))
    found = [
        (name, count, due if all(each) else f"{due}: not so for {sum(not one for one in each)}", all(each))
        for name, count, due, each in rows
    ]
    found.append(("false failures", false_failures, "a check that fails a lawful provider", not false_failures))
    found.append(("false passes", false_passes, "a defect that no check of its requirement fails", not false_passes))
    return found


def as_text(document: Mapping[str, Any]) -> RenderableType:
    """The matrix with one mark for each defect, the figures, and what breaks a law."""
    parts: list[RenderableType] = []
    for part in matrix(document):
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, justify="right")
        table.add_column(ratio=1, overflow="fold")
        for index, requirement in enumerate(part["requirements"]):
            marks = [row["marks"][index] for row in part["defects"]]
            caught, escaped = marks.count("caught"), marks.count("escaped")
            line = Text(CAUGHT * caught)
            line.append(ESCAPED * escaped, "red")
            table.add_row(Text(requirement), f"{caught}/{caught + escaped}", line)
        parts += [Text(), Text(f"{part['topic']}: requirement, its defects caught", "bold"), table]
    return Group(*parts, Text(), findings(document))


def findings(document: Mapping[str, Any]) -> RenderableType:
    """The figures, what breaks a law, and the outcome."""
    summary = Table.grid(padding=(0, 2, 0, 0))
    summary.add_column(no_wrap=True)
    summary.add_column(no_wrap=True, justify="right")
    for name, count, result, is_so in figures(document):
        summary.add_row(name, str(count), Text(result, "" if is_so else "red"))
    broken = [Text(f"BROKEN LAW: {sentence}", "red") for sentence in document["violations"]]
    return Group(summary, Text(), *broken, Text(f"{headline(document)} {document['digest']}", "bold"))


def as_html(document: Mapping[str, Any]) -> str:
    """The page: figures, the matrix by topic, each check with its figures, each lawful provider and null target."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("proof.html").render(
        document=document,
        headline=headline(document),
        figures=figures(document),
        topics=matrix(document),
        checks=_by_topic(document["checks"]),
    )


def headline(document: Mapping[str, Any]) -> str:
    """The outcome in a few words."""
    name = document["contract"]["id"]
    if document["violations"]:
        return f"The proof of {name} fails: {len(document['violations'])} broken laws."
    return f"The proof of {name} holds." if document["holds"] else f"Nothing tried here breaks a law of {name}."


def _by_topic(checks: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    return [(topic, list(group)) for topic, group in groupby(checks, key=lambda entry: entry["id"].split("/")[1])]


def _mark(entry: Mapping[str, Any], requirement: str) -> str:
    due, seen = requirement in entry["breaks"], requirement in entry["failed"]
    if due:
        return "caught" if seen else "escaped"
    return "wrong" if seen else ""


def _first_broken(entry: Mapping[str, Any]) -> tuple[str, str]:
    return min(entry["breaks"]), entry["name"]


def _topic(entry: Mapping[str, Any]) -> str:
    return _topic_of(min(entry["breaks"]))


def _topic_of(requirement: str) -> str:
    return requirement.split("-", 1)[1].rpartition("-")[0].lower()
