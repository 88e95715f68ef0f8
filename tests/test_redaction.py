"""Redaction: secrets become slots, personal data become stand-ins of the same shape, all else stays."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import iban

from conformance.contracts.kz_accounts.declaration import Declaration, privacy
from conformance.transport.encodings import stands_in
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Recorder
from conformance.transport.redaction import Redactor

SECRET = 'top/secret+value="1" é\n'
IBAN = "KZ86125KZT5004100100"
IIN = "880101300123"


def kz_redactor() -> Redactor:
    """The redactor of a kz-accounts run."""
    target = {"base_url": "https://bank.example", "versions": ["v3"]}
    held = privacy(
        Declaration.model_validate(
            {"contract": "kz-accounts", "target": target, "auth": {"static": {"full": "head.pay-load.sig_nature"}}}
        )
    )
    return held.redactor()


# --- secrets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        re.sub("%..", lambda match: match.group().lower(), quote(SECRET, safe="")),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
    ],
    ids=["itself", "in a path", "in a query", "in a form", "lower-case percent", "JSON", "JSON with Unicode"],
)
def test_a_secret_is_replaced_in_every_form_in_which_it_may_come_back(form: str) -> None:
    redactor = Redactor({"TOKEN_FULL": SECRET})
    assert redactor.text(f"a {form} b {form}") == "a <TOKEN_FULL> b <TOKEN_FULL>"
    assert redactor.prose(f"a {form} b") == "a <TOKEN_FULL> b"


def test_a_private_key_is_replaced_inside_a_json_text() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nAB+/cd==\n-----END PRIVATE KEY-----\n"
    assert Redactor({"MINT_KEY": key}).text(json.dumps({"key": key})) == '{"key": "<MINT_KEY>"}'


def test_the_longest_secret_goes_first() -> None:
    redactor = Redactor({"SHORT": "abcd", "LONG": "abcd.efgh"})
    assert redactor.text("abcd.efgh abcd") == "<LONG> <SHORT>"


def test_a_secret_learnt_during_the_run_is_replaced_from_then_on() -> None:
    redactor = Redactor()
    assert redactor.text("a minted-token") == "a minted-token"
    redactor.add_secret("MINTED", "minted-token")
    assert redactor.text("a minted-token") == "a <MINTED>"


def test_a_value_as_short_as_a_word_is_no_secret() -> None:
    assert Redactor({"PIN": "abc"}).text("abc") == "abc"


def test_secrets_are_replaced_in_target_headers_bodies_and_failures_of_a_recording() -> None:
    sink = StringIO()
    recorder = Recorder(Redactor({"T": "secret-token"}, (), ("name",)), sink)
    request = Request("GET", "/a?t=secret-token", (("Authorization", "Bearer secret-token"),), b"secret-token")
    reply = Reply(200, (("X-Echo", "secret-token"),), b'{"seen": "secret-token", "name": "\xd0\x98\xd0\xb2\xd0\xb0"}')
    at = datetime(2026, 1, 1, tzinfo=UTC)
    recorder.record("topic/check@v3", at, request, reply)
    recorder.record("topic/check@v3", at, request, None, "illegal header b'Bearer secret-token'")
    written = sink.getvalue()
    assert "secret-token" not in written
    assert "Ива" not in written
    assert written.count("<T>") == 9


# --- stand-ins --------------------------------------------------------------------------------------------------


def shape(text: str) -> str:
    """Every letter and digit by its kind, all else as it is."""
    return "".join(
        "0"
        if char.isdigit()
        else (("A" if char.isupper() else "a") if char.isalpha() else char) + ("" if char.isascii() else "ж")
        for char in text
    )


@pytest.mark.parametrize("value", ["Ivanov-Smith I.", "Иванов Иван", "ТОО «Қазақ №7»", "AB12 cd", IBAN, "", "12-34"])
def test_a_stand_in_keeps_length_case_digits_and_punctuation(value: str) -> None:
    assert shape(Redactor().pseudonym(value)) == shape(value)


@given(st.text())
def test_a_stand_in_is_as_long_as_the_value_and_can_be_had_for_any_text(value: str) -> None:
    assert len(Redactor().pseudonym(value)) == len(value)


def test_equal_values_stay_equal_within_a_run_and_differ_between_runs() -> None:
    one, other = kz_redactor(), kz_redactor()
    assert one.text(f"{IBAN} and {IBAN}").split(" and ")[0] == one.text(IBAN)
    assert one.text(IBAN) != IBAN
    assert one.text(IBAN) != other.text(IBAN)
    assert one.text(IBAN) != one.text(IBAN.replace("100", "101"))


@pytest.mark.parametrize(
    "around",
    ["{}", '{{"iban":"{}"}}', "/v3/accounts/{}/exists", "IBAN={}&x=1", "see {}, please", '["{}"]', "<b>{}</b>"],
)
@pytest.mark.parametrize("value", [IBAN, IIN])
def test_an_iban_and_an_iin_are_replaced_wherever_they_stand(around: str, value: str) -> None:
    redacted = kz_redactor().text(around.format(value))
    assert value not in redacted
    assert shape(redacted) == shape(around.format(value))


def test_a_value_has_the_same_stand_in_inside_a_member_and_outside() -> None:
    redactor = kz_redactor()
    for value in (IBAN, IIN):
        document = json.loads(redactor.text(json.dumps({"altAccountId": value, "note": value})))
        assert document["altAccountId"] == document["note"] == redactor.text(value) == redactor.prose(value)


def test_an_iban_keeps_its_country() -> None:
    assert kz_redactor().text(IBAN).startswith("KZ")


@pytest.mark.parametrize(
    "text",
    [
        '{"amount":880101300123}',
        '{"amount": 880101300123}',
        '{"amount":880101300123,"x":1}',
        '{"amount":1880101300123}',
        '{"amount":8801.013001}',
        "2026-01-01T00:00:00Z",
        '{"id":"6a0b6f0e-52c9-4a38-9a6c-880101300123"}',
        "889901300123",
    ],
    ids=[
        "amount",
        "amount after a space",
        "first amount",
        "13 digits",
        "fraction",
        "time",
        "UUID",
        "month 99",
    ],
)
def test_what_only_looks_like_personal_data_is_left_alone(text: str) -> None:
    assert kz_redactor().text(text) == text


@pytest.mark.parametrize(
    "value",
    ['ТОО "Ромашка"', "back\\slash", "Иванов\nИван", "Ivanov \U0001f600", "\ud83d half", "é", "\\", '\\"'],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_personal_member_is_replaced_with_its_escapes_and_the_text_stays_json(value: str, ascii_only: bool) -> None:
    text = json.dumps({"creditorName": value, "other": value}, ensure_ascii=ascii_only, indent=1)
    redacted = kz_redactor().text(text)
    document = json.loads(redacted)
    if ascii_only:
        redacted.encode("utf-8")  # a half of a surrogate pair came as an escape and stays one
    assert document["other"] in (value, document["creditorName"]), "a value known from its member may go elsewhere too"
    assert shape(document["creditorName"]) == shape(value)
    if sum(char.isalnum() for char in value) > 4:
        assert document["creditorName"] != value


@pytest.mark.parametrize(
    "text", ['{"creditorName": "Иванов Ив', '{"creditorName":"Иванов \\', '{"creditorName":"Иванов\nИ"}']
)
def test_a_personal_member_is_replaced_though_the_body_is_cut_off_or_no_json(text: str) -> None:
    assert "Иванов" not in kz_redactor().text(text)


def test_a_personal_member_that_is_a_number_is_replaced() -> None:
    redacted = kz_redactor().text(f'{{"iinSender": {IIN}, "amount": {IIN}}}')
    document = json.loads(redacted)
    assert document["iinSender"] != int(IIN)
    assert len(str(document["iinSender"])) == len(IIN)
    assert document["amount"] in (int(IIN), document["iinSender"])


def test_prose_replaces_values_seen_before_but_not_short_words() -> None:
    redactor = kz_redactor()
    seen = json.loads(redactor.text('{"creditorName": "Иванов Иван", "debtorName": "Ан"}'))
    assert redactor.prose("name is Иванов Иван, Ан") == f"name is {seen['creditorName']}, Ан"
    assert redactor.text("name is Иванов Иван") == "name is Иванов Иван", "only prose looks for them"


def test_check_digits_of_an_iban_stay_as_right_or_wrong_as_they_are() -> None:
    redactor = kz_redactor()
    for number in range(40):
        bban = f"125KZT{number:010}"
        right = iban.calc_check_digits(f"KZ00{bban}")
        assert iban.is_valid(redactor.pseudonym(f"KZ{right}{bban}"))
        wrong = f"{int(right) % 97 + 1:02}"
        assert not iban.is_valid(redactor.pseudonym(f"KZ{wrong}{bban}"))


def test_a_hexadecimal_text_stays_one() -> None:
    value = hashlib.sha512(b"880101300123").hexdigest()
    stand_in = Redactor().pseudonym(value)
    assert int(stand_in, 16) != int(value, 16)
    assert re.fullmatch("[0-9a-f]{128}", stand_in)


def test_a_stand_in_is_written_with_the_escapes_of_the_value() -> None:
    text = '{"creditorName": "\\u0418\\u0432а \\"A\\" \\ud83d\\ude00\\n"}'
    redacted = kz_redactor().text(text)
    assert re.sub(r"\\u04..", "U", redacted).count("U") == 2
    assert len(redacted) == len(text)
    assert redacted.endswith('\\ud83d\\ude00\\n"}')


def test_a_name_is_found_in_the_escapes_of_another_member() -> None:
    redactor = kz_redactor()
    redactor.text('{"creditorName": "ТОО \\"Ромашка\\""}')
    for ascii_only in (True, False):
        told = redactor.prose(json.dumps({"description": 'для ТОО "Ромашка"'}, ensure_ascii=ascii_only))
        assert "Ромашка" not in json.loads(told)["description"]


def test_a_person_called_like_a_word_of_the_contract_renames_nothing_else() -> None:
    redactor = kz_redactor()
    for name in ("accounts", "BOOKED", "count", "false"):
        document = json.loads(redactor.text(json.dumps({"creditorName": name, "other": name})))
        assert document["creditorName"] != name
        assert document["other"] == name
        assert redactor.prose(f"/v3/accounts {name}") == f"/v3/accounts {name}"


def test_a_short_number_is_an_amount_somewhere_else() -> None:
    redactor = kz_redactor()
    assert json.loads(redactor.text('{"altAccountId": "12345678", "amount": 12345678}'))["amount"] == 12345678
    assert json.loads(redactor.text('{"altAccountId": "123456789", "note": "123456789"}'))["note"] != "123456789"


@pytest.mark.parametrize("change", [lambda text: text[:-1], str.lower, lambda text: f"{text[:4]}-{text[4:]}'"])
def test_a_varied_value_has_the_varied_stand_in(change: Callable[[str], str]) -> None:
    redactor = Redactor({}, (r"(?:KZ|kz)\d{2}[A-Za-z0-9]{16}",), (), [IBAN])
    assert redactor.varied(IBAN, change) == change(IBAN)
    stand_in = redactor.text(IBAN)
    assert stand_in == redactor.pseudonym(IBAN) == redactor.text(stand_in)
    assert redactor.text(f"a {quote(change(IBAN))} b") == f"a {quote(change(stand_in))} b"


def test_what_the_suite_made_up_stays_as_it_is() -> None:
    redactor = kz_redactor()
    assert redactor.text(f"{IBAN}0000") != f"{IBAN}0000"
    assert redactor.harmless(IBAN) == IBAN
    assert redactor.text(f"{IBAN}0000 and {IIN}").startswith(f"{IBAN}0000 and ")
    assert redactor.text(json.dumps({"altAccountId": IBAN})) == json.dumps({"altAccountId": IBAN})


def test_a_made_secret_is_known_and_its_double_is_noted() -> None:
    redactor = Redactor({"FULL": "a-token"})
    assert redactor.made("OWN", lambda: "own-token") == "own-token"
    assert redactor.text("own-token") == "<OWN>"
    assert redactor.facts == {}
    redactor.made("DOUBLE", lambda: "a-token")
    assert redactor.facts == {"DOUBLE is": "<FULL>"}
    assert [redactor.is_secret(text) for text in ("a-token", "a%2Dtoken", "own-token", "a-token ")] == [
        True,
        False,
        True,
        False,
    ]


def test_a_fact_about_secrets_is_kept_by_name() -> None:
    redactor = Redactor({"FULL": "a-token"})
    assert redactor.fact("has a dash", lambda: True)
    assert redactor.facts == {"has a dash": True}


# --- the canary -------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(before=TEXT, after=TEXT, secret=st.text(st.characters(codec="utf-8"), min_size=8, max_size=40))
def test_no_secret_survives_whatever_stands_around_it(before: str, after: str, secret: str) -> None:
    assume(secret not in before + "<CANARY>" and secret not in "<CANARY>" + after)
    redactor = Redactor({"CANARY": secret})
    for form in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        for text in (before + form + after, f"Bearer {form}", json.dumps({before: after}) + form):
            if len(form) >= 8 and form not in text.replace(form, "<CANARY>"):
                assert form not in redactor.text(text)


@given(before=TEXT, after=TEXT, name=st.text(st.characters(codec="utf-8"), min_size=12, max_size=40))
def test_a_name_is_taken_out_of_any_json_around_it(before: str, after: str, name: str) -> None:
    assume(sum(char.isascii() and char.isalnum() for char in name) > 7)
    document = {before: after, "list": [{"debtorName": name, "more": after}]}
    for ascii_only in (True, False):
        redacted = json.loads(kz_redactor().text(json.dumps(document, ensure_ascii=ascii_only)))
        assert redacted["list"][0]["debtorName"] != name


@pytest.mark.parametrize(
    "written", ["KZ86125KZT5004100100", "KZ86125KZT5004100100000", "kz86125kzt5004100100", "aKZ86125KZT5004100100"]
)
def test_an_iban_is_found_inside_a_longer_word(written: str) -> None:
    assert written[:22] not in kz_redactor().text(f"no account {written} here")


def test_a_short_name_in_a_ciphertext_stands_there_by_chance() -> None:
    redactor = Redactor({"FIRST_NAME": "Nino"})
    cipher = f"{'aB3' * 30}Nino{'xY7' * 30}"
    assert redactor.text(f'{{"key":"{cipher}"}}') == f'{{"key":"{cipher}"}}'
    assert not stands_in("Nino", cipher)
    for told in ('"Nino"', f"/v1/{'Ab1' * 30}/Nino/2", f"{'aB3' * 10}Nino", f"Nino {cipher}"):
        assert stands_in("Nino", told)
        assert "Nino" not in redactor.text(told).replace(cipher, "")


def test_what_looks_like_an_iban_in_a_ciphertext_stands_there_by_chance() -> None:
    redactor = Redactor({}, [r"KZ\d{2}[A-Z0-9a-z]{16}"])
    iban = "KZ30Z30pZsUgy2ZlFzKu"
    assert list(redactor.looks_personal(f'"{iban}"')) == [iban]
    assert not list(redactor.looks_personal(f"{'aB3' * 30}{iban}{'xY7' * 30}"))
    assert list(redactor.looks_personal(f"/v3/{'aB3' * 30}/{iban}/{'xY7' * 30}")) == [iban]
