"""instant-payment signature: messages that are no compact JWS of the sender bank."""

from __future__ import annotations

import base64
import json

from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.published_keys import SPARE
from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import Operation
from conformance.crypto.keys import private_key


class SendsJsonSerialisation(BankClient):
    """Sends the flattened JSON serialisation of the JWS, as a text."""

    breaks = "IPG-SIGNATURE-01"

    def token(self, payment: Outgoing, operation: Operation) -> str:
        names = ("protected", "payload", "signature")
        return json.dumps(dict(zip(names, super().token(payment, operation).split("."), strict=True)))


class PadsParts(BankClient):
    """Pads the Base64url of each part with equals signs."""

    breaks = "IPG-SIGNATURE-01"

    def token(self, payment: Outgoing, operation: Operation) -> str:
        return ".".join(part + "=" * (-len(part) % 4) for part in super().token(payment, operation).split("."))


class SignsInStandardBase64(BankClient):
    """Writes the signature in standard Base64."""

    breaks = "IPG-SIGNATURE-01"

    def token(self, payment: Outgoing, operation: Operation) -> str:
        head, _, last = super().token(payment, operation).rpartition(".")
        signature = base64.urlsafe_b64decode(last + "=" * (-len(last) % 4))
        return f"{head}.{base64.b64encode(signature).decode('ascii')}"


class SignsWithAnotherKey(BankClient):
    """Signs payments with a key that is not the bank's."""

    breaks = "IPG-SIGNATURE-02"

    def signing_key(self, operation: Operation) -> JWK:
        return super().signing_key(operation) if operation is Operation.GET_PAYMENT else private_key(SPARE)


class SignsAllButQuestions(BankClient):
    """Signs Get a Payment with a throwaway key."""

    breaks = "IPG-SIGNATURE-02"

    def signing_key(self, operation: Operation) -> JWK:
        return private_key(SPARE) if operation is Operation.GET_PAYMENT else super().signing_key(operation)
