"""A reference system on a stand: with agents, their secrets and clients, and the configuration that fits it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from conformance.contracts.imts.declaration import DEFAULT_MEMBERS
from conformance.contracts.imts.encryption import EncryptionReading
from conformance.contracts.imts.provider import PATHS, System, system_clock
from conformance.contracts.imts.signature import SignatureReading
from conformance.contracts.imts.store import RegisteredAgent, Tokens
from conformance.contracts.imts.wire import KNOWN_PATHS, VERSION, Method
from conformance.crypto.compact import standard_encoded
from conformance.engine.contract import settled

AGENT, OTHER = "7d1c2f6e-5f0a-4a57-9d36-0c6f3b8a1e11", "e0b1a9c4-8a53-4b3e-bb0e-3f1f6a7c9d22"
SECRET, OTHER_SECRET = "s3cret-of-the-suite-0001", "s3cret-of-another-0002"
KEY, OTHER_KEY = b"conformance-partner-key-of-agent", b"conformance-partner-key-of-other"
PERSON = {"first_name": "Aliya", "last_name": "Serikova", "document": "N11223344", "phone": "+77011234567"}
BUSINESS = {"company": "Altyn Dala LLP", "bin": "990140001234", "phone": "+77017654321"}
RECIPIENT = {"first_name": "Giorgi", "last_name": "Beridze", "document": "G55667788", "phone": "+995577445566"}
REJECTED = {"last_name": "Rejected"}
EXPIRED_TOKEN = "at-2f9c4ad1be1e5d24a6c1b7a1f6f0c4e3"
DESTINATIONS = {"phone": "+995577445566", "iban": "GE29NB0000000101904917", "pan": "4000001234567899"}
RETRY_S = 2.0


@dataclass(frozen=True)
class Stand:
    """A system, and all that a configuration for it says."""

    provider: System
    role: str = "system"
    versions: tuple[str, ...] = (VERSION,)
    callback_address: str = ""
    without: tuple[str, ...] = ()  # settings that the configuration leaves out, as `table.key`
    settings: Mapping[str, Any] = field(default_factory=dict)  # settings of another value, by `table.key`

    def configuration(self, base_url: str) -> dict[str, Any]:
        """The complete configuration, as `conformance.toml` would hold it, for this system at `base_url`."""
        system = self.provider
        signing, encryption = system.signing, system.encryption
        document: dict[str, Any] = {
            "contract": "imts",
            "role": self.role,
            "target": {
                "name": f"reference system ({type(system).__name__})",
                "base_url": base_url,
                "versions": list(self.versions),
            },
            "limits": {"timeout_s": 10},
            "auth": {
                "agent_id": AGENT,
                "agent_secret": SECRET,
                "partner_key": spelt(KEY, encryption),
                "expired_token": EXPIRED_TOKEN,
                "other": {
                    "agent_id": OTHER,
                    "agent_secret": OTHER_SECRET,
                    "country": "KAZ",
                    "partner_key": spelt(OTHER_KEY, encryption),
                },
            },
            "signature": {
                "salt_is_signed": signing.salt_is_signed,
                "key": signing.key.value,
                "secret_is_appended": signing.secret_is_appended,
                "numbers": signing.numbers.value,
            },
            "encryption": {
                "iv": encryption.iv.value,
                "iv_member": encryption.iv_member,
                "key_form": encryption.key_form.value,
            },
            "paths": {
                **{one.key: path for one, path in PATHS.items() if one not in KNOWN_PATHS},
                **{one.key: f"{PATHS[one]}?transfer_id={{transfer_id}}" for one in (Method.STATUS, Method.INFO)},
            },
            "members": {"create": {**DEFAULT_MEMBERS[Method.CREATE], "sender_id": "{client_id}"}},
            "values": {
                "personal_data": "",
                "transfer_id": {"default": "/transfer_id", Method.SEARCH.key: "/transfers/0/transfer_id"},
            },
            "transfer": {
                **DESTINATIONS,
                "target_agent_id": OTHER,
            },
            "clients": {
                "person": PERSON,
                "rejected_person": PERSON | REJECTED,
                "business": BUSINESS,
                "recipient": RECIPIENT,
                "rejected_recipient": RECIPIENT | REJECTED,
            },
            "callbacks": {
                "address": self.callback_address,
                "kind": "/type",
                "wait_s": 5.0,
                "retry_every_s": RETRY_S,
            },
        }
        return settled(document, self.without, self.settings)


def stand(
    *,
    provider_class: type[System] = System,
    clock: Callable[[], datetime] = system_clock,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    signing: SignatureReading | None = None,
    encryption: EncryptionReading | None = None,
    role: str = "system",
    versions: Collection[str] = (VERSION,),
    without: Collection[str] = (),
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> Stand:
    """
    A system of that class under these readings.

    `without` names settings that the configuration leaves out, `settings` are others that it has another value for.
    """
    address = f"http://127.0.0.1:{_free_port()}"
    provider = provider_class(
        agents=(
            RegisteredAgent(AGENT, SECRET, KEY, "KAZ", f"{address}/"),
            RegisteredAgent(OTHER, OTHER_SECRET, OTHER_KEY, "KAZ"),
        ),
        signing=signing,
        encryption=encryption,
        clock=clock,
        monotonic=monotonic,
        sleep=sleep,
        retry_every_s=RETRY_S,
    )
    provider.store.by_access[EXPIRED_TOKEN] = Tokens(AGENT, EXPIRED_TOKEN, "", clock())
    return Stand(provider, role, tuple(versions), address, tuple(without), settings)


def spelt(key: bytes, reading: EncryptionReading) -> str:
    """A key as this reading spells it."""
    match reading.key_form.value:
        case "hex":
            return key.hex()
        case "base64":
            return standard_encoded(key)
    return key.decode("ascii")


def _free_port() -> int:
    """A port that nobody listens at; a moment later somebody might, which the run would say."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
