"""The laws that need no trial of every provider; `test_proof` holds those that do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.contracts import contract, contract_ids
from conformance.transport.recorder import Exchange
from tests.bench import all_defects, trial

KZ = contract("kz-accounts")


def test_mishaps_have_names_and_stories_of_their_own() -> None:
    assert not KZ.mishaps().keys() & KZ.defects().keys()
    assert all(
        mishap.__doc__ and all(name in KZ.register for name in mishap.symptoms) for mishap in KZ.mishaps().values()
    )


@pytest.mark.parametrize("contract_id", contract_ids())
def test_every_check_is_failed_by_some_defect(contract_id: str) -> None:
    checked = {entry.requirement for entry in contract(contract_id).checks}
    assert checked == {defect.breaks for defect in all_defects(contract_id).values()}


@pytest.mark.parametrize("contract_id", contract_ids())
def test_every_requirement_has_a_check_or_says_why_not(contract_id: str) -> None:
    the_contract = contract(contract_id)
    checked = {entry.requirement for entry in the_contract.checks}
    assert checked == {entry.id for entry in the_contract.register if the_contract.is_due(entry)}


@pytest.mark.parametrize("contract_id", contract_ids())
def test_the_same_seed_gives_the_same_requests_whatever_the_workers(contract_id: str) -> None:
    assert requests_of(contract_id, workers=1) == requests_of(contract_id, workers=4)


def requests_of(contract_id: str, workers: int) -> set[tuple[str, str]]:
    """What a run sent; neither which thread came first nor the time in a signed message is part of the promise."""
    sent: list[Exchange] = []
    trial(contract_id=contract_id, workers=workers, now=datetime(2026, 5, 4, 9, 30, tzinfo=UTC), recorded=sent)
    return {(one.request.method, one.request.target.partition("signed_message=")[0]) for one in sent}
