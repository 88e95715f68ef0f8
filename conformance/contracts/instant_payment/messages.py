"""Messages of the suite as a sender bank, before they are signed, and what makes them: keys, data, dates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Any

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.declaration import KeyPair
from conformance.contracts.instant_payment.published_keys import SPARE
from conformance.contracts.instant_payment.wire import SIGNED_MESSAGE, Operation, PaymentRecord, data_member
from conformance.crypto import jws
from conformance.crypto.compact import BadEnvelope, decoded
from conformance.crypto.faults import GoodJwe, GoodJws, JweFault, JwsFault, faulty_jwe, faulty_jws
from conformance.crypto.keys import private_key
from conformance.crypto.keytransport import Padding, wrap
from conformance.engine.observation import Inconclusive
from conformance.errors import KeyFileError, UnreadableReply
from conformance.transport.jsontext import read_json


@dataclass(frozen=True, slots=True)
class Message:
    """What will be signed, and where it goes. `payment_id` is that of the path; `sealed` made the encrypted data."""

    operation: Operation
    payment_id: str
    members: Mapping[str, Any]
    aes_key: bytes = b""
    sealed: GoodJwe | None = None

    def changed(self, **members: Any) -> Message:
        """The same message with other values of some members."""
        return replace(self, members={**self.members, **members})

    def without(self, *names: str) -> Message:
        """The same message without some members."""
        return replace(self, members={name: value for name, value in self.members.items() if name not in names})

    def at(self, payment_id: str) -> Message:
        """The same signed object at the path of another payment."""
        return replace(self, payment_id=payment_id)

    def with_data_fault(self, fault: JweFault) -> Message:
        """The same message, its encrypted data with this one fault."""
        name = data_member(self.operation)
        if name is None or self.sealed is None:
            raise ValueError(f"{self.operation.words} carries no encrypted data")
        return self.changed(**{name: faulty_jwe(fault, self.sealed)})


@dataclass(frozen=True, slots=True)
class Identity:
    """A bank as the suite plays it: its names, and the key that signs in its name."""

    code: str
    cert_id: str
    key: KeyPair


@lru_cache(maxsize=8192)
def signed_text(payload: bytes, key: KeyPair, header: bytes) -> str:
    """A compact JWS of these very bytes. Remembered: the runs of a proof send the same messages again and again."""
    if key.signing is None:
        raise KeyFileError("a private key is needed to sign")
    return jws.sign_bytes(payload, key.signing, "RS256", header)


@lru_cache(maxsize=8192)
def faulty_text(fault: JwsFault, payload: bytes, other_payload: bytes, key: KeyPair, header: bytes, places: str) -> str:
    """The compact JWS of these very bytes with one fault; `places` is JSON of `url` and `kid`. Remembered, too."""
    return faulty_jws(fault, good_jws(payload, other_payload, key, json.loads(header), **json.loads(places)))


def good_jws(payload: bytes, other_payload: bytes, key: KeyPair, header: Mapping[str, Any], **places: str) -> GoodJws:
    """These very bytes, ready to be signed with one fault; the foreign key is published with the suite."""
    if key.signing is None:
        raise KeyFileError("a private key is needed to sign")
    return GoodJws(payload, key.signing, private_key(SPARE), other_payload, header, **places)


@lru_cache(maxsize=8192)
def transported(aes_key: bytes, key: KeyPair, padding: Padding, seed: int) -> str:
    """An AES key encrypted to a bank; the random bytes of the padding are drawn from `seed`. Remembered as well."""
    if key.verifying is None:
        raise KeyFileError("a public key is needed to encrypt an AES key to it")
    return wrap(aes_key, key.verifying, padding, Random(seed).randbytes)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was accepted, with its answer."""

    message: Message
    answer: Answer

    @property
    def members(self) -> Mapping[str, Any]:
        """The signed object as it went out; where a run is judged again, as it is on record."""
        try:
            token = read_json(self.answer.exchange.request.body).value[SIGNED_MESSAGE]
            found = read_json(decoded(token.split(".")[1], "payload")).value
        except (BadEnvelope, UnreadableReply, LookupError, TypeError, AttributeError):
            return self.message.members  # sent in some other form
        return found if isinstance(found, dict) else self.message.members


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of ours: what was sent for it, and the answer that showed it last."""

    id: str
    reference: str
    payee: Taken
    payer: Taken | None = None
    confirmation: Taken | None = None
    seen: Answer | None = None

    @property
    def record(self) -> PaymentRecord:
        """The payment as it was shown last. Raises Inconclusive where nobody asked for it yet."""
        if self.seen is None:
            raise Inconclusive("payment", missing="a question for the payment before this step")
        return self.seen.record
