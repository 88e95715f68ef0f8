"""Drawn payments and sequences of calls: they blame no lawful gateway, and tell a broken one by its shortest story."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.instant_payment.fuzzing import BUDGETS
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import Status
from conformance.engine.contract import FuzzPlan
from conformance.engine.run import Outcome, Run, Selection
from conformance.engine.verdict import RunVerdict, Verdict
from conformance.errors import UsageError
from conformance.fuzz.adapter import draws
from conformance.fuzz.sequences import Graph, Step, as_json, from_json
from conformance.proof.exhibits import Exhibit, Kind, tried
from conformance.transport.channel import Channel
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Exchange, Recorder
from conformance.transport.timing import VirtualTimer
from tests.bench import BASE_URL

IP = contract("instant-payment")
NOW = datetime(2026, 5, 4, 9, 30, 41, tzinfo=UTC)
SHOWN_BY_FUZZ = {name: defect for name, defect in IP.defects().items() if hasattr(defect, "shown_by_fuzz")}
VARIANTS = {name: variant for name, variant in IP.variants().items() if issubclass(variant, Gateway)}


def fuzzed(
    provider_class: type[Any] = Gateway,
    *,
    budget: str = "quick",
    seed: int = 7,
    workers: int = 1,
    replay: Path | None = None,
    handler: Any = None,
    recorded: list[Exchange] | None = None,
    **stand_options: Any,
) -> Outcome:
    """One phase of fuzzing and nothing else, against a gateway in this process, in virtual time."""
    timer = VirtualTimer(NOW)
    stand = IP.stand(
        provider_class=provider_class, clock=timer.now, monotonic=timer.monotonic, sleep=timer.sleep, **stand_options
    )
    declaration, _ = parsed(stand.configuration(BASE_URL), IP.configuration, Path("fuzz.toml"))
    recorder = Recorder(IP.privacy(declaration).redactor())
    channel = Channel(InProcessTransport(handler or stand.provider), recorder, timer=timer)
    plan, selection = FuzzPlan(budget, seed, replay), Selection(only=("fuzz",))
    run = Run(IP, declaration, channel, recorder, now=NOW, workers=workers, selection=selection, fuzz=plan)
    outcome = run.execute()
    if recorded is not None:
        recorded += recorder.exchanges
    return outcome


def stories(outcome: Outcome) -> list[tuple[str, ...]]:
    """The calls that show each failure; what came is cut off, but for the last one."""
    return [
        (*(step.rpartition(": HTTP")[0] for step in failure.steps[:-1]), failure.steps[-1])
        for failure in outcome.fuzz.failures
    ]


# --- what is lawful -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [7, 100, 101])
def test_the_reference_gateway_is_never_blamed(seed: int) -> None:
    outcome = fuzzed(seed=seed)
    assert (outcome.fuzz.failures, outcome.fuzz.problem) == ((), "")
    assert outcome.fuzz.operations == 4
    assert len(outcome.fuzz.requests) == sum(BUDGETS["quick"]) + 1


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_never_blamed(name: str) -> None:
    variant = VARIANTS[name]
    outcome = fuzzed(variant, **getattr(variant, "tried_with", {}))
    assert (outcome.fuzz.failures, outcome.fuzz.problem) == ((), "")


def test_neither_is_a_gateway_of_which_less_is_declared() -> None:
    outcome = fuzzed(without=("payer.rejected", "banks.other", "keys.other"), settings={"messages.confirm_keys": False})
    assert (outcome.fuzz.failures, outcome.fuzz.problem) == ((), "")


# --- what is broken -------------------------------------------------------------------------------------------

_TO_PAYER = ("Validate Payee", "wait, and Get a Payment", "Validate Payer", "wait, and Get a Payment")
_TAKEN, _ONCE_MORE = "HTTP 200, result_code 1, SENDING", "Validate Payee under the same reference"
_EARLY = "answer to Make a Payment after PAYEE_VALIDATED"
_WHICH = f"payment in the answer to {_ONCE_MORE}: expected that of the first, actual another"
_BACK = "Get a Payment at the end: HTTP 200, result_code 1, PAYER_VALIDATED; status of the payment"
SHORTEST: dict[str, tuple[str, ...]] = {
    "GivesInToInsistence": (
        *("Validate Payee", "wait, and Get a Payment", "Make a Payment"),
        f"Make a Payment: {_TAKEN}; {_EARLY}: expected a refusal, actual {_TAKEN}",
    ),
    "StepsBackToRepeatedPayers": (
        *(*_TO_PAYER, "Make a Payment", "the same Validate Payer once more"),
        f"{_BACK}: expected the same as before, or one that follows, actual PAYER_VALIDATED after SENDING",
    ),
    "ForgetsReferencesOfRejectedPayments": (
        *("Validate Payee to nobody", "wait, and Get a Payment"),
        f"{_ONCE_MORE}: HTTP 200, result_code 1, PAYEE_VALIDATING; {_WHICH}",
    ),
}


@pytest.mark.parametrize("name", SHORTEST)
def test_what_only_a_sequence_shows_is_told_by_the_shortest_one(name: str) -> None:
    defect = SHOWN_BY_FUZZ[name]
    outcome = fuzzed(defect, budget=defect.shown_by_fuzz)
    assert {failure.requirement for failure in outcome.fuzz.failures} == {defect.breaks}
    assert SHORTEST[name] in stories(outcome)
    assert outcome.verdict is RunVerdict.NON_CONFORMANT
    assert {entry.requirement.id for entry in outcome.requirements if entry.verdict is Verdict.FAIL} == {defect.breaks}


def test_what_only_drawn_data_show_is_told_with_the_least_of_them() -> None:
    (told,) = stories(fuzzed(SHOWN_BY_FUZZ["CountsTetriInFloats"]))
    assert told[:-2] == _TO_PAYER
    assert told[-2].startswith("Make a Payment with amount")
    assert "currency" not in told[-2], "the currency has nothing to do with it"
    assert "payment_data.amount: expected" in told[-1]
    (told,) = stories(fuzzed(SHOWN_BY_FUZZ["CutsLongData"]))
    assert told[:2] == _TO_PAYER[:2]
    assert len(told) == 4, "neither a confirmation nor a pause has anything to do with it"
    assert "Validate Payer with" in told[2]


@pytest.mark.parametrize("name", SHOWN_BY_FUZZ)
def test_the_checks_alone_do_not_show_it(name: str) -> None:
    """Or it would prove nothing for the drawing; a proof tries both."""
    shown = tried(Exhibit(IP.id, Kind.DEFECT, name))
    assert {(one.check, one.requirement) for one in shown.failures} == {("fuzz", SHOWN_BY_FUZZ[name].breaks)}
    assert shown.errors == ()


def test_a_fault_that_does_not_show_again_is_none() -> None:
    class FailsOnce(Gateway):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self._handled = 0

        def handle(self, request: Request) -> Reply:
            self._handled += 1
            return Reply(503, (), b"") if self._handled in (20, 60) else super().handle(request)

    recorded: list[Exchange] = []
    assert fuzzed(FailsOnce, recorded=recorded).fuzz.failures == ()
    assert sum(one.reply is not None and one.reply.status == 503 for one in recorded) == 2


def test_a_gateway_that_fails_at_certain_data_is_told_with_them() -> None:
    class StumblesOverCapitals(Gateway):
        def check_reference(self, call: Any, sender: Any) -> None:
            if "Z" in call.members["sender_party_reference_id"]:
                raise RuntimeError("no such collation")
            super().check_reference(call, sender)

    logging.disable(logging.CRITICAL)  # it fails inside, on purpose
    outcome = fuzzed(StumblesOverCapitals, budget="standard")
    logging.disable(logging.NOTSET)
    assert [failure.requirement for failure in outcome.fuzz.failures] == ["IPG-REFUSALS-01"]
    ((told,),) = stories(outcome)
    assert "Z" in told
    assert told.endswith("expected no fault of the server, actual HTTP 500, result_code INTERNAL")


def test_a_gateway_that_never_goes_on_is_left_open() -> None:
    class StandsStill(Gateway):
        delays = dict.fromkeys(Gateway.delays, 3600.0)

    fuzz = fuzzed(StandsStill).fuzz
    assert fuzz.failures == ()
    assert fuzz.problem == f"a payment that leaves {Status.PAYEE_VALIDATING} within 20 s"


@pytest.mark.parametrize("name", IP.null_targets(IP.stand()))
def test_a_null_target_earns_nothing(name: str) -> None:
    outcome = fuzzed(handler=IP.null_targets(IP.stand())[name])
    assert outcome.verdict is not RunVerdict.CONFORMANT
    assert outcome.fuzz.failures or outcome.fuzz.problem


# --- the same requests ----------------------------------------------------------------------------------------


def sent(recorded: list[Exchange]) -> list[tuple[str, str, bytes]]:
    return sorted((one.place, one.request.target, one.request.body) for one in recorded)


def test_the_same_seed_sends_the_same_requests_whatever_the_workers(tmp_path: Path) -> None:
    one: list[Exchange] = []
    many: list[Exchange] = []
    again: list[Exchange] = []
    first = fuzzed(recorded=one)
    assert fuzzed(workers=4, recorded=many).fuzz.requests == first.fuzz.requests
    assert [(place, target) for place, target, _ in sent(many)] == [(place, target) for place, target, _ in sent(one)]
    assert fuzzed(seed=8).fuzz.requests[1:] != first.fuzz.requests[1:]
    path = tmp_path / "fuzz-requests.jsonl"
    path.write_text("\n".join(first.fuzz.requests) + "\n", "utf-8")
    assert fuzzed(replay=path, recorded=again).fuzz.requests == first.fuzz.requests
    assert sent(again) == sent(one), "byte for byte, with one worker in virtual time"


def test_a_list_of_another_contract_is_named(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text('{"format":"conformance-fuzz-requests/1"}\n{"operation":"v3 accounts"}\n', "utf-8")
    with pytest.raises(UsageError, match="line 2 is no request of such a list"):
        fuzzed(replay=path)
    path.write_text('{"format":"conformance-fuzz-requests/1"}\n{"calls":[{"call":"Pay twice","values":[]}]}\n', "utf-8")
    with pytest.raises(UsageError, match="no call Pay twice"):
        fuzzed(replay=path)


# --- the graph ------------------------------------------------------------------------------------------------


def test_sequences_walk_along_the_graph_and_off_it() -> None:
    graph = Graph("shut", {"open": {"shut": "open"}, "enter": {"open": "inside"}, "knock": {}})
    drawn = draws(graph.sequences(6), 60, 1)
    assert draws(graph.sequences(6), 60, 1) == drawn
    rules = [tuple(step.rule for step in steps) for steps in drawn]
    assert all(3 <= len(steps) <= 6 for steps in drawn)
    assert any(steps[0] == "enter" for steps in rules), "illegal at once"
    assert any(steps[:2] == ("open", "enter") for steps in rules), "to the last state"
    assert any(("knock", "knock") in pairwise(steps) for steps in rules), "the same again"


def test_a_sequence_is_stored_and_read() -> None:
    steps = (Step("open", (("name", "ჯ\u2028"),)), Step("knock"))
    assert from_json(as_json(steps), ("open", "knock")) == steps
