"""What a proof is made of: every provider, null target and defect that the checks are tried on.

An exhibit is a name and the options of its trial, small enough to travel to another process.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from conformance.contracts import contract
from conformance.engine.run import FUZZ, CheckResult, Outcome
from conformance.engine.verdict import Level, Verdict
from conformance.proof.trial import trial
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.recorder import Exchange

if TYPE_CHECKING:
    from conformance.engine.contract import Contract

NOW = datetime(2026, 5, 4, 9, 30, 41, tzinfo=UTC)  # one moment for all, so that a proof comes out the same anywhere
ODD_MOMENTS = (
    datetime(2028, 2, 29, 23, 59, 30, tzinfo=UTC),  # a leap day
    datetime(2026, 12, 31, 19, 0, 30, tzinfo=UTC),  # the new year has begun in Kazakhstan
    datetime(2026, 3, 31, 18, 59, 30, tzinfo=UTC),  # a month ends there
)


class Kind(StrEnum):
    """What the checks are tried on, and so what is expected of them."""

    REFERENCE = "reference"  # nothing fails and nothing is left open
    VARIANT = "variant"  # nothing fails; open is only what its data do not show
    DEFECT = "defect"  # the one requirement that it breaks fails, and no other
    MISHAP = "mishap"  # a bug as banks have them: exactly the requirements that it shows in fail
    NULL = "null target"  # nothing that must be kept passes


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One thing that the checks are tried on. `name` is that of the class or null target."""

    contract_id: str
    kind: Kind
    name: str
    role: str = ""
    versions: tuple[str, ...] = ()
    now: datetime = NOW

    @property
    def label(self) -> str:
        """The name, and on what stand it is tried where that is not the usual one."""
        stand = [self.role, " ".join(self.versions), f"{self.now:%Y-%m-%d %H:%M:%S}" if self.now != NOW else ""]
        return ", ".join(filter(None, [self.name, *stand]))


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that failed, and the expectation in it (`topic.py:line`) that did; drawn requests have none."""

    check: str
    requirement: str
    version: str
    site: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What one trial showed. `held` are expectations that were reached, `lacking` what open checks missed."""

    exhibit: Exhibit
    verdict: str
    failures: tuple[Failure, ...]
    errors: tuple[str, ...]
    lacking: tuple[tuple[str, str], ...]
    passed: tuple[str, ...]
    held: frozenset[str]
    requests: int

    @property
    def broken(self) -> tuple[str, ...]:
        """The requirements that were found broken."""
        return tuple(sorted({failure.requirement for failure in self.failures}))


def exhibits(the_contract: Contract) -> list[Exhibit]:
    """All that a proof of this contract tries, in a fixed order."""
    one = the_contract.id
    found = []
    for role in the_contract.roles:
        found.append(Exhibit(one, Kind.REFERENCE, "Reference", role))
        found.append(Exhibit(one, Kind.REFERENCE, "Reference", role, the_contract.versions))
    found += [Exhibit(one, Kind.REFERENCE, "Reference", now=moment) for moment in ODD_MOMENTS]
    found += [Exhibit(one, Kind.VARIANT, name) for name in the_contract.variants()]
    found += [Exhibit(one, Kind.DEFECT, name) for name in the_contract.defects()]
    found += [Exhibit(one, Kind.MISHAP, name) for name in the_contract.mishaps()]
    stand = the_contract.stand(clock=lambda: NOW)
    found += [Exhibit(one, Kind.NULL, name) for name in the_contract.null_targets(stand)]
    if the_contract.null_clients is not None:
        for role in the_contract.attend:
            found += [Exhibit(one, Kind.NULL, name, role) for name in the_contract.null_clients(role)]
    return found


def tried(exhibit: Exhibit) -> Shown:
    """Run all checks on one exhibit."""
    the_contract = contract(exhibit.contract_id)
    options: dict[str, Any] = {}
    if exhibit.role:
        options["role"] = exhibit.role
    if exhibit.versions:
        options["versions"] = exhibit.versions
    match exhibit.kind:
        case Kind.VARIANT:
            variant = the_contract.variants()[exhibit.name]
            options |= {"provider_class": variant, **getattr(variant, "tried_with", {})}
        case Kind.DEFECT | Kind.MISHAP:
            broken = the_contract.broken_providers()[exhibit.name]
            options |= {"provider_class": broken, **getattr(broken, "tried_with", {})}
            options["fuzz"] = getattr(broken, "shown_by_fuzz", "")
        case Kind.NULL if the_contract.null_clients is not None and exhibit.role in the_contract.attend:
            options["provider_class"] = the_contract.null_clients(exhibit.role)[exhibit.name]
        case Kind.NULL:
            options["transport"] = InProcessTransport(
                the_contract.null_targets(the_contract.stand(clock=lambda: exhibit.now))[exhibit.name]
            )
    sent: list[Exchange] = []
    outcome = trial(exhibit.contract_id, exhibit.now, recorded=sent, **options)
    return _shown(exhibit, outcome, len(sent))


def _shown(exhibit: Exhibit, outcome: Outcome, requests: int) -> Shown:
    return Shown(
        exhibit,
        outcome.verdict.value,
        (
            *(_failure(result) for result in outcome.checks if result.verdict in (Verdict.FAIL, Verdict.WARN)),
            *(Failure(FUZZ, failure.requirement, failure.version, "") for failure in outcome.fuzz.failures),
        ),
        (
            *(f"{result.check.id}: {result.subject}" for result in outcome.checks if result.verdict is Verdict.ERROR),
            *([f"{FUZZ}: {outcome.fuzz.problem}"] if outcome.fuzz.is_error else []),
        ),
        tuple((result.check.id, result.missing) for result in outcome.checks if result.verdict is Verdict.INCONCLUSIVE),
        tuple(
            entry.requirement.id
            for entry in outcome.requirements
            if entry.verdict is Verdict.PASS and entry.requirement.level is Level.MUST
        ),
        frozenset().union(*(result.held for result in outcome.checks)),
        requests,
    )


def _failure(result: CheckResult) -> Failure:
    return Failure(result.check.id, result.check.requirement, result.version, result.site)
