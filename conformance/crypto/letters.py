"""A letter that only the owner of a key can open: a compact JWE to a public key (RFC 7516; RFC 7518, 4.3 and 4.6)."""

from __future__ import annotations

import json

from jwcrypto.common import JWException
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from conformance.errors import KeyFileError

_ENC = "A256GCM"
_ALGORITHMS = {"RSA": "RSA-OAEP-256", "EC": "ECDH-ES", "OKP": "ECDH-ES"}


def letter(payload: bytes, recipient: JWK, **header: str) -> str:
    """Encrypt a payload to a public key, RSA or for key agreement; further header members (`typ`) as keywords.

    Raises KeyFileError for a key that cannot receive, such as an Ed25519 key.
    """
    kind = str(recipient.get("kty"))
    if kind not in _ALGORITHMS:
        raise KeyFileError(f"a key of type {kind} cannot receive; an RSA, EC or X25519 key is needed")
    protected = {"alg": _ALGORITHMS[kind], "enc": _ENC, "kid": recipient.thumbprint(), **header}
    try:
        envelope = JWE(payload, json.dumps(protected))
        envelope.add_recipient(recipient)
        return str(envelope.serialize(compact=True))
    except (JWException, ValueError, TypeError):
        raise KeyFileError(f"a key of type {recipient.get('crv') or kind} cannot receive") from None
