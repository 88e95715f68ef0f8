"""instant-payment signature: RSA with SHA-256, and no algorithm by which a message is made without the private key."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.attempts import Sending, refused_at_every_method
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.judgement import told_once, took_effect
from conformance.contracts.instant_payment.messages import Message
from conformance.contracts.instant_payment.wire import Operation, Status
from conformance.crypto.compact import as_json, decoded, encoded, joined
from conformance.crypto.faults import JwsFault
from conformance.crypto.keys import public_pem, rsa_public
from conformance.engine.check import check
from conformance.engine.observation import lacking

CONFIRM = (Operation.MAKE_PAYMENT,)


def faulty(bank: SenderBank, fault: JwsFault) -> Sending:
    """Sends a message whose JWS has this one fault."""
    return lambda message: bank.send_faulty(message, fault)


def unsigned(bank: SenderBank, alg: str, made: Callable[[bytes, Message], bytes]) -> Sending:
    """Sends a message under that alg with a signature which is made of the signing input and the message."""

    def send(message: Message) -> Answer:
        text = joined(as_json({**bank.header, "alg": alg}), as_json(message.members))
        return bank.send_token(message, f"{text}.{encoded(made(text.encode('ascii'), message))}")

    return send


# --- none -----------------------------------------------------------------------------------------------------


@check("IPG-ALGORITHMS-02")
def algorithm_none_is_refused(bank: SenderBank) -> None:
    """A message that says alg none is refused at each method, with an empty signature and with that of its key."""
    damages = {
        "alg none and no signature": faulty(bank, JwsFault.ALG_NONE),
        "alg none and a signature": faulty(bank, JwsFault.ALG_NONE_SIGNED),
    }
    refused_at_every_method(bank, damages)


@check("IPG-ALGORITHMS-02")
def algorithm_none_in_any_letters_is_refused(bank: SenderBank) -> None:
    """A confirmation that says none in capitals, or in both, is refused whatever stands where the signature should."""
    signatures: dict[str, Callable[[bytes, Message], bytes]] = {
        "no signature": lambda _, message: b"",
        "the signature of its good twin": lambda _, message: decoded(bank.signed(message).split(".")[2], "signature"),
        "a random signature": lambda _, message: bank.random.randbytes(256),
    }
    damages = {
        f"alg {alg} and {what}": unsigned(bank, alg, made)
        for alg in ("None", "NONE", "nOnE")
        for what, made in signatures.items()
    }
    refused_at_every_method(bank, damages, CONFIRM)


# --- the public key as a secret -------------------------------------------------------------------------------


@check("IPG-ALGORITHMS-03")
def the_public_key_is_no_secret(bank: SenderBank) -> None:
    """A message keyed with the public key of its sender by HS256 is refused at each method, in PEM or in DER form."""
    damages = {
        "HS256 keyed with the public key in PEM form": faulty(bank, JwsFault.HS256_PUBLIC_PEM),
        "HS256 keyed with the public key in DER form": faulty(bank, JwsFault.HS256_PUBLIC_DER),
    }
    refused_at_every_method(bank, damages)


@check("IPG-ALGORITHMS-03")
def the_public_key_is_no_secret_in_any_form(bank: SenderBank) -> None:
    """
    A confirmation keyed with the public key in other forms, by longer hashes or with nothing at all is refused.

    A key that was read from a file, a setting or a certificate may have lost its last line end or its armour.
    """
    damages = {
        f"HS{bits} keyed with {what}": unsigned(bank, f"HS{bits}", keyed(secret, f"sha{bits}"))
        for what, secret in forms_of_the_public_key(bank).items()
        for bits in (256, 512)
    }
    damages["HS256 keyed with nothing"] = unsigned(bank, "HS256", keyed(b"", "sha256"))
    refused_at_every_method(bank, damages, CONFIRM)


def keyed(secret: bytes, digest: str) -> Callable[[bytes, Message], bytes]:
    return lambda signing_input, _: hmac.digest(secret, signing_input, digest)


def forms_of_the_public_key(bank: SenderBank) -> Mapping[str, bytes]:
    """What a library may be given as the key of our bank, by name; its certificate only where that is declared."""
    key, declared = rsa_public(signing_key(bank)), bank.identity.key.public or ""
    pem = public_pem(signing_key(bank))
    return {
        "the public key without its last line end": pem.strip(),
        "the public key with line ends of Windows": pem.replace(b"\n", b"\r\n"),
        "the public key in PKCS#1 form": key.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        "the modulus": key.public_numbers().n.to_bytes((key.key_size + 7) // 8, "big"),
        **({"the certificate": declared.encode("ascii")} if "CERTIFICATE" in declared else {}),
    }


def signing_key(bank: SenderBank) -> JWK:
    return bank.identity.key.signing or lacking("keys.sender.private: the key that signs")


# --- other algorithms -----------------------------------------------------------------------------------------


@check("IPG-ALGORITHMS-04")
def another_rsa_algorithm_is_refused_or_verified(bank: SenderBank) -> None:
    """
    A message with a bad signature by RS384, RS512 or PS256 is refused at each method.

    The signature is that of another date, or that of RS256. Good signatures by these algorithms may be accepted, and
    what becomes of them is recorded (IR01).
    """
    question = bank.question(bank.shared(Status.PAYEE_VALIDATED))
    for fault in _RSA:
        answer = bank.send_faulty(question, fault)
        told_once("IR01", f"{fault.name} {'accepted' if took_effect(answer) else 'refused'}")
    damages = {f"{fault.name} and the signature of another date": of_another_date(bank, fault) for fault in _RSA}
    damages["RS512 and the signature of RS256"] = faulty(bank, JwsFault.ALG_UNTRUE)
    refused_at_every_method(bank, damages)


_RSA = (JwsFault.RS384, JwsFault.RS512, JwsFault.PS256)


def of_another_date(bank: SenderBank, fault: JwsFault) -> Sending:
    """Sends a message under that algorithm with the signature of its twin, which bears another date."""

    def send(message: Message) -> Answer:
        signed = bank.faulty(message.changed(request_date=bank.date()), fault)
        return bank.send_token(message, f"{bank.faulty(message, fault).rpartition('.')[0]}.{signed.rpartition('.')[2]}")

    return send


@check("IPG-ALGORITHMS-05")
def an_algorithm_that_is_none_is_refused(bank: SenderBank) -> None:
    """
    A message whose alg is missing, of another type, unknown or misspelt is refused.

    Its signature is a good one of RS256 over that very header, so that nothing but alg speaks against it; only under
    ES256 it is one of zeros, which careless readers of that algorithm take for good.
    """

    def under(header: Mapping[str, Any]) -> Sending:
        others = {name: value for name, value in bank.header.items() if name != "alg"}
        return lambda message: bank.send_token(message, bank.signed_under(message, as_json({**others, **header})))

    damages = {
        "no alg": under({}),
        "alg null": under({"alg": None}),
        "an empty alg": under({"alg": ""}),
        "alg rs256": under({"alg": "rs256"}),
        "alg RS256 and a blank": under({"alg": "RS256 "}),
        "an array as alg": under({"alg": ["RS256"]}),
        "alg RS1": under({"alg": "RS1"}),
        "alg ES256 and a signature of zeros": unsigned(bank, "ES256", lambda _, message: bytes(64)),
    }
    refused_at_every_method(bank, damages, (Operation.VALIDATE_PAYEE, Operation.MAKE_PAYMENT))
