"""What is drawn for imts: sequences of steps of one transfer, along the table of transitions and off it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from conformance.contracts.imts.wire import Method
from conformance.fuzz.sequences import Graph, Step, Steps

LONGEST = 12  # calls of a sequence


class Rule(StrEnum):
    """The kinds of calls; the value is how a sentence names one."""

    CREATE = "create"
    CREATE_REJECTED = "create for a sender whom AML rejects"
    CONFIRM = "confirm"
    PAYOUT = "payout"
    PAYOUT_REJECTED = "payout to a recipient whom AML rejects"
    PAYOUT_CONFIRM = "payout/confirm"
    CANCEL = "cancel"
    QUESTION = "status"


class Stage(StrEnum):
    """How far a transfer is by what was accepted, whatever its status is called."""

    NOTHING = "before create"
    NEW = "after create"
    DOOMED = "after create for a sender whom AML rejects"
    CONFIRMED = "after confirm"
    PAID = "after payout"
    SUCCESS = "after payout/confirm"
    CANCELED = "after cancel"
    ERROR = "after a rejection by AML"


METHODS = {
    Rule.CONFIRM: Method.CONFIRM,
    Rule.PAYOUT: Method.PAYOUT,
    Rule.PAYOUT_REJECTED: Method.PAYOUT,
    Rule.PAYOUT_CONFIRM: Method.PAYOUT_CONFIRM,
    Rule.CANCEL: Method.CANCEL,
}

GRAPH = Graph(
    Stage.NOTHING,
    {
        Rule.CREATE: {Stage.NOTHING: Stage.NEW},
        Rule.CREATE_REJECTED: {Stage.NOTHING: Stage.DOOMED},
        Rule.CONFIRM: {Stage.NEW: Stage.CONFIRMED, Stage.DOOMED: Stage.ERROR},
        Rule.PAYOUT: {Stage.CONFIRMED: Stage.PAID},
        Rule.PAYOUT_REJECTED: {Stage.CONFIRMED: Stage.ERROR},
        Rule.PAYOUT_CONFIRM: {Stage.PAID: Stage.SUCCESS},
        Rule.CANCEL: dict.fromkeys((Stage.NEW, Stage.DOOMED, Stage.CONFIRMED, Stage.PAID), Stage.CANCELED),
        Rule.QUESTION: {},
    },
)
"""The table of transitions of the source, by what was accepted."""


def graph(*, rejects_senders: bool, rejects_recipients: bool) -> Graph:
    """The graph for a configuration that names clients whom AML rejects, or none."""
    left_out = {
        *(() if rejects_senders else (Rule.CREATE_REJECTED,)),
        *(() if rejects_recipients else (Rule.PAYOUT_REJECTED,)),
    }
    return Graph(GRAPH.start, {rule: leads for rule, leads in GRAPH.rules.items() if rule not in left_out})


_WAYS = (
    (Rule.CREATE, Rule.CONFIRM, Rule.PAYOUT, Rule.PAYOUT_CONFIRM),
    (Rule.CREATE, Rule.CANCEL),
    (Rule.CREATE, Rule.CONFIRM, Rule.CANCEL),
    (Rule.CREATE, Rule.CONFIRM, Rule.PAYOUT, Rule.CANCEL),
    (Rule.CREATE_REJECTED, Rule.CONFIRM),
    (Rule.CREATE, Rule.CONFIRM, Rule.PAYOUT_REJECTED),
)
_STEPS = (Rule.CONFIRM, Rule.PAYOUT, Rule.PAYOUT_CONFIRM, Rule.CANCEL)


def crooked_ways(of: Graph) -> Iterator[Steps]:
    """Each way to an end, with every illegal step tried at every stage of it, and at the end twice."""
    for way in _WAYS:
        if not {*way} <= {*of.rules}:
            continue
        stage, steps = of.start, list[Step]()
        for rule in way:
            stage = of.rules[rule][stage]
            steps.append(Step(rule))
            illegal = [Step(step) for step in _STEPS if stage not in of.rules[step]]
            steps += illegal * (2 if rule is way[-1] else 1)
        yield tuple(steps)
