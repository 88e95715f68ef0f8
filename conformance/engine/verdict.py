"""Verdicts of a check, a requirement and a run, and how the larger follow from the smaller."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Level(StrEnum):
    """How strongly the source asks (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Verdict(StrEnum):
    """What a check, or all checks of a requirement, showed."""

    PASS = "pass"
    FAIL = "fail"  # a MUST is broken
    WARN = "warn"  # a SHOULD is broken
    INCONCLUSIVE = "inconclusive"  # could not be observed; says what is missing
    ERROR = "error"  # our own fault
    NOT_APPLICABLE = "not_applicable"  # the declaration says so
    NOT_OBSERVABLE = "not_observable"  # the register says why
    ATTESTED = "attested"  # the bank's word
    WAIVED = "waived"


class RunVerdict(StrEnum):
    """What a whole run showed."""

    CONFORMANT = "conformant"
    NON_CONFORMANT = "non_conformant"
    INCONCLUSIVE = "inconclusive"


# Worst first. A requirement is not applicable only where all of its checks are.
_WORST_FIRST = (
    Verdict.FAIL,  # a failure is proof, whatever else went wrong
    Verdict.ERROR,
    Verdict.WARN,
    Verdict.INCONCLUSIVE,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a requirement from those of its checks; without any check nothing is known."""
    seen = set(verdicts)
    return next((verdict for verdict in _WORST_FIRST if verdict in seen), Verdict.INCONCLUSIVE)


def of_run(requirements: Iterable[tuple[Level, Verdict]], whole: bool) -> RunVerdict:
    """Conformant only if the whole contract was asked for and every applicable MUST is settled for the good.

    A failure is proof whether the run is complete or not. A broken SHOULD, or one that could
    not be observed, is reported and does not decide; an error of the suite leaves the run open.
    """
    settled = {Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_OBSERVABLE, Verdict.ATTESTED, Verdict.WAIVED}
    judged = list(requirements)
    if any(verdict is Verdict.FAIL for _, verdict in judged):
        return RunVerdict.NON_CONFORMANT
    open_ones = any(
        verdict is Verdict.ERROR or (level is Level.MUST and verdict not in settled) for level, verdict in judged
    )
    # A run that observed nothing at all proves nothing.
    if open_ones or not whole or not any(verdict is Verdict.PASS for _, verdict in judged):
        return RunVerdict.INCONCLUSIVE
    return RunVerdict.CONFORMANT
