"""instant-payment validate-payee, get-payment, signature: bodies that a sender gets wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import Operation
from conformance.crypto.compact import as_json
from conformance.transport.message import Headers


class SendsTheTokenAlone(BankClient):
    """Sends the compact JWS itself as the body."""

    breaks = "IPG-ENVELOPE-01"

    def body(self, token: str) -> bytes:
        return token.encode("ascii")


class SendsTheTokenInAnArray(BankClient):
    """Sends the message as the only item of an array."""

    breaks = "IPG-ENVELOPE-01"

    def body(self, token: str) -> bytes:
        return json.dumps([token]).encode("ascii")


class NamesTheMessageOtherwise(BankClient):
    """Sends the message as `signedMessage`."""

    breaks = "IPG-ENVELOPE-01"

    def body(self, token: str) -> bytes:
        return as_json({"signedMessage": token})


class SendsPlainText(BankClient):
    """Says that its bodies are text/plain."""

    breaks = "IPG-ENVELOPE-02"

    def headers(self, payment: Outgoing, operation: Operation) -> Headers:
        return (("Content-Type", "text/plain"),)


class LeavesQuestionsUntyped(BankClient):
    """Sends no Content-Type with a GET, though it has a body."""

    breaks = "IPG-ENVELOPE-02"

    def headers(self, payment: Outgoing, operation: Operation) -> Headers:
        return () if operation is Operation.GET_PAYMENT else super().headers(payment, operation)


class SignsUtf16(BankClient):
    """Signs its payloads in UTF-16."""

    breaks = "IPG-ENVELOPE-05"

    def payload(self, members: Mapping[str, Any]) -> bytes:
        return super().payload(members).decode("utf-8").encode("utf-16")


class MarksItsBodies(BankClient):
    """Begins its bodies with a byte order mark."""

    breaks = "IPG-ENVELOPE-05"

    def body(self, token: str) -> bytes:
        return b"\xef\xbb\xbf" + super().body(token)


class RepeatsMembers(BankClient):
    """Writes request_date twice into what it signs."""

    breaks = "IPG-ENVELOPE-06"

    def payload(self, members: Mapping[str, Any]) -> bytes:
        date = as_json({"request_date": members["request_date"]})
        return date[:-1] + b"," + super().payload(members)[1:]


class RepeatsEncryptedMembers(BankClient):
    """Writes the payee, or the payer, twice into what it encrypts."""

    breaks = "IPG-ENVELOPE-06"

    def data_bytes(self, data: Any) -> bytes:
        text = super().data_bytes(data)
        return text[:-1] + b"," + text[1:]
