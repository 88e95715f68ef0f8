"""Findings on a message as they are made, and at the end one at least for every requirement on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from conformance.engine.offline import Finding
from conformance.engine.register import Requirement
from conformance.engine.verdict import Level, Verdict


class Notebook:
    """Collects findings on these requirements. `stopped` is why nothing further could be looked at, if so."""

    def __init__(self, requirements: Sequence[Requirement]) -> None:
        self._requirements = {requirement.id: requirement for requirement in requirements}
        self._findings: list[Finding] = []
        self.stopped = ""

    def right(self, requirement: str, subject: str, seen: str = "") -> None:
        self._add(requirement, Verdict.PASS, subject, actual=seen)

    def wrong(self, requirement: str, subject: str, expected: str, actual: str) -> None:
        """A broken MUST, or a warning where the source only recommends."""
        verdict = Verdict.FAIL if self._requirements[requirement].level is Level.MUST else Verdict.WARN
        self._add(requirement, verdict, subject, expected, actual)

    def judge(self, requirement: str, subject: str, holds: bool, expected: str, actual: str) -> bool:
        """Either of the two; `actual` is what was seen."""
        if holds:
            self.right(requirement, subject, actual)
        else:
            self.wrong(requirement, subject, expected, actual)
        return holds

    def unknown(self, requirements: Collection[str], subject: str, why: str) -> None:
        for requirement in requirements:
            self._add(requirement, Verdict.INCONCLUSIVE, subject, missing=why)

    def absent(self, requirements: Collection[str], subject: str, why: str) -> None:
        for requirement in requirements:
            self._add(requirement, Verdict.NOT_APPLICABLE, subject, missing=why)

    def is_judged(self, requirement: str) -> bool:
        return any(finding.requirement == requirement for finding in self._findings)

    def finish(self) -> tuple[Finding, ...]:
        """All findings in the order of the register; whatever was not reached is unknown."""
        why = self.stopped or "what comes before it in the message is wrong"
        self.unknown([name for name in self._requirements if not self.is_judged(name)], "message", why)
        order = {name: place for place, name in enumerate(self._requirements)}
        return tuple(sorted(dict.fromkeys(self._findings), key=lambda finding: order[finding.requirement]))

    def _add(
        self, requirement: str, verdict: Verdict, subject: str, expected: str = "", actual: str = "", missing: str = ""
    ) -> None:
        self._findings.append(Finding(requirement, verdict, subject, expected, actual, missing))
