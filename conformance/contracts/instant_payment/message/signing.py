"""instant-payment signature: the algorithm, and whether the sender bank signed what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.message.envelope import Envelope
from conformance.contracts.instant_payment.message.forms import counted, shown
from conformance.contracts.instant_payment.message.keyfile import Keyring
from conformance.contracts.instant_payment.message.notebook import Notebook
from conformance.contracts.instant_payment.wire import ALG
from conformance.crypto import compact, jws
from conformance.crypto.keys import LEAST_RSA_BITS, rsa_public

_WITH_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_WHICH_KEY = "keys.sender.public would show it"


def judge_signature(envelope: Envelope, keys: Keyring, note: Notebook) -> None:
    """IPG-ALGORITHMS-01, SIGNATURE-02 and KEYS-01."""
    if envelope.header is None:
        note.unknown(["IPG-ALGORITHMS-01"], "JWS header", "there is no header that can be read")
    else:
        alg = envelope.header.get("alg")
        named = shown(alg) if "alg" in envelope.header else "no alg"
        note.judge("IPG-ALGORITHMS-01", "alg of the JWS header", alg == ALG, f'"{ALG}"', named)
    _judge_key(envelope.signature, keys.sender.public, note)
    _judge_signature(envelope, keys, note)


def _judge_key(signature: bytes | None, key: JWK | None, note: Notebook) -> None:
    expected = f"an RSA key of at least {LEAST_RSA_BITS} bits"
    if key is not None:
        bits = rsa_public(key).key_size
        note.judge("IPG-KEYS-01", "keys.sender", bits >= LEAST_RSA_BITS, expected, f"{bits} bits")
    elif signature and len(signature) < LEAST_RSA_BITS // 8:
        seen = f"a signature of {counted(len(signature), 'byte')}, shorter than such a key gives"
        note.wrong("IPG-KEYS-01", "length of the signature", expected, seen)
    else:
        note.unknown(["IPG-KEYS-01"], "key of the sender bank", _WHICH_KEY)


def _judge_signature(envelope: Envelope, keys: Keyring, note: Notebook) -> None:
    subject, expected = "signature", "the signature of the sender bank over header and payload"
    if not envelope.inputs:
        note.wrong("IPG-SIGNATURE-02", subject, expected, "no signature")
    elif not envelope.signature:
        actual = "no signature" if envelope.signature == b"" else "no signature that can be decoded"
        note.wrong("IPG-SIGNATURE-02", subject, expected, actual)
    elif keys.sender.public is None:
        note.unknown(["IPG-SIGNATURE-02"], subject, _WHICH_KEY)
    else:
        alg = _algorithm(envelope.header)
        holds = _fits(envelope, keys.sender.public, alg)
        actual = f"it fits keys.sender ({alg})" if holds else _why_not(envelope, keys, envelope.signature, alg)
        note.judge("IPG-SIGNATURE-02", subject, holds, expected, actual)


def _algorithm(header: Mapping[str, Any] | None) -> str:
    """That of the header where it is one of RSA, else the right one: a wrong name is a finding of its own."""
    alg = (header or {}).get("alg")
    return alg if alg in _WITH_RSA else ALG


def _fits(envelope: Envelope, key: JWK, alg: str) -> bool:
    signature = envelope.signature or b""
    return any(jws.fits(signing_input, signature, key, alg) for signing_input in envelope.inputs)


def _why_not(envelope: Envelope, keys: Keyring, signature: bytes, alg: str) -> str:
    """What the signature is instead, where that can be told; the mistakes that are made most."""
    own, receiver = keys.sender.public, keys.receiver.public
    if own is None:
        return "it does not fit"
    for other in _WITH_RSA:
        if other != alg and _fits(envelope, own, other):
            return f"it does not fit as {alg}: keys.sender made it as {other}"
    if receiver is not None and any(_fits(envelope, receiver, other) for other in _WITH_RSA):
        return "it does not fit keys.sender: the receiver bank's key made it"
    payload = envelope.payload or b""
    for what, signed in {
        "the payload alone": payload,
        "the payload in Base64url alone": compact.encoded(payload).encode("ascii"),
    }.items():
        if any(jws.fits(signed, signature, own, other) for other in _WITH_RSA):
            return f"keys.sender made it over {what}, not over header.payload"
    if len(signature) != (length := (rsa_public(own).key_size + 7) // 8):
        return f"it has {counted(len(signature), 'byte')}, a signature of keys.sender has {length}"
    if _is_of_another_text(signature, own):
        return "keys.sender made it, but over another text: header or payload differ from what was signed"
    return "it does not fit keys.sender: another key made it, or it was damaged"


def _is_of_another_text(signature: bytes, key: JWK) -> bool:
    """Whether the padding inside is sound, whatever it says was signed."""
    try:
        rsa_public(key).recover_data_from_signature(signature, PKCS1v15(), None)
    except InvalidSignature:
        return False
    return True
