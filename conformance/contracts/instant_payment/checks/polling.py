"""instant-payment get-payment, flow: a bank may ask at every stage, and asking changes nothing."""

from __future__ import annotations

from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.effects import told_otherwise
from conformance.contracts.instant_payment.judgement import accepted, served
from conformance.contracts.instant_payment.messages import Payment
from conformance.contracts.instant_payment.wire import DONE, REJECTED, Status, follows_untold
from conformance.engine.check import check
from conformance.engine.observation import expect, given, none_found, one_of


@check("IPG-POLLING-01")
def a_good_payment_can_be_asked_for_at_every_stage(bank: SenderBank) -> None:
    """
    Every question for a good payment is answered, to its end, as the first one is.

    The flow lets banks ask after the payment is finalized; nothing else tells them that it went on (IE32).
    """
    payment = bank.shown(bank.opened())
    _is_shown(bank, payment, Status.PAYEE_VALIDATED)
    payment = bank.with_payer(payment)
    _is_shown(bank, payment, Status.PAYER_VALIDATED)
    payment = bank.confirmed(payment)
    _is_shown(bank, payment, *DONE)


@check("IPG-POLLING-01")
def a_rejected_payment_can_be_asked_for(bank: SenderBank) -> None:
    """Every question for a payment to nobody is answered, before and after it is rejected, as for a good one."""
    bank.shown(bank.opened())
    _is_shown(bank, bank.opened_for_nobody(), *REJECTED)


def _is_shown(bank: SenderBank, payment: Payment, *wanted: Status) -> None:
    """Each question is answered, up to the first that shows one of these statuses."""
    last: Status | None = None
    for answer in bank.watched(payment, *wanted):
        last = accepted(f"Get a Payment after {last or 'a message'}", answer).record.status
    given("status of the payment within patience", last, one_of(*sorted(wanted)))


@check("IPG-POLLING-02")
def asking_leaves_a_payment_as_it_is(bank: SenderBank) -> None:
    """
    Two questions in a row, for a payment whose payee was validated, bring the same answer.

    A payment may have gone on by itself in between; nothing but its status and the receiver bank's answers tells so.
    """
    _is_told_alike(bank, bank.shared(Status.PAYEE_VALIDATED))


@check("IPG-POLLING-02")
def asking_leaves_a_completed_payment_as_it_is(bank: SenderBank) -> None:
    """Two questions in a row, for a payment that is completed, bring the same answer."""
    _is_told_alike(bank, bank.shared(Status.COMPLETED))


def _is_told_alike(bank: SenderBank, payment: Payment) -> None:
    first, second = (served("a good question for the payment", bank.ask(payment)).record for _ in range(2))
    expect("what the second of two answers tells otherwise", told_otherwise(first, second), none_found)
    expected = one_of(*sorted(follows_untold(first.status)))
    expect("status in the second of two answers", second.status, expected)
