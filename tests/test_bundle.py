"""The bundle that a run leaves: what it adds to the results, the ledger of attempts, the letter, the look for leaks."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from conformance.contracts.kz_accounts.provider import Provider
from conformance.errors import BadRecord, KeyFileError, UsageError
from conformance.evidence.attempts import LEDGER, Ledger, attempts, break_in
from conformance.evidence.bundle import ledger_of, read_bundle
from conformance.evidence.leaks import leaks
from conformance.evidence.record import read_json, read_record
from conformance.transport.message import Reply, Request
from conformance.transport.redaction import Redactor
from tests.bundles import KZ, ONE, private_pem, public_pem, target


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "run"
    with target() as run:
        run(path, skip=("KZA-FAILURES",))
    return path


def test_the_bundle_names_all_that_it_stands_on(folder: Path) -> None:
    bundle, results = read_bundle(folder), read_json(folder / "results.json")
    assert bundle["suite"] == results["suite"]["digest"]
    assert bundle["specs"] == results["contract"]["spec_digest"]
    assert bundle["proof"] == results["suite"].get("proof")
    assert bundle["run"] == results["run"]["id"]
    assert bundle["leaks"] == {}
    assert bundle["files"] == {
        name: f"sha256:{sha256((folder / name).read_bytes()).hexdigest()}"
        for name in ("results.json", "exchanges.jsonl", "run.json", "report.html", "junit.xml", "doctor.json")
    }
    assert {path.name for path in folder.iterdir()} == {*bundle["files"], "bundle.json"}


def test_the_bundle_lists_what_was_not_run(folder: Path) -> None:
    told = {(entry["check"], entry["why"]) for entry in read_bundle(folder)["not_run"]}
    assert {why for _, why in told} == {"not selected", "not asked of this role or version", "not asked for"}
    left_out = {item.id for item in KZ.checks if item.requirement.startswith("KZA-FAILURES")}
    assert {check for check, why in told if why == "not selected"} == left_out
    ran = {entry["id"] for entry in read_json(folder / "results.json")["checks"]}
    assert ran | {check for check, _ in told} == {item.id for item in KZ.checks} | {"fuzz"}


def test_a_run_that_was_cut_short_lists_what_it_did_not_come_to(tmp_path: Path) -> None:
    with target() as run:
        run(tmp_path / "run", time_limit_s=0.3, fuzz="quick")
    reasons = [entry["why"] for entry in read_bundle(tmp_path / "run")["not_run"]]
    assert reasons.count("the run was cut short") > 10
    assert "not asked for" not in reasons


# --- attempts ---------------------------------------------------------------------------------------------------


def test_the_third_run_shows_the_two_before_it(tmp_path: Path) -> None:
    with target() as run:
        first = run(tmp_path / "1", **ONE)
        run(tmp_path / "2", **ONE, other={"limits": {"max_rps": 500.0}})
        run(tmp_path / "3", **ONE)
    with target() as elsewhere:
        elsewhere(tmp_path / "4", **ONE)
    bundles = [read_bundle(tmp_path / name) for name in "1234"]
    assert [len(attempts(bundle["attempts"])) for bundle in bundles] == [1, 2, 3, 1]
    assert bundles[0]["configuration"] == bundles[2]["configuration"] != bundles[1]["configuration"]
    assert len({bundle["target"] for bundle in bundles}) == 2
    assert not any(break_in(bundle["attempts"]) for bundle in bundles)
    told = attempts(bundles[2]["attempts"])
    assert told[first.run_id]["verdict"] == "inconclusive"
    assert told[first.run_id]["results"] == bundles[0]["files"]["results.json"]
    assert "\n".join(bundles[2]["attempts"]) in (tmp_path / LEDGER).read_text("utf-8")


def test_a_run_that_was_broken_off_is_an_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with target() as run:
        with monkeypatch.context() as patch:
            patch.setattr("conformance.engine.run.Run.execute", lambda self: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                run(tmp_path / "1", **ONE)
        assert not (tmp_path / "1" / "bundle.json").exists()
        run(tmp_path / "2", **ONE)
    assert [entry["event"] for entry in attempts(read_bundle(tmp_path / "2")["attempts"]).values()] == [
        "begun",
        "ended",
    ]


def test_the_redacted_configuration_has_the_same_digest(folder: Path) -> None:
    """So the one in the bundle can be checked, and nothing secret or personal has a part in it."""
    bundle, record = read_bundle(folder), read_record(folder)
    again = ledger_of(folder, KZ, KZ.configuration.from_public(record.configuration))
    assert (again.target, again.configuration) == (bundle["target"], bundle["configuration"])


def test_a_digest_says_nothing_of_secrets() -> None:
    def of(change: dict[str, Any]) -> str:
        document = {**KZ.stand().configuration("https://bank.example"), **change}
        return ledger_of(Path("x"), KZ, KZ.configuration.model_validate(document)).configuration

    plain = KZ.stand().configuration("https://bank.example")
    other_tokens = {"auth": {**plain["auth"], "static": {name: f"another-{name}" for name in plain["auth"]["static"]}}}
    assert len({of({}), of({"attestations": {"KZA-LOG-01": "880101300123"}}), of(other_tokens)}) == 1
    assert of({"data": {**plain["data"], "existing_iban": "KZ75125KZT1001300335"}}) == of({})
    assert of({"limits": {"max_rps": 3.0}}) != of({})


def test_a_chain_shows_what_was_done_to_it(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / LEDGER, "target", "configuration")
    Ledger(tmp_path / LEDGER, "another", "configuration").begin("x")
    for name in "abc":
        ledger.begin(name)
        ledger.end(name, "non_conformant", "digest")
    lines = ledger.lines()
    assert (len(lines), break_in(lines)) == (6, "")
    for place in range(6):
        assert break_in([*lines[:place], *lines[place + 1 :]]) or place == 5, "the end is known by the run itself"
        changed = lines[place].replace("configuration", "configuratioN", 1)
        assert break_in([*lines[:place], changed, *lines[place + 1 :]]) or place == 5
    assert break_in([lines[1], lines[0], *lines[2:]]) == "attempt line 1 does not follow from the one before"
    assert break_in(["[]"]) and break_in(["{"])


def test_runs_at_once_keep_one_chain(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / LEDGER, "target", "configuration")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ledger.begin, map(str, range(60))))
    assert len(ledger.lines()) == 60
    assert not break_in(ledger.lines())


def test_a_ledger_that_is_none_stops_the_run_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_text("notes\n", "utf-8")
    with target() as run, pytest.raises(BadRecord, match="is no ledger of attempts; move it away"):
        run(tmp_path / "run", **ONE)
    (tmp_path / LEDGER).unlink()
    (tmp_path / LEDGER).mkdir()
    with target() as run, pytest.raises(UsageError, match="cannot be written"):
        run(tmp_path / "run", **ONE)


# --- the letter -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
        ec.generate_private_key(ec.SECP256R1()),
        x25519.X25519PrivateKey.generate(),
    ],
    ids=["RSA", "EC", "X25519"],
)
def test_the_operator_alone_reads_the_exchanges_as_they_were(tmp_path: Path, key: Any) -> None:
    with target(evidence={"operator_key": public_pem(key)}) as run:
        certification = run(tmp_path, **ONE)
    token = certification.declaration.auth.static.full  # type: ignore[attr-defined]
    envelope = JWE()
    envelope.deserialize((tmp_path / "exchanges.jwe").read_text("ascii"), JWK.from_pem(private_pem(key).encode()))
    lines = envelope.payload.decode("utf-8").splitlines()
    redacted = (tmp_path / "exchanges.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["n"] for line in lines] == [json.loads(line)["n"] for line in redacted]
    assert any(f"Bearer {token}" in line for line in lines)
    assert not [path.name for path in tmp_path.iterdir() if token.encode() in path.read_bytes()]
    assert "exchanges.jwe" in read_bundle(tmp_path)["files"]


@pytest.mark.parametrize(
    ("pem", "said"),
    [
        (public_pem(ed25519.Ed25519PrivateKey.generate()), "cannot receive"),
        (private_pem(ec.generate_private_key(ec.SECP256R1())), "evidence.operator_key: this is a private key"),
        ("nothing", "evidence.operator_key: not a public key"),
    ],
)
def test_a_key_that_cannot_receive_is_refused_before_the_run(tmp_path: Path, pem: str, said: str) -> None:
    with target(evidence={"operator_key": pem}) as run, pytest.raises(KeyFileError, match=said):
        run(tmp_path / "run", **ONE)
    assert not (tmp_path / "run").exists()


# --- leaks ------------------------------------------------------------------------------------------------------


class SendsTokensInBase64(Provider):
    """A form in which redaction does not know a token: Base64 in short lines."""

    def handle(self, request: Request) -> Reply:
        reply = super().handle(request)
        told = base64.b64encode(b"token: " + (request.header("Authorization") or "").encode()).decode()
        lines = " ".join(told[place : place + 40] for place in range(0, len(told), 40))
        return Reply(reply.status, (*reply.headers, ("X-Debug", lines)), reply.body)


def test_a_token_that_comes_back_encoded_is_seen(tmp_path: Path) -> None:
    with target(SendsTokensInBase64) as run:
        certification = run(tmp_path, **ONE)
    assert certification.leaks and "exchanges.jsonl tells TOKEN_" in certification.leaks[0]
    assert "TOKEN_FULL" in read_bundle(tmp_path)["leaks"]["exchanges.jsonl"]


TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjbGllbnQtMSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\nAwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----"
IBAN = "KZ75125KZT1001300335"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (TOKEN, "TOKEN"),
        (quote(TOKEN, safe="").replace(".", "%2E") + quote(f"x {TOKEN}"), "TOKEN"),
        (TOKEN.encode().hex(), "TOKEN"),
        (TOKEN.encode().hex().upper(), "TOKEN"),
        *((base64.b64encode(b"x" * shift + TOKEN.encode() + b"yz").decode(), "TOKEN") for shift in range(5)),
        (base64.urlsafe_b64encode(b"ab" + TOKEN.encode()).decode(), "TOKEN"),
        ("c2lnbmF0dXJlLW9mLXRoZS10b2tlbg", "TOKEN"),
        ("a password, in clear", "PASSWORD"),
        ("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49", "KEY"),
        (json.dumps(KEY), "KEY"),
        (f"to {IBAN} now", "something that looks like a personal value"),
        ("Zhumabayeva", "a personal value that the run met"),
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.html", "a.xml", "a.txt"])
def test_every_form_of_a_secret_is_seen_in_every_file(tmp_path: Path, name: str, written: str, told: str) -> None:
    redactor = Redactor(
        {"TOKEN": TOKEN, "KEY": KEY, "PASSWORD": "a password, in clear"}, [r"KZ\d{2}[A-Z0-9]{16}"], ["name"]
    )
    stand_ins = redactor.text(json.dumps({"name": "Zhumabayeva", "iban": IBAN, "token": TOKEN}))
    is_json = name.startswith("a.json")
    path = tmp_path / name
    path.write_text(json.dumps({"n": [1, stand_ins]}) + "\n" if is_json else stand_ins, "utf-8")
    assert leaks(path, redactor) == []
    path.write_text(json.dumps({"n": [1, written]}) + "\n" if is_json else f"<b>{written}</b>", "utf-8")
    assert leaks(path, redactor) == [told]


def test_what_stands_inside_of_base64_and_markup_is_seen(tmp_path: Path) -> None:
    redactor = Redactor({"PASSWORD": "<&> in clear"})
    for name, text in (
        ("a.json", json.dumps({"base64": base64.b64encode(b"\xff<&> in clear").decode()})),
        ("a.html", "<p>&lt;&amp;&gt; in <b>clear</b></p>"),
    ):
        (tmp_path / name).write_text(text, "utf-8")
        assert leaks(tmp_path / name, redactor) == ["PASSWORD"]


def test_a_name_that_the_suite_says_itself_is_nobodys(tmp_path: Path) -> None:
    redactor = Redactor({}, [], ["name"])
    redactor.text('{"name": "conformance"}')
    (tmp_path / "a.txt").write_text("conformance", "utf-8")
    assert leaks(tmp_path / "a.txt", redactor) == []
