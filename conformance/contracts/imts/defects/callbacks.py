"""Systems that tell their partners too little, too much, or at the wrong time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.contracts.imts.call import Call
from conformance.contracts.imts.courier import Courier, Letter
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Transfer
from conformance.contracts.imts.wire import Status


class TellsNothingOfCancellations(System):
    """Takes it that a partner knows what it canceled."""

    breaks = "IMTS-CALLBACKS-01"

    def tell(self, transfer: Transfer) -> None:
        if transfer.status is not Status.CANCELED:
            super().tell(transfer)


class LosesItsCallbacks(System):
    """Has a queue of notifications that nobody empties."""

    breaks = "IMTS-CALLBACKS-01"

    def notify(self, agent_id: str, transfer: Transfer, kind: str) -> None:
        """Nobody is told."""


class TellsNoStatusAtTheEnd(System):
    """Leaves the status out where it will not change any more."""

    breaks = "IMTS-CALLBACKS-02"

    def notification(self, transfer: Transfer, kind: str) -> dict[str, Any]:
        whole = super().notification(transfer, kind)
        return {**whole, "status": None} if transfer.status is Status.SUCCESS else whole


class NamesNoTransferInCancellations(System):
    """Tells what happened, and not to which transfer."""

    breaks = "IMTS-CALLBACKS-02"

    def notification(self, transfer: Transfer, kind: str) -> dict[str, Any]:
        whole = super().notification(transfer, kind)
        return {**whole, "transfer_id": ""} if transfer.status is Status.CANCELED else whole


class CallsUpdatesOtherwise(System):
    """Has a name of its own for the kind of notification."""

    breaks = "IMTS-CALLBACKS-03"

    def notification(self, transfer: Transfer, kind: str) -> dict[str, Any]:
        return {**super().notification(transfer, kind), "type": kind.replace("status_update", "statusUpdate")}


class TellsOfErrorsAfterCancellations(System):
    """Tells that a transfer is canceled, and once more that it failed."""

    breaks = "IMTS-CALLBACKS-04"

    def tell(self, transfer: Transfer) -> None:
        super().tell(transfer)
        if transfer.status is Status.CANCELED:
            transfer.status = Status.ERROR
            self.notify(transfer.agent_id, transfer, "status_update")
            transfer.status = Status.CANCELED


class WithCourier(System):
    """A system whose courier is of another kind."""

    courier_class: type[Courier]

    def new_courier(self, monotonic: Callable[[], float], retry_every_s: float) -> Courier:
        return self.courier_class(monotonic, retry_every_s)


class BacksOff(WithCourier):
    """Doubles its pause after each attempt, as for any other queue."""

    breaks = "IMTS-CALLBACKS-05"

    class Patient(Courier):
        def next_try(self, letter: Letter) -> float:
            return letter.due + self.every_s * (1 << (letter.tries - 1))

    courier_class = Patient


class HurriesItsRepeats(WithCourier):
    """Counts the pause in the wrong unit, and repeats at once."""

    breaks = "IMTS-CALLBACKS-05"

    class Hasty(Courier):
        def next_try(self, letter: Letter) -> float:
            return letter.due + self.every_s / 60

    courier_class = Hasty


class NeverRepeats(WithCourier):
    """Tries once."""

    breaks = "IMTS-CALLBACKS-06"

    class Careless(Courier):
        repeats = 0

    courier_class = Careless


class CountsTheFirstAttempt(WithCourier):
    """Tries three times in all."""

    breaks = "IMTS-CALLBACKS-06"

    class Short(Courier):
        repeats = 2

    courier_class = Short


class RepeatsWithoutEnd(WithCourier):
    """Does not give up."""

    breaks = "IMTS-CALLBACKS-06"

    class Stubborn(Courier):
        def goes_again(self, letter: Letter) -> bool:
            return True

    courier_class = Stubborn


class RepeatsWhatWasAnswered(WithCourier):
    """Reads no answers: it sends every notification four times."""

    breaks = "IMTS-CALLBACKS-07"

    class Deaf(Courier):
        def is_response(self, status: int) -> bool:
            return False

    courier_class = Deaf


class AnnouncesNoTransfers(System):
    """Lets agents find out for themselves what is directed to them."""

    breaks = "IMTS-CALLBACKS-08"

    def notify(self, agent_id: str, transfer: Transfer, kind: str) -> None:
        if kind != "transfer_received":
            super().notify(agent_id, transfer, kind)


class AnnouncesToEveryAgent(System):
    """Tells every other agent of each transfer on demand, so that the quickest gets it."""

    breaks = "IMTS-CALLBACKS-09"

    def create(self, call: Call) -> Transfer:
        transfer = super().create(call)
        if not transfer.members.get("target_agent_id"):
            for agent_id in self.store.agents.keys() - {transfer.agent_id}:
                self.notify(agent_id, transfer, "transfer_received")
        return transfer


class TellsTheLatestFirst(System):
    """Holds a transfer in process back until there is more to tell, and then begins with the latest."""

    breaks = "IMTS-CALLBACKS-10"

    def tell(self, transfer: Transfer) -> None:
        if transfer.status is Status.PROCESS:
            return
        super().tell(transfer)
        if transfer.status is Status.WAITING:
            transfer.status = Status.PROCESS
            self.notify(transfer.agent_id, transfer, "status_update")
            transfer.status = Status.WAITING


class TellsEveryAgentOfChanges(System):
    """Has one list of addresses for all changes."""

    breaks = "IMTS-CALLBACKS-11"

    def notify(self, agent_id: str, transfer: Transfer, kind: str) -> None:
        for one in sorted(self.store.agents) if kind == "status_update" else [agent_id]:
            super().notify(one, transfer, kind)
