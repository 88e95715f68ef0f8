"""imts, a message in a file: each fault is named by its requirement, its cause told, and nothing secret is shown."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import cli
from conformance.contracts.imts.encryption import EncryptionReading, sealed
from conformance.contracts.imts.message import judged
from conformance.contracts.imts.signature import SignatureReading, readings
from conformance.contracts.imts.wire import Number
from conformance.crypto.cbc import IvPlace
from conformance.engine.verdict import Verdict
from tests.imts_messages import (
    FEES,
    FIXTURES,
    KEY,
    KEYS,
    SECRET,
    broken,
    fixture,
    judge,
    keys_file,
    signed,
    told,
    verdicts,
)

# --- the fixtures -----------------------------------------------------------------------------------------------


def test_the_fixtures_come_from_their_generator_as_it_is_now() -> None:
    digest = hashlib.sha256((FIXTURES / "make.mjs").read_bytes()).hexdigest()
    assert f"sha256 {digest}" in KEYS.read_text("utf-8"), "node fixtures/messages/imts/make.mjs"
    maker = (FIXTURES / "make.mjs").read_text("utf-8")
    there = [path.relative_to(FIXTURES).with_suffix("").as_posix() for path in FIXTURES.glob("*valid/*")]
    assert len(there) == maker.count('    "valid/') + maker.count('    "invalid/')
    assert all(f'"{name}":' in maker for name in there)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*valid/*.json")), ids=lambda path: path.stem)
def test_a_fixture_is_good_or_breaks_what_its_name_begins_with(path: Path) -> None:
    report = fixture(f"{path.parent.name}/{path.stem}")
    assert {finding.requirement for finding in report.findings} == {item.id for item in judged()}
    if path.parent.name == "valid":
        assert (broken(report), report.exit_code) == (set(), 0), told(report)
    else:
        assert (broken(report), report.exit_code) == ({path.stem.partition("_")[0]}, 1), told(report)
        assert all(found.expected and found.actual for found in report.of(Verdict.FAIL))


def test_every_requirement_on_a_message_has_a_faulty_one() -> None:
    faulty = {path.name.partition("_")[0] for path in (FIXTURES / "invalid").iterdir()}
    assert faulty == {item.id for item in judged()}
    assert len(faulty) == 6


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SIGNATURE-20_another-secret", "fits no reading"),
        ("SIGNATURE-20_changed-value", "a value was changed after signing"),
        ("SIGNATURE-20_missing", "the message has no pg_sig"),
        ("SIGNATURE-20_member-added", "the member note is left out"),
        ("SIGNATURE-20_order-of-the-body", "the order of the body, not sorted"),
        ("SIGNATURE-20_null-counted", "null and empty members are counted"),
        ("SIGNATURE-20_zero-left-out", "0 and false are left out, as array_filter of PHP does"),
        ("SIGNATURE-20_commas", "joined with a comma"),
        ("SIGNATURE-20_semicolon-at-the-end", "a semicolon stands at the end"),
        ("SIGNATURE-20_names-signed", "with their names, as in a query"),
        ("SIGNATURE-20_secret-twice", "agent_secret stands there twice"),
        ("SIGNATURE-20_secret-with-line-end", "agent_secret ends in a line end"),
        ("SIGNATURE-20_secret-missing", "agent_secret is empty"),
        ("SIGNATURE-20_sha256", "a plain SHA-256 takes the place of HMAC-SHA256"),
        ("SIGNATURE-20_hmac-sha512-cut", "HMAC-SHA512 takes the place of HMAC-SHA256, and the end is cut off"),
        ("SIGNATURE-20_four-decimals", "numbers have four decimals"),
        ("SIGNATURE-20_pg-sig-counted", "pg_sig is counted"),
        ("SIGNATURE-20_windows-1251", "in Windows-1251, not UTF-8"),
        ("SIGNATURE-20_json-escapes", "JSON escapes"),
        ("SIGNATURE-20_percent-encoded", "percent-encoded"),
        ("SIGNATURE-20_encrypted-data-left-out", "the member encrypted_data is left out"),
        ("SIGNATURE-20_two-slips", "not sorted by their names and agent_secret stands in front"),
        ("SIGNATURE-20_method-in-front", "fees stands in front, as if the name of the method were signed"),
        ("SIGNATURE-20_list", "tags: a list or an object has no text"),
        ("SIGNATURE-21_capitals", "of them capitals"),
        ("SIGNATURE-21_base64", "Base64 of 32 bytes, not hex"),
        ("SIGNATURE-21_line-end", "blanks or line ends around them"),
        ("ENCRYPTION-13_another-key", "another key closed it"),
        ("ENCRYPTION-13_no-object", "holds a text that is no JSON object"),
        ("ENCRYPTION-13_zero-padding", "bytes of zero pad it"),
        ("ENCRYPTION-13_ecb", "the mode is ECB"),
        ("ENCRYPTION-13_key-cut-by-php", "as openssl_encrypt of PHP cuts it"),
        ("ENCRYPTION-13_key-hashed", "SHA-256 of partner_key is the key"),
        ("ENCRYPTION-13_aes-128", "the key of AES-128"),
        ("ENCRYPTION-13_another-iv", "the key fits, and the IV does not"),
        ("ENCRYPTION-13_last-block-missing", "the end was cut or damaged"),
        ("ENCRYPTION-14_base64url", "the URL alphabet"),
        ("ENCRYPTION-14_line-ends", "line ends in it"),
        ("ENCRYPTION-14_hex", "hex, not Base64"),
        ("ENCRYPTION-14_base64-of-hex", "Base64 of hex digits"),
        ("ENCRYPTION-14_laravel", "as Crypt of Laravel makes it"),
        ("ENCRYPTION-14_iv-of-12-bytes", "an IV of 12 bytes, as GCM has?"),
        ("ENCRYPTION-14_byte-missing", "7 blocks and 15 bytes over"),
    ],
)
def test_the_cause_is_told(name: str, words: str) -> None:
    (finding,) = fixture(f"invalid/IMTS-{name}").of(Verdict.FAIL)
    assert words in finding.actual


# --- readings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reading", readings(), ids=lambda reading: reading.words)
def test_the_reading_that_fits_is_told_with_its_text(reading: SignatureReading) -> None:
    report = judge(signed(FEES, reading=reading))
    assert not broken(report)
    (line,) = [line for passage in report.passages for line in passage.lines if line.endswith(": FITS")]
    for words in reading.words.replace("in their shortest form", "shortest").split(", "):
        assert words in line
    above = [line for line in report.passages[1].lines if not line.startswith(" ")]
    text = "100.5" if "shortest" in line else "100.50"
    text += ";person" + (";0f1e2d3c4b5a6978" if reading.salt_is_signed else "")
    assert text + (";<agent_secret>" if reading.secret_is_appended else "") in above


def test_readings_that_sign_the_same_text_are_told_once() -> None:
    report = judge(signed({"a": "x", "n": Number("7")}))
    assert sum(line.startswith("    ") for line in report.passages[1].lines) == 3


def test_a_declared_reading_is_the_only_right_one(tmp_path: Path) -> None:
    keys = keys_file(tmp_path, f"{KEYS.read_text('utf-8')}[signature]\nsalt_is_signed = false\n")
    other = judge(signed(FEES), keys)
    assert broken(other) == {"IMTS-SIGNATURE-20"}
    assert "it fits another reading than the declared one: pg_salt signed" in other.of(Verdict.FAIL)[0].actual
    assert not broken(judge(signed(FEES, reading=SignatureReading(salt_is_signed=False)), keys))


@pytest.mark.parametrize("declared", IvPlace)
@pytest.mark.parametrize("place", IvPlace)
def test_the_iv_should_stand_where_it_is_declared_to(declared: IvPlace, place: IvPlace, tmp_path: Path) -> None:
    keys = keys_file(tmp_path, f'{KEYS.read_text("utf-8")}[encryption]\niv = "{declared}"\n')
    data = sealed({"last_name": "Serikova"}, KEY, bytes(range(100, 116)))
    members = signed(dict(EncryptionReading(place).members(data)))
    assert broken(judge(members)) == set()
    found = broken(judge(members, keys))
    assert (found == set()) is (declared is place)
    assert found <= {"IMTS-ENCRYPTION-13", "IMTS-ENCRYPTION-14"}


def test_the_first_point_of_difference_is_shown() -> None:
    report = fixture("invalid/IMTS-SIGNATURE-20_four-decimals")
    assert report.passages[-1].lines == (
        "due:    100.50;USD;KZT;person;0f1e2d3c4b5a6978;KAZ;<agent_secret>",
        "signed: 100.5000;USD;KZT;person;0f1e2d3c4b5a6978;KAZ;<agent_secret>",
        "they part at character 7, where amount_source is due",
    )
    assert fixture("invalid/IMTS-SIGNATURE-20_sha256").passages[-1].lines[-1].startswith("the text is the right one")
    assert "behind the values" in fixture("invalid/IMTS-SIGNATURE-20_secret-twice").passages[-1].lines[-1]


def test_without_keys_the_texts_are_shown_and_what_is_missing_is_told() -> None:
    report = judge((FIXTURES / "valid" / "create-person.json").read_bytes(), None)
    assert report.exit_code == 3
    missing = {finding.missing for finding in report.of(Verdict.INCONCLUSIVE)}
    assert missing == {f"auth.{name} in --keys would show it" for name in ("agent_secret", "partner_key")}
    assert "a1b2c3d4e5f60718;<agent_secret>" in told(report)


@pytest.mark.parametrize(
    ("inside", "beside", "is_told"),
    [
        ("Tsereteli", "TSERETELI", True),
        ("Tsereteli", "Mr Tsereteli", True),
        ("Tsereteli", "VHNlcmV0ZWxp", True),
        ("Tsereteli", "547365726574656c69", True),
        ("+995591827364", "(995) 591-82-73-64", True),
        ("Abla", "Abla", True),
        ("Abla", "Ablation", False),
        ("person", "person", False),
        ("100.50", "100.50", False),
        ("3f0c6a52-8a53-4b3e-bb0e-3f1f6a7c9d22", "3f0c6a52-8a53-4b3e-bb0e-3f1f6a7c9d22", False),
    ],
)
def test_what_is_encrypted_should_not_stand_beside(inside: str, beside: str, is_told: bool) -> None:
    """Codes, amounts and ids name nobody; destination_identifier is sent in clear by its method (MTR42)."""
    closed = EncryptionReading().members(sealed({"x": inside}, KEY, bytes(range(100, 116))))
    assert broken(judge(signed({**closed, "note": beside}))) == ({"IMTS-SECRECY-06"} if is_told else set())
    assert not broken(judge(signed({**closed, "destination_identifier": beside})))


def test_a_method_that_is_not_signed_needs_no_pg_sig() -> None:
    token = {"agent_id": "x", "agent_secret": SECRET}
    assert judge(token).exit_code == judge(token, method="get_token").exit_code == 0
    assert broken(judge(token, method="fees")) == {"IMTS-SIGNATURE-20", "IMTS-SECRECY-07"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"pg_sig=1&a=2", "looks like fields of a form"),
        (b'{"a":1,"a":2}', "a member stands there twice"),
        (b'{"a":"\xff"}', "is not UTF-8 at byte 6"),
        (b'["a"]', "no JSON object"),
        (b'{"a":', "line 1 column 6"),
    ],
)
def test_a_body_that_cannot_be_read_says_where(body: bytes, words: str) -> None:
    report = judge(body)
    assert broken(report) == {"IMTS-SIGNATURE-20"}
    assert words in report.of(Verdict.FAIL)[0].actual


@pytest.mark.parametrize("value", [None, 7, True, "", " ", "xyz", [], {"a": 1}, "ა" * 64])
def test_a_pg_sig_that_is_none_breaks_both_rules(value: Any) -> None:
    report = judge(json.dumps({"a": "x", "pg_sig": value}).encode())
    assert {"IMTS-SIGNATURE-20", "IMTS-SIGNATURE-21"} == broken(report)


# --- the command ------------------------------------------------------------------------------------------------

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    def run(*words: str | Path, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["conformance", "check-message", "imts", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(left.value.code or 0), *capsys.readouterr()

    return run


GOOD = FIXTURES / "valid" / "create-person.json"


def test_the_command_says_what_it_found(command: Command) -> None:
    code, out, err = command(GOOD, "--keys", KEYS)
    assert (code, err) == (0, "")
    assert "NOTHING WRONG" in out and "SIGNED TEXT AND KEY UNDER EACH READING" in out and ": FITS" in out
    code, out, _ = command("-", "--keys", KEYS, "--json", "--method", "create-person", stdin=GOOD.read_bytes())
    document = json.loads(out)
    assert (code, document["summary"]["method"], document["summary"]["told_by"]) == (0, "create-person", "--method")
    assert any(": FITS" in line for passage in document["passages"] for line in passage["lines"])
    assert command(FIXTURES / "invalid" / "IMTS-SIGNATURE-20_sha256.json", "--keys", KEYS, "--lang", "ru")[0] == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--method", "fee"), 'did you mean "fees"'),
        (("--payment-id", "1"), "--payment-id"),
        (("--keys", "nowhere.toml"), "no such file"),
    ],
)
def test_a_bad_question_is_one_line(words: tuple[str, ...], text: str, command: Command) -> None:
    code, out, err = command(GOOD, *words)
    assert (code, out) == (2, "")
    assert text in err and err.count("\n") == 1, err


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ('agent_secret = "x"', "stand in the table [auth]"),
        ('[auth]\nagent_secre = "x"', 'did you mean "agent_secret"?'),
        ('[auth]\nagent_secret = ""', "auth.agent_secret"),
        ('[signature]\nkey = "none"', "signature.key"),
        ('[auth]\npartner_key = "short"\n[encryption]\nkey_form = "raw"', "5 bytes; AES-256 needs 32"),
        ('contract = "kz-accounts"', 'is "kz-accounts"'),
    ],
)
def test_a_bad_keys_file_is_one_line(document: str, text: str, command: Command, tmp_path: Path) -> None:
    code, out, err = command(GOOD, "--keys", keys_file(tmp_path, document))
    assert (code, out) == (2, "")
    assert text in err and err.count("\n") == 1, err


def test_a_partner_key_that_is_none_in_any_form_is_told_beside_the_rest(tmp_path: Path) -> None:
    report = judge(GOOD.read_bytes(), keys_file(tmp_path, f'[auth]\nagent_secret = "{SECRET}"\npartner_key = "short1"'))
    assert verdicts(report, "IMTS-SIGNATURE-20") == {Verdict.PASS}
    assert "read as raw it has 6 bytes; AES-256 needs 32" in report.about("IMTS-ENCRYPTION-13")[0].missing


def test_a_whole_configuration_serves_as_keys(tmp_path: Path) -> None:
    from conformance.contracts.imts.stand import KEY as STAND_KEY
    from conformance.contracts.imts.stand import SECRET as STAND_SECRET
    from conformance.contracts.imts.stand import stand

    path = tmp_path / "conformance.json"
    path.write_text(json.dumps(stand().configuration("http://imts.example")), "utf-8")
    closed = EncryptionReading().members(sealed({"a": "b"}, STAND_KEY, bytes(range(16))))
    assert judge(signed({**FEES, **closed}, STAND_SECRET), path).exit_code == 0
