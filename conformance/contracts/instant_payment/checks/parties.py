"""instant-payment get-payment, validate-payee, validate-payer, make-payment: a payment is that of its two banks.

The suite also plays another registered bank (banks.other, keys.other) and the receiver bank (keys.receiver.private),
each with its own certificate and signature. Without their keys these rules do not apply.
"""

from __future__ import annotations

from conformance.contracts.instant_payment.attempts import refused_payees
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.effects import nothing_shown, told_otherwise, unchanged
from conformance.contracts.instant_payment.judgement import accepted, refused, served, told_once
from conformance.contracts.instant_payment.wire import Status
from conformance.engine.check import check
from conformance.engine.observation import expect, none_found

# --- another bank ---------------------------------------------------------------------------------------------


@check("IPG-PARTIES-01")
def another_bank_is_given_nothing_of_a_payment(bank: SenderBank) -> None:
    """
    Get a Payment for one of ours, signed by another registered bank, is refused and shows nothing of it (IR26).

    The same bank is served with a payment of its own, and we are with ours.
    """
    other = bank.as_other()
    served("another bank's question for its own payment", other.ask(other.opened()))
    payment = bank.shared(Status.COMPLETED)
    served("our question for our payment", bank.ask(payment))
    answer = other.ask(payment)
    refused("another bank's question for our payment", answer, nothing_shown)
    unknown = other.ask(bank.made_up_payment_id())
    is_alike = (answer.status, answer.result_code) == (unknown.status, unknown.result_code)
    told_once("IR26", "as for an unknown payment" if is_alike else "other than for an unknown payment")


@check("IPG-PARTIES-02")
def payer_data_of_another_bank_is_not_taken(bank: SenderBank) -> None:
    """Validate Payer for one of our payments, signed and named by another registered bank, is refused; ours is not."""
    other = bank.as_other()
    payment = bank.walked(Status.PAYEE_VALIDATED)
    refused("another bank's Validate Payer", other.send(other.payer(payment)), unchanged(bank, payment))
    bank.with_payer(payment)


@check("IPG-PARTIES-03")
def a_confirmation_of_another_bank_is_not_taken(bank: SenderBank) -> None:
    """Make a Payment for one of our payments, signed and named by another registered bank, is refused; ours is not."""
    other = bank.as_other()
    payment = bank.walked(Status.PAYER_VALIDATED)
    refused("another bank's Make a Payment", other.send(other.confirmation(payment)), unchanged(bank, payment))
    bank.confirmed(payment)


@check("IPG-PARTIES-04")
def no_payment_is_opened_in_another_banks_name(bank: SenderBank) -> None:
    """A sender_party other than us, with our certificate and signature, is refused; with our code it is accepted."""
    banks = bank.declaration.banks
    names = [banks.nobody.code, banks.receiver.code, *([banks.other.code] if banks.other else [])]
    refused_payees(bank, {f"sender_party {name}": bank.payee(sender_party=name) for name in names})


@check("IPG-PARTIES-04")
def no_other_bank_opens_a_payment_in_our_name(bank: SenderBank) -> None:
    """Our code with another bank's certificate and signature is refused; with its own code it is accepted."""
    other = bank.as_other()
    refused_payees(other, {"our code as sender_party": other.payee(sender_party=bank.identity.code)})


# --- the receiver bank ----------------------------------------------------------------------------------------


@check("IPG-PARTIES-05")
def the_receiver_bank_can_ask_too(bank: SenderBank) -> None:
    """Get a Payment signed by the receiver bank is answered with the data that the sender bank gets (IR10, IE28)."""
    receiver = bank.as_receiver()
    payment = bank.shared(Status.COMPLETED)
    ours = served("our question for the payment", bank.ask(payment))
    theirs = accepted("the receiver bank's question for the payment", receiver.ask(payment))
    told_once("IR10", "the signature of either bank will do")
    otherwise = told_otherwise(ours.record, theirs.record)
    expect("what the receiver bank is told otherwise", otherwise, none_found)


@check("IPG-PARTIES-06")
def the_receiver_bank_sends_no_payer_data(bank: SenderBank) -> None:
    """Validate Payer signed and named by the receiver bank is refused; ours is accepted for the same payment."""
    receiver = bank.as_receiver()
    payment = bank.walked(Status.PAYEE_VALIDATED)
    refused("the receiver bank's Validate Payer", receiver.send(receiver.payer(payment)), unchanged(bank, payment))
    bank.with_payer(payment)


@check("IPG-PARTIES-06")
def the_receiver_bank_sends_no_confirmation(bank: SenderBank) -> None:
    """Make a Payment signed and named by the receiver bank is refused; ours is accepted for the same payment."""
    receiver = bank.as_receiver()
    payment = bank.walked(Status.PAYER_VALIDATED)
    answer = receiver.send(receiver.confirmation(payment))
    refused("the receiver bank's Make a Payment", answer, unchanged(bank, payment))
    bank.confirmed(payment)
