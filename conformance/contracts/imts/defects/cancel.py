"""imts cancel: systems that cancel what is over, or do not cancel what is not."""

from __future__ import annotations

from typing import ClassVar

from conformance.contracts.imts.call import Call
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Transfer
from conformance.contracts.imts.wire import Method, Status


class _Keeps(System):
    """Refuses to cancel transfers in one status."""

    status: ClassVar[Status]

    def may_cancel(self, transfer: Transfer) -> bool:
        return transfer.status is not self.status and super().may_cancel(transfer)


class _ForgetsToCancel(System):
    """Accepts the cancel of transfers in one status, and does nothing."""

    status: ClassVar[Status]

    def cancel(self, transfer: Transfer) -> None:
        if transfer.status is not self.status:
            super().cancel(transfer)


class _Cancels(System):
    """Cancels transfers in one further status."""

    status: ClassVar[Status]

    def may_cancel(self, transfer: Transfer) -> bool:
        return transfer.status is self.status or super().may_cancel(transfer)


# --- what should be canceled ------------------------------------------------------------------------------------


class KeepsNewTransfers(_Keeps):
    """Has nothing to cancel before a transfer is confirmed."""

    breaks = "IMTS-CANCEL-01"
    status = Status.NEW


class ForgetsToCancelNewTransfers(_ForgetsToCancel):
    """Takes the cancel of a new transfer for done, and leaves it."""

    breaks = "IMTS-CANCEL-01"
    status = Status.NEW


class KeepsTransfersInProcess(_Keeps):
    """Cannot stop what is in process."""

    breaks = "IMTS-CANCEL-02"
    status = Status.PROCESS


class ForgetsToCancelTransfersInProcess(_ForgetsToCancel):
    """Takes the cancel of a transfer in process for done, and goes on with it."""

    breaks = "IMTS-CANCEL-02"
    status = Status.PROCESS


class KeepsWaitingTransfers(_Keeps):
    """Takes a registered payout for an end."""

    breaks = "IMTS-CANCEL-03"
    status = Status.WAITING


class ForgetsToCancelWaitingTransfers(_ForgetsToCancel):
    """Takes the cancel of a waiting transfer for done, and leaves it to be paid out."""

    breaks = "IMTS-CANCEL-03"
    status = Status.WAITING


# --- what should not --------------------------------------------------------------------------------------------


class CancelsSuccessfulTransfers(_Cancels):
    """Takes back a transfer that was paid out."""

    breaks = "IMTS-CANCEL-04"
    status = Status.SUCCESS


class RefusesAndCancelsAllTheSame(System):
    """Moves a successful transfer to canceled before it finds that it may not."""

    breaks = "IMTS-CANCEL-04"

    def cancel(self, transfer: Transfer) -> None:
        if transfer.status is Status.SUCCESS:
            self.move(transfer, Status.CANCELED)
            raise self.out_of_order()
        super().cancel(transfer)


class CancelsTransfersInError(_Cancels):
    """Turns a rejection by AML into a cancel."""

    breaks = "IMTS-CANCEL-05"
    status = Status.ERROR


class ReopensCanceledTransfers(System):
    """Takes a second cancel for the cancel of the first."""

    breaks = "IMTS-CANCEL-06"

    def cancel(self, transfer: Transfer) -> None:
        if transfer.status is Status.CANCELED:
            self.move(transfer, Status.NEW)
        else:
            super().cancel(transfer)


class RefusesAndReopens(System):
    """Rolls a refused second cancel back to the status before the first."""

    breaks = "IMTS-CANCEL-06"

    def cancel(self, transfer: Transfer) -> None:
        if transfer.status is Status.CANCELED:
            self.move(transfer, Status.NEW)
            raise self.out_of_order()
        super().cancel(transfer)


class CancelsForAnyAgent(System):
    """Asks whose transfer it is at each method but cancel."""

    breaks = "IMTS-CANCEL-07"

    def may_use(self, call: Call, transfer: Transfer) -> bool:
        return call.method is Method.CANCEL or super().may_use(call, transfer)
