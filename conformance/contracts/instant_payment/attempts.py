"""A damaged message at each of the four methods, beside a good twin: one payment, walked from its opening to its end.

Only the damage differs. At Validate Payee the twin opens the payment and each damaged message has a reference of its
own (IR19); at Get a Payment the very question that was served is damaged; at Validate Payer and Make a Payment the
damaged messages go first, and then the same message as it should be, on the same payment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.effects import no_payment, nothing_shown, unchanged
from conformance.contracts.instant_payment.judgement import refused, served
from conformance.contracts.instant_payment.messages import Message, Payment, Taken
from conformance.contracts.instant_payment.wire import Operation, Status

Sending = Callable[[Message], Answer]
"""Sends a good message in some form."""

ALL = tuple(Operation)


def refused_at_every_method(
    bank: SenderBank,
    damages: Mapping[str, Sending],
    at: Collection[Operation] = ALL,
    *,
    twin: Sending | None = None,
) -> None:
    """Assertion: each damage is refused at each of these methods, and nothing comes of it.

    The names of the damages complete the words "Make a Payment with ..."; `twin` sends the good message, where that
    is more than to sign it as usual.
    """
    send = twin or bank.send
    payment = bank.opened_by(bank.payee(), send)
    if Operation.VALIDATE_PAYEE in at:
        for what, damage in damages.items():
            refused(f"Validate Payee with {what}", damage(bank.payee()), no_payment(bank))
    if Operation.GET_PAYMENT in at:
        question = bank.question(payment)
        served("a good question for the payment", send(question))
        for what, damage in damages.items():
            refused(f"Get a Payment with {what}", damage(question), nothing_shown)
    if not {Operation.VALIDATE_PAYER, Operation.MAKE_PAYMENT} & set(at):
        return
    payment = bank.awaited(payment, Status.PAYEE_VALIDATED)
    message = bank.payer(payment)
    if Operation.VALIDATE_PAYER in at:
        _refused_one_by_one(bank, payment, dict.fromkeys(damages, message), damages)
    payment = bank.with_payer(payment, message, send)
    if Operation.MAKE_PAYMENT in at:
        payment = bank.awaited(payment, Status.PAYER_VALIDATED)
        message = bank.confirmation(payment)
        _refused_one_by_one(bank, payment, dict.fromkeys(damages, message), damages)
        bank.confirmed(payment, message, send)


def refused_payees(bank: SenderBank, messages: Mapping[str, Message]) -> None:
    """Assertion: each of these Validate Payee messages is refused and opens nothing, though a good one is accepted."""
    bank.opened()
    for what, message in messages.items():
        refused(f"Validate Payee with {what}", bank.send(message), no_payment(bank))


def refused_payers(bank: SenderBank, made: Callable[[Payment], Mapping[str, Message]]) -> Payment:
    """Assertion: each of these Validate Payer messages is refused for one payment, which a good one then moves."""
    payment = bank.walked(Status.PAYEE_VALIDATED)
    _refused_one_by_one(bank, payment, made(payment))
    return bank.with_payer(payment)


def refused_confirmations(bank: SenderBank, made: Callable[[Payment], Mapping[str, Message]]) -> Payment:
    """Assertion: each of these confirmations is refused for one payment, which a good one then moves."""
    payment = bank.walked(Status.PAYER_VALIDATED)
    _refused_one_by_one(bank, payment, made(payment))
    return bank.confirmed(payment)


def _refused_one_by_one(
    bank: SenderBank, payment: Payment, messages: Mapping[str, Message], sent: Mapping[str, Sending] | None = None
) -> None:
    """Each is refused; one look at the payment after the last of them shows whether any was carried out."""
    last = None
    for what, message in messages.items():
        answer = sent[what](message) if sent else bank.send(message)
        refused(f"{message.operation.words} with {what}", answer)
        last = Taken(message, answer)
    if last is not None:
        unchanged(bank, payment)(f"the refused {last.message.operation.words}", last.answer)
