"""instant-payment encryption: one random AES key of 32 bytes, encrypted to the keys of both banks.

Towards a gateway only the form of an encrypted key can be judged; who opens it is the topic `receiver`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from conformance.contracts.instant_payment.attempts import refused_confirmations, refused_payees, refused_payers
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.judgement import told_once, took_effect
from conformance.contracts.instant_payment.messages import Message
from conformance.contracts.instant_payment.wire import KEYS
from conformance.crypto.compact import standard_decoded, standard_encoded
from conformance.engine.check import check


def damaged(bank: SenderBank, made: Callable[[], Message]) -> dict[str, Message]:
    """Messages of this kind, each with one of its two encrypted keys in another form."""
    return {f"{name} {what}": in_form(bank, made(), name, form) for name in KEYS for what, form in _FORMS.items()}


def in_form(bank: SenderBank, message: Message, name: str, form: Callable[[str], str]) -> Message:
    """The message with one encrypted key in another form; before, both alphabets of Base64 would spell it apart."""
    text = message.members[name]
    while "+" not in text and "/" not in text:  # one key in many thousands has neither
        text = bank.transporting(message.aes_key)[name]
    return message.changed(**{name: form(text)})


def of_other_bytes(change: Callable[[bytes], bytes]) -> Callable[[str], str]:
    return lambda text: standard_encoded(change(standard_decoded(text)))


_FORMS: dict[str, Callable[[str], str]] = {
    "with a character outside of Base64": lambda text: f"*{text[1:]}",
    "in Base64url": lambda text: text.replace("+", "-").replace("/", "_"),
    "in hex": lambda text: standard_decoded(text).hex(),
    "without its padding": lambda text: text.rstrip("="),
    "without its first byte": of_other_bytes(lambda block: block[1:]),
    "after a byte of zero": of_other_bytes(lambda block: b"\0" + block),
}


@check("IPG-KEYS-02")
def keys_of_payee_data_are_blocks_in_base64(bank: SenderBank) -> None:
    """
    Validate Payee with one of its encrypted keys in another form is refused.

    What becomes of line ends in a key is recorded (IR28).
    """
    message = bank.payee()
    wrapped = message.changed(**{name: "\r\n".join(textwrap.wrap(message.members[name], 76)) for name in KEYS})
    told_once("IR28", f"line ends {'ignored' if took_effect(bank.send(wrapped)) else 'refused'}")
    refused_payees(bank, damaged(bank, bank.payee))


@check("IPG-KEYS-02")
def keys_of_payer_data_are_blocks_in_base64(bank: SenderBank) -> None:
    """Validate Payer with one of its encrypted keys in another form is refused."""
    refused_payers(bank, lambda payment: damaged(bank, lambda: bank.payer(payment)))


@check("IPG-KEYS-02")
def keys_of_a_confirmation_are_blocks_in_base64(bank: SenderBank) -> None:
    """Make a Payment with one of its encrypted keys in another form is refused (IR09)."""
    refused_confirmations(bank, lambda payment: damaged(bank, lambda: bank.confirmation(payment, keys=True)))
