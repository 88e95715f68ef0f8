"""pytest as a bank's QA calls it: a process of its own, in a folder of its own, with the front door installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from conformance.contracts import contract
from conformance.contracts.kz_accounts.provider import Provider
from conformance.serving import served

ROOT = Path(__file__).resolve().parent.parent
HANG_GUARD_S = 240
KZ = contract("kz-accounts")


@dataclass(frozen=True)
class Said:
    """What one pytest session left behind."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


class QA:
    """A folder with bank.json in it, and pytest called there."""

    def __init__(self, folder: Path, document: Mapping[str, Any]) -> None:
        self.folder = folder
        self.document = document
        (folder / "bank.json").write_text(json.dumps(document), "utf-8")
        # The entry point as an installed distribution has it, also where tests run in a checkout.
        site = folder / "site"
        metadata = site / "front_door-0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: front-door\nVersion: 0\n", "utf-8")
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        lines = [f"{name} = {module}" for name, module in project["entry-points"]["pytest11"].items()]
        (metadata / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]), "utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV", "TOX"))}
        self._environment = {**kept, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)]), "COLUMNS": "200"}

    def pytest(self, *words: str, config: str | None = "bank.json", **environment: str) -> Said:
        """Call pytest in the folder; what it leaves goes to `out`."""
        door = ["--conformance", config, "--conformance-report-dir", "out"] if config else []
        done = subprocess.run(
            # Its cost is none of ours, and its plugin is not needed.
            [sys.executable, "-m", "pytest", "-p", "no:schemathesis", *door, *words],
            cwd=self.folder,
            env={**self._environment, **environment},
            capture_output=True,
            text=True,
            timeout=HANG_GUARD_S,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def results(self) -> dict[str, Any]:
        """The results.json that the session left."""
        found: dict[str, Any] = json.loads((self.folder / "out" / "results.json").read_text("utf-8"))
        return found

    def junit(self, name: str = "junit.xml") -> dict[str, str]:
        """The outcome of each case by its name, as pytest's own junit.xml has it."""
        cases = ElementTree.parse(self.folder / name).iter("testcase")
        return {str(case.get("name")): outcome_of(case) for case in cases}


def outcome_of(case: ElementTree.Element) -> str:
    for tag in ("failure", "error", "skipped"):
        if case.find(tag) is not None:
            return tag
    return "passed"


@contextmanager
def a_bank(folder: Path, provider_class: type[Any] = Provider, **changes: Any) -> Iterator[QA]:
    """A served provider, and QA with a configuration for it in which those tables are changed."""
    stand = KZ.stand(provider_class=provider_class, requests_per_second=1000)
    with served(stand.provider) as url:
        document = {**stand.configuration(url), "limits": {"max_rps": 1000}, "rate_limit": {"probe": False}}
        yield QA(folder, {**document, **changes})
