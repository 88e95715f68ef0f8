"""What a contract gives to the engine. The engine knows no contract; a contract knows the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, reduce
from operator import getitem
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from conformance.data import specs
from conformance.engine.check import Check, collect, topics_in
from conformance.engine.offline import MessageFile, MessageReport
from conformance.engine.register import Register, RegisterError, Requirement, load_register
from conformance.transport.inprocess import Handler
from conformance.transport.nulls import NULL_TARGETS
from conformance.transport.redaction import Redactor
from conformance.transport.replay import Compared

if TYPE_CHECKING:
    from conformance.config import Configuration
    from conformance.engine.finding import Finding
    from conformance.engine.session import Session
    from conformance.transport.recorder import Exchange


class Stand(Protocol):
    """A reference provider together with everything that a configuration for it needs.

    In a role in which the suite is called, it is a client.
    """

    @property
    def provider(self) -> Any: ...

    def configuration(self, base_url: str) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Privacy:
    """What must not leave a run: secrets by slot name; patterns, JSON members and values that are personal data.

    `words` are the contract's own, which name no person.
    """

    secrets: Mapping[str, str]
    patterns: Sequence[str] = ()
    members: Sequence[str] = ()
    values: Sequence[str] = ()
    words: Sequence[str] = ()

    def redactor(self) -> Redactor:
        """A redactor that knows all of it."""
        return Redactor(self.secrets, self.patterns, self.members, self.values, self.words)


@dataclass(frozen=True, slots=True)
class FuzzPlan:
    """How much a run is to be fuzzed: a budget by name, or a stored list of requests instead of drawn ones."""

    budget: str
    seed: int
    replay: Path | None = None


@dataclass(frozen=True, slots=True)
class FuzzFailure:
    """One cause of wrong answers to fuzzed requests; `evidence` is the smallest request that shows it.

    Where it takes several calls, `steps` tells them one by one: what was sent, what came, what was expected last.
    """

    requirement: str
    version: str
    operation: str
    subject: str
    expected: str
    actual: str
    exchanges: tuple[int, ...]
    evidence: Exchange | None
    count: int
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FuzzOutcome:
    """What fuzzing showed. `requests` is the list of cases, line by line, as it may be stored and replayed.

    `problem` says why nothing could be shown; `is_error` that the fault is our own.
    """

    operations: int = 0
    cases: int = 0
    failures: tuple[FuzzFailure, ...] = ()
    requests: tuple[str, ...] = ()
    problem: str = ""
    is_error: bool = False


@dataclass(frozen=True)
class Contract:
    """One API with its sources, register and checks.

    `opened` makes the argument of the checks for one version. `probe` looks at the target before any check and
    raises TargetUnreachable when no verdict could be had. `stand` makes the reference provider, broken by the
    defect of that name or in the lawful way of that variant. `defects` break one requirement each; one that only
    drawn requests show names their budget as `shown_by_fuzz`. `mishaps` are bugs as banks have them, which show in
    several at once. `renewed` is asked when a check did not pass: it gives another argument for it where the
    target's data changed meanwhile, else None. `nulls` makes further null targets from a stand. `unplayed` are
    roles of the register that no run can have for a target, each with what is done instead. `check_message` judges
    one message in a file, where the contract has messages that stand alone. `doctor` are read-only looks at a
    target, in order: each says what it found; after one that stops the run, the later ones are not made.

    `request_difference` is for requests that cannot be made again without secrets: from the facts on record, in what a
    request that is made now differs from one on record beyond what those decide.

    `resumable_for` says how long after its beginning a run that was broken off may be resumed: where a request that is
    sent once more changes nothing, and as long as what is asked for by the run's moment still means the same. None
    where it cannot be.

    `attend` is for roles in which the target calls the suite: by role, what lets its requests come, before any check,
    and tells a person in a sentence what is awaited. The checks then judge what was recorded. `null_clients` are null
    targets of such roles, by role and name. `configurations` are those of roles that need another one, and
    `configuration_templates` what they look like.
    """

    id: str
    title: str
    roles: tuple[str, ...]
    versions: tuple[str, ...]
    configuration: type[Configuration]
    package: str
    opened: Callable[[Session, str], Any]
    probe: Callable[[Any], None]
    privacy: Callable[[Any], Privacy]
    stand: Callable[..., Stand]
    defects: Callable[[], Mapping[str, type[Any]]]
    variants: Callable[[], Mapping[str, type[Any]]]
    configuration_template: str
    fuzz: Callable[[Session, FuzzPlan], FuzzOutcome] | None = None
    request_difference: Callable[[Mapping[str, str | bool]], Compared] | None = None
    mishaps: Callable[[], Mapping[str, type[Any]]] = dict
    renewed: Callable[[Any], Any | None] | None = None
    nulls: Callable[[Any], Mapping[str, Handler]] | None = None
    unplayed: Mapping[str, str] = field(default_factory=dict)
    check_message: Callable[[MessageFile], MessageReport] | None = None
    doctor: Sequence[Callable[[Session], Iterable[Finding]]] = ()
    attend: Mapping[str, Callable[[Session, Callable[[str], None]], None]] = field(default_factory=dict)
    null_clients: Callable[[str], Mapping[str, type[Any]]] | None = None
    configurations: Mapping[str, type[Configuration]] = field(default_factory=dict)
    configuration_templates: Mapping[str, str] = field(default_factory=dict)
    resumable_for: timedelta | None = None

    def configuration_of(self, role: object) -> type[Configuration]:
        """What the configuration of a target in this role looks like."""
        return self.configurations.get(role, self.configuration) if isinstance(role, str) else self.configuration

    def null_targets(self, stand: Stand) -> Mapping[str, Handler]:
        """What conforms to nothing, by name: the things that no contract knows, and those made from this stand."""
        return {**NULL_TARGETS, **(self.nulls(stand) if self.nulls is not None else {})}

    @cached_property
    def register(self) -> Register:
        return load_register(specs(self.id) / "register")

    def requirement_of(self, item: Check) -> Requirement:
        """The requirement that a check observes. Raises RegisterError when the register has no such id."""
        if item.requirement not in self.register:
            raise RegisterError(f"{item.id} observes {item.requirement}, which stands in no register of {self.id}")
        return self.register[item.requirement]

    def is_due(self, requirement: Requirement) -> bool:
        """Whether checks observe it: it can be observed, and is asked of somebody who can be the target."""
        return requirement.is_checked and bool({*requirement.roles} & {*self.roles})

    def why_unchecked(self, requirement: Requirement) -> str:
        """Why no check observes a requirement that could be observed."""
        if self.is_due(requirement):
            return "no check yet"
        return "; ".join(f"asked of a {role}: {self.unplayed.get(role, 'no checks yet')}" for role in requirement.roles)

    @cached_property
    def checks(self) -> list[Check]:
        return collect(self.id, f"{self.package}.checks", self.roles)

    def broken_providers(self) -> Mapping[str, type[Any]]:
        """Every provider by name that does not keep the contract: all defects and mishaps."""
        return {**self.defects(), **self.mishaps()}


def defects_in(package_name: str) -> dict[str, type[Any]]:
    """All defects of a package by class name: classes that say, in their own body, which requirement they break."""
    return _classes_that_say("breaks", package_name)


def mishaps_in(package_name: str) -> dict[str, type[Any]]:
    """All mishaps of a package by class name: classes that say, in their own body, in which requirements they show."""
    return _classes_that_say("symptoms", package_name)


def _classes_that_say(attribute: str, package_name: str) -> dict[str, type[Any]]:
    found: dict[str, type[Any]] = {}
    for module, _ in topics_in(package_name):
        for name, value in vars(module).items():
            if isinstance(value, type) and attribute in vars(value) and value.__module__ == module.__name__:
                if name in found:
                    raise ValueError(f"{name} stands in {found[name].__module__} and in {module.__name__}")
                found[name] = value
    return found


def settled(document: dict[str, Any], without: Collection[str], settings: Mapping[str, Any]) -> dict[str, Any]:
    """A stand's configuration itself, without some settings and with other values of some, each as `table.key`."""
    for place in without:
        *tables, key = place.split(".")
        reduce(getitem, tables, document).pop(key)
    for place, value in settings.items():
        *tables, key = place.split(".")
        reduce(lambda table, name: table.setdefault(name, {}), tables, document)[key] = value
    return document
