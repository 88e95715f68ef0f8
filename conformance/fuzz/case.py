"""A case of fuzzing, and what was wrong with its answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote

from conformance.transport.recorder import Exchange

Pairs = tuple[tuple[str, str], ...]


class Intent(StrEnum):
    """What a case is for. The verdict never rests on it: a contract judges each request as it stands."""

    DISCOVERY = "discovery"  # looks for ids and dates that later cases are made of
    POSITIVE = "positive"  # to be served
    NEGATIVE = "negative"  # one thing in it is wrong
    ODD = "odd"  # hostile texts, or something that may lawfully be served or refused


@dataclass(frozen=True, slots=True)
class Case:
    """One GET of an operation.

    Values are texts as they go on the wire, percent-encoded, so that bytes which are no text can be sent too. A part
    in braces, `{existing_iban}`, is a name: the contract puts the value there when it sends, so that the list of cases
    can be stored without personal data.
    """

    operation: str
    intent: Intent
    why: str
    path: Pairs = ()
    query: Pairs = ()

    def value(self, name: str) -> str | None:
        """The first value of a parameter, of the path or the query."""
        return next((value for key, value in (*self.path, *self.query) if key == name), None)

    def without(self, name: str) -> Case:
        return replace(self, query=tuple(pair for pair in self.query if pair[0] != name))

    def having(self, name: str, value: str) -> Case:
        """The same case with another value of one parameter; a query parameter that it lacks is added."""
        if any(key == name for key, _ in self.path):
            return replace(self, path=tuple((key, value if key == name else old) for key, old in self.path))
        return replace(self, query=(*self.without(name).query, (name, value)))

    @property
    def wire(self) -> tuple[str, Pairs, Pairs]:
        """What makes two cases the same request."""
        return self.operation, self.path, self.query

    @property
    def query_text(self) -> str:
        return "&".join(f"{name}={value}" for name, value in self.query)


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule that an answer breaks.

    `cause` tells faults of one rule apart; the numbers in it do not count, so that the same fault in another row is
    the same one. Where only the smallest request shows which requirement is at stake, `symptom` is what must stay the
    same while a request is made smaller; otherwise that is the cause.
    """

    requirement: str
    subject: str
    expected: str
    actual: str
    cause: str = ""
    symptom: str = ""

    @property
    def key(self) -> str:
        return f"{self.requirement} {re.sub(r'[0-9]+', '#', self.cause or self.subject)}"

    @property
    def shows_as(self) -> str:
        return self.symptom or self.key


@dataclass(frozen=True, slots=True)
class Sent:
    """A case and its exchange, whose reply is absent where none came; no exchange where the run was stopped before."""

    case: Case
    exchange: Exchange | None


Named = Callable[[str], str]


def encoded(text: str) -> str:
    """A text as it stands in a path or query."""
    return quote(text, safe="")


def filled(wire: str, named: Named) -> str:
    """A wire text with the values of its names, percent-encoded."""
    return re.sub(r"\{([^{}]+)\}", lambda match: encoded(named(match.group(1))), wire)
