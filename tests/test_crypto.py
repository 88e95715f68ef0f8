"""Keys and signatures: what was signed verifies, and every fault is refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from jwcrypto.jwk import JWK

from conformance.crypto import jws
from conformance.crypto.compact import Flaw
from conformance.crypto.jws import BadSignature
from conformance.crypto.keys import key_set, new_private_key, private_key, public_part, public_pem
from conformance.errors import KeyFileError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
KEY = new_private_key("RS256", "k1")
FOREIGN = new_private_key("RS256", "k1")
TRUSTED = key_set(public_part(KEY, "k1"))
CLAIMS = {"sub": "клиент-1", "exp": 1}
GOOD = jws.sign(CLAIMS, KEY, "RS256", kid="k1")


def refusal(text: str, algorithms: Any = ("RS256",)) -> str:
    with pytest.raises(BadSignature) as caught:
        jws.verify(text, TRUSTED, algorithms)
    return str(caught.value)


# --- what verifies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_what_an_algorithm_signed_it_verifies(alg: str) -> None:
    key = new_private_key(alg, "k")
    text = jws.sign(CLAIMS, key, alg, kid="k", typ="JWT")
    assert jws.verify(text, key_set(public_part(key, "k")), [alg]) == CLAIMS
    assert jws.parts(text)[0] == {"alg": alg, "kid": "k", "typ": "JWT"}


def test_without_a_key_id_every_trusted_key_may_answer() -> None:
    text = jws.sign(CLAIMS, KEY, "RS256")
    other = public_part(new_private_key("ES256"), "k0")
    assert jws.verify(text, key_set(other, public_part(KEY, "k1")), ["RS256"]) == CLAIMS


def test_the_payload_is_returned_as_the_bytes_that_were_signed() -> None:
    payload = b' {"amount":10.50,\r\n"amount":10.5} '
    text = jws.sign_bytes(payload, KEY, "RS256", b'{ "alg" : "RS256" }')
    signed = jws.signed_by(text, KEY, ["RS256"])
    assert (signed.payload, signed.header) == (payload, {"alg": "RS256"})
    assert jws.sign_bytes(payload, KEY, "RS256").partition(".")[0] == "eyJhbGciOiJSUzI1NiJ9"


# --- what is refused --------------------------------------------------------------------------------------------


def test_the_algorithm_none_is_refused() -> None:
    assert "'none'" in refusal(jws.joined({"alg": "none"}, CLAIMS))


@pytest.mark.parametrize("algorithms", [("RS256",), ("RS256", "HS256")])
def test_a_public_key_taken_for_a_shared_secret_is_refused(algorithms: tuple[str, ...]) -> None:
    secret = JWK.from_password(public_pem(KEY).decode())
    text = jws.sign(CLAIMS, secret, "HS256", kid="k1")
    assert jws.verify(text, key_set(JWK(**secret.export(as_dict=True), kid="k1")), ["HS256"]) == CLAIMS, "sound twin"
    refusal(text, algorithms)


@pytest.mark.parametrize("alg", [["RS256"], {"a": 1}, None, 5, "rs256", "RS384"])
@pytest.mark.parametrize("container", [tuple, frozenset])
def test_any_other_algorithm_is_refused(alg: Any, container: Any) -> None:
    text = jws.joined({"alg": alg, "kid": "k1"}, CLAIMS, jws.parts(GOOD)[2])
    assert "algorithm" in refusal(text, container(["RS256"]))


def test_a_foreign_key_is_refused_though_it_bears_a_trusted_id() -> None:
    assert refusal(jws.sign(CLAIMS, FOREIGN, "RS256", kid="k1")) == Flaw.SIGNATURE


def test_a_key_inside_the_header_is_never_used() -> None:
    own = json.loads(FOREIGN.export_public())
    for members in ({"jwk": own}, {"jwk": own, "kid": "k1"}, {"jwk": own, "jku": "https://evil.example/jwks"}):
        assert refusal(jws.sign(CLAIMS, FOREIGN, "RS256", **members)) == Flaw.SIGNATURE


@pytest.mark.parametrize("kid", ["k2", "", 1, ["k1"]])
def test_an_unknown_key_id_is_refused_though_the_key_is_trusted(kid: Any) -> None:
    assert refusal(jws.sign(CLAIMS, KEY, "RS256", kid=kid)) == Flaw.KEY_ID


def test_a_stripped_signature_is_refused() -> None:
    head, payload, _ = GOOD.split(".")
    assert refusal(f"{head}.{payload}.") == Flaw.SIGNATURE
    assert refusal(f"{head}.{payload}").startswith(Flaw.NOT_COMPACT)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_one_character_changed_in_any_place_of_any_part_is_refused(index: int) -> None:
    pieces = GOOD.split(".")
    for place, char in enumerate(pieces[index]):
        swapped = pieces[index][:place] + ("B" if char == "A" else "A") + pieces[index][place + 1 :]
        refusal(".".join([*pieces[:index], swapped, *pieces[index + 1 :]]))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "=",
        lambda text: text + "!",
        lambda text: text + "\n",
        lambda text: text[:-1] + chr(ord(text[-1]) + 1),
    ],
    ids=["padding", "foreign character", "line end", "spare bits"],
)
def test_a_second_spelling_of_the_same_signature_is_refused(change: Any) -> None:
    assert refusal(change(GOOD)) == f"{Flaw.NOT_BASE64}: signature"
    assert not jws.is_signed_by(change(GOOD), KEY, ["RS256"])


def test_critical_header_members_are_refused() -> None:
    text = jws.joined({"alg": "RS256", "kid": "k1", "crit": ["exp"], "exp": 1}, CLAIMS, jws.parts(GOOD)[2])
    assert "critical" in refusal(text)


@pytest.mark.parametrize("payload", [b"", b"5", b"[]", b"{", b'"text"', b"\xff"])
def test_a_payload_of_a_token_must_be_an_object(payload: bytes) -> None:
    text = jws.sign_bytes(payload, KEY, "RS256")
    assert refusal(text) == Flaw.PAYLOAD
    assert jws.signed_by(text, KEY, ["RS256"]).payload == payload


def test_a_key_of_another_kind_or_use_never_fits() -> None:
    for key in (new_private_key("ES256"), JWK(kty="oct", k="AAAA"), JWK(**{**KEY.export_public(True), "use": "enc"})):
        assert not jws.is_signed_by(GOOD, key, ["RS256"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "§.§.§",
        "bm8.bm8.bm8",
        "W10.W10.W10",
        jws.joined({}, {}),
        "W1tb" * 100_000 + ".e30.e30",
    ],
)
def test_what_is_no_compact_jws_is_refused(text: str) -> None:
    refusal(text)


def test_parts_and_joined_are_each_other_s_inverse() -> None:
    header, payload, signature = jws.parts(GOOD)
    assert jws.parts(jws.joined(header, payload, signature)) == (header, payload, signature)


# --- keys -------------------------------------------------------------------------------------------------------


def pem(key: Any, encryption: Any = None) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()).decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a private key in PEM form"),
        ("{}", "not a private key in PEM form"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key in PEM form"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "this is a certificate"),
        (public_pem(KEY).decode(), "this is a public key"),
        (
            pem(rsa.generate_private_key(public_exponent=65537, key_size=2048), BestAvailableEncryption(b"pw")),
            "this key is encrypted with a password",
        ),
    ],
    ids=["empty", "JSON", "damaged", "certificate", "public key", "encrypted"],
)
def test_a_text_that_is_no_private_key_is_refused_by_name_on_one_line(text: str, said: str) -> None:
    with pytest.raises(KeyFileError) as caught:
        private_key(text, "auth.mint.key")
    assert str(caught.value).startswith("auth.mint.key: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_encrypted_key_is_read_with_its_password() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert private_key(pem(key, BestAvailableEncryption(b"pw")), password="pw").has_private


def test_a_key_that_can_only_exchange_keys_is_read_but_signs_nothing() -> None:
    key = private_key(pem(x25519.X25519PrivateKey.generate()))
    with pytest.raises(KeyFileError, match="RS256"):
        jws.sign(CLAIMS, key, "RS256")


@pytest.mark.parametrize(
    ("made_for", "used_with"),
    [("ES256", "RS256"), ("RS256", "ES256"), ("ES256", "ES384"), ("RS256", "none"), ("RS256", "HS256"), ("RS256", "?")],
)
def test_a_key_that_does_not_fit_the_algorithm_is_named(made_for: str, used_with: str) -> None:
    with pytest.raises(KeyFileError, match=re.escape(used_with)):
        jws.sign(CLAIMS, new_private_key(made_for), used_with)


def test_the_public_part_holds_nothing_private() -> None:
    public = public_part(KEY, "new-id")
    assert not public.has_private
    assert set(public.export(as_dict=True)) == {"kty", "n", "e", "kid"}
    assert public.get("kid") == "new-id"
