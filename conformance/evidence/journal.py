"""The journal of a run that is under way, from which a run that was broken off can be resumed.

It holds every exchange as it was, as soon as it was made, and so it is a diary: only the secrets of the configuration
open it. It lies in the report folder until the run is complete or sealed.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from conformance.crypto.diaries import SALT_BYTES, Diary, Unreadable
from conformance.data import spec_digest, suite_digest
from conformance.errors import UsageError
from conformance.transport.recorder import Exchange, exchange_of, full_line

if TYPE_CHECKING:
    from conformance.evidence.attempts import Ledger
    from conformance.transport.redaction import Redactor

FORMAT = "conformance-journal/1"
JOURNAL = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Begun:
    """What a run was begun with; all but `run` and `started` must be the same when it is resumed."""

    run: str
    started: datetime
    contract: str
    configuration: str  # digests, as in the ledger
    suite: str
    specs: str
    options: Mapping[str, Any]  # those that decide which requests are sent, by the names of the command line

    @classmethod
    def now(cls, run: str, started: datetime, contract_id: str, ledger: Ledger, options: Mapping[str, Any]) -> Begun:
        """As this version of the suite begins a run."""
        configuration = f"{ledger.target} {ledger.configuration}"
        return cls(
            run, started, contract_id, configuration, suite_digest(contract_id), spec_digest(contract_id), options
        )


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What a run that was broken off left: its exchanges, and secrets that it made, as pairs of slot and value."""

    begun: Begun
    exchanges: tuple[Exchange, ...]
    secrets: tuple[tuple[str, str], ...]


@dataclass
class Journal:
    """Takes down what happens, each thing at once; without a file nothing."""

    diary: Diary
    file: TextIO | None
    place: int
    redactor: Redactor
    _told: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def exchange(self, exchange: Exchange) -> None:
        """Take down an exchange, and before it the secrets that were told since the last one."""
        with self._lock:
            for value, slot in self.redactor.secrets().items():
                if value not in self._told:
                    self._told.add(value)
                    self._line({"secret": [slot, value]})
            self._line({"exchange": full_line(exchange)})

    def done(self, check: str) -> None:
        """Note that a check, by id and version, is over."""
        with self._lock:
            self._line({"done": check})

    def end(self, *, is_kept: bool) -> None:
        """Close it; a run that is complete needs none."""
        self.close()
        if self.file is not None and not is_kept:
            Path(self.file.name).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing more is taken down."""
        if self.file is not None:
            self.file.close()

    def _line(self, entry: dict[str, Any]) -> None:
        if self.file is None:
            return
        self.file.write(self.diary.sealed(self.place, json.dumps(entry)) + "\n")
        self.file.flush()  # it outlives the process then
        self.place += 1


def begin(folder: Path, begun: Begun, redactor: Redactor, *, is_kept: bool) -> Journal:
    """A new journal in a report folder; none where the run cannot be resumed anyway."""
    salt = os.urandom(SALT_BYTES)
    diary = Diary(redactor.secrets(), salt)
    (folder / JOURNAL).unlink(missing_ok=True)
    if not is_kept:
        return Journal(diary, None, 0, redactor)
    file = (folder / JOURNAL).open("w", encoding="ascii")
    head = {
        "format": FORMAT,
        "salt": salt.hex(),
        "run": begun.run,
        "started": begun.started.isoformat(),
        "contract": begun.contract,
        "configuration": begun.configuration,
        "suite": begun.suite,
        "specs": begun.specs,
        "options": begun.options,
        "check": diary.sealed(0, ""),
    }
    file.write(json.dumps(head) + "\n")
    file.flush()
    return Journal(diary, file, 1, redactor)


def go_on(
    folder: Path, due: Begun, redactor: Redactor, longest: timedelta | None, alone: Set[str]
) -> tuple[TakenUp, Journal]:
    """Take up the run that was broken off in a report folder, and go on with its journal.

    Of checks that are carried out `alone`, by id and version, only what is over is taken up.

    Raises UsageError, in one line, where there is none, where it was begun with something else than is `due`, or
    longer ago than `longest`; None says that no run of this contract can be resumed.
    """
    path = folder / JOURNAL
    if longest is None:
        raise UsageError(f"--resume: what a run of {due.contract} does cannot be taken up again; begin anew")
    try:
        lines = path.read_text("ascii").split("\n")[:-1]  # the last one may have been broken off
        head = json.loads(lines[0])
        if head["format"] != FORMAT:
            raise UsageError(f"--resume {folder}: {JOURNAL} has the format {head['format']}; this version has {FORMAT}")
        names = ("contract", "configuration", "suite", "specs", "options")
        started = datetime.fromisoformat(head["started"])
        begun = Begun(str(head["run"]), started, *(head[name] for name in names))
        diary = Diary(redactor.secrets(), bytes.fromhex(head["salt"]))
    except FileNotFoundError:
        raise UsageError(f"--resume {folder}: holds no run that was broken off") from None
    except (OSError, ValueError, KeyError, TypeError, IndexError) as fault:
        raise UsageError(f"--resume {folder}: {JOURNAL} cannot be read ({type(fault).__name__})") from None
    if said := _difference(begun, due, longest):
        raise UsageError(f"--resume {folder}: {said}")
    try:
        diary.opened(0, head["check"])
    except Unreadable:
        raise UsageError(f"--resume {folder}: begun with other secrets; give the same configuration") from None
    try:
        entries = [json.loads(diary.opened(place, line)) for place, line in enumerate(lines[1:], 1)]
    except Unreadable as fault:
        raise UsageError(f"--resume {folder}: {JOURNAL} was changed at {fault}; begin anew") from None
    file = path.open("r+", encoding="ascii")
    file.seek(sum(len(line) + 1 for line in lines))
    file.truncate()
    done = {entry["done"] for entry in entries if "done" in entry}
    seen = (exchange_of(entry["exchange"]) for entry in entries if "exchange" in entry)
    missing = alone - done
    # What got no answer is asked again; and what is done alone, such as a burst, is done in one go.
    exchanges = tuple(one for one in seen if one.reply is not None and one.place.partition("#")[0] not in missing)
    secrets = tuple(
        (str(slot), str(value)) for slot, value in (entry["secret"] for entry in entries if "secret" in entry)
    )
    return TakenUp(begun, exchanges, secrets), Journal(diary, file, len(lines), redactor)


def _difference(begun: Begun, due: Begun, longest: timedelta) -> str:
    """With what else a run was begun, or nothing."""
    if begun.contract != due.contract:
        return f"begun for {begun.contract}, not for {due.contract}"
    if (begun.suite, begun.specs) != (due.suite, due.specs):
        return "begun by another version of the suite; begin anew"
    for name, value in due.options.items():
        if begun.options.get(name) != value:
            return f"begun with --{name} {_shown(begun.options.get(name))}, not {_shown(value)}; give the same"
    if begun.configuration != due.configuration:
        return "begun with another configuration; give the same"
    if due.started - begun.started > longest:
        return f"begun at {begun.started:%Y-%m-%d %H:%M} UTC; after {longest} its moment is too far; begin anew"
    return ""


def _shown(value: Any) -> str:
    return " ".join(value) or "nothing" if isinstance(value, list) else str(value or "nothing")
