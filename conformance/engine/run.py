"""A run: which checks concern the target, carried out by several threads, and what they showed."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from conformance.engine.check import Check
from conformance.engine.contract import Contract, FuzzOutcome, FuzzPlan
from conformance.engine.observation import Failed, Inconclusive, NotApplicable, Observation, observing
from conformance.engine.register import RegisterError
from conformance.engine.session import Memory, Session
from conformance.engine.verdict import Level, RunVerdict, Verdict, of_run, worst
from conformance.errors import NoAnswer, UnreadableReply, UsageError
from conformance.transport.channel import Channel, Stopped
from conformance.transport.recorder import Exchange, Recorder

if TYPE_CHECKING:
    from conformance.config import Configuration
    from conformance.engine.register import Requirement

INTERRUPTED = "interrupted"
_CHECKS_PER_WORKER = 3
_MOST_RENEWALS = 2  # data that change faster than that cannot be judged
PROBE = "probe"  # the purpose of what is sent before any check
ATTENDANCE = "attendance"  # that of what comes to the suite before any check
FUZZ = "fuzz"  # the name of that phase in a selection


def without_stop(reason: str) -> str:
    """What a check lacks that a stop of the run cut short or kept from beginning."""
    return f"a run that is not cut short ({reason})"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check showed for one version."""

    check: Check
    version: str
    verdict: Verdict
    duration_ms: float = 0.0
    subject: str = ""
    expected: str = ""
    actual: str = ""
    missing: str = ""
    exchanges: tuple[int, ...] = ()
    evidence: Exchange | None = None
    readings: tuple[tuple[str, str], ...] = ()
    held: frozenset[str] = frozenset()
    site: str = ""


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """A requirement with the verdict of all its checks, or the reason why there are none."""

    requirement: Requirement
    verdict: Verdict
    checks: tuple[CheckResult, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of the register is asked for: ids or prefixes of requirements or checks.

    `ID@VERSION` is one check for one version alone.
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    def wants(self, item: Check, version: str) -> bool:
        names = (item.requirement, item.id, item.id.split("/", 1)[1])
        one = f"{item.id}@{version}"
        hit = {
            pattern
            for pattern in self.only + self.skip
            if pattern == one or any(name.startswith(pattern) for name in names)
        }
        return (not self.only or bool(hit & set(self.only))) and not hit & set(self.skip)

    @property
    def wants_fuzz(self) -> bool:
        return (not self.only or FUZZ in self.only) and FUZZ not in self.skip

    @property
    def is_whole(self) -> bool:
        return not (self.only or self.skip)


@dataclass(slots=True)
class Outcome:
    """All that a run showed so far; complete once every selected check had its turn."""

    checks: list[CheckResult] = field(default_factory=list)
    fuzz: FuzzOutcome = field(default_factory=FuzzOutcome)
    requirements: list[RequirementResult] = field(default_factory=list)
    verdict: RunVerdict = RunVerdict.INCONCLUSIVE
    complete: bool = False
    stop_reason: str = ""


class Run:
    """Carries out the checks of a contract against one target.

    `listener` is called after each check with its result, from the thread that ran it, one at a time.
    The clock is read once; `time_limit_s` counts from `execute`. Checks that are `left_out`, by id and version, end
    as if the run had been stopped before them, for the reason given. What a target that calls the suite has to do is
    told to `announce`.
    """

    def __init__(
        self,
        contract: Contract,
        declaration: Configuration,
        channel: Channel,
        recorder: Recorder,
        *,
        now: datetime,
        seed: int = 0,
        workers: int = 4,
        selection: Selection = Selection(),
        time_limit_s: float | None = None,
        fuzz: FuzzPlan | None = None,
        left_out: Mapping[tuple[str, str], str] = MappingProxyType({}),
        listener: Callable[[CheckResult], None] = lambda result: None,
        announce: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.contract = contract
        self.declaration = declaration
        self.selection = selection
        self.outcome = Outcome()
        self._channel = channel
        self._recorder = recorder
        self.now = now
        self.seed = seed
        self.workers = workers
        self._time_limit_s = time_limit_s
        self._listener = listener
        self._announce = announce
        self._left_out = left_out
        self.fuzz_plan = fuzz if selection.wants_fuzz else None
        self._memory = Memory(seed)
        self._lock = threading.Lock()
        self.planned = planned(contract, declaration, selection)

    def execute(self) -> Outcome:
        """Run every selected check. Once the channel is stopped, the rest ends inconclusive without a request."""
        timer = threading.Timer(self._time_limit_s or 0, self._out_of_time)
        timer.daemon = True
        if self._time_limit_s:
            timer.start()
        try:
            self._attend()
            shared = [item for item in self.planned if not item[0].exclusive]
            self._in_parallel(shared)
            if self.fuzz_plan is not None:
                self.outcome.fuzz = self._fuzzed(self.fuzz_plan)
            for item, version in self.planned:
                if item.exclusive:
                    self._one(item, version)
        finally:
            timer.cancel()
        self._settle(complete=self._channel.stop_reason is None)
        return self.outcome

    @property
    def is_called(self) -> bool:
        """Whether the target calls the suite, and not the other way round."""
        return self.declaration.role in self.contract.attend

    def _attend(self) -> None:
        if self.is_called:
            with observing(Observation()):
                self.contract.attend[self.declaration.role](self.session(ATTENDANCE), self._announce)

    def probe(self) -> None:
        """One look at the target before any verdict. Raises TargetUnreachable when none could be had.

        A target that calls the suite cannot be looked at.
        """
        if self.is_called:
            return
        with observing(Observation()):
            self.contract.probe(self.session(PROBE))

    def settled_so_far(self) -> Outcome:
        """The outcome as of now. Called by the listener, for results that are written while the run goes on."""
        self._settle(complete=False)
        return self.outcome

    def session(self, purpose: str) -> Session:
        """What the check named `purpose` may use; its random source depends on the seed and that name alone."""
        return Session(
            self.declaration,
            self.now,
            purpose,
            self._channel,
            self._memory,
            lambda: list(self._recorder.exchanges),
            self._recorder.redactor,
            self.workers,
        )

    def _fuzzed(self, plan: FuzzPlan) -> FuzzOutcome:
        """What fuzzing shows; its failures count for the requirements that they break."""
        if self.contract.fuzz is None:
            return FuzzOutcome(problem=f"the contract {self.contract.id} has no fuzzing")
        try:
            with observing(Observation()):
                outcome = self.contract.fuzz(self.session(FUZZ), plan)
            broken = {failure.requirement for failure in outcome.failures}
            unknown = {name for name in broken if name not in self.contract.register}
            if unknown:
                raise RegisterError(f"fuzzing found {', '.join(sorted(unknown))}, which stand in no register")
        except Inconclusive as open_end:
            return FuzzOutcome(problem=open_end.missing)
        except UsageError:
            raise
        except Exception as fault:
            trace = traceback.format_exc(limit=-3)
            return FuzzOutcome(problem=f"{type(fault).__name__}: {fault}\n{trace}", is_error=True)
        return outcome

    def _in_parallel(self, items: Sequence[tuple[Check, str]]) -> None:
        if self.workers == 1:
            for item, version in items:
                self._one(item, version)
            return
        # More threads than requests may be under way: a check that waits for a discovery leaves its place on the line
        # to another one. The channel holds the line to `workers` requests at once.
        with ThreadPoolExecutor(_CHECKS_PER_WORKER * self.workers, thread_name_prefix="check") as pool:
            futures = [pool.submit(self._one, item, version) for item, version in items]
        for future in futures:
            future.result()  # a fault outside of any check must not get lost

    def _one(self, item: Check, version: str) -> None:
        result = self._observe(item, version)
        with self._lock:
            self.outcome.checks.append(result)
            self._listener(result)

    def _observe(self, item: Check, version: str) -> CheckResult:
        observation = Observation()
        started = time.monotonic()
        verdict, subject, expected, actual, missing = Verdict.PASS, "", "", "", ""
        with observing(observation):
            try:
                stopped = self._channel.stop_reason or self._left_out.get((item.id, version))
                if stopped is not None:
                    raise Stopped(stopped)
                self._carry_out(item, self.contract.opened(self.session(f"{item.id}@{version}"), version))
                if not observation.held:
                    raise RuntimeError("the check ended without an expectation")
            except Failed as failure:
                must = self.contract.register[item.requirement].level is Level.MUST
                verdict = Verdict.FAIL if must else Verdict.WARN
                subject, expected, actual = failure.subject, failure.expected, failure.actual
            except Inconclusive as open_end:
                verdict, missing = Verdict.INCONCLUSIVE, open_end.missing
                subject, expected, actual = open_end.subject, open_end.expected, open_end.actual
            except NotApplicable as reason:
                verdict, subject = Verdict.NOT_APPLICABLE, reason.subject
            except UnreadableReply as fault:
                verdict, subject, actual = Verdict.INCONCLUSIVE, fault.where, fault.why
                missing = f"an answer that can be read ({fault})"
            except NoAnswer as fault:
                verdict, missing = Verdict.INCONCLUSIVE, f"an answer to {fault}"
            except Stopped as reason:
                verdict, missing = Verdict.INCONCLUSIVE, without_stop(str(reason))
            except Exception as fault:
                verdict, subject = Verdict.ERROR, f"{type(fault).__name__}: {fault}"
                actual = traceback.format_exc(limit=-3)
        evidence = observation.evidence or (observation.exchanges[-1] if observation.exchanges else None)
        return CheckResult(
            item,
            version,
            verdict,
            (time.monotonic() - started) * 1000,
            subject,
            expected,
            actual,
            missing,
            tuple(sorted({exchange.number for exchange in observation.exchanges})),
            evidence if verdict in (Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE) else None,
            tuple(observation.readings),
            frozenset(observation.held),
            observation.site if verdict in (Verdict.FAIL, Verdict.WARN) else "",
        )

    def _carry_out(self, item: Check, target: Any) -> None:
        """Run a check; once more where it did not pass and the target's data changed meanwhile, as they may."""
        renewed = None if item.exclusive else self.contract.renewed  # an exclusive check judges what was recorded
        for left in reversed(range(_MOST_RENEWALS + 1)):
            try:
                item.function(target)
            except (Failed, Inconclusive):
                target = renewed(target) if renewed is not None and left else None
                if target is None:
                    raise
            else:
                return

    def _out_of_time(self) -> None:
        self._channel.stop(f"time limit of {self._time_limit_s:g} s reached")

    def _is_broken_by_fuzzing(self, requirement: Requirement) -> bool:
        return any(failure.requirement == requirement.id for failure in self.outcome.fuzz.failures)

    def _settle(self, complete: bool) -> None:
        order = {key: place for place, key in enumerate((item.id, version) for item, version in self.planned)}
        results = sorted(self.outcome.checks, key=lambda result: order[result.check.id, result.version])
        by_requirement: dict[str, list[CheckResult]] = {}
        for result in results:
            by_requirement.setdefault(result.check.requirement, []).append(result)
        planned = {item.requirement for item, _ in self.planned}
        judged = [
            self._judged(requirement, tuple(by_requirement.get(requirement.id, ())), requirement.id in planned)
            for requirement in self.contract.register
        ]
        self.outcome.checks = results
        self.outcome.requirements = [entry for entry in judged if entry is not None]
        complete = complete and not self.outcome.fuzz.problem
        self.outcome.complete = complete
        self.outcome.stop_reason = self._channel.stop_reason or ""
        # A selection can prove a failure, but never that the whole contract is kept.
        self.outcome.verdict = of_run(
            ((entry.requirement.level, entry.verdict) for entry in self.outcome.requirements),
            complete and len(results) == len(self.planned) and self.selection.is_whole,
        )

    def _judged(
        self, requirement: Requirement, results: tuple[CheckResult, ...], planned: bool
    ) -> RequirementResult | None:
        """The verdict of one requirement, or None where the selection leaves it out."""
        if reason := _out_of_reach(requirement, self.declaration):
            return RequirementResult(requirement, Verdict.NOT_APPLICABLE, (), reason)
        if requirement.not_observable:
            return RequirementResult(requirement, Verdict.NOT_OBSERVABLE, (), requirement.not_observable)
        if requirement.attestation:
            word = self.declaration.attestations.get(requirement.id)
            if word:
                return RequirementResult(requirement, Verdict.ATTESTED, (), word)
            unanswered = f'not answered; under [attestations] say: "{requirement.id}" = "{requirement.attestation}"'
            return RequirementResult(requirement, Verdict.NOT_OBSERVABLE, (), unanswered)
        seen = [result.verdict for result in results]
        if self._is_broken_by_fuzzing(requirement):
            seen.append(Verdict.FAIL if requirement.level is Level.MUST else Verdict.WARN)
        if seen:
            verdict = worst(seen)
            reason = results[0].subject if verdict is Verdict.NOT_APPLICABLE else ""
            return RequirementResult(requirement, verdict, results, reason)
        if planned or self.selection.is_whole:
            return RequirementResult(requirement, Verdict.INCONCLUSIVE, (), "no check of it has run")
        return None


def planned(
    contract: Contract, declaration: Configuration, selection: Selection = Selection()
) -> list[tuple[Check, str]]:
    """The selected checks that concern a target, once for each declared version that their requirement knows."""
    return [
        (item, version)
        for item in contract.checks
        if not _out_of_reach(requirement := contract.requirement_of(item), declaration)
        and (item.roles is None or declaration.role in item.roles)
        for version in declaration.versions
        if version in requirement.versions and selection.wants(item, version)
    ]


def _out_of_reach(requirement: Requirement, declaration: Configuration) -> str:
    if declaration.role not in requirement.roles:
        return f"asked of {' and '.join(requirement.roles)}, not of the role {declaration.role}"
    if not set(declaration.versions) & set(requirement.versions):
        return f"concerns {', '.join(requirement.versions)}; declared: {', '.join(declaration.versions)}"
    return ""
