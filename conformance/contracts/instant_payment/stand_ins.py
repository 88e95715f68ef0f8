"""Keys that stand in for those of the banks where a finished run is judged again without them.

A bundle holds no private key, so a later judgement makes every message once more with throwaway keys of the same size,
and the requests are compared by their form (`request_forms`). What only the real keys could tell was written down by
the run as a fact. The public halves are facts as well: with them each signature on record is verified again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.declaration import Declaration, KeyPair
from conformance.crypto.keys import private_key, public_key, public_pem, rsa_public
from conformance.transport.redaction import Redactor

_SLOT = re.compile(r"<[A-Z_]+>")
_PAIRS = ("sender", "receiver", "other", "stray")


def playable(declaration: Declaration, redactor: Redactor) -> Declaration:
    """The declaration itself, or one with stand-ins where slots are in place of private keys.

    Tells the redactor the public half of every private key, or hears it from the record. Raises OffTheRecord.
    """
    stand_ins = {}
    for name, pair, private in _private_pairs(declaration):
        pem = redactor.fact(fact_of(name), partial(_public_half, private))
        if _SLOT.fullmatch(private):
            stand_ins[name] = pair.model_copy(update={"private": stand_in(name, key_on_record(pem).key_size)})
    if not stand_ins:
        return declaration
    return declaration.model_copy(update={"keys": declaration.keys.model_copy(update=stand_ins)})


def public_halves(facts: Mapping[str, str | bool]) -> dict[str, RSAPublicKey]:
    """The keys that signed the run on record, by the name of their pair."""
    return {name: key_on_record(str(facts[fact_of(name)])) for name in _PAIRS if fact_of(name) in facts}


def fact_of(name: str) -> str:
    return f"public half of keys.{name}"


@lru_cache(maxsize=32)
def stand_in(name: str, bits: int) -> str:
    """A private key of that size in PEM form, the same one for each name as long as the process lives."""
    key = JWK.generate(kty="RSA", size=bits)
    return key.export_to_pem(private_key=True, password=None).decode("ascii")


@lru_cache(maxsize=32)
def key_on_record(pem: str) -> RSAPublicKey:
    return rsa_public(public_key(pem))


@lru_cache(maxsize=32)
def _public_half(pem: str) -> str:
    return public_pem(private_key(pem)).decode("ascii")


def _private_pairs(declaration: Declaration) -> Iterator[tuple[str, KeyPair, str]]:
    for name in _PAIRS:
        pair: KeyPair | None = getattr(declaration.keys, name)
        if pair is not None and pair.private is not None:
            yield name, pair, pair.private
