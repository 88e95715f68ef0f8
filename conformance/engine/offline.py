"""What a judge of one message in a file finds: data, without a word on how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.engine.verdict import Level, Verdict


@dataclass(frozen=True, slots=True)
class MessageFile:
    """One message to be judged without any exchange.

    `keys` is the file that names keys; `method` the one that the message is for, told by the message itself where it
    is not given; `payment_id` what the path of the request says. With `show_values` a person wants to see the values
    of members in what is told, though they may be personal; secrets and what was decrypted are never shown.
    """

    content: bytes
    keys: Path | None = None
    method: str | None = None
    payment_id: str | None = None
    show_values: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The same in two languages."""

    en: str
    ru: str


@dataclass(frozen=True, slots=True)
class Passage:
    """What was worked out on the way, for a person who looks for a cause: a heading and lines below it."""

    title: Words
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at for one requirement.

    FAIL and WARN have `expected` and `actual`; PASS may say in `actual` what was seen; INCONCLUSIVE and NOT_APPLICABLE
    say in `missing` why.
    """

    requirement: str
    verdict: Verdict
    subject: str
    expected: str = ""
    actual: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement as a report cites it; `source` are the headings or clauses that matter for this message."""

    level: Level
    title_en: str
    title_ru: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageReport:
    """Everything that was found. Every requirement on such a message stands in `findings` at least once.

    `headline` is `summary` as a person reads it.
    """

    summary: Mapping[str, str]
    findings: tuple[Finding, ...]
    asked: Mapping[str, Asked]
    headline: Words
    passages: tuple[Passage, ...] = ()

    def of(self, *verdicts: Verdict) -> tuple[Finding, ...]:
        """The findings with one of these verdicts."""
        return tuple(finding for finding in self.findings if finding.verdict in verdicts)

    def about(self, requirement: str) -> tuple[Finding, ...]:
        """The findings on one requirement."""
        return tuple(finding for finding in self.findings if finding.requirement == requirement)

    @property
    def exit_code(self) -> int:
        """1 where a MUST is broken, 3 where something could not be looked at, else 0; a broken SHOULD is a warning."""
        if self.of(Verdict.FAIL):
            return 1
        return 3 if self.of(Verdict.INCONCLUSIVE) else 0
