"""instant-payment validate-payee, validate-payer, make-payment: what comes twice counts once.

A repeat is refused, or answered with the payment of the first (IR03); there is never a second payment, second data or
a second confirmation.
"""

from __future__ import annotations

from dataclasses import replace

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.effects import kept
from conformance.contracts.instant_payment.judgement import is_refusal, served, told_once
from conformance.contracts.instant_payment.messages import Message, Payment, Taken
from conformance.contracts.instant_payment.wire import DONE, Status
from conformance.engine.check import check
from conformance.engine.observation import at_least, expect, given, one_of, other_than

_REFUSED = "refused"

# --- byte for byte --------------------------------------------------------------------------------------------


@check("IPG-REPEATS-01")
def a_repeated_validate_payee_opens_no_second_payment(bank: SenderBank) -> None:
    """The same Validate Payee, byte for byte, at once and after PAYEE_VALIDATED, opens no second payment."""
    payment = bank.shown(bank.opened())
    _counts_once(bank, payment, payment.payee, "at once")
    payment = bank.awaited(payment, Status.PAYEE_VALIDATED)
    _counts_once(bank, payment, payment.payee, "after PAYEE_VALIDATED")


@check("IPG-REPEATS-02")
def a_repeated_validate_payer_changes_nothing(bank: SenderBank) -> None:
    """The same Validate Payer, byte for byte, at once and after PAYER_VALIDATED, leaves the payment as it is."""
    opened = bank.walked(Status.PAYEE_VALIDATED)
    payer = bank.payer(opened)
    taken = Taken(payer, served("a good Validate Payer message", bank.send(payer)))
    payment = bank.shown(opened)
    _counts_once(bank, payment, taken, "at once")
    _counts_once(bank, bank.awaited(payment, Status.PAYER_VALIDATED), taken, "after PAYER_VALIDATED")


@check("IPG-REPEATS-03")
def a_repeated_confirmation_moves_no_money_twice(bank: SenderBank) -> None:
    """The same Make a Payment, byte for byte, at once and after the end, leaves the payment as it is."""
    validated = bank.walked(Status.PAYER_VALIDATED)
    confirmation = bank.confirmation(validated)
    taken = Taken(confirmation, served("a good Make a Payment message", bank.send(confirmation)))
    payment = bank.shown(validated)
    _counts_once(bank, payment, taken, "at once")
    _counts_once(bank, bank.awaited(payment, *DONE), taken, "after the end")


def _counts_once(bank: SenderBank, payment: Payment, taken: Taken, when: str) -> None:
    """The same request again: refused or answered with its payment, which shows what it showed before, or has gone on.

    The blocks name their requests, so that data or a confirmation taken anew would show there (IR22).
    """
    what = f"{taken.message.operation.words} once more, {when}"
    answer = bank.send_request(taken.message.operation, taken.answer.exchange.request)
    fate = _fate(what, answer)
    if fate != _REFUSED:
        is_first = answer.response.get("request_id") == taken.answer.response.get("request_id")
        told_once("IR22", "that of the first" if is_first else "a new one")
    expect(f"payment in the answer to {what}", fate, one_of(payment.id, _REFUSED))
    kept(bank, payment)(what, answer)


def _fate(what: str, answer: Answer) -> str:
    """The id of the payment that an answer leads to, or that it is refused."""
    if is_refusal(answer):
        told_once("IR03", "refused")
        return _REFUSED
    told_once("IR03", "answered with a payment")
    return served(what, answer).acknowledged.payment_id


# --- a reference once more ------------------------------------------------------------------------------------


@check("IPG-REPEATS-04")
def a_reference_that_was_used_opens_no_second_payment(bank: SenderBank) -> None:
    """
    A new Validate Payee under a reference of ours that was used, to the same payee or to another, opens nothing.

    It is refused, or answered with the payment of the first. Under a reference of its own it opened a payment.
    """
    payment = bank.walked(Status.PAYEE_VALIDATED)
    declared = bank.declaration.payee
    for who, mobile in {"the same payee": declared.mobile, "another payee": declared.unknown_mobile}.items():
        what = f"Validate Payee to {who} under a reference that was used"
        answer = bank.send(bank.payee(mobile, sender_party_reference_id=payment.reference))
        expect(f"payment in the answer to {what}", _fate(what, answer), one_of(payment.id, _REFUSED))
        kept(bank, payment)(what, answer)


@check("IPG-REPEATS-04")
def the_reference_of_another_bank_does_not_lead_to_its_payment(bank: SenderBank) -> None:
    """Another bank that uses our reference is refused, or has a payment of its own (IR18); ours stays as it is."""
    other = bank.as_other()
    payment = bank.walked(Status.PAYEE_VALIDATED)
    what = "another bank's Validate Payee under our reference"
    answer = other.send(other.payee(sender_party_reference_id=payment.reference))
    is_refused = is_refusal(answer)
    fate = _REFUSED if is_refused else served(what, answer).acknowledged.payment_id
    told_once("IR18", "unique among all banks" if is_refused else "unique within a bank")
    expect(f"payment in the answer to {what}", fate, other_than(payment.id))
    kept(bank, payment)(what, answer)


# --- at the same time -----------------------------------------------------------------------------------------


@check("IPG-REPEATS-05")
def equal_messages_that_arrive_together_open_one_payment(bank: SenderBank) -> None:
    """Four times the bytes of one Validate Payee message at once lead to one payment."""
    message = bank.payee()
    token = bank.signed(message)
    answers = bank.together(lambda _: bank.send_token(message, token), range(4))
    fates = {_fate("one of four equal Validate Payee messages", answer) for answer in answers}
    payments = len(fates - {_REFUSED})
    given("payments that four equal messages opened", payments, at_least(1))
    expect("payments that four equal messages opened", payments, 1)


@check("IPG-REPEATS-06")
def different_confirmations_that_arrive_together_confirm_once(bank: SenderBank) -> None:
    """
    Of two confirmations over different amounts, sent at once, one is accepted and the other refused (IR32).

    payment_data never shows the amount that was refused.
    """
    payment = bank.walked(Status.PAYER_VALIDATED)
    amounts = (bank.declaration.amounts.usual, bank.another_amount())
    messages = [bank.confirmation(payment, amount) for amount in amounts]
    tokens = [bank.signed(message) for message in messages]

    def send(pair: tuple[Message, str]) -> Answer:
        return bank.send_token(*pair)

    answers = bank.together(send, zip(messages, tokens, strict=True))
    refused = [amount for amount, answer in zip(amounts, answers, strict=True) if is_refusal(answer)]
    for answer in answers:
        if not is_refusal(answer):
            served("one of two confirmations", answer)
    accepted = len(amounts) - len(refused)
    given("confirmations that were accepted", accepted, at_least(1))
    expect("confirmations that were accepted", accepted, 1)
    told_once("IR32", f"the {'second' if refused == [amounts[1]] else 'first'} is refused")
    shown = bank.shown(replace(payment, seen=None))
    for seen in (shown, bank.awaited(shown, *DONE)):
        expect("amount in payment_data", seen.record.confirmation.text("amount"), other_than(*refused))
