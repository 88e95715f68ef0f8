"""Other lawful forms of what an imts says: encrypted data, refusals, further members, callbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.contracts.imts.call import Call, Refusal, invalid
from conformance.contracts.imts.courier import Courier, Letter
from conformance.contracts.imts.encryption import EncryptionReading
from conformance.contracts.imts.store import Transfer
from conformance.contracts.imts.variant import Variant
from conformance.contracts.imts.wire import ENCRYPTED, FEES_MEMBERS, LENGTHS, SALT, SIGNATURE, Method
from conformance.crypto.cbc import Ciphered, IvPlace, KeyForm
from conformance.transport.message import Reply

# --- readings of the encryption (MTR05, MTR06) ----------------------------------------------------------------


class PutsTheIvBehind(Variant):
    """The IV follows the ciphertext (MTR05)."""

    tried_with: Mapping[str, Any] = {"encryption": EncryptionReading(iv=IvPlace.AFTER)}


class PutsTheIvApart(Variant):
    """The IV has a member of its own (MTR05)."""

    tried_with: Mapping[str, Any] = {"encryption": EncryptionReading(iv=IvPlace.APART)}


class SpellsKeysInHex(Variant):
    """The partner key is given in hex (MTR06)."""

    tried_with: Mapping[str, Any] = {"encryption": EncryptionReading(key_form=KeyForm.HEX)}


class HasRawKeys(Variant):
    """The partner key is 32 characters (MTR06)."""

    tried_with: Mapping[str, Any] = {"encryption": EncryptionReading(key_form=KeyForm.RAW)}


# --- refusals (MTR08) -----------------------------------------------------------------------------------------


class RefusesWith200(Variant):
    """A refusal may have status 200 and say error (MTR08)."""

    tried_with: Mapping[str, Any] = {"settings": {"values.outcome": "/result"}}

    def refusal_status(self, refusal: Refusal) -> int:
        return 200

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        return {"result": "error", **super().refusal_body(refusal)}


class RefusesInPlainText(Variant):
    """No form of a refusal is described (MTR08)."""

    def refusal_reply(self, refusal: Refusal) -> Reply:
        return Reply(422, (("Content-Type", "text/plain"),), b"no")


class RefusesUnknownMembers(Variant):
    """Fees and create have the members that they have, and no others (MTR23)."""

    def check_fees(self, call: Call) -> None:
        super().check_fees(call)
        self.check_known(call, {*FEES_MEMBERS})

    def check_create(self, call: Call) -> None:
        super().check_create(call)
        self.check_known(call, {*FEES_MEMBERS, *LENGTHS, "destination_type", "sender_id"})

    def check_known(self, call: Call, known: set[str]) -> None:
        if unknown := sorted(call.members.keys() - known - {SIGNATURE, SALT}):
            raise invalid(unknown[0], "is not known here")


# --- answers (MTR23, MTR49) -----------------------------------------------------------------------------------


class AddsMembers(Variant):
    """Answers and refusals have a number and a time of their own (MTR23)."""

    number = 0

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        self.number += 1
        return super().render_json({**value, "request_id": f"r-{self.number}", "at": self.clock().isoformat()})


class AnswersWith201(Variant):
    """What is created is answered with 201 (MTR49)."""

    def success_status(self, call: Call) -> int:
        is_new = call.method in (Method.CREATE, Method.CREATE_PERSON, Method.CREATE_BUSINESS)
        return 201 if is_new else super().success_status(call)


# --- encryption (MTR44) ---------------------------------------------------------------------------------------


class ReadsBase64Url(Variant):
    """Encrypted data may have the URL alphabet and line breaks (MTR44)."""

    def ciphered(self, members: Mapping[str, Any]) -> Ciphered:
        read = {
            name: value.translate(_FROM_URL) if name in (ENCRYPTED, self.encryption.iv_member) else value
            for name, value in members.items()
            if isinstance(value, str)
        }
        return super().ciphered(read)


_FROM_URL = str.maketrans("-_", "+/", "\r\n")


# --- callbacks (MTR34 to MTR36) -------------------------------------------------------------------------------


class RepeatsAfterErrors(Variant):
    """An answer other than 2xx is none (MTR34)."""

    class Wary(Courier):
        def is_response(self, status: int) -> bool:
            return 200 <= status < 300

    def new_courier(self, monotonic: Callable[[], float], retry_every_s: float) -> Courier:
        return self.Wary(monotonic, retry_every_s)


class CountsFromTheEndOfAnAttempt(Variant):
    """The pause begins when nobody has answered (MTR35)."""

    class Patient(Courier):
        def next_try(self, letter: Letter) -> float:
            return self.now() + self.every_s

    def new_courier(self, monotonic: Callable[[], float], retry_every_s: float) -> Courier:
        return self.Patient(monotonic, retry_every_s)


class TellsOfNewTransfers(Variant):
    """Its creation is the first change of a transfer (MTR36)."""

    def create(self, call: Call) -> Transfer:
        transfer = super().create(call)
        self.notify(transfer.agent_id, transfer, "status_update")
        return transfer
