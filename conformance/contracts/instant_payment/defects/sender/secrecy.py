"""instant-payment encryption, flow: personal data and keys that stand outside of encryption."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import Operation
from conformance.transport.message import Headers


class AddsTheMobileInClear(BankClient):
    """Adds the payee's mobile number to what it signs."""

    breaks = "IPG-SECRECY-02"

    def members(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        extra = {"payee_mobile": payment.mobile} if operation is Operation.VALIDATE_PAYEE else {}
        return {**super().members(payment, operation), **extra}


class NamesPayersInAHeader(BankClient):
    """Sends the payer's personal id in a header, in Base64."""

    breaks = "IPG-SECRECY-02"

    def headers(self, payment: Outgoing, operation: Operation) -> Headers:
        value = base64.b64encode(self.payer["personal_id"].encode()).decode("ascii")
        return (*super().headers(payment, operation), ("X-Customer", value))


class NamesPayeesInThePath(BankClient):
    """Adds the mobile number to the query."""

    breaks = "IPG-SECRECY-02"

    def path(self, operation: Operation, payment: Outgoing) -> str:
        return f"{super().path(operation, payment)}?to=%2B{payment.mobile}"


class SendsTheAesKeyBeside(BankClient):
    """Adds the AES key itself to what it signs."""

    breaks = "IPG-SECRECY-03"

    def encrypted_keys(self, aes_key: bytes) -> dict[str, str]:
        return {**super().encrypted_keys(aes_key), "aes_key": base64.b64encode(aes_key).decode("ascii")}


class SendsTheAesKeyInHex(BankClient):
    """Adds the AES key in hex to what it signs."""

    breaks = "IPG-SECRECY-03"

    def encrypted_keys(self, aes_key: bytes) -> dict[str, str]:
        return {**super().encrypted_keys(aes_key), "aes_key": aes_key.hex()}


class PutsItsPrivateKeyInTheHeader(BankClient):
    """Puts its key into the header as a JWK, the private half with it."""

    breaks = "IPG-SECRECY-03"

    def header(self, payment: Outgoing) -> Mapping[str, Any]:
        private = self.signing_key(Operation.GET_PAYMENT).export_private(as_dict=True)
        return {**super().header(payment), "jwk": private}
