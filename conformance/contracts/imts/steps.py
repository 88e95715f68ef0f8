"""imts flow, statuses: clients, transfers, and what moves them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from conformance.contracts.imts.call import Call, Refusal, invalid
from conformance.contracts.imts.store import Client, RegisteredAgent, Store, Tokens, Transfer
from conformance.contracts.imts.wire import Method, Number, Status

REJECTED_NAMES = frozenset({"Rejected"})


class StepRules:
    """Tokens are given, clients registered, transfers created and moved on; nothing else moves them."""

    store: Store
    clock: Callable[[], datetime]
    token_lifetime: timedelta
    personal_data: Callable[[Call], dict[str, Any]]
    tell: Callable[[Transfer], None]

    def new_id(self, kind: str, call: Call) -> str:
        """A UUID that depends on the request alone, and on how often the same one came."""
        return self._counted(f"imts:{kind}:{call.agent_id}:{hashlib.sha256(call.request.body).hexdigest()}")

    def _counted(self, name: str) -> str:
        self.store.made[name] += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name}:{self.store.made[name]}"))

    # --- tokens -----------------------------------------------------------------------------------------------

    def get_token(self, call: Call) -> Tokens:
        agent = self.store.agents.get(str(call.members.get("agent_id", "")))
        if agent is None or not self.secret_fits(agent, call.members.get("agent_secret")):
            raise Refusal(401, "CREDENTIALS", "agent_id or agent_secret is not right")
        return self.new_tokens(agent)

    def secret_fits(self, agent: RegisteredAgent, secret: Any) -> bool:
        return bool(secret == agent.secret)

    def new_tokens(self, agent: RegisteredAgent) -> Tokens:
        access, refresh = (self._counted(kind).replace("-", "") for kind in ("access", "refresh"))
        tokens = Tokens(agent.agent_id, f"at-{access}", f"rt-{refresh}", self.clock() + self.token_lifetime)
        self.store.by_access[tokens.access] = self.store.by_refresh[tokens.refresh] = tokens
        return tokens

    def refresh_token(self, call: Call) -> Tokens:
        tokens = self.tokens_to_refresh(call)
        if tokens is None:
            raise Refusal(401, "TOKEN", "the refresh token is not known")
        self.end(tokens)
        return self.new_tokens(self.store.agents[tokens.agent_id])

    def tokens_to_refresh(self, call: Call) -> Tokens | None:
        found = self.store.by_refresh.get(str(call.members.get("refresh_token", "")))
        return None if found is None or found.is_refreshed else found

    def end(self, tokens: Tokens) -> None:
        """A refresh token is good once."""
        tokens.is_refreshed = True

    # --- fees -------------------------------------------------------------------------------------------------

    def fee(self, members: Mapping[str, Any]) -> str:
        """FEES: the commission by sender type, country, amount and currencies, two decimals."""
        amount = Decimal(members["amount_source"].text if isinstance(members["amount_source"], Number) else "0")
        rate = Decimal("0.02" if members["originator_type"] == "business" else "0.01")
        return str((amount * rate + Decimal("1.00")).quantize(Decimal("0.01"), ROUND_HALF_UP))

    # --- clients ----------------------------------------------------------------------------------------------

    def register(self, call: Call) -> Client:
        """CLIENTS: a person or a business, by encrypted personal data."""
        data = self.personal_data(call)
        if not self.data_are_whole(data):
            raise invalid("encrypted_data", "lacks a member")
        client = Client(self.new_id("client", call), call.agent_id, call.method, data)
        self.store.clients[client.id] = client
        return client

    def data_are_whole(self, data: Mapping[str, Any]) -> bool:
        return bool(data) and all(isinstance(value, str) and value for value in data.values())

    def find_client(self, call: Call, kind: Method) -> Client:
        client = self.store.clients.get(str(call.members.get("client_id", "")))
        if client is None or client.kind is not kind or not self.may_see_client(call, client):
            raise Refusal(404, "CLIENT", "client_id: is no such client of this agent")
        return client

    def may_see_client(self, call: Call, client: Client) -> bool:
        return client.agent_id == call.agent_id

    # --- transfers --------------------------------------------------------------------------------------------

    def create(self, call: Call) -> Transfer:
        """CREATE: only for a registered sender; the fee is that of now, the status `new`."""
        client = self.sender_of(call)
        if self.is_repeat(call):
            return self.answer_to_repeat(call)
        transfer = Transfer(
            self.new_id("transfer", call), call.agent_id, client, dict(call.members), self.fee_at_create(call.members)
        )
        self.store.transfers[transfer.id] = transfer
        if call.members.get("target_agent_id"):
            self.tell(transfer)
        return transfer

    def fee_at_create(self, members: Mapping[str, Any]) -> str:
        return self.fee(members)

    def is_repeat(self, call: Call) -> bool:
        """CREATE-13: client_uuid is the partner's own number of the transfer (MTR09)."""
        return self.first_of(call) is not None

    def first_of(self, call: Call) -> Transfer | None:
        """The transfer that this agent created under the same client_uuid."""
        same = (one for one in self.store.transfers.values() if one.agent_id == call.agent_id)
        return next((one for one in same if one.members["client_uuid"] == call.members["client_uuid"]), None)

    def answer_to_repeat(self, call: Call) -> Transfer:
        raise Refusal(409, "REPEATED", "client_uuid: was used before")

    def sender_of(self, call: Call) -> Client:
        client = self.store.clients.get(str(call.members.get("sender_id", "")))
        if client is None or not self.may_send_for(call, client):
            raise Refusal(404, "CLIENT", "sender_id: is no registered client of this agent")
        return client

    def may_send_for(self, call: Call, client: Client) -> bool:
        return client.agent_id == call.agent_id

    def find_transfer(self, call: Call) -> Transfer:
        wanted = call.query.get("transfer_id") if call.method.verb == "GET" else call.members.get("transfer_id")
        transfer = self.store.transfers.get(wanted) if isinstance(wanted, str) else None
        if transfer is None or not self.may_use(call, transfer):
            raise Refusal(404, "TRANSFER", "transfer_id: is no transfer of this agent")
        return transfer

    def search(self, call: Call) -> list[Transfer]:
        """LOOKUP: of the transfers that an agent may use the one with this id; none is an answer, too."""
        wanted = call.members.get("transfer_id")
        if not isinstance(wanted, str) or not wanted:
            raise invalid("transfer_id", "is no text with an id")
        transfer = self.store.transfers.get(wanted)
        return [transfer] if transfer is not None and self.may_find(call, transfer) else []

    def may_find(self, call: Call, transfer: Transfer) -> bool:
        return self.may_use(call, transfer)

    def may_use(self, call: Call, transfer: Transfer) -> bool:
        """LOOKUP, ORDER, CREATE-14, -15: its creator; to see it and pay it out, also whom it goes to."""
        if transfer.agent_id == call.agent_id:
            return True
        return call.method not in (Method.CONFIRM, Method.CANCEL) and self.goes_to(transfer, call.agent_id)

    def goes_to(self, transfer: Transfer, agent_id: str) -> bool:
        """A directed transfer to its agent, one on demand to each agent of its country."""
        target = transfer.members.get("target_agent_id")
        if target:
            return bool(target == agent_id)
        return bool(self.store.agents[agent_id].country == transfer.members["target_country"])

    def step(self, call: Call, transfer: Transfer) -> None:
        """ORDER: the one transition that this method means from this status, or none."""
        match call.method:
            case Method.CONFIRM:
                self.confirm(transfer)
            case Method.PAYOUT:
                self.payout(call, transfer)
            case Method.PAYOUT_CONFIRM:
                self.payout_confirm(transfer)
            case Method.CANCEL:
                self.cancel(transfer)

    def confirm(self, transfer: Transfer) -> None:
        if not self.may_confirm(transfer):
            raise self.out_of_order()
        self.move(transfer, self.status_after_confirm(transfer))

    def may_confirm(self, transfer: Transfer) -> bool:
        return transfer.status is Status.NEW

    def status_after_confirm(self, transfer: Transfer) -> Status:
        return Status.ERROR if self.sender_is_rejected(transfer.client.data) else Status.PROCESS

    def sender_is_rejected(self, data: Mapping[str, Any]) -> bool:
        """AML rejects whom a test name says so of."""
        return not REJECTED_NAMES.isdisjoint(map(str, data.values()))

    def payout(self, call: Call, transfer: Transfer) -> None:
        recipient = self.personal_data(call)
        if not self.may_pay_out(transfer):
            raise self.out_of_order()
        transfer.payout_is_registered = True
        self.move(transfer, self.status_after_payout(recipient))

    def may_pay_out(self, transfer: Transfer) -> bool:
        return transfer.status is Status.PROCESS

    def status_after_payout(self, recipient: Mapping[str, Any]) -> Status:
        return Status.ERROR if self.recipient_is_rejected(recipient) else Status.WAITING

    def recipient_is_rejected(self, data: Mapping[str, Any]) -> bool:
        return not REJECTED_NAMES.isdisjoint(map(str, data.values()))

    def payout_confirm(self, transfer: Transfer) -> None:
        if not self.may_confirm_payout(transfer):
            raise self.out_of_order()
        self.move(transfer, Status.SUCCESS)

    def may_confirm_payout(self, transfer: Transfer) -> bool:
        return transfer.status is Status.WAITING

    def cancel(self, transfer: Transfer) -> None:
        if not self.may_cancel(transfer):
            raise self.out_of_order()
        self.move(transfer, Status.CANCELED)

    def may_cancel(self, transfer: Transfer) -> bool:
        return transfer.status in (Status.NEW, Status.PROCESS, Status.WAITING)

    def out_of_order(self) -> Refusal:
        return Refusal(409, "ORDER", "the transfer has no status in which this can be done")

    def move(self, transfer: Transfer, status: Status) -> None:
        transfer.status = status
        transfer.told.append(status)
        self.tell(transfer)
