"""The payments that the reference gateway holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.wire import Status

_PAYMENTS = UUID("8c1f5d0e-0f0b-4b53-9d57-6f0b6a3f5a11")


@dataclass(slots=True)
class StoredMessage:
    """A message that was taken: its signed members, the AES key once the receiver bank opened it, and its answer."""

    request_id: str
    members: Mapping[str, Any]
    aes_key: bytes | None = None
    response: str | None = None  # response_encrypted_data


@dataclass(slots=True)
class StoredPayment:
    """One payment. `since` is the moment of its status, in seconds of the gateway's monotonic clock."""

    id: str
    reference: str
    sender: RegisteredBank
    receiver: RegisteredBank
    payee: StoredMessage
    status: Status = Status.PAYEE_VALIDATING
    since: float = 0.0
    payer: StoredMessage | None = None
    confirmation: StoredMessage | None = None


@dataclass(slots=True)
class Payments:
    """All payments, by id and by the sender bank's reference."""

    by_id: dict[str, StoredPayment] = field(default_factory=dict)
    by_reference: dict[tuple[str, str], list[StoredPayment]] = field(default_factory=dict)

    def add(self, payment: StoredPayment) -> None:
        self.by_id[payment.id] = payment
        self.of_reference(payment.sender, payment.reference).append(payment)

    def of_reference(self, sender: RegisteredBank, reference: str) -> list[StoredPayment]:
        """The payments of a bank under one reference, oldest first (IR18)."""
        return self.by_reference.setdefault((sender.code, reference), [])

    def next_id(self, sender: RegisteredBank, reference: str) -> str:
        """An id that depends on bank and reference alone, so that a run with the same seed meets the same ids."""
        place = len(self.of_reference(sender, reference))
        return uuid5(_PAYMENTS, f"{sender.code}:{reference}:{place}").hex
