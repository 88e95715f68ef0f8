"""What the doctor finds before any check runs: how bad it is, whose it is, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a finding means for a run."""

    STOPS = "stops"  # no verdict could be had, or none that could be trusted
    WARNS = "warns"  # some checks will be inconclusive, or soon will be
    FINE = "fine"


class Owner(StrEnum):
    """Who can change what was found."""

    CONFIGURATION = "configuration"
    TARGET = "target"
    SUITE = "suite"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` is empty only where all is fine."""

    topic: str
    severity: Severity
    owner: Owner
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.text}; {self.remedy}" if self.remedy else self.text


def fine(topic: str, text: str, owner: Owner = Owner.TARGET) -> Finding:
    """Nothing is wrong there."""
    return Finding(topic, Severity.FINE, owner, text)


def warning(topic: str, owner: Owner, text: str, remedy: str) -> Finding:
    """A run may go on, and says less than it could."""
    return Finding(topic, Severity.WARNS, owner, text, remedy)


def stop(topic: str, owner: Owner, text: str, remedy: str) -> Finding:
    """A run would be worthless."""
    return Finding(topic, Severity.STOPS, owner, text, remedy)
