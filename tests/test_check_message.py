"""instant-payment, a message in a file: each fault is named by its requirement and no other."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.message import check_message
from conformance.contracts.instant_payment.message.notebook import HEADINGS, judged
from conformance.contracts.instant_payment.wire import KEYS, SENDER_KEY, Operation
from conformance.crypto.faults import JweFault, JwsFault
from conformance.crypto.jws import sign_bytes
from conformance.crypto.keys import public_pem
from conformance.crypto.keytransport import Padding
from conformance.engine.offline import MessageFile
from conformance.engine.verdict import Verdict
from conformance.reporting.message_findings import findings_text
from tests.ip_faulty_messages import ONE_FAULT, OTHER_KEYS
from tests.ip_judging import ALL_KEYS, TODAY, broken, judge, verdicts, written
from tests.ip_messages import (
    MOBILE,
    PAYER,
    RECEIVER,
    STRANGER,
    Draft,
    draft,
    keys_document,
    transporting,
)

PAYEE, PAYER_DATA, CONFIRM, ASK = Operation
AES_KEY = Random(7).randbytes(32)


# --- good messages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("padding", [Padding.PKCS1, Padding.OAEP, Padding.OAEP_256])
@pytest.mark.parametrize("operation", Operation)
def test_nothing_is_wrong_with_a_good_message(operation: Operation, padding: Padding, tmp_path: Path) -> None:
    keys = written(tmp_path, keys_document(transport=padding.value))
    message = draft(operation, padding=padding)
    for content in (message.text, message.body, f"{message.text}\n", json.dumps(message.text)):
        report = judge(content, keys)
        assert not report.of(Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE)
        assert report.exit_code == 0


@pytest.mark.parametrize(
    "message",
    [
        draft(PAYER_DATA, form="example"),
        draft(PAYER_DATA, form="table"),
        draft(PAYER_DATA, {"payer": {**PAYER, "initials_ka": "მ.ა", "initials_en": "MA"}}),
        draft(PAYER_DATA, {"payer": {**PAYER, "first_name_en": "Anna-Mariam", "initials_en": "A.M.A."}}),
        draft(PAYER_DATA, {"payer": {**PAYER, "last_name_en": "O'Akhaladze", "initials_en": "M.O."}}),
        draft(CONFIRM, keys=False),
        draft(CONFIRM).info(amount=10.5),
        draft(CONFIRM).info(amount=7),
        draft(CONFIRM).info(amount="9007199254740992.00"),
        draft(CONFIRM).changed(request_date="2024-02-29T23:59:59Z"),
        draft(ASK).changed(note="a member that the source does not know"),
        draft(PAYEE).changed(sender_party_reference_id="0" * 36),
    ],
)
def test_nothing_is_wrong_with_another_lawful_form(message: Draft) -> None:
    report = judge(message.body, ALL_KEYS)
    assert not report.of(Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize("header", [{"kid": "S0VZLS0tLS0KTUlH"}, {"typ": "JOSE", "cty": "json"}])
def test_headers_that_change_nothing_are_admitted(header: dict[str, str]) -> None:
    message = draft(ASK)
    assert judge(message.signed_bytes(message.payload, **header), ALL_KEYS).exit_code == 0


def test_every_requirement_on_a_message_has_a_faulty_one() -> None:
    assert ONE_FAULT.keys() | OTHER_KEYS == {requirement.id for requirement in judged()}
    assert len(judged()) == 44


@pytest.mark.parametrize("requirement", ONE_FAULT)
def test_a_fault_is_named_by_its_requirement_and_no_other(requirement: str) -> None:
    level = next(item.level for item in judged() if item.id == requirement)
    for number, content in enumerate(ONE_FAULT[requirement]()):
        report = judge(content, ALL_KEYS)
        assert broken(report) == {requirement}, (number, findings_text(report, "message"))
        assert (report.exit_code == 1) is (level == "MUST"), number
        for finding in report.of(Verdict.FAIL, Verdict.WARN):
            assert finding.subject and finding.expected and finding.actual


def test_a_short_signing_key_is_a_finding_with_the_key_or_without(tmp_path: Path) -> None:
    short = JWK.generate(kty="RSA", size=1024)
    (tmp_path / "short.pem").write_bytes(public_pem(short))
    text = sign_bytes(draft(ASK).payload, short, "RS256")
    with_key = judge(text, written(tmp_path, '[keys.sender]\npublic = "file:short.pem"\n'))
    assert broken(with_key) == broken(judge(text, None)) == {"IPG-KEYS-01"}
    assert verdicts(with_key, "IPG-SIGNATURE-02") == {Verdict.PASS}


def test_a_bank_code_that_is_no_bic_is_a_warning(tmp_path: Path) -> None:
    names = {"sender": ("BOG", "S0VZLS0tLS0KTUlH"), "receiver": ("TBCBGE22XXX", "oa1MrK2x1ZjM")}
    message = draft(PAYEE).changed(sender_party="BOG", receiver_party="TBCBGE22XXX")
    report = judge(message.text, written(tmp_path, keys_document(names=names)))
    assert broken(report) == {"IPG-CONTENT-08"}
    assert report.exit_code == 0


def test_every_fault_is_listed_not_only_the_first() -> None:
    message = draft(PAYER_DATA, {"payer": {**PAYER, "date_of_birth": "1987-05-23", "initials_en": "X."}}, Padding.OAEP)
    faulty = message.changed(request_date="today", sender_party="", receiver_party_cert_id=None).without("payment_id")
    assert broken(judge(faulty.jws.signed(STRANGER, "RS512"), ALL_KEYS)) == {
        "IPG-ALGORITHMS-01",
        "IPG-CONTENT-02",
        "IPG-CONTENT-03",
        "IPG-DATES-01",
        "IPG-KEYS-03",
        "IPG-KEYS-04",
        "IPG-PEOPLE-04",
        "IPG-PEOPLE-06",
        "IPG-SIGNATURE-02",
    }


def test_the_object_alone_is_looked_at_though_nobody_signed_it() -> None:
    report = judge(draft(CONFIRM).info(amount="-1").payload, ALL_KEYS)
    assert broken(report) == {"IPG-SIGNATURE-01", "IPG-SIGNATURE-02", "IPG-AMOUNTS-02"}


# --- what is told beside the verdict ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "requirement", "words"),
    [
        (draft(ASK).jws.signed(RECEIVER), "IPG-SIGNATURE-02", "the receiver bank's key made it"),
        (draft(ASK).faulty(JwsFault.OTHER_SIGNATURE), "IPG-SIGNATURE-02", "over another text"),
        (draft(ASK).faulty(JwsFault.ALG_UNTRUE), "IPG-SIGNATURE-02", "keys.sender made it as RS256"),
        (draft(ASK).faulty(JwsFault.SIGNATURE_CUT), "IPG-SIGNATURE-02", "255 bytes"),
        (draft(PAYEE, padding=Padding.OAEP).text, "IPG-KEYS-03", "it opens with padding oaep"),
        (draft(PAYEE).changed(**transporting(AES_KEY.hex().encode())).text, "IPG-KEYS-06", "in place of its bytes"),
        (
            draft(PAYEE).changed(**dict(zip(KEYS, reversed(transporting(AES_KEY).values()), strict=True))).text,
            "IPG-KEYS-03",
            "it opens with keys.sender.private",
        ),
        (draft(CONFIRM).info(amount="10.505").text, "IPG-AMOUNTS-03", '3 in "10.505"'),
        (draft(CONFIRM).changed(request_date="1706880480").text, "IPG-DATES-01", "since 1970"),
        (
            draft(PAYEE).changed(sender_party_encrypted_ke="x").without(SENDER_KEY).text,
            "IPG-CONTENT-01",
            '"sender_party_encrypted_ke" stands there instead',
        ),
        (draft(PAYER_DATA, {"payer": {**PAYER, "date_of_birth": "05/23/1987"}}).text, "IPG-PEOPLE-04", "month seems"),
        (draft(PAYEE).data(MOBILE).text, "IPG-ENCRYPTION-01", "12 characters (digits)"),
    ],
)
def test_a_finding_says_what_it_is_instead(content: str, requirement: str, words: str) -> None:
    report = judge(content, ALL_KEYS)
    assert any(words in finding.actual for finding in report.about(requirement)), report.about(requirement)


@pytest.mark.parametrize(
    ("setting", "hidden"),
    [
        ("keys.sender.private", {"IPG-KEYS-04", "IPG-KEYS-05"}),
        ("keys.receiver.private", {"IPG-KEYS-03", "IPG-KEYS-05"}),
        ("banks.sender.cert_id", {"IPG-CERTIFICATES-01"}),
        ("banks.receiver.cert_id", {"IPG-CERTIFICATES-02"}),
        ("banks.sender.code", {"IPG-PARTIES-07"}),
        ("banks.receiver.code", {"IPG-PARTIES-07"}),
    ],
)
def test_what_a_missing_setting_hides_is_unknown_and_names_it(setting: str, hidden: set[str], tmp_path: Path) -> None:
    report = judge(draft(PAYEE).body, written(tmp_path, keys_document(without=(setting,))))
    unknown = report.of(Verdict.INCONCLUSIVE)
    assert {finding.requirement for finding in unknown} == hidden
    assert all(setting in finding.missing for finding in unknown)
    assert not broken(report)
    assert report.exit_code == 3


def test_without_any_key_the_form_is_judged_and_the_rest_is_unknown() -> None:
    report = judge(draft(PAYEE).data_fault(JweFault.IV_LONG).text, None)
    assert broken(report) == {"IPG-ENCRYPTION-04"}
    unknown = {finding.requirement for finding in report.of(Verdict.INCONCLUSIVE)}
    assert {"IPG-SIGNATURE-02", "IPG-KEYS-03", "IPG-KEYS-04", "IPG-PEOPLE-01", "IPG-SECRECY-02"} <= unknown


def test_a_payment_id_without_the_path_is_unknown() -> None:
    report = check_message(MessageFile(draft(ASK).body, ALL_KEYS), TODAY)
    (unknown,) = report.of(Verdict.INCONCLUSIVE)
    assert (unknown.requirement, report.exit_code) == ("IPG-CONTENT-07", 3)
    assert "--payment-id" in unknown.missing


def test_a_method_that_cannot_be_told_is_asked_for() -> None:
    message = draft(CONFIRM).without("payment_info")
    assert any("--method" in finding.missing for finding in judge(message.text, ALL_KEYS).of(Verdict.INCONCLUSIVE))
    assert broken(judge(message.text, ALL_KEYS, method="make-payment")) == {"IPG-CONTENT-01"}


def test_every_requirement_is_told_about_whatever_the_file_holds() -> None:
    contents = [b"x", b"{}", b"a.b.c", draft(ASK).body, draft(PAYEE).data_fault(JweFault.ALG_DIR).body]
    for content in contents:
        report = judge(content, ALL_KEYS)
        assert {finding.requirement for finding in report.findings} == {item.id for item in judged()}
        assert report.asked.keys() == {item.id for item in judged()}


def test_each_requirement_is_cited_with_a_heading_of_the_source() -> None:
    clauses = {clause for item in judged() for clause in item.clauses}
    assert clauses <= HEADINGS.keys()
    report = judge(draft(CONFIRM).body, None)
    assert report.asked["IPG-DATES-01"].source == ("Make a Payment",)
