"""What the reference system of imts remembers: agents, tokens, clients and transfers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conformance.contracts.imts.wire import Method, Status


@dataclass(frozen=True, slots=True)
class RegisteredAgent:
    """A partner of the system; `callback_url` is where it wants to be told, None for nowhere."""

    agent_id: str
    secret: str
    partner_key: bytes
    country: str
    callback_url: str | None = None


@dataclass(slots=True)
class Tokens:
    """An access token and the refresh token that came with it."""

    agent_id: str
    access: str
    refresh: str
    expires: datetime
    is_refreshed: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """A registered sender."""

    id: str
    agent_id: str
    kind: Method  # the method that registered it
    data: Mapping[str, Any]


@dataclass(slots=True)
class Transfer:
    """A transfer. `told` holds each status that it had, in order."""

    id: str
    agent_id: str
    client: Client
    members: Mapping[str, Any]
    fee: str
    status: Status = Status.NEW
    told: list[Status] = field(default_factory=lambda: [Status.NEW])
    payout_is_registered: bool = False


@dataclass(slots=True)
class Store:
    """Everything, by id."""

    agents: dict[str, RegisteredAgent] = field(default_factory=dict)
    by_access: dict[str, Tokens] = field(default_factory=dict)
    by_refresh: dict[str, Tokens] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)  # ids, by what they were made for
