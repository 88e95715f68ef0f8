"""What stands encoded in a text is redacted in its encoding, and equal values stay equal."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.crypto.compact import encoded, joined, split
from conformance.evidence.leaks import leaks_in
from conformance.transport.encodings import Rewriting, inner_texts, rewritten
from conformance.transport.redaction import Redactor

TOKEN = "head0.pay-load.sig_nature"
IBAN = "KZ86125KZT5004100100"
NAME = "Иванов Иван"
LATIN = "Zhumabayeva A."
NAMES = ("creditorName", "debtorName")
BODY = json.dumps({"creditorName": NAME, "iban": IBAN, "debtorName": LATIN, "x": f"Bearer {TOKEN}"})
PLAIN = json.dumps({"creditorName": NAME, "iban": IBAN, "debtorName": LATIN, "x": f"B {TOKEN}"}, ensure_ascii=False)
SIGNATURE = bytes(range(256))


def redactor() -> Redactor:
    return Redactor({"TOKEN": TOKEN}, [r"KZ\d{2}[A-Z0-9]{16}"], NAMES)


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in text)


def unescaped(text: str) -> str:
    return str(json.loads(f'"{text}"'))


def jws(text: str) -> str:
    return joined(b'{"alg":"RS256"}', text.encode("utf-8"), SIGNATURE)


def payload(token: str) -> str:
    return split(token, ("header", "payload", "signature"))[1].decode("utf-8")


def base64url(text: str) -> str:
    return encoded(text.encode("utf-8"))


def from_base64url(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8")


Coding = tuple[Callable[[str], str], Callable[[str], str]]
CODINGS: dict[str, Coding] = {
    "Base64": (
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.b64decode(text, validate=True).decode(),
    ),
    "base64url": (base64url, from_base64url),
    "base64url with padding": (
        lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64decode(text).decode(),
    ),
    "hex": (lambda text: text.encode().hex(), lambda text: bytes.fromhex(text).decode()),
    "hex in capitals": (lambda text: text.encode().hex().upper(), lambda text: bytes.fromhex(text).decode()),
    "percent": (lambda text: quote(text, safe=""), unquote),
    "percent twice": (lambda text: quote(quote(text, safe=""), safe=""), lambda text: unquote(unquote(text))),
    "percent in small letters": (
        lambda text: re.sub("%..", lambda code: code.group().lower(), quote(text, safe="")),
        unquote,
    ),
    "percent for each byte": (lambda text: "".join(f"%{byte:02X}" for byte in text.encode()), unquote),
    "a query": (quote_plus, lambda text: unquote(text.replace("+", " "))),
    "escapes": (escaped, unescaped),
    "a JSON text": (lambda text: json.dumps(text)[1:-1], unescaped),
    "a JSON text in a JSON text": (
        lambda text: json.dumps(json.dumps(text))[1:-1],
        lambda text: str(json.loads(unescaped(text))),
    ),
    "a JWS": (jws, payload),
    "a JWS in a JSON text": (
        lambda text: json.dumps(json.dumps({"signed_message": jws(text)}))[1:-1],
        lambda text: payload(json.loads(unescaped(text))["signed_message"]),
    ),
    "Base64 of percent": (lambda text: base64url(quote(text)), lambda text: unquote(from_base64url(text))),
    "percent of Base64": (
        lambda text: quote(base64.b64encode(text.encode()).decode(), safe=""),
        lambda text: base64.b64decode(unquote(text)).decode(),
    ),
    "a JWS in a JWS": (
        lambda text: jws(json.dumps({"token": jws(text)})),
        lambda text: payload(json.loads(payload(text))["token"]),
    ),
}
PLACES = ("{}", '{{"member": "{}"}}', "/v3/accounts?t={}&x=1", "Basic {}", "a {}, b", "x={};")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", CODINGS)
@pytest.mark.parametrize("told", [BODY, PLAIN], ids=["ASCII", "Unicode"])
def test_what_is_encoded_is_redacted_as_if_it_stood_in_clear(name: str, place: str, told: str) -> None:
    encode, decode = CODINGS[name]
    held = redactor()
    clear = held.text(told)
    assert not [value for value in (TOKEN, IBAN, NAME, LATIN) if value in clear]
    written = place.format(encode(told))
    before, after = place.split("{}")[0].replace("{{", "{"), place.split("{}")[1].replace("}}", "}")
    for redacted in (redactor().text(written), held.text(written), held.prose(written)):
        assert redacted.startswith(before) and redacted.endswith(after)
        inner = decode(redacted[len(before) : len(redacted) - len(after)])
        assert not [value for value in (TOKEN, IBAN, NAME, LATIN) if value in inner]
        assert re.sub(r"\w", "", inner) == re.sub(r"\w", "", clear)
    assert json.loads(inner) == json.loads(clear), "the same stand-ins as in clear"


@pytest.mark.parametrize("name", CODINGS)
@pytest.mark.parametrize("value", [TOKEN, IBAN, NAME, LATIN])
def test_a_value_alone_is_redacted_in_every_encoding_and_seen_where_it_is_not(name: str, value: str) -> None:
    encode, decode = CODINGS[name]
    held = redactor()
    held.text(BODY)
    stand_in = held.prose(value)
    assert stand_in != value
    assert decode(held.prose(encode(value))) == stand_in
    for text in (encode(value), json.dumps({"a": encode(value)})):
        assert leaks_in(text, text, held)
        assert not leaks_in(held.prose(text), held.prose(text), held)


def test_the_name_of_a_personal_member_may_be_escaped() -> None:
    held = redactor()
    known = json.loads(held.text(json.dumps({"creditorName": LATIN})))["creditorName"]
    for name in ("creditor\\u004eame", escaped("creditorName"), "\\u0063reditorNam\\u0065"):
        assert json.loads(redactor().text(f'{{"{name}": "Li"}}'))["creditorName"] != "Li"
        assert json.loads(held.text(f'{{"{name}": "{LATIN}"}}'))["creditorName"] == known


def test_a_jws_that_hides_something_has_another_signature_and_others_stay_as_they_are() -> None:
    held = redactor()
    redacted = held.text(jws(BODY))
    header, _, signature = split(redacted, ("header", "payload", "signature"))
    assert header == b'{"alg":"RS256"}'
    assert len(signature) == len(SIGNATURE) and signature != SIGNATURE
    assert held.text(jws(BODY)) == redacted, "equal values stay equal"
    for harmless in (jws('{"amount": 17}'), jws(""), f"{jws('x')}.{encoded(b'more')}", "openapi.stage.bank.example"):
        assert held.prose(harmless) == harmless


def test_a_jws_of_which_the_signature_is_no_base64_is_redacted() -> None:
    text = f"{jws(BODY).rpartition('.')[0]}.abcde"
    redacted = redactor().text(text)
    assert len(redacted.rpartition(".")[2]) == 5
    assert IBAN not in payload(f"{redacted.rpartition('.')[0]}.")


def test_secret_bytes_are_replaced_in_every_spelling_by_others() -> None:
    held, key = Redactor(), bytes(range(200, 232))
    held.add_secret_bytes("AES_KEY", key)
    spelt = [
        base64.b64encode(key).decode(),
        base64.urlsafe_b64encode(key).decode(),
        encoded(key),
        key.hex(),
        key.hex().upper(),
    ]
    found = [held.text(f'{{"k":"{text}"}}')[6:-2] for text in spelt]
    decoded = [
        *(base64.urlsafe_b64decode(f"{text.rstrip('=')}=".translate(str.maketrans("+/", "-_"))) for text in found[:3])
    ]
    decoded += [bytes.fromhex(text) for text in found[3:]]
    assert len(set(decoded)) == 1 and decoded[0] != key and len(decoded[0]) == 32
    assert [len(text) for text in found] == [len(text) for text in spelt]
    assert [text.endswith("=") for text in found] == [text.endswith("=") for text in spelt]
    assert json.loads(payload(held.text(jws(json.dumps({"k": spelt[0]})))))["k"] == found[0]
    assert leaks_in(spelt[3], spelt[3], held) == leaks_in(f"x{spelt[0]}", f"x{spelt[0]}", held) == ["AES_KEY"]
    assert not leaks_in(found[0], found[0], held)


def test_text_among_other_bytes_is_found_in_base64() -> None:
    blob = b"\x00\x1a\x19\xff" + f"token: {TOKEN}".encode() + b"\x08\x96"
    redacted = base64.b64decode(redactor().text(base64.b64encode(blob).decode()))
    assert redacted == b"\x00\x1a\x19\xfftoken: <TOKEN>\x08\x96"


@pytest.mark.parametrize("before", ["v", "v2", "abc", "2026-01-01T"])
@pytest.mark.parametrize("name", ["Base64", "base64url", "hex", "hex in capitals"])
def test_nothing_needs_to_tell_where_encoded_text_begins(before: str, name: str) -> None:
    encode, _ = CODINGS[name]
    for told in (f"token: {TOKEN}", PLAIN):
        redacted = redactor().text(before + encode(told))
        assert redacted.startswith(before)
        assert not leaks_in(redacted, redacted, Redactor({"TOKEN": TOKEN}))


def test_a_secret_in_short_lines_of_base64_is_seen_at_least() -> None:
    told = base64.encodebytes(f"a token: {TOKEN * 4}".encode()).decode()
    assert leaks_in(told, told, Redactor({"TOKEN": TOKEN * 4})) == ["TOKEN"]


def test_words_that_are_held_together_are_looked_at_one_by_one() -> None:
    for joint in "/-_+":
        text = f"accounts{joint}{base64.b64encode(IBAN.encode()).decode()}"
        assert IBAN not in base64.b64decode(redactor().text(text).rpartition(joint)[2]).decode()


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(alphabet=st.sampled_from('ab0%2F5c+/-_=."\\u004{}:й \n') | st.characters()))
def test_what_hides_nothing_is_not_touched(text: str) -> None:
    assert rewritten(text, Rewriting(lambda inner: inner, lambda signature: "", {})) == text
    assert Redactor({"TOKEN": TOKEN}, (), NAMES).text(text) == text
    assert all(inner != text for inner in inner_texts(text, 1)) or "\\" in text or "%" in text or "+" in text


@settings(deadline=None)
@given(st.text(), st.sampled_from(list(CODINGS)))
def test_any_text_around_a_token_is_kept(around: str, name: str) -> None:
    encode, decode = CODINGS[name]
    told = f"{around} {TOKEN} {around}"
    try:
        written = encode(told)
    except UnicodeEncodeError:
        return  # half of a surrogate pair cannot be encoded so
    assert TOKEN not in decode(redactor().text(written))
