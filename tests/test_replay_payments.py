"""A run of instant-payment is judged again from its folder, though no key that signed or opened anything is in it."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.certification import Certification, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.instant_payment.provider import Gateway
from conformance.crypto.compact import as_json, decoded, encoded
from conformance.crypto.signing import trusted
from conformance.evidence.rejudging import Rejudgement, rejudged
from conformance.evidence.seal import seal
from conformance.evidence.verification import verify
from conformance.serving import served
from tests.bench import trial, tried_with
from tests.bundles import saved_keys

IPG = contract("instant-payment")
NOW = datetime(2026, 5, 4, 9, 30, 41, tzinfo=UTC)


def judged_again(folder: Path, provider_class: type[Any] | None = None, **options: Any) -> Rejudgement:
    trial(contract_id="instant-payment", provider_class=provider_class, folder=folder, now=NOW, **options)
    return rejudged(folder)


def agreed(rejudgement: Rejudgement) -> bool:
    told = [*rejudgement.departures, *map(str, rejudgement.differences), *map(str, rejudgement.left_over)]
    assert rejudgement.agrees == (not told)
    assert not told, "\n".join(told)
    return True


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a whole run against the reference gateway left, drawn sequences included."""
    folder = tmp_path_factory.mktemp("whole")
    outcome = trial(contract_id="instant-payment", folder=folder, now=NOW, fuzz="quick", workers=4)
    assert outcome.verdict.value == "conformant"
    return folder


# --- what holds -------------------------------------------------------------------------------------------------


def test_a_whole_run_is_judged_alike_without_network(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: Any, **__: Any) -> Any:
        raise AssertionError("a rejudgement needs no network, and no listener")

    for name in ("connect", "bind", "listen"):
        monkeypatch.setattr(socket.socket, name, no_network)
    assert agreed(rejudged(whole))


def test_the_record_holds_no_private_key_and_nothing_that_it_opens(whole: Path) -> None:
    text = (whole / "run.json").read_text("utf-8")
    assert "PRIVATE KEY-----" not in text
    assert text.count("public half of keys.") == 4
    document = IPG.stand().configuration("https://gateway.example")
    people = [document["payee"]["mobile"], document["payee"]["initials"], *document["payer"]["good"].values()]
    assert not [value for value in people if value in text]


_TOPICS: dict[str, type[Any]] = {}
for _defect in IPG.defects().values():
    _TOPICS.setdefault(f"{_defect.breaks.split('-')[1]} {tried_with(_defect).get('role', 'gateway')}", _defect)


@pytest.mark.parametrize("topic", _TOPICS)
def test_a_defect_of_each_topic_is_found_again(tmp_path: Path, topic: str) -> None:
    defect = _TOPICS[topic]
    only = (f"IPG-{topic.split()[0]}",)
    rejudgement = judged_again(tmp_path, defect, only=only, **tried_with(defect))
    assert agreed(rejudgement)
    failed = {entry["id"] for entry in rejudgement.document["requirements"] if entry["verdict"] in ("fail", "warn")}
    assert failed == {defect.breaks}


@pytest.mark.parametrize("name", ["StepsBackToRepeatedPayers", "CountsTetriInFloats"])
def test_what_drawn_calls_showed_is_shown_again(tmp_path: Path, name: str) -> None:
    rejudgement = judged_again(tmp_path, IPG.defects()[name], only=("fuzz",), fuzz="quick")
    assert agreed(rejudgement)
    (failure,) = rejudgement.document["fuzz"]["failures"]
    assert len(failure["steps"]) > 4


@pytest.mark.parametrize("name", ["DemandsKid", "AddsMembers", "LendsPayerKeysToConfirmations", "DecidesAtOnce"])
def test_a_variant_is_cleared_again(tmp_path: Path, name: str) -> None:
    variant = IPG.variants()[name]
    assert agreed(judged_again(tmp_path, variant, only=("IPG-ANSWERS", "IPG-SECRECY", "IPG-SIGNATURE")))


@pytest.mark.parametrize("padding", ["oaep", "oaep-256"])
def test_another_padding_makes_no_difference(tmp_path: Path, padding: str) -> None:
    settings = {"keys.transport": padding}
    assert agreed(judged_again(tmp_path, only=("IPG-KEYS", "IPG-RECEIVER"), settings=settings))


def test_a_run_as_sender_is_judged_alike(tmp_path: Path) -> None:
    assert agreed(judged_again(tmp_path, role="sender"))


def test_what_a_configuration_lacks_is_lacking_again(tmp_path: Path) -> None:
    without = ("banks.other", "keys.other", "payer.rejected", "payee.initials", "dates.tolerance_s", "listener.address")
    rejudgement = judged_again(tmp_path, only=("IPG-SIGNATURE", "IPG-PARTIES", "IPG-ANSWERS"), without=without)
    assert agreed(rejudgement)
    assert any("listener.address" in entry.get("missing", "") for entry in rejudgement.document["checks"])


def test_a_listener_that_could_not_listen_is_told_again(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        rejudgement = judged_again(tmp_path, only=("IPG-SIGNATURE-13",), settings={"listener.address": address})
    assert agreed(rejudgement)
    assert [entry["verdict"] for entry in rejudgement.document["checks"]] == ["inconclusive"]


class Swift(Gateway):
    """The reference gateway, and no step of it takes long."""

    delays = dict.fromkeys(Gateway.delays, 0.02)


def test_a_sealed_run_over_http_holds(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    stand = IPG.stand(provider_class=Swift)
    with served(stand.provider) as url:
        document = stand.configuration(url)
        document["polling"]["interval_s"] = 0.1
        declaration, _ = parsed(document, IPG.configuration, tmp_path / "swift.toml")
        options = Options(folder, ("IPG-ANSWERS", "IPG-SECRECY", "IPG-ORDER", "fuzz"), workers=4, fuzz="quick")
        Certification(IPG, declaration, options, quiet=True).conduct()
    private, public = saved_keys(tmp_path, "EdDSA")
    seal(folder, str(private))
    verification = verify(folder, [trusted(public.read_text("ascii"), "bank.pem")])
    assert verification.holds, verification.as_lines()


# --- what does not ----------------------------------------------------------------------------------------------


def exchange_changed(
    folder: Path, tmp_path: Path, wanted: Callable[[dict[str, Any]], bool], change: Any
) -> Rejudgement:
    """The run judged again after the first exchange of that kind was changed on record."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    lines = (copy / "exchanges.jsonl").read_text("utf-8").split("\n")
    place = next(place for place, line in enumerate(lines) if line and wanted(json.loads(line)))
    entry = json.loads(lines[place])
    change(entry)
    lines[place] = json.dumps(entry, ensure_ascii=False)
    (copy / "exchanges.jsonl").write_text("\n".join(lines), "utf-8")
    return rejudged(copy)


def token_of(entry: dict[str, Any]) -> str:
    return str(json.loads(entry["request"]["body"])["signed_message"])


def with_token(entry: dict[str, Any], token: str) -> None:
    entry["request"]["body"] = as_json({"signed_message": token}).decode("utf-8")


def sent_by(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda entry: name in entry["check"]


def test_a_good_message_in_place_of_a_forged_one_is_found(whole: Path, tmp_path: Path) -> None:
    """A check that wants a bad signature did not get it: so much a bank could hope to hide."""

    def is_forged(entry: dict[str, Any]) -> bool:
        body = entry["request"].get("body", "")
        return "/signature/" in entry["check"] and entry["reply"]["status"] == 401 and "signed_message" in body

    def mend(entry: dict[str, Any]) -> None:
        lines = (whole / "exchanges.jsonl").read_text("utf-8").splitlines()
        accepted = next(
            one
            for one in map(json.loads, lines)
            if one["request"]["target"] == entry["request"]["target"] and one["reply"]["status"] == 200
        )
        with_token(entry, token_of(accepted))

    assert any(
        "another body" in departure for departure in exchange_changed(whole, tmp_path, is_forged, mend).departures
    )


def test_a_signature_of_nobody_is_found(whole: Path, tmp_path: Path) -> None:
    def spoil(entry: dict[str, Any]) -> None:
        header, payload, signature = token_of(entry).split(".")
        raw = bytearray(decoded(signature, "signature"))
        raw[9] ^= 1
        with_token(entry, f"{header}.{payload}.{encoded(bytes(raw))}")

    rejudgement = exchange_changed(whole, tmp_path, sent_by("a_good_validate_payee_message_opens_a_payment"), spoil)
    assert any("another body" in departure for departure in rejudgement.departures)


@pytest.mark.parametrize(
    ("member", "value"),
    [("sender_party_reference_id", "1"), ("receiver_party", "BAGAGE22"), ("payee_encrypted_data", "")],
)
def test_another_member_is_found(whole: Path, tmp_path: Path, member: str, value: str) -> None:
    def change(entry: dict[str, Any]) -> None:
        header, payload, signature = token_of(entry).split(".")
        members = json.loads(decoded(payload, "payload"))
        with_token(entry, f"{header}.{encoded(as_json({**members, member: value}))}.{signature}")

    rejudgement = exchange_changed(whole, tmp_path, sent_by("a_good_validate_payee_message_opens_a_payment"), change)
    assert any("another body" in departure for departure in rejudgement.departures)


def test_another_answer_is_another_verdict(whole: Path, tmp_path: Path) -> None:
    def change(entry: dict[str, Any]) -> None:
        entry["reply"]["status"] = 403

    rejudgement = exchange_changed(whole, tmp_path, sent_by("a_good_validate_payee_message_opens_a_payment"), change)
    assert not rejudgement.agrees
    assert any("IPG-METHODS-01" in str(difference) for difference in rejudgement.differences)


def test_blobs_that_did_not_come_back_are_found_on_record(whole: Path, tmp_path: Path) -> None:
    """What was sent is what stands on record, not what a stand-in would send."""

    def is_last(entry: dict[str, Any]) -> bool:
        return entry.get("place", "") == "payment in COMPLETED" and '"payment_data"' in entry["reply"]["body"]

    def change(entry: dict[str, Any]) -> None:
        entry["reply"]["body"] = re.sub(r'("payee_encrypted_data":"[^"]*)..."', r'\1AAA"', entry["reply"]["body"])

    rejudgement = exchange_changed(whole, tmp_path, is_last, change)
    assert any("IPG-ANSWERS-10" in str(difference) for difference in rejudgement.differences)


def test_a_fact_that_is_missing_is_named(whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    record = json.loads((copy / "run.json").read_text("utf-8"))
    record["facts"] = {
        name: value for name, value in record["facts"].items() if "encrypted values in clear" not in name
    }
    (copy / "run.json").write_text(json.dumps(record), "utf-8")
    rejudgement = rejudged(copy)
    assert not rejudgement.agrees
    assert any("IPG-SECRECY-01" in str(difference) for difference in rejudgement.differences)


def test_what_the_redaction_took_out_is_not_held_against_a_request(whole: Path, tmp_path: Path) -> None:
    """A short name may stand by chance in a signature, or in an encrypted key; the rest is still compared."""

    def redact_signature(entry: dict[str, Any]) -> None:
        header, payload, signature = token_of(entry).split(".")
        with_token(entry, f"{header}.{payload}.{signature[:90]}<PAYER_FIRST_NAME_EN>{signature[95:]}")

    def redact_key(entry: dict[str, Any]) -> None:
        header, payload, signature = token_of(entry).split(".")
        members = json.loads(decoded(payload, "payload"))
        key = members["sender_party_encrypted_key"]
        members["sender_party_encrypted_key"] = f"{key[:90]}<PAYER_FIRST_NAME_EN>{key[95:]}"
        with_token(entry, f"{header}.{encoded(as_json(members))}.{signature[::-1]}")

    def redact_key_and_lie(entry: dict[str, Any]) -> None:
        redact_key(entry)
        header, payload, signature = token_of(entry).split(".")
        members = {**json.loads(decoded(payload, "payload")), "receiver_party": "BAGAGE22"}
        with_token(entry, f"{header}.{encoded(as_json(members))}.{signature}")

    where = sent_by("a_good_validate_payee_message_opens_a_payment")
    for place, change in enumerate((redact_signature, redact_key)):
        assert agreed(exchange_changed(whole, tmp_path / str(place), where, change))
    assert exchange_changed(whole, tmp_path / "lie", where, redact_key_and_lie).departures
