"""instant-payment encryption: data that is no compact JWE of A256GCMKW and A256GCM is refused at the door.

Every fault shows without the key, and all else is sound: data with another algorithm is really encrypted by it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from conformance.contracts.instant_payment.attempts import refused_payees, refused_payers
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.messages import Message
from conformance.contracts.instant_payment.wire import data_member
from conformance.crypto import jwe
from conformance.crypto.compact import as_json, decoded, encoded, standard_decoded, standard_encoded
from conformance.crypto.faults import GoodJwe, JweFault, faulty_jwe
from conformance.crypto.keytransport import Padding, wrap
from conformance.engine.check import check
from conformance.engine.observation import lacking

Forms = Mapping[str, Callable[[GoodJwe], str]]
"""What is sent in place of the good data, by the words after "with"."""


def refused_data(bank: SenderBank, forms: Forms) -> None:
    """Assertion: payee and payer data of each of these forms is refused, and good data accepted beside it."""
    refused_payees(bank, {what: in_form(bank.payee(), form) for what, form in forms.items()})
    refused_payers(bank, lambda payment: {what: in_form(bank.payer(payment), form) for what, form in forms.items()})


def in_form(message: Message, form: Callable[[GoodJwe], str]) -> Message:
    """A message with its data in another form."""
    name = data_member(message.operation)
    if name is None or message.sealed is None:
        raise ValueError(f"{message.operation.words} carries no encrypted data")
    return message.changed(**{name: form(message.sealed)})


def with_fault(fault: JweFault) -> Callable[[GoodJwe], str]:
    return lambda good: faulty_jwe(fault, good)


@check("IPG-ENCRYPTION-01")
def data_is_a_compact_jwe(bank: SenderBank) -> None:
    """Data in clear, of four or six parts, in JSON serialisation or in a second spelling is refused."""
    forms: Forms = {
        "data in clear": lambda good: of_nobody(good.payload).decode("utf-8"),
        "data in Base64 alone": lambda good: standard_encoded(of_nobody(good.payload)),
        "data of four parts": with_fault(JweFault.PART_MISSING),
        "data of six parts": with_fault(JweFault.PART_EXTRA),
        "data in flattened JSON": with_fault(JweFault.JSON_FLATTENED),
        "data in general JSON": with_fault(JweFault.JSON_GENERAL),
        "data in padded parts": with_fault(JweFault.PADDED),
        "data with a line end": with_fault(JweFault.WHITE_SPACE),
        "data in a second spelling": with_fault(JweFault.SECOND_SPELLING),
    }
    refused_data(bank, forms)


def of_nobody(payload: bytes) -> bytes:
    """The same members with no data in them: what is not encrypted is sent, and recorded, of nobody."""
    return as_json({name: dict.fromkeys(person, "-") for name, person in json.loads(payload).items()})


@check("IPG-ENCRYPTION-02")
def the_content_key_is_wrapped_by_a256gcmkw(bank: SenderBank) -> None:
    """Data whose alg is another one or missing is refused; RSA to the receiver bank is what other guides ask for."""
    key = bank.declaration.keys.receiver.verifying or lacking("keys.receiver.public: the key of the receiver bank")

    def rsa(alg: str, padding: Padding) -> Callable[[GoodJwe], str]:
        def form(good: GoodJwe) -> str:
            wrapped = standard_decoded(wrap(good.fresh.content_key, key, padding, bank.secret_random.randbytes))
            header = {"alg": alg, "enc": jwe.ENC}
            return jwe.put_together(header, wrapped, good.fresh.content_key, good.fresh.iv, good.payload)

        return form

    forms: Forms = {
        "alg A128GCMKW": with_fault(JweFault.ALG_A128GCMKW),
        "alg A256KW": with_fault(JweFault.ALG_A256KW),
        "alg dir": with_fault(JweFault.ALG_DIR),
        "alg RSA1_5": rsa("RSA1_5", Padding.PKCS1),
        "alg RSA-OAEP": rsa("RSA-OAEP", Padding.OAEP),
        "no alg": with_fault(JweFault.ALG_MISSING),
    }
    refused_data(bank, forms)


@check("IPG-ENCRYPTION-03")
def the_content_is_encrypted_by_a256gcm(bank: SenderBank) -> None:
    """Data whose enc is another one, misspelt or missing is refused."""
    forms: Forms = {
        "enc A128GCM": with_fault(JweFault.ENC_A128GCM),
        "enc A192GCM": lambda good: good.sealed(with_content_key(good, 24), enc="A192GCM"),
        "enc A256CBC-HS512": with_fault(JweFault.ENC_UNTRUE),
        "enc AES_256_GCM": lambda good: good.sealed(good.fresh, enc="AES_256_GCM"),
        "no enc": with_fault(JweFault.ENC_MISSING),
    }
    refused_data(bank, forms)


@check("IPG-ENCRYPTION-04")
def iv_and_tag_of_the_content_have_their_lengths(bank: SenderBank) -> None:
    """Data whose IV is not 96 bits or whose tag is not 128 bits is refused."""
    forms: Forms = {
        "no IV": with_fault(JweFault.IV_EMPTY),
        "an IV of 8 bytes": lambda good: good.sealed(replace(good.fresh, iv=good.fresh.iv[:8])),
        "an IV of 16 bytes": with_fault(JweFault.IV_LONG),
        "no tag": with_fault(JweFault.TAG_EMPTY),
        "a tag of 12 bytes": with_fault(JweFault.TAG_SHORT),
        "a tag of 17 bytes": lambda good: lengthened(good.text, 4, 1),
    }
    refused_data(bank, forms)


@check("IPG-ENCRYPTION-04")
def the_wrapped_key_with_its_iv_and_tag_has_its_length(bank: SenderBank) -> None:
    """Data whose wrapped key is not 256 bits, or whose header has no IV of 96 or no tag of 128 bits, is refused."""
    forms: Forms = {
        "no header member iv": with_fault(JweFault.KEY_IV_MISSING),
        "a header member iv of 16 bytes": with_fault(JweFault.KEY_IV_LONG),
        "no header member tag": with_fault(JweFault.KEY_TAG_MISSING),
        "a header member tag of 12 bytes": with_fault(JweFault.KEY_TAG_SHORT),
        "no wrapped key": with_fault(JweFault.ENCRYPTED_KEY_EMPTY),
        "a wrapped key of 24 bytes": lambda good: good.sealed(with_content_key(good, 24)),
        "a wrapped key of 40 bytes": lambda good: lengthened(good.text, 1, 8),
    }
    refused_data(bank, forms)


def with_content_key(good: GoodJwe, length: int) -> jwe.Fresh:
    return replace(good.fresh, content_key=good.fresh.content_key[:length])


def lengthened(text: str, part: int, by: int) -> str:
    """The text with zeros after the bytes of one part."""
    pieces = text.split(".")
    pieces[part] = encoded(decoded(pieces[part], str(part)) + bytes(by))
    return ".".join(pieces)
