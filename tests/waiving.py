"""What tests of waivers share: a desk with a broken provider, its configuration and files of waivers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.contracts import contract
from conformance.crypto.keys import new_private_key
from conformance.evidence.waivers import FORMAT
from conformance.serving import served
from tests.papers import faults_of
from tests.test_cli import Said, Shell

KZ = contract("kz-accounts")
REQUIREMENT = "KZA-WINDOW-04"
CHECK = next(check.id for check in KZ.checks if check.requirement == REQUIREMENT)
TODAY = datetime.now(UTC).date()
SELECTION = ("--only", REQUIREMENT, "--only", "KZA-DATES")


class Desk:
    """A broken provider, its configuration, and files of waivers beside it."""

    def __init__(self, shell: Shell, folder: Path, url: str, config: Path) -> None:
        self._shell = shell
        self.folder, self.url, self.config = folder, url, config
        self.reports = 0

    def entry(self, *failures: str, **changes: Any) -> dict[str, Any]:
        entry = {
            "requirement": REQUIREMENT,
            "target": self.url,
            "reason": "the core system is replaced in May",
            "approver": "Operator, onboarding board",
            "ticket": "OB-17",
            "expires": TODAY + timedelta(days=30),
            "failures": list(failures),
            **changes,
        }
        return {name: value for name, value in entry.items() if value is not None}

    def file(self, *entries: dict[str, Any], **changes: Any) -> Path:
        path = self.folder / "accepted.toml"
        document = {"format": FORMAT, "contract": "kz-accounts", "waiver": list(entries), **changes}
        path.write_text(tomli_w.dumps(document), "utf-8")
        return path

    def signed(self, *entries: dict[str, Any], alg: str = "ES256") -> tuple[Path, Path]:
        """The signed file, and the public key for it."""
        key = new_private_key(alg)
        private, public = self.folder / "key.pem", self.folder / "public.pem"
        private.write_bytes(key.export_to_pem(private_key=True, password=None))
        public.write_bytes(key.export_to_pem())
        said = self._shell("waive", self.file(*entries), "--key", private)
        assert said.code == 0, said
        return self.folder / "accepted.jws", public

    def run(self, *words: str | Path, selection: tuple[str, ...] = SELECTION) -> tuple[Said, dict[str, Any]]:
        self.reports += 1
        report = self.folder / f"report-{self.reports}"
        said = self._shell("run", self.config, *selection, "--report-dir", report, *words)
        results = report / "results.json"
        document = json.loads(results.read_text("utf-8")) if results.exists() else {}
        if document:
            assert faults_of(document) == []
        return said, document

    @property
    def report(self) -> Path:
        return self.folder / f"report-{self.reports}"

    def failures(self) -> list[str]:
        """The fingerprints that a run without any acceptance shows."""
        said, document = self.run()
        assert said.code == 1
        return fingerprints(document)


def fingerprints(document: dict[str, Any]) -> list[str]:
    return [check["fingerprint"] for check in document["checks"] if "fingerprint" in check]


def verdict_of(document: dict[str, Any], requirement: str = REQUIREMENT) -> str:
    return str(next(entry["verdict"] for entry in document["requirements"] if entry["id"] == requirement))


@pytest.fixture
def desk_of(conformance: Shell, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Serves a provider, on one address for the whole test, and gives a desk for it."""
    closing = []

    def open_desk(provider_class: type[Any] | None = None, *, rate_limit: dict[str, Any] | None = None) -> Desk:
        chosen = provider_class or KZ.defects()["AcceptsYearLongWindows"]
        stand = KZ.stand(provider_class=chosen, requests_per_second=1000)
        context = served(stand.provider)
        url = context.__enter__()
        closing.append(context)
        config = tmp_path / "conformance.json"
        document = {**stand.configuration(url), "rate_limit": rate_limit or {"probe": False}}
        config.write_text(json.dumps(document), "utf-8")
        return Desk(conformance, tmp_path, url, config)

    yield open_desk
    for context in closing:
        context.__exit__(None, None, None)


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:
    return desk_of()
