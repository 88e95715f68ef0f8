"""Fuzzing: it finds what is broken, never what is lawful, and sends the same requests for the same seed."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.provider import Provider
from conformance.engine.contract import FuzzFailure, FuzzPlan
from conformance.engine.run import Outcome, Run, Selection
from conformance.engine.verdict import RunVerdict, Verdict
from conformance.transport.channel import Channel
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Exchange, Recorder
from conformance.transport.timing import VirtualTimer
from tests.bench import BASE_URL, tried_with

KZ = contract("kz-accounts")
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
ALL_VERSIONS = ("v3", "v2", "v1", "providers-v1")


def fuzzed(
    provider_class: type[Any] = Provider,
    *,
    budget: str = "quick",
    seed: int = 7,
    workers: int = 1,
    replay: Path | None = None,
    handler: Any = None,
    now: datetime = NOW,
    recorded: list[Exchange] | None = None,
    **stand_options: Any,
) -> Outcome:
    """One phase of fuzzing and nothing else, against a provider in this process, in virtual time."""
    timer = VirtualTimer(now)
    stand_options = {"requests_per_second": 100_000, "sleep": timer.sleep, **stand_options}
    stand = KZ.stand(provider_class=provider_class, clock=timer.now, monotonic=timer.monotonic, **stand_options)
    declaration, _ = parsed(stand.configuration(BASE_URL), KZ.configuration, Path("fuzz.toml"))
    recorder = Recorder(KZ.privacy(declaration).redactor(), io.StringIO())
    channel = Channel(InProcessTransport(handler or stand.provider), recorder, timer=timer)
    run = Run(
        KZ,
        declaration,
        channel,
        recorder,
        now=now,
        workers=workers,
        selection=Selection(only=("fuzz",)),
        fuzz=FuzzPlan(budget, seed, replay),
    )
    outcome = run.execute()
    if recorded is not None:
        recorded += recorder.exchanges
    assert not outcome.fuzz.problem, outcome.fuzz.problem
    return outcome


def requirements(outcome: Outcome) -> set[str]:
    return {failure.requirement for failure in outcome.fuzz.failures}


def story(outcome: Outcome) -> str:
    return "\n".join(
        f"{failure.requirement} {failure.operation}: {failure.subject} | expected {failure.expected} | actual "
        f"{failure.actual} | {failure.evidence and failure.evidence.request.target}"
        for failure in outcome.fuzz.failures
    )


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, list[Exchange], Path]:
    """A run of the standard budget against the reference provider, and the list that it stored."""
    recorded: list[Exchange] = []
    outcome = fuzzed(budget="standard", recorded=recorded)
    path = tmp_path_factory.mktemp("fuzz") / "fuzz-requests.jsonl"
    path.write_text("\n".join(outcome.fuzz.requests) + "\n", "utf-8")
    return outcome, recorded, path


# --- what is broken is found ------------------------------------------------------------------------------


class SendsAnExtraField(Provider):
    def transaction_json(self, *arguments: Any) -> dict[str, Any]:
        return {**super().transaction_json(*arguments), "internalId": 7}


class SendsFloatAmounts(Provider):
    def amount_json(self, money: Any) -> dict[str, Any]:
        return {**super().amount_json(money), "amount": money.amount / 100}


class SendsNull(Provider):
    def account_json(self, *arguments: Any) -> dict[str, Any]:
        return {"description": None, **super().account_json(*arguments)}


class SendsEmptyText(Provider):
    def transaction_json(self, *arguments: Any) -> dict[str, Any]:
        return {"description": "", **super().transaction_json(*arguments)}


class WritesDatesWithoutZone(Provider):
    def date_time_json(self, moment: datetime) -> str:
        return super().date_time_json(moment)[:19]


class TakesDatesWithoutZone(Provider):
    def date_time_value(self, name: str, text: str) -> datetime:
        return super().date_time_value(name, text if text[-1:] == "Z" or "+" in text else f"{text}Z")


class TakesAnySize(Provider):
    def page_size_is_allowed(self, size: int) -> bool:
        return size >= 1


class TakesPageZero(Provider):
    def page_number(self, call: Call) -> int:
        return 1 if call.values("pageNumber") == ("0",) else super().page_number(call)


class IgnoresTheSize(Provider):
    def page_size(self, call: Call) -> int:
        super().page_size(call)
        return 10


class MiscountsTheItems(Provider):
    def total_items(self, matching: Sequence[Any], *rest: Any) -> int:
        return len(matching) + 1


class ShowsWhatIsOlder(Provider):
    def transaction_is_late_enough(self, *arguments: Any) -> bool:
        return True


class TakesAnyType(Provider):
    def type_filter(self, call: Call) -> Any:
        known = {"CURRENT_ACCOUNT", "CREDIT_CARD", "DEBIT_CARD", "SAVINGS"}
        return super().type_filter(call) if set(call.values("type")) <= known else frozenset(known)


class StumblesOverAQuote(Provider):
    def decoded(self, text: str, where: str) -> str:
        found = super().decoded(text, where)
        if "'" in found:
            raise RuntimeError("unterminated string")
        return found


class ShowsHtmlErrors(Provider):
    def error_reply(self, refusal: Any, request: Request) -> Reply:
        page = f"<!DOCTYPE html><html><h1>{refusal.status}</h1></html>".encode()
        return Reply(refusal.status, (("Content-Type", "text/html"),), page)


class ForgetsTheDescription(Provider):
    def error_body(self, refusal: Any) -> dict[str, Any]:
        return {name: value for name, value in super().error_body(refusal).items() if name != "description"}


class CallsItPlainText(Provider):
    def content_type(self, status: int) -> str:
        return "text/plain"


class SendsAnUnknownStatus(Provider):
    def transaction_json(self, *arguments: Any) -> dict[str, Any]:
        return {**super().transaction_json(*arguments), "status": "DONE"}


BROKEN: Mapping[type[Provider], set[str]] = {
    SendsAnExtraField: {"KZA-SHAPE-07"},
    SendsFloatAmounts: {"KZA-SHAPE-05"},
    SendsNull: {"KZA-EMPTY-03"},
    SendsEmptyText: {"KZA-EMPTY-01"},
    WritesDatesWithoutZone: {"KZA-DATES-01"},
    TakesDatesWithoutZone: {"KZA-MOMENTS-03", "KZA-MOMENTS-23"},
    TakesAnySize: {"KZA-PAGING-05", "KZA-PAGING-25"},
    TakesPageZero: {"KZA-PAGING-06", "KZA-PAGING-26"},
    IgnoresTheSize: {"KZA-PAGING-04", "KZA-PAGING-24"},
    MiscountsTheItems: {"KZA-PAGING-09", "KZA-PAGING-29"},
    ShowsWhatIsOlder: {"KZA-CONTENTS-01"},
    TakesAnyType: {"KZA-FILTER-07"},
    StumblesOverAQuote: {"KZA-FAILURES-03"},
    ShowsHtmlErrors: {"KZA-ERRORS-01", "KZA-ERRORS-08"},
    ForgetsTheDescription: {"KZA-ERRORS-02"},
    CallsItPlainText: {"KZA-HEADERS-11"},
    SendsAnUnknownStatus: {"KZA-SHAPE-07"},
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_what_is_broken_is_found_and_named(
    broken: type[Provider], standard: tuple[Outcome, list[Exchange], Path]
) -> None:
    """With the list that the standard budget draws for the reference provider: to draw it anew takes longer."""
    logging.disable(logging.CRITICAL)  # one of them fails inside, on purpose
    outcome = fuzzed(broken, replay=standard[2])
    logging.disable(logging.NOTSET)
    assert requirements(outcome) >= BROKEN[broken], story(outcome)
    assert outcome.verdict is RunVerdict.NON_CONFORMANT
    failed = {entry.requirement.id for entry in outcome.requirements if entry.verdict is Verdict.FAIL}
    assert failed == requirements(outcome)


def test_a_failure_is_shrunk_to_what_shows_it() -> None:
    logging.disable(logging.CRITICAL)
    outcome = fuzzed(StumblesOverAQuote)
    logging.disable(logging.NOTSET)
    targets = [failure.evidence.request.target for failure in outcome.fuzz.failures if failure.evidence]
    assert targets
    assert all(target.count("%27") == 1 and target.count("=") <= 1 for target in targets), targets


def test_a_cause_is_told_once_however_often_it_shows() -> None:
    failures = fuzzed(SendsAnUnknownStatus).fuzz.failures
    assert len(failures) == 1
    assert failures[0].count > 10
    assert len(failures[0].exchanges) <= 21


def test_a_fault_that_does_not_show_again_is_none() -> None:
    """An outage that passes, or data that came in between, proves nothing."""
    assert not fuzzed(FailsEverySixth).fuzz.failures


class FailsEverySixth(Provider):
    """Each request fails the first time it is made, one in six of them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._seen: set[str] = set()

    def handle(self, request: Request) -> Reply:
        is_new = request.target not in self._seen
        self._seen.add(request.target)
        if is_new and len(self._seen) % 6 == 0:
            return self.error_reply(self.internal_error(), request)
        return super().handle(request)


@pytest.mark.parametrize("broken", [IgnoresTheSize, WritesDatesWithoutZone], ids=lambda broken: broken.__name__)
def test_what_spoils_the_discoveries_is_found_as_well(broken: type[Provider]) -> None:
    outcome = fuzzed(broken, budget="standard")
    assert requirements(outcome) >= BROKEN[broken], story(outcome)


# --- what is lawful is not --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_reference_provider_is_never_blamed(seed: int) -> None:
    outcome = fuzzed(seed=100 + seed)
    assert not outcome.fuzz.failures, story(outcome)


def test_a_budget_is_the_number_of_cases(standard: tuple[Outcome, list[Exchange], Path]) -> None:
    outcome, recorded, _ = standard
    assert not outcome.fuzz.failures, story(outcome)
    assert outcome.fuzz.cases == len(recorded) == 450


@pytest.mark.parametrize("options", [{"role": "system"}, {"versions": ALL_VERSIONS}], ids=["system", "all versions"])
def test_neither_are_other_roles_and_versions(options: dict[str, Any]) -> None:
    outcome = fuzzed(**options)
    assert not outcome.fuzz.failures, story(outcome)
    assert outcome.fuzz.operations == (13 if "versions" in options else 4)


@pytest.mark.parametrize("name", KZ.variants())
def test_a_variant_is_never_blamed(name: str) -> None:
    variant = KZ.variants()[name]
    outcome = fuzzed(variant, seed=len(name) % 3, **tried_with(variant))  # drawing is remembered by seed
    assert not outcome.fuzz.failures, story(outcome)


def test_a_provider_with_a_low_limit_is_never_blamed() -> None:
    recorded: list[Exchange] = []
    outcome = fuzzed(requests_per_second=7, recorded=recorded)
    assert not outcome.fuzz.failures, story(outcome)
    assert any(exchange.reply and exchange.reply.status == 429 for exchange in recorded), "the limit must be met"


@pytest.mark.parametrize("name", KZ.null_targets(KZ.stand()))
def test_a_null_target_earns_nothing(name: str) -> None:
    outcome = fuzzed(handler=KZ.null_targets(KZ.stand())[name])
    assert outcome.verdict is not RunVerdict.CONFORMANT
    assert not [entry for entry in outcome.requirements if entry.verdict is Verdict.PASS]


# --- the same requests ------------------------------------------------------------------------------------


def targets_of(recorded: Sequence[Exchange]) -> list[str]:
    return sorted(exchange.request.target for exchange in recorded)


def test_the_same_seed_sends_the_same_requests_whatever_the_workers() -> None:
    one: list[Exchange] = []
    many: list[Exchange] = []
    other: list[Exchange] = []
    first = fuzzed(workers=1, recorded=one)
    assert fuzzed(workers=5, recorded=many).fuzz.requests == first.fuzz.requests
    assert fuzzed(seed=8, recorded=other).fuzz.requests != first.fuzz.requests
    assert targets_of(one) == targets_of(many) != targets_of(other)


def test_a_stored_list_is_replayed_exactly(standard: tuple[Outcome, list[Exchange], Path]) -> None:
    _, recorded, path = standard
    again: list[Exchange] = []
    outcome = fuzzed(replay=path, workers=3, recorded=again)
    assert targets_of(again) == targets_of(recorded)
    assert not outcome.fuzz.failures, story(outcome)


def test_a_list_replayed_a_month_later_is_judged_by_the_new_date(
    standard: tuple[Outcome, list[Exchange], Path],
) -> None:
    """A window of then may be too old by now: the demand follows the request and the clock, not the list."""
    outcome = fuzzed(replay=standard[2], now=NOW.replace(month=6))
    assert not outcome.fuzz.failures, story(outcome)


def test_a_stored_list_finds_what_is_broken(standard: tuple[Outcome, list[Exchange], Path]) -> None:
    outcome = fuzzed(TakesAnySize, replay=standard[2])
    assert requirements(outcome) == BROKEN[TakesAnySize], story(outcome)


def test_a_stored_list_holds_nothing_personal(standard: tuple[Outcome, list[Exchange], Path]) -> None:
    text = standard[2].read_text("utf-8")
    stand = KZ.stand(now=NOW)
    configuration = stand.configuration(BASE_URL)
    assert not [account.iban for account in stand.provider.ledger.accounts if account.iban in text]
    assert not [token for token in configuration["auth"]["static"].values() if token in text]
    assert "{existing_iban}" in text


# --- what the cases are -----------------------------------------------------------------------------------


def answered(standard: tuple[Outcome, list[Exchange], Path]) -> Iterator[tuple[dict[str, Any], Reply]]:
    """Each case of the list with its answer; the list is sent in its order by one worker."""
    outcome, recorded, _ = standard
    for line, exchange in zip(outcome.fuzz.requests[1:], recorded, strict=False):
        assert exchange.reply is not None
        yield json.loads(line), exchange.reply


def test_most_positive_transaction_cases_return_rows(standard: tuple[Outcome, list[Exchange], Path]) -> None:
    rows = [
        len(json.loads(reply.body)["data"]["transactions"])
        for case, reply in answered(standard)
        if case["operation"] == "v3 transactions" and case["intent"] == "positive" and reply.status == 200
    ]
    assert len(rows) > 100
    assert sum(map(bool, rows)) / len(rows) >= 0.6


def test_positive_and_negative_cases_of_every_operation_get_what_they_should(
    standard: tuple[Outcome, list[Exchange], Path],
) -> None:
    statuses: dict[tuple[str, str], set[int]] = {}
    for case, reply in answered(standard):
        statuses.setdefault((case["operation"], case["intent"]), set()).add(reply.status)
    for operation in ("v3 accounts", "v3 balance", "v3 transactions", "exists"):
        assert statuses[operation, "positive"] == {200}
        assert statuses[operation, "negative"] <= {400, 404}


def test_every_requirement_that_fuzzing_knows_stands_in_the_register() -> None:
    folder = Path(__file__).resolve().parent.parent / "conformance" / "contracts" / "kz_accounts" / "fuzzing"
    named = {name for path in folder.glob("*.py") for name in re.findall(r"KZA-[A-Z]+-\d\d\b", path.read_text("utf-8"))}
    assert named
    assert not [name for name in named if name not in KZ.register]


def test_a_failure_knows_its_evidence() -> None:
    failure: FuzzFailure = fuzzed(TakesAnyType).fuzz.failures[0]
    assert failure.evidence is not None
    assert failure.evidence.number in failure.exchanges
    assert failure.version == "v3"
