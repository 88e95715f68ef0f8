"""imts order: systems that take a step out of its turn."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from conformance.contracts.imts.call import Call
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Transfer
from conformance.contracts.imts.wire import QUESTIONS, STEPS, Method, Status


class _Confirms(System):
    """Confirms in some further statuses."""

    further: ClassVar[Collection[Status]]

    def may_confirm(self, transfer: Transfer) -> bool:
        return transfer.status in self.further or super().may_confirm(transfer)


class _PaysOut(System):
    """Registers a payout in some further statuses."""

    further: ClassVar[Collection[Status]]

    def may_pay_out(self, transfer: Transfer) -> bool:
        return transfer.status in self.further or super().may_pay_out(transfer)


class _ConfirmsPayouts(System):
    """Confirms a payout in some further statuses."""

    further: ClassVar[Collection[Status]]

    def may_confirm_payout(self, transfer: Transfer) -> bool:
        return transfer.status in self.further or super().may_confirm_payout(transfer)


# --- out of turn ------------------------------------------------------------------------------------------------


class PaysOutNewTransfers(_PaysOut):
    """Pays out before anybody confirmed."""

    breaks = "IMTS-ORDER-01"
    further = (Status.NEW,)


class ConfirmsPayoutsOfNewTransfers(_ConfirmsPayouts):
    """Takes the agent's word that a transfer was paid out that nobody confirmed."""

    breaks = "IMTS-ORDER-02"
    further = (Status.NEW,)


class ConfirmsUnregisteredPayouts(_ConfirmsPayouts):
    """Takes the agent's word for a payout without a recipient whom AML checked."""

    breaks = "IMTS-ORDER-02"
    further = (Status.PROCESS,)


class ConfirmsAfterPayout(_Confirms):
    """Puts a transfer that waits for its payout back in process."""

    breaks = "IMTS-ORDER-03"
    further = (Status.WAITING,)


class ConfirmsTwice(_Confirms):
    """Confirms what is confirmed."""

    breaks = "IMTS-ORDER-04"
    further = (Status.PROCESS,)


class KnowsRepeatedConfirmsByTheirBytes(_Confirms):
    """Refuses the very confirm that it has seen, and takes one with another salt for a new one."""

    breaks = "IMTS-ORDER-04"
    further = (Status.PROCESS,)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._seen: set[bytes] = set()

    def step(self, call: Call, transfer: Transfer) -> None:
        if call.method is Method.CONFIRM and call.request.body in self._seen:
            raise self.out_of_order()
        super().step(call, transfer)
        self._seen.add(call.request.body)


class PaysOutTwice(_PaysOut):
    """Registers another payout of what is about to be paid."""

    breaks = "IMTS-ORDER-05"
    further = (Status.WAITING,)


# --- after an end -----------------------------------------------------------------------------------------------


class ConfirmsSuccessfulTransfers(_Confirms):
    """Puts a transfer that was paid out back in process."""

    breaks = "IMTS-ORDER-06"
    further = (Status.SUCCESS,)


class PaysOutSuccessfulTransfers(_PaysOut):
    """Pays a second time."""

    breaks = "IMTS-ORDER-06"
    further = (Status.SUCCESS,)


class ConfirmsPayoutsTwice(_ConfirmsPayouts):
    """Counts a payout each time that it is confirmed."""

    breaks = "IMTS-ORDER-06"
    further = (Status.SUCCESS,)


class RevivesCanceledTransfers(_Confirms):
    """Goes on with a canceled transfer that is confirmed."""

    breaks = "IMTS-ORDER-07"
    further = (Status.CANCELED,)


class PaysOutWhatWasCanceledInProcess(System):
    """Looks whether a transfer was confirmed, and not whether it was canceled since."""

    breaks = "IMTS-ORDER-07"

    def may_pay_out(self, transfer: Transfer) -> bool:
        was_confirmed = transfer.told[-2:] == [Status.PROCESS, Status.CANCELED]
        return was_confirmed or super().may_pay_out(transfer)


class ConfirmsCanceledPayouts(System):
    """Looks whether a payout was registered, and not whether the transfer was canceled since."""

    breaks = "IMTS-ORDER-07"

    def may_confirm_payout(self, transfer: Transfer) -> bool:
        is_canceled = transfer.status is Status.CANCELED
        return (is_canceled and transfer.payout_is_registered) or super().may_confirm_payout(transfer)


class ChecksSendersAgain(_Confirms):
    """Lets a partner try a rejected sender again."""

    breaks = "IMTS-ORDER-08"
    further = (Status.ERROR,)


class PaysOutForRejectedSenders(System):
    """Forgets at payout what AML said of the sender."""

    breaks = "IMTS-ORDER-08"

    def may_pay_out(self, transfer: Transfer) -> bool:
        is_rejected = transfer.status is Status.ERROR and not transfer.payout_is_registered
        return is_rejected or super().may_pay_out(transfer)


class TriesOtherRecipients(System):
    """Lets a partner try another recipient after AML rejected one."""

    breaks = "IMTS-ORDER-08"

    def may_pay_out(self, transfer: Transfer) -> bool:
        is_rejected = transfer.status is Status.ERROR and transfer.payout_is_registered
        return is_rejected or super().may_pay_out(transfer)


# --- what is left behind ----------------------------------------------------------------------------------------


class RefusesAndPaysOutAllTheSame(System):
    """Moves a new transfer to waiting before it finds that payout may not be."""

    breaks = "IMTS-ORDER-09"

    def payout(self, call: Call, transfer: Transfer) -> None:
        if transfer.status is Status.NEW:
            self.move(transfer, Status.WAITING)
            raise self.out_of_order()
        super().payout(call, transfer)


class PutsMisusedTransfersInError(System):
    """Answers a step out of turn with a refusal, and gives the transfer up."""

    breaks = "IMTS-ORDER-09"

    def confirm(self, transfer: Transfer) -> None:
        if transfer.status is Status.WAITING:
            self.move(transfer, Status.ERROR)
            raise self.out_of_order()
        super().confirm(transfer)


class RefusesAndTakesRejectionsBack(System):
    """Refuses the payout of a transfer that AML rejected, and forgets that it did."""

    breaks = "IMTS-ORDER-09"

    def payout(self, call: Call, transfer: Transfer) -> None:
        if transfer.status is Status.ERROR:
            self.move(transfer, Status.PROCESS)
            raise self.out_of_order()
        super().payout(call, transfer)


# --- what nobody created, and at the same time ------------------------------------------------------------------


class CancelsWhateverIsNotThere(System):
    """Answers the cancel of a transfer that it does not know as if it had been canceled long ago."""

    breaks = "IMTS-ORDER-10"

    def find_transfer(self, call: Call) -> Transfer:
        known = self.store.transfers
        if call.method is Method.CANCEL and call.members.get("transfer_id") not in known:
            client = next(iter(self.store.clients.values()))
            return Transfer(str(call.members.get("transfer_id")), call.agent_id, client, {}, "0.00")
        return super().find_transfer(call)


class _ReadsAStaleCopy(System):
    """Reads the status in a copy that is made anew with each question."""

    method: ClassVar[Method]
    before: ClassVar[Status]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._unseen: set[str] = set()  # transfers that took this step since the last question

    def find_transfer(self, call: Call) -> Transfer:
        transfer = super().find_transfer(call)
        if call.method in QUESTIONS:
            self._unseen.clear()
        return transfer

    def step(self, call: Call, transfer: Transfer) -> None:
        if call.method is self.method and transfer.id in self._unseen:
            transfer.status = self.before
        super().step(call, transfer)
        if call.method in STEPS:
            self._unseen.discard(transfer.id)
        if call.method is self.method:
            self._unseen.add(transfer.id)


class ConfirmsByAStaleCopy(_ReadsAStaleCopy):
    """Overlooks a confirm that came just before."""

    breaks = "IMTS-ORDER-11"
    method, before = Method.CONFIRM, Status.NEW


class PaysOutByAStaleCopy(_ReadsAStaleCopy):
    """Overlooks a payout that came just before."""

    breaks = "IMTS-ORDER-11"
    method, before = Method.PAYOUT, Status.PROCESS


class ConfirmsForAnyAgent(System):
    """Asks whose transfer it is at each method but confirm."""

    breaks = "IMTS-ORDER-13"

    def may_use(self, call: Call, transfer: Transfer) -> bool:
        return call.method is Method.CONFIRM or super().may_use(call, transfer)


# --- what only a sequence shows -------------------------------------------------------------------------------


class ForgetsWhatItRefused(System):
    """Notes a payout before it looks at the status, and then confirms the payout that it refused."""

    breaks = "IMTS-ORDER-12"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._noted: set[str] = set()

    def payout(self, call: Call, transfer: Transfer) -> None:
        if transfer.status is Status.NEW:
            self._noted.add(transfer.id)
        super().payout(call, transfer)

    def may_confirm_payout(self, transfer: Transfer) -> bool:
        is_noted = transfer.id in self._noted and transfer.status is Status.PROCESS
        return is_noted or super().may_confirm_payout(transfer)


class OpensWhatWasCanceledTwice(System):
    """Takes a second cancel for the withdrawal of the first."""

    breaks = "IMTS-ORDER-12"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._canceled: set[str] = set()

    def may_confirm(self, transfer: Transfer) -> bool:
        return transfer.id in self._canceled or super().may_confirm(transfer)

    def cancel(self, transfer: Transfer) -> None:
        if transfer.status is Status.CANCELED:
            self._canceled.add(transfer.id)
        super().cancel(transfer)
