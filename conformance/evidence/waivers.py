"""Waivers and known issues: which failures are accepted, by whom, until when, and the signature under that.

Both have one form. A waiver is signed, and counts in a certification; a known issue is not, and keeps nightly CI quiet.
Each entry names one requirement or one check, one target, and the very failures, by their fingerprints.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.crypto.compact import BadEnvelope, as_json
from conformance.crypto.jws import read
from conformance.crypto.signing import Trusted, signature_of, signed, trusted
from conformance.errors import NotTrusted, UnacceptableWaiver, UsageError
from conformance.reporting.fingerprint import FINGERPRINT

if TYPE_CHECKING:
    from conformance.engine.contract import Contract
    from conformance.transport.redaction import Redactor

FORMAT = "conformance-waivers/1"
TYPE = "conformance-waivers+jws"
_TEXTS = ("target", "reason", "approver", "ticket")
_MEMBERS = ("requirement", "check", *_TEXTS, "expires", "failures")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted failure, or several of one requirement or check; either of those two is empty.

    `expires` is the last day, by UTC. `failures` are fingerprints as results.json has them.
    """

    requirement: str
    check: str
    target: str
    reason: str
    approver: str
    ticket: str
    expires: date
    failures: tuple[str, ...]

    @property
    def subject(self) -> str:
        return self.requirement or self.check

    def as_json(self) -> dict[str, Any]:
        """As it stands in a signed object and in results.json."""
        members = {name: value for name, value in asdict(self).items() if value}
        return {**members, "expires": self.expires.isoformat(), "failures": list(self.failures)}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Waiver:
        """An entry that was checked before."""
        texts = {name: str(entry.get(name, "")) for name in ("requirement", "check", *_TEXTS)}
        return cls(**texts, expires=date.fromisoformat(entry["expires"]), failures=tuple(entry["failures"]))


def read_known_issues(path: Path) -> dict[str, Any]:
    """The document of an unsigned file. Raises UsageError."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise UsageError(f"{path}: not TOML: {error}") from None


def read_signed(path: Path, trusted_pem: Path) -> tuple[dict[str, Any], str]:
    """The document of a signed file, and the signed object itself. Raises UsageError."""
    text = _text(path).strip()
    return verified(text, [trusted(_text(trusted_pem), str(trusted_pem))], str(path)), text


def verified(text: str, anchors: Iterable[Trusted], name: str = "waivers") -> dict[str, Any]:
    """The document under a signature of somebody trusted. Raises UsageError, naming `name`, where there is none."""
    try:
        signature_of(text, anchors, datetime.now(UTC))
        found = read(text)
        document = json.loads(found.payload)
    except (NotTrusted, BadEnvelope, ValueError) as fault:
        raise UsageError(
            f"{name}: not signed by the trusted key ({fault}); conformance waive FILE.toml --key KEY.pem signs waivers"
        ) from None
    if found.header.get("typ") != TYPE or not isinstance(document, dict):
        raise UsageError(f"{name}: signed, but no waivers")
    return document


def signed_waivers(document: Mapping[str, Any], contract: Contract, key_pem: Path, today: date) -> str:
    """The waivers of a document as a compact JWS. Raises UnacceptableWaiver or KeyFileError."""
    waivers = checked(document, contract, today=today)
    payload = {"format": FORMAT, "contract": contract.id, "waiver": [waiver.as_json() for waiver in waivers]}
    return signed(as_json(payload), _text(key_pem), str(key_pem), typ=TYPE)


def checked(
    document: Mapping[str, Any],
    contract: Contract,
    *,
    today: date,
    base_url: str | None = None,
    redactor: Redactor | None = None,
    name: str = "waivers",
) -> tuple[Waiver, ...]:
    """The entries of a document, for a run against `base_url` where that is given.

    Raises UnacceptableWaiver with a line for each entry that is incomplete, expired, too broad, for another target, or
    that holds a secret.
    """
    entries = document.get("waiver")
    lines = []
    if document.get("format") != FORMAT:
        lines.append(f'{name}: format: say format = "{FORMAT}"')
    if document.get("contract") != contract.id:
        lines.append(f'{name}: contract: is {document.get("contract")!r}; this is about "{contract.id}"')
    if unknown := sorted(set(document) - {"format", "contract", "waiver"}):
        lines.append(f"{name}: {unknown[0]}: unknown key; entries are tables [[waiver]]")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        lines.append(f"{name}: holds no table [[waiver]]")
        entries = []
    for number, entry in enumerate(entries, 1):
        told = entry.get("requirement") or entry.get("check")
        label = f"{name}: {told if isinstance(told, str) else f'entry {number}'}"
        lines += [f"{label}: {fault}" for fault in _faults(entry, contract, today, base_url, redactor)]
    if lines:
        raise UnacceptableWaiver(lines)
    return tuple(Waiver.from_json({**entry, "expires": str(entry["expires"])}) for entry in entries)


def _faults(
    entry: Mapping[str, Any],
    contract: Contract,
    today: date,
    base_url: str | None,
    redactor: Redactor | None,
) -> Iterator[str]:
    if unknown := sorted(set(entry) - set(_MEMBERS)):
        yield f"{unknown[0]}: unknown key; known: {', '.join(_MEMBERS)}"
    yield from _faults_of_subject(entry, contract)
    yield from _faults_of_target(entry.get("target"), base_url)
    for name in ("reason", "approver", "ticket"):
        text = entry.get(name)
        if not isinstance(text, str) or not text.strip():
            yield f"{name}: is missing"
    if redactor is not None:
        texts = {name: value for name, value in entry.items() if isinstance(value, str)}
        yield from (
            f"{name}: holds a secret or personal data, which would be published"
            for name, text in texts.items()
            if redactor.prose(text) != text
        )
    yield from _faults_of_time(entry.get("expires"), today)
    failures = entry.get("failures")
    if not isinstance(failures, list) or not failures:
        yield "failures: too broad: name the fingerprints of the failures, as results.json has them"
    elif wrong := [value for value in failures if not isinstance(value, str) or not FINGERPRINT.fullmatch(value)]:
        yield f"failures: {wrong[0]!r} is no fingerprint, such as check:0123456789abcdef"


def _faults_of_subject(entry: Mapping[str, Any], contract: Contract) -> Iterator[str]:
    named = [name for name in ("requirement", "check") if name in entry]
    if len(named) != 1:
        yield "too broad: names both a requirement and a check" if named else "names no requirement and no check"
        return
    (kind,) = named
    value = entry[kind]
    known: Collection[str] = (
        [requirement.id for requirement in contract.register]
        if kind == "requirement"
        else [check.id for check in contract.checks]
    )
    if not isinstance(value, str) or any(mark in value for mark in ",;* \t\n"):
        yield f"{kind}: too broad: name one, by its whole id"
    elif value not in known:
        longer = [name for name in known if value and name.startswith(value)]
        if longer or not value:
            yield f"{kind}: too broad: a prefix of {len(longer or known)}, such as {(longer or list(known))[0]}"
        else:
            near = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
            yield f"{kind}: there is none of that id" + (f'; did you mean "{near[0]}"?' if near else "")


def _faults_of_target(target: object, base_url: str | None) -> Iterator[str]:
    if not isinstance(target, str) or not target.strip():
        yield "target: too broad: names no target; give its base_url"
    elif "*" in target or not urlsplit(target).hostname:
        yield "target: too broad: give the whole base_url of one target"
    elif base_url is not None and _address(target) != _address(base_url):
        yield f"target: unused: it is for {target}, and this run is against {base_url}"


def _faults_of_time(value: object, today: date) -> Iterator[str]:
    try:
        last = date.fromisoformat(str(value))  # a moment of TOML is no day, and not taken for one
    except ValueError:
        yield "expires: give the last day, such as 2026-12-31"
        return
    if last < today:
        yield f"expires: expired on {last.isoformat()}"


def _address(base_url: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(base_url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme.lower())
    return parts.scheme.lower(), (parts.hostname or "").lower(), port, parts.path.rstrip("/")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8") from None
