"""Drawn sequences of steps for imts: what may follow what is decided by the table of transitions alone."""

from __future__ import annotations

import hashlib
from functools import partial

from conformance.contracts.imts.declaration import Declaration
from conformance.contracts.imts.fuzzing.drawing import GRAPH, LONGEST, graph
from conformance.contracts.imts.fuzzing.playing import Playing
from conformance.engine.contract import FuzzFailure, FuzzOutcome, FuzzPlan
from conformance.engine.session import Session
from conformance.fuzz.adapter import draws
from conformance.fuzz.sequences import Graph, Played, Steps, as_json, failures_in, from_json, played, problem_of
from conformance.fuzz.stored import entries_in, written

BUDGETS = {"quick": 60, "standard": 200, "deep": 800}
"""Sequences of a whole run."""


def fuzz(session: Session, plan: FuzzPlan) -> FuzzOutcome:
    """Carry out one phase of fuzzing."""
    if plan.replay is not None:
        sequences = entries_in(plan.replay, partial(from_json, rules=GRAPH.rules))
    else:
        source = int.from_bytes(hashlib.sha256(f"{plan.seed} imts sequences".encode()).digest()[:8])
        drawn = draws(graph_of(session).sequences(LONGEST), BUDGETS[plan.budget], source)
        sequences = list(dict.fromkeys(drawn))
    failures, shown = found_by(session, sequences)
    calls = [step.rule for steps in sequences for step in steps]
    facts = {"contract": "imts", "seed": plan.seed, "fuzz": plan.budget}
    return FuzzOutcome(
        len(set(calls)),
        len(calls),
        tuple(failures),
        tuple(written(map(as_json, sequences), facts, session.redactor.text)),
        problem=problem_of(shown),
    )


def found_by(session: Session, sequences: list[Steps], place: str = "fuzz") -> tuple[list[FuzzFailure], list[Played]]:
    """What these sequences show: each cause once, by its smallest sequence; and every sequence with its story."""
    player = Playing(session)
    shown = played(session, player, sequences, place)
    return failures_in(session, player, sequences, shown, place), shown


def graph_of(session: Session) -> Graph:
    """The graph for the clients that the configuration names."""
    declaration: Declaration = session.declaration  # type: ignore[assignment]
    clients = declaration.clients
    return graph(
        rejects_senders=clients.rejected_person is not None
        and declaration.names_sender is not None
        and declaration.paths.create_person is not None,
        rejects_recipients=clients.rejected_recipient is not None,
    )
