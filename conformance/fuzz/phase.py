"""One phase of fuzzing: send a list of cases concurrently, judge the answers, confirm, shrink and join what is wrong.

Nothing counts that does not show again: each fault is asked for once more before it is reported, so that neither an
outage nor data that came in between makes a failure. The requests for that are few and bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from conformance.engine.contract import FuzzFailure
from conformance.engine.session import Session
from conformance.errors import NoAnswer
from conformance.fuzz.case import Case, Fault, Sent
from conformance.fuzz.shrinking import smallest
from conformance.transport.channel import Stopped
from conformance.transport.recorder import Exchange

BUDGETS = {"quick": 120, "standard": 450, "deep": 2000}  # cases of a whole run
MOST_CAUSES = 60  # of one run; a target that does nothing right need not be searched any longer
MOST_TRIES = 3  # cases of one cause that are asked again before it is taken for a passing one
MOST_STEPS = 12  # requests to make one failure smaller


class Judge(Protocol):
    """What a contract knows about its own requests and answers."""

    def send(self, case: Case) -> Exchange: ...

    def version(self, case: Case) -> str: ...

    def faults(self, sent: Sent) -> list[Fault]: ...

    def faults_between(self, sent: Sequence[Sent]) -> list[tuple[Sent, Fault]]: ...

    def simpler(self, case: Case) -> Iterator[Case]: ...

    def without_consequences(self, failures: Sequence[FuzzFailure]) -> list[FuzzFailure]: ...


@dataclass(frozen=True, slots=True)
class _Cause:
    """All cases of one operation that break one rule in the same way."""

    operation: str
    key: str
    seen: tuple[tuple[Sent, Fault], ...]


def sent_together(session: Session, judge: Judge, cases: Sequence[Case]) -> list[Sent]:
    """Every case with its answer, in the order of the cases."""
    return session.together(lambda case: _sent(session, judge, case), cases)


def failures_in(session: Session, judge: Judge, answered: Sequence[Sent]) -> list[FuzzFailure]:
    """What is wrong in these answers, each cause once, with the smallest request that was found to show it."""
    causes = _causes(judge, answered)
    found = session.together(lambda cause: _confirmed(session, judge, cause), causes[:MOST_CAUSES])
    return judge.without_consequences(_joined(found))


def _joined(found: Sequence[tuple[str, FuzzFailure] | None]) -> list[FuzzFailure]:
    """Failures that turned out to be the same once their requests were small."""
    joined: dict[tuple[str, str], FuzzFailure] = {}
    for key, failure in filter(None, found):
        known = joined.setdefault((failure.operation, key), failure)
        if known is not failure:
            numbers = tuple(sorted({*known.exchanges, *failure.exchanges}))
            joined[failure.operation, key] = replace(known, exchanges=numbers, count=known.count + failure.count)
    return list(joined.values())


def _causes(judge: Judge, answered: Sequence[Sent]) -> list[_Cause]:
    groups: dict[tuple[str, str], list[tuple[Sent, Fault]]] = {}
    alone = [(sent, fault) for sent in answered for fault in judge.faults(sent)]
    for sent, fault in [*alone, *judge.faults_between(answered)]:
        group = groups.setdefault((sent.case.operation, fault.key), [])
        if all(known.case is not sent.case for known, _ in group[-1:]):  # an answer counts once, however often it errs
            group.append((sent, fault))
    return [_Cause(operation, key, tuple(seen)) for (operation, key), seen in groups.items()]


def _confirmed(session: Session, judge: Judge, cause: _Cause) -> tuple[str, FuzzFailure] | None:
    """The failure with the smallest request, or None where it does not show again."""
    by_size = sorted(cause.seen, key=lambda pair: _size(pair[0].case))
    for sent, fault in by_size[:MOST_TRIES]:
        again = _sent(session, judge, sent.case)
        same = _same_fault(judge, again, fault)
        if same is None and _is_between(judge, sent, fault):
            same, again = fault, sent
        if same is not None:
            smallest, shown = _shrunk(session, judge, again, same)
            return shown.key, _failure(judge, cause, smallest, shown)
    return None


def _is_between(judge: Judge, sent: Sent, fault: Fault) -> bool:
    """Whether it takes two answers to see the fault; those cannot be made smaller one by one."""
    return all(known.key != fault.key for known in judge.faults(sent))


def _shrunk(session: Session, judge: Judge, sent: Sent, fault: Fault) -> tuple[Sent, Fault]:
    """Take parts of the request away or make them simpler, as long as the same fault shows."""

    def same_fault(case: Case) -> tuple[Sent, Fault] | None:
        again = _sent(session, judge, case)
        same = _same_fault(judge, again, fault)
        return None if same is None else (again, same)

    _, found = smallest(
        sent.case,
        (sent, fault),
        simpler=judge.simpler,
        same_fault=same_fault,
        identity=lambda case: case.wire,
        most=MOST_STEPS,
    )
    return found


def _same_fault(judge: Judge, sent: Sent, shown: Fault) -> Fault | None:
    return next((fault for fault in judge.faults(sent) if fault.shows_as == shown.shows_as), None)


def _sent(session: Session, judge: Judge, case: Case) -> Sent:
    try:
        return Sent(case, judge.send(case))
    except NoAnswer as fault:
        # The recorder has it: the latest one without a reply to the request that the fault names.
        unanswered = (
            exchange
            for exchange in reversed(session.recorded())
            if exchange.reply is None and str(fault).startswith(f"{exchange.request.method} {exchange.request.target}:")
        )
        return Sent(case, next(unanswered, None))
    except Stopped:
        return Sent(case, None)


def _failure(judge: Judge, cause: _Cause, sent: Sent, fault: Fault) -> FuzzFailure:
    numbers = [known.exchange.number for known, _ in cause.seen if known.exchange is not None]
    if sent.exchange is not None:
        numbers = [sent.exchange.number, *numbers[:20]]
    return FuzzFailure(
        fault.requirement,
        judge.version(sent.case),
        cause.operation,
        fault.subject,
        fault.expected,
        fault.actual,
        tuple(sorted(set(numbers))),
        sent.exchange,
        len(cause.seen),
    )


def _size(case: Case) -> tuple[int, int]:
    return len(case.query), sum(len(value) for _, value in (*case.path, *case.query))
