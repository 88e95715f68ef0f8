"""Messages of instant-payment made for a judge of files: good ones, and each with one fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.wire import KEYS, Operation, data_member
from conformance.crypto.compact import as_json
from conformance.crypto.faults import GoodJwe, GoodJws, JweFault, JwsFault, faulty_jwe, faulty_jws
from conformance.crypto.jwe import Fresh
from conformance.crypto.keys import private_key, public_key
from conformance.crypto.keytransport import Padding, wrap

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "keys"
PAYMENT_ID = "61bc92840b8f4ac8b29429bec625810e"
MOBILE = "995577445566"
PAYEE = {"payee": {"mobile": MOBILE}}
PAYER = {
    "first_name_ka": "მარიამ",
    "last_name_ka": "ახალაძე",
    "first_name_en": "Mariam",
    "last_name_en": "Akhaladze",
    "personal_id": "12345678901",
    "date_of_birth": "23/05/1987",
    "initials_ka": "მ.ა.",
    "initials_en": "M.A.",
}
NAMES = {"sender": ("BAGAGE22", "S0VZLS0tLS0KTUlH"), "receiver": ("TBCBGE22", "oa1MrK2x1ZjM")}


def pem(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


SENDER, RECEIVER, STRANGER = (private_key(pem(f"{name}.pem")) for name in ("signer", "receiver", "stranger"))


@dataclass(frozen=True)
class Draft:
    """A message before it is signed: its members, the AES key, and what is encrypted with it."""

    operation: Operation
    members: Mapping[str, Any]
    aes_key: bytes
    sealed: GoodJwe | None

    def changed(self, **members: Any) -> Draft:
        return replace(self, members={**self.members, **members})

    def without(self, *names: str) -> Draft:
        return replace(self, members={name: value for name, value in self.members.items() if name not in names})

    def info(self, **members: Any) -> Draft:
        """Other members of payment_info."""
        return self.changed(payment_info={**self.members["payment_info"], **members})

    def data_fault(self, fault: JweFault) -> Draft:
        assert self.sealed is not None
        return self.data(faulty_jwe(fault, self.sealed))

    def data(self, text: Any) -> Draft:
        """Another text in place of the JWE."""
        name = data_member(self.operation)
        assert name is not None
        return self.changed(**{name: text})

    @property
    def payload(self) -> bytes:
        return as_json(self.members)

    @property
    def jws(self) -> GoodJws:
        return GoodJws(self.payload, SENDER, STRANGER, b'{"another":"message"}')

    @property
    def text(self) -> str:
        return self.jws.text

    def faulty(self, fault: JwsFault) -> str:
        return faulty_jws(fault, self.jws)

    def signed_bytes(self, payload: bytes, **header: Any) -> str:
        return replace(self.jws, payload=payload, header=header).text

    @property
    def body(self) -> bytes:
        return as_json({"signed_message": self.text})


def draft(
    operation: Operation,
    content: Any = None,
    padding: Padding = Padding.PKCS1,
    aes_key: bytes | None = None,
    seed: int = 7,
    *,
    keys: bool = True,
    form: str = "all",
    receiver: JWK = RECEIVER,
) -> Draft:
    """A good message; `content` is what is encrypted, as JSON or as bytes, and `form` that of Validate Payer (IR08)."""
    random = Random(seed)
    aes_key = random.randbytes(32) if aes_key is None else aes_key
    (sender_code, sender_id), (receiver_code, receiver_id) = NAMES["sender"], NAMES["receiver"]
    date = {"request_date": "2024-02-02T13:28:00.873163500"}
    payment = {"payment_id": PAYMENT_ID}
    parties = {
        "sender_party_reference_id": "123456789",
        "sender_party": sender_code,
        "receiver_party": receiver_code,
    }
    certificates = {"sender_party_cert_id": sender_id, "receiver_party_cert_id": receiver_id}
    transported = transporting(aes_key, padding, random, receiver) if keys else {}
    if operation is Operation.GET_PAYMENT:
        return Draft(operation, {**date, **payment}, aes_key, None)
    if operation is Operation.MAKE_PAYMENT:
        info = {"payment_info": {"amount": "10.50", "currency": "GEL"}}
        return Draft(operation, {**date, **payment, **certificates, **transported, **info}, aes_key, None)
    if content is None:
        content = PAYEE if operation is Operation.VALIDATE_PAYEE else {"payer": PAYER}
    sealed = seal(content, aes_key, random)
    name = data_member(operation)
    assert name is not None
    members = {**date, **parties} if operation is Operation.VALIDATE_PAYEE or form == "table" else {**date, **payment}
    if form == "all" and operation is Operation.VALIDATE_PAYER:
        members = {**date, **payment, **parties}
    return Draft(operation, {**members, **certificates, **transported, name: sealed.text}, aes_key, sealed)


def seal(content: Any, aes_key: bytes, random: Random) -> GoodJwe:
    payload = content if isinstance(content, bytes) else as_json(content)
    usable = aes_key if len(aes_key) == 32 else random.randbytes(32)
    draw = random.randbytes
    return GoodJwe(payload, usable, draw(32), Fresh.drawn(draw), Fresh.drawn(draw))


def transporting(
    aes_key: bytes, padding: Padding = Padding.PKCS1, random: Random | None = None, receiver: JWK = RECEIVER
) -> dict[str, str]:
    """The members that transport an AES key to both banks."""
    draw = (random or Random(1)).randbytes
    return {name: wrap(aes_key, key, padding, draw) for name, key in zip(KEYS, (receiver, SENDER), strict=True)}


def keys_document(
    *,
    transport: str = "pkcs1",
    without: tuple[str, ...] = (),
    names: Mapping[str, tuple[str, str]] = NAMES,
    sender_public: str = "signer.pub.pem",
    folder: str = FOLDER.as_posix(),
) -> str:
    """KEYS.toml with everything in it but the settings `without`, such as "keys.sender.private"."""
    lines = [f'[keys]\ntransport = "{transport}"']
    for bank, stem in (("sender", "signer"), ("receiver", "receiver")):
        halves = {"private": f"{stem}.pem", "public": sender_public if bank == "sender" else f"{stem}.pub.pem"}
        if sender_public != "signer.pub.pem" and bank == "sender":
            halves.pop("private")
        lines.append(f"[keys.{bank}]")
        lines += [
            f'{half} = "file:{folder}/{file}"' for half, file in halves.items() if f"keys.{bank}.{half}" not in without
        ]
        lines.append(f"[banks.{bank}]")
        settings = dict(zip(("code", "cert_id"), names[bank], strict=True))
        lines += [
            f"{key} = {json.dumps(value)}" for key, value in settings.items() if f"banks.{bank}.{key}" not in without
        ]
    return "\n".join(lines) + "\n"


def public(name: str) -> JWK:
    return public_key(pem(name))
