"""What a run says on a terminal, kept beside the saying, so that the last look at all that it wrote is at that, too."""

from __future__ import annotations

import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

_CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class _Overheard:
    """A text stream that keeps what is written to it; in all else the stream itself."""

    def __init__(self, stream: TextIO, said: list[str]) -> None:
        self._stream = stream
        self._said = said

    def write(self, text: str) -> int:
        written = self._stream.write(text)
        self._said.append(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def overheard() -> Iterator[Callable[[], str]]:
    """Keep what this process writes to standard output and standard error; gives the text so far, without colours."""
    said: list[str] = []
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, _Overheard(stream, said)) for stream in before)
    try:
        yield lambda: _CONTROL_SEQUENCE.sub("", "".join(said))
    finally:
        sys.stdout, sys.stderr = before


def told_without_values(fault: BaseException) -> str:
    """An error that nobody expected, for a terminal: its kind and where it arose. What it says may quote an answer."""
    where = "".join(traceback.format_tb(fault.__traceback__))
    return f"conformance: an error of the suite itself: {type(fault).__name__}\n{where}"


def tell_no_values_of_threads() -> None:
    """Let an error that ends a thread be told without values as well."""

    def told(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None:
            sys.stderr.write(f"{told_without_values(failed.exc_value)}\n")

    threading.excepthook = told
