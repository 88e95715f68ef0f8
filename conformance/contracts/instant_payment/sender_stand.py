"""A reference sender on a stand: with its keys, the scenarios, and the configuration that fits it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from random import Random
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.provider import system_clock
from conformance.contracts.instant_payment.sender import BankClient
from conformance.contracts.instant_payment.stand import (
    GOOD_PAYER,
    ZONE,
    banks,
    names_of,
    private_pem_of,
    public_pem_of,
)
from conformance.contracts.instant_payment.wire import VERSION
from conformance.crypto.keys import public_part
from conformance.crypto.keytransport import Padding
from conformance.engine.contract import settled

SCENARIOS: Mapping[str, tuple[str, ...]] = {
    "good": ("995577445566", "995577445567"),
    "slow": ("995577445568",),
    "unknown_payee": ("995500000000",),
    "rejected_payer": ("995577445570",),
    "canceled": ("995577445571",),
    "refused": ("995577445572",),
}


@dataclass(frozen=True)
class SenderStand:
    """A bank's client software, and all that a configuration for it says."""

    provider: BankClient
    versions: tuple[str, ...] = (VERSION,)
    without: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def configuration(self, base_url: str) -> dict[str, Any]:
        """The complete configuration, as `conformance.toml` would hold it, with the suite listening at `base_url`."""
        client = self.provider
        document: dict[str, Any] = {
            "contract": "instant-payment",
            "role": "sender",
            "target": {
                "name": f"reference sender ({type(client).__name__})",
                "base_url": base_url.replace("https://", "http://"),
                "versions": list(self.versions),
            },
            "banks": {"sender": names_of(client.bank), "receiver": names_of(client.receiver)},
            "keys": {
                "transport": client.padding.value,
                "sender": {"private": private_pem_of(client.bank)},
                "receiver": {"private": private_pem_of(client.receiver), "public": public_pem_of(client.receiver)},
            },
            "scenarios": {name: list(mobiles) for name, mobiles in SCENARIOS.items()},
            "sender": {"wait_s": 60.0},
            "amounts": {"usual": client.amount, "currencies": [client.currency]},
            "polling": {"interval_s": client.interval_s, "patience_s": client.patience_s, "quiet_intervals": 3},
            "dates": {"zone": str(client.zone)},
        }
        return settled(document, self.without, self.settings)


def sender_stand(
    *,
    provider_class: type[BankClient] = BankClient,
    clock: Callable[[], datetime] = system_clock,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    padding: Padding = Padding.PKCS1,
    interval_s: float = 1.0,
    key_bits: int = 2048,
    codes: tuple[str, str] = ("", ""),
    role: str = "sender",
    versions: Collection[str] = (VERSION,),
    without: Collection[str] = (),
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> SenderStand:
    """
    A bank client of that class, which pays once to each number of the scenarios.

    It signs with a key of `key_bits`; `codes` are other codes for it and the receiver bank. `without` and `settings`
    change the configuration as they do for a gateway.
    """
    sender, receiver, _ = banks()
    if key_bits != 2048:
        sender = _with_key_of(key_bits)
    sender, receiver = (_named(bank, code) for bank, code in zip((sender, receiver), codes, strict=True))
    client = provider_class(
        bank=sender,
        receiver=receiver,
        mobiles=[mobile for mobiles in SCENARIOS.values() for mobile in mobiles],
        payer=GOOD_PAYER,
        zone=ZoneInfo(ZONE),
        clock=clock,
        sleep=sleep,
        random=Random(7),  # proofs come out alike everywhere; a stand moves no money
        padding=padding,
        interval_s=interval_s,
    )
    return SenderStand(client, tuple(versions), tuple(without), settings)


@cache
def _with_key_of(bits: int) -> RegisteredBank:
    private = JWK.generate(kty="RSA", size=bits)
    return RegisteredBank("BAGAGE22", "S0VZLS0tLS0KTUlH", public_part(private), private)


@cache
def _named(bank: RegisteredBank, code: str) -> RegisteredBank:
    return RegisteredBank(code, bank.cert_id, bank.key, bank.private) if code else bank
