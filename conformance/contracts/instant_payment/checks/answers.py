"""instant-payment validate-payee, validate-payer, make-payment, get-payment, encryption: what accepted messages bring.

One payment that is completed shows nearly all of it: four answers, three blocks, and the receiver bank's own answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.judgement import served, told_once
from conformance.contracts.instant_payment.messages import Payment
from conformance.contracts.instant_payment.receiver_answers import (
    RESPONSE,
    at_pointer,
    initials_in,
    opened_by,
    responses,
    somebody_opens,
    taken_of,
    told_by_receiver,
)
from conformance.contracts.instant_payment.wire import DONE, KEYS, SUCCESS, Block, Status, data_member
from conformance.crypto import jwe
from conformance.crypto.compact import BadEnvelope
from conformance.engine.check import check
from conformance.engine.observation import (
    at_least,
    expect,
    given,
    lacking,
    none_found,
    one_of,
)


def answers_of(payment: Payment) -> list[Answer]:
    """The four answers that a completed payment got."""
    return [taken.answer for taken in taken_of(payment)] + ([payment.seen] if payment.seen else [])


def confirmed_otherwise(bank: SenderBank) -> Payment:
    """A completed payment whose confirmation had encrypted keys if usually it has none, and the other way round."""

    def walk() -> Payment:
        payment = bank.walked(Status.PAYER_VALIDATED)
        message = bank.confirmation(payment, keys=not bank.declaration.messages.confirm_keys)
        return bank.awaited(bank.confirmed(payment, message), *DONE)

    return bank.recall("payment confirmed in the other form", walk)


# --- status, result_code, form --------------------------------------------------------------------------------


@check("IPG-ANSWERS-01")
def what_is_accepted_has_status_200(bank: SenderBank) -> None:
    """Each of the four methods answers a message that took effect with HTTP status 200."""
    for answer in answers_of(bank.shared(Status.COMPLETED)):
        expect(f"status of the answer to {answer.operation.words}", answer.status, 200, evidence=answer.exchange)


@check("IPG-ANSWERS-02")
def what_is_accepted_has_result_code_1(bank: SenderBank) -> None:
    """Each of the four methods answers a message that took effect with the text "1" as result_code (IR23)."""
    for answer in answers_of(bank.shared(Status.COMPLETED)):
        what = f"result_code of the answer to {answer.operation.words}"
        expect(what, answer.result_code, SUCCESS, evidence=answer.exchange)


@check("IPG-ANSWERS-03")
def answers_say_that_they_are_json(bank: SenderBank) -> None:
    """The answers of the four methods have the content type application/json."""
    for answer in answers_of(bank.shared(Status.COMPLETED)):
        media_type = (answer.header("Content-Type") or "absent").partition(";")[0].strip().lower()
        what = f"content type of the answer to {answer.operation.words}"
        expect(what, media_type, "application/json", evidence=answer.exchange)


@check("IPG-ANSWERS-03")
def answers_are_strict_json(bank: SenderBank) -> None:
    """The answers of the four methods are JSON without a byte order mark, and no member of them stands twice."""
    for answer in answers_of(bank.shared(Status.COMPLETED)):
        what = f"faults of the answer to {answer.operation.words}"
        expect(what, answer.json.faults, none_found, evidence=answer.exchange)


@check("IPG-ANSWERS-03")
def letters_come_back_in_utf_8(bank: SenderBank) -> None:
    """
    An answer that holds a letter beyond ASCII is UTF-8.

    The letter came in sender_party_reference_id, which is a text of any kind.
    """
    bank.shared(Status.PAYEE_VALIDATED)
    answer = bank.send(bank.payee(sender_party_reference_id=f"{bank.reference()}é"))
    expect("bytes of the answer that are no UTF-8", no_utf_8(answer.reply.body), none_found, evidence=answer.exchange)
    served("a reference with the letter é", answer)


def no_utf_8(body: bytes) -> list[str]:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"byte {error.start}"]
    return []


@check("IPG-ANSWERS-04")
def the_answer_to_a_message_names_its_members(bank: SenderBank) -> None:
    """The answers to the three messages have payment_id, request_id, sender_party_reference_id and status as texts."""
    for taken in taken_of(bank.shared(Status.COMPLETED)):
        answer = taken.answer
        missing = [f"response.{name}" for name in _ACKNOWLEDGED if not is_text(answer.response.get(name))]
        what = f"what the answer to {answer.operation.words} lacks"
        expect(what, missing, none_found, evidence=answer.exchange)


_ACKNOWLEDGED = ("payment_id", "request_id", "sender_party_reference_id", "status")


def is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


# --- ids ------------------------------------------------------------------------------------------------------


@check("IPG-ANSWERS-05")
def every_payment_has_an_id_of_its_own(bank: SenderBank) -> None:
    """
    Payments that are opened one after the other have different ids.

    They go to the same payee, and the references of two of them differ in nothing but zeros at their front.
    """
    reference = bank.reference()
    messages = [
        bank.payee(),
        bank.payee(),
        bank.payee(sender_party_reference_id=f"00{reference}"),
        bank.payee(sender_party_reference_id=reference),
    ]
    ids = [bank.opened(message).id for message in messages]
    expect("payment ids that were given out twice", repeated(ids), none_found)


@check("IPG-ANSWERS-06")
def every_answer_names_the_payment_of_its_path(bank: SenderBank) -> None:
    """The answers on two payments that go on side by side each name the payment of their path."""
    payments = [bank.walked(Status.PAYEE_VALIDATED), bank.walked(Status.PAYEE_VALIDATED)]
    payments = [bank.with_payer(payment) for payment in payments]
    payments = [bank.awaited(payment, Status.PAYER_VALIDATED) for payment in payments]
    payments = [bank.shown(bank.confirmed(payment)) for payment in payments]
    for payment in payments:
        for answer in answers_of(payment)[1:]:
            what = f"payment_id in the answer to {answer.operation.words}"
            named = answer.members.inner("response").text("payment_id")
            expect(what, named, payment.id, evidence=answer.exchange)


@check("IPG-ANSWERS-07")
def every_request_has_an_id_of_its_own(bank: SenderBank) -> None:
    """The messages of two payments are answered with different request ids; repeated messages are not among them."""
    payments = [bank.shared(Status.COMPLETED), confirmed_otherwise(bank)]
    ids = [taken.answer.acknowledged.request_id for payment in payments for taken in taken_of(payment)]
    expect("request ids that were given out twice", repeated(ids), none_found)


def repeated(values: Iterable[str]) -> list[str]:
    """Those that are there more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


# --- what was sent comes back ---------------------------------------------------------------------------------


@check("IPG-ANSWERS-08")
def a_reference_of_digits_comes_back(bank: SenderBank) -> None:
    """A reference of digits with zeros at its front stands unchanged in all four answers on its payment."""
    reference = f"000{bank.reference()}"
    payment = bank.walked(Status.COMPLETED, bank.payee(sender_party_reference_id=reference))
    comes_back(payment, reference)


@check("IPG-ANSWERS-08")
def a_reference_of_letters_comes_back(bank: SenderBank) -> None:
    """A reference of 36 digits, dashes and letters of both cases stands unchanged in the answers on its payment."""
    reference = f"aBcDeF-{bank.reference()}-XyZ-abcdef"
    comes_back(bank.shown(bank.opened(bank.payee(sender_party_reference_id=reference))), reference)


def comes_back(payment: Payment, reference: str) -> None:
    seen = payment.record.reference
    for taken in taken_of(payment):
        answer = taken.answer
        what = f"sender_party_reference_id in the answer to {answer.operation.words}"
        expect(what, answer.acknowledged.reference, reference, evidence=answer.exchange)
    expect("sender_reference_id of the payment", seen, reference)


@check("IPG-ANSWERS-09")
def a_payment_has_the_members_of_its_table(bank: SenderBank) -> None:
    """
    A payment at its end has all members of the table of Get a Payment, and its three blocks have theirs.

    Left out are the receiver bank's answers, of which one is enough (ANSWERS-13), and the encrypted keys of a
    confirmation, which may have had none (IR09).
    """
    payment = bank.shared(Status.COMPLETED)
    seen = payment.seen.response if payment.seen else {}
    missing = [f"response.{name}" for name in ("payment_id", "sender_reference_id", "status") if not seen.get(name)]
    for block, names in _BLOCKS.items():
        members = seen.get(block)
        there = members if isinstance(members, dict) else {}
        missing += [f"response.{block}.{name}" for name in ("request_id", *names) if there.get(name) in (None, "", {})]
    expect("what the payment lacks", missing, none_found)


_BLOCKS = {
    "payee_validate_data": (*KEYS, "payee_encrypted_data"),
    "payer_validate_data": (*KEYS, "payer_encypted_data"),
    "payment_data": ("amount", "currency"),
}


@check("IPG-ANSWERS-10")
def what_was_sent_of_the_payee_comes_back(bank: SenderBank) -> None:
    """Both encrypted keys and the encrypted data of the payee are in the payment, letter by letter as they came."""
    payment = bank.shared(Status.COMPLETED)
    same_as_sent(payment.record.payee, payment.payee.members, "payee_encrypted_data")


@check("IPG-ANSWERS-10")
def what_was_sent_of_the_payer_comes_back(bank: SenderBank) -> None:
    """Both encrypted keys and the encrypted data of the payer are in the payment, letter by letter as they came."""
    payment = bank.shared(Status.COMPLETED)
    same_as_sent(payment.record.payer, taken_of(payment)[1].members, "payer_encypted_data")


def same_as_sent(block: Block, sent: Mapping[str, Any], data: str) -> None:
    others = [f"{block.name}.{name}" for name in (*KEYS, data) if block.text(name) != sent[name]]
    expect("what does not come back as it was sent", others, none_found)


@check("IPG-ANSWERS-11")
def amount_and_currency_come_back(bank: SenderBank) -> None:
    """
    Amount and currency stand in the payment as they were sent, without a digit more or less.

    Tried are a whole amount, a small and a large one, the currencies in turn.
    """
    amounts = bank.declaration.amounts
    for place, amount in enumerate(("7", amounts.small, amounts.large)):
        currency = amounts.currencies[place % len(amounts.currencies)]
        payment = bank.walked(Status.PAYER_VALIDATED)
        shown = bank.shown(bank.confirmed(payment, bank.confirmation(payment, amount, currency))).record.confirmation
        given("payment_data", shown.is_there, True)
        seen = tuple(shown.members.get(name) for name in ("amount", "currency"))
        expect("amount and currency of the payment", written(*seen), written(amount, currency))


def written(amount: object, currency: object) -> str:
    """As JSON has them, so that a number is seen to be no text."""
    return " ".join(f'"{value}"' if isinstance(value, str) else f"{value}" for value in (amount, currency))


@check("IPG-ANSWERS-11")
def keys_of_a_confirmation_come_back(bank: SenderBank) -> None:
    """
    The encrypted keys of a confirmation stand in payment_data as they were sent.

    A confirmation without keys leaves none there, or those that came with the payer (IR09).
    """
    for payment in (bank.shared(Status.COMPLETED), confirmed_otherwise(bank)):
        given("payment_data", payment.record.confirmation.is_there, True)
        payer, confirmation = taken_of(payment)[1:]
        sent = keys_in(confirmation.members)
        names = {keys_in(payer.members): "those of the payer", sent: "those that were sent"}
        seen = names.get(keys_in(payment.record.confirmation.members), "others")
        if any(sent):
            expect("encrypted keys in payment_data", seen, "those that were sent")
        else:
            seen = "none" if seen == "those that were sent" else seen
            expect(
                "encrypted keys in payment_data of a payment confirmed without",
                seen,
                one_of("none", "those of the payer"),
            )
            told_once("IR09", f"encrypted keys in payment_data of a payment confirmed without: {seen}")


def keys_in(members: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(members.get(name) for name in KEYS)


@check("IPG-ANSWERS-12")
def blocks_name_the_requests_by_their_ids(bank: SenderBank) -> None:
    """The request_id of each block is the one that the message of this block was answered with."""
    payment = bank.shared(Status.COMPLETED)
    for block, taken in zip(payment.record.blocks, taken_of(payment), strict=True):
        expect(f"request_id of {block.name}", block.text("request_id"), taken.answer.acknowledged.request_id)


# --- the receiver bank's answers ------------------------------------------------------------------------------


@check("IPG-ANSWERS-13")
def the_receivers_answers_open(bank: SenderBank) -> None:
    """
    Each response_encrypted_data opens with the AES key that came with the message of its block.

    That to a confirmation without keys opens with one of the other two of its payment (IR09).
    """
    somebody_opens(bank)
    for place, payment in enumerate((bank.shared(Status.COMPLETED), confirmed_otherwise(bank))):
        at_least_one_answer(bank, payment)
        for name, text, keys in responses(payment):
            how = bank.fact(f"{name} of payment {place}", partial(how_it_opens, text, keys))
            expect(f"how {RESPONSE} of {name} opens", how, "with its key")


def how_it_opens(text: str, keys: Iterable[bytes]) -> str:
    return "with its key" if opened_by(text, keys) is not None else "with none that fits"


@check("IPG-ANSWERS-14")
def the_receiver_tells_the_payees_initials(bank: SenderBank) -> None:
    """
    The receiver bank's answers hold the initials of the payee, for the sender bank to show them to the payer.

    They are at answers.initials, or else in any member whose name begins with `initials` (IR14). Each such member is
    a text of one to four letters, and one of them is payee.initials where that is declared.
    """
    somebody_opens(bank)
    payment = bank.shared(Status.COMPLETED)
    for name, text, keys in responses(payment):
        how = bank.fact(name, partial(how_it_opens, text, keys))
        given(f"whether {RESPONSE} of {name} opens", how, "with its key")
    told = bank.fact("initials", lambda: about_initials(bank, list(told_by_receiver(payment))))
    where, odd, compared = told.split("|")
    expect("initials of the payee", "there" if where else "absent", "there")
    expect("initials that are no one to four letters", odd.split(", ") if odd else [], none_found)
    if compared:
        expect("initials of the payee compared with payee.initials", compared, "as declared")
    told_once("IR14", f"initials in {RESPONSE} of {where}")


def about_initials(bank: SenderBank, told: Sequence[tuple[str, Any]]) -> str:
    """In which blocks initials stand, what is odd about them, and how they compare; without telling any."""
    pointer, declared = bank.declaration.answers.initials, bank.declaration.payee.initials
    named = [(block, value) for block, answer in told for value in initials_in(answer)]
    pointed = [(block, at_pointer(answer, pointer)) for block, answer in told] if pointer else named
    found = [(block, value) for block, value in pointed if value is not None]
    odd = [shape(value) for _, value in (*found, *named) if not is_initials(value)]
    compared = "as declared" if declared in [value for _, value in found] else "otherwise"
    where = " and ".join(sorted({block for block, _ in found}))
    return "|".join((where, ", ".join(odd), compared if declared else ""))


@check("IPG-ANSWERS-15")
def no_iv_is_used_twice(bank: SenderBank) -> None:
    """
    The IVs of the receiver bank's answers are all different, and none is one of ours under the same AES key.

    Looked at are the IV of the content and the one that wraps its key, in the answers on two payments.
    """
    ivs: list[str] = []
    for payment in (bank.shared(Status.COMPLETED), confirmed_otherwise(bank)):
        at_least_one_answer(bank, payment)
        texts = [text for _, text, _ in responses(payment)]
        texts += [taken.members[name] for taken in taken_of(payment) if (name := data_member(taken.message.operation))]
        for text in texts:
            try:
                sealed = jwe.read(text)
            except BadEnvelope:
                lacking(f"a {RESPONSE} that can be read (ANSWERS-13)")
            ivs += [sealed.key_iv.hex(), sealed.iv.hex()]
    expect("IVs that were used twice", repeated(ivs), none_found)


def at_least_one_answer(bank: SenderBank, payment: Payment) -> None:
    count = len(list(responses(payment)))
    if not count:
        somebody_opens(bank)
    given(f"blocks with {RESPONSE}", count, at_least(1))


def is_initials(value: object) -> bool:
    return isinstance(value, str) and 1 <= sum(map(str.isalpha, value)) <= 4


def shape(value: object) -> str:
    """What kind of thing stands in place of initials, without telling it."""
    return f"a text of {sum(map(str.isalpha, value))} letters" if isinstance(value, str) else "no text"
