"""What the runs come to: counted for every contender alike, and set as two tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.peers.contenders import Contender, Finding
from tests.benchmarks.peers.targets import Target


@dataclass(frozen=True)
class Result:
    """One run of one contender on one target; `told_of_plain` is what it told of the plain provider, with any seed."""

    target: Target
    contender: Contender
    finding: Finding
    requests: int
    seconds: float
    told_of_plain: frozenset[str] = frozenset()

    @property
    def news(self) -> frozenset[str]:
        """What it told of this target only."""
        return self.finding.told - self.told_of_plain

    @property
    def is_named(self) -> bool:
        return bool(self.news & self.target.breaks)

    @property
    def in_words(self) -> str:
        """`named`, or the kinds of what was told, without the places."""
        if self.finding.problem:
            return self.finding.problem
        return "named" if self.is_named else ", ".join(sorted({entry.split()[0] for entry in self.news})) or "-"


def summary(contenders: Sequence[Contender], results: Sequence[Result], plain: Sequence[Result]) -> list[list[str]]:
    """One row for each thing that is counted, one column for each contender; `plain` are the runs on what is plain."""
    columns = [_column(contender, results, plain) for contender in contenders]
    return [["", *(contender.name for contender in contenders)]] + [
        [title, *(column[title] for column in columns)] for title in columns[0]
    ]


def details(contenders: Sequence[Contender], results: Sequence[Result]) -> list[list[str]]:
    """One row for each target: what every contender made of it."""
    targets = list(dict.fromkeys(result.target.name for result in results))
    cells = {(result.target.name, result.contender.name): result for result in results}
    rows = [["topic", "target", "breaks", *(contender.name for contender in contenders)]]
    for name in targets:
        row = [cells[name, contender.name] for contender in contenders]
        target = row[0].target
        rows.append([target.topic, name, " ".join(sorted(target.breaks)), *(result.in_words for result in row)])
    return rows


def text(rows: Sequence[Sequence[str]]) -> str:
    """The rows as lines, every column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _column(contender: Contender, results: Sequence[Result], plain: Sequence[Result]) -> dict[str, str]:
    mine = [result for result in results if result.contender.name == contender.name]
    mine_plain = [result for result in plain if result.contender.name == contender.name]
    defects = [result for result in mine if result.target.breaks]
    variants = [result for result in mine if not result.target.breaks]
    told_of_plain = frozenset().union(*(result.finding.told for result in mine_plain))
    named = sum(result.is_named for result in defects)
    return {
        "defects found": _of(sum(bool(result.news) for result in defects), defects),
        "defects named": _of(named, defects) if contender.names_requirements else "cannot",
        "lawful variants blamed": _of(sum(bool(result.news) for result in variants), variants),
        "false alarms, plain provider": str(len(told_of_plain)),
        "runs broken off": _of(sum(bool(result.finding.problem) for result in mine), mine),
        "requests a run (median)": f"{median(result.requests for result in mine):.0f}",
        "seconds a run (median)": f"{median(result.seconds for result in mine):.1f}",
        "seconds in all": f"{sum(result.seconds for result in (*mine, *mine_plain)):.0f}",
    }


def _of(count: int, results: Sequence[Result]) -> str:
    return f"{count} of {len(results)}"
