"""What a contender is, and ours: the command line of this suite over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@dataclass(frozen=True)
class Finding:
    """What a contender told of a target, in words that stay the same from run to run; or why it told nothing."""

    told: frozenset[str] = frozenset()
    problem: str = ""


class Contender(Protocol):
    """A tool that looks at a running target and tells what is wrong with it."""

    @property
    def name(self) -> str:
        """As it stands in the table."""

    @property
    def names_requirements(self) -> bool:
        """Whether what it tells are ids of our register."""

    def run(self, document: Mapping[str, Any], folder: Path, seed: int) -> Finding:
        """Look at the target of that configuration; `folder` is empty, and its own."""


@dataclass(frozen=True)
class Conformance:
    """`conformance run` with these options; what it tells are the requirements that failed, or were warned about."""

    name: str
    options: tuple[str, ...]
    time_limit_s: float
    names_requirements: bool = True

    def run(self, document: Mapping[str, Any], folder: Path, seed: int) -> Finding:
        (folder / "target.json").write_text(json.dumps(document), "utf-8")
        command = [sys.executable, "-m", "conformance", "run", "target.json", "--quiet", "--report-dir", "report"]
        code = exit_code([*command, "--seed", str(seed), *self.options], folder, self.time_limit_s)
        if code not in (0, 1, 3):  # conformant, non-conformant, inconclusive
            return Finding(problem=broken_off(code))
        return Finding(requirements_told(json.loads((folder / "report" / "results.json").read_text("utf-8"))))


def requirements_told(results: Mapping[str, Any]) -> frozenset[str]:
    """Ids of the requirements that were broken, the SHOULDs among them too."""
    return frozenset(entry["id"] for entry in results["requirements"] if entry["verdict"] in ("fail", "warn"))


def exit_code(command: Sequence[str], folder: Path, time_limit_s: float) -> int | None:
    """Run a command in a folder, its output in `output.txt` there. None when it took longer than that."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMATHESIS_")}
    environment["PYTHONPATH"] = str(ROOT)
    # Hypothesis builds a table of all characters once and keeps it; no run shall pay for it.
    environment["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder.parent / "hypothesis")
    with (folder / "output.txt").open("wb") as output:
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=time_limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
    return done.returncode


def broken_off(code: int | None) -> str:
    return "time limit" if code is None else f"exit code {code}"
