"""Sequences of calls drawn along a graph of states and off it, carried out, and made as small as they go.

A model is a graph: states, and rules (kinds of calls) that lead from some of them to others. Sequences walk along it,
and now and then take a rule where it leads nowhere: such a call must be refused. What a call really is, what may come
of it, and which requirement a wrong answer breaks is a contract's own affair, told by its `Player`.

As with single requests: all sequences are drawn before anything is sent, by the seed alone; nothing counts that does
not show again; and each cause is told once, by the smallest sequence that was found to show it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.engine.contract import FuzzFailure
from conformance.engine.session import Session
from conformance.fuzz.case import Fault, Pairs
from conformance.fuzz.shrinking import smallest
from conformance.transport.recorder import Exchange

MOST_CAUSES = 12  # of one run; each costs some sequences more
MOST_TRIES = 3  # sequences of one cause that are played again before it is taken for a passing one
MOST_STEPS = 40  # sequences that are played to make one smaller
_WEIGHTS = (3, 2, 2)  # of a call that leads on, of any call, of the last one again where it led nowhere
_MAIN_WAY = 3  # how much oftener the first rule that leads on is taken than another one
_MOST_NUMBERS = 40  # exchanges that a failure names


@dataclass(frozen=True, slots=True)
class Step:
    """One call: the name of its rule, and the values that were drawn for it, by name."""

    rule: str
    values: Pairs = ()

    def value(self, name: str) -> str | None:
        """The value of that name; None where the usual one is to be taken."""
        return next((value for key, value in self.values if key == name), None)

    def without(self, name: str) -> Step:
        return replace(self, values=tuple(pair for pair in self.values if pair[0] != name))

    def having(self, name: str, value: str) -> Step:
        return replace(self, values=tuple((key, value if key == name else old) for key, old in self.values))


Steps = tuple[Step, ...]


@dataclass(frozen=True)
class Graph:
    """The model: where a sequence begins, and by rule from which states it leads to which.

    A rule that leads nowhere from a state is illegal there, and leaves it as it is.
    """

    start: str
    rules: Mapping[str, Mapping[str, str]]

    def sequences(self, longest: int) -> SearchStrategy[Steps]:
        """Sequences of up to `longest` calls, with the usual values.

        Many calls go on along the graph, so that late states are reached, mostly by the first rule that leads on from a
        state; the others are any, or the last again.
        """

        # Evenly: Hypothesis itself likes to draw what it drew before, which leaves the late states out.
        return st.randoms(use_true_random=True).map(lambda random: self.walk(random, longest))

    def walk(self, random: Random, longest: int) -> Steps:
        """One such sequence."""
        state, steps, refused = self.start, list[Step](), list[str]()
        for _ in range(random.randint(longest // 2, longest)):
            onward = [rule for rule, leads in self.rules.items() if leads.get(state, state) != state]
            kinds = (onward[:1] * _MAIN_WAY + onward, [*self.rules], refused)
            rule = random.choice(random.choices(kinds, _WEIGHTS)[0] or [*self.rules])
            steps.append(Step(rule))
            refused = [] if state in self.rules[rule] else [rule]
            state = self.rules[rule].get(state, state)
        return tuple(steps)


@dataclass(frozen=True, slots=True)
class Played:
    """What one sequence showed: a sentence for each call, and the first rule that was broken; nothing follows it.

    `missing` says why the sequence could not be carried to its end; then it shows nothing.
    """

    story: tuple[str, ...]
    operation: str = ""
    fault: Fault | None = None
    evidence: Exchange | None = None
    exchanges: tuple[int, ...] = ()
    missing: str = ""


class Player(Protocol):
    """What a contract knows about its calls."""

    version: str

    def play(self, steps: Steps, name: str) -> Played:
        """Carry a sequence out on data of its own. `name` is another one each time, and the place of what is sent."""

    def plainer(self, name: str, value: str) -> Iterable[str]:
        """Simpler good values in place of one that was drawn, besides the usual one."""


def played(session: Session, player: Player, sequences: Sequence[Steps], place: str = "fuzz") -> list[Played]:
    """Every sequence with what it showed, in their order; `place` is another one for each set of sequences of a run."""
    named = [(steps, f"{place} sequence {number}") for number, steps in enumerate(sequences, 1)]
    return session.together(lambda one: player.play(*one), named)


def failures_in(
    session: Session, player: Player, sequences: Sequence[Steps], shown: Sequence[Played], place: str = "fuzz"
) -> list[FuzzFailure]:
    """What is wrong, each cause once, told by the smallest sequence that was found to show it."""
    causes: dict[tuple[str, str], list[Steps]] = {}
    for steps, one in zip(sequences, shown, strict=True):
        if one.fault is not None:
            causes.setdefault((one.fault.shows_as, one.fault.requirement), []).append(steps)
    named = [(f"{place} cause {number}", cause[0], seen) for number, (cause, seen) in enumerate(causes.items(), 1)]
    found = session.together(lambda cause: _confirmed(player, *cause), named[:MOST_CAUSES])
    joined: dict[str, FuzzFailure] = {}
    for key, failure in filter(None, found):
        known = joined.get(key, replace(failure, count=0))
        shortest = min(known, failure, key=lambda one: len(one.steps))
        joined[key] = replace(shortest, count=known.count + failure.count)
    return list(joined.values())


def problem_of(shown: Sequence[Played]) -> str:
    """Why too little could be seen, where that is so: what most of the sequences lacked."""
    missing = Counter(one.missing for one in shown if one.missing)
    return missing.most_common(1)[0][0] if 2 * missing.total() > len(shown) else ""


def _confirmed(player: Player, place: str, shows_as: str, sequences: Sequence[Steps]) -> tuple[str, FuzzFailure] | None:
    """The failure as the smallest sequence shows it, or None where it does not show again."""
    names = (f"{place}, try {number}" for number in range(1, MOST_TRIES + MOST_STEPS + 1))

    def same_fault(steps: Steps) -> Played | None:
        again = player.play(steps, next(names))
        return again if again.fault is not None and again.fault.shows_as == shows_as else None

    for steps in sorted(sequences, key=_size)[:MOST_TRIES]:
        shown = same_fault(steps)
        if shown is not None:
            _, least = smallest(
                steps,
                shown,
                simpler=partial(_simpler, player),
                same_fault=same_fault,
                identity=lambda steps: steps,
                most=MOST_STEPS - 1,
            )
            return _failure(player, least, len(sequences))
    return None


def _failure(player: Player, shown: Played, count: int) -> tuple[str, FuzzFailure] | None:
    fault = shown.fault
    if fault is None:
        return None
    return fault.key, FuzzFailure(
        fault.requirement,
        player.version,
        shown.operation,
        fault.subject,
        fault.expected,
        fault.actual,
        shown.exchanges[-_MOST_NUMBERS:],
        shown.evidence,
        count,
        shown.story,
    )


def _size(steps: Steps) -> tuple[int, int]:
    return len(steps), sum(len(value) for step in steps for _, value in step.values)


# --- making it smaller ----------------------------------------------------------------------------------------


def _simpler(player: Player, steps: Steps) -> Iterator[Steps]:
    """Half of the calls less, and so on down to one less; then the usual value for each drawn one, or a plainer one."""
    width = len(steps) // 2
    while width:
        for start in range(0, len(steps), width):
            yield (*steps[:start], *steps[start + width :])
        width //= 2
    for place, step in enumerate(steps):
        for name, _ in step.values:
            yield (*steps[:place], step.without(name), *steps[place + 1 :])
    for place, step in enumerate(steps):
        for name, value in step.values:
            for plainer in player.plainer(name, value):
                yield (*steps[:place], step.having(name, plainer), *steps[place + 1 :])


# --- stored ---------------------------------------------------------------------------------------------------


def as_json(steps: Steps) -> dict[str, Any]:
    """A sequence as it is stored."""
    return {"calls": [{"call": step.rule, "values": [list(pair) for pair in step.values]} for step in steps]}


def from_json(entry: Any, rules: Iterable[str]) -> Steps:
    """A stored sequence of calls of these rules. Raises ValueError, KeyError or TypeError for anything else."""
    known = set(rules)
    steps = tuple(
        Step(str(call["call"]), tuple((str(name), str(value)) for name, value in call["values"]))
        for call in entry["calls"]
    )
    if unknown := [step.rule for step in steps if step.rule not in known]:
        raise ValueError(f"no call {unknown[0]}")
    return steps
