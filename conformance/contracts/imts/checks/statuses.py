"""imts statuses, flow: what each good step leads to, told by its answer and by Status alike."""

from __future__ import annotations

from conformance.contracts.imts.client import AFTER, Partner
from conformance.contracts.imts.effects import leads_to
from conformance.contracts.imts.judgement import served, told_once, took_effect
from conformance.contracts.imts.messages import Transfer
from conformance.contracts.imts.wire import FORWARD, STEPS, UNTOLD, Method, Status
from conformance.engine.check import check
from conformance.engine.observation import at_least, expect, given, one_of

_TELLING = (Method.CREATE, *STEPS, Method.STATUS, Method.INFO)


@check("IMTS-STATUSES-01", exclusive=True)
def every_status_is_one_of_the_six(partner: Partner) -> None:
    """
    No answer of the run tells another status.

    One transfer is taken to its success and another one canceled, whatever they are said to be in between.
    """
    for steps in (FORWARD, (Method.CANCEL,)):
        message = partner.creation()
        transfer = partner.named_by(message, served("a good create message", partner.send(message)))
        for method in steps:
            partner.send(partner.step(method, transfer))
            if partner.sees_statuses:
                partner.shown(transfer)
    told = {}
    for answer in partner.answers():
        status = answer.value_or_none("status") if answer.method in _TELLING and took_effect(answer) else None
        if status is not None:
            told[str(status)] = answer.exchange
    given("statuses that answers tell", len(told), at_least(1), missing="values.status: where a status is")
    for status, exchange in told.items():
        expect("status of a transfer", status, one_of(*(one.value for one in Status)), evidence=exchange)


@check("IMTS-STATUSES-02")
def a_created_transfer_is_new(partner: Partner) -> None:
    """The answer to create, or else Status, tells `new`."""
    transfer = partner.created()
    given("status of the transfer", transfer.status is None, False, missing="values.status or paths.status")
    expect("status after create", transfer.status, Status.NEW, evidence=transfer.created.exchange)


@check("IMTS-STATUSES-03")
def a_confirmed_transfer_is_in_process_or_waiting(partner: Partner) -> None:
    """The flow says `process`, the table of statuses `waiting` (MTR07); both are admitted."""
    transfer = partner.walked(None)
    answer = served("a good confirm message", partner.send(partner.step(Method.CONFIRM, transfer)))
    told_once("MTR07", leads_to(partner, transfer, answer, *AFTER[Method.CONFIRM]).value)


@check("IMTS-STATUSES-04")
def a_sender_whom_aml_rejects_leaves_the_transfer_in_error(partner: Partner) -> None:
    """A sender of the configuration whom AML rejects; one whom it takes is confirmed beside."""
    partner.shared(Method.CONFIRM)
    transfer = partner.walked(None, partner.created(who="rejected_person"))
    leads_to(partner, transfer, partner.send(partner.step(Method.CONFIRM, transfer)), Status.ERROR)


@check("IMTS-STATUSES-05")
def a_payout_leaves_the_transfer_waiting(partner: Partner) -> None:
    """The recipient passes AML."""
    transfer = partner.walked(Method.CONFIRM)
    answer = served("a good payout message", partner.send(partner.step(Method.PAYOUT, transfer)))
    leads_to(partner, transfer, answer, Status.WAITING)


@check("IMTS-STATUSES-06")
def a_recipient_whom_aml_rejects_leaves_the_transfer_in_error(partner: Partner) -> None:
    """A recipient of the configuration whom AML rejects; one whom it takes is paid beside."""
    partner.shared(Method.PAYOUT)
    transfer = partner.walked(Method.CONFIRM)
    answer = partner.send(partner.step(Method.PAYOUT, transfer, "rejected_recipient"))
    leads_to(partner, transfer, answer, Status.ERROR)


@check("IMTS-STATUSES-07")
def a_confirmed_payout_leaves_the_transfer_in_success(partner: Partner) -> None:
    """The last step of the flow."""
    transfer = partner.walked(Method.PAYOUT)
    answer = served("a good payout-confirm message", partner.send(partner.step(Method.PAYOUT_CONFIRM, transfer)))
    leads_to(partner, transfer, answer, Status.SUCCESS)


@check("IMTS-STATUSES-08")
def what_a_step_answers_is_what_status_tells(partner: Partner) -> None:
    """
    After create, confirm, payout, payout/confirm and cancel a question tells the status that the answer told.

    Where AML decides later (MTR33) the question may be ahead of the answer to confirm or payout.
    """
    steps = (None, *FORWARD, Method.CANCEL)
    transfer = partner.asked(partner.created())
    told = 0
    for method in steps:
        if method is Method.CANCEL:
            transfer = partner.walked(method)
        elif method is not None:
            transfer = partner.stepped(transfer, partner.step(method, transfer))
        told += _told_alike(partner, transfer)
    given("answers to steps that tell a status", told, at_least(1))


def _told_alike(partner: Partner, transfer: Transfer) -> bool:
    """Whether the answer to the latest step tells a status; it is the one that a question tells."""
    answer = transfer.last or transfer.created
    if answer.value_or_none("status") is None:
        return False
    told = answer.transfer_status
    later = UNTOLD.get(told, frozenset()) if answer.method in (Method.CONFIRM, Method.PAYOUT) else frozenset()
    seen = partner.asked(transfer).status
    expect(f"status after an answer to {answer.method.value} that tells {told}", seen, one_of(told, *sorted(later)))
    return True
