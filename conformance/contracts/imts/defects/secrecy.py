"""Systems that show what should stay between them and one partner, or inside."""

from __future__ import annotations

import base64
import json
import traceback
from typing import Any

from conformance.contracts.imts.call import Call, Refusal, invalid
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Client, RegisteredAgent, Tokens, Transfer
from conformance.contracts.imts.wire import SIGNATURE
from conformance.transport.message import Headers, Reply


class ShowsTheSenderInClear(System):
    """Shows who sends a transfer beside its amount."""

    breaks = "IMTS-SECRECY-01"

    def details(self, transfer: Transfer) -> dict[str, Any]:
        return {**super().details(transfer), "sender": " ".join(map(str, transfer.client.data.values()))}


class TracesDataInBase64(System):
    """Sends along what it read, for a log, and takes Base64 for a kind of encryption."""

    breaks = "IMTS-SECRECY-01"

    def client_registered(self, client: Client) -> dict[str, Any]:
        trace = base64.b64encode(json.dumps(client.data).encode("utf-8")).decode("ascii")
        return {**super().client_registered(client), "trace": trace}


class QuotesDataThatItRefuses(System):
    """Says what is missing by showing all that is there."""

    breaks = "IMTS-SECRECY-01"

    def register(self, call: Call) -> Client:
        data = self.personal_data(call)
        if not self.data_are_whole(data):
            raise invalid("encrypted_data", f"lacks a member: {json.dumps(data)}")
        return super().register(call)


class NamesTheSenderInCallbacks(System):
    """Tells whose transfer it is, so that the partner need not look."""

    breaks = "IMTS-SECRECY-02"

    def notification(self, transfer: Transfer, kind: str) -> dict[str, Any]:
        return {**super().notification(transfer, kind), "sender": transfer.client.data}


class GivesSecretsWithTokens(System):
    """Sends the credentials back with the token."""

    breaks = "IMTS-SECRECY-03"

    def tokens_shown(self, tokens: Tokens, lifetime_s: int) -> dict[str, Any]:
        agent = self.store.agents[tokens.agent_id]
        return {**super().tokens_shown(tokens, lifetime_s), "agent_secret": agent.secret}


class ListsKeysInHex(System):
    """Lists its agents with all that it knows of them."""

    breaks = "IMTS-SECRECY-03"

    def agents_shown(self) -> dict[str, Any]:
        agents = self.store.agents.values()
        return {"agents": [{"agent_id": one.agent_id, "key": one.partner_key.hex()} for one in agents]}


class TellsTheSignatureDue(System):
    """Helps whoever signs wrongly."""

    breaks = "IMTS-SECRECY-04"

    def check_signature(self, call: Call, agent: RegisteredAgent) -> None:
        try:
            super().check_signature(call, agent)
        except Refusal as refusal:
            due = self.signature_due(self.signed_members(call), agent)
            raise Refusal(refusal.status, refusal.code, f"{SIGNATURE} does not fit: {due.upper()}") from None


class ShowsWhereItFailed(System):
    """Sends the stack trace of its parser to whoever sent what cannot be read."""

    breaks = "IMTS-SECRECY-05"

    def members(self, body: bytes) -> dict[str, Any]:
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            raise Refusal(400, "BODY", traceback.format_exc(limit=1)) from None
        return super().members(body)


class TellsTheVersionOfItsServer(System):
    """Names the software that refuses."""

    breaks = "IMTS-SECRECY-05"

    def refusal_reply(self, refusal: Refusal) -> Reply:
        whole = super().refusal_reply(refusal)
        server: Headers = (("Server", "Apache/2.4.41 (Ubuntu)"),)
        return Reply(whole.status, whole.headers + server, whole.body)
