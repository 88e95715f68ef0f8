"""Who signed: the keys and certificates that a person trusts, and the signatures that they stand for.

A trusted certificate is the signer's own, or that of an authority over it; the chain then comes with the signature
(`x5c`). Whether a chain holds, `cryptography` judges, as of the moment of signing.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy, PolicyBuilder, Store, VerificationError
from jwcrypto.jwk import JWK

from conformance.crypto.certificates import certificate
from conformance.crypto.compact import as_json
from conformance.crypto.jws import is_signed_by, read, sign_bytes
from conformance.crypto.keys import long_enough, private_key, public_key
from conformance.errors import KeyFileError, NotTrusted

ALGORITHMS = ("EdDSA", "ES256", "PS256")
_OF_KIND = {"OKP": "EdDSA", "EC": "ES256", "RSA": "PS256"}


@dataclass(frozen=True, slots=True)
class Trusted:
    """A key that a person trusts, and the certificate that it came in, if any. `name` is for messages."""

    name: str
    key: JWK
    certificate: x509.Certificate | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of somebody trusted: in whose name, the key's thumbprint (RFC 7638) and the algorithm."""

    trusted: str
    thumbprint: str
    alg: str


def trusted(pem: str, name: str) -> Trusted:
    """A public key or a certificate in PEM form. Raises KeyFileError, naming `name`."""
    if "CERTIFICATE" not in pem:
        return Trusted(name, public_key(pem, name))
    return Trusted(name, certificate(pem, name).key, x509.load_pem_x509_certificate(pem.encode("utf-8")))


def signed(
    payload: bytes, pem: str, name: str, alg: str | None = None, chain_pem: str | None = None, **header_members: str
) -> str:
    """A compact JWS over these bytes; with the chain of certificates of the key, its own first, where one is given.

    Further header members (`typ`) come as keywords. Raises KeyFileError, naming the key, where key, algorithm and chain
    do not fit each other.
    """
    key = long_enough(private_key(pem, name), name)
    alg = alg or _OF_KIND.get(str(key.get("kty")), "")
    header: dict[str, object] = {"alg": alg, "kid": key.thumbprint(), **header_members}
    if chain_pem is not None:
        chain = [_pem(one) for one in _certificates(chain_pem)]
        if certificate(chain[0], "--chain").key.thumbprint() != key.thumbprint():
            raise KeyFileError(f"{name}: is not the key of the first certificate of the chain")
        header["x5c"] = [certificate(one, "--chain").x5c for one in chain]
    try:
        return sign_bytes(payload, key, alg, as_json(header))
    except KeyFileError as fault:
        raise KeyFileError(f"{name}: {fault}") from None


def signature_of(text: str, anchors: Iterable[Trusted], at: datetime) -> Signature:
    """Which of the trusted keys and authorities stands behind a compact JWS that was signed `at` that time (aware).

    Raises NotTrusted, or BadEnvelope for a text that is no JWS with an accepted algorithm.
    """
    header = read(text).header
    alg = header.get("alg")
    if alg not in ALGORITHMS:
        raise NotTrusted(f"algorithm {alg!r} is not accepted; {', '.join(ALGORITHMS)} are")
    refusals = []
    for anchor in anchors:
        try:
            key = (
                anchor.key if is_signed_by(text, anchor.key, ALGORITHMS) else _certified(header.get("x5c"), anchor, at)
            )
            if anchor.certificate is not None and key is anchor.key:
                _is_valid(anchor.certificate, at)
            if is_signed_by(text, key, ALGORITHMS):
                return Signature(anchor.name, key.thumbprint(), str(alg))
            refusals.append(f"{anchor.name}: the signature does not fit")
        except NotTrusted as refusal:
            refusals.append(f"{anchor.name}: {refusal}")
    raise NotTrusted("; ".join(refusals))


def _certified(x5c: object, anchor: Trusted, at: datetime) -> JWK:
    """The signing key that an authority stands for."""
    if anchor.certificate is None or x5c is None:
        raise NotTrusted("the signature is not of this key")
    try:
        chain = [x509.load_der_x509_certificate(b64decode(one, validate=True)) for one in x5c]  # type: ignore[attr-defined]
        leaf = certificate(_pem(chain[0])).key
        verifier = (
            PolicyBuilder()
            .store(Store([anchor.certificate]))
            .time(at.astimezone(UTC).replace(tzinfo=None))
            .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_SIGNS)
            .build_client_verifier()
        )
        verifier.verify(chain[0], chain[1:])
    except VerificationError as fault:
        raise NotTrusted(f"its chain of certificates does not hold ({fault})") from None
    except (ValueError, TypeError, IndexError, AttributeError, KeyFileError):
        raise NotTrusted("its chain of certificates cannot be read") from None
    return leaf


def _signs(policy: Policy, leaf: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise ValueError("the certificate is not for signatures")


_SIGNS = ExtensionPolicy.permit_all().may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs)


def _is_valid(found: x509.Certificate, at: datetime) -> None:
    if not found.not_valid_before_utc <= at <= found.not_valid_after_utc:
        raise NotTrusted(f"the certificate was not valid at {at:%Y-%m-%d}")


def _certificates(pem: str) -> Sequence[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem.encode("utf-8"))
    except ValueError:
        raise KeyFileError("--chain: holds no certificates in PEM form") from None


def _pem(found: x509.Certificate) -> str:
    return found.public_bytes(Encoding.PEM).decode("ascii")
