"""Bundles that real runs over HTTP left, and keys to seal them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from conformance.certification import Certification, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.kz_accounts.provider import Provider
from conformance.serving import served

KZ = contract("kz-accounts")
Run = Callable[..., Certification]

KEYS: dict[str, Callable[[], Any]] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "PS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
}


@contextmanager
def target(provider_class: type[Any] = Provider, **changes: Any) -> Iterator[Run]:
    """A provider that is served; gives a function that certifies it and leaves its bundle in a folder."""
    stand = KZ.stand(provider_class=provider_class, requests_per_second=1000)
    with served(stand.provider) as url:

        def run(folder: Path, *, other: dict[str, Any] | None = None, **options: Any) -> Certification:
            document = {**stand.configuration(url), "rate_limit": {"probe": False}, **changes, **(other or {})}
            declaration, _ = parsed(document, KZ.configuration, Path("bundle.toml"))
            certification = Certification(KZ, declaration, Options(folder, **options), quiet=True)
            certification.conduct()
            return certification

        yield run


def private_pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii"))


def public_pem(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii"))


def saved_keys(folder: Path, alg: str, name: str = "key") -> tuple[Path, Path]:
    """A fresh key pair in two PEM files: private, public."""
    key = KEYS[alg]()
    private, public = folder / f"{name}-private.pem", folder / f"{name}-public.pem"
    private.write_text(private_pem(key), "ascii")
    public.write_text(public_pem(key), "ascii")
    return private, public
