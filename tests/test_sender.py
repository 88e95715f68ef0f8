"""instant-payment, role sender: the laws, the suite as a served gateway, and its judgement from the record alone."""

from __future__ import annotations

import atexit
import copy
import json
import socket
import sys
import tomllib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance import cli
from conformance.certification import Certification, Exit, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.instant_payment.null_senders import NULL_SENDERS
from conformance.contracts.instant_payment.sender import BankClient
from conformance.contracts.instant_payment.sender_declaration import SenderDeclaration
from conformance.contracts.instant_payment.sender_stand import SCENARIOS, sender_stand
from conformance.contracts.instant_payment.variants import VARIANTS
from conformance.engine.verdict import RunVerdict, Verdict
from conformance.errors import ConfigError
from conformance.evidence.rejudging import rejudged
from tests.bench import all_defects, broken, story, trial, tried_with, verdicts
from tests.paying import OverHttp, client_of

IPG = contract("instant-payment")
NOW = datetime(2026, 5, 4, 9, 30, 41, tzinfo=UTC)
SENDERS = {name: one for name, one in all_defects(IPG.id).items() if tried_with(one).get("role") == "sender"}
Change = Callable[[dict[str, Any]], Any]
Command = Callable[..., int]


# --- laws -----------------------------------------------------------------------------------------------------


def test_the_reference_sender_conforms() -> None:
    outcome = trial(contract_id=IPG.id, now=NOW, role="sender")
    assert {result.verdict for result in outcome.checks} == {Verdict.PASS}, story(outcome)
    assert outcome.verdict is RunVerdict.CONFORMANT


@pytest.mark.parametrize("name", NULL_SENDERS)
def test_a_null_sender_earns_no_pass(name: str) -> None:
    outcome = trial(contract_id=IPG.id, now=NOW, role="sender", provider_class=NULL_SENDERS[name])
    assert Verdict.PASS not in {result.verdict for result in outcome.checks}, story(outcome)
    assert not verdicts(outcome, Verdict.ERROR), story(outcome)


def test_every_requirement_on_a_sender_has_a_check_and_a_sender_that_breaks_it() -> None:
    asked = {entry.id for entry in IPG.register if "sender" in entry.roles and entry.is_checked}
    assert {entry.requirement for entry in IPG.checks if entry.roles == ("sender",)} == asked
    assert {one.breaks for one in SENDERS.values()} == asked


def test_checks_of_a_gateway_are_not_asked_of_a_sender() -> None:
    roles = {entry.roles for entry in IPG.checks}
    assert roles == {("gateway",), ("sender",)}


def test_no_variant_of_a_sender_hides_one_of_a_gateway() -> None:
    assert VARIANTS.items() <= IPG.variants().items()


@pytest.mark.parametrize("left_out", [name for name in SCENARIOS if name != "good"])
def test_a_payment_that_was_not_made_is_named(left_out: str) -> None:
    class Forgets(BankClient):
        def call(self, server: Any, *_: Any) -> None:
            self.mobiles = [number for number in self.mobiles if number not in SCENARIOS[left_out]]
            super().call(server)

    outcome = trial(contract_id=IPG.id, now=NOW, role="sender", provider_class=Forgets)
    missing = {result.missing for result in outcome.checks if result.verdict is Verdict.INCONCLUSIVE}
    assert missing == {f"a payment to the mobile number of scenarios.{left_out}[0]"}
    assert not broken(outcome)


# --- the record -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "WritesIsoDates", "KeepsOneKeyForAll", "UsesAnotherPadding", "NeverConfirms"])
def test_a_run_is_judged_again_from_its_record_without_the_private_keys(name: str, tmp_path: Path) -> None:
    options = tried_with(SENDERS[name]) | {"provider_class": SENDERS[name]} if name else {"role": "sender"}
    trial(contract_id=IPG.id, now=NOW, folder=tmp_path, **options)
    again = rejudged(tmp_path)
    assert again.agrees, [*again.departures, *again.differences]
    for path in tmp_path.iterdir():
        text = path.read_text("utf-8")
        for secret in ("995577445566", "12345678901", "Beradze", "ბერაძე", "BEGIN PRIVATE KEY"):
            assert secret not in text, path


# --- over HTTP ------------------------------------------------------------------------------------------------


@cache
def _document() -> dict[str, Any]:
    document = sender_stand(interval_s=0.3).configuration(f"http://127.0.0.1:{_reserved().getsockname()[1]}")
    document["sender"]["wait_s"] = 600.0  # no machine is too slow
    document["polling"]["patience_s"] = 3600.0
    return document


@cache
def _reserved() -> socket.socket:
    """Keeps a port from everybody else; who reuses addresses, as the gateway does, may listen at it all the same."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", 0))
    atexit.register(taken.close)
    return taken


def document(change: Change = lambda document: None) -> dict[str, Any]:
    changed = copy.deepcopy(_document())
    change(changed)
    return changed


def paid(settings: dict[str, Any], mobile: str) -> None:
    gateway = OverHttp(settings["target"]["base_url"])
    client_of(settings, [mobile]).call(gateway)
    gateway.close()


@pytest.fixture
def conformance(monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, run in this process; gives its exit code."""

    def run(*words: object) -> int:
        monkeypatch.setattr(sys, "argv", ["conformance", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(left.value.code or 0)

    return run


def test_a_client_over_http_is_certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes all payments at once, as soon as it is told that it may."""
    settings = document()
    declaration, _ = parsed(settings, SenderDeclaration, Path("x.toml"))
    certification = Certification(IPG, declaration, Options(tmp_path), quiet=True)
    mobiles = [mobile for places in settings["scenarios"].values() for mobile in places]
    with ThreadPoolExecutor(len(mobiles)) as pool:
        payments: list[Future[None]] = []

        def announced(sentence: str) -> None:
            if not payments:
                payments.extend(pool.submit(paid, settings, mobile) for mobile in mobiles)

        monkeypatch.setattr(certification.progress, "announce", announced)
        outcome = certification.conduct()
    assert [payment.result() for payment in payments] == [None] * len(mobiles)
    assert {result.verdict for result in outcome.checks} == {Verdict.PASS}, story(outcome)
    assert certification.exit_code(outcome) is Exit.CONFORMANT
    assert (tmp_path / "report.html").is_file()
    assert rejudged(tmp_path).agrees


def test_a_command_is_started_for_each_number(
    tmp_path: Path, conformance: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "conformance.json"
    program = [sys.executable, "-m", "tests.paying", str(config), "{mobile}"]
    settings = document(lambda it: it["sender"].update(command=program))
    settings["scenarios"] = {"good": settings["scenarios"]["good"]}
    config.write_text(json.dumps(settings), "utf-8")
    code = conformance("run", config, "--report-dir", tmp_path / "report")
    told = capfd.readouterr().err
    assert code == Exit.INCONCLUSIVE, told  # what the other scenarios show was not seen
    results = json.loads((tmp_path / "report" / "results.json").read_text("utf-8"))
    assert results["counts"]["checks"] == {**results["counts"]["checks"], "pass": 59, "fail": 0, "inconclusive": 6}
    assert f"serving the gateway at {settings['target']['base_url']}" in told
    assert "995577445566" not in told


def test_nobody_who_comes_is_inconclusive_and_named(
    tmp_path: Path, conformance: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "conformance.json"
    config.write_text(json.dumps(document(lambda it: it["sender"].update(wait_s=0.3))), "utf-8")
    code = conformance("run", config, "--report-dir", tmp_path / "report")
    assert code == Exit.INCONCLUSIVE
    assert "not seen to its end: scenarios.good[0]" in capfd.readouterr().err


@pytest.mark.parametrize("command", [["run", "--contract", "instant-payment"], ["serve", "instant-payment"]])
def test_a_sender_is_neither_served_nor_embedded(
    command: list[str], conformance: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    code = conformance(*command, "--role", "sender")
    assert code == Exit.USAGE
    assert "--role sender" in capfd.readouterr().err


# --- configuration --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda it: it["keys"].update(sender={}), "keys.sender.public: is missing"),
        (lambda it: it["keys"]["receiver"].pop("private"), "keys.receiver.private: is missing"),
        (lambda it: it["banks"]["receiver"].update(code="BAGAGE22"), "the two of them have the same code"),
        (lambda it: it["scenarios"].update(good=["1"]), "scenarios.good"),
        (lambda it: it["scenarios"].update(slow=["+995 577 445566"]), "stands in two scenarios"),
        (lambda it: it["scenarios"].update(slow=["nobody"]), "a mobile number has digits"),
        (lambda it: it["target"].update(base_url="https://gateway.example"), "should be http://"),
        (lambda it: it["sender"].update(comand=["x"]), 'did you mean "command"?'),
    ],
)
def test_a_fault_of_the_configuration_is_named(change: Change, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(document(change), SenderDeclaration, Path("x.toml"))
    assert sentence in str(caught.value)


def test_the_template_holds_the_settings_of_the_stand(conformance: Command, tmp_path: Path) -> None:
    assert conformance("init", "instant-payment", "--role", "sender", "--out", tmp_path / "x.toml") == 0
    written = tomllib.loads((tmp_path / "x.toml").read_text("utf-8"))
    assert written["scenarios"] == {name: list(numbers) for name, numbers in SCENARIOS.items()}
    written["keys"] |= {name: document()["keys"][name] for name in ("sender", "receiver")}
    assert parsed(written, SenderDeclaration, Path("x.toml"))[0].role == "sender"


def test_a_command_that_cannot_be_started_is_named(
    tmp_path: Path, conformance: Command, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "conformance.json"
    config.write_text(json.dumps(document(lambda it: it["sender"].update(command=["no-such-program"]))), "utf-8")
    code = conformance("run", config, "--report-dir", tmp_path / "report")
    assert code == Exit.USAGE
    assert "sender.command: no-such-program cannot be started" in capfd.readouterr().err
