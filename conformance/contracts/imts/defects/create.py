"""imts create: systems that create what they should refuse, or other than they were told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.contracts.imts.call import Call, Refusal, invalid
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Client, Transfer
from conformance.contracts.imts.wire import Method, Number


class DemandsATargetAgent(System):
    """Creates directed transfers only."""

    breaks = "IMTS-CREATE-01"

    def check_create(self, call: Call) -> None:
        super().check_create(call)
        if self.is_absent(call.members, "target_agent_id"):
            raise invalid("target_agent_id", "is missing")


class KnowsNoTargetAgents(System):
    """Refuses directed transfers."""

    breaks = "IMTS-CREATE-02"

    def check_target_agent(self, call: Call, agent_id: str) -> None:
        raise invalid("target_agent_id", "is not supported yet")


class NamesNoDirectedTransfers(System):
    """Tells the id of a directed transfer to its agent only."""

    breaks = "IMTS-CREATE-02"

    def transfer_shown(self, transfer: Transfer) -> dict[str, Any]:
        shown = super().transfer_shown(transfer)
        return {**shown, "transfer_id": ""} if transfer.members.get("target_agent_id") else shown


class SendsToNoCard(System):
    """Knows phones and IBANs only."""

    breaks = "IMTS-CREATE-03"

    def destination_type_is_known(self, kind: str) -> bool:
        return kind in ("phone", "iban")


class NumbersTransfersBySender(System):
    """Tells the sender's id as that of each transfer."""

    breaks = "IMTS-CREATE-04"

    def create(self, call: Call) -> Transfer:
        transfer = super().create(call)
        self.store.transfers[transfer.client.id] = transfer
        transfer.id = transfer.client.id
        return transfer


class CreatesWithoutADestination(System):
    """Does not miss destination_identifier."""

    breaks = "IMTS-CREATE-05"

    def check_create(self, call: Call) -> None:
        super().check_create(replace(call, members={"destination_identifier": "?", **call.members}))


class CreatesWithoutANumber(System):
    """Draws a client_uuid where none was given."""

    breaks = "IMTS-CREATE-05"

    def checked(self, call: Call) -> Call:
        call = super().checked(call)
        if call.method is not Method.CREATE or "client_uuid" in call.members:
            return call
        return replace(call, members={**call.members, "client_uuid": self.new_id("number", call)})


class SendsByMail(System):
    """Takes any type of destination."""

    breaks = "IMTS-CREATE-06"

    def destination_type_is_known(self, kind: str) -> bool:
        return True


class CutsWhatIsTooLong(System):
    """Keeps the first hundred characters of a destination."""

    breaks = "IMTS-CREATE-07"

    def is_too_long(self, name: str, value: str) -> bool:
        return name != "destination_identifier" and super().is_too_long(name, value)


class HasLongNumbers(System):
    """Has room for any client_uuid."""

    breaks = "IMTS-CREATE-07"

    def is_too_long(self, name: str, value: str) -> bool:
        return name != "client_uuid" and super().is_too_long(name, value)


class CreatesForAlpha2Codes(System):
    """Reads the two letters of a country, too, where transfers are created."""

    breaks = "IMTS-CREATE-08"

    def check_create(self, call: Call) -> None:
        if call.members.get("target_country") == "KZ":
            call = replace(call, members={**call.members, "target_country": "KAZ"})
        super().check_create(call)


class TakesNumbersForTexts(System):
    """Turns a number into a text."""

    breaks = "IMTS-CREATE-09"

    def text(self, members: Mapping[str, Any], name: str) -> str:
        value = members[name]
        return value.text if isinstance(value, Number) else super().text(members, name)


class CreatesForAnybody(System):
    """Creates a transfer before its sender is registered."""

    breaks = "IMTS-CREATE-10"

    def sender_of(self, call: Call) -> Client:
        try:
            return super().sender_of(call)
        except Refusal:
            return Client(str(call.members.get("sender_id")), call.agent_id, Method.CREATE_PERSON, {})


class DirectsToNobody(System):
    """Takes any id for that of an agent."""

    breaks = "IMTS-CREATE-11"

    def agent_is_known(self, agent_id: str) -> bool:
        return True


class RaisesFeesInSilence(System):
    """Takes another fee than that which create told."""

    breaks = "IMTS-CREATE-12"

    def details(self, transfer: Transfer) -> dict[str, Any]:
        return {**super().details(transfer), "fee": "99.00"}


class TellsNoFeeAndTakesAnother(System):
    """Create tells no fee, and info another one than that of the quote."""

    breaks = "IMTS-CREATE-12"

    def transfer_shown(self, transfer: Transfer) -> dict[str, Any]:
        return {name: value for name, value in super().transfer_shown(transfer).items() if name != "fee"}

    def details(self, transfer: Transfer) -> dict[str, Any]:
        return {**super().details(transfer), "fee": "99.00"}


class OpensTransfersTwice(System):
    """Creates a second transfer for a message that comes again."""

    breaks = "IMTS-CREATE-13"

    def is_repeat(self, call: Call) -> bool:
        return False


class LooksAtTheNumberAndTheAmount(System):
    """Takes the same client_uuid with another amount for a new transfer."""

    breaks = "IMTS-CREATE-13"

    def is_repeat(self, call: Call) -> bool:
        first = self.first_of(call)
        return first is not None and first.members["amount_source"] == call.members["amount_source"]


class PaysOutAtTheSenderOnly(System):
    """A transfer on demand can be paid out by the agent who created it."""

    breaks = "IMTS-CREATE-14"

    def goes_to(self, transfer: Transfer, agent_id: str) -> bool:
        return bool(transfer.members.get("target_agent_id") == agent_id)


class PaysOutAnywhere(System):
    """Any agent of the country pays out what is directed to another one."""

    breaks = "IMTS-CREATE-15"

    def may_use(self, call: Call, transfer: Transfer) -> bool:
        return call.method is Method.PAYOUT or super().may_use(call, transfer)
