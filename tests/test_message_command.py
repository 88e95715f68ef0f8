"""conformance check-message: what a person types, and what comes back."""

from __future__ import annotations

import io
import json
import runpy
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from conformance import cli
from conformance.contracts.instant_payment.wire import Operation
from conformance.engine.verdict import Verdict
from tests.ip_judging import FIXTURES, broken, judge, verdicts, written
from tests.ip_messages import (
    FOLDER,
    MOBILE,
    PAYMENT_ID,
    draft,
    keys_document,
)

PAYEE, PAYER_DATA, CONFIRM, ASK = Operation
AES_KEY = Random(7).randbytes(32)


# --- the fixtures, and the command ------------------------------------------------------------------------------


def test_the_fixtures_are_what_their_script_makes() -> None:
    made = runpy.run_path(str(FIXTURES / "make.py"))["files"]()
    there = {path.relative_to(FIXTURES).as_posix() for path in FIXTURES.rglob("*") if path.is_file()}
    assert there - {"make.py", "README.md"} == made.keys()
    assert all((FIXTURES / name).read_bytes() == content for name, content in made.items())


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*valid/*")), ids=lambda path: path.name)
def test_a_fixture_is_good_or_breaks_what_its_name_says(path: Path) -> None:
    report = judge(path.read_bytes(), FIXTURES / "KEYS.toml")
    assert broken(report) == ({path.stem} if path.parent.name == "invalid" else set())
    assert path.parent.name == "invalid" or report.exit_code == 0


class Command:
    """Runs the command in this process; answers with exit code, standard output and standard error."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, *words: str | Path, stdin: bytes = b"") -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["conformance", "check-message", *map(str, words)])
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(left.value.code or 0), *self._capsys.readouterr()


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capsys, monkeypatch)


def test_the_exit_code_tells_what_was_found(command: Command) -> None:
    keys = ("--keys", FIXTURES / "KEYS.toml", "--payment-id", PAYMENT_ID)
    assert command("instant-payment", FIXTURES / "valid/get-payment.jws", *keys)[0] == 0
    assert command("instant-payment", FIXTURES / "invalid/IPG-DATES-01.jws", *keys)[0] == 1
    assert command("instant-payment", FIXTURES / "valid/get-payment.jws")[0] == 3
    code, out, err = command("instant-payment", "-", *keys, "--lang", "ru", stdin=draft(CONFIRM).body)
    assert (code, err) == (0, "")
    assert "ОШИБОК НЕТ" in out and "Валюта — код ISO 4217" in out


def test_the_findings_can_be_read_by_programs(command: Command) -> None:
    code, out, _ = command("instant-payment", FIXTURES / "invalid/IPG-AMOUNTS-03.jws", "--json")
    document = json.loads(out)
    (wrong,) = [entry for entry in document["findings"] if entry["verdict"] == "fail"]
    assert code == document["exit_code"] == 1
    assert (wrong["requirement"], wrong["source"], wrong["level"]) == ("IPG-AMOUNTS-03", ["Make a Payment"], "MUST")
    assert wrong["expected"] and wrong["actual"] and wrong["title"]["ru"]


GOOD_FILE = FIXTURES / "valid" / "get-payment.jws"


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (("instant-payment", "nowhere.jws"), b"", "no such file"),
        (("instant-payment", FIXTURES), b"", "cannot be read"),
        (("instant-payment", "-"), b" \n", "the file is empty"),
        (("instant-payment", "-"), b"x" * 1_100_000, "at most"),
        (("instant-payment", GOOD_FILE, "--method", "validate-paye"), b"", 'did you mean "validate-paye'),
        (("instant-payment", GOOD_FILE, "--keys", "nowhere.toml"), b"", "no such file"),
        (("instant-payment", GOOD_FILE, "--keys", GOOD_FILE), b"", "not TOML"),
        (("instant-payment", GOOD_FILE, "--show-values"), b"", "--show-values is for a contract that"),
        (("kz-accounts", GOOD_FILE), b"", "no messages that can be judged alone"),
        (("instant-paymend", GOOD_FILE), b"", "no contract"),
    ],
)
def test_a_bad_question_is_one_line(words: tuple[Any, ...], stdin: bytes, told: str, command: Command) -> None:
    code, out, err = command(*words, stdin=stdin)
    assert (code, out) == (2, "")
    assert told in err and err.count("\n") == 1, err


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ('[keys.sender]\npublic = "signer.pub.pem"', 'name the file as "file:bank.pem"'),
        ('[keys.sender]\npublic = "file:nowhere.pem"', "no such file"),
        ('[keys.sender]\nprivat = "x"', 'did you mean "private"?'),
        ('[keys]\ntransport = "rsa"', "pkcs1, oaep"),
        (f'[keys.sender]\nprivate = "file:{FOLDER}/signer.pub.pem"', "this is a public key"),
        (f'[keys.receiver]\nprivate = "file:{FOLDER}/curve.pem"', "RSA key"),
        (
            f'[keys.sender]\nprivate = "file:{FOLDER}/signer.pem"\npublic = "file:{FOLDER}/stranger.pub.pem"',
            "halves of different keys",
        ),
    ],
)
def test_a_bad_key_is_one_line(document: str, told: str, command: Command, tmp_path: Path) -> None:
    code, out, err = command("instant-payment", GOOD_FILE, "--keys", written(tmp_path, document))
    assert (code, out) == (2, "")
    assert told in err and err.count("\n") == 1, err
    assert "BEGIN" not in err


def test_a_whole_configuration_serves_as_keys(command: Command, tmp_path: Path) -> None:
    document = f'contract = "instant-payment"\nrole = "gateway"\n[payee]\nmobile = "{MOBILE}"\n{keys_document()}'
    path = written(tmp_path, document)
    assert command("instant-payment", GOOD_FILE, "--keys", path, "--payment-id", PAYMENT_ID)[0] == 0


def test_a_certificate_serves_as_public_key(tmp_path: Path) -> None:
    keys = written(tmp_path, f'[keys.sender]\npublic = "file:{FOLDER}/signer.crt.pem"')
    assert verdicts(judge(GOOD_FILE.read_bytes(), keys), "IPG-SIGNATURE-02") == {Verdict.PASS}
