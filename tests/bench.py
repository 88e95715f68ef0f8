"""A test bench: one run of a contract's checks against a provider in this process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from conformance.config import parsed
from conformance.contracts import contract
from conformance.engine.run import Outcome, Run, Selection
from conformance.engine.verdict import Verdict
from conformance.transport.channel import Channel
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.message import Transport
from conformance.transport.recorder import Exchange, Recorder
from conformance.transport.redaction import Redactor
from conformance.transport.timing import VirtualTimer

BASE_URL = "https://accounts.bank.example"  # nothing is sent there: the provider is called directly


def trial(
    *,
    contract_id: str = "kz-accounts",
    provider_class: type[Any] | None = None,
    only: tuple[str, ...] = (),
    transport: Transport | None = None,
    change: Callable[[dict[str, Any]], None] = lambda document: None,
    workers: int = 1,
    seed: int = 7,
    now: datetime | None = None,
    recorded: list[Exchange] | None = None,
    **stand_options: Any,
) -> Outcome:
    """Run the checks against the reference provider (or a subclass) without a socket, in virtual time.

    `change` edits the configuration; `transport` replaces the provider as the thing that answers; `recorded`
    takes every exchange.
    """
    moment = now or datetime.now(UTC).replace(microsecond=0)
    timer = VirtualTimer(moment)
    the_contract = contract(contract_id)
    if provider_class is not None:
        stand_options["provider_class"] = provider_class
    stand = the_contract.stand(clock=timer.now, monotonic=timer.monotonic, **stand_options)
    document = stand.configuration(BASE_URL)
    change(document)
    declaration, _ = parsed(document, the_contract.configuration, Path("bench.toml"))
    privacy = the_contract.privacy(declaration)
    recorder = Recorder(Redactor(privacy.secrets, privacy.patterns, privacy.members))
    channel = Channel(
        transport or InProcessTransport(stand.provider), recorder, timer=timer, max_rps=declaration.limits.max_rps
    )
    run = Run(
        the_contract,
        declaration,
        channel,
        recorder,
        now=moment,
        seed=seed,
        workers=workers,
        selection=Selection(only=only),
    )
    outcome = run.execute()
    if recorded is not None:
        recorded += recorder.exchanges
    return outcome


def verdicts(outcome: Outcome, *wanted: Verdict) -> dict[str, Verdict]:
    """Requirement ids with their verdicts, of those kinds only where any are named."""
    return {
        entry.requirement.id: entry.verdict for entry in outcome.requirements if not wanted or entry.verdict in wanted
    }


def broken(outcome: Outcome) -> set[str]:
    """Ids of the requirements that the target breaks."""
    return set(verdicts(outcome, Verdict.FAIL, Verdict.WARN))


def story(outcome: Outcome) -> str:
    """Every check that did not pass, one line each, for the message of a failing test."""
    return "\n".join(
        f"{result.verdict.value:13} {result.check.requirement} {result.check.id}@{result.version}: {result.subject} "
        f"| expected {result.expected} | actual {result.actual} | missing {result.missing}"
        for result in outcome.checks
        if result.verdict is not Verdict.PASS
    )


@lru_cache
def all_defects(contract_id: str = "kz-accounts") -> dict[str, type[Any]]:
    """Every defect of a contract by name."""
    return dict(contract(contract_id).defects())


def tried_with(provider_class: type[Any]) -> dict[str, Any]:
    """The options of the stand on which a defect shows: another role, other versions, less configuration."""
    options: dict[str, Any] = getattr(provider_class, "tried_with", {})
    return options
