"""Keys, certificates and transported keys: what is good is read, what is not is told in one line that names it."""

from __future__ import annotations

import hashlib
import random
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as paddings
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from conformance.crypto import compact, jwe, jws
from conformance.crypto.certificates import certificate
from conformance.crypto.compact import BadEnvelope, Flaw
from conformance.crypto.jwe import Fresh
from conformance.crypto.keys import private_key, public_key, public_part, rsa_private
from conformance.crypto.keytransport import Padding, unwrap, wrap
from conformance.errors import KeyFileError

KEYS = Path(__file__).parent.parent / "fixtures" / "keys"
AES_KEY = bytes(range(32))


def pem(name: str) -> str:
    return (KEYS / name).read_text("ascii")


SIGNER = private_key(pem("signer.pem"))
CURVE = private_key(pem("curve.pem"))
CERTIFICATE = certificate(pem("signer.crt.pem"))


# --- keys -------------------------------------------------------------------------------------------------------


def test_a_public_key_checks_what_its_private_half_signed() -> None:
    text = jws.sign({"a": 1}, SIGNER, "RS256")
    assert jws.signed_by(text, public_key(pem("signer.pub.pem")), ["RS256"]).payload == b'{"a":1}'
    assert not public_key(pem("curve.pub.pem")).has_private


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a public key in PEM form"),
        ("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "not a public key in PEM form"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "not a public key in PEM form"),
        (pem("signer.pem"), "this is a private key"),
        (pem("signer.crt.pem"), "this is a certificate"),
        (pem("short.pub.pem"), "1024 bits is too short"),
    ],
    ids=["empty", "bare Base64", "damaged", "private key", "certificate", "short"],
)
def test_a_text_that_is_no_public_key_is_refused_by_name_on_one_line(text: str, said: str) -> None:
    with pytest.raises(KeyFileError) as caught:
        public_key(text, "target.gateway_key")
    assert str(caught.value).startswith("target.gateway_key: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# --- certificates -----------------------------------------------------------------------------------------------


def test_a_certificate_gives_its_key_its_names_and_its_time() -> None:
    assert CERTIFICATE.key.thumbprint() == SIGNER.thumbprint()
    assert CERTIFICATE.subject == "CN=test signer"
    assert CERTIFICATE.serial > 0
    der = CERTIFICATE.der
    assert der == b"".join(compact.decoded(line, "") for line in [urlsafe(pem("signer.crt.pem"))])
    assert CERTIFICATE.thumbprint == hashlib.sha256(der).hexdigest()
    assert compact.decoded(CERTIFICATE.x5t_s256, "") == hashlib.sha256(der).digest()
    assert compact.decoded(CERTIFICATE.x5t, "") == hashlib.sha1(der, usedforsecurity=False).digest()
    assert CERTIFICATE.x5c == b64encode(der).decode()


def urlsafe(text: str) -> str:
    body = "".join(text.partition("-----BEGIN CERTIFICATE-----\n")[2].partition("-----END")[0].split())
    return body.replace("+", "-").replace("/", "_").rstrip("=")


def test_a_certificate_is_valid_from_its_first_to_its_last_second() -> None:
    second = timedelta(seconds=1)
    assert CERTIFICATE.not_before.tzinfo is not None
    assert CERTIFICATE.is_valid_at(CERTIFICATE.not_before)
    assert CERTIFICATE.is_valid_at(CERTIFICATE.not_after)
    assert not CERTIFICATE.is_valid_at(CERTIFICATE.not_before - second)
    assert not CERTIFICATE.is_valid_at(CERTIFICATE.not_after + second)
    assert CERTIFICATE.not_after - CERTIFICATE.not_before == timedelta(days=7300)
    assert not CERTIFICATE.is_valid_at(datetime(2020, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a certificate in PEM form"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not a certificate in PEM form"),
        (pem("signer.pub.pem"), "a public key without a certificate"),
        (pem("signer.crt.pem") + pem("signer.pem"), "there is a private key in this text"),
        (pem("signer.crt.pem") * 2, "holds 2 certificates"),
        (pem("short.crt.pem"), "1024 bits is too short"),
    ],
    ids=["empty", "damaged", "public key", "with private key", "two", "short key"],
)
def test_a_text_that_is_no_single_certificate_is_refused_by_name_on_one_line(text: str, said: str) -> None:
    with pytest.raises(KeyFileError) as caught:
        certificate(text, "sender.certificate")
    assert str(caught.value).startswith("sender.certificate: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# --- transported keys -------------------------------------------------------------------------------------------

RECEIVER = private_key(pem("receiver.pem"))


@pytest.mark.parametrize("padding", Padding)
@pytest.mark.parametrize("key", ["receiver.pem", "receiver-3072.pem"])
def test_a_transported_key_opens_to_the_same_key(key: str, padding: Padding) -> None:
    private = private_key(pem(key))
    assert unwrap(wrap(AES_KEY, public_part(private), padding), private, padding) == AES_KEY


def test_the_same_random_bytes_give_the_same_text_and_others_another() -> None:
    for padding in Padding:
        one, same, other = (wrap(AES_KEY, RECEIVER, padding, random.Random(seed).randbytes) for seed in (1, 1, 2))
        assert one == same != other


def test_zero_bytes_never_stand_in_the_padding_of_pkcs1() -> None:
    """A source that gives a zero in every second place: a reader would take the first for the end of the padding."""
    text = wrap(AES_KEY, RECEIVER, Padding.PKCS1, lambda length: (b"\0\7" * length)[:length] if length > 1 else b"\7")
    assert unwrap(text, RECEIVER) == AES_KEY


@pytest.mark.parametrize(("padding", "most"), [(Padding.PKCS1, 245), (Padding.OAEP, 214), (Padding.OAEP_256, 190)])
def test_a_key_is_wrapped_up_to_the_length_that_the_padding_leaves(padding: Padding, most: int) -> None:
    with pytest.raises(ValueError, match="too long"):
        wrap(bytes(most + 1), RECEIVER, padding)
    with pytest.raises(BadEnvelope):
        unwrap(wrap(bytes(most), RECEIVER, padding), RECEIVER, padding)


def test_the_library_opens_what_is_wrapped_here() -> None:
    text = compact.decoded(wrap(AES_KEY, RECEIVER).rstrip("=").translate({43: "-", 47: "_"}), "")
    assert rsa_private(RECEIVER).decrypt(text, paddings.PKCS1v15()) == AES_KEY
    text = compact.decoded(wrap(AES_KEY, RECEIVER, Padding.OAEP).rstrip("=").translate({43: "-", 47: "_"}), "")
    scheme = paddings.OAEP(paddings.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    assert rsa_private(RECEIVER).decrypt(text, scheme) == AES_KEY


@pytest.mark.parametrize("used", [Padding.OAEP, Padding.OAEP_256, Padding.OAEP_256_MGF1_SHA1])
@pytest.mark.parametrize("tried", Padding)
def test_a_refusal_names_the_padding_that_does_open_the_key(used: Padding, tried: Padding) -> None:
    text = wrap(AES_KEY, RECEIVER, used, random.Random(3).randbytes)
    if tried is used:
        assert unwrap(text, RECEIVER, tried) == AES_KEY
        return
    with pytest.raises(BadEnvelope, match=f"it opens with {used}$") as caught:
        unwrap(text, RECEIVER, tried)
    assert caught.value.flaw is Flaw.TRANSPORT


def test_only_rsa_keys_transport_and_only_private_ones_open() -> None:
    with pytest.raises(KeyFileError, match="an RSA key is needed"):
        wrap(AES_KEY, CURVE)
    for key in (CURVE, public_part(RECEIVER), JWK(kty="oct", k="AAAA")):
        with pytest.raises(KeyFileError, match="private RSA key is needed"):
            unwrap("", key)


# --- JWE: what the vectors of others cannot show ----------------------------------------------------------------


def test_another_library_opens_what_is_encrypted_here() -> None:
    text = jwe.encrypt("დავით".encode(), AES_KEY, kid="k1")
    receiver = JWE()
    receiver.deserialize(text, JWK(kty="oct", k=compact.encoded(AES_KEY)))
    assert receiver.payload == "დავით".encode()
    assert receiver.jose_header["kid"] == "k1"


def test_what_another_library_encrypted_is_opened_here() -> None:
    sender = JWE(b"payload", '{"alg":"A256GCMKW","enc":"A256GCM"}')
    sender.add_recipient(JWK(kty="oct", k=compact.encoded(AES_KEY)))
    assert jwe.decrypt(sender.serialize(compact=True), AES_KEY) == b"payload"


def test_each_message_has_fresh_values_unless_they_are_given() -> None:
    one, two = (jwe.encrypt(b"", AES_KEY) for _ in range(2))
    assert jwe.read(one).iv != jwe.read(two).iv
    assert jwe.read(one).key_iv != jwe.read(two).key_iv
    assert jwe.opened(one, AES_KEY).content_key != jwe.opened(two, AES_KEY).content_key
    fresh = Fresh.drawn(random.Random(1).randbytes)
    assert jwe.encrypt(b"", AES_KEY, fresh) == jwe.encrypt(b"", AES_KEY, fresh)
    sealed = jwe.read(jwe.encrypt(b"", AES_KEY, fresh))
    assert (sealed.key_iv, sealed.iv) == (fresh.key_iv, fresh.iv)
    assert jwe.opened(jwe.encrypt(b"", AES_KEY, fresh), AES_KEY).content_key == fresh.content_key


@pytest.mark.parametrize("length", [0, 16, 24, 33])
def test_a_key_of_another_length_encrypts_nothing(length: int) -> None:
    with pytest.raises(BadEnvelope) as caught:
        jwe.encrypt(b"", bytes(length))
    assert caught.value.flaw is Flaw.AES_KEY


def test_a_refusal_says_what_was_seen() -> None:
    good = jwe.encrypt(b"", AES_KEY, alg="A128KW")
    with pytest.raises(BadEnvelope, match=r"^names an algorithm that is not accepted: 'A128KW'$"):
        jwe.read(good)
    with pytest.raises(BadEnvelope, match=r"^is not compact: 2 parts joined by dots, not 5$"):
        jwe.read("a.b")
