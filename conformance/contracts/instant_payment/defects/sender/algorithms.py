"""instant-payment signature: other algorithms than RSA with SHA-256."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import Operation
from conformance.crypto.keys import rsa_private


class SignsWithRs512(BankClient):
    """Signs with RS512, and says so."""

    breaks = "IPG-ALGORITHMS-01"

    def header(self, payment: Outgoing) -> Mapping[str, Any]:
        return {"alg": "RS512"}

    def signature(self, signing_input: bytes, operation: Operation) -> bytes:
        return rsa_private(self.signing_key(operation)).sign(signing_input, PKCS1v15(), SHA512())


class SignsWithPs256(BankClient):
    """Signs with PS256, and says so."""

    breaks = "IPG-ALGORITHMS-01"

    def header(self, payment: Outgoing) -> Mapping[str, Any]:
        return {"alg": "PS256"}

    def signature(self, signing_input: bytes, operation: Operation) -> bytes:
        return rsa_private(self.signing_key(operation)).sign(signing_input, PSS(MGF1(SHA256()), 32), SHA256())


class NamesNoAlgorithm(BankClient):
    """Signs with RS256, and leaves alg out of the header."""

    breaks = "IPG-ALGORITHMS-01"

    def header(self, payment: Outgoing) -> Mapping[str, Any]:
        return {"typ": "JWT"}
