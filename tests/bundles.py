"""Bundles that real runs over HTTP left, and keys to seal them with."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from conformance.certification import Certification, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.checks.window import ZONES
from conformance.contracts.kz_accounts.provider import Provider
from conformance.crypto.compact import as_json
from conformance.crypto.signing import signed, trusted
from conformance.evidence.leaks import digest_of_file
from conformance.evidence.seal import digests, seal
from conformance.evidence.verification import Verification, verify
from conformance.reporting.results import write_json
from conformance.serving import served
from conformance.transport.inprocess import Handler
from conformance.transport.message import Reply, Request
from tests.bench import all_defects

KZ = contract("kz-accounts")
ONE = {"only": ("KZA-WINDOW-04",)}
Run = Callable[..., Certification]

KEYS: dict[str, Callable[[], Any]] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "PS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
}


class RefusesTheHundredth(Provider):
    """Limits by count: of one request, no more than a hundred in a row, then none for a second.

    A limit by rate would ask of the machine that it sends faster than that, which a busy one cannot.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._row = ("", 0)
        self._closed_until = 0.0
        self._row_lock = threading.Lock()

    def seconds_to_wait(self, call: Call) -> float:
        with self._row_lock:
            last, count = self._row
            self._row = (call.request.target, count + 1 if call.request.target == last else 1)
            if self._row[1] > 100:
                self._row, self._closed_until = ("", 0), self.monotonic() + 1
            return max(0.0, self._closed_until - self.monotonic())


BURST = {"probe": True, "declared_per_second": 100, "burst": 800}


class EndsTheTime:
    """Passes requests on, and calls `end` with the one of that number. A clock could come too early or too late."""

    def __init__(self, handler: Handler, number: int) -> None:
        self._handler = handler
        self._left = number
        self._lock = threading.Lock()
        self.end: Callable[[], None] = lambda: None

    def handle(self, request: Request) -> Reply:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self.end()
        return self._handler.handle(request)


def when_a_day_is_under_way() -> None:
    """Wait while a day ends or has just begun in a zone that may count (R14): a run then sees nothing of today."""

    def turns(zone: tzinfo) -> bool:
        now = datetime.now(zone)
        return (now - timedelta(seconds=30)).date() != (now + timedelta(minutes=4)).date()

    while any(map(turns, ZONES.values())):
        time.sleep(1)


@contextmanager
def target(provider_class: type[Any] = Provider, rps: int = 1000, **changes: Any) -> Iterator[Run]:
    """A provider that is served; gives a function that certifies it and leaves its bundle in a folder."""
    stand = KZ.stand(provider_class=provider_class, requests_per_second=rps)
    with served(stand.provider) as url:

        def run(
            folder: Path, *, other: dict[str, Any] | None = None, lang: str = "en", **options: Any
        ) -> Certification:
            document = {**stand.configuration(url), "rate_limit": {"probe": False}, **changes, **(other or {})}
            declaration, _ = parsed(document, KZ.configuration, Path("bundle.toml"))
            certification = Certification(KZ, declaration, Options(folder, **options), True, lang)
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


def resealed(folder: Path, private: Path) -> None:
    """What somebody with a key does who changed files: digests, ledger line and seal are made to fit."""
    bundle = json.loads((folder / "bundle.json").read_text("utf-8"))
    bundle["files"] = {name: digest_of_file(folder / name) for name in bundle["files"] if (folder / name).is_file()}
    if bundle["attempts"]:
        last = json.loads(bundle["attempts"][-1])
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            last["verdict"] = json.loads((folder / "results.json").read_text("utf-8"))["verdict"]
        last["results"] = bundle["files"]["results.json"]
        bundle["attempts"][-1] = json.dumps(last)
    write_json(folder / "bundle.json", bundle)
    sealed_at = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    files = [{"name": name, "digest": digest} for name, digest in sorted(digests(folder).items())]
    manifest = {"format": "conformance-seal/1", "run": bundle["run"], "sealed_at": sealed_at, "files": files}
    (folder / "seal.jws").write_text(signed(as_json(manifest), private.read_text("ascii"), "key"), "ascii")


class Sealed:
    """A sealed bundle with its keys; each test works on a copy."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder / "run"
        with target(all_defects()["AcceptsYearLongWindows"]) as run:
            run(self.folder, **options)
        self.private, self.public = saved_keys(folder, "EdDSA")
        seal(self.folder, str(self.private))

    def copy(self, to: Path) -> Path:
        return Path(shutil.copytree(self.folder, to / "copy"))

    def verified(self, folder: Path, **options: Any) -> Verification:
        return verify(folder, [trusted(self.public.read_text("ascii"), "bank.pem")], **options)


def refused(verification: Verification, step: str, said: str = "") -> bool:
    """That step is the one that does not hold, and no verdict is told."""
    faults = [finding for finding in verification.findings if finding.holds is False]
    assert [finding.step for finding in faults] == [step], verification.as_lines()
    assert said in faults[0].said, faults[0].said
    assert not verification.holds and not verification.results
    assert verification.as_lines().endswith("the bundle is not to be trusted")
    return True
