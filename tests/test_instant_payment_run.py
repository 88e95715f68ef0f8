"""instant-payment over real HTTP, as a bank runs it: exit codes, a second run, and what a run leaves behind."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.certification import Certification, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.instant_payment.call import Refusal
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.stand import GOOD_PAYER, MOBILE, REJECTED_PAYER, UNKNOWN_MOBILE
from conformance.serving import served
from tests.test_cli import Shell, serving

IPG = contract("instant-payment")
SURE = 4  # bytes; so few come about by chance in what is decoded


class Swift(Gateway):
    """The reference gateway, and no step of it takes long."""

    delays = dict.fromkeys(Gateway.delays, 0.05)


class SaysEverythingItKnows(Swift):
    """Every refusal tells who pays and is paid, and what the keys of the banks are."""

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        people = [*self.book.customers, UNKNOWN_MOBILE, *GOOD_PAYER.values(), *REJECTED_PAYER.values()]
        keys = [bank.private.export_to_pem(True, None).decode() for bank in self.book.banks if bank.private]
        return {**super().refusal_body(refusal), "trace": people, "keys": keys}


def configuration(url: str) -> dict[str, Any]:
    document = IPG.stand().configuration(url)
    document["polling"]["interval_s"] = 0.3
    return document


@pytest.fixture
def conformance(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(capsys, monkeypatch)


def test_a_served_gateway_is_conformant_and_so_it_is_again(conformance: Shell, tmp_path: Path) -> None:
    """A gateway remembers references and keys; a second run must not be taken for the first one come again."""
    stand = IPG.stand(provider_class=Swift)
    with served(stand.provider) as url:
        (tmp_path / "swift.json").write_text(json.dumps(configuration(url)), "utf-8")
        for folder in ("first", "second"):
            said = conformance("run", "swift.json", "--report-dir", folder, "--json")
            document = json.loads(said.out)
            assert (said.code, document["verdict"]) == (0, "conformant"), said.err
            assert {entry["verdict"] for entry in document["checks"]} == {"pass"}
            reasons = {entry["reason"] for entry in document["requirements"] if entry["verdict"] == "not_applicable"}
            assert reasons == {
                "asked of sender, not of the role gateway",
                "asked of sender and message, not of the role gateway",
            }


def test_a_served_defect_fails_its_requirement_and_no_other(conformance: Shell, tmp_path: Path) -> None:
    with serving(tmp_path, "--defect", "ServesUnsignedQuestions", contract_id="instant-payment") as line:
        line["polling"]["interval_s"] = 0.3
        (tmp_path / "serve.json").write_text(json.dumps(line), "utf-8")
        said = conformance("run", "serve.json", "--json")
    found = {entry["id"] for entry in json.loads(said.out)["requirements"] if entry["verdict"] in ("fail", "warn")}
    assert (said.code, found) == (1, {"IPG-ENVELOPE-03"})


def test_a_lawful_gateway_is_served_by_name(conformance: Shell, tmp_path: Path) -> None:
    with serving(tmp_path, "--variant", "AddsMembers", contract_id="instant-payment") as line:
        assert line["target"]["name"] == "reference gateway (AddsMembers)"


# --- law 6 ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], dict[str, str]]:
    """The secrets of a run against a talkative gateway, and the texts of the files that it left."""
    folder = tmp_path_factory.mktemp("instant-payment")
    stand = IPG.stand(provider_class=SaysEverythingItKnows)
    with served(stand.provider) as url:
        declaration, _ = parsed(configuration(url), IPG.configuration, folder / "leaks.toml")
        outcome = Certification(IPG, declaration, Options(folder, workers=8), quiet=True).conduct()
    assert outcome.verdict.value == "non_conformant", "what is encrypted must not be told in refusals"
    people = {"mobile": MOBILE, "unknown mobile": UNKNOWN_MOBILE}
    people |= {f"payer's {name}": value for name, value in GOOD_PAYER.items()}
    people |= {f"rejected payer's {name}": value for name, value in REJECTED_PAYER.items()}
    secrets = {name: value.encode("utf-8") for name, value in people.items()}
    for bank in stand.provider.book.banks:
        pem = bank.private.export_to_pem(True, None).decode().splitlines()
        secrets[f"private key of {bank.code}"] = pem[1].encode("ascii")
    messages = [
        message
        for payment in stand.provider.payments.by_id.values()
        for message in (payment.payee, payment.payer, payment.confirmation)
        if message is not None and message.aes_key is not None
    ]
    secrets |= {f"AES key {number}": message.aes_key for number, message in enumerate(messages)}
    return secrets, {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def encodings(text: str) -> Iterator[bytes]:
    """A text as it is, its escapes resolved, and what each run of Base64, Base64url or hex in it holds."""
    yield text.encode("utf-8")
    yield re.sub(r"\\u([0-9a-f]{4})", lambda escape: chr(int(escape[1], 16)), text).encode("utf-8", "replace")
    for run in set(re.findall(r"[A-Za-z0-9+/_-]{8,}", text)):
        if len(run) % 4 != 1:
            yield base64.urlsafe_b64decode(run.replace("+", "-").replace("/", "_") + "=" * (-len(run) % 4))
        if len(run) % 2 == 0 and re.fullmatch(r"[0-9a-fA-F]+", run):
            yield bytes.fromhex(run)


def test_no_person_and_no_key_comes_out(written: tuple[dict[str, bytes], dict[str, str]]) -> None:
    secrets, files = written
    assert {"exchanges.jsonl", "junit.xml", "report.html", "results.json", "run.json"} <= files.keys()
    assert sum(name.startswith("AES key") for name in secrets) > 100
    for slot in ("PAYEE_MOBILE", "PAYER_LAST_NAME_KA", "SENDER_PRIVATE_KEY"):
        assert f"<{slot}>" in files["exchanges.jsonl"], "the gateway has told it"
    for name, text in files.items():
        clear, *coded = encodings(text)
        assert not [secret for secret, value in secrets.items() if value in clear], name
        decoded = b"\n".join(coded)
        assert not [secret for secret, value in secrets.items() if value in decoded and len(value) > SURE], name
