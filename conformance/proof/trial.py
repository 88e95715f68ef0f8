"""A trial: all checks of a contract against one provider in this process, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance.config import parsed
from conformance.contracts import contract
from conformance.engine.contract import FuzzPlan
from conformance.engine.run import Outcome, Run, Selection
from conformance.evidence.record import RESULTS, leave_record
from conformance.reporting.results import RunFacts, results_document, write_json
from conformance.transport.channel import Channel
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.message import Transport
from conformance.transport.reception import InProcessReception
from conformance.transport.recorder import Exchange, Recorder
from conformance.transport.timing import VirtualTimer

BASE_URL = "https://accounts.bank.example"  # nothing is sent there: the provider is called directly


def trial(
    contract_id: str,
    now: datetime,
    *,
    provider_class: type[Any] | None = None,
    only: tuple[str, ...] = (),
    transport: Transport | None = None,
    change: Callable[[dict[str, Any]], None] = lambda document: None,
    workers: int = 1,
    seed: int = 7,
    fuzz: str = "",
    recorded: list[Exchange] | None = None,
    folder: Path | None = None,
    **stand_options: Any,
) -> Outcome:
    """Run the checks against the reference provider, or a class like it, as if it were `now` (aware).

    `change` edits the configuration; `transport` replaces the provider as the thing that answers; `fuzz` is a budget;
    `recorded` takes every exchange, `folder` all that it takes to judge the trial again. Other options go to the
    contract's stand.
    """
    timer = VirtualTimer(now)
    the_contract = contract(contract_id)
    if provider_class is not None:
        stand_options["provider_class"] = provider_class
    stand = the_contract.stand(clock=timer.now, monotonic=timer.monotonic, sleep=timer.sleep, **stand_options)
    document = stand.configuration(BASE_URL)
    change(document)
    declaration, _ = parsed(document, the_contract.configuration_of(document["role"]), Path("trial.toml"))
    recorder = Recorder(the_contract.privacy(declaration).redactor())
    channel = Channel(
        transport or InProcessTransport(stand.provider),
        recorder,
        timer=timer,
        max_rps=declaration.limits.max_rps,
        reception=InProcessReception(stand.provider, timer) if declaration.listens_at else None,
    )
    run = Run(
        the_contract,
        declaration,
        channel,
        recorder,
        now=now,
        seed=seed,
        workers=workers,
        selection=Selection(only=only),
        fuzz=FuzzPlan(fuzz, seed) if fuzz else None,
    )
    outcome = run.execute()
    if folder is not None:
        leave_record(folder, run, recorder)
        facts = RunFacts.of(run, channel.counters, "trial", now, now)
        write_json(folder / RESULTS, results_document(facts, the_contract, declaration, outcome, recorder.redactor))
    if recorded is not None:
        recorded += recorder.exchanges
    return outcome
