"""imts, a message in a file: each way to get a signature or an encryption wrong is told by its own words."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from conformance.contracts.imts.message.recipe import Recipe
from conformance.contracts.imts.message.slips import SLIPS, Slip, find
from conformance.contracts.imts.signature import SignatureReading
from conformance.contracts.imts.wire import Number
from conformance.crypto.compact import standard_encoded
from tests.imts_messages import (
    FEES,
    KEY,
    SECRET,
    broken,
    judge,
    signed,
    told,
)

RICH = {
    "Zeta": "ÅÉ",
    "amount": Number("1100.50"),
    "count": Number("0"),
    "b": " padded ",
    "c": "a/b & c",
    "empty": "",
    "is_new": True,
    "is_old": False,
    "name": "Помощь семье",
    "blank": " ",
    "nothing": None,
    "n": Number("7"),
    "decomposed": "e\u0301",
}
"""A body in which every slip changes something."""


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.words)
def test_every_slip_is_found_in_a_body_that_shows_it(slip: Slip) -> None:
    """It is told by its words, or by those of another slip that comes to the very same bytes."""
    members = RICH | ({"pg_sig": ""} if "pg_sig" in slip.words else {})
    if "Latin-1" in slip.words or "Windows-1251" in slip.words:
        other = "Latin-1" if "1251" in slip.words else "Windows-1251"
        latin = {"Zeta": "ÅÉ"} if other == "Windows-1251" else {"Zeta": "Помощь"}
        members = {**{name: value for name, value in RICH.items() if name not in ("name", "decomposed")}, **latin}
    secret = {
        "the key is what agent_secret is hex of": "c0ffee" * 8,
        "the key is what agent_secret is Base64 of": "c2VjcmV0",
    }
    own = secret.get(slip.words, " Padded secret ")
    recipe = replace(Recipe(), **slip.changes)
    digest = recipe.made(members, own)
    search = find(members, own, lambda found: found == digest, [SignatureReading()], None, 100)
    assert digest != Recipe().made(members, own)
    assert search.cause is not None and search.cause.recipe.made(members, own) == digest
    assert len(search.cause.slips) == 1
    same = [one.words for one in SLIPS if _made(one, members, own) == digest]
    assert slip.words in same and search.cause.words == same[0]


def _made(slip: Slip, members: dict[str, Any], secret: str) -> bytes | None:
    try:
        return replace(Recipe(), **slip.changes).made(members, secret)
    except ValueError:
        return None


def aes(mode: modes.Mode, content: bytes, key: bytes = KEY) -> bytes:
    cipher: Cipher[Any] = Cipher(AES(key), mode)
    encryptor = cipher.encryptor()
    return encryptor.update(content) + encryptor.finalize()


PERSON = b'{"last_name":"Tsereteli","phone":"+995591827364"}'
PADDED = PERSON + bytes([15]) * 15
IV = bytes(range(100, 116))
OTHER_IV = b"\xfb\xef\xbe" * 5 + b"\0"  # its Base64 is full of +
TEXT_KEY = standard_encoded(KEY).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (aes(modes.CBC(bytes(16)), PADDED), "the IV is sixteen zeros and not sent"),
        (aes(modes.CBC(KEY[:16]), PADDED), "the IV is the beginning of the key"),
        (aes(modes.ECB(), PADDED), "the mode is ECB, not CBC, without an IV"),
        (IV + aes(modes.CTR(IV), PERSON + b" " * 15), "the mode is CTR, not CBC"),
        (IV + aes(modes.CBC(IV), PERSON + b"\0" * 15), "bytes of zero pad it"),
        (IV + aes(modes.CBC(IV), PERSON + b" " * 15), "nothing pads it"),
        (IV + aes(modes.CBC(IV), PERSON + b"\0" * 14 + b"\x0f"), "ISO 10126 or ANSI X.923"),
        (IV + aes(modes.CBC(IV), PADDED, hashlib.sha256(TEXT_KEY).digest()), "SHA-256 of partner_key is the key"),
        (IV + aes(modes.CBC(IV), PADDED, hashlib.sha256(KEY).digest()), "SHA-256 of the bytes of partner_key"),
        (IV + aes(modes.CBC(IV), PADDED, TEXT_KEY[:16]), "the first 16 characters are the key of AES-128"),
        (IV + aes(modes.CBC(IV), PADDED, SECRET.encode().ljust(32, b"\0")), "agent_secret, filled up with zeros"),
        (IV + aes(modes.CBC(IV), PADDED, KEY.hex()[:32].encode()), "the hex digits of partner_key, cut to 32"),
        (aes(modes.CBC(bytes(16)), PADDED, TEXT_KEY[:32]), "and the IV is sixteen zeros"),
        (IV[:12] + AESGCM(KEY).encrypt(IV[:12], PERSON + b" " * 3, None), "GCM with an IV of 12 bytes"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_closed_it_instead_is_told(data: bytes, words: str) -> None:
    report = judge(signed({"encrypted_data": standard_encoded(data)}))
    assert words in report.about("IMTS-ENCRYPTION-13")[0].actual, told(report)
    assert "Tsereteli" not in told(report)
    assert "inside: last_name: text" in told(report)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"encrypted_data": f"{IV.hex()}:{aes(modes.CBC(IV), PADDED).hex()}"}, "two texts with a sign between them"),
        (
            {"encrypted_data": standard_encoded(aes(modes.CBC(IV), PADDED)), "iv": IV.hex()},
            "the IV in the member iv is hex",
        ),
        (
            {"encrypted_data": standard_encoded(standard_encoded(IV + aes(modes.CBC(IV), PADDED)).encode())},
            "Base64 of Base64",
        ),
        (
            {"encrypted_data": standard_encoded(OTHER_IV + aes(modes.CBC(OTHER_IV), PADDED)).replace("+", " ")},
            "place of +",
        ),
        ({"encrypted_data": standard_encoded(b"Salted__" + bytes(8) + PADDED)}, "as openssl and CryptoJS make"),
        ({"encrypted_data": quote(standard_encoded(IV + aes(modes.CBC(IV), PADDED)), safe="")}, "percent-encoded"),
        ({"encrypted_data": standard_encoded(IV)}, "an IV and no block"),
        ({"encrypted_data": "?"}, "no Base64"),
        ({"encrypted_data": None}, "null"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_how_it_is_spelt_instead_is_told(members: dict[str, Any], words: str) -> None:
    report = judge(signed(members))
    assert broken(report) == {"IMTS-ENCRYPTION-14"}
    assert words in report.about("IMTS-ENCRYPTION-14")[-1].actual


def test_an_older_way_of_signing_is_named_step_by_step() -> None:
    """The name of the method, the values, the secret, all under MD5: two slips, and the form is wrong as well."""
    text = f"fees;100.50;person;0f1e2d3c4b5a6978;{SECRET}"
    report = judge({**FEES, "pg_sig": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()})
    assert broken(report) == {"IMTS-SIGNATURE-20", "IMTS-SIGNATURE-21"}
    assert report.about("IMTS-SIGNATURE-21")[0].actual == "32 hex digits, as MD5 has"
    told_why = report.about("IMTS-SIGNATURE-20")[0].actual
    assert "MD5 takes the place of HMAC-SHA256" in told_why and "fees stands in front" in told_why
