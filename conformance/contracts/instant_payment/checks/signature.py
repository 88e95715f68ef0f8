"""instant-payment signature: a message that was changed, cut, spelt or keyed otherwise is refused.

Every message here is good but for the text of its JWS, so that nothing but the signature rules tells it from its twin.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.attempts import Sending, refused_at_every_method
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.effects import nothing_shown, unchanged
from conformance.contracts.instant_payment.judgement import refused, served
from conformance.contracts.instant_payment.listener import CERTIFICATE, KEY_SET, KeyListener, listening
from conformance.contracts.instant_payment.messages import Message
from conformance.contracts.instant_payment.published_keys import SPARE_CERTIFICATE
from conformance.contracts.instant_payment.wire import Operation, Status
from conformance.crypto.certificates import certificate
from conformance.crypto.compact import as_json, decoded, encoded
from conformance.crypto.faults import JwsFault
from conformance.engine.check import check
from conformance.engine.observation import Inconclusive, expect, lacking

CONFIRM = (Operation.MAKE_PAYMENT,)


def faulty(bank: SenderBank, fault: JwsFault, **options: Any) -> Sending:
    """Sends a message whose JWS has this one fault."""
    return lambda message: bank.send_faulty(message, fault, **options)


def changed(bank: SenderBank, change: Callable[[str], str]) -> Sending:
    """Sends a message whose signed text was changed."""
    return lambda message: bank.send_token(message, change(bank.signed(message)))


# --- a bit here and there -------------------------------------------------------------------------------------


@check("IPG-SIGNATURE-03")
def a_changed_header_is_refused(bank: SenderBank) -> None:
    """
    A message with one bit of its header flipped is refused at each method.

    The header stays JSON with the same alg: the bit stands in the value of typ, which a gateway ignores (IR21), so
    that nothing but the signature tells the two apart.
    """
    refused_at_every_method(
        bank,
        {"a changed header": faulty(bank, JwsFault.HEADER_BIT, header={"typ": "JOSE"})},
        twin=lambda message: bank.send_token(message, bank.jws(message, header={"typ": "JOSE"}).text),
    )


@check("IPG-SIGNATURE-04")
def a_changed_payload_is_refused(bank: SenderBank) -> None:
    """
    A message with one bit of its payload flipped is refused at each method.

    The last digit of request_date, a billionth of a second, is another one; all members are as good as before.
    """

    def send(message: Message) -> Answer:
        date = str(message.members["request_date"])
        return bank.send_token(message, spliced(bank, message.changed(request_date=other_digit(date)), message))

    refused_at_every_method(bank, {"a changed request_date": send})


def spliced(bank: SenderBank, content: Message, signed: Message) -> str:
    """Header and payload of one message with the signature of another."""
    return f"{bank.signed(content).rpartition('.')[0]}.{bank.signed(signed).rpartition('.')[2]}"


def other_digit(text: str) -> str:
    """The last digit with its lowest bit flipped."""
    return text[:-1] + chr(ord(text[-1]) ^ 1)


@check("IPG-SIGNATURE-05")
def a_changed_signature_is_refused(bank: SenderBank) -> None:
    """A message with one bit of its signature flipped, in the first or in the last byte, is refused at each method."""

    def flipped(place: int) -> Callable[[str], str]:
        def change(token: str) -> str:
            head, _, last = token.rpartition(".")
            signature = bytearray(decoded(last, "signature"))
            signature[place] ^= 1
            return f"{head}.{encoded(bytes(signature))}"

        return change

    damages = {
        "a changed first byte of the signature": changed(bank, flipped(0)),
        "a changed last byte of the signature": changed(bank, flipped(-1)),
    }
    refused_at_every_method(bank, damages)


@check("IPG-SIGNATURE-06")
def the_signature_of_another_question_is_refused(bank: SenderBank) -> None:
    """
    A question with the signature of another question is refused.

    Both were served before, each with its own signature, and they are of different lengths.
    """
    payment = bank.shared(Status.PAYEE_VALIDATED)
    one, other = bank.question(payment), bank.question(payment)
    other = other.changed(request_date=str(other.members["request_date"])[:-5])
    served("a good question for the payment", bank.send(one))
    served("a good question with four digits of a second", bank.send(other))
    for content, signed in ((one, other), (other, one)):
        answer = bank.send_token(content, spliced(bank, content, signed))
        refused("Get a Payment with the signature of another question", answer, nothing_shown)


@check("IPG-SIGNATURE-06")
def the_signature_of_an_earlier_message_is_refused(bank: SenderBank) -> None:
    """A confirmation with the signature of the message that opened its payment is refused."""
    payment = bank.walked(Status.PAYER_VALIDATED)
    message = bank.confirmation(payment)
    token = spliced(bank, message, payment.payee.message)
    sentence = "Make a Payment with the signature of Validate Payee"
    refused(sentence, bank.send_token(message, token), unchanged(bank, payment))
    bank.confirmed(payment, message)


@check("IPG-SIGNATURE-07")
def an_empty_signature_is_refused(bank: SenderBank) -> None:
    """A message that says RS256 and has an empty signature is refused at each method."""
    refused_at_every_method(bank, {"an empty signature": faulty(bank, JwsFault.SIGNATURE_EMPTY)})


# --- the serialisation ----------------------------------------------------------------------------------------


@check("IPG-SIGNATURE-08")
def what_is_not_three_parts_is_refused(bank: SenderBank) -> None:
    """A signed text of one, two or four parts, or with an empty header, is refused at each method."""
    damages = {
        "no signature and no dot before it": faulty(bank, JwsFault.PART_MISSING),
        "the payload alone": changed(bank, lambda token: token.split(".")[1]),
        "a fourth part": faulty(bank, JwsFault.PART_EXTRA),
        "an empty header": changed(bank, lambda token: f".{token.partition('.')[2]}"),
    }
    refused_at_every_method(bank, damages)


@check("IPG-SIGNATURE-09")
def what_is_not_exact_base64url_is_refused(bank: SenderBank) -> None:
    """
    A signed text in a second spelling is refused: padded, with white space, with + and /, with spare bits set.

    To a lenient reader each of them is the very message whose exact spelling is accepted.
    """

    def in_standard_base64(message: Message) -> Answer:
        token = bank.signed(message)
        while "-" not in token and "_" not in token:  # one message in many thousands has neither
            message = message.changed(request_date=bank.date())
            token = bank.signed(message)
        return bank.send_token(message, token.replace("-", "+").replace("_", "/"))

    damages = {
        "padded parts": faulty(bank, JwsFault.PADDED),
        "a blank before the signed text": changed(bank, lambda token: f" {token}"),
        "a line end after the signed text": faulty(bank, JwsFault.WHITE_SPACE_AROUND),
        "a blank inside the signed text": faulty(bank, JwsFault.WHITE_SPACE_INSIDE),
        "a line end inside the signed text": changed(bank, lambda token: f"{token[:64]}\r\n{token[64:]}"),
        "+ and / in the signed text": in_standard_base64,
        "spare bits set in the signature": faulty(bank, JwsFault.SECOND_SPELLING),
    }
    refused_at_every_method(bank, damages, (Operation.VALIDATE_PAYEE, Operation.MAKE_PAYMENT))


@check("IPG-SIGNATURE-10")
def json_serialisation_is_refused(bank: SenderBank) -> None:
    """A good signature in JSON serialisation, flattened or general, as an object or as its text, is refused."""

    def as_object(fault: JwsFault) -> Sending:
        return lambda message: bank.send_token(message, json.loads(bank.faulty(message, fault)))

    damages = {
        "a flattened JSON text": faulty(bank, JwsFault.JSON_FLATTENED),
        "a general JSON text": faulty(bank, JwsFault.JSON_GENERAL),
        "a flattened JSON object": as_object(JwsFault.JSON_FLATTENED),
        "a general JSON object": as_object(JwsFault.JSON_GENERAL),
    }
    refused_at_every_method(bank, damages)


# --- the header -----------------------------------------------------------------------------------------------


@check("IPG-SIGNATURE-11")
def a_critical_header_member_is_refused(bank: SenderBank) -> None:
    """
    A well signed message that calls a header member critical which nobody understands is refused; so is an empty crit.

    The same header member is accepted, or the rule cannot be seen, where crit does not name it (IR21).
    """

    def under(header: dict[str, Any]) -> Sending:
        return lambda message: bank.send_token(message, bank.jws(message, header=header).text)

    damages = {
        "an unknown critical member": faulty(bank, JwsFault.CRIT_UNKNOWN),
        "an empty crit": faulty(bank, JwsFault.CRIT_EMPTY),
        "b64 as a critical member": under({"b64": False, "crit": ["b64"]}),
    }
    refused_at_every_method(bank, damages, twin=under({"unheard": True}))


@check("IPG-SIGNATURE-12")
def a_key_inside_the_header_is_not_trusted(bank: SenderBank) -> None:
    """A message signed by a key that its own header carries, as jwk or inside x5c, is refused at each method."""
    inside = {"x5c": [certificate(SPARE_CERTIFICATE).x5c]}
    damages = {
        "the key that signed in jwk": faulty(bank, JwsFault.EMBEDDED_JWK),
        "the certificate of the key that signed in x5c": faulty(bank, JwsFault.FOREIGN_KEY, header=inside),
    }
    refused_at_every_method(bank, damages)


@check("IPG-SIGNATURE-13")
def an_address_inside_the_header_is_not_trusted(bank: SenderBank) -> None:
    """
    A message signed by a key that lies at an address in its header is refused, and nobody fetches the key.

    The suite listens at that address. It also listens while messages with a good signature bear such a header.
    """
    with ExitStack() as stack:
        opened: list[KeyListener] = []

        def listen() -> str:
            try:
                opened.append(stack.enter_context(listening(listener_address(bank))))
            except Inconclusive as closed:
                return f"{_NO_LISTENER}{closed.missing}"
            return opened[0].url

        url = bank.fact("address of the listener", listen)
        if url.startswith(_NO_LISTENER):
            lacking(url.removeprefix(_NO_LISTENER))
        key_set, of_certificate = f"{url}{KEY_SET}", f"{url}{CERTIFICATE}"
        damages = {
            "jku and the key found there": faulty(bank, JwsFault.JKU, url=key_set),
            "x5u and the key found there": faulty(bank, JwsFault.X5U, url=of_certificate),
        }
        refused_at_every_method(bank, damages)
        question = bank.question(bank.shared(Status.PAYEE_VALIDATED))
        for header in ({"jku": key_set}, {"x5u": of_certificate}):
            bank.send_token(question, bank.jws(question, header=header).text)
        bank.quiet()
        fetched = bank.fact("requests for keys", lambda: str(len(opened[0].fetched)))
        expect("requests for keys at the address in the header", int(fetched), 0)


_NO_LISTENER = "none: "


def listener_address(bank: SenderBank) -> str:
    """Where the target could reach us; without a word from the configuration only a target on this machine could."""
    declared = bank.declaration.listener.address
    host = urlsplit(bank.declaration.target.base_url).hostname or ""
    if declared is None and not is_loopback(host):
        lacking("listener.address: an address where the target could reach the suite")
    return declared or "http://127.0.0.1:0"


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@check("IPG-SIGNATURE-14")
def a_key_id_chooses_no_file_and_no_row(bank: SenderBank) -> None:
    """
    A message whose kid is a path or a piece of SQL is refused, signed by an unknown key or by an empty secret.

    An empty file is an empty secret, and a query that is broken open gives any row.
    """
    damages: dict[str, Sending] = {}
    for kid in ("/dev/null", "../../../../../../../../dev/null", "..%2f..%2f..%2f..%2fdev%2fnull", "' OR '1'='1", "\0"):
        name = kid.replace("\0", "NUL")
        damages[f"kid {name}, signed by an unknown key"] = faulty(bank, JwsFault.FOREIGN_KID, kid=kid)
        secret = faulty(bank, JwsFault.HS256_EMPTY_SECRET, header={"kid": kid})
        damages[f"kid {name}, keyed with an empty secret"] = secret
    refused_at_every_method(bank, damages, CONFIRM)


@check("IPG-SIGNATURE-15")
def a_signature_by_a_key_that_nobody_registered_is_refused(bank: SenderBank) -> None:
    """
    A good message signed by keys.stray is refused at each method.

    Unless the configuration names another one, that is a test key published with this suite, which nobody may trust.
    """
    stray = bank.signing_as(key=bank.declaration.keys.stray)

    def send(message: Message) -> Answer:
        return bank.send_token(message, stray.signed_under(message, as_json(bank.header)))

    refused_at_every_method(bank, {"the signature of a stray key": send})
