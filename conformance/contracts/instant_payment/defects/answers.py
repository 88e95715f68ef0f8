"""Gateways whose answers are spelt otherwise, name something else, or give back what was not sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.payments import StoredMessage, StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import KEYS, Operation
from conformance.crypto import jwe
from conformance.crypto.compact import as_json
from conformance.crypto.jwe import Fresh
from conformance.transport.message import Headers, Reply

# --- status, result_code, form --------------------------------------------------------------------------------


class AnswersCreated(Gateway):
    """Answers 201 where a payment was opened."""

    breaks = "IPG-ANSWERS-01"

    def success_status(self, operation: Operation) -> int:
        return 201 if operation is Operation.VALIDATE_PAYEE else 200


class AnswersTheNumberOne(Gateway):
    """Answers with the number 1 as result_code."""

    breaks = "IPG-ANSWERS-02"

    def result_code(self, call: Call) -> Any:
        return 1


class AnswersZeroToQuestions(Gateway):
    """Answers "0" to Get a Payment, as programs say that all is well."""

    breaks = "IPG-ANSWERS-02"

    def result_code(self, call: Call) -> Any:
        return "0" if call.operation is Operation.GET_PAYMENT else super().result_code(call)


class AnswersTextPlain(Gateway):
    """Calls its JSON a text."""

    breaks = "IPG-ANSWERS-03"

    def headers(self) -> Headers:
        return (("Content-Type", "text/plain"),)


class AnswersWithByteOrderMark(Gateway):
    """Begins its JSON with a byte order mark."""

    breaks = "IPG-ANSWERS-03"

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return b"\xef\xbb\xbf" + super().render_json(value)


class AnswersInLatin1(Gateway):
    """Writes the letters that Latin-1 has in Latin-1."""

    breaks = "IPG-ANSWERS-03"

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return super().render_json(value).decode("utf-8").encode("latin-1", "replace")


class OmitsRequestIds(Gateway):
    """Keeps the ids of requests to itself until it is asked for the payment."""

    breaks = "IPG-ANSWERS-04"

    def acknowledged(self, payment: StoredPayment, request_id: str, call: Call) -> dict[str, Any]:
        whole = super().acknowledged(payment, request_id, call)
        return {name: value for name, value in whole.items() if name != "request_id"}


class NestsResponses(Gateway):
    """Puts JSON as a text into the JSON that answers a confirmation."""

    breaks = "IPG-ANSWERS-04"

    def success_reply(self, response: Mapping[str, Any], call: Call) -> Reply:
        if call.operation is not Operation.MAKE_PAYMENT:
            return super().success_reply(response, call)
        body = {"result_code": self.result_code(call), "response": json.dumps(response)}
        return Reply(200, self.headers(), self.render_json(body))


# --- ids ------------------------------------------------------------------------------------------------------


class MakesIdsOfNumbers(Gateway):
    """Makes the id of a payment from the value of its reference, so that zeros at its front do not count."""

    breaks = "IPG-ANSWERS-05"

    def new_payment_id(self, call: Call, sender: RegisteredBank) -> str:
        return self.payments.next_id(sender, call.members["sender_party_reference_id"].lstrip("0"))


class NamesTheLatestPayment(Gateway):
    """Shows a payment under the id of the one that was opened last."""

    breaks = "IPG-ANSWERS-06"

    def record(self, payment: StoredPayment, status: str) -> dict[str, Any]:
        return {**super().record(payment, status), "payment_id": list(self.payments.by_id)[-1]}


class NumbersRequestsByPayment(Gateway):
    """Takes the id of the payment for that of each request on it."""

    breaks = "IPG-ANSWERS-07"

    def new_request_id(self, call: Call) -> str:
        return call.payment_id or super().new_request_id(call)


# --- what was sent --------------------------------------------------------------------------------------------


class _SpellsReferences(Gateway):
    """Answers with a reference that it has read in a way of its own."""

    def spelt(self, reference: str) -> str:
        raise NotImplementedError

    def acknowledged(self, payment: StoredPayment, request_id: str, call: Call) -> dict[str, Any]:
        whole = super().acknowledged(payment, request_id, call)
        return {**whole, "sender_party_reference_id": self.spelt(payment.reference)}

    def record(self, payment: StoredPayment, status: str) -> dict[str, Any]:
        return {**super().record(payment, status), "sender_reference_id": self.spelt(payment.reference)}


class ReadsReferencesAsNumbers(_SpellsReferences):
    """Drops the zeros at the front of a reference of digits."""

    breaks = "IPG-ANSWERS-08"

    def spelt(self, reference: str) -> str:
        return reference.lstrip("0") if reference.isdigit() else reference


class WritesReferencesInCapitals(_SpellsReferences):
    """Knows capital letters only, as old hosts do; only Get a Payment shows it."""

    breaks = "IPG-ANSWERS-08"

    def acknowledged(self, payment: StoredPayment, request_id: str, call: Call) -> dict[str, Any]:
        return Gateway.acknowledged(self, payment, request_id, call)

    def spelt(self, reference: str) -> str:
        return reference.upper() if reference.isascii() else reference


class NamesReferencesByTheLongName(Gateway):
    """Calls the reference sender_party_reference_id in Get a Payment, as everywhere else (IE16)."""

    breaks = "IPG-ANSWERS-09"

    def record(self, payment: StoredPayment, status: str) -> dict[str, Any]:
        whole = super().record(payment, status)
        reference = whole.pop("sender_reference_id")
        return {**whole, "sender_party_reference_id": reference}


class OmitsPaymentData(Gateway):
    """Shows who pays whom, and not what."""

    breaks = "IPG-ANSWERS-09"

    def record(self, payment: StoredPayment, status: str) -> dict[str, Any]:
        return {name: value for name, value in super().record(payment, status).items() if name != "payment_data"}


class SpellsPayerRight(Gateway):
    """Writes payer_encrypted_data, which is right English and not the name on the wire (IE05)."""

    breaks = "IPG-ANSWERS-09"

    def payer_data(self, payment: StoredPayment) -> dict[str, Any]:
        block = super().payer_data(payment)
        data = block.pop("payer_encypted_data", None)
        return {**block, "payer_encrypted_data": data}


class SwapsEncryptedKeys(Gateway):
    """Gives back the encrypted keys of the payee's data the other way round."""

    breaks = "IPG-ANSWERS-10"

    def payee_data(self, payment: StoredPayment) -> dict[str, Any]:
        block = super().payee_data(payment)
        return {**block, **{name: block.get(other) for name, other in zip(KEYS, reversed(KEYS), strict=True)}}


class EncryptsAnew(Gateway):
    """Gives back data that opens to the same JSON, but that it has encrypted itself."""

    breaks = "IPG-ANSWERS-10"

    def payee_data(self, payment: StoredPayment) -> dict[str, Any]:
        block, key = super().payee_data(payment), payment.payee.aes_key
        if key is None:
            return block
        payload = jwe.decrypt(block["payee_encrypted_data"], key)
        fresh = Fresh.drawn(Random(payment.id).randbytes)  # the same at each question
        return {**block, "payee_encrypted_data": jwe.encrypt(payload, key, fresh)}


class ReturnsPayeeKeysForPayers(Gateway):
    """Keeps one pair of encrypted keys for a payment, that of the payee's data."""

    breaks = "IPG-ANSWERS-10"

    def payer_data(self, payment: StoredPayment) -> dict[str, Any]:
        return {**super().payer_data(payment), **{name: payment.payee.members[name] for name in KEYS}}


class CutsLongData(Gateway):
    """Keeps encrypted data in a column that is wide enough for most people."""

    breaks = "IPG-ANSWERS-10"
    shown_by_fuzz = "quick"

    def block(self, payment: StoredPayment, message: StoredMessage, names: tuple[str, ...]) -> dict[str, Any]:
        block = super().block(payment, message, names)
        return {**block, **{name: block[name][:_WIDTH] for name in names if name in block}}


_WIDTH = 700  # characters; the payer of the stand takes some 500


class PadsWholeAmounts(Gateway):
    """Writes two decimals behind a whole amount."""

    breaks = "IPG-ANSWERS-11"

    def amount_shown(self, amount: Any) -> Any:
        return f"{amount}.00" if str(amount).isdigit() else super().amount_shown(amount)


class DropsTrailingZeros(Gateway):
    """Drops the zero at the end of an amount below one."""

    breaks = "IPG-ANSWERS-11"

    def amount_shown(self, amount: Any) -> Any:
        return str(amount).rstrip("0") if Decimal(amount) < 1 else super().amount_shown(amount)


class CountsTetriInFloats(Gateway):
    """Makes tetri of a small amount by a binary number, which for some of them is a little less."""

    breaks = "IPG-ANSWERS-11"
    shown_by_fuzz = "quick"

    def amount_shown(self, amount: Any) -> Any:
        whole, point, decimals = str(amount).partition(".")
        is_small = len(whole) <= 2 and point
        return f"{int(float(amount) * 100) / 100:.{len(decimals)}f}" if is_small else super().amount_shown(amount)


class AnswersLargeAmountsAsNumbers(Gateway):
    """Writes an amount of a million or more as a number."""

    breaks = "IPG-ANSWERS-11"

    def amount_shown(self, amount: Any) -> Any:
        return float(amount) if Decimal(amount) >= 10**6 else super().amount_shown(amount)


class AnswersSmallChangeInLari(Gateway):
    """Takes amounts below one for tetri, whatever currency they are in."""

    breaks = "IPG-ANSWERS-11"

    def payment_data(self, payment: StoredPayment) -> dict[str, Any]:
        block = super().payment_data(payment)
        is_small = "amount" in block and Decimal(block["amount"]) < 1
        return {**block, "currency": "GEL"} if is_small else block


class KeepsKeysOfConfirmations(Gateway):
    """Shows no encrypted keys in payment_data, as the table of Make a Payment has none."""

    breaks = "IPG-ANSWERS-11"

    def payment_data(self, payment: StoredPayment) -> dict[str, Any]:
        return {name: value for name, value in super().payment_data(payment).items() if name not in KEYS}


class LendsPayeeKeysToConfirmations(Gateway):
    """Fills the encrypted keys that a confirmation lacks with those of the payee's data."""

    breaks = "IPG-ANSWERS-11"

    def payment_data(self, payment: StoredPayment) -> dict[str, Any]:
        return {**{name: payment.payee.members[name] for name in KEYS}, **super().payment_data(payment)}


class NamesTheLastRequestOfTheParties(Gateway):
    """Names the request of the payer's data in the block of the payee, too."""

    breaks = "IPG-ANSWERS-12"

    def payee_data(self, payment: StoredPayment) -> dict[str, Any]:
        return {**super().payee_data(payment), "request_id": (payment.payer or payment.payee).request_id}


# --- the receiver bank's answers ------------------------------------------------------------------------------


class EncryptsAnswersUnderItsOwnKey(Gateway):
    """The receiver bank answers under an AES key that nobody else has."""

    breaks = "IPG-ANSWERS-13"

    def answer_under(self, message: StoredMessage, answer: Mapping[str, Any]) -> str | None:
        return jwe.encrypt(as_json(answer), bytes(range(32)))


class AnswersUnderTheOtherBlocksKey(Gateway):
    """The receiver bank answers on the payer under the AES key of the payee's data."""

    breaks = "IPG-ANSWERS-13"

    def takes_payer(self, payment: StoredPayment) -> bool:
        takes = super().takes_payer(payment)
        if takes and payment.payer is not None:
            payment.payer.response = self.answer_under(payment.payee, self.payer_answer())
        return takes


class WithholdsInitials(Gateway):
    """The receiver bank says no more than that it knows the payee."""

    breaks = "IPG-ANSWERS-14"

    def payee_answer(self, mobile: str) -> dict[str, Any]:
        return {"payee": "KNOWN"}


class TellsPayersTheirOwnInitials(Gateway):
    """The receiver bank answers with the initials of somebody else."""

    breaks = "IPG-ANSWERS-14"

    def payee_answer(self, mobile: str) -> dict[str, Any]:
        return {"payee": {"initials_ka": "დ.ბ.", "initials_en": "D.B."}}


class ManglesGeorgianLetters(Gateway):
    """The receiver bank writes its answers in Latin-1."""

    breaks = "IPG-ANSWERS-14"
    tried_with = {"without": ("answers.initials",)}

    def payee_answer(self, mobile: str) -> dict[str, Any]:
        answer = super().payee_answer(mobile)["payee"]
        return {"payee": {name: value.encode("latin-1", "replace").decode("latin-1") for name, value in answer.items()}}


class ReusesTheIvOfTheQuestion(Gateway):
    """The receiver bank wraps the key of its answer with the IV that it was sent, under the same AES key."""

    breaks = "IPG-ANSWERS-15"

    def answer_under(self, message: StoredMessage, answer: Mapping[str, Any]) -> str | None:
        sent = message.members.get("payee_encrypted_data")
        if sent is None or message.aes_key is None:
            return super().answer_under(message, answer)
        drawn = Fresh.drawn()
        return jwe.encrypt(as_json(answer), message.aes_key, Fresh(drawn.content_key, jwe.read(sent).key_iv, drawn.iv))
