"""instant-payment validate-payee, validate-payer, make-payment, signature: a certificate id says whose key is in use.

Each message here is whole and signed by us, unless the check says who else signed it. Get a Payment names no
certificate (IE28).
"""

from __future__ import annotations

from conformance.contracts.instant_payment.attempts import Sending, refused_at_every_method
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.declaration import BankNames, KeyPair
from conformance.contracts.instant_payment.wire import Operation
from conformance.crypto.compact import as_json
from conformance.engine.check import check
from conformance.engine.observation import not_applicable

NAMING = (Operation.VALIDATE_PAYEE, Operation.VALIDATE_PAYER, Operation.MAKE_PAYMENT)


@check("IPG-CERTIFICATES-03")
def a_sender_certificate_that_nobody_knows_is_refused(bank: SenderBank) -> None:
    """A message whose sender_party_cert_id is that of no bank (banks.nobody) is refused at each method that has one."""
    nobody = bank.declaration.banks.nobody.cert_id
    refused_at_every_method(
        bank, {"an unknown sender_party_cert_id": _naming(bank, sender_party_cert_id=nobody)}, NAMING
    )


@check("IPG-CERTIFICATES-04")
def a_sender_certificate_of_another_bank_is_refused(bank: SenderBank) -> None:
    """A message with our code and signature, and the certificate id of another bank, is refused at each method."""
    damages = {
        f"{whose} certificate as sender_party_cert_id": _naming(bank, sender_party_cert_id=names.cert_id)
        for whose, names in _others(bank).items()
    }
    refused_at_every_method(bank, damages, NAMING)


@check("IPG-CERTIFICATES-05")
def a_signature_of_another_bank_under_our_certificate_is_refused(bank: SenderBank) -> None:
    """A message with our code and certificate id that another bank has signed is refused at each method."""
    keys = bank.declaration.keys
    signers = {"the receiver bank": keys.receiver, "another bank": keys.other}
    damages = {
        f"the signature of {whose}": _signed_by(bank, key)
        for whose, key in signers.items()
        if key is not None and key.private is not None
    }
    if not damages:
        not_applicable("no private key of another bank is declared (keys.other.private, keys.receiver.private)")
    refused_at_every_method(bank, damages, NAMING)


@check("IPG-CERTIFICATES-06")
def a_receiver_certificate_that_nobody_knows_is_refused(bank: SenderBank) -> None:
    """A message whose receiver_party_cert_id is that of no bank (banks.nobody) is refused at each method."""
    nobody = bank.declaration.banks.nobody.cert_id
    damages = {"an unknown receiver_party_cert_id": _naming(bank, receiver_party_cert_id=nobody)}
    refused_at_every_method(bank, damages, NAMING)


@check("IPG-CERTIFICATES-07")
def a_receiver_certificate_of_another_bank_is_refused(bank: SenderBank) -> None:
    """A message whose receiver_party_cert_id is our own, or a third bank's, is refused at each method."""
    banks = bank.declaration.banks
    ids = {"our own": banks.sender.cert_id, **({"a third bank's": banks.other.cert_id} if banks.other else {})}
    damages = {
        f"{whose} certificate as receiver_party_cert_id": _naming(bank, receiver_party_cert_id=cert_id)
        for whose, cert_id in ids.items()
    }
    refused_at_every_method(bank, damages, NAMING)


def _naming(bank: SenderBank, **ids: str) -> Sending:
    """Sends a message with other certificate ids, signed by us as it then is."""
    return lambda message: bank.send(message.changed(**ids))


def _signed_by(bank: SenderBank, key: KeyPair) -> Sending:
    """Sends a message of ours under a signature by that key, the header as we have it."""
    signer = bank.signing_as(key=key)
    return lambda message: bank.send_token(message, signer.signed_under(message, as_json(bank.header)))


def _others(bank: SenderBank) -> dict[str, BankNames]:
    """The other banks of the configuration, as a sentence names them."""
    banks = bank.declaration.banks
    return {"the receiver bank's": banks.receiver, **({"another bank's": banks.other} if banks.other else {})}
