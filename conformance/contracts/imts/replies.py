"""imts answers: what a method tells, and how a refusal looks."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from typing import Any

from conformance.contracts.imts.call import Call, Refusal
from conformance.contracts.imts.encryption import EncryptionReading, sealed
from conformance.contracts.imts.store import Client, RegisteredAgent, Store, Tokens, Transfer
from conformance.contracts.imts.wire import Status
from conformance.crypto.cbc import BLOCK_BYTES
from conformance.transport.message import Headers, Reply


class ReplyRules:
    """Answers by method; personal data in them are encrypted, each time with an IV of its own."""

    store: Store
    encryption: EncryptionReading

    def tokens_shown(self, tokens: Tokens, lifetime_s: int) -> dict[str, Any]:
        return {"access_token": tokens.access, "refresh_token": tokens.refresh, "expires_in": lifetime_s}

    def agents_shown(self) -> dict[str, Any]:
        return {
            "agents": [{"agent_id": agent.agent_id, "country": agent.country} for agent in self.store.agents.values()]
        }

    def fee_shown(self, members: Mapping[str, Any], fee: str) -> dict[str, Any]:
        return {"fee": fee, "currency": members["currency_source"]}

    def client_registered(self, client: Client) -> dict[str, Any]:
        return {"client_id": client.id}

    def client_shown(self, client: Client, agent: RegisteredAgent) -> dict[str, Any]:
        """LOOKUP, ENCRYPTION: the registered data, encrypted."""
        return {"client_id": client.id, **self.personal_data_shown(client, agent)}

    def personal_data_shown(self, client: Client, agent: RegisteredAgent) -> dict[str, Any]:
        return dict(self.encryption.members(sealed(client.data, self.key_of(agent), self.new_iv())))

    def key_of(self, agent: RegisteredAgent) -> bytes:
        return agent.partner_key

    def new_iv(self) -> bytes:
        """ENCRYPTION: drawn for each operation."""
        return os.urandom(BLOCK_BYTES)

    def transfer_shown(self, transfer: Transfer) -> dict[str, Any]:
        return {
            "transfer_id": transfer.id,
            "status": self.status_shown(transfer),
            "fee": transfer.fee,
        }

    def status_shown(self, transfer: Transfer) -> str:
        return self.status_name(transfer.status)

    def status_name(self, status: Status) -> str:
        """STATUSES: one of the six."""
        return status.value

    def details(self, transfer: Transfer) -> dict[str, Any]:
        names = ("amount_source", "currency_source", "currency_target", "target_country", "destination_type")
        shown = {name: getattr(transfer.members[name], "text", transfer.members[name]) for name in names}
        return {**self.transfer_shown(transfer), **shown}

    def found_shown(self, transfers: Collection[Transfer]) -> dict[str, Any]:
        return {"transfers": [self.details(transfer) for transfer in transfers]}

    def application(self, transfer: Transfer) -> dict[str, Any]:
        return {"transfer_id": transfer.id, "application": "JVBERi0xLjcK"}

    def notification(self, transfer: Transfer, kind: str) -> dict[str, Any]:
        return {"type": kind, "transfer_id": transfer.id, "status": self.status_shown(transfer)}

    # --- bytes ------------------------------------------------------------------------------------------------

    def success(self, call: Call, shown: Mapping[str, Any]) -> Reply:
        return Reply(self.success_status(call), self.headers(), self.render_json(shown))

    def success_status(self, call: Call) -> int:
        return 200

    def refusal_reply(self, refusal: Refusal) -> Reply:
        """REFUSALS, SECRECY: 4xx, and nothing of the request."""
        return Reply(self.refusal_status(refusal), self.headers(), self.render_json(self.refusal_body(refusal)))

    def refusal_status(self, refusal: Refusal) -> int:
        return refusal.status

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        return {"error": refusal.code, "message": str(refusal)}

    def headers(self) -> Headers:
        return (("Content-Type", "application/json"),)

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
