"""A conformance run inside a pytest session.

The run is had once, before the first of its items: with its own threads, one memory of discoveries, one pace. The
items are a view of the results.json that it leaves. So `-n` changes no verdict and no rate: pytest-xdist gives the
bank's own tests to its workers, and the controller has the run after them.
"""

from __future__ import annotations

import json
import traceback
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.certification import Certification, Options, default_report_dir
from conformance.config import contract_named, parsed, read_document
from conformance.contracts import contract
from conformance.engine.finding import Finding, Severity
from conformance.engine.run import INTERRUPTED, planned
from conformance.engine.verdict import RunVerdict, Verdict
from conformance.errors import TargetUnreachable, UsageError
from conformance.evidence.record import EXCHANGES
from conformance.pytest_items import ConformanceFile, ConformanceItem, NotKept, NoVerdict, Run, Shown, Told, marks
from conformance.reporting.story import exhibits
from conformance.reporting.summary import ground, headline
from conformance.reporting.text import visible
from conformance.reporting.words import ENGLISH

_MOST_WORKERS = 64  # as with conformance run


class Front:
    """The run of one session: which items stand for it, when it is had, and what is said at the end."""

    def __init__(self, config: pytest.Config) -> None:
        here = config.invocation_params.dir
        self._path = Path(here, config.getoption("--conformance")).resolve()
        folder = config.getoption("--conformance-report-dir")
        with _no_traceback():
            document = read_document(self._path)
            self._contract = contract(contract_named(document, self._path))
            model = self._contract.configuration_of(document.get("role"))
            self._declaration, self._warnings = parsed(document, model, self._path)
            self._options = Options(
                here / (folder or default_report_dir(self._contract.id)),
                # -n 4 is four requests at once; pytest-xdist has made a number of "auto" by now.
                workers=min(int(config.getoption("numprocesses", None) or Options.workers), _MOST_WORKERS),
                seed=config.getoption("--conformance-seed"),
                fuzz=config.getoption("--conformance-fuzz"),
                yes_production=config.getoption("--conformance-yes-production"),
            )
            self._planned = planned(self._contract, self._declaration)
            self._certification = Certification(self._contract, self._declaration, self._options)
        self.marks = list(marks(self._contract, self._planned))
        for line in self.marks:
            config.addinivalue_line("markers", line)
        self._run = Run()
        self._is_had = self._is_whole = False
        self._named: list[str] = []  # items of the run that the command line names
        self._found: Sequence[Finding] = ()

    def pytest_report_header(self) -> list[str]:
        redactor = self._certification.redactor
        target = self._declaration.target
        where = visible(redactor.prose(f"{target.name}, {target.base_url}"))
        versions = ", ".join(self._declaration.versions)
        lines = [f"conformance: {self._contract.id}, {self._declaration.role}, {versions}: {where}"]
        return lines + [f"conformance: warning: {line}" for line in self._warnings[:1]]

    # --- which items ----------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Take arguments that name items of the run out of pytest's way, before it or a worker looks for them."""
        config = session.config
        here = config.invocation_params.dir
        own = [arg for arg in config.args if Path(here, arg.partition("::")[0]).resolve() == self._path]
        self._named = [arg.partition("::")[2] for arg in own]
        config.args[:] = [arg for arg in config.args if arg not in own]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add the items of the run, before -k, -m and --deselect choose among all."""
        file = ConformanceFile.from_parent(
            session,
            path=self._path,
            contract=self._contract,
            planned=self._planned,
            with_fuzzing=self._options.fuzz_plan is not None,
            run=self._run,
        )
        all_of_them = list(session.genitems(file))
        chosen = [item for item in all_of_them if not self._named or self._is_named(item)]
        for name in filter(None, self._named):
            if not any(name in _names_of(item) for item in all_of_them):
                raise pytest.UsageError(f"not found: {self._path}::{name}")
        items += chosen

    def _is_named(self, item: pytest.Item) -> bool:
        return "" in self._named or bool(_names_of(item) & {*self._named})

    # --- the run --------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Under pytest-xdist: when its workers are through with all other tests, the items of the run, here."""
        ended = yield
        if session.config.pluginmanager.hasplugin("dsession") and not (session.shouldstop or session.shouldfail):
            others = session.testscollected
            _on_a_new_line(session.config, by_force=True)
            items = session.perform_collect([])
            session.testscollected += others
            for item, following in zip(items, [*items[1:], None], strict=True):
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.shouldfail:
                    raise session.Failed(session.shouldfail)
                if session.shouldstop:
                    raise session.Interrupted(session.shouldstop)
        return ended

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Have the run before its first item, and outside of that, so that no time limit for one test is for it."""
        is_due = not (self._is_had or item.config.getoption("setuponly", False))
        if is_due and isinstance(item, ConformanceItem):
            self._is_had = True
            chosen = [other for other in item.session.items if isinstance(other, ConformanceItem)]
            self._is_whole = len(chosen) == len(self._planned) + (self._options.fuzz_plan is not None)
            only = () if self._is_whole else tuple(other.selected_by for other in chosen)
            with _at_the_terminal(item.config):
                self._run.shown, stop_reason = self._had(only, quiet=item.config.getoption("verbose") < 0)
            if stop_reason == INTERRUPTED:
                raise KeyboardInterrupt
        return (yield)

    def _had(self, only: tuple[str, ...], quiet: bool) -> tuple[Shown, str]:
        """What the run showed, and why it stopped if it did."""
        options = replace(self._options, only=only)
        with _no_traceback():
            try:
                run = Certification(self._contract, self._declaration, options, quiet, told=self._hear)
                self._certification = run
                outcome = run.conduct()
                beside = {number for check in run.document["checks"] for number in exhibits(check)}
                with (options.report_dir / EXCHANGES).open(encoding="utf-8") as lines:
                    exchanges = {line["n"]: line for line in map(json.loads, lines) if line["n"] in beside}
            except UsageError:
                raise
            except TargetUnreachable as error:
                return Shown(problem=f"no verdict: {error}"), ""
            except Exception as error:
                return Shown(problem=_own_fault(error)), ""
        return Shown(run.document, exchanges, problem=""), outcome.stop_reason

    def _hear(self, findings: Sequence[Finding]) -> None:
        self._found = findings

    # --- what is said ---------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A story instead of a traceback, before any reporter reads it; the duration is that of the check."""
        report = yield
        if isinstance(item, ConformanceItem):
            if call.excinfo is not None and isinstance(call.excinfo.value, NotKept | NoVerdict):
                report.longrepr = Told(str(call.excinfo.value))  # type: ignore[assignment]
            report.duration = item.duration_s if call.when == "call" else 0.0
            vars(report)["conformance"] = item.verdict if call.when == "call" else ""
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, Any] | None:
        """What is not applicable is no skipped test, and what could not be observed says so."""
        match getattr(report, "conformance", ""):
            case Verdict.NOT_APPLICABLE:
                return "not applicable", "n", "NOT APPLICABLE"
            case Verdict.INCONCLUSIVE:
                return "failed", "F", ("INCONCLUSIVE", {"red": True})
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """No green session beside a whole run that is not conformant, for whatever reason."""
        document = self._run.shown.document
        if self._is_whole and document.get("verdict") != RunVerdict.CONFORMANT and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._is_had:
            terminalreporter.section("conformance")
            for line in self._last_words():
                terminalreporter.line(line)

    def _last_words(self) -> Iterator[str]:
        for finding in self._found:
            if finding.severity is Severity.WARNS:
                yield f"doctor: {finding.topic}: {visible(str(finding))}"
        document = self._run.shown.document
        if not document:
            yield visible(self._run.shown.problem.partition("\n")[0])
            return
        verdict = RunVerdict(document["verdict"])
        yield f"{headline(ENGLISH, document)}: {visible(ground(ENGLISH, document, verdict, ''))}"
        reasons = Counter(
            entry.get("reason", "") for entry in document["requirements"] if entry["verdict"] == Verdict.NOT_APPLICABLE
        )
        yield from (f"not applicable ({count}): {visible(why)}" for why, count in reasons.items())
        yield from (f"warning: {leak}; keep it to yourself, it cannot be sealed" for leak in self._certification.leaks)
        yield ENGLISH.report.format(folder=visible(str(self._options.report_dir)))


def _names_of(item: pytest.Item) -> set[str]:
    return {item.name, item.name.partition("[")[0]}


def _own_fault(error: Exception) -> str:
    return f"an error of the suite itself: {type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"


@contextmanager
def _no_traceback() -> Iterator[None]:
    """A fault becomes one line for the person who called pytest.

    Of any other exception pytest prints the arguments and, with --showlocals, all that the frames know: the
    configuration with its secrets. So none may leave, but for the lines of code that it passed.
    """
    try:
        yield
    except UsageError as error:
        said = str(error)
    except Exception as error:
        said = _own_fault(error)
    else:
        return
    raise pytest.UsageError(said)


@contextmanager
def _at_the_terminal(config: pytest.Config) -> Iterator[None]:
    """Let the run say how far it is, on lines of its own."""
    capture = config.pluginmanager.getplugin("capturemanager")
    _on_a_new_line(config)
    with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
        yield


def _on_a_new_line(config: pytest.Config, by_force: bool = False) -> None:
    """`by_force` where pytest does not know what pytest-xdist wrote."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        if by_force:
            reporter.line("")
