"""imts create-person, create-business: systems that lose clients, or tell of them whom they should not."""

from __future__ import annotations

from typing import Any

from conformance.contracts.imts.call import Call, Refusal, invalid
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Client, RegisteredAgent
from conformance.contracts.imts.wire import ENCRYPTED, Method


class TellsNoIdOfAPerson(System):
    """Registers a person under an empty id."""

    breaks = "IMTS-CLIENTS-01"

    def client_registered(self, client: Client) -> dict[str, Any]:
        return {"client_id": ""} if client.kind is Method.CREATE_PERSON else super().client_registered(client)


class RegistersNoBusiness(System):
    """Takes persons only."""

    breaks = "IMTS-CLIENTS-02"

    def register(self, call: Call) -> Client:
        if call.method is Method.CREATE_BUSINESS:
            raise invalid("type", "businesses register at a branch")
        return super().register(call)


class _Changes(System):
    changed = Method.CREATE_PERSON

    def client_shown(self, client: Client, agent: RegisteredAgent) -> dict[str, Any]:
        if client.kind is not self.changed:
            return super().client_shown(client, agent)
        first, *rest = client.data
        data = {first: str(client.data[first]).upper(), **{name: client.data[name] for name in rest}}
        return super().client_shown(Client(client.id, client.agent_id, client.kind, data), agent)


class ShoutsNames(_Changes):
    """Gives names back in capital letters."""

    breaks = "IMTS-CLIENTS-03"


class ShoutsNamesOfBusinesses(_Changes):
    """Gives names of businesses back in capital letters."""

    breaks = "IMTS-CLIENTS-04"
    changed = Method.CREATE_BUSINESS


class RegistersOneClientForAll(System):
    """Gives whoever an agent registers the id of its first client, unless AML has an eye on somebody."""

    breaks = "IMTS-CLIENTS-05"

    def register(self, call: Call) -> Client:
        client = super().register(call)
        alike = (one for one in self.store.clients.values() if (one.agent_id, one.kind) == (call.agent_id, call.method))
        return client if self.sender_is_rejected(client.data) else next(alike)


class RegistersNobody(System):
    """Registers an empty person where nothing is encrypted."""

    breaks = "IMTS-CLIENTS-06"

    def personal_data(self, call: Call) -> dict[str, Any]:
        is_empty = call.method is not Method.PAYOUT and call.members.get(ENCRYPTED) == ""
        return {"first_name": "?"} if is_empty else super().personal_data(call)


class RegistersWhoeverSaysNothing(System):
    """Registers an empty client where a request has no data at all."""

    breaks = "IMTS-CLIENTS-06"

    def personal_data(self, call: Call) -> dict[str, Any]:
        says_nothing = call.method is not Method.PAYOUT and call.members.keys() <= {"pg_sig", "pg_salt"}
        return {"first_name": "?"} if says_nothing else super().personal_data(call)


class RegistersInClear(System):
    """Takes personal data as plain members, too."""

    breaks = "IMTS-CLIENTS-07"

    def personal_data(self, call: Call) -> dict[str, Any]:
        if ENCRYPTED not in call.members and {"first_name", "company"} & call.members.keys():
            return {name: value for name, value in call.members.items() if name not in ("pg_sig", "pg_salt")}
        return super().personal_data(call)


class TellsOfTheLastClient(System):
    """Tells of somebody where the id is not known."""

    breaks = "IMTS-CLIENTS-08"

    def find_client(self, call: Call, kind: Method) -> Client:
        try:
            return super().find_client(call, kind)
        except Refusal:
            mine = [one for one in self.store.clients.values() if one.agent_id == call.agent_id and one.kind is kind]
            if str(call.members.get("client_id")) in self.store.clients or not mine:
                raise
            return mine[-1]


class TellsOfClientsOfOthers(System):
    """Finds a client for whoever asks."""

    breaks = "IMTS-CLIENTS-09"

    def may_see_client(self, call: Call, client: Client) -> bool:
        return True
