"""Keys in the forms that configurations and providers hold them: PEM and JWK."""

from __future__ import annotations

import re
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK, JWKSet

from conformance.errors import KeyFileError

LEAST_RSA_BITS = 2048
_ENCRYPTED = re.compile(r"-----BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED")


@lru_cache(maxsize=32)
def private_key(pem: str, name: str = "private key", password: str | None = None) -> JWK:
    """A private key (PKCS#8 or PKCS#1 PEM) as a JWK.

    Raises KeyFileError, naming `name`, when the text is no usable private key.
    """
    if "CERTIFICATE" in pem:
        raise KeyFileError(f"{name}: this is a certificate; give the private key (PKCS#8 PEM)")
    if _ENCRYPTED.search(pem) and not password:
        remedy = "give it without one (openssl pkey -in FILE -out PLAIN), readable by you alone"
        raise KeyFileError(f"{name}: this key is encrypted with a password; {remedy}")
    try:
        key = JWK.from_pem(pem.encode("utf-8"), password.encode("utf-8") if password else None)
    except (ValueError, TypeError, JWException) as error:
        raise KeyFileError(f"{name}: not a private key in PEM form ({_short(error)})") from None
    if not key.has_private:
        raise KeyFileError(f"{name}: this is a public key; a private key is needed to sign")
    return key


@lru_cache(maxsize=32)
def public_key(pem: str, name: str = "public key", least_bits: int = LEAST_RSA_BITS) -> JWK:
    """A public key (SubjectPublicKeyInfo PEM) as a JWK.

    Raises KeyFileError, naming `name`, when the text is no public key, or an RSA key that is too short to trust.
    """
    if "CERTIFICATE" in pem:
        raise KeyFileError(f"{name}: this is a certificate; give the public key (SubjectPublicKeyInfo PEM)")
    try:
        key = JWK.from_pem(pem.encode("utf-8"))
    except (ValueError, TypeError, JWException) as error:
        raise KeyFileError(f"{name}: not a public key in PEM form ({_short(error)})") from None
    if key.has_private:
        raise KeyFileError(f"{name}: this is a private key; keep it to its owner and give the public key")
    return long_enough(key, name, least_bits)


def long_enough(key: JWK, name: str, least_bits: int = LEAST_RSA_BITS) -> JWK:
    """The key itself. Raises KeyFileError for an RSA key below 2048 bits (RFC 7518, 3.3 and 4.2)."""
    if key.get("kty") == "RSA" and (bits := rsa_public(key).key_size) < least_bits:
        raise KeyFileError(f"{name}: an RSA key of {bits} bits is too short; it needs at least {least_bits}")
    return key


def rsa_public(key: JWK) -> RSAPublicKey:
    """The public RSA key of `cryptography`. Raises KeyFileError for another kind of key."""
    found = key.get_op_key("encrypt") if key.get("kty") == "RSA" else None
    if not isinstance(found, RSAPublicKey):
        raise KeyFileError(f"a key of type {key.get('kty')} cannot encrypt; an RSA key is needed")
    return found


def rsa_private(key: JWK) -> RSAPrivateKey:
    """The private RSA key of `cryptography`. Raises KeyFileError for another kind of key."""
    found = key.get_op_key("decrypt") if key.get("kty") == "RSA" and key.has_private else None
    if not isinstance(found, RSAPrivateKey):
        raise KeyFileError("a private RSA key is needed to decrypt")
    return found


def public_part(key: JWK, kid: str | None = None) -> JWK:
    """The public half of a key, named `kid`."""
    members = key.export_public(as_dict=True)
    if kid is not None:
        members["kid"] = kid
    return JWK(**members)


def public_pem(key: JWK) -> bytes:
    """The public half as SubjectPublicKeyInfo PEM."""
    return bytes(key.export_to_pem())


def new_private_key(alg: str = "RS256", kid: str | None = None) -> JWK:
    """A fresh private key that fits a JWS algorithm: RSA of 2048 bits, or the EC curve of ES256/384/512."""
    named = {"kid": kid} if kid else {}
    if alg.startswith("ES"):
        return JWK.generate(kty="EC", crv={"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[alg], **named)
    return JWK.generate(kty="RSA", size=2048, **named)


def key_set(*keys: JWK) -> JWKSet:
    """A JWK Set of the given keys."""
    result = JWKSet()
    for key in keys:
        result.add(key)
    return result


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
