"""instant-payment encryption, statuses: what the receiver bank cannot open or read never validates anybody.

Damaged data goes first, each piece for a payment of its own, and then good data. Once that is validated, and some
time more has passed, none of the others may be. Whether they are refused, rejected or left lying is open (IR13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.judgement import is_refusal, told_once
from conformance.contracts.instant_payment.messages import Message, Payment
from conformance.contracts.instant_payment.receiver_answers import somebody_opens
from conformance.contracts.instant_payment.wire import KEYS, Status, follows
from conformance.crypto.faults import JweFault
from conformance.crypto.jwe import KEY_BYTES
from conformance.engine.check import check
from conformance.engine.observation import Expected, expect


def never_validated(bank: SenderBank, messages: Mapping[str, Message]) -> None:
    """Assertion: none of these Validate Payee messages leads to a payee who is validated, though a good one does."""
    taken: dict[str, Payment] = {}
    refused: list[str] = []
    for what, message in messages.items():
        answer = bank.send(message)
        if is_refusal(answer):
            refused.append(what)
        else:
            taken[what] = bank.opened_by(message, _the(answer))
    bank.awaited(bank.opened(), Status.PAYEE_VALIDATED)
    came_to_nothing(bank, refused, taken, Status.PAYEE_VALIDATED)


def never_validated_payers(bank: SenderBank, makers: Mapping[str, Callable[[Payment], Message]]) -> None:
    """Assertion: none of these Validate Payer messages leads to a payer who is validated, though a good one does."""
    payments = [bank.opened() for _ in range(1 + len(makers))]
    good, *others = [bank.awaited(payment, Status.PAYEE_VALIDATED) for payment in payments]
    taken: dict[str, Payment] = {}
    refused: list[str] = []
    for (what, made), payment in zip(makers.items(), others, strict=True):
        message = made(payment)
        answer = bank.send(message)
        if is_refusal(answer):
            refused.append(what)
        else:
            taken[what] = bank.with_payer(payment, message, _the(answer))
    bank.awaited(bank.with_payer(good), Status.PAYER_VALIDATED)
    came_to_nothing(bank, refused, taken, Status.PAYER_VALIDATED)


def came_to_nothing(bank: SenderBank, refused: list[str], taken: Mapping[str, Payment], validated: Status) -> None:
    """Assertion: after a while the payments that were taken are still not validated."""
    bank.quiet()
    outcomes = dict.fromkeys(refused, "refused")
    outcomes |= {what: bank.shown(payment).record.status.value for what, payment in taken.items()}
    beyond = follows(validated) - {Status.CANCELED}
    for what, outcome in outcomes.items():
        expect(f"what comes of {what}", outcome, Expected(f"no {validated}", lambda status: status not in beyond))
        told_once("IR13", outcome)


def _the(answer: Answer) -> Callable[[Message], Answer]:
    return lambda message: answer


# --- tags, keys, IVs ------------------------------------------------------------------------------------------


@check("IPG-RECEIVER-01")
def payee_data_whose_tag_does_not_fit_is_never_validated(bank: SenderBank) -> None:
    """
    Data of a payee in which one bit of a tag, of the ciphertext or of the wrapped key is flipped is never validated.

    Without a look at the tags most of it opens to a number that the receiver bank knows.
    """
    somebody_opens(bank)
    faults = (
        JweFault.TAG_BIT,
        JweFault.CIPHERTEXT_BIT,
        JweFault.KEY_TAG_BIT,
        JweFault.ENCRYPTED_KEY_BIT,
        JweFault.HEADER_CHANGED,
    )
    never_validated(bank, {f"payee data where {fault}": bank.payee().with_data_fault(fault) for fault in faults})


@check("IPG-RECEIVER-01")
def payer_data_whose_tag_does_not_fit_is_never_validated(bank: SenderBank) -> None:
    """Data of a payer in which one bit of a tag is flipped is never validated."""
    somebody_opens(bank)

    def damaged(fault: JweFault) -> Callable[[Payment], Message]:
        return lambda payment: bank.payer(payment).with_data_fault(fault)

    faults = (JweFault.TAG_BIT, JweFault.KEY_TAG_BIT)
    never_validated_payers(bank, {f"payer data where {fault}": damaged(fault) for fault in faults})


@check("IPG-RECEIVER-02")
def payee_data_under_another_key_is_never_validated(bank: SenderBank) -> None:
    """Data of a payee is never validated where another AES key encrypted it: a new one, or that of another payment."""
    somebody_opens(bank)
    known = bank.shared(Status.PAYEE_VALIDATED).payee.message.aes_key
    messages = {
        "payee data under a key that was never sent": bank.payee().with_data_fault(JweFault.WRONG_KEY),
        "payee data under the key of another payment": under_key(bank.payee(), known),
    }
    never_validated(bank, messages)


@check("IPG-RECEIVER-02")
def payer_data_under_another_key_is_never_validated(bank: SenderBank) -> None:
    """Data of a payer is never validated where another AES key encrypted it: a new one, or that of another payment."""
    somebody_opens(bank)
    known = bank.shared(Status.PAYEE_VALIDATED).payee.message.aes_key
    makers: dict[str, Callable[[Payment], Message]] = {
        "payer data under a key that was never sent": lambda payment: bank.payer(payment).with_data_fault(
            JweFault.WRONG_KEY
        ),
        "payer data under the key of another payment": lambda payment: under_key(bank.payer(payment), known),
    }
    never_validated_payers(bank, makers)


def under_key(message: Message, key: bytes) -> Message:
    """The same message, its data encrypted under another key than the one that it transports."""
    return sealed_otherwise(message, key=key)


def sealed_otherwise(message: Message, **changes: Any) -> Message:
    if message.sealed is None:
        raise ValueError(f"{message.operation.words} carries no encrypted data")
    name = "payee_encrypted_data" if "payee_encrypted_data" in message.members else "payer_encypted_data"
    return message.changed(**{name: replace(message.sealed, **changes).text})


@check("IPG-RECEIVER-03")
def a_key_for_the_other_bank_never_validates_a_payee(bank: SenderBank) -> None:
    """Data of a payee is never validated where the receiver bank's key is encrypted to the sender bank."""
    somebody_opens(bank)
    swapped, same = bank.payee(), bank.payee()
    messages = {
        "payee data whose two encrypted keys are swapped": swapped.changed(**swapped_keys(swapped)),
        "payee data with both keys encrypted to the sender bank": same.changed(**{KEYS[0]: same.members[KEYS[1]]}),
    }
    never_validated(bank, messages)


@check("IPG-RECEIVER-03")
def a_key_for_the_other_bank_never_validates_a_payer(bank: SenderBank) -> None:
    """Data of a payer is never validated where the receiver bank's key is encrypted to the sender bank."""
    somebody_opens(bank)

    def swapped(payment: Payment) -> Message:
        message = bank.payer(payment)
        return message.changed(**swapped_keys(message))

    never_validated_payers(bank, {"payer data whose two encrypted keys are swapped": swapped})


def swapped_keys(message: Message) -> dict[str, Any]:
    return {name: message.members[other] for name, other in zip(KEYS, reversed(KEYS), strict=True)}


@check("IPG-RECEIVER-04")
def a_key_with_an_iv_that_was_used_before_is_not_validated(bank: SenderBank) -> None:
    """
    Data under the AES key and the IVs of another payment is not validated.

    Once the data itself is that of the other payment, once it is encrypted anew with another content key. Key and IV
    together protect one message only (A256GCMKW, RFC 7518, 8.4).
    """
    somebody_opens(bank)
    earlier = bank.shared(Status.PAYEE_VALIDATED).payee.message
    if earlier.sealed is None:
        raise ValueError("Validate Payee carries encrypted data")
    data = earlier.members["payee_encrypted_data"]
    fresh = replace(earlier.sealed.fresh, content_key=bank.secret_random.randbytes(KEY_BYTES))
    messages = {
        "the payee data of another payment": bank.payee(
            **bank.transporting(earlier.aes_key), payee_encrypted_data=data
        ),
        "payee data under the key and IVs of another payment": sealed_otherwise(
            bank.payee(**bank.transporting(earlier.aes_key)), key=earlier.aes_key, fresh=fresh
        ),
    }
    never_validated(bank, messages)


# --- what is inside -------------------------------------------------------------------------------------------


@check("IPG-RECEIVER-05")
def data_without_a_mobile_never_validates_a_payee(bank: SenderBank) -> None:
    """Data of a payee without a mobile number, or in another form, is never validated, though it is well encrypted."""
    somebody_opens(bank)
    mobile = bank.declaration.payee.mobile
    contents: dict[str, Any] = {
        "payee data without mobile": {"payee": {}},
        "payee data with an empty mobile": {"payee": {"mobile": ""}},
        "payee data without payee": {"mobile": mobile},
        "payee data in an array": [{"payee": {"mobile": mobile}}],
        "payee data that is no JSON": mobile.encode("utf-8") + b"}",
    }
    never_validated(bank, {what: bank.payee(data=content) for what, content in contents.items()})


@check("IPG-RECEIVER-05")
def data_without_a_name_never_validates_a_payer(bank: SenderBank) -> None:
    """Data of a payer without one of the four names is never validated, though it is well encrypted."""
    somebody_opens(bank)
    names = ("first_name_ka", "last_name_ka", "first_name_en", "last_name_en")
    never_validated_payers(bank, {f"payer data without {name}": without(bank, name) for name in names})


@check("IPG-RECEIVER-05")
def data_without_another_member_never_validates_a_payer(bank: SenderBank) -> None:
    """Data of a payer without personal id, date of birth or initials is never validated."""
    somebody_opens(bank)
    names = ("personal_id", "date_of_birth", "initials_ka", "initials_en")
    never_validated_payers(bank, {f"payer data without {name}": without(bank, name) for name in names})


def without(bank: SenderBank, name: str) -> Callable[[Payment], Message]:
    """Makes the message of a good payer who lacks one member."""
    person = {key: value for key, value in bank.declaration.payer.good.model_dump().items() if key != name}
    return lambda payment: bank.payer(payment, data={"payer": person})
