"""instant-payment validate-payee, validate-payer, make-payment, get-payment: no message is taken that is not whole.

Every message here is well signed; only what is signed differs from its accepted twin.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.attempts import Sending, refused_at_every_method, refused_payees
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.effects import amount_of, no_payment, nothing_shown, unchanged
from conformance.contracts.instant_payment.judgement import Effect, refused, served, told_once, took_effect
from conformance.contracts.instant_payment.messages import Message, Payment
from conformance.contracts.instant_payment.wire import DONE, MANDATORY, Operation, Status
from conformance.crypto.compact import as_json
from conformance.engine.check import check
from conformance.engine.observation import expect, other_than

OPENING_AND_ASKING = (Operation.VALIDATE_PAYEE, Operation.GET_PAYMENT)
GOING_ON = (Operation.VALIDATE_PAYER, Operation.MAKE_PAYMENT)

Change = Callable[[Message], Message]
Changes = Callable[[Operation], Mapping[str, Change]]
"""What is done to good messages of a method, by the words after "with"."""


# --- members: missing, empty, null, of another type -----------------------------------------------------------


def refused_with(bank: SenderBank, changes: Changes, at: tuple[Operation, ...]) -> None:
    """Assertion: each of these changes makes a message of these methods one that is refused."""

    def sending(change: Change) -> Sending:
        return lambda message: bank.send(change(message))

    for operation in at:
        damages = {what: sending(change) for what, change in changes(operation).items()}
        refused_at_every_method(bank, damages, (operation,))


def mandatory(operation: Operation) -> list[str]:
    """The members that a message must have (IR08, IR09), those of payment_info behind a dot."""
    inner = ["payment_info.amount", "payment_info.currency"] if operation is Operation.MAKE_PAYMENT else []
    return [*MANDATORY[operation], *inner]


def changed(name: str, change: Callable[[Any], Any]) -> Change:
    """A message with another value of one member, at either level."""
    outer, _, inner = name.partition(".")

    def made(message: Message) -> Message:
        value = message.members[outer]
        return message.changed(**{outer: {**value, inner: change(value[inner])} if inner else change(value)})

    return made


def without(name: str) -> Change:
    """A message without one member, at either level."""
    outer, _, inner = name.partition(".")
    if not inner:
        return lambda message: message.without(name)
    return changed(outer, lambda value: {key: item for key, item in value.items() if key != inner})


def one_missing(operation: Operation) -> dict[str, Change]:
    return {f"no {name}": without(name) for name in mandatory(operation)}


def one_empty(operation: Operation) -> dict[str, Change]:
    """Each text in turn; an empty payment_info would only lack its members."""
    names = [name for name in mandatory(operation) if name != "payment_info"]
    return {f"an empty {name}": changed(name, lambda _: "") for name in names}


def one_null(operation: Operation) -> dict[str, Change]:
    return {f"null as {name}": changed(name, lambda _: None) for name in mandatory(operation)}


def one_of_another_type(operation: Operation) -> dict[str, Change]:
    """Each member in an array, and what else a reader may turn into a text; amounts as numbers are IR05."""
    names = mandatory(operation)
    changes = {f"an array around {name}": changed(name, lambda value: [value]) for name in names}
    changes["a number as request_date"] = changed("request_date", lambda _: 20240202132800)
    if "payment_info" in names:
        changes["a text as payment_info"] = changed("payment_info", lambda value: as_json(value).decode("utf-8"))
    if "sender_party_reference_id" in names:
        reference = "sender_party_reference_id"
        changes[f"a number as {reference}"] = changed(reference, int)
        changes[f"true as {reference}"] = changed(reference, lambda _: True)
        changes[f"an object as {reference}"] = changed(reference, lambda text: {"id": text})
    return changes


@check("IPG-CONTENT-01")
def what_opens_or_asks_for_a_payment_lacks_nothing(bank: SenderBank) -> None:
    """Validate Payee and Get a Payment without one of their mandatory members are refused."""
    refused_with(bank, one_missing, OPENING_AND_ASKING)


@check("IPG-CONTENT-01")
def what_moves_a_payment_lacks_nothing(bank: SenderBank) -> None:
    """Validate Payer and Make a Payment without one of their mandatory members are refused (IR08, IR09)."""
    refused_with(bank, one_missing, GOING_ON)


@check("IPG-CONTENT-02")
def what_opens_or_asks_for_a_payment_holds_no_empty_text(bank: SenderBank) -> None:
    """Validate Payee and Get a Payment with an empty text as one of their members are refused."""
    refused_with(bank, one_empty, OPENING_AND_ASKING)


@check("IPG-CONTENT-02")
def what_moves_a_payment_holds_no_empty_text(bank: SenderBank) -> None:
    """Validate Payer and Make a Payment with an empty text as one of their members are refused."""
    refused_with(bank, one_empty, GOING_ON)


@check("IPG-CONTENT-03")
def what_opens_or_asks_for_a_payment_holds_no_null(bank: SenderBank) -> None:
    """Validate Payee and Get a Payment with null as one of their members are refused."""
    refused_with(bank, one_null, OPENING_AND_ASKING)


@check("IPG-CONTENT-03")
def what_moves_a_payment_holds_no_null(bank: SenderBank) -> None:
    """Validate Payer and Make a Payment with null as one of their members are refused."""
    refused_with(bank, one_null, GOING_ON)


@check("IPG-CONTENT-04")
def what_opens_or_asks_for_a_payment_has_its_types(bank: SenderBank) -> None:
    """Validate Payee and Get a Payment with a member of another type are refused, though its text could be told."""
    refused_with(bank, one_of_another_type, OPENING_AND_ASKING)


@check("IPG-CONTENT-04")
def what_moves_a_payment_has_its_types(bank: SenderBank) -> None:
    """Validate Payer and Make a Payment with a member of another type are refused, though its text could be told."""
    refused_with(bank, one_of_another_type, GOING_ON)


# --- the object as a whole ------------------------------------------------------------------------------------


@check("IPG-CONTENT-05")
def what_is_signed_is_one_json_object(bank: SenderBank) -> None:
    """
    A good signature over anything but one JSON object is refused.

    Where a good message is inside, it would be accepted if it stood there alone.
    """

    def signed(form: str) -> Sending:
        def send(message: Message) -> Answer:
            whole = as_json(message.members).decode("utf-8")
            text = form.replace("{whole}", whole).replace("{members}", whole[1:-1])
            return bank.send_payload(message, text.encode("utf-8"))

        return send

    def as_text(message: Message) -> Answer:
        return bank.send_payload(message, json.dumps(as_json(message.members).decode("utf-8")).encode("ascii"))

    damages = {
        "an array as payload": signed("[{whole}]"),
        "a text as payload": as_text,
        "null as payload": signed("null"),
        "a number as payload": signed("1"),
        "an empty payload": signed(""),
        "a second object in the payload": signed("{whole}{whole}"),
        "a comma after the last member": signed("{{members},}"),
        "NaN in the payload": signed('{{members},"note":NaN}'),
    }
    refused_at_every_method(bank, damages, (Operation.VALIDATE_PAYEE, Operation.MAKE_PAYMENT))


@check("IPG-CONTENT-06")
def an_unknown_receiver_bank_is_refused(bank: SenderBank) -> None:
    """Validate Payee to a bank code that nobody has is refused, with the certificate of a known bank or an unknown."""
    nobody = bank.declaration.banks.nobody
    messages = {
        "an unknown receiver_party": bank.payee(receiver_party=nobody.code),
        "an unknown receiver_party and its certificate": bank.payee(
            receiver_party=nobody.code, receiver_party_cert_id=nobody.cert_id
        ),
    }
    refused_payees(bank, messages)


# --- the payment of the path ----------------------------------------------------------------------------------


def both_unchanged(bank: SenderBank, *payments: Payment) -> Effect:
    """The payment of the path and the one that was signed are as they were."""

    def look(what: str, answer: Answer) -> None:
        for payment in payments:
            unchanged(bank, payment)(what, answer)

    return look


@check("IPG-CONTENT-07")
def payer_data_is_for_the_payment_that_is_signed(bank: SenderBank) -> None:
    """
    Validate Payer at the path of one payment with the id of another is refused, and neither of the two moves.

    Both wait for it, and are moved by good messages afterwards. A message that names no payment is not tried (IR08).
    """
    one, other = (bank.walked(Status.PAYEE_VALIDATED) for _ in range(2))
    messages = {
        "only the payment_id of another payment": bank.payer(one).changed(payment_id=other.id),
        "all of another payment": bank.payer(other).at(one.id),
    }
    for what, message in messages.items():
        refused(f"Validate Payer with {what}", bank.send(message), both_unchanged(bank, one, other))
    bank.with_payer(one)
    bank.with_payer(other)


@check("IPG-CONTENT-07")
def a_confirmation_is_for_the_payment_that_is_signed(bank: SenderBank) -> None:
    """
    Make a Payment at the path of one payment with the id of another is refused, and neither of the two moves.

    Both wait for it, and are moved by good messages afterwards.
    """
    one, other = (bank.walked(Status.PAYER_VALIDATED) for _ in range(2))
    look = both_unchanged(bank, bank.shown(one), other)
    refused("Make a Payment with the payment_id of another", bank.send(bank.confirmation(other).at(one.id)), look)
    bank.confirmed(one)
    bank.confirmed(other)


@check("IPG-CONTENT-07")
def a_question_is_for_the_payment_that_is_signed(bank: SenderBank) -> None:
    """Get a Payment at the path of one payment with the id of another is refused; alone, each path is served."""
    one, other = bank.shared(Status.PAYEE_VALIDATED), bank.shared(Status.COMPLETED)
    question = bank.question(other)
    served("a good question for the payment", bank.ask(one))
    served("a good question for another payment", bank.send(question))
    refused("Get a Payment with the payment_id of another", bank.send(question.at(one.id)), nothing_shown)


# --- members that the method does not know --------------------------------------------------------------------


def is_taken(what: str, answer: Answer, effect: Effect) -> bool:
    """Whether the further members were ignored; assertion: where they were not, the message was refused (IR17)."""
    if took_effect(answer):
        told_once("IR17", "ignored in a message")
        return True
    refused(what, answer, effect)
    told_once("IR17", "refused in a message")
    return False


def shows_no_end(what: str, payment: Payment) -> None:
    """Assertion: the payment is not at the good end that the message names, and has no confirmation."""
    expect(f"status after {what}", payment.record.status, other_than(*sorted(DONE)))
    expect(f"payment_data after {what}", dict(payment.record.confirmation.members), {})


@check("IPG-CONTENT-10")
def a_payment_is_opened_no_further_than_others(bank: SenderBank) -> None:
    """Validate Payee with a status, an id, an amount and a result_code is refused, or opens a usual payment."""
    twin, made_up = bank.opened(), bank.made_up_payment_id()
    amount = bank.confirmation(twin).members["payment_info"]
    message = bank.payee(status=Status.COMPLETED, payment_id=made_up, payment_info=amount, result_code="1")
    what, answer = "Validate Payee with members of answers", bank.send(message)
    if is_taken(what, answer, no_payment(bank)):
        payment = bank.shown(bank.opened_by(message, lambda _: answer))
        expect(f"payment_id after {what}", payment.id, other_than(made_up))
        shows_no_end(what, payment)


@check("IPG-CONTENT-10")
def payer_data_moves_a_payment_no_further_than_others(bank: SenderBank) -> None:
    """Validate Payer with a status and an amount is refused, or moves the payment as it does without them."""
    payment = bank.walked(Status.PAYEE_VALIDATED)
    amount = bank.confirmation(payment).members["payment_info"]
    message = bank.payer(payment, status=Status.COMPLETED, payment_info=amount)
    what, answer = "Validate Payer with members of answers", bank.send(message)
    if is_taken(what, answer, unchanged(bank, payment)):
        shows_no_end(what, bank.shown(payment))
    else:
        bank.with_payer(payment)


@check("IPG-CONTENT-10")
def an_amount_beside_payment_info_is_not_sent(bank: SenderBank) -> None:
    """Make a Payment with a second amount beside payment_info is refused, or sends the amount inside it."""
    payment = bank.walked(Status.PAYER_VALIDATED)
    amounts = bank.declaration.amounts
    message = bank.confirmation(payment).changed(amount=amounts.small)
    what, answer = "Make a Payment with an amount beside payment_info", bank.send(message)
    if is_taken(what, answer, unchanged(bank, payment)):
        expect(f"amount after {what}", amount_of(bank.shown(payment)), Decimal(amounts.usual))
    else:
        bank.confirmed(payment)
