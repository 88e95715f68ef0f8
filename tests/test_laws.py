"""The laws: what conforms never fails, what is broken never passes, what is nothing earns nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.contracts import contract, contract_ids
from conformance.contracts.kz_accounts.wire import Version
from conformance.engine.verdict import Level, RunVerdict, Verdict
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.nulls import NULL_TARGETS
from conformance.transport.recorder import Exchange
from tests.bench import all_defects, broken, story, trial, tried_with, verdicts

KZ = contract("kz-accounts")
ROLES = ("provider", "system")


@pytest.mark.parametrize("versions", [(Version.V3,), tuple(Version)], ids=["v3", "all versions"])
@pytest.mark.parametrize("role", ROLES)
def test_the_reference_provider_conforms(role: str, versions: tuple[Version, ...]) -> None:
    outcome = trial(role=role, versions=versions)
    assert outcome.verdict is RunVerdict.CONFORMANT, story(outcome)
    unknown = {
        entry.requirement.id
        for entry in outcome.requirements
        if entry.verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.WARN)
    }
    assert not unknown, story(outcome)


@pytest.mark.parametrize("name", KZ.variants())
def test_a_variant_never_fails(name: str) -> None:
    variant = KZ.variants()[name]
    outcome = trial(provider_class=variant)
    assert not broken(outcome), story(outcome)
    assert not verdicts(outcome, Verdict.ERROR), story(outcome)
    if not variant.lacks:
        assert outcome.verdict is RunVerdict.CONFORMANT, story(outcome)


@pytest.mark.parametrize("name", all_defects())
def test_a_defect_fails_its_requirement_and_no_other(name: str) -> None:
    defect = all_defects()[name]
    outcome = trial(provider_class=defect, **tried_with(defect))
    assert broken(outcome) == {defect.breaks}, story(outcome)
    assert not verdicts(outcome, Verdict.ERROR), story(outcome)


@pytest.mark.parametrize("contract_id", contract_ids())
def test_every_check_is_failed_by_some_defect(contract_id: str) -> None:
    checked = {entry.requirement for entry in contract(contract_id).checks}
    assert checked == {defect.breaks for defect in all_defects(contract_id).values()}


@pytest.mark.parametrize("contract_id", contract_ids())
def test_every_requirement_has_a_check_or_says_why_not(contract_id: str) -> None:
    the_contract = contract(contract_id)
    checked = {entry.requirement for entry in the_contract.checks}
    assert checked == {entry.id for entry in the_contract.register if entry.is_checked}


@pytest.mark.parametrize("name", NULL_TARGETS)
def test_a_null_target_earns_no_pass(name: str) -> None:
    outcome = trial(transport=InProcessTransport(NULL_TARGETS[name]))
    musts = {
        entry.requirement.id
        for entry in outcome.requirements
        if entry.verdict is Verdict.PASS and entry.requirement.level is Level.MUST
    }
    assert not musts, musts
    assert outcome.verdict is not RunVerdict.CONFORMANT
    assert not verdicts(outcome, Verdict.ERROR), story(outcome)


def test_the_same_seed_gives_the_same_requests_whatever_the_workers() -> None:
    assert requests_of(workers=1) == requests_of(workers=4)


def requests_of(workers: int) -> set[tuple[str, str]]:
    """What a run sent; which thread came first is not part of the promise."""
    sent: list[Exchange] = []
    trial(workers=workers, now=datetime(2026, 5, 4, 9, 30, tzinfo=UTC), recorded=sent)
    return {(exchange.request.method, exchange.request.target) for exchange in sent}


def test_version_names_of_register_are_those_of_the_contract() -> None:
    known = {version.value for version in Version}
    assert all(set(entry.versions) <= known for entry in KZ.register)
