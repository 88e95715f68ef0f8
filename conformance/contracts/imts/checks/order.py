"""imts statuses, flow: confirm, payout, payout/confirm, in this order and each once; nothing after an end.

Every message here is good in itself: nothing but the status of its transfer is wrong. That such messages are accepted
in their time shows on the same transfer, or on one that all checks share. Most checks here judge the answer alone; what
a refused step leaves behind is a requirement of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.effects import unchanged
from conformance.contracts.imts.fuzzing import found_by, graph_of
from conformance.contracts.imts.fuzzing.drawing import LONGEST, crooked_ways
from conformance.contracts.imts.fuzzing.playing import ANY_SEQUENCE
from conformance.contracts.imts.judgement import given_no_outage, refused, took_effect
from conformance.contracts.imts.messages import Transfer
from conformance.contracts.imts.wire import FORWARD, STEPS, TRANSITIONS, Method, Status
from conformance.engine.check import check
from conformance.engine.observation import at_least, current, expect, given, lacking, none_found
from conformance.fuzz.sequences import problem_of

# --- out of turn ----------------------------------------------------------------------------------------------


@check("IMTS-ORDER-01")
def a_transfer_that_is_not_confirmed_is_not_paid_out(partner: Partner) -> None:
    """The payout of a new transfer is refused; the same transfer is paid out after its confirmation."""
    transfer = partner.walked(None)
    refused("payout of a new transfer", partner.send(partner.step(Method.PAYOUT, transfer)))
    partner.walked(Method.PAYOUT, transfer)


@check("IMTS-ORDER-02")
def a_payout_that_was_not_registered_is_not_confirmed(partner: Partner) -> None:
    """
    payout/confirm is refused after create and after confirm, whatever the status is then (MTR07).

    It is accepted for the same transfer after payout.
    """
    transfer = partner.walked(None)
    for method in (Method.CONFIRM, Method.PAYOUT):
        answer = partner.send(partner.step(Method.PAYOUT_CONFIRM, transfer))
        refused(f"payout/confirm before {method.value}", answer)
        transfer = partner.stepped(transfer, partner.step(method, transfer))
    partner.stepped(transfer, partner.step(Method.PAYOUT_CONFIRM, transfer))


@check("IMTS-ORDER-03")
def a_transfer_that_waits_for_its_payout_is_not_confirmed_again(partner: Partner) -> None:
    """A confirm after payout is refused; one was accepted before, and the payout is confirmed after it."""
    transfer = partner.walked(Method.PAYOUT)
    refused("confirm after payout", partner.send(partner.step(Method.CONFIRM, transfer)))
    partner.stepped(transfer, partner.step(Method.PAYOUT_CONFIRM, transfer))


@check("IMTS-ORDER-04")
def a_repeated_confirm_is_refused(partner: Partner) -> None:
    """The bytes of an accepted confirm, and a confirm with a salt of its own, are refused after it (MTR12)."""
    _is_taken_once(partner, partner.walked(None), Method.CONFIRM)


@check("IMTS-ORDER-05")
def a_repeated_payout_is_refused(partner: Partner) -> None:
    """The bytes of an accepted payout, and a payout that was encrypted anew, are refused after it (MTR12)."""
    _is_taken_once(partner, partner.walked(Method.CONFIRM), Method.PAYOUT)


def _is_taken_once(partner: Partner, transfer: Transfer, method: Method) -> None:
    """The step is asked after before it is repeated, so that nothing is under way any more."""
    message = partner.step(method, transfer)
    transfer = partner.stepped(transfer, message)
    partner.seen_status(transfer, None)
    for what, again in {"the same": message, "another": partner.step(method, transfer)}.items():
        refused(f"{what} {method.value} once more", partner.send(again))


# --- after an end ---------------------------------------------------------------------------------------------


@check("IMTS-ORDER-06")
def a_successful_transfer_takes_no_further_step(partner: Partner) -> None:
    """confirm, payout and payout/confirm are refused after the end, though each was accepted in its time."""
    _takes_nothing(partner, partner.walked(Method.PAYOUT_CONFIRM), "a successful transfer")


@check("IMTS-ORDER-07")
def a_canceled_transfer_takes_no_further_step(partner: Partner) -> None:
    """
    confirm, payout and payout/confirm are refused after a cancel, whenever that came.

    A transfer that was canceled after confirm, for instance, would be paid out next.
    """
    partner.shared(Method.PAYOUT_CONFIRM)
    for last in (None, Method.CONFIRM, Method.PAYOUT):
        transfer = partner.walked(last)
        transfer = partner.stepped(transfer, partner.step(Method.CANCEL, transfer))
        _takes_nothing(partner, transfer, f"a transfer that was canceled after {(last or Method.CREATE).value}")


@check("IMTS-ORDER-08")
def a_transfer_whose_sender_is_rejected_takes_no_further_step(partner: Partner) -> None:
    """confirm, payout and payout/confirm are refused after AML rejected the sender."""
    partner.shared(Method.PAYOUT_CONFIRM)
    _takes_nothing(partner, partner.rejected(), "a transfer whose sender was rejected")


@check("IMTS-ORDER-08")
def a_transfer_whose_recipient_is_rejected_takes_no_further_step(partner: Partner) -> None:
    """confirm, payout to another recipient and payout/confirm are refused after AML rejected the first recipient."""
    partner.shared(Method.PAYOUT_CONFIRM)
    _takes_nothing(partner, partner.rejected("rejected_recipient"), "a transfer whose recipient was rejected")


def _takes_nothing(partner: Partner, transfer: Transfer, what: str) -> None:
    partner.seen_status(transfer, None)
    for method in FORWARD:
        refused(f"{method.value} of {what}", partner.send(partner.step(method, transfer)))


# --- what is left behind --------------------------------------------------------------------------------------


@check("IMTS-ORDER-09")
def a_step_that_is_refused_leaves_the_status_as_it_is(partner: Partner) -> None:
    """
    Each step that is out of turn, at each stage, is followed by a question for the transfer.

    The question before it told the same status. What cancel leaves behind is judged there.
    """
    for last in (None, *FORWARD, Method.CANCEL):
        transfer = partner.asked(partner.walked(last))
        for method in FORWARD:
            if not _is_in_turn(last, method):
                _leaves_as_it_is(partner, transfer, method, f"{method.value} after {(last or Method.CREATE).value}")


@check("IMTS-ORDER-09")
def a_step_that_is_refused_leaves_a_transfer_in_error_as_it_is(partner: Partner) -> None:
    """confirm, payout and payout/confirm after AML rejected the sender; a question follows each."""
    transfer = partner.asked(partner.rejected())
    for method in FORWARD:
        _leaves_as_it_is(partner, transfer, method, f"{method.value} of a transfer in error")


def _leaves_as_it_is(partner: Partner, transfer: Transfer, method: Method, what: str) -> None:
    answer = partner.send(partner.step(method, transfer))
    given(f"whether {what} is carried out", took_effect(answer), False)
    unchanged(partner, transfer)(what, answer)


def _is_in_turn(last: Method | None, method: Method) -> bool:
    """Whether a step is the next one, by the flow; a confirmed transfer may show either status (MTR07)."""
    status = {None: Status.NEW, Method.CONFIRM: Status.PROCESS, Method.PAYOUT: Status.WAITING}.get(last)
    return status is not None and (status, method) in TRANSITIONS


# --- what nobody created, and at the same time ----------------------------------------------------------------


@check("IMTS-ORDER-10")
def a_transfer_that_nobody_created_takes_no_step(partner: Partner) -> None:
    """The four steps are refused for an id that was never given out; transfers of ours have taken each of them."""
    transfer = partner.made_up(partner.shared(Method.PAYOUT_CONFIRM))
    partner.shared(Method.CANCEL)
    for method in STEPS:
        answer = partner.send(partner.step(method, transfer))
        refused(f"{method.value} of a transfer that nobody created", answer)


@check("IMTS-ORDER-11", exclusive=True)
def equal_steps_that_arrive_together_count_once(partner: Partner) -> None:
    """
    Of four times the bytes of one confirm, payout or payout/confirm at once, one is carried out (MTR50).

    A fifth time, after a question for the transfer, it is refused: so that they came together is the only reason left.
    """
    transfer = partner.walked(None)
    for method in FORWARD:
        message = partner.step(method, transfer)
        body = partner.body(message)
        answers = partner.send_at_once(message, body, 4)
        for answer in answers:
            given_no_outage(f"one of four equal {method.value} messages", answer)
        if not any_met(answers):
            lacking("requests that are on their way at the same time: run with --workers 4, or once more")
        taken = [answer for answer in answers if took_effect(answer)]
        given(f"{method.value} messages that were carried out", len(taken), at_least(1))
        transfer = partner.moved(transfer, taken[0])
        partner.seen_status(transfer, None)
        late = partner.send_body(message, body)
        given(f"whether {method.value} is carried out once more later", took_effect(late), False)
        expect(f"{method.value} messages that were carried out", len(taken), 1, evidence=taken[-1].exchange)


def any_met(answers: Sequence[Answer]) -> bool:
    """Whether one of these requests left before the one before it was answered, by the times on record."""
    times = sorted((one.exchange.at, timedelta(milliseconds=one.reply.elapsed_ms)) for one in answers)
    return any(later <= left + took for (left, took), (later, _) in pairwise(times))


@check("IMTS-ORDER-12")
def no_sequence_of_steps_leaves_the_table_of_transitions(partner: Partner) -> None:
    """
    What a transfer may do depends on its status alone, and not on what was refused before.

    Transfers go every way to an end, with each illegal step tried at each stage, and some take drawn steps.

    A step that is wrongly taken after legal ones breaks the requirement on that step. What shows only after a refused
    one is made as short as it goes, and told here call by call.
    """
    graph = graph_of(partner.session)
    sequences = [*crooked_ways(graph), *(graph.walk(partner.random, LONGEST) for _ in range(4))]
    failures, shown = found_by(partner.session, sequences, _SEQUENCES)
    current().exchanges += [one for one in partner.recorded() if one.purpose.startswith(_SEQUENCES)]
    others = sorted({failure.requirement for failure in failures} - {ANY_SEQUENCE})
    own = [failure for failure in failures if failure.requirement == ANY_SEQUENCE]
    told = [f"{'; then '.join(failure.steps)} ({failure.subject})" for failure in own]
    expect("sequence of steps that leaves the table", told, none_found, evidence=own[0].evidence if own else None)
    if others:
        lacking(f"a system that keeps {', '.join(others)}: sequences end where a single step is wrong")
    given("what most of the sequences lacked", problem_of(shown), "")


_SEQUENCES = "order: drawn"


@check("IMTS-ORDER-13")
def another_agent_confirms_no_transfer(partner: Partner) -> None:
    """
    The other agent's confirm of a transfer that is not directed to it is refused, and the transfer stays `new`.

    The other agent has confirmed one of its own; ours is confirmed by us in the end.
    """
    other = partner.as_other()
    other.shared(Method.CONFIRM)
    transfer = partner.kept_from_others()
    answer = other.send(other.step(Method.CONFIRM, transfer))
    refused("confirm by another agent", answer, unchanged(partner, transfer))
    partner.walked(Method.CONFIRM, transfer)
