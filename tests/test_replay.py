"""Law 5: a recorded run, judged again from its folder alone, gives the same verdicts, check by check."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.certification import Certification, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.sample import FIRST_CLIENT, SECOND_CLIENT
from conformance.errors import BadRecord, NoAnswer
from conformance.evidence.rejudging import Rejudgement, rejudged
from conformance.serving import served
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.message import Reply, Request
from conformance.transport.nulls import NULL_TARGETS
from conformance.transport.recorder import Exchange, Recorder, exchange_of
from conformance.transport.redaction import Redactor
from tests.bench import all_defects, trial, tried_with
from tests.bundles import BURST, EndsTheTime, RefusesTheHundredth
from tests.test_leaks import SaysEverythingItKnows

KZ = contract("kz-accounts")
NOW = datetime(2026, 5, 4, 9, 30, 41, tzinfo=UTC)
Change = Callable[[dict[str, Any]], None]


def agreeing(folder: Path, verdict: str | None = None) -> Rejudgement:
    """The new judgement of a run, which says the same as the run."""
    result = rejudged(folder)
    assert not result.departures
    assert not result.left_over
    assert not [str(difference) for difference in result.differences]
    assert result.agrees
    assert verdict is None or result.document["verdict"] == result.recorded["verdict"] == verdict
    return result


# --- over HTTP --------------------------------------------------------------------------------------------------


def certified(folder: Path, provider_class: type[Any], *, cut_after: int = 0, **options: Any) -> None:
    """A real run over HTTP, which leaves its folder; its time is over after so many requests, if any are given."""
    stand = KZ.stand(provider_class=provider_class, requests_per_second=1000)
    target = EndsTheTime(stand.provider, cut_after)
    with served(target) as url:
        document = stand.configuration(url)
        document["rate_limit"] = BURST if provider_class is RefusesTheHundredth else {"probe": False}
        declaration, _ = parsed(document, KZ.configuration, Path("replay.toml"))
        certification = Certification(KZ, declaration, Options(folder, **options), quiet=True)
        target.end = lambda: certification.channel.stop("time limit of 0.7 s reached")
        certification.conduct()


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with eight workers and fuzzing against a provider that errs."""
    folder = tmp_path_factory.mktemp("replay")
    certified(folder, all_defects()["AcceptsYearLongWindows"], workers=8, fuzz="quick")
    return folder


def test_a_run_of_many_workers_is_judged_again_without_network(fuzzed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: Any, **__: Any) -> Any:
        raise AssertionError("a replay needs no network")

    monkeypatch.setattr(socket, "create_connection", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    result = agreeing(fuzzed, "non_conformant")
    assert [entry["id"] for entry in result.document["requirements"] if entry["verdict"] == "fail"] == ["KZA-WINDOW-04"]
    assert result.document["fuzz"]["cases"] == 120
    assert len(result.document["checks"]) > 200
    assert result.document["run"]["requests"] > 1000


def test_a_burst_is_judged_again_by_the_times_on_record(tmp_path: Path) -> None:
    certified(tmp_path, RefusesTheHundredth, only=("KZA-RATELIMIT",), workers=4)
    verdicts = {entry["verdict"] for entry in agreeing(tmp_path).document["checks"]}
    assert verdicts == {"pass"}


def test_a_run_that_was_cut_short_is_judged_as_far_as_it_went(tmp_path: Path) -> None:
    certified(tmp_path, Provider, workers=4, cut_after=200)
    result = agreeing(tmp_path, "inconclusive")
    assert result.outcome.stop_reason == "time limit of 0.7 s reached"
    assert 100 < result.document["run"]["requests"] <= 203  # after the doctor, and with what was under way
    verdicts = {entry["verdict"] for entry in result.document["checks"]}
    assert "inconclusive" in verdicts and not verdicts & {"fail", "warn", "error"}


def test_the_record_holds_no_secret_and_no_client(fuzzed: Path) -> None:
    text = (fuzzed / "run.json").read_text("utf-8")
    document = json.loads(text)
    assert document["configuration"]["auth"]["static"]["full"] == "<TOKEN_FULL>"
    assert document["configuration"]["auth"]["mint"]["key"] == "<MINT_KEY>"
    assert not [word for word in ("PRIVATE KEY", "eyJ", FIRST_CLIENT, SECOND_CLIENT) if word in text]


# --- in process: providers that are hard to record -------------------------------------------------------------

NAMES = ("accounts", 'ТОО "Ромашка"', "Иванов Иван Иванович", "Testova Sample", "Ли", "BOOKED", "string")
TOLD = ("Перевод для Иванов Иван Иванович", 'Оплата ТОО "Ромашка"', "string", "for Testova Sample x", "880101300123")


class TalksAboutPeople(Provider):
    """Descriptions name the parties of other transactions; some parties are called like words of the contract."""

    def transaction_json(self, transaction: Any, account: Any, call: Any) -> dict[str, Any]:
        document = super().transaction_json(transaction, account, call)
        number = int(transaction.transaction_id[:4], 16)
        named = {name: NAMES[number % 7] for name in ("creditorName", "debtorName") if name in document}
        return {**document, **named, "description": TOLD[number % 5]}


class WritesAsciiOnly(TalksAboutPeople):
    """Every letter that is not Latin is escaped."""

    def answer(self, request: Request) -> Reply:
        reply = super().answer(request)
        return replace(reply, body=json.dumps(json.loads(reply.body)).encode()) if reply.body else reply


class SendsBytes(TalksAboutPeople):
    """Errors, and some other answers, end in bytes that are no UTF-8."""

    def handle(self, request: Request) -> Reply:
        reply = super().handle(request)
        return replace(reply, body=reply.body + b"\xff\x80\xed\xa0\x80") if reply.status >= 400 else reply


class Unreliable(Provider):
    """Breaks connections, is busy, and counts requests."""

    def handle(self, request: Request) -> Reply:
        number = self.__dict__["count"] = self.__dict__.get("count", 0) + 1
        if number % 17 == 0:
            raise NoAnswer("connection reset")
        if number % 13 == 0:
            return Reply(503, (), b"busy")
        if number % 11 == 0:
            return Reply(429, (("Retry-After", "2"), ("Content-Type", "application/json")), b"{}")
        return super().handle(request)


class Dies(Provider):
    """Answers nothing after 700 requests."""

    def handle(self, request: Request) -> Reply:
        self.__dict__["count"] = self.__dict__.get("count", 0) + 1
        if self.__dict__["count"] > 700:
            raise NoAnswer("connection refused")
        return super().handle(request)


class SendsTokensOn(Provider):
    """Every answer has the token in its Location."""

    def handle(self, request: Request) -> Reply:
        reply, token = super().handle(request), (request.header("Authorization") or "").partition(" ")[2]
        return replace(reply, headers=(*reply.headers, ("Location", f"https://bank.example/?t={token}")))


class CallsAccountsByIban(Provider):
    """The accountId is the IBAN."""

    def account_id_text(self, account: Any) -> str:
        return str(account.iban)


HARD = (
    Provider,
    SaysEverythingItKnows,
    TalksAboutPeople,
    WritesAsciiOnly,
    SendsBytes,
    Unreliable,
    Dies,
    SendsTokensOn,
    CallsAccountsByIban,
)


@pytest.mark.parametrize("provider_class", HARD, ids=lambda provider: provider.__name__)
def test_what_is_hard_to_record_is_judged_alike(tmp_path: Path, provider_class: type[Provider]) -> None:
    outcome = trial(provider_class=provider_class, folder=tmp_path, now=NOW, workers=6, fuzz="quick")
    assert agreeing(tmp_path, outcome.verdict.value).outcome.stop_reason == outcome.stop_reason


def test_the_hard_ones_show_what_they_are_for(tmp_path: Path) -> None:
    """Else the test above would prove little."""
    stopped = trial(provider_class=Dies, now=NOW)
    assert stopped.stop_reason == "the target stopped answering (connection refused)"
    sends_on = trial(provider_class=SendsTokensOn, now=NOW, only=("KZA-AUTH-10",), folder=tmp_path)
    assert sends_on.checks[0].verdict.value == "fail"
    bytes_sent: list[Exchange] = []
    trial(provider_class=SendsBytes, now=NOW, only=("KZA-WINDOW",), recorded=bytes_sent)
    assert any(exchange.reply and b"\xff" in exchange.reply.body for exchange in bytes_sent)


@pytest.mark.parametrize("name", list(all_defects())[11::45])
def test_a_defect_is_found_again(tmp_path: Path, name: str) -> None:
    defect = all_defects()[name]
    trial(provider_class=defect, folder=tmp_path, now=NOW, **tried_with(defect))
    broken = [entry for entry in agreeing(tmp_path).document["requirements"] if entry["verdict"] in ("fail", "warn")]
    assert [entry["id"] for entry in broken] == [defect.breaks]


@pytest.mark.parametrize("name", list(KZ.variants())[2::9])
def test_a_variant_is_cleared_again(tmp_path: Path, name: str) -> None:
    trial(provider_class=KZ.variants()[name], folder=tmp_path, now=NOW)
    agreeing(tmp_path)


@pytest.mark.parametrize("name", NULL_TARGETS)
def test_a_null_target_earns_as_little_again(tmp_path: Path, name: str) -> None:
    trial(transport=InProcessTransport(NULL_TARGETS[name]), folder=tmp_path, now=NOW)
    agreeing(tmp_path)


def opaque_tokens(document: dict[str, Any]) -> None:
    token = "an-opaque-token"
    document["auth"] = {"static": {"full": token, "accounts": token, "other_client": "a-second-opaque-token"}}


def one_person_twice(document: dict[str, Any]) -> None:
    document["auth"]["static"]["other_client"] = document["auth"]["static"]["full"]


def only_a_key(document: dict[str, Any]) -> None:
    del document["auth"]["static"]


def no_key_and_no_iban(document: dict[str, Any]) -> None:
    del document["auth"]["mint"], document["data"]["existing_iban"], document["data"]["missing_iban"]


@pytest.mark.parametrize("change", [opaque_tokens, one_person_twice, only_a_key, no_key_and_no_iban])
def test_what_a_configuration_lacks_is_lacking_again(tmp_path: Path, change: Change) -> None:
    trial(change=change, folder=tmp_path, now=NOW, workers=4)
    agreeing(tmp_path)


# --- a record that was changed ----------------------------------------------------------------------------------


def changed(folder: Path, to: Path, name: str, change: Callable[[str], str]) -> Path:
    """A copy of a report folder with one file changed."""
    copy = Path(shutil.copytree(folder, to / "copy"))
    (copy / name).write_text(change((copy / name).read_text("utf-8")), "utf-8")
    return copy


def line_of_refusal(folder: Path) -> int:
    """The place of the exchange that proves a refusal, in exchanges.jsonl."""
    result = next(
        entry
        for entry in json.loads((folder / "results.json").read_text("utf-8"))["checks"]
        if entry["requirement"] == "KZA-PAGING-05"
    )
    assert result["verdict"] == "pass"
    return int(max(result["exchanges"])) - 1


def test_another_status_on_record_is_another_verdict(fuzzed: Path, tmp_path: Path) -> None:
    place = line_of_refusal(fuzzed)

    def change(text: str) -> str:
        lines = text.split("\n")
        assert '"status": 400' in lines[place]
        lines[place] = lines[place].replace('"status": 400', '"status": 200')
        return "\n".join(lines)

    result = rejudged(changed(fuzzed, tmp_path, "exchanges.jsonl", change))
    assert not result.agrees
    told = {(entry.where, entry.member): (entry.recorded, entry.rejudged) for entry in result.differences}
    assert told["requirement KZA-PAGING-05", "verdict"] == ("pass", "inconclusive")
    assert told["requirement KZA-FAILURES-01", "verdict"] == ("pass", "fail"), "an error with status 200"


def test_an_exchange_that_is_missing_is_named(fuzzed: Path, tmp_path: Path) -> None:
    place = line_of_refusal(fuzzed)

    def change(text: str) -> str:
        lines = text.split("\n")
        del lines[place]
        return "\n".join(lines)

    result = rejudged(changed(fuzzed, tmp_path, "exchanges.jsonl", change))
    assert not result.agrees
    assert len(result.departures) == 1
    assert "is not" in result.departures[0]
    assert "on record" in result.departures[0]
    assert "error" in {entry.rejudged for entry in result.differences if entry.member == "verdict"}


def test_an_exchange_that_nobody_asked_for_is_named(fuzzed: Path, tmp_path: Path) -> None:
    def change(text: str) -> str:
        last = json.loads(text.split("\n")[-2])
        return text + json.dumps({**last, "n": 99_999, "place": "elsewhere"}) + "\n"

    result = rejudged(changed(fuzzed, tmp_path, "exchanges.jsonl", change))
    assert (result.agrees, result.left_over, result.departures) == (False, (99_999,), ())


def test_another_verdict_in_the_results_is_a_difference(fuzzed: Path, tmp_path: Path) -> None:
    def change(text: str) -> str:
        return text.replace('"verdict": "non_conformant"', '"verdict": "conformant"')

    result = rejudged(changed(fuzzed, tmp_path, "results.json", change))
    assert [str(entry) for entry in result.differences] == [
        "run: verdict: on record 'conformant', judged again 'non_conformant'"
    ]


def test_a_record_of_another_version_of_the_suite_can_be_read(fuzzed: Path, tmp_path: Path) -> None:
    """Its name goes out with each request, and is nothing that a check judges."""
    copy = changed(
        fuzzed, tmp_path, "exchanges.jsonl", lambda text: text.replace("openbanking-conformance/", "openbanking-x/")
    )
    agreeing(copy)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("run.json", lambda text: "{", "run.json: is not JSON"),
        ("run.json", lambda text: "[]", "run.json: is no JSON object"),
        (
            "run.json",
            lambda text: text.replace("conformance-record/1", "conformance-record/9"),
            "reads conformance-rec",
        ),
        (
            "run.json",
            lambda text: text.replace('"seed"', '"sead"'),
            "run.json: is no record of a run (KeyError: 'seed'",
        ),
        ("run.json", lambda text: text.replace('"kz-accounts"', '"kz-acounts"', 1), 'did you mean "kz-accounts"?'),
        (
            "run.json",
            lambda text: text.replace('"base_url": "http', '"base_url": "x'),
            "configuration: target.base_url",
        ),
        ("exchanges.jsonl", lambda text: text.replace('"request"', '"requests"', 1), "line 1 is no exchange (KeyError"),
        ("exchanges.jsonl", lambda text: text + "x\n", "is no exchange (JSONDecodeError"),
        ("results.json", lambda text: text.replace('"started_at"', '"begun_at"'), "results.json: run: KeyError"),
    ],
)
def test_a_folder_that_cannot_be_read_says_why(
    fuzzed: Path, tmp_path: Path, name: str, change: Callable[[str], str], said: str
) -> None:
    with pytest.raises(BadRecord) as caught:
        rejudged(changed(fuzzed, tmp_path, name, change))
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["run.json", "results.json", "exchanges.jsonl"])
def test_a_folder_of_a_run_that_is_not_over_says_what_is_missing(fuzzed: Path, tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(fuzzed, tmp_path / "copy"))
    (copy / name).unlink()
    with pytest.raises(BadRecord, match=f"{name}: is missing; a run leaves it when it is over"):
        rejudged(copy)


# --- exchanges on disk ------------------------------------------------------------------------------------------

LATIN = st.text(st.characters(codec="latin-1"), max_size=20)


@given(body=st.binary(max_size=60), sent=st.binary(max_size=20), header=LATIN, status=st.integers(100, 599))
def test_an_exchange_is_read_as_it_was_written(body: bytes, sent: bytes, header: str, status: int) -> None:
    recorder = Recorder(Redactor())
    request = Request("PUT", "/a?b=%FF", (("X-A", header), ("x-a", "")), sent)
    reply = Reply(status, (("X-B", header),), body, 12.345)
    for number, answer in enumerate((reply, None)):
        recorder.record("check@v3", NOW, request, answer, "" if answer else "no answer", f"place#{number}")
    read = [exchange_of(line) for line in recorder.lines()]
    assert read == recorder.exchanges
    assert [entry.reply.elapsed_ms for entry in read if entry.reply] == [12.3]
    assert read[0].reply == reply
