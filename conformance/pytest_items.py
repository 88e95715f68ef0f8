"""The items of a conformance run in a pytest session: one for each check and version, and what pytest is told of it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.engine.check import Check
from conformance.engine.run import FUZZ
from conformance.engine.verdict import Verdict
from conformance.reporting.allure import CLAUSE, clause_links, labels
from conformance.reporting.story import as_http, exhibits, headline, story
from conformance.reporting.summary import fuzz_failures
from conformance.reporting.text import visible

if TYPE_CHECKING:
    from conformance.engine.contract import Contract

Entry = Mapping[str, Any]
Planned = Sequence[tuple[Check, str]]
_MOST_OF_A_BODY = 600  # characters, in a terminal


class NotKept(AssertionError):
    """A requirement that is broken, or that could not be observed. The message is the suite's story of it."""


class NoVerdict(Exception):
    """An error of the suite, or a run that could not be had."""


class ConformanceWarning(UserWarning):
    """A recommendation (SHOULD) that the target does not keep."""


@dataclass(frozen=True)
class Shown:
    """What a run showed: its results.json, and of its exchanges those beside a check.

    Without a document, `problem` says why there is none.
    """

    document: Entry = field(default_factory=dict)
    exchanges: Mapping[int, Entry] = field(default_factory=dict)
    problem: str = "the run has not been had"

    def check(self, name: str, version: str) -> Entry | None:
        """What one check showed for one version."""
        checks: Sequence[Entry] = self.document.get("checks", ())
        return next((entry for entry in checks if (entry["id"], entry["version"]) == (name, version)), None)

    def requirement(self, name: str) -> Entry:
        """The requirement of that id."""
        requirements: Sequence[Entry] = self.document["requirements"]
        return next((entry for entry in requirements if entry["id"] == name), {})

    def beside(self, check: Entry) -> list[Entry]:
        """The exchanges to be shown beside a check, its evidence first."""
        return [self.exchanges[number] for number in exhibits(check) if number in self.exchanges]

    def story(self, check: Entry) -> str:
        """A check with its clause, what was expected, how to see it again, what was sent and what came."""
        requirement = self.requirement(check["requirement"])
        lines = list(map(visible, story(check, requirement).splitlines()))
        evidence = self.exchanges.get(check.get("evidence", 0))
        if evidence is not None:
            lines += ["", *as_http(evidence, _MOST_OF_A_BODY).splitlines()]
        return "\n".join(lines)


@dataclass(frozen=True)
class Told:
    """A story in place of a traceback: the fault is the target's, and no line of Python tells more of it."""

    text: str

    @property
    def message(self) -> str:
        """What stands in the short summary and in junit.xml."""
        return self.text.partition("\n")[0]

    @property
    def reprcrash(self) -> Told:
        """Where pytest looks for the message."""
        return self

    def toterminal(self, tw: Any) -> None:
        """Print it, as pytest asks of every representation of a failure."""
        for line in self.text.splitlines():
            tw.line(line)

    def __str__(self) -> str:
        return self.text


class ConformanceFile(pytest.File):
    """The configuration, which holds an item for each check and version."""

    def __init__(self, *, contract: Contract, planned: Planned, with_fuzzing: bool, run: Run, **named: Any) -> None:
        super().__init__(**named)
        self.contract, self.planned, self.with_fuzzing, self.run = contract, planned, with_fuzzing, run

    def collect(self) -> Iterator[pytest.Item]:
        for check, version in self.planned:
            name = f"{check.id}[{version}]"
            yield CheckItem.from_parent(self, name=name, check=check, version=version)
        if self.with_fuzzing:
            yield FuzzItem.from_parent(self, name=f"{self.contract.id}/{FUZZ}")


class Run:
    """Where the items find what the run showed, once it has been had."""

    shown = Shown()


class ConformanceItem(pytest.Item):
    """One thing that a run shows."""

    parent: ConformanceFile

    def __init__(self, *, name: str, parent: ConformanceFile, **named: Any) -> None:
        # As text: pytest takes the version in brackets for a parameter then, as when it reads back what failed last.
        super().__init__(name, parent, nodeid=f"{parent.nodeid}::{name}", **named)
        self.contract, self.run = self.parent.contract, self.parent.run
        self.add_marker(identifier(self.contract.id))

    @property
    def selected_by(self) -> str:
        """This item alone, in a selection of the run."""
        raise NotImplementedError

    @property
    def entry(self) -> Entry | None:
        """What the run showed of it in results.json, if it is one entry."""
        return None

    @property
    def verdict(self) -> str:
        """The verdict of that entry."""
        return str(self.entry["verdict"]) if self.entry else ""

    @property
    def duration_s(self) -> float:
        """How long the run took for it."""
        return float(self.entry["duration_ms"]) / 1000 if self.entry else 0.0

    def setup(self) -> None:
        """What is no fault of the target is told as an error of the setup: pytest calls that an error, no failure."""
        if self.config.getoption("allure_report_dir", None):
            self.tell_allure()
        if self.run.shown.problem:
            raise NoVerdict(self.run.shown.problem)

    def tell_allure(self) -> None:
        """Where this stands in Allure's tree of behaviours, and what is shown beside it."""
        raise NotImplementedError

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name

    def warn_of(self, check: Entry) -> None:
        """A warning that no filter turns into a failure: a recommendation is none."""
        with warnings.catch_warnings():
            warnings.simplefilter("always", ConformanceWarning)
            warnings.warn_explicit(ConformanceWarning(visible(headline(check))), None, str(self.path), 1)


class CheckItem(ConformanceItem):
    """One check for one version."""

    def __init__(self, *, check: Check, version: str, **named: Any) -> None:
        super().__init__(**named)
        self.check, self.version = check, version
        self.requirement = requirement = self.contract.requirement_of(check)
        for mark in (check.topic, requirement.level.value, version):
            self.add_marker(identifier(mark))
        self.extra_keyword_matches.add(requirement.id)
        self.user_properties += [("requirement", requirement.id), ("level", requirement.level.value)]
        self.user_properties += [("clause", clause) for clause in requirement.clauses]

    @property
    def selected_by(self) -> str:
        return f"{self.check.id}@{self.version}"

    @property
    def entry(self) -> Entry | None:
        return self.run.shown.check(self.check.id, self.version)

    def setup(self) -> None:
        super().setup()
        if self.entry is None:
            raise NoVerdict("the run ended before this check had its turn")
        if self.verdict == Verdict.ERROR:
            fault = f"{self.entry['requirement']}: an error of the suite itself, not of the target"
            raise NoVerdict(f"{fault}\n{self.run.shown.story(self.entry)}")

    def runtest(self) -> None:
        entry, shown = self.entry, self.run.shown
        assert entry is not None, "setup saw to it"
        match Verdict(entry["verdict"]):
            case Verdict.PASS:
                pass
            case Verdict.WARN:
                self.warn_of(entry)
            case Verdict.NOT_APPLICABLE:
                pytest.skip(visible(entry.get("subject", "the declaration takes it out of reach")))
            case Verdict.INCONCLUSIVE:
                needs = f"{entry['requirement']}: not observed; needs {visible(entry['missing'])}"
                raise NotKept(f"{needs}\n{shown.story(entry)}")
            case _:
                raise NotKept(f"{visible(headline(entry))}\n{shown.story(entry)}")

    def tell_allure(self) -> None:
        import allure

        tell: Any = allure.dynamic
        requirement, patterns = self.requirement, dict(self.config.getoption("allure_link_pattern"))
        title, contract_id = requirement.title.en, self.contract.id
        for name, value in labels(contract_id, self.check.topic, requirement.id, title, requirement.level).items():
            tell.label(name, value)
        tell.description(title)
        for clause, (name, url) in zip(
            requirement.clauses, clause_links(contract_id, requirement.clauses), strict=True
        ):
            tell.link(clause if CLAUSE in patterns else url, link_type=CLAUSE, name=name)
        for exchange in self.run.shown.beside(self.entry or {"exchanges": ()}):
            allure.attach(as_http(exchange), f"exchange {exchange['n']}", allure.attachment_type.TEXT)


class FuzzItem(ConformanceItem):
    """All drawn requests; it fails with each cause of wrong answers that they brought to light."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.add_marker(FUZZ)

    @property
    def selected_by(self) -> str:
        return FUZZ

    def tell_allure(self) -> None:
        import allure

        tell: Any = allure.dynamic
        tell.label("epic", self.contract.id)
        tell.label("feature", FUZZ)

    def runtest(self) -> None:
        shown = self.run.shown
        if (problem := shown.document["fuzz"].get("problem")) is not None:
            raise NotKept("\n".join(["drawn requests could show nothing", *map(visible, problem.splitlines())]))
        causes = fuzz_failures(shown.document)
        broken = [cause for cause in causes if cause["verdict"] == Verdict.FAIL]
        if broken:
            names = ", ".join(dict.fromkeys(cause["requirement"] for cause in broken))
            stories = [f"{visible(headline(cause))}\n{shown.story(cause)}" for cause in broken]
            raise NotKept("\n\n".join([f"drawn requests show that {names} is broken", *stories]))
        for cause in causes:
            self.warn_of(cause)


def marks(contract: Contract, planned: Planned) -> Iterator[str]:
    """Every mark that items may carry, as pytest registers them."""
    yield f"{identifier(contract.id)}: conformance with the contract {contract.id}"
    yield f"{FUZZ}: requests drawn from an OpenAPI document"
    yield from _lines("checks of the topic", (check.topic for check, _ in planned))
    yield from _lines("checks of the version", (version for _, version in planned))
    yield from _lines("the level", (contract.requirement_of(check).level.value for check, _ in planned))


def _lines(what: str, names: Iterator[str]) -> Iterator[str]:
    return (f"{identifier(name)}: {what} {name}" for name in dict.fromkeys(names))


def identifier(name: str) -> str:
    """A name as a mark: kz_accounts for kz-accounts."""
    return re.sub(r"\W", "_", name.lower())
