"""One certification: from a configuration to a folder of results and an exit code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from conformance.config import Configuration
from conformance.crypto.certificates import key_of
from conformance.crypto.letters import letter
from conformance.doctor.examination import Doctor, environment
from conformance.engine.contract import Contract, FuzzPlan
from conformance.engine.finding import Finding, Severity
from conformance.engine.run import FUZZ, INTERRUPTED, CheckResult, Outcome, Run, Selection
from conformance.engine.verdict import RunVerdict, Verdict
from conformance.errors import DoctorStopped, TargetUnreachable, UnknownName, UsageError
from conformance.evidence.accepting import Accepted, stale, verdict_beside_known, with_accepted
from conformance.evidence.attempts import LEDGER, Ledger
from conformance.evidence.bundle import BUNDLE, FULL_EXCHANGES, JUNIT, REPORT, leave_bundle, leave_letter, ledger_of
from conformance.evidence.journal import Begun, Journal, begin, go_on
from conformance.evidence.record import EXCHANGES, FUZZ_REQUESTS, RECORD, RESULTS, leave_record
from conformance.evidence.waivers import Waiver, checked, read_known_issues, read_signed
from conformance.reporting.allure import FOLDER as ALLURE
from conformance.reporting.allure import require_allure, write_allure
from conformance.reporting.findings import FINDINGS, findings_json
from conformance.reporting.html import write_html
from conformance.reporting.junit import write_junit
from conformance.reporting.results import RunFacts, results_document, write_json
from conformance.reporting.terminal import Progress
from conformance.serving import ServedReception
from conformance.transport.channel import Channel, Stopped
from conformance.transport.http import HttpTransport, transport_to
from conformance.transport.recorder import Exchange, Recorder
from conformance.transport.redaction import Redactor
from conformance.transport.replay import Resumption
from conformance.transport.timing import RealTimer

PARTIAL_EVERY_S = 2.0


class Exit(IntEnum):
    """Exit codes that other programs rely on."""

    CONFORMANT = 0
    NON_CONFORMANT = 1
    USAGE = 2
    INCONCLUSIVE = 3
    UNREACHABLE = 4
    SUITE_ERROR = 5
    WAIVER = 6
    INTERRUPTED = 130


@dataclass(frozen=True)
class Options:
    """What the command line decides beyond the configuration."""

    report_dir: Path
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    workers: int = 4
    max_rps: float | None = None
    seed: int = 7
    time_limit_s: float | None = None
    fuzz: str = "off"
    replay: Path | None = None
    yes_production: bool = False
    skip_doctor: bool = False
    waivers: Path | None = None
    waiver_trust: Path | None = None
    known_issues: Path | None = None
    allure: bool = False
    resume: bool = False

    @property
    def decisive(self) -> dict[str, Any]:
        """What decides which requests are sent, by the names of the command line."""
        replay = str(self.replay or "")
        return {
            "seed": self.seed,
            "only": [*self.only],
            "skip": [*self.skip],
            "fuzz": self.fuzz,
            "replay": replay,
        }

    @property
    def fuzz_plan(self) -> FuzzPlan | None:
        """None where fuzzing is off; a list to replay switches it on."""
        if self.fuzz == "off" and self.replay is None:
            return None
        return FuzzPlan("standard" if self.fuzz == "off" else self.fuzz, self.seed, self.replay)


@dataclass
class Certification:
    """A run against one target over HTTP, with everything it leaves in `options.report_dir`.

    Raises UsageError or UnacceptableWaiver before anything is sent when an option names nothing or cannot be used,
    DoctorStopped or another TargetUnreachable when no verdict could be had. `told` is called with what the doctor
    found, before any check. `report` is called with the results and why the run was stopped, before the last look for
    secrets: that is also at what was `said` on the terminal by then.
    """

    contract: Contract
    declaration: Configuration
    options: Options
    quiet: bool = False
    lang: str = "en"
    told: Callable[[Sequence[Finding]], None] = lambda findings: None
    report: Callable[[Certification, str], None] = lambda certification, stop_reason: None
    said: Callable[[], str] = str
    redactor: Redactor = field(init=False)
    document: dict[str, Any] = field(default_factory=dict, init=False)
    leaks: list[str] = field(default_factory=list, init=False)
    accepted: Accepted = field(init=False)

    def __post_init__(self) -> None:
        self.selection = Selection(self.options.only, self.options.skip)
        _names_something(self.contract, self.selection)
        if FUZZ in self.options.only and self.options.fuzz_plan is None:
            raise UsageError("--only fuzz needs a budget: --fuzz quick, standard or deep; or a list: --replay FILE")
        if (operator_key := self.declaration.evidence.operator_key) is not None:
            letter(b"", key_of(operator_key, "evidence.operator_key"))  # told now rather than after the run
        if self.options.allure:
            require_allure()
        self.redactor = self.contract.privacy(self.declaration).redactor()
        self.progress = Progress(self.redactor, quiet=self.quiet, lang=self.lang)
        self.started = datetime.now(UTC)
        self.accepted = self._read_accepted()
        self.run_id = str(uuid.uuid4())

    def conduct(self) -> Outcome:
        """Probe the target, run every selected check, leave a bundle in the report folder and a line beside it."""
        ledger = ledger_of(self.options.report_dir.absolute().parent / LEDGER, self.contract, self.declaration)
        with closing(transport_to(self.declaration, self.options.workers)) as transport:
            seen, journal = self._begun(ledger)
            with closing(journal):
                return self._conducted(transport, ledger, seen, journal)

    def _conducted(
        self, transport: HttpTransport, ledger: Ledger, seen: Sequence[Exchange], journal: Journal
    ) -> Outcome:
        limits = self.declaration.limits
        timer = RealTimer()
        is_called = self.declaration.role in self.contract.attend
        folder = self.options.report_dir
        try:
            if self.options.skip_doctor and not is_called:
                raise_if_stopped(list(environment(self.declaration.target.base_url, self.options.yes_production)))
                transport.reach()
            with (folder / EXCHANGES).open("w", encoding="utf-8") as sink:
                recorder = Recorder(self.redactor, sink, journal.exchange)
                self.channel = Resumption(
                    seen,
                    transport,
                    recorder,
                    timer=timer,
                    max_rps=self.options.max_rps or limits.max_rps,
                    in_flight=self.options.workers,
                    reception=ServedReception(address) if (address := self.declaration.listens_at) else None,
                )
                self.run = Run(
                    self.contract,
                    self.declaration,
                    self.channel,
                    recorder,
                    now=self.started.replace(microsecond=0),
                    seed=self.options.seed,
                    workers=self.options.workers,
                    selection=self.selection,
                    time_limit_s=self.options.time_limit_s,
                    fuzz=self.options.fuzz_plan,
                    listener=partial(self._one_more, journal),
                    announce=self.progress.announce,
                )
                with _first_interrupt_stops(self.channel), self.progress:
                    with suppress(Stopped):  # then every check ends without a request, and the results say so
                        if self.options.skip_doctor or is_called:
                            self.run.probe()
                        else:
                            self._see_doctor(transport)
                    (ledger.resume if self.options.resume else ledger.begin)(self.run_id)
                    self._write(self.run.settled_so_far())  # a run that is killed leaves what it has
                    self.progress.start(len(self.run.planned), fuzz_after=self._checks_before_fuzzing())
                    self._written_at = time.monotonic()
                    outcome = self.run.execute()
                    self._write(outcome)
        except TargetUnreachable as fault:
            journal.end(is_kept=self.options.resume)
            raise type(fault)(self.redactor.prose(str(fault))) from None  # it may quote a request or an answer
        leave_record(folder, self.run, recorder)
        write_junit(folder / JUNIT, self.document)
        with (folder / EXCHANGES).open(encoding="utf-8") as lines:
            exchanges = map(json.loads, lines)
            write_html(
                folder / REPORT,
                self.document,
                self.contract,
                exchanges,
                lang=self.lang,
                stop_reason=self.redactor.prose(outcome.stop_reason),
            )
        if self.options.allure:
            with (folder / EXCHANGES).open(encoding="utf-8") as lines:
                write_allure(folder, self.document, map(json.loads, lines))
        if self.declaration.evidence.operator_key is not None:
            leave_letter(folder, recorder, self.declaration.evidence.operator_key)
        self.report(self, self.redactor.prose(outcome.stop_reason))
        self.leaks = leave_bundle(folder, self.run, self.redactor, ledger, self.lang, self.said())
        journal.end(is_kept=bool(outcome.stop_reason))
        return outcome

    @property
    def stale(self) -> list[str]:
        """A line for each waiver or known issue that had no use in the run."""
        return stale(self.document, self.accepted)

    def exit_code(self, outcome: Outcome) -> Exit:
        """What a calling program is told. An interrupt always says so; a proven failure outranks the rest.

        A failure that is waived or known is none here; one that is no longer there must be taken out of its file.
        """
        verdict = verdict_beside_known(self.document) if self.accepted else outcome.verdict
        if outcome.stop_reason == INTERRUPTED:
            return Exit.INTERRUPTED
        if verdict is RunVerdict.NON_CONFORMANT:
            return Exit.NON_CONFORMANT
        if outcome.fuzz.is_error or any(result.verdict is Verdict.ERROR for result in outcome.checks):
            return Exit.SUITE_ERROR
        if self.channel.is_lost:
            return Exit.UNREACHABLE
        if self.stale:
            return Exit.WAIVER
        return Exit.CONFORMANT if verdict is RunVerdict.CONFORMANT else Exit.INCONCLUSIVE

    def _read_accepted(self) -> Accepted:
        """Waivers and known issues, checked before anything is sent."""
        options, base_url = self.options, self.declaration.target.base_url

        def entries(document: dict[str, Any], path: Path) -> tuple[Waiver, ...]:
            today = self.started.date()
            return checked(
                document, self.contract, today=today, base_url=base_url, redactor=self.redactor, name=str(path)
            )

        waivers: tuple[Waiver, ...] = ()
        known: tuple[Waiver, ...] = ()
        signed = ""
        if options.waivers is not None:
            if options.waiver_trust is None:
                raise UsageError("--waivers needs --waiver-trust PUBLIC.pem: the key of who may waive")
            document, signed = read_signed(options.waivers, options.waiver_trust)
            waivers = entries(document, options.waivers)
        if options.known_issues is not None:
            known = entries(read_known_issues(options.known_issues), options.known_issues)
        return Accepted(waivers, signed, known)

    def _see_doctor(self, transport: HttpTransport) -> None:
        """Look before any verdict; what was found is left in the report folder. Raises DoctorStopped."""
        doctor = Doctor(
            self.contract,
            self.declaration,
            transport,
            self.redactor,
            self.run.now,
            production_allowed=self.options.yes_production,
            max_rps=self.options.max_rps,
        )
        self.channel.when_stopped(doctor.channel.stop)
        findings = doctor.examine()
        write_json(self.options.report_dir / FINDINGS, findings_json(findings))
        self.told(findings)
        raise_if_stopped(findings)

    def _checks_before_fuzzing(self) -> int | None:
        """After how many checks the fuzzing begins; None without any."""
        if self.options.fuzz_plan is None or not self.selection.wants_fuzz:
            return None
        return sum(not item.exclusive for item, _ in self.run.planned)

    def _begun(self, ledger: Ledger) -> tuple[Sequence[Exchange], Journal]:
        """A new run in the report folder, or one that goes on; with what that one has seen. Raises UsageError."""
        options, folder = self.options, self.options.report_dir
        begun = Begun.now(self.run_id, self.started, self.contract.id, ledger, options.decisive)
        if not options.resume:
            _made(folder, options.replay)
            return (), begin(folder, begun, self.redactor, is_kept=self.contract.resumable_for is not None)
        alone = {
            f"{one.id}@{version}" for one in self.contract.checks if one.exclusive for version in self.contract.versions
        }
        taken, journal = go_on(folder, begun, self.redactor, self.contract.resumable_for, alone)
        _made(folder, options.replay, is_resumed=True)
        self.run_id, self.started = taken.begun.run, taken.begun.started
        for slot, value in taken.secrets:
            self.redactor.add_secret(slot, value)
        return taken.exchanges, journal

    def _one_more(self, journal: Journal, result: CheckResult) -> None:
        """After each check: progress, and every other second the results so far, so that a killed run leaves them."""
        if self.channel.stop_reason is None:
            journal.done(f"{result.check.id}@{result.version}")
        self.progress(result)
        if time.monotonic() - self._written_at > PARTIAL_EVERY_S:
            self._written_at = time.monotonic()
            self._write(self.run.settled_so_far())

    def _write(self, outcome: Outcome) -> None:
        facts = RunFacts.of(self.run, self.channel.counters, self.run_id, self.started, datetime.now(UTC))
        document = results_document(facts, self.contract, self.declaration, outcome, self.redactor)
        self.document = with_accepted(document, self.accepted)
        write_json(self.options.report_dir / RESULTS, self.document)


def raise_if_stopped(findings: Sequence[Finding]) -> None:
    """Raises DoctorStopped with the first finding that stops."""
    stops = [finding for finding in findings if finding.severity is Severity.STOPS]
    if stops:
        raise DoctorStopped(str(stops[0]))


def default_report_dir(contract_id: str) -> Path:
    """`reports/<timestamp>-<contract>`, by the clock of this machine."""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    return Path("reports") / f"{stamp}-{contract_id}"


def _made(folder: Path, kept: Path | None = None, *, is_resumed: bool = False) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--report-dir {folder}: cannot be made ({error.strerror}); give another folder") from None
    if not os.access(folder, os.W_OK):
        raise UsageError(f"--report-dir {folder}: cannot be written; give another folder")
    # An older verdict must not outlive a run that brings none; a list that is to be replayed may lie there.
    left = [RECORD, RESULTS, FINDINGS, JUNIT, REPORT, FUZZ_REQUESTS, BUNDLE, FULL_EXCHANGES]
    if is_resumed:
        left.remove(RESULTS)  # they are part of what goes on
    for path in (*(folder / name for name in left), *folder.glob(".*.tmp")):
        if kept is None or path.resolve() != kept.resolve():
            path.unlink(missing_ok=True)
    if (folder / ALLURE).is_dir():
        shutil.rmtree(folder / ALLURE)


def _names_something(contract: Contract, selection: Selection) -> None:
    """Every --only and --skip must hit a check, or a typing slip would read as a verdict."""
    checks = contract.checks
    names = [entry.requirement for entry in checks] + [entry.id for entry in checks]
    for pattern in selection.only + selection.skip:
        if pattern == FUZZ and contract.fuzz is not None:
            continue
        one = Selection(only=(pattern,))
        if not any(one.wants(entry, version) for entry in checks for version in contract.versions):
            if pattern in contract.register:
                entry = contract.register[pattern]
                why = contract.why_unchecked(entry) if entry.is_checked else "it is attested or not observable"
                raise UsageError(f'"{pattern}" has no check: {why}; see "conformance list"')
            raise UnknownName("requirement or check", pattern, names)


@contextmanager
def _first_interrupt_stops(channel: Channel) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM) ends the run cleanly, the second one at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        if channel.stop_reason == INTERRUPTED:
            os._exit(Exit.INTERRUPTED)
        channel.stop(INTERRUPTED)

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
