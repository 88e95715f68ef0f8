"""Compact JWS (RFC 7515): signing, and strict verification of the very bytes that arrived."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from jwcrypto.common import JWException
from jwcrypto.jwa import JWA
from jwcrypto.jwk import JWK, JWKSet

from conformance.crypto import compact
from conformance.crypto.compact import BadEnvelope, Flaw
from conformance.errors import KeyFileError

BadSignature = BadEnvelope  # a text that is no compact JWS which one of the trusted keys signed

_PARTS = ("header", "payload", "signature")
_UNFIT = (ValueError, TypeError, AttributeError, KeyError, NotImplementedError)  # jwcrypto, of a key of another kind


@dataclass(frozen=True, slots=True)
class Signed:
    """A compact JWS taken apart; nothing says yet that its signature fits.

    `payload` holds the bytes as they were signed, `signing_input` what the signature is over (RFC 7515, 5.1).
    """

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes
    signing_input: bytes


def sign(payload: Mapping[str, Any], key: JWK, alg: str, **header: Any) -> str:
    """Sign a JSON payload as a compact JWS; further header members (`kid`, `typ`, `jwk`) as keywords.

    Raises KeyFileError for a key that does not fit the algorithm.
    """
    return sign_bytes(compact.as_json(payload), key, alg, compact.as_json({"alg": alg, **header}))


def sign_bytes(payload: bytes, key: JWK, alg: str, header: bytes | None = None) -> str:
    """Sign these very bytes under a header of these very bytes, which may say anything; `{"alg": ...}` by default.

    Raises KeyFileError for a key that does not fit the algorithm.
    """
    signing_input = compact.joined(compact.as_json({"alg": alg}) if header is None else header, payload)
    try:
        signature = bytes(_primitive(alg).sign(key, signing_input.encode("ascii")))
    except (JWException, *_UNFIT):
        raise KeyFileError(f"a key of type {key.get('crv') or key.get('kty')} cannot sign with {alg}") from None
    return f"{signing_input}.{compact.encoded(signature)}"


def read(text: str) -> Signed:
    """Take a compact JWS apart, unverified: three strict Base64url parts and a strict header. Raises BadSignature."""
    header, payload, signature = compact.split(text, _PARTS)
    return Signed(compact.header_of(header), payload, signature, text.rpartition(".")[0].encode("ascii"))


def signed_by(text: str, key: JWK, algorithms: Collection[str]) -> Signed:
    """A compact JWS that this very key signed with one of the named algorithms.

    `kid` is not looked at; keys or addresses inside the header (`jwk`, `jku`, `x5c`, `x5u`) are never used.
    Raises BadSignature.
    """
    signed = read(text)
    _check_algorithm(signed, algorithms)
    _check_signature(signed, [key])
    return signed


def verify(text: str, trusted: JWKSet, algorithms: Collection[str]) -> dict[str, Any]:
    """The JSON payload of a compact JWS that one of the trusted keys signed.

    Only `kid` chooses the key; without a `kid` every trusted key may answer. Raises BadSignature.
    """
    signed = read(text)
    _check_algorithm(signed, algorithms)
    kid = signed.header.get("kid")
    candidates = [key for key in trusted["keys"] if kid is None or key.get("kid") == kid]
    if not candidates:
        raise BadSignature(Flaw.KEY_ID)
    _check_signature(signed, candidates)
    return _object(signed.payload)


def is_signed_by(text: str, key: JWK, algorithms: Collection[str]) -> bool:
    """Whether the signature of a compact JWS fits this very key; `kid` and claims are not looked at."""
    try:
        signed_by(text, key, algorithms)
    except BadSignature:
        return False
    return True


def parts(text: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Header, JSON payload and signature of a compact JWS, unverified. Raises BadSignature."""
    signed = read(text)
    return dict(signed.header), _object(signed.payload), signed.signature


def joined(header: Mapping[str, Any], payload: Mapping[str, Any], signature: bytes = b"") -> str:
    """A compact JWS put together from its parts, whether the signature fits or not."""
    return compact.joined(compact.as_json(header), compact.as_json(payload), signature)


def _check_algorithm(signed: Signed, algorithms: Collection[str]) -> None:
    if signed.header.get("alg") not in list(algorithms):
        raise BadSignature(Flaw.ALGORITHM, repr(signed.header.get("alg")))


def _check_signature(signed: Signed, keys: Collection[JWK]) -> None:
    if not any(_fits(signed, key) for key in keys):
        raise BadSignature(Flaw.SIGNATURE)


def _fits(signed: Signed, key: JWK) -> bool:
    return fits(signed.signing_input, signed.signature, key, signed.header["alg"])


def fits(signing_input: bytes, signature: bytes, key: JWK, alg: str) -> bool:
    """Whether a signature over these very bytes is one of this key under this algorithm, whatever a header says."""
    try:
        _primitive(alg).verify(key, signing_input, signature)
    except (InvalidSignature, JWException, *_UNFIT):
        return False
    return True


def _primitive(alg: str) -> Any:
    """The signature algorithm alone: jwcrypto's JWS object decodes and encodes the parts anew before it checks them."""
    return cast(Any, JWA.signing_alg(alg))


def _object(payload: bytes) -> dict[str, Any]:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadSignature(Flaw.PAYLOAD) from None
    if not isinstance(value, dict):
        raise BadSignature(Flaw.PAYLOAD)
    return value
