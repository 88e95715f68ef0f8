"""instant-payment flow, validate-payee, validate-payer, make-payment, get-payment: four methods, each at its path."""

from __future__ import annotations

from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.judgement import accepted, served
from conformance.contracts.instant_payment.wire import DONE, Status
from conformance.engine.check import check


@check("IPG-METHODS-01")
def a_good_validate_payee_message_opens_a_payment(bank: SenderBank) -> None:
    """A good message to POST /v1/payments is accepted, and the payment that its answer names can be asked for."""
    answer = accepted("a good Validate Payee message", bank.send(bank.payee()))
    served("a question for the payment that it names", bank.ask(answer.acknowledged.payment_id))


@check("IPG-METHODS-02")
def a_good_validate_payer_message_is_accepted(bank: SenderBank) -> None:
    """
    A good message to POST /v1/payments/{payment_id}/validate is accepted once the payee is validated.

    It signs the payment_id and the three members that table and example name apart (IR08).
    """
    payment = bank.walked(Status.PAYEE_VALIDATED)
    accepted("a good Validate Payer message", bank.send(bank.payer(payment)))


@check("IPG-METHODS-03")
def a_good_make_a_payment_message_is_accepted(bank: SenderBank) -> None:
    """A good message to POST /v1/payments/{payment_id}/confirm is accepted once the payer is validated."""
    payment = bank.walked(Status.PAYER_VALIDATED)
    accepted("a good Make a Payment message", bank.send(bank.confirmation(payment)))


@check("IPG-METHODS-04")
def a_payment_is_given_by_a_get_with_a_signed_body(bank: SenderBank) -> None:
    """GET /v1/payments/{payment_id} with a signed message in its body gives the payment to its sender bank."""
    payment = bank.opened()
    accepted("a good question for the payment", bank.ask(payment))


@check("IPG-METHODS-05")
def a_confirmation_may_carry_encrypted_keys_or_not(bank: SenderBank) -> None:
    """
    A confirmation is accepted with the encrypted keys of the example and without them, as the table has it (IE10).

    Each confirms a payment of its own, which then is completed; the form of messages.confirm_keys goes first (IR09).
    """
    usual = bank.declaration.messages.confirm_keys
    bank.shared(Status.COMPLETED)  # confirmed in the usual form
    payment = bank.walked(Status.PAYER_VALIDATED)
    message = bank.confirmation(payment, keys=not usual)
    accepted(f"a good Make a Payment message {_FORM[not usual]}", bank.send(message))
    bank.awaited(payment, *DONE)


_FORM = {True: "with encrypted keys", False: "without encrypted keys"}
