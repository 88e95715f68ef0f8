"""What the reference gateway knows from elsewhere: registered banks with their certificates, customers of banks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jwcrypto.jwk import JWK


@dataclass(frozen=True, eq=False)
class RegisteredBank:
    """A bank with the certificate in use. `private` is its own half of the key, for the banks that are played here."""

    code: str
    cert_id: str
    key: JWK
    private: JWK | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the receiver bank, as it describes him to the sender bank."""

    initials_ka: str
    initials_en: str


@dataclass(frozen=True)
class Book:
    """Registered banks, the customers of receiver banks by mobile number, and payers whom they do not take."""

    banks: Sequence[RegisteredBank]
    customers: Mapping[str, Customer] = field(default_factory=dict)
    rejected_payers: frozenset[str] = frozenset()  # personal ids

    def by_code(self, code: object) -> RegisteredBank | None:
        return next((bank for bank in self.banks if bank.code == code), None)

    def by_certificate(self, cert_id: object) -> RegisteredBank | None:
        return next((bank for bank in self.banks if bank.cert_id == cert_id), None)
