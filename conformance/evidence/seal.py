"""`conformance seal`: a manifest of every file of a bundle, signed, as `seal.jws` beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.crypto.compact import BadEnvelope, as_json
from conformance.crypto.jws import read
from conformance.crypto.signing import signed
from conformance.errors import BadRecord, UsageError
from conformance.evidence.bundle import BUNDLE, read_bundle
from conformance.evidence.journal import JOURNAL
from conformance.evidence.leaks import digest_of_file
from conformance.reporting.results import write_text

SEAL = "seal.jws"
FORMAT = "conformance-seal/1"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a seal says: the run, when it was sealed (aware UTC; the sealer's word), the digest of each file by name."""

    run: str
    sealed_at: datetime
    files: Mapping[str, str]


def seal(folder: Path, key: str, alg: str | None = None, chain: str | None = None) -> Manifest:
    """Seal a bundle. `key` and `chain` name PEM texts: a file, or env:NAME.

    Nothing is sealed that the run itself did not look through for its secrets: a file that was added or changed since,
    or that tells one, bars the seal. Raises BadRecord for such a bundle, KeyFileError for the key.
    """
    bundle = read_bundle(folder)
    if bundle["leaks"]:
        raise BadRecord(f"{folder}: not sealed: {_told(bundle['leaks'])}")
    (folder / JOURNAL).unlink(missing_ok=True)  # what is sealed is not resumed
    looked_through = {name: digest for name, digest in bundle["files"].items() if name != BUNDLE}
    files = digests(folder)
    if odd := difference({**looked_through, BUNDLE: files.get(BUNDLE, "")}, files):
        raise BadRecord(f"{folder}: not sealed: since the run ended, {odd}")
    manifest = Manifest(bundle["run"], datetime.now(UTC).replace(microsecond=0), files)
    chain_pem = text_of(chain, "--chain") if chain is not None else None
    write_text(folder / SEAL, signed(_as_json(manifest), text_of(key, "--key"), "--key", alg, chain_pem))
    return manifest


def read_manifest(folder: Path) -> tuple[str, Manifest]:
    """The seal as it stands, and what it says; nobody has verified it yet. Raises BadRecord."""
    path = folder / SEAL
    try:
        text = path.read_bytes().decode("ascii")
        said = json.loads(read(text).payload)
        if said["format"] != FORMAT:
            raise BadRecord(f"{path}: format {said['format']}; this version reads {FORMAT}")
        files = {str(entry["name"]): str(entry["digest"]) for entry in said["files"]}
        manifest = Manifest(str(said["run"]), datetime.fromisoformat(said["sealed_at"]).astimezone(UTC), files)
        if _as_json(manifest) != read(text).payload:
            raise BadRecord(f"{path}: says something that a seal does not say")
        return text, manifest
    except FileNotFoundError:
        raise BadRecord(f'{path}: is missing; "conformance seal" makes it') from None
    except OSError as error:
        raise BadRecord(f"{path}: cannot be read ({error.strerror})") from None
    except (BadEnvelope, ValueError, KeyError, TypeError) as fault:
        raise BadRecord(f"{path}: is no seal ({type(fault).__name__}: {fault})") from None


def digests(folder: Path) -> dict[str, str]:
    """The digest of every file in a folder except the seal, by its path there. Raises BadRecord for what is no file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise BadRecord(f"{path}: is a link or device; a bundle holds files alone")
        if path.is_file() and name != SEAL:
            found[name] = digest_of_file(path)
    return found


def difference(told: Mapping[str, str], found: Mapping[str, str]) -> str:
    """In what files differ from those that were told, or nothing."""
    odd = {
        "removed": sorted(told.keys() - found.keys()),
        "added": sorted(found.keys() - told.keys()),
        "changed": sorted(name for name in told.keys() & found.keys() if told[name] != found[name]),
    }
    return "; ".join(f"{how}: {', '.join(names)}" for how, names in odd.items() if names)


def text_of(place: str, option: str) -> str:
    """The text that `env:NAME` or the name of a file stands for. Raises UsageError."""
    if place.startswith("env:"):
        if text := os.environ.get(place[4:], ""):
            return text
        raise UsageError(f"{option}: environment variable {place[4:]} is not set")
    try:
        return Path(place).read_text("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{option}: {place} is no text; give PEM, not DER") from None
    except OSError as error:
        raise UsageError(f"{option}: {place} cannot be read ({error.strerror})") from None


def _as_json(manifest: Manifest) -> bytes:
    return as_json(
        {
            "format": FORMAT,
            "run": manifest.run,
            "sealed_at": manifest.sealed_at.isoformat().replace("+00:00", "Z"),
            "files": [{"name": name, "digest": manifest.files[name]} for name in sorted(manifest.files)],
        }
    )


def _told(telling: Mapping[str, Any]) -> str:
    return "; ".join(f"{name} tells {', '.join(slots)}" for name, slots in telling.items())
