"""What the receiver bank answered to the messages of a payment, as Get a Payment shows it and our AES keys open it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any

from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.messages import Payment, Taken
from conformance.contracts.instant_payment.wire import PAYER_MEMBERS
from conformance.crypto import jwe
from conformance.crypto.compact import BadEnvelope
from conformance.engine.observation import given, not_applicable
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import read_json

RESPONSE = "response_encrypted_data"


def taken_of(payment: Payment) -> list[Taken]:
    """The messages of a payment with their answers, in their order."""
    return [taken for taken in (payment.payee, payment.payer, payment.confirmation) if taken is not None]


def somebody_opens(bank: SenderBank) -> None:
    if not bank.declaration.receiver.opens:
        not_applicable("nobody behind the gateway opens what is encrypted (receiver.opens, IR33)")


def responses(payment: Payment) -> Iterator[tuple[str, str, list[bytes]]]:
    """Name of the block, the receiver bank's answer, and the AES keys that may open it."""
    keys = [taken.message.aes_key for taken in taken_of(payment)]
    for place, block in enumerate(payment.record.blocks):
        if RESPONSE in block.members:
            own = [keys[place]] if keys[place] else keys[:place]
            yield block.name, block.text(RESPONSE), own


def told_by_receiver(payment: Payment) -> Iterator[tuple[str, Any]]:
    """Name of the block, and what the receiver bank says in it."""
    for name, text, keys in responses(payment):
        payload = opened_by(text, keys)
        given(f"whether {RESPONSE} of {name} opens", payload is not None, True)
        try:
            yield name, read_json(payload or b"").value
        except UnreadableReply:
            yield name, None


def opened_by(text: str, keys: Iterable[bytes]) -> bytes | None:
    for key in keys:
        try:
            return jwe.decrypt(text, key)
        except BadEnvelope:
            continue
    return None


def initials_in(value: Any) -> list[Any]:
    """The values of all members whose names begin with `initials`, at any depth."""
    if not isinstance(value, dict):
        return []
    mine = [item for name, item in value.items() if name.startswith("initials")]
    return mine + [found for item in value.values() for found in initials_in(item)]


def at_pointer(value: Any, pointer: str) -> Any:
    """What a JSON Pointer leads to (RFC 6901), through objects only; None where there is nothing."""
    names = [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]]
    return reduce(lambda found, name: found.get(name) if isinstance(found, dict) else None, names, value)


def personal_in(value: Any) -> list[tuple[str, str]]:
    """Names and values of the members that describe a person, at any depth."""
    if not isinstance(value, dict):
        return []
    mine = [
        (name, item)
        for name, item in value.items()
        if isinstance(item, str) and item and (name.startswith("initials") or name in ("mobile", *PAYER_MEMBERS))
    ]
    return mine + [found for item in value.values() for found in personal_in(item)]
