"""Gateways that show in clear what was encrypted for the two banks."""

from __future__ import annotations

import base64
from typing import Any

from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.crypto import jwe


class ShowsInitialsInClear(Gateway):
    """Spares the sender bank the work of decryption."""

    breaks = "IPG-SECRECY-01"

    def record(self, payment: StoredPayment, status: str) -> dict[str, Any]:
        initials = [customer.initials_ka for customer in self.book.customers.values()]
        return {**super().record(payment, status), "payees": initials}


class TracesMobilesInBase64(Gateway):
    """Sends along what it read, for a log, and takes Base64 for a kind of encryption."""

    breaks = "IPG-SECRECY-01"

    def acknowledged(self, payment: StoredPayment, request_id: str, call: Call) -> dict[str, Any]:
        whole, key = super().acknowledged(payment, request_id, call), payment.payee.aes_key
        if key is None:
            return whole
        read = jwe.decrypt(payment.payee.members["payee_encrypted_data"], key)
        return {**whole, "trace": base64.b64encode(read).decode("ascii")}


class ShowsAesKeys(Gateway):
    """Shows the AES key of the payee's data in hex, since the sender bank knows it anyway."""

    breaks = "IPG-SECRECY-01"

    def record(self, payment: StoredPayment, status: str) -> dict[str, Any]:
        key = payment.payee.aes_key
        return {**super().record(payment, status), **({"trace": key.hex()} if key else {})}
