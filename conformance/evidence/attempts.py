"""The ledger of attempts: every run against a target leaves its lines here, so that the last of twelve shows as such.

It lies beside the report folders. A line stands when a run begins and another when it ends: a run that was broken off
when it went badly is an attempt as well. The lines of one target are a chain, each naming the digest of the one before;
other settings of the same target do not begin it anew. Whoever owns the folder can begin a new ledger: it shows what
happened to those who keep it, and its first line shows how far back it goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

from conformance.errors import BadRecord, UsageError

with suppress(ImportError):  # no such module on Windows, where two runs at once may break the chain
    import fcntl

LEDGER = "attempts.jsonl"
BEGUN, RESUMED, ENDED = "begun", "resumed", "ended"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The attempts of one target in the file at `path`.

    `target` and `configuration` are digests; nothing else of a configuration is written.
    """

    path: Path
    target: str
    configuration: str

    def begin(self, run: str) -> None:
        """Note that a run begins. Raises UsageError or BadRecord where that cannot be noted."""
        self._append(run, {"event": BEGUN})

    def resume(self, run: str) -> None:
        """Note that a run that was broken off goes on. Raises as `begin`."""
        self._append(run, {"event": RESUMED})

    def end(self, run: str, verdict: str, results: str) -> None:
        """Note how a run ended; `results` is the digest of its results.json."""
        self._append(run, {"event": ENDED, "verdict": verdict, "results": results})

    def lines(self) -> list[str]:
        """The lines of this target, oldest first."""
        with self._opened() as file:
            return self._own(file)

    def _append(self, run: str, event: dict[str, str]) -> None:
        with self._opened() as file:
            own = self._own(file)
            entry = {
                "n": len(own) + 1,
                "previous": digest(own[-1]) if own else "",
                "target": self.target,
                "configuration": self.configuration,
                "run": run,
                "at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
                **event,
            }
            file.write(json.dumps(entry) + "\n")

    def _own(self, file: TextIO) -> list[str]:
        file.seek(0)
        lines = file.read().splitlines()
        try:
            return [line for line in lines if json.loads(line)["target"] == self.target]
        except (ValueError, KeyError, TypeError):
            raise BadRecord(f"{self.path}: is no ledger of attempts; move it away to begin a new one") from None

    @contextmanager
    def _opened(self) -> Iterator[TextIO]:
        try:
            with self.path.open("a+", encoding="utf-8") as file:
                with suppress(NameError):
                    fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
                yield file
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be written ({error.strerror}); give another --report-dir") from None


def digest(line: str) -> str:
    """By which the next line names this one."""
    return f"sha256:{sha256(line.encode('utf-8')).hexdigest()}"


def break_in(lines: Sequence[str]) -> str:
    """What is wrong with a chain of lines, or nothing."""
    previous = ""
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            fits = (entry["n"], entry["previous"]) == (number, previous)
        except (ValueError, KeyError, TypeError):
            fits = False
        if not fits:
            return f"attempt line {number} does not follow from the one before"
        previous = digest(line)
    return ""


def attempts(lines: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Each run of the lines with the last that was said about it, oldest first."""
    return {entry["run"]: entry for entry in map(json.loads, lines)}
