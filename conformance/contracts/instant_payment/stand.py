"""A reference gateway on a stand: with banks, their keys and customers, and the configuration that fits it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.book import Book, Customer, RegisteredBank
from conformance.contracts.instant_payment.payments import StoredMessage, StoredPayment
from conformance.contracts.instant_payment.provider import Gateway, system_clock
from conformance.contracts.instant_payment.wire import VERSION, Status
from conformance.crypto.keys import new_private_key, public_part, public_pem
from conformance.crypto.keytransport import Padding
from conformance.engine.contract import settled

ZONE = "Asia/Tbilisi"
TOLERANCE_S = 300
MOBILE, UNKNOWN_MOBILE = "995577445566", "995500000000"
CANCELED_ID = "c0ffee00c0ffee00c0ffee00c0ffee00"
GOOD_PAYER = {
    "first_name_ka": "დავით",
    "last_name_ka": "ბერაძე",
    "first_name_en": "Davit",
    "last_name_en": "Beradze",
    "personal_id": "12345678901",
    "date_of_birth": "23/05/1987",  # no month has that number
    "initials_ka": "დ.ბ.",
    "initials_en": "D.B.",
}
REJECTED_PAYER = {
    "first_name_ka": "ნინო",
    "last_name_ka": "კაპანაძე",
    "first_name_en": "Nino",
    "last_name_en": "Kapanadze",
    "personal_id": "98765432109",
    "date_of_birth": "30/11/1990",
    "initials_ka": "ნ.კ.",
    "initials_en": "N.K.",
}


@dataclass(frozen=True)
class Stand:
    """A gateway, and all that a configuration for it says."""

    provider: Gateway
    role: str = "gateway"
    versions: tuple[str, ...] = (VERSION,)
    without: tuple[str, ...] = ()  # settings that the configuration leaves out, as `table.key`
    settings: Mapping[str, Any] = field(default_factory=dict)  # settings of another value, by `table.key`

    def configuration(self, base_url: str) -> dict[str, Any]:
        """The complete configuration, as `conformance.toml` would hold it, for this gateway at `base_url`."""
        gateway = self.provider
        sender, receiver, other = banks()
        tolerance = {} if gateway.tolerance is None else {"tolerance_s": gateway.tolerance.total_seconds()}
        document: dict[str, Any] = {
            "contract": "instant-payment",
            "role": self.role,
            "target": {
                "name": f"reference gateway ({type(gateway).__name__})",
                "base_url": base_url,
                "versions": list(self.versions),
            },
            "limits": {"timeout_s": 10},
            "banks": {"sender": names_of(sender), "receiver": names_of(receiver), "other": names_of(other)},
            "keys": {
                "transport": gateway.padding.value,
                "kid_in_header": gateway.wants_kid,
                "sender": {"private": private_pem_of(sender)},
                "receiver": {"public": public_pem_of(receiver), "private": private_pem_of(receiver)},
                "other": {"private": private_pem_of(other)},
            },
            "payee": {"mobile": MOBILE, "unknown_mobile": UNKNOWN_MOBILE, "initials": "M.A."},
            "payer": {"good": dict(GOOD_PAYER), "rejected": dict(REJECTED_PAYER)},
            "amounts": {"currencies": list(gateway.currencies)},
            "polling": {"interval_s": 1.0, "patience_s": 20.0, "quiet_intervals": 3},
            "dates": {"zone": str(gateway.zone), **tolerance},
            "answers": {"initials": "/payee/initials_en"},
            "messages": {"oversized_bytes": 256 * 1024},
            "listener": {"address": "http://127.0.0.1:0"},
            "data": {"canceled_payment_id": CANCELED_ID},
        }
        return settled(document, self.without, self.settings)


def stand(
    *,
    provider_class: type[Gateway] = Gateway,
    clock: Callable[[], datetime] = system_clock,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    padding: Padding = Padding.PKCS1,
    tolerance_s: float | None = TOLERANCE_S,
    role: str = "gateway",
    versions: Collection[str] = (VERSION,),
    without: Collection[str] = (),
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> Stand:
    """
    A gateway of that class.

    `without` names settings that the configuration leaves out, `settings` are others that it has another value for.
    """
    gateway = provider_class(
        book=Book(banks(), {MOBILE: Customer("მ.ა.", "M.A.")}, frozenset({REJECTED_PAYER["personal_id"]})),
        padding=padding,
        zone=ZoneInfo(ZONE),
        tolerance=None if tolerance_s is None else timedelta(seconds=tolerance_s),
        clock=clock,
        monotonic=monotonic,
        sleep=sleep,
    )
    sender, receiver, _ = banks()
    canceled = StoredPayment(CANCELED_ID, "canceled-1", sender, receiver, StoredMessage("canceled-1", {}))
    canceled.status = Status.CANCELED
    gateway.payments.add(canceled)
    return Stand(gateway, role, tuple(versions), tuple(without), settings)


@cache
def banks() -> tuple[RegisteredBank, RegisteredBank, RegisteredBank]:
    """Sender, receiver and another bank; made once, since making an RSA key takes long."""
    return (
        _registered("BAGAGE22", "S0VZLS0tLS0KTUlH"),
        _registered("TBCBGE22", "oa1MrK2x1ZjM"),
        _registered("LBRTGE22", "bGlicmEtMjAyNi0x"),
    )


def _registered(code: str, cert_id: str) -> RegisteredBank:
    private: JWK = new_private_key("RS256")
    return RegisteredBank(code, cert_id, public_part(private), private)


def names_of(bank: RegisteredBank) -> dict[str, str]:
    return {"code": bank.code, "cert_id": bank.cert_id}


@cache
def private_pem_of(bank: RegisteredBank) -> str:
    if bank.private is None:
        raise ValueError(f"the private key of {bank.code} is not held here")
    return bank.private.export_to_pem(private_key=True, password=None).decode("ascii")


@cache
def public_pem_of(bank: RegisteredBank) -> str:
    return public_pem(bank.key).decode("ascii")
