"""instant-payment flow, statuses: payee, payer, confirmation, in this order and each once; nothing after an end.

Every message here is good in itself: nothing but the state of its payment is wrong. That such messages are accepted in
their time shows on the same payment, or on one that all checks share.
"""

from __future__ import annotations

from dataclasses import replace

from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.effects import kept, nothing_shown, unchanged
from conformance.contracts.instant_payment.judgement import refused, served, told_once
from conformance.contracts.instant_payment.messages import Message, Payment
from conformance.contracts.instant_payment.wire import DONE, Status
from conformance.engine.check import check
from conformance.engine.observation import expect, given, not_applicable

# --- out of turn ----------------------------------------------------------------------------------------------


@check("IPG-ORDER-01")
def a_payment_whose_payer_is_not_validated_is_not_confirmed(bank: SenderBank) -> None:
    """
    A confirmation straight after Validate Payee, and one after PAYEE_VALIDATED, are refused.

    After PAYER_VALIDATED one is accepted on the same payment.
    """
    payment = bank.opened()
    refused("Make a Payment straight after Validate Payee", bank.send(bank.confirmation(payment)))
    payment = bank.awaited(payment, Status.PAYEE_VALIDATED)
    expect("payment_data of a payment that was not confirmed", payment.record.confirmation.is_there, False)
    answer = bank.send(bank.confirmation(payment))
    refused("Make a Payment after PAYEE_VALIDATED", answer, unchanged(bank, payment))
    bank.confirmed(bank.awaited(bank.with_payer(payment), Status.PAYER_VALIDATED))


@check("IPG-ORDER-02")
def a_payer_who_is_validated_is_not_validated_again(bank: SenderBank) -> None:
    """A second Validate Payer message, newly encrypted, is refused after PAYER_VALIDATED; the first was accepted."""
    payment = bank.walked(Status.PAYER_VALIDATED)
    refused("a second Validate Payer", bank.send(bank.payer(payment)), unchanged(bank, payment))


@check("IPG-ORDER-03")
def a_confirmed_payment_is_not_confirmed_again(bank: SenderBank) -> None:
    """A second confirmation over another amount is refused, while the payment is under way and at its end."""
    payment = bank.shown(bank.confirmed(bank.walked(Status.PAYER_VALIDATED)))
    again = bank.send(bank.confirmation(payment, bank.another_amount()))
    refused("a second Make a Payment", again, kept(bank, payment))
    payment = bank.awaited(payment, *DONE)
    again = bank.send(bank.confirmation(payment, bank.another_amount()))
    refused("a second Make a Payment after the end", again, kept(bank, payment))


@check("IPG-ORDER-05")
def a_confirmed_payment_takes_no_payer_data(bank: SenderBank) -> None:
    """A second Validate Payer message is refused after the confirmation, under way and at the end."""
    payment = bank.shown(bank.confirmed(bank.walked(Status.PAYER_VALIDATED)))
    refused("Validate Payer after Make a Payment", bank.send(bank.payer(payment)), kept(bank, payment))
    payment = bank.awaited(payment, *DONE)
    refused("Validate Payer after the end", bank.send(bank.payer(payment)), kept(bank, payment))


# --- after an end ---------------------------------------------------------------------------------------------


@check("IPG-ORDER-04")
def a_payment_whose_payee_is_rejected_takes_nothing(bank: SenderBank) -> None:
    """After the payee was rejected, or the payment canceled for it (IR12), payer and confirmation are refused."""
    _good_twins(bank)
    payment = bank.walked(Status.PAYEE_VALIDATING_REJECTED)
    status = payment.record.status
    told_once("IR12", status.value)
    refused(f"Validate Payer after {status}", bank.send(bank.payer(payment)), unchanged(bank, payment))
    refused(f"Make a Payment after {status}", bank.send(bank.confirmation(payment)), unchanged(bank, payment))


@check("IPG-ORDER-04")
def a_payment_whose_payer_is_rejected_takes_nothing(bank: SenderBank) -> None:
    """After the payer was rejected, data of a good payer and a confirmation are refused."""
    _good_twins(bank)
    payment = bank.walked(Status.PAYER_VALIDATING_REJECTED)
    status = payment.record.status
    refused(f"Validate Payer after {status}", bank.send(bank.payer(payment)), unchanged(bank, payment))
    refused(f"Make a Payment after {status}", bank.send(bank.confirmation(payment)), unchanged(bank, payment))


@check("IPG-ORDER-07")
def a_canceled_payment_takes_nothing(bank: SenderBank) -> None:
    """Payer data and a confirmation for the payment of data.canceled_payment_id are refused."""
    payment_id = bank.declaration.data.canceled_payment_id
    if payment_id is None:
        not_applicable("no canceled payment is declared (data.canceled_payment_id)")
    live = _good_twins(bank)
    answer = served("a good question for the canceled payment", bank.ask(payment_id))
    given("status of data.canceled_payment_id", answer.record.status, Status.CANCELED)
    payment = replace(live, id=payment_id, reference=answer.record.reference, seen=answer)
    refused("Validate Payer after CANCELED", bank.send(bank.payer(payment)), unchanged(bank, payment))
    refused("Make a Payment after CANCELED", bank.send(bank.confirmation(payment)), unchanged(bank, payment))


def _good_twins(bank: SenderBank) -> Payment:
    """Precondition: a payment that took both messages in their time."""
    return bank.shared(Status.COMPLETED)


# --- without a payment ----------------------------------------------------------------------------------------


@check("IPG-ORDER-06")
def payer_data_for_a_payment_that_nobody_opened_is_refused(bank: SenderBank) -> None:
    """Validate Payer under a payment id that was never given out is refused, and so is a question for it then."""
    payment = _opened_by_nobody(bank)
    _nothing_there(bank, payment, bank.payer(payment))


@check("IPG-ORDER-06")
def a_confirmation_of_a_payment_that_nobody_opened_is_refused(bank: SenderBank) -> None:
    """Make a Payment under a payment id that was never given out is refused, and so is a question for it then."""
    payment = _opened_by_nobody(bank)
    _nothing_there(bank, payment, bank.confirmation(payment))


@check("IPG-ORDER-06")
def a_question_for_a_payment_that_nobody_opened_is_given_nothing(bank: SenderBank) -> None:
    """Get a Payment under a payment id that was never given out is refused."""
    payment = _opened_by_nobody(bank)
    refused("Get a Payment that nobody opened", bank.ask(payment), nothing_shown)


def _opened_by_nobody(bank: SenderBank) -> Payment:
    """A payment like one that took both messages, under an id of our own making."""
    return replace(_good_twins(bank), id=bank.made_up_payment_id(), reference=bank.reference(), seen=None)


def _nothing_there(bank: SenderBank, payment: Payment, message: Message) -> None:
    refused(f"{message.operation.words} for a payment that nobody opened", bank.send(message))
    refused(f"Get a Payment after a refused {message.operation.words}", bank.ask(payment), nothing_shown)
