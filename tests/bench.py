"""A test bench: one run of a contract's checks against a provider in this process."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from conformance.contracts import contract
from conformance.engine.run import Outcome
from conformance.engine.verdict import Verdict
from conformance.proof.trial import BASE_URL
from conformance.proof.trial import trial as proof_trial

__all__ = ["BASE_URL", "all_defects", "broken", "story", "trial", "tried_with", "verdicts"]


# No zone begins a day there. Read once, so that all trials of one test are of one day.
THIS_MORNING = datetime.now(UTC).replace(hour=9, minute=30, second=41, microsecond=0)


def trial(*, contract_id: str = "kz-accounts", now: datetime = THIS_MORNING, **options: Any) -> Outcome:
    """A trial as the proof makes it, today in the morning unless another is given."""
    return proof_trial(contract_id, now, **options)


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
    """The options of the stand on which a defect or variant shows: another role, other versions, a lower limit."""
    options: dict[str, Any] = getattr(provider_class, "tried_with", {})
    return options
