"""given, expect and reading: what a check says while it observes.

A check is plain Python; these functions write into the observation of the check that runs in
this thread. A `given` that does not hold ends the check as inconclusive: something else than the
rule under test is wrong or missing. An `expect` that does not hold ends it as failed.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from types import FrameType
from typing import TYPE_CHECKING, Any, Never

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.transport.recorder import Exchange


class Departure(Exception):
    """A check ends early, with a verdict rather than a fault."""

    def __init__(self, subject: str, expected: str = "", actual: str = "") -> None:
        super().__init__(subject, expected, actual)
        self.subject, self.expected, self.actual = subject, expected, actual


class Failed(Departure):
    """An expectation does not hold."""


class Inconclusive(Departure):
    """The rule could not be observed; `missing` says what would make it observable."""

    def __init__(self, subject: str, expected: str = "", actual: str = "", *, missing: str) -> None:
        super().__init__(subject, expected, actual)
        self.missing = missing


class NotApplicable(Departure):
    """The declaration of the target takes it out of the rule's reach; the subject is the reason."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A description of the values that are accepted, for where equality is too narrow."""

    description: str
    accepts: Callable[[Any], bool]


@dataclass(slots=True)
class Observation:
    """What one check saw: exchanges in order, readings, places that were held to an expectation."""

    exchanges: list[Exchange] = field(default_factory=list)
    readings: list[tuple[str, str]] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    site: str = ""
    evidence: Exchange | None = None


_current: ContextVar[Observation | None] = ContextVar("observation", default=None)


@contextmanager
def observing(observation: Observation) -> Iterator[Observation]:
    """Make `observation` the one that given, expect and reading write into."""
    token = _current.set(observation)
    try:
        yield observation
    finally:
        _current.reset(token)


def current() -> Observation:
    """The observation of the check that runs in this thread."""
    observation = _current.get()
    if observation is None:
        raise RuntimeError("given, expect and reading belong inside a check")
    return observation


def given(subject: str, actual: Any, expected: Any, *, missing: str | None = None) -> None:
    """A precondition. Where it does not hold the check is inconclusive; `missing` says what would help."""
    if _holds(actual, expected):
        return
    text = _expected_text(expected)
    raise Inconclusive(subject, text, shown(actual), missing=missing or f"{subject}: {text} (was {shown(actual)})")


def expect(subject: str, actual: Any, expected: Any, *, evidence: Exchange | None = None) -> None:
    """The assertion. `evidence` is the exchange that shows it, where that is not the latest one."""
    observation = current()
    observation.site = _site()
    if _holds(actual, expected):
        observation.held.add(observation.site)
        return
    observation.evidence = evidence or (observation.exchanges[-1] if observation.exchanges else None)
    raise Failed(subject, _expected_text(expected), shown(actual))


def lacking(what: str) -> Never:
    """End the check as inconclusive: `what` is the data or capability that would make it observable."""
    raise Inconclusive("precondition of the check", missing=what)


def not_applicable(reason: str) -> Never:
    """End the check: the declaration of the target says that the rule does not concern it."""
    raise NotApplicable(reason)


def reading(reading_id: str, seen: str) -> None:
    """Record which of several lawful answers the target gave."""
    current().readings.append((reading_id, seen))


# --- what is expected, where it is more than one value ------------------------------------------------------


def one_of(*values: Any) -> Expected:
    """Any of the given values."""
    return Expected(" or ".join(map(shown, values)), lambda actual: any(_equal(actual, value) for value in values))


def at_least(bound: Any) -> Expected:
    """The bound or more."""
    return Expected(f"at least {shown(bound)}", lambda actual: bool(actual >= bound))


def at_most(bound: Any) -> Expected:
    """The bound or less."""
    return Expected(f"at most {shown(bound)}", lambda actual: bool(actual <= bound))


def other_than(*values: Any) -> Expected:
    """Anything but the given values."""
    text = "anything but " + " or ".join(map(shown, values))
    return Expected(text, lambda actual: not any(_equal(actual, value) for value in values))


def matching(pattern: str, description: str) -> Expected:
    """A text that the whole regular expression fits."""
    compiled = re.compile(pattern)
    return Expected(description, lambda actual: isinstance(actual, str) and compiled.fullmatch(actual) is not None)


def within(values: Collection[Any]) -> Expected:
    """A member of a collection that is too long to print."""
    return Expected(f"one of {len(values)} known values", lambda actual: actual in values)


none_found = Expected("none", lambda actual: not actual if isinstance(actual, Sized) else actual is None)
"""For a list of faults: there is none."""


# --- small print --------------------------------------------------------------------------------------------


def shown(value: Any) -> str:
    """A value as a report prints it, without Python's quotes around texts.

    Never cut here: half a secret would no longer be known as one when the result is redacted.
    """
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, list | tuple):
        head = ", ".join(shown(item) for item in value[:3])
        return f"{head} and {len(value) - 3} more" if len(value) > 3 else (head or "none")
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _holds(actual: Any, expected: Any) -> bool:
    return expected.accepts(actual) if isinstance(expected, Expected) else _equal(actual, expected)


def _equal(actual: Any, expected: Any) -> bool:
    # True is no 1 and 1 is no True: JSON tells them apart, and so do we.
    return isinstance(actual, bool) == isinstance(expected, bool) and bool(actual == expected)


def _expected_text(expected: Any) -> str:
    return expected.description if isinstance(expected, Expected) else shown(expected)


def _site() -> str:
    """Where in the checks the expectation stands, as `topic.py:line`, for counting which ones defects trip.

    An expectation inside a shared judgement counts at the place in the checks that called it.
    """
    frame: FrameType | None = inspect.currentframe()
    while frame is not None:
        file = _check_file(frame.f_code.co_filename)
        if file:
            return f"{file}:{frame.f_lineno}"
        frame = frame.f_back
    return "outside of the checks"


@cache
def _check_file(path: str) -> str:
    """The name of a file with checks below the folder `checks`, or nothing."""
    _, found, name = path.replace("\\", "/").rpartition("/checks/")
    return name if found else ""
