"""A contract made of a few functions, and a run of it against a target that says 200 to everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from conformance.config import Configuration
from conformance.engine.check import Check
from conformance.engine.contract import Contract, Privacy
from conformance.engine.observation import expect
from conformance.engine.register import Register, Requirement
from conformance.engine.run import Outcome, Run
from conformance.engine.session import Session
from conformance.transport.channel import Channel
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Recorder
from conformance.transport.redaction import Redactor
from conformance.transport.timing import VirtualTimer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CheckFunction = Callable[[Session], None]


class Fine:
    def handle(self, request: Request) -> Reply:
        return Reply(200, (), b"{}")


def a_requirement(id_: str, **changes: Any) -> Requirement:
    fields = {
        "clauses": ["1"],
        "level": "MUST",
        "roles": ["provider"],
        "versions": ["v3"],
        "topic": "topic",
        "title": {"en": "Something is so", "ru": "Нечто таково"},
    }
    return Requirement.model_validate({"id": id_, **fields, **changes}, strict=False)


class Bench:
    """A fake contract, its register, and a run of it against a target that says 200 to everything."""

    def __init__(
        self, *requirements: Requirement, versions: tuple[str, ...] = ("v3",), handler: Any = None, **declared: Any
    ) -> None:
        self.requirements = {requirement.id: requirement for requirement in requirements}
        self.checks: list[Check] = []
        self.target = {"base_url": "https://bank.example", "versions": list(versions)}
        self.declared = declared
        self.recorder = Recorder(Redactor())
        self.channel = Channel(InProcessTransport(handler or Fine()), self.recorder, timer=VirtualTimer(NOW))

    def check(
        self,
        function: CheckFunction,
        requirement: str = "FAKE-TOPIC-01",
        *,
        exclusive: bool = False,
        roles: tuple[str, ...] | None = None,
        name: str = "",
    ) -> None:
        self.requirements.setdefault(requirement, a_requirement(requirement))
        id_ = f"fake/topic/{name or function.__name__}"
        self.checks.append(Check(id_, requirement, function, exclusive, roles))

    def run(self, **options: Any) -> Run:
        contract = Contract(
            "fake",
            "Fake",
            ("provider",),
            ("v3",),
            Configuration,
            "nowhere",
            lambda session, version: session,
            lambda session: None,
            lambda declaration: Privacy({}),
            None,
            dict,
            dict,
            "",
        )  # type: ignore[arg-type]
        contract.__dict__["register"] = Register(list(self.requirements.values()))
        contract.__dict__["checks"] = self.checks
        document = {"contract": "fake", "role": "provider", "target": self.target, **self.declared}
        declaration = Configuration.model_validate(document)
        return Run(contract, declaration, self.channel, self.recorder, now=NOW, **{"workers": 1, **options})

    def outcome(self, **options: Any) -> Outcome:
        return self.run(**options).execute()


def fails(session: Session) -> None:
    session.send(Request("GET", "/a"))
    expect("answer", 200, 400)


def passes(session: Session) -> None:
    expect("answer", 200, 200)


def raising(error: Exception) -> CheckFunction:
    def check(session: Session) -> None:
        raise error

    return check
