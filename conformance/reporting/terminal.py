"""The terminal: progress while a run goes on, and the summary that a bank's engineer reads at its end.

Both go to standard error. Green is kept for what is known to be good.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as LiveProgress
from rich.text import Text

from conformance.engine.run import CheckResult
from conformance.engine.verdict import Verdict
from conformance.reporting.summary import summary
from conformance.reporting.text import cut
from conformance.reporting.words import words
from conformance.transport.redaction import Redactor

__all__ = ["Progress", "error_console", "output_console", "summary"]

PLAIN_INTERVAL_S = 2.0  # between two plain lines of progress
_LONGEST_VALUE = 120


def error_console() -> Console:
    """Standard error, where progress and summary go."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def output_console() -> Console:
    """Standard output, for listings and tables."""
    return Console(highlight=False, markup=False, emoji=False)


class Progress:
    """Listens to a run. On a terminal it draws a live bar, elsewhere a plain line now and then; each failure at once.

    Use as a context manager, so that the bar is gone before the summary; `start` says how many checks will come.
    Fuzzing calls nobody back, so `start` is also told after how many of them it begins.
    """

    def __init__(
        self,
        redactor: Redactor,
        *,
        console: Console | None = None,
        quiet: bool = False,
        lang: str = "en",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redactor = redactor
        self._console = console or error_console()
        self._quiet = quiet
        self._words = words(lang)
        self._clock = clock
        self._began = self._spoke = clock()
        self._total = self._done = self._failed = self._open = 0
        self._live: LiveProgress | None = None
        self._task = TaskID(0)
        self._fuzz_after: int | None = None

    def start(self, total: int, *, fuzz_after: int | None = None) -> None:
        """Announce that `total` results will come; the target is fuzzed once `fuzz_after` of them have."""
        self._total = total
        self._fuzz_after = fuzz_after
        self._began = self._spoke = self._clock()
        if self._quiet:
            return
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = LiveProgress(
                BarColumn(complete_style="cyan", finished_style="cyan", pulse_style="cyan"),
                MofNCompleteColumn(),
                TextColumn("{task.description}", markup=False),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
                redirect_stdout=False,  # results may go there
            )
            self._task = self._live.add_task("", total=total)
            self._live.start()
        else:
            self._say(self._words.checks.format(count=total))
        self._fuzzing()

    def announce(self, sentence: str) -> None:
        """Tell the person at the terminal what the run needs of him."""
        if not self._quiet:
            self._say(sentence)

    def __call__(self, result: CheckResult) -> None:
        """One more check has its result."""
        self._done += 1
        broken = result.verdict in (Verdict.FAIL, Verdict.ERROR)
        self._failed += broken
        self._open += result.verdict is Verdict.INCONCLUSIVE
        if self._quiet:
            return
        if broken:
            self._say(self._failure(result), style="magenta" if result.verdict is Verdict.ERROR else "red")
        if self._live is not None:
            counts = f"{self._words.failed.lower()} {self._failed}" if self._failed else ""
            self._live.update(self._task, completed=self._done, description=counts)
        elif not broken and self._clock() - self._spoke >= PLAIN_INTERVAL_S:
            self._say(
                self._words.progress.format(
                    done=self._done,
                    total=self._total,
                    failed=self._failed,
                    open=self._open,
                    seconds=f"{self._clock() - self._began:.0f}",
                )
            )
        self._fuzzing()

    def stop(self) -> None:
        """Take the bar away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _fuzzing(self) -> None:
        """Say that fuzzing is under way, where it now begins; the next result takes it from the bar again."""
        if self._done != self._fuzz_after:
            return
        if self._live is None:
            self._say(self._words.fuzzing)
        else:
            counts = f"{self._words.failed.lower()} {self._failed}, " if self._failed else ""
            self._live.update(self._task, description=f"{counts}{self._words.fuzzing}")

    def _failure(self, result: CheckResult) -> str:
        subject, expected, actual = (
            cut(self._redactor.prose(text), _LONGEST_VALUE) for text in (result.subject, result.expected, result.actual)
        )
        head = f"{result.verdict.upper()} {result.check.requirement} {result.check.id} [{result.version}]"
        if result.verdict is Verdict.ERROR:
            return f"{head}: {subject}"
        return f"{head}: {subject}: {self._words.expected} {expected}, {self._words.actual} {actual}"

    def _say(self, line: str, style: str = "") -> None:
        self._spoke = self._clock()
        self._console.print(Text(line, style), soft_wrap=True)
