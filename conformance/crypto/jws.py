"""Compact JWS (RFC 7515) as access tokens use it: signing and strict verification."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from jwcrypto.common import JWException, base64url_decode, base64url_encode
from jwcrypto.jwk import JWK, JWKSet
from jwcrypto.jws import JWS

from conformance.errors import KeyFileError, SuiteError


class BadSignature(SuiteError):
    """The text is no compact JWS that one of the trusted keys signed; the message says which step failed."""


def sign(payload: Mapping[str, Any], key: JWK, alg: str, **header: Any) -> str:
    """Sign a JSON payload as a compact JWS; further header members (`kid`, `typ`, `jwk`) as keywords.

    Raises KeyFileError for a key that does not fit the algorithm.
    """
    token = JWS(json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode("utf-8"))
    try:
        token.add_signature(key, alg, json.dumps({"alg": alg, **header}), None)
    except (JWException, ValueError, TypeError, AttributeError):
        raise KeyFileError(f"a key of type {key.get('crv') or key.get('kty')} cannot sign with {alg}") from None
    return str(token.serialize(compact=True))


def verify(text: str, trusted: JWKSet, algorithms: Collection[str]) -> dict[str, Any]:
    """The payload of a compact JWS that one of the trusted keys signed.

    Only `kid` chooses the key; keys or addresses inside the header (`jwk`, `jku`, `x5c`, `x5u`)
    are never used. Without a `kid` every trusted key may answer. Raises BadSignature.
    """
    header = _json_part(text, 0)
    if header.get("alg") not in list(algorithms):
        raise BadSignature(f"algorithm {header.get('alg')!r} is not accepted")
    if "crit" in header:
        raise BadSignature("has critical header members that are not understood")
    kid = header.get("kid")
    candidates = [key for key in trusted["keys"] if kid is None or key.get("kid") == kid]
    if not candidates:
        raise BadSignature("key id is not in the key set")
    if not any(is_signed_by(text, key, algorithms) for key in candidates):
        raise BadSignature("signature does not fit")
    return _json_part(text, 1)


def is_signed_by(text: str, key: JWK, algorithms: Collection[str]) -> bool:
    """Whether the signature of a compact JWS fits this very key; `kid` and claims are not looked at."""
    token = JWS()
    token.allowed_algs = list(algorithms)
    try:
        _bytes_part(text, 2)
        token.deserialize(text, key)
    except (BadSignature, JWException, ValueError, TypeError):
        return False
    return True


def parts(text: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Header, payload and signature of a compact JWS, unverified. Raises BadSignature."""
    return _json_part(text, 0), _json_part(text, 1), _bytes_part(text, 2)


def joined(header: Mapping[str, Any], payload: Mapping[str, Any], signature: bytes = b"") -> str:
    """A compact JWS put together from its parts, whether the signature fits or not."""
    first, second = (base64url_encode(json.dumps(part, separators=(",", ":"))) for part in (header, payload))
    return f"{first}.{second}.{base64url_encode(signature)}"


def _bytes_part(text: str, index: int) -> bytes:
    pieces = text.split(".")
    if len(pieces) != 3:
        raise BadSignature("is not three parts joined by dots")
    try:
        value = bytes(base64url_decode(pieces[index]))
    except ValueError:
        raise BadSignature(f"part {index + 1} is not Base64url") from None
    # The decoder overlooks padding, foreign characters and spare bits: a second text with the same signature.
    if base64url_encode(value) != pieces[index]:
        raise BadSignature(f"part {index + 1} is not Base64url")
    return value


def _json_part(text: str, index: int) -> dict[str, Any]:
    try:
        value = json.loads(_bytes_part(text, index))
    except (ValueError, RecursionError):
        raise BadSignature(f"part {index + 1} is not JSON") from None
    if not isinstance(value, dict):
        raise BadSignature(f"part {index + 1} is not a JSON object")
    return value
