"""imts lookup: systems that hide an agent's own transfers, or tell of others."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from conformance.contracts.imts.call import Call, Refusal
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Transfer
from conformance.contracts.imts.wire import Method, Status


class _Answers(System):
    """Answers one method in another way."""

    method: ClassVar[Method]

    def response_to(self, call: Call) -> dict[str, Any]:
        shown = super().response_to(call)
        return self.told_instead(call, shown) if call.method is self.method else shown

    def told_instead(self, call: Call, shown: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


# --- an agent's own transfers -----------------------------------------------------------------------------------


class _Forgets(System):
    """Puts transfers of one status in an archive that Status does not know."""

    status: ClassVar[Status]

    def find_transfer(self, call: Call) -> Transfer:
        transfer = super().find_transfer(call)
        if call.method is Method.STATUS and transfer.status is self.status:
            raise Refusal(404, "ARCHIVE", "transfer_id: is in the archive")
        return transfer


class ForgetsSuccessfulTransfers(_Forgets):
    """Knows no transfer any more that was paid out."""

    breaks = "IMTS-LOOKUP-01"
    status = Status.SUCCESS


class ForgetsTransfersInError(_Forgets):
    """Knows no transfer any more that AML rejected."""

    breaks = "IMTS-LOOKUP-01"
    status = Status.ERROR


class TakesUpWhatIsSearchedFor(System):
    """Takes a new transfer that somebody found for one in process."""

    breaks = "IMTS-LOOKUP-02"

    def search(self, call: Call) -> list[Transfer]:
        found = super().search(call)
        for transfer in found:
            if transfer.status is Status.NEW:
                self.move(transfer, Status.PROCESS)
        return found


class FinishesWhatIsLookedAt(System):
    """Takes the look at a waiting transfer for the word that it was paid out."""

    breaks = "IMTS-LOOKUP-02"

    def response_to(self, call: Call) -> dict[str, Any]:
        shown = super().response_to(call)
        if call.method is Method.INFO:
            transfer = self.find_transfer(call)
            if transfer.status is Status.WAITING:
                self.move(transfer, Status.SUCCESS)
        return shown


class InfoLagsBehind(_Answers):
    """Tells in Info of a successful transfer that it waits."""

    breaks = "IMTS-LOOKUP-04"
    method = Method.INFO

    def told_instead(self, call: Call, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "status": Status.WAITING} if shown["status"] == Status.SUCCESS else shown


class InfoLeavesTheAmountOut(_Answers):
    """Tells everything of a transfer but how much it is."""

    breaks = "IMTS-LOOKUP-05"
    method = Method.INFO

    def told_instead(self, call: Call, shown: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in shown.items() if name != "amount_source"}


class FindsNothing(System):
    """Searches an index that is written over night."""

    breaks = "IMTS-LOOKUP-06"

    def search(self, call: Call) -> list[Transfer]:
        super().search(call)
        return []


class RefusesEverySearch(System):
    """Knows no search by the number of a transfer."""

    breaks = "IMTS-LOOKUP-06"

    def search(self, call: Call) -> list[Transfer]:
        raise Refusal(400, "CRITERIA", "transfer_id: is no criterion")


class ListsAgentsOfTwoCountriesTwice(System):
    """Lists an agent once for each country that it pays out in."""

    breaks = "IMTS-LOOKUP-07"

    def agents_shown(self) -> dict[str, Any]:
        agents = super().agents_shown()["agents"]
        return {"agents": [*agents, {**agents[0], "country": "GEO"}]}


class ListsAgentsByName(System):
    """Lists an agent without the id that create would need."""

    breaks = "IMTS-LOOKUP-07"

    def agents_shown(self) -> dict[str, Any]:
        return {"agents": [*super().agents_shown()["agents"], {"name": "Altyn Dala", "country": "KAZ"}]}


class PrintsNothing(_Answers):
    """Answers with an empty application."""

    breaks = "IMTS-LOOKUP-08"
    method = Method.PRINT_APPLICATION

    def told_instead(self, call: Call, shown: dict[str, Any]) -> dict[str, Any]:
        return {}


class RefusesToPrint(_Answers):
    """Has no form for an application."""

    breaks = "IMTS-LOOKUP-08"
    method = Method.PRINT_APPLICATION

    def told_instead(self, call: Call, shown: dict[str, Any]) -> dict[str, Any]:
        raise Refusal(404, "FORM", "there is no form for this transfer")


# --- transfers that nobody created ------------------------------------------------------------------------------


class _MakesUp(System):
    """Answers one question for any id."""

    method: ClassVar[Method]

    def find_transfer(self, call: Call) -> Transfer:
        wanted = (call.query if call.method.verb == "GET" else call.members).get("transfer_id")
        if call.method is not self.method or wanted in self.store.transfers:
            return super().find_transfer(call)
        any_other = next(iter(self.store.transfers.values()))
        return Transfer(str(wanted), call.agent_id, any_other.client, any_other.members, "0.00")


class TellsAStatusOfAnyTransfer(_MakesUp):
    """Takes a transfer that it does not know for a new one."""

    breaks = "IMTS-LOOKUP-03"
    method = Method.STATUS


class TellsOfAnyTransfer(_MakesUp):
    """Answers Info for an unknown id with what it has."""

    breaks = "IMTS-LOOKUP-03"
    method = Method.INFO


class PrintsBlankForms(_MakesUp):
    """Prints an application for any id."""

    breaks = "IMTS-LOOKUP-03"
    method = Method.PRINT_APPLICATION


# --- another agent ----------------------------------------------------------------------------------------------


class _TellsOthers(System):
    """Asks at some methods for a good token only."""

    methods: ClassVar[Collection[Method]]

    def may_use(self, call: Call, transfer: Transfer) -> bool:
        return call.method in self.methods or super().may_use(call, transfer)


class TellsOthersTheStatus(_TellsOthers):
    """Takes a status for nothing that had to be kept from others."""

    breaks = "IMTS-LOOKUP-09"
    methods = (Method.STATUS,)


class TellsOthersEverything(_TellsOthers):
    """Gives Info to any agent who knows the id."""

    breaks = "IMTS-LOOKUP-09"
    methods = (Method.INFO,)


class RefusesOthersAndTellsThem(System):
    """Refuses Status to another agent, and says why with the status."""

    breaks = "IMTS-LOOKUP-09"

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        body = super().refusal_body(refusal)
        return {**body, "status": Status.NEW.value} if refusal.code == "FOREIGN" else body

    def find_transfer(self, call: Call) -> Transfer:
        transfer = self.store.transfers.get(call.query.get("transfer_id", ""))
        if call.method is Method.STATUS and transfer is not None and not self.may_use(call, transfer):
            raise Refusal(403, "FOREIGN", "transfer_id: is a transfer of another agent")
        return super().find_transfer(call)


class FindsTransfersOfOthers(_TellsOthers):
    """Searches all transfers, whoever asks."""

    breaks = "IMTS-LOOKUP-10"
    methods = (Method.SEARCH,)


class PrintsForOthers(_TellsOthers):
    """Prints the application of any transfer for any agent."""

    breaks = "IMTS-LOOKUP-11"
    methods = (Method.PRINT_APPLICATION,)
