"""X.509 certificates as configurations hold them: the key inside, the ids in use, the time of validity."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha1, sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK

from conformance.crypto.compact import encoded
from conformance.crypto.keys import LEAST_RSA_BITS, long_enough, public_key
from conformance.errors import KeyFileError


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate; `der` are its bytes, the two moments are aware UTC and inclusive (RFC 5280, 4.1.2.5)."""

    key: JWK
    subject: str
    serial: int
    not_before: datetime
    not_after: datetime
    der: bytes

    @property
    def thumbprint(self) -> str:
        """SHA-256 over the certificate, lower-case hex; what `openssl x509 -fingerprint -sha256` shows."""
        return sha256(self.der).hexdigest()

    @property
    def x5t_s256(self) -> str:
        """SHA-256 over the certificate, Base64url (RFC 7515, 4.1.8)."""
        return encoded(sha256(self.der).digest())

    @property
    def x5t(self) -> str:
        """SHA-1 over the certificate, Base64url (RFC 7515, 4.1.7)."""
        return encoded(sha1(self.der, usedforsecurity=False).digest())

    @property
    def x5c(self) -> str:
        """The certificate itself, standard Base64 (RFC 7515, 4.1.6)."""
        return b64encode(self.der).decode("ascii")

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether an aware moment lies in the time of validity."""
        return self.not_before <= moment <= self.not_after


@lru_cache(maxsize=32)
def certificate(pem: str, name: str = "certificate", least_bits: int = LEAST_RSA_BITS) -> Certificate:
    """One X.509 certificate in PEM form.

    Raises KeyFileError, naming `name`, when the text is none, holds several, or holds a key that cannot be used.
    Trust, signatures and time are not judged.
    """
    if "PRIVATE KEY" in pem:
        raise KeyFileError(f"{name}: there is a private key in this text; give the certificate alone")
    if "PUBLIC KEY" in pem:
        raise KeyFileError(f"{name}: this is a public key without a certificate")
    try:
        found = x509.load_pem_x509_certificates(pem.encode("utf-8"))
    except ValueError:
        raise KeyFileError(f"{name}: not a certificate in PEM form") from None
    if len(found) != 1:
        raise KeyFileError(f"{name}: holds {len(found)} certificates; give the one in use")
    return _read(found[0], name, least_bits)


def key_of(pem: str, name: str) -> JWK:
    """The public key in a PEM text: a certificate's, or one by itself. Raises KeyFileError, naming `name`."""
    return certificate(pem, name).key if "CERTIFICATE" in pem else public_key(pem, name)


def _read(found: x509.Certificate, name: str, least_bits: int) -> Certificate:
    try:
        pem = found.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return Certificate(
            key=long_enough(JWK.from_pem(pem), name, least_bits),
            subject=found.subject.rfc4514_string(),
            serial=found.serial_number,
            not_before=found.not_valid_before_utc,
            not_after=found.not_valid_after_utc,
            der=found.public_bytes(Encoding.DER),
        )
    except (ValueError, TypeError, JWException, UnsupportedAlgorithm):
        raise KeyFileError(f"{name}: the certificate holds a key or a name that cannot be read") from None
