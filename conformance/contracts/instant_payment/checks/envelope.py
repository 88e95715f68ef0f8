"""instant-payment validate-payee, get-payment, signature: a JSON body in UTF-8 with signed_message, or nothing.

Bodies are damaged around a message that is well signed; where the signed text itself is odd, it was signed as it is.
"""

from __future__ import annotations

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.attempts import Sending, refused_at_every_method
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.effects import no_payment, nothing_shown
from conformance.contracts.instant_payment.judgement import refused, served
from conformance.contracts.instant_payment.messages import Message
from conformance.contracts.instant_payment.wire import SIGNED_MESSAGE, Operation, Status
from conformance.crypto.compact import as_json
from conformance.engine.check import check


@check("IPG-ENVELOPE-01")
def a_body_without_a_signed_text_is_refused(bank: SenderBank) -> None:
    """
    A request whose signed_message is missing, or is anything but a text, is refused.

    At each method the same message with its signed text is accepted; the object that was to be signed, sent in clear,
    is what the tables of the source seem to ask for (IE01).
    """
    refused_at_every_method(
        bank,
        {
            "no signed_message": lambda message: bank.send_body(message, b"{}"),
            "signed_message null": lambda message: bank.send_token(message, None),
            "the unsigned object as signed_message": lambda message: bank.send_token(message, message.members),
            "an array as signed_message": lambda message: bank.send_token(message, [bank.signed(message)]),
        },
    )


@check("IPG-ENVELOPE-01")
def a_body_that_is_no_object_is_refused(bank: SenderBank) -> None:
    """A body that is an array, a text, broken JSON or the bare signed text is refused, though the signature is good."""

    def body(of: str) -> Sending:
        return lambda message: bank.send_body(message, (of % bank.signed(message)).encode("ascii"))

    refused_at_every_method(
        bank,
        {
            "a body that is an array": body('[{"signed_message":"%s"}]'),
            "a body that is a text": body('"%s"'),
            "a body of broken JSON": body('{"signed_message":"%s"'),
            "the bare signed text as body": body("%s"),
        },
    )


@check("IPG-ENVELOPE-03")
def a_question_without_a_signed_message_is_given_nothing(bank: SenderBank) -> None:
    """
    Get a Payment without a body, with an empty object and with the signed text in the query is refused.

    The same question with its body is served before.
    """
    payment = bank.shared(Status.PAYEE_VALIDATED)
    question = bank.question(payment)
    served("a good question for the payment", bank.send(question))
    query = f"{SIGNED_MESSAGE}={bank.signed(bank.question(payment))}"
    for what, body, asked in (
        ("without a body", b"", ""),
        ("with an empty object", b"{}", ""),
        ("with signed_message in the query", b"", query),
    ):
        refused(f"Get a Payment {what}", bank.send_body(question, body, asked), nothing_shown)


@check("IPG-ENVELOPE-04")
def a_message_far_too_large_is_refused(bank: SenderBank) -> None:
    """
    A message of messages.oversized_bytes is refused, though it is well signed and encrypted.

    A message of the usual size is accepted afterwards. A connection that is broken off proves nothing here.
    """
    size = bank.declaration.messages.oversized_bytes
    people = {"payee": {"mobile": bank.declaration.payee.mobile, "note": "x" * size}}
    refused(f"Validate Payee of {size} bytes", bank.send(bank.payee(data=people)), no_payment(bank))
    bank.opened()


@check("IPG-ENVELOPE-05")
def a_message_that_is_no_utf_8_is_refused(bank: SenderBank) -> None:
    """
    A well signed message with bytes that are no UTF-8 is refused.

    They stand in sender_party_reference_id in place of a letter that the accepted twin has in UTF-8.
    """

    def message() -> Message:
        return bank.payee(sender_party_reference_id=f"{bank.reference()}é")

    def send(odd: bytes) -> Answer:
        sent = message()
        return bank.send_payload(sent, as_json(sent.members).replace("é".encode(), odd))

    served("Validate Payee with the letter é in its reference", bank.send(message()))
    for what, odd in _NO_UTF_8.items():
        refused(f"Validate Payee with {what}", send(odd), no_payment(bank))


_NO_UTF_8 = {
    "a letter in Latin-1": b"\xe9",
    "a lone continuation byte": b"\x80",
    "an overlong form": b"\xc1\xa9",
    "half of a surrogate pair": b"\xed\xa0\x80",
}


@check("IPG-ENVELOPE-06")
def a_member_that_stands_twice_in_what_is_signed_is_refused(bank: SenderBank) -> None:
    """
    A well signed message in which one member stands twice, with two values, is refused.

    Either value alone would do, so that whoever reads the first one and whoever reads the last one accepts it (IR31).
    """

    def send(message: Message) -> Answer:
        once = as_json(message.members)
        return bank.send_payload(message, as_json({"request_date": bank.date()})[:-1] + b"," + once[1:])

    refused_at_every_method(bank, {"request_date twice": send})


@check("IPG-ENVELOPE-06")
def an_amount_that_stands_twice_is_refused(bank: SenderBank) -> None:
    """A well signed confirmation with two amounts is refused, whichever of them stands first."""
    usual = bank.declaration.amounts.usual

    def send(pair: bytes) -> Sending:
        one = f'"amount":"{usual}"'.encode()
        return lambda message: bank.send_payload(message, as_json(message.members).replace(one, pair))

    damages = {
        "another amount before its own": send(f'"amount":"1.00","amount":"{usual}"'.encode()),
        "another amount after its own": send(f'"amount":"{usual}","amount":"1.00"'.encode()),
    }
    refused_at_every_method(bank, damages, at=(Operation.MAKE_PAYMENT,))


@check("IPG-ENVELOPE-06")
def a_member_that_stands_twice_around_what_is_signed_is_refused(bank: SenderBank) -> None:
    """signed_message twice in a body, and alg twice in the header of a good signature, are refused."""

    def body(message: Message) -> Answer:
        text = bank.signed(message)
        return bank.send_body(message, f'{{"signed_message":"{text}","signed_message":"{text}"}}'.encode())

    def header(message: Message) -> Answer:
        return bank.send_token(message, bank.signed_under(message, b'{"alg":"RS256",' + as_json(bank.header)[1:]))

    refused_at_every_method(bank, {"signed_message twice": body, "alg twice in the header": header})
