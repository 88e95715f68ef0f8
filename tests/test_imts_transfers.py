"""imts, its transfers: what order, cancel, statuses and lookup make of systems that the proof does not have."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from conformance.certification import Certification, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.imts.call import Call
from conformance.contracts.imts.drafting import Drafting
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Transfer
from conformance.contracts.imts.variants import ChecksClientsLater, TakesTransfersInThePath, WaitsAfterConfirm
from conformance.contracts.imts.wire import STEPS, Status, all_at_pointer
from conformance.engine.run import Outcome
from conformance.engine.verdict import Verdict
from conformance.errors import UnreadableReply
from conformance.evidence.rejudging import rejudged
from conformance.serving import served
from tests.bench import all_defects, broken, story, tried_with, verdicts
from tests.bench import trial as any_trial

IMTS = contract("imts")
TOPICS = ("IMTS-ORDER", "IMTS-CANCEL", "IMTS-STATUSES", "IMTS-LOOKUP")
HANG_S = 60


def trial(provider_class: type[System] = System, *, only: tuple[str, ...] = TOPICS, **options: Any) -> Outcome:
    return any_trial(contract_id="imts", provider_class=provider_class, only=only, **options)


# --- at the same time -------------------------------------------------------------------------------------------


class Races(System):
    """Finds a transfer new, waits for another request to find it so, too, and confirms it then: the first one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._lock = nullcontext()  # type: ignore[assignment]
        self._both = threading.Barrier(2)
        self._first: str | None = None

    def may_confirm(self, transfer: Transfer) -> bool:
        is_new = super().may_confirm(transfer)
        self._first = self._first or transfer.id
        if is_new and transfer.id == self._first:
            self._both.wait(HANG_S)
        return is_new


def test_steps_that_truly_race_are_caught() -> None:
    outcome = trial(Races, only=("IMTS-ORDER-11",), workers=2)
    assert broken(outcome) == {"IMTS-ORDER-11"}, story(outcome)
    assert "confirm messages that were carried out" in story(outcome)


# --- other shapes of a system -----------------------------------------------------------------------------------


class TellsNoStatusInSteps(TakesTransfersInThePath):
    """Answers steps without a status, so that Status and Info alone tell one."""

    def response_to(self, call: Call) -> dict[str, Any]:
        shown = super().response_to(call)
        return {name: value for name, value in shown.items() if name != "status"} if call.method in STEPS else shown


class TellsOddStatuses(TellsNoStatusInSteps):
    """Spells one status in its own way."""

    def status_name(self, status: Status) -> str:
        return "IN_PROCESS" if status is Status.PROCESS else super().status_name(status)


def test_a_status_that_is_told_to_questions_alone_is_seen_by_its_path() -> None:
    good = trial(TellsNoStatusInSteps, **tried_with(TellsNoStatusInSteps))
    assert not broken(good), story(good)
    assert verdicts(good)["IMTS-STATUSES-01"] is Verdict.PASS
    odd = trial(TellsOddStatuses, **tried_with(TellsOddStatuses))
    assert broken(odd) == {"IMTS-STATUSES-01"}, story(odd)


@pytest.mark.parametrize("odd", [None, True, 1, "", "NEW", [], ["new"], {"new": 1}])
def test_a_status_of_any_kind_is_no_fault_of_ours(odd: Any) -> None:
    class TellsOddValues(System):
        def status_name(self, status: Status) -> Any:
            return odd

    outcome = trial(TellsOddValues)
    assert Verdict.ERROR not in verdicts(outcome).values(), story(outcome)
    assert broken(outcome) <= {"IMTS-STATUSES-01"}
    assert ("IMTS-STATUSES-01" in broken(outcome)) is (odd is not None)


BLIND = {"without": ("paths.status", "paths.info"), "settings": {"values.status": "/nowhere"}}


def test_where_no_status_can_be_seen_the_order_of_steps_is_judged_all_the_same() -> None:
    found = verdicts(trial(**BLIND))
    judged = {f"IMTS-ORDER-{number:02}" for number in (1, 2, 3, 4, 5, 6, 7, 10, 11, 13)}
    assert {name for name, verdict in found.items() if verdict is Verdict.PASS} >= judged
    assert found["IMTS-ORDER-09"] is Verdict.NOT_APPLICABLE
    assert {found[f"IMTS-STATUSES-0{number}"] for number in range(1, 8)} == {Verdict.INCONCLUSIVE}
    assert broken(trial(all_defects("imts")["PaysOutNewTransfers"], **BLIND)) == {"IMTS-ORDER-01"}


class ConfirmsPayoutsOfWaitingTransfers(WaitsAfterConfirm):
    """Is misled by its own word: what it calls waiting after confirm is taken for registered."""

    def may_confirm_payout(self, transfer: Transfer) -> bool:
        return self.status_shown(transfer) == Status.WAITING


def test_a_system_that_waits_after_confirm_still_owes_the_payout() -> None:
    outcome = trial(ConfirmsPayoutsOfWaitingTransfers)
    assert broken(outcome) == {"IMTS-ORDER-02"}, story(outcome)


class NeverDecides(ChecksClientsLater):
    """AML takes longer than anybody waits."""

    takes_s = 3600.0


def test_aml_that_does_not_decide_in_time_is_no_failure_and_no_pass() -> None:
    outcome = trial(NeverDecides)
    assert not broken(outcome), story(outcome)
    found = verdicts(outcome)
    assert found["IMTS-STATUSES-03"] is found["IMTS-ORDER-04"] is found["IMTS-CANCEL-02"] is Verdict.INCONCLUSIVE
    assert found["IMTS-CANCEL-01"] is found["IMTS-STATUSES-02"] is Verdict.PASS


def test_without_another_agent_the_rules_on_others_do_not_apply() -> None:
    found = verdicts(trial(without=("auth.other",)))
    others = {"IMTS-ORDER-13", "IMTS-CANCEL-07", "IMTS-LOOKUP-09", "IMTS-LOOKUP-10", "IMTS-LOOKUP-11"}
    assert {name for name in others if found[name] is Verdict.NOT_APPLICABLE} == others


class EchoesSearches(System):
    """Repeats the id that it was asked for, whether it has such a transfer or not."""

    def found_shown(self, transfers: Any) -> dict[str, Any]:
        return {"transfers": self._asked}

    def search(self, call: Call) -> list[Transfer]:
        self._asked = [{"transfer_id": call.members["transfer_id"]}]
        return super().search(call)


def test_a_search_that_repeats_the_question_earns_nothing() -> None:
    found = verdicts(trial(EchoesSearches, only=("IMTS-LOOKUP-06",)))
    assert found["IMTS-LOOKUP-06"] is Verdict.INCONCLUSIVE


# --- lists and ids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "pointer", "found"),
    [
        ({"list": [{"id": "a"}, {"id": "b"}]}, "/list/0/id", ["a", "b"]),
        ({"list": [{"id": "a"}, {"name": "b"}]}, "/list/0/id", ["a", None]),
        ({"list": []}, "/list/0/id", []),
        ([{"a": {"id": 1}}], "/0/a/id", [1]),
        ({"id": "a"}, "/id", ["a"]),
    ],
)
def test_a_pointer_through_the_first_element_means_each(value: Any, pointer: str, found: list[Any]) -> None:
    assert all_at_pointer(value, pointer) == found


@pytest.mark.parametrize("value", [{}, {"list": {"id": "a"}}, {"list": [{"name": "a"}]}])
def test_a_pointer_to_no_list_is_told_apart_from_an_empty_one(value: Any) -> None:
    with pytest.raises(UnreadableReply):
        all_at_pointer(value, "/list/0/id")


class CountsTransfers(System):
    """Gives its transfers short numbers, which other digits would soon hit."""

    def new_id(self, kind: str, call: Call) -> str:
        return str(len(self.store.transfers) + 1) if kind == "transfer" else super().new_id(kind, call)


def test_an_id_is_made_up_so_that_it_hits_no_other_transfer(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, str]] = []
    original = Drafting.made_up

    def noted(self: Drafting, transfer: Any) -> Any:
        unknown = original(self, transfer)
        made.append((transfer.id, unknown.id))
        return unknown

    monkeypatch.setattr(Drafting, "made_up", noted)
    assert not broken(trial(CountsTransfers, only=("IMTS-ORDER-10", "IMTS-LOOKUP-03")))
    assert {len(unknown) for known, unknown in made if len(known) < 12} == {36}
    made.clear()
    assert not broken(trial(only=("IMTS-ORDER-10", "IMTS-LOOKUP-03")))
    assert made
    for known, unknown in made:
        assert unknown != known
        assert [char for char in unknown if not char.isdigit()] == [char for char in known if not char.isdigit()]


# --- again, and over HTTP ---------------------------------------------------------------------------------------


def judged_again(folder: Path) -> None:
    result = rejudged(folder)
    assert not result.departures
    assert not result.left_over
    assert not [str(difference) for difference in result.differences]
    assert result.agrees


MINE = [name for name, defect in all_defects("imts").items() if defect.breaks.startswith(TOPICS)]


@pytest.mark.parametrize("name", ["", *MINE[::9]])
def test_transfers_are_judged_again_from_their_record(tmp_path: Path, name: str) -> None:
    defect = all_defects("imts")[name] if name else System
    trial(defect, folder=tmp_path, workers=4)
    judged_again(tmp_path)


def test_transfers_of_a_served_system_are_judged_alike_and_again(tmp_path: Path) -> None:
    stand = IMTS.stand(provider_class=all_defects("imts")["PaysOutWhatWasCanceledInProcess"])
    with served(stand.provider) as url:
        document = stand.configuration(url) | {"limits": {"max_rps": 1000}}
        declaration, _ = parsed(document, IMTS.configuration, Path("served.toml"))
        options = Options(tmp_path, workers=8, only=TOPICS)
        outcome = Certification(IMTS, declaration, options, quiet=True).conduct()
    assert broken(outcome) == {"IMTS-ORDER-07"}, story(outcome)
    judged_again(tmp_path)
