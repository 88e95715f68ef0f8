"""instant-payment validate-payee, validate-payer, make-payment, get-payment: messages of another content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import RECEIVER_KEY, Operation
from conformance.crypto.compact import as_json


class OmitsReceiverCertificates(BankClient):
    """Leaves receiver_party_cert_id out."""

    breaks = "IPG-CONTENT-01"

    def members(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        members = super().members(payment, operation)
        if operation is Operation.MAKE_PAYMENT:
            del members["receiver_party_cert_id"]
        return members


class SendsOneKeyOfTwo(BankClient):
    """Confirms with the receiver bank's encrypted key alone (IR09)."""

    breaks = "IPG-CONTENT-01"

    def confirmation_keys(self, payment: Outgoing) -> dict[str, str]:
        return {RECEIVER_KEY: super().confirmation_keys(payment)[RECEIVER_KEY]}


class NamesOneBankOfTwo(BankClient):
    """Signs neither payment_id nor receiver_party in Validate Payer (IR08)."""

    breaks = "IPG-CONTENT-01"

    def members(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        members = super().members(payment, operation)
        if operation is Operation.VALIDATE_PAYER:
            del members["payment_id"], members["receiver_party"]
        return members


class OmitsCurrencies(BankClient):
    """Confirms without a currency."""

    breaks = "IPG-CONTENT-01"

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {"amount": payment.amount}


class SendsEmptyReferences(BankClient):
    """Has a blank as its reference, and names it only once."""

    breaks = "IPG-CONTENT-02"

    def parties(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        parties = super().parties(payment, operation)
        return {**parties, "sender_party_reference_id": " "} if operation is Operation.VALIDATE_PAYEE else {}


class SendsNull(BankClient):
    """Sends null for the encrypted keys that it leaves out of a confirmation."""

    breaks = "IPG-CONTENT-03"

    def confirmation_keys(self, payment: Outgoing) -> Any:
        return dict.fromkeys(super().confirmation_keys(payment))


class SendsReferencesAsNumbers(BankClient):
    """Sends its reference as a number in Validate Payer."""

    breaks = "IPG-CONTENT-04"

    def members(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        members = super().members(payment, operation)
        if operation is Operation.VALIDATE_PAYER:
            members["sender_party_reference_id"] = int(payment.reference)
        return members


class SignsALooseText(BankClient):
    """Signs payloads with a comma after the last member, as examples of the source have it (IE25)."""

    breaks = "IPG-CONTENT-05"

    def payload(self, members: Mapping[str, Any]) -> bytes:
        return super().payload(members)[:-1] + b",}"


class SignsArrays(BankClient):
    """Signs an array with the object in it."""

    breaks = "IPG-CONTENT-05"

    def payload(self, members: Mapping[str, Any]) -> bytes:
        return b"[" + as_json(members) + b"]"


class SignsTheFirstPayment(BankClient):
    """Signs the id of its first payment in all questions and confirmations."""

    breaks = "IPG-CONTENT-07"

    def signed_id(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        return {"payment_id": self.made[0].id}


class NamesBanksByNumber(BankClient):
    """Names banks by numbers of its own."""

    breaks = "IPG-CONTENT-08"
    tried_with: Mapping[str, Any] = {"role": "sender", "codes": ("220101", "220102")}


class NumbersEachMessage(BankClient):
    """Takes a new reference in Validate Payer."""

    breaks = "IPG-CONTENT-09"

    def parties(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        parties = super().parties(payment, operation)
        if operation is Operation.VALIDATE_PAYER:
            parties["sender_party_reference_id"] = self.new_reference(payment)
        return parties
