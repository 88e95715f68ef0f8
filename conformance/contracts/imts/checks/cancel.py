"""imts cancel, statuses: a transfer is canceled before its end, and not after."""

from __future__ import annotations

from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.effects import leads_to, unchanged
from conformance.contracts.imts.judgement import accepted, given_no_outage, refused, told_once, took_effect
from conformance.contracts.imts.wire import Method, Status
from conformance.engine.check import check
from conformance.engine.observation import expect, one_of


@check("IMTS-CANCEL-01")
def a_new_transfer_is_canceled(partner: Partner) -> None:
    """A cancel straight after create is accepted and leads to `canceled`."""
    transfer = partner.walked(None)
    answer = accepted("cancel of a new transfer", partner.send(partner.step(Method.CANCEL, transfer)))
    leads_to(partner, transfer, answer, Status.CANCELED)


@check("IMTS-CANCEL-02")
def a_transfer_in_process_is_canceled(partner: Partner) -> None:
    """A cancel after confirm is accepted and leads to `canceled`; the status before it may be `waiting` (MTR07)."""
    transfer = partner.walked(Method.CONFIRM)
    answer = accepted("cancel of a confirmed transfer", partner.send(partner.step(Method.CANCEL, transfer)))
    leads_to(partner, transfer, answer, Status.CANCELED)


@check("IMTS-CANCEL-03")
def a_waiting_transfer_is_canceled(partner: Partner) -> None:
    """A cancel after payout is accepted and leads to `canceled`."""
    transfer = partner.walked(Method.PAYOUT)
    answer = accepted("cancel of a waiting transfer", partner.send(partner.step(Method.CANCEL, transfer)))
    leads_to(partner, transfer, answer, Status.CANCELED)


@check("IMTS-CANCEL-04")
def a_successful_transfer_is_not_canceled(partner: Partner) -> None:
    """Its cancel is refused and it stays `success`; another transfer, a new one, was canceled."""
    partner.shared(Method.CANCEL)
    transfer = partner.walked(Method.PAYOUT_CONFIRM)
    answer = partner.send(partner.step(Method.CANCEL, transfer))
    refused("cancel of a successful transfer", answer, unchanged(partner, transfer))


@check("IMTS-CANCEL-05")
def a_transfer_in_error_is_not_canceled(partner: Partner) -> None:
    """The cancel of a transfer whose sender AML rejected is refused, and it stays in `error`."""
    partner.shared(Method.CANCEL)
    transfer = partner.rejected()
    answer = partner.send(partner.step(Method.CANCEL, transfer))
    refused("cancel of a transfer in error", answer, unchanged(partner, transfer))


@check("IMTS-CANCEL-06")
def a_repeated_cancel_changes_nothing(partner: Partner) -> None:
    """
    The same cancel once more, and then another one, are refused or answered with `canceled` (MTR11).

    The transfer is `canceled` after each of them.
    """
    transfer = partner.walked(None)
    message = partner.step(Method.CANCEL, transfer)
    transfer = partner.stepped(transfer, message)
    for what, again in {"the same cancel": message, "another cancel": partner.step(Method.CANCEL, transfer)}.items():
        answer = partner.send(again)
        given_no_outage(what, answer)
        told = str(answer.value_or_none("status") or Status.CANCELED) if took_effect(answer) else "refused"
        expect(f"what becomes of {what} once more", told, one_of("refused", Status.CANCELED.value))
        told_once("MTR11", told)
        unchanged(partner, transfer)(what, answer)


@check("IMTS-CANCEL-07")
def another_agent_cancels_no_transfer(partner: Partner) -> None:
    """
    The other agent's cancel of a transfer that is not directed to it is refused, and the transfer stays `new`.

    The other agent has canceled one of its own; ours is canceled by us in the end.
    """
    other = partner.as_other()
    other.shared(Method.CANCEL)
    transfer = partner.kept_from_others()
    answer = other.send(other.step(Method.CANCEL, transfer))
    refused("cancel by another agent", answer, unchanged(partner, transfer))
    partner.stepped(transfer, partner.step(Method.CANCEL, transfer))
