"""imts statuses: systems whose steps lead elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contracts.imts.call import Call
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Transfer
from conformance.contracts.imts.wire import Method, Status


class SpellsCancelledInBritish(System):
    """Tells of canceled transfers in a spelling that the table has not."""

    breaks = "IMTS-STATUSES-01"

    def status_name(self, status: Status) -> str:
        return "cancelled" if status is Status.CANCELED else super().status_name(status)


class TellsAPartnerTheStatusOfItsLedger(System):
    """Tells between confirm and payout the word that its ledger has for it."""

    breaks = "IMTS-STATUSES-01"

    def status_name(self, status: Status) -> str:
        return "pending" if status is Status.PROCESS else super().status_name(status)


class ProcessesNewTransfers(System):
    """Takes a transfer for confirmed as soon as it is created."""

    breaks = "IMTS-STATUSES-02"

    def create(self, call: Call) -> Transfer:
        transfer = super().create(call)
        transfer.status = Status.PROCESS
        return transfer


class FinishesConfirmedTransfers(System):
    """Takes a transfer for done that is confirmed."""

    breaks = "IMTS-STATUSES-03"

    def status_after_confirm(self, transfer: Transfer) -> Status:
        status = super().status_after_confirm(transfer)
        return Status.SUCCESS if status is Status.PROCESS else status


class PaysSendersWhomAmlRejects(System):
    """Confirms whoever sends."""

    breaks = "IMTS-STATUSES-04"

    def sender_is_rejected(self, data: Mapping[str, Any]) -> bool:
        return False


class CancelsForRejectedSenders(System):
    """Takes a rejection by AML for a cancel."""

    breaks = "IMTS-STATUSES-04"

    def status_after_confirm(self, transfer: Transfer) -> Status:
        status = super().status_after_confirm(transfer)
        return Status.CANCELED if status is Status.ERROR else status


class FinishesRegisteredPayouts(System):
    """Takes a transfer for paid out as soon as its payout is registered."""

    breaks = "IMTS-STATUSES-05"

    def status_after_payout(self, recipient: Mapping[str, Any]) -> Status:
        status = super().status_after_payout(recipient)
        return Status.SUCCESS if status is Status.WAITING else status


class PaysRecipientsWhomAmlRejects(System):
    """Checks senders only."""

    breaks = "IMTS-STATUSES-06"

    def recipient_is_rejected(self, data: Mapping[str, Any]) -> bool:
        return False


class LeavesConfirmedPayoutsWaiting(System):
    """Forgets to finish a transfer whose payout is confirmed."""

    breaks = "IMTS-STATUSES-07"

    def payout_confirm(self, transfer: Transfer) -> None:
        if not self.may_confirm_payout(transfer):
            raise self.out_of_order()


class AnswersWithTheStatusBefore(System):
    """Draws up the answer to payout/confirm before the transfer is moved."""

    breaks = "IMTS-STATUSES-08"

    def response_to(self, call: Call) -> dict[str, Any]:
        shown = super().response_to(call)
        return {**shown, "status": Status.WAITING} if call.method is Method.PAYOUT_CONFIRM else shown
