"""Drawn payments and drawn sequences of calls for the role gateway of instant-payment.

A payment with unusual data is a sequence that stays on the graph. All sequences are drawn first, by the seed alone,
then carried out side by side, each on a payment of its own, then judged.
"""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import Any

from conformance.contracts.instant_payment.declaration import Declaration
from conformance.contracts.instant_payment.fuzzing.drawing import GRAPH, LONGEST, Rule, graph, payments
from conformance.contracts.instant_payment.fuzzing.playing import Playing
from conformance.contracts.instant_payment.seen import operation_of
from conformance.engine.contract import FuzzOutcome, FuzzPlan
from conformance.engine.session import Session
from conformance.fuzz.adapter import draws
from conformance.fuzz.sequences import Steps, as_json, failures_in, from_json, played, problem_of
from conformance.fuzz.stored import entries_in, written

BUDGETS = {"quick": (12, 24), "standard": (40, 90), "deep": (150, 400)}
"""Payments and further sequences of a whole run."""


def fuzz(session: Session, plan: FuzzPlan) -> FuzzOutcome:
    """Carry out one phase of fuzzing."""
    declaration = session.declaration
    if not isinstance(declaration, Declaration):
        return FuzzOutcome(problem=f"nothing is drawn for the role {declaration.role}: the target calls the suite")
    if plan.replay is not None:
        sequences = entries_in(plan.replay, partial(from_json, rules=GRAPH.rules))
    else:
        sequences = drawn(session, declaration, plan)
    player = Playing(session)
    shown = played(session, player, sequences)
    facts = {"contract": "instant-payment", "seed": plan.seed, "fuzz": plan.budget}
    asked = {operation_of(one) for one in session.recorded() if one.purpose.startswith("fuzz sequence")}
    return FuzzOutcome(
        len(asked),
        sum(step.rule != Rule.WAIT for steps in sequences for step in steps),
        tuple(failures_in(session, player, sequences, shown)),
        tuple(written(map(as_json, sequences), facts, session.redactor.text)),
        problem=problem_of(shown),
    )


def drawn(session: Session, declaration: Declaration, plan: FuzzPlan) -> list[Steps]:
    """The sequences of a run; they depend on the seed and on what the configuration offers, and on nothing else."""
    of_payments, of_sequences = BUDGETS[plan.budget]
    rules = graph(rejects=declaration.payer.rejected is not None)
    found = [
        *payments(declaration.amounts, of_payments, partial(_source, plan.seed)),
        *draws(rules.sequences(LONGEST), of_sequences, _source(plan.seed, "sequences")),
    ]
    # What looks personal could not be stored, and so never be replayed.
    return [steps for steps in dict.fromkeys(found) if _is_storable(session, as_json(steps))]


def _is_storable(session: Session, entry: dict[str, Any]) -> bool:
    text = json.dumps(entry, ensure_ascii=False)
    return session.redactor.text(text) == text


def _source(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} instant-payment {name}".encode()).digest()[:8])
