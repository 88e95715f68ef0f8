"""Gateways that take messages which are not whole, and read into them what is not there."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call, Refusal, invalid
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import SENDER_KEY, Operation

# --- members: missing, empty, null, of another type -----------------------------------------------------------


class AsksForNoKeyOfTheSender(Gateway):
    """Passes on payee and payer data that the sender bank itself could not open again."""

    breaks = "IPG-CONTENT-01"

    def mandatory_members(self, operation: Operation) -> Collection[str]:
        return [name for name in super().mandatory_members(operation) if name != SENDER_KEY]


class TakesThePaymentFromThePath(Gateway):
    """Asks for no payment_id in what is signed, so that a confirmation can be taken to another payment."""

    breaks = "IPG-CONTENT-01"

    def mandatory_members(self, operation: Operation) -> Collection[str]:
        return [name for name in super().mandatory_members(operation) if name != "payment_id"]


class AcceptsEmptyReferences(Gateway):
    """Opens payments that the sender bank cannot tell apart."""

    breaks = "IPG-CONTENT-02"

    def member_is_empty(self, name: str, value: object) -> bool:
        return name != "sender_party_reference_id" and super().member_is_empty(name, value)


class OverlooksEmptyCertificates(Gateway):
    """Compares the certificate of the receiver bank only where one is named."""

    breaks = "IPG-CONTENT-02"

    def member_is_empty(self, name: str, value: object) -> bool:
        return name != "receiver_party_cert_id" and super().member_is_empty(name, value)

    def is_receiver_certificate_of(self, cert_id: str, receiver: RegisteredBank) -> bool:
        return not cert_id or super().is_receiver_certificate_of(cert_id, receiver)


class _ReadsMembersOtherwise(Gateway):
    """Puts something else in the place of a member before anybody looks at it."""

    def read(self, name: str, value: Any) -> Any:
        raise NotImplementedError

    def members_of(self, payload: bytes) -> Mapping[str, Any]:
        return {name: self.read(name, value) for name, value in super().members_of(payload).items()}


class ReadsNullAsText(_ReadsMembersOtherwise):
    """Writes null out as the four letters of its programming language."""

    breaks = "IPG-CONTENT-03"

    def read(self, name: str, value: Any) -> Any:
        return "None" if name == "sender_party_reference_id" and value is None else value


class TakesNullForThePaymentOfThePath(Gateway):
    """Compares the signed payment_id only where it is more than null."""

    breaks = "IPG-CONTENT-03"

    def null_is_refused(self, name: str) -> bool:
        return name != "payment_id"

    def signed_id_is_that_of_the_path(self, call: Call) -> bool:
        return call.members.get("payment_id") is None or super().signed_id_is_that_of_the_path(call)


class TurnsNumbersIntoText(_ReadsMembersOtherwise):
    """Takes a number as reference, of which another reader may lose the last digits."""

    breaks = "IPG-CONTENT-04"

    def read(self, name: str, value: Any) -> Any:
        return str(value) if name == "sender_party_reference_id" and isinstance(value, int) else value


class UnpacksArrays(_ReadsMembersOtherwise):
    """Takes an array of one for what is inside."""

    breaks = "IPG-CONTENT-04"

    def read(self, name: str, value: Any) -> Any:
        return value[0] if isinstance(value, list) and len(value) == 1 else value


class UnpacksTexts(_ReadsMembersOtherwise):
    """Reads payment_info once more where it is a text."""

    breaks = "IPG-CONTENT-04"

    def read(self, name: str, value: Any) -> Any:
        return json.loads(value) if name == "payment_info" and isinstance(value, str) and value else value


# --- the object as a whole ------------------------------------------------------------------------------------


class _ReadsPayloadsOtherwise(Gateway):
    """Finds a message in what is not one JSON object."""

    def found(self, payload: bytes) -> bytes:
        raise NotImplementedError

    def members_of(self, payload: bytes) -> Mapping[str, Any]:
        return super().members_of(self.found(payload))


class TakesTheFirstOfAnArray(_ReadsPayloadsOtherwise):
    """Takes an array of messages for its first."""

    breaks = "IPG-CONTENT-05"

    def found(self, payload: bytes) -> bytes:
        return payload[1:-1] if payload.startswith(b"[") else payload


class ReadsTheFirstObject(_ReadsPayloadsOtherwise):
    """Reads one JSON value, and never asks whether anything follows."""

    breaks = "IPG-CONTENT-05"

    def found(self, payload: bytes) -> bytes:
        return payload.partition(b"}{")[0] + b"}" if b"}{" in payload else payload


class UnpacksPayloads(_ReadsPayloadsOtherwise):
    """Reads a text once more, as if it were the message."""

    breaks = "IPG-CONTENT-05"

    def found(self, payload: bytes) -> bytes:
        return str(json.loads(payload)).encode("utf-8") if payload.startswith(b'"') else payload


class TakesNaNForNull(_ReadsPayloadsOtherwise):
    """Reads JSON with the numbers of another language in it."""

    breaks = "IPG-CONTENT-05"

    def found(self, payload: bytes) -> bytes:
        return payload.replace(b":NaN", b":null")


class AcceptsUnknownReceivers(Gateway):
    """Opens payments to banks that it does not know, and goes by the certificate."""

    breaks = "IPG-CONTENT-06"

    def receiver_of(self, call: Call) -> RegisteredBank:
        is_known = self.book.by_code(call.members["receiver_party"]) is not None
        named = None if is_known else self.book.by_certificate(call.members["receiver_party_cert_id"])
        return named or super().receiver_of(call)


# --- the payment of the path ----------------------------------------------------------------------------------


class HeedsOnlyThePath(Gateway):
    """Never compares the path with what is signed."""

    breaks = "IPG-CONTENT-07"

    def signed_id_is_that_of_the_path(self, call: Call) -> bool:
        return True


class HeedsOnlyTheSignedId(Gateway):
    """Takes a message to the payment that is signed, wherever it was sent."""

    breaks = "IPG-CONTENT-07"

    def find_payment(self, call: Call) -> StoredPayment | None:
        known = super().find_payment(call)
        return known and self.payments.by_id.get(str(call.members.get("payment_id")), known)

    def signed_id_is_that_of_the_path(self, call: Call) -> bool:
        return call.members.get("payment_id", call.payment_id) in self.payments.by_id


class ComparesThePathTooLate(Gateway):
    """Sends the payment of the path, and then sees that another one was signed."""

    breaks = "IPG-CONTENT-07"

    def signed_id_is_that_of_the_path(self, call: Call) -> bool:
        return call.operation is Operation.MAKE_PAYMENT or super().signed_id_is_that_of_the_path(call)

    def take_confirmation(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        super().take_confirmation(call, payment, request_id)
        if call.members["payment_id"] != payment.id:
            raise invalid("payment_id", "is not that of the path")


# --- members that the method does not know --------------------------------------------------------------------


class TakesTheStatusOfTheMessage(Gateway):
    """Shows the status that the sender bank wrote into its own message."""

    breaks = "IPG-CONTENT-10"

    def shown_status(self, payment: StoredPayment, call: Call) -> str:
        told = (payment.payer or payment.payee).members.get("status")
        is_asked = call.operation is Operation.GET_PAYMENT and isinstance(told, str)
        return str(told) if is_asked else super().shown_status(payment, call)


class TakesTheIdOfTheMessage(Gateway):
    """Lets the sender bank choose the payment_id."""

    breaks = "IPG-CONTENT-10"

    def new_payment_id(self, call: Call, sender: RegisteredBank) -> str:
        chosen = call.members.get("payment_id")
        return str(chosen) if chosen else super().new_payment_id(call, sender)


class TakesTheAmountOfPayers(Gateway):
    """Shows an amount before anybody has confirmed it."""

    breaks = "IPG-CONTENT-10"

    def record(self, payment: StoredPayment, status: str) -> dict[str, Any]:
        early = {} if payment.payer is None else dict(payment.payer.members.get("payment_info", {}))
        return {**({"payment_data": early} if early else {}), **super().record(payment, status)}


class TakesTheAmountBesideTheInfo(Gateway):
    """Prefers an amount that stands where others stand in its tables."""

    breaks = "IPG-CONTENT-10"

    def payment_data(self, payment: StoredPayment) -> dict[str, Any]:
        beside = {} if payment.confirmation is None else payment.confirmation.members
        return {**super().payment_data(payment), **{name: beside[name] for name in ("amount",) if name in beside}}


class RefusesUnknownMembersTooLate(Gateway):
    """Confirms a payment, and then refuses a member of the confirmation."""

    breaks = "IPG-CONTENT-10"

    def take_confirmation(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        super().take_confirmation(call, payment, request_id)
        if "amount" in call.members:
            raise Refusal(400, "UNKNOWN_MEMBER", "a member is not known")
