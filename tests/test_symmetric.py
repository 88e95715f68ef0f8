"""AES-CBC and HMAC: what the vectors of others cannot show."""

from __future__ import annotations

import pytest

from conformance.crypto import cbc, mac
from conformance.crypto.cbc import Ciphered, IvPlace, KeyForm, aes_key
from conformance.crypto.compact import BadEnvelope, Flaw
from conformance.errors import KeyFileError

KEY = bytes(range(32))


@pytest.mark.parametrize("place", IvPlace)
def test_what_is_encrypted_here_is_read_where_the_iv_stands(place: IvPlace) -> None:
    ciphered = cbc.encrypt("მარიამ".encode(), KEY)
    apart = Ciphered(b"", ciphered.iv).text()
    found = cbc.read(ciphered.text(place), place, apart if place is IvPlace.APART else None)
    assert found == ciphered
    assert cbc.decrypt(found, KEY) == "მარიამ".encode()


def test_each_message_has_an_iv_of_its_own_unless_it_is_given() -> None:
    assert cbc.encrypt(b"a", KEY).iv != cbc.encrypt(b"a", KEY).iv
    assert cbc.encrypt(b"a", KEY, bytes(16)) == cbc.encrypt(b"a", KEY, bytes(16))
    assert cbc.encrypt(b"a", KEY, bytes(16)).iv == bytes(16)


def test_a_key_of_another_length_encrypts_nothing() -> None:
    with pytest.raises(BadEnvelope) as caught:
        cbc.encrypt(b"", bytes(16))
    assert caught.value.flaw is Flaw.AES_KEY


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (KeyForm.RAW, "0123456789abcdef0123456789abcdef"),
        (KeyForm.HEX, "3031323334353637383961626364656630313233343536373839616263646566"),
        (KeyForm.BASE64, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
    ],
)
def test_a_key_is_read_as_it_is_spelt(form: KeyForm, text: str) -> None:
    assert aes_key(text, form) == b"0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        (KeyForm.RAW, "secret", "read as raw it has 6 bytes; AES-256 needs 32"),
        (KeyForm.HEX, "xx", "is not hex"),
        (KeyForm.HEX, "00" * 16, "read as hex it has 16 bytes"),
        (KeyForm.BASE64, "a secret!", "is not base64"),
        (KeyForm.BASE64, "", "read as base64 it has 0 bytes"),
    ],
)
def test_a_key_that_is_none_is_refused_by_name_without_showing_it(form: KeyForm, text: str, said: str) -> None:
    with pytest.raises(KeyFileError) as caught:
        aes_key(text, form, "auth.partner_key")
    assert str(caught.value).startswith(f"auth.partner_key: {said}")
    assert not text or text not in str(caught.value)


def test_a_mac_fits_only_its_own_message_key_and_spelling() -> None:
    text = mac.hmac_sha256(b"message", b"key")
    assert text == "6e9ef29b75fffc5b7abae527d58fdadb2fe42e7219011976917343065f58ed4a"
    assert mac.fits(text, b"message", b"key")
    assert not mac.fits("\ud800", b"message", b"key")
