"""instant-payment: keys and names that cannot be used are named in one clear line, with exit code 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from conformance.contracts import contract
from conformance.contracts.instant_payment.published_keys import SPARE_CERTIFICATE
from tests.test_cli import Shell, conformance

__all__ = ["conformance"]

IPG = contract("instant-payment")
Change = Callable[[dict[str, Any], Path], None]
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def private(key: Key, password: bytes = b"", form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(password) if password else NoEncryption())


def public(key: Key) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def held(place: str, content: bytes) -> Change:
    """The key at that place is in a file of its own, as a bank would have it."""
    bank, half = place.split(".")[1:]

    def change(document: dict[str, Any], folder: Path) -> None:
        (folder / "key.pem").write_bytes(content)
        document["keys"][bank][half] = "file:key.pem"

    return change


def without(place: str) -> Change:
    table, bank, half = place.split(".")

    def change(document: dict[str, Any], folder: Path) -> None:
        document[table][bank].pop(half)

    return change


def no_receiver_key(document: dict[str, Any], folder: Path) -> None:
    document["keys"]["receiver"] = {}


def no_such_code(document: dict[str, Any], folder: Path) -> None:
    document["banks"]["receiver"]["code"] = "TBCB GE22"


def no_such_bank(document: dict[str, Any], folder: Path) -> None:
    document["banks"]["recevier"] = document["banks"].pop("receiver")


def keys_of_no_bank(document: dict[str, Any], folder: Path) -> None:
    del document["banks"]["other"]


def missing_file(document: dict[str, Any], folder: Path) -> None:
    document["keys"]["sender"]["private"] = "file:nowhere.pem"


SENDER, RECEIVER = "keys.sender.private", "keys.receiver.public"
BAD: dict[str, tuple[Change, str, str]] = {
    "elliptic curve": (held(SENDER, private(ec.generate_private_key(ec.SECP256R1()))), SENDER, "of type EC"),
    "public elliptic curve": (held(RECEIVER, public(ec.generate_private_key(ec.SECP256R1()))), RECEIVER, "of type EC"),
    "encrypted": (held(SENDER, private(rsa_key(), b"secret")), SENDER, "is encrypted with a password"),
    "encrypted, old form": (
        held(SENDER, private(rsa_key(), b"secret", PrivateFormat.TraditionalOpenSSL)),
        SENDER,
        "is encrypted with a password",
    ),
    "short": (held(SENDER, private(rsa_key(1024))), SENDER, "1024 bits is too short; it needs at least 2048"),
    "short public": (held(RECEIVER, public(rsa_key(1024))), RECEIVER, "1024 bits is too short"),
    "certificate": (held(SENDER, SPARE_CERTIFICATE.encode()), SENDER, "this is a certificate; give the private key"),
    "public for private": (held(SENDER, public(rsa_key())), SENDER, "this is a public key"),
    "private for public": (held(RECEIVER, private(rsa_key())), RECEIVER, "this is a private key"),
    "DER": (held(SENDER, rsa_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())), SENDER, "PEM"),
    "no key": (held(SENDER, b"hello"), SENDER, "not a private key in PEM form"),
    "no file": (missing_file, SENDER, "no such file"),
    "missing": (without(SENDER), SENDER, "is missing; the suite plays the sender bank"),
    "no receiver key": (no_receiver_key, RECEIVER, "is missing; data for the receiver bank is encrypted to it"),
    "no bank code": (no_such_code, "banks.receiver.code", "is no bank code"),
    "unknown bank": (no_such_bank, "banks.recevier", 'did you mean "receiver"?'),
    "keys of no bank": (keys_of_no_bank, "banks.other", "is missing; keys.other belong to it"),
}


def written(folder: Path, change: Change) -> Path:
    document = json.loads(json.dumps(IPG.stand().configuration("http://127.0.0.1:9")))
    change(document, folder)
    path = folder / "bank.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


@pytest.mark.parametrize("command", ["run", "doctor"])
@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_used_is_named_in_one_line(conformance: Shell, tmp_path: Path, name: str, command: str) -> None:
    change, place, said = BAD[name]
    answer = conformance(command, written(tmp_path, change))
    assert answer.is_one_line(2, said)
    assert place in answer.err
    assert "PRIVATE KEY-----" not in answer.err


def test_a_key_in_clear_is_warned_of_and_one_in_a_file_is_not(conformance: Shell, tmp_path: Path) -> None:
    said = conformance("doctor", written(tmp_path, lambda document, folder: None))
    assert "keys.sender.private holds a secret in clear; env:NAME or file:PATH keeps it out of the file" in said.err
    assert "(and 2 more)" in said.err

    def in_files(document: dict[str, Any], folder: Path) -> None:
        for bank, pair in document["keys"].items():
            if isinstance(pair, dict):
                (folder / f"{bank}.pem").write_text(pair["private"], "ascii")
                document["keys"][bank] = {"private": f"file:{bank}.pem"}

    assert "in clear" not in conformance("doctor", written(tmp_path, in_files)).err
