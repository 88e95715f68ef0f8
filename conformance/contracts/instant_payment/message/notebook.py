"""Findings as they are made, and at the end one at least for every requirement on a message."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

from conformance.contracts.instant_payment.wire import Operation
from conformance.data import specs
from conformance.engine.offline import Asked, Finding
from conformance.engine.register import Register, Requirement, load_register
from conformance.engine.verdict import Level, Verdict

HEADINGS = {
    "flow": "Overview",
    "validate-payee": "Validate Payee",
    "validate-payer": "Validate Payer",
    "make-payment": "Make a Payment",
    "get-payment": "Get a Payment",
    "encryption": "Encryption Protocol and Guideline",
    "signature": "Request Signature Protocol",
    "statuses": "Payment Statuses",
}
"""The headings of the source in full, by their short names in clauses.toml."""

_CONTENT = tuple(f"IPG-CONTENT-0{number}" for number in range(1, 6))
_OF_EVERY_MESSAGE = (
    "IPG-ALGORITHMS",
    *_CONTENT,
    "IPG-DATES",
    "IPG-ENVELOPE",
    "IPG-KEYS-01",
    "IPG-SECRECY-03",
    "IPG-SIGNATURE",
)
_OF_CERTIFIED = ("IPG-CERTIFICATES", "IPG-KEYS")
_OF_ENCRYPTED = (*_OF_CERTIFIED, "IPG-CONTENT-08", "IPG-PARTIES", "IPG-ENCRYPTION", "IPG-SECRECY")
_OF: Mapping[Operation, tuple[str, ...]] = {
    Operation.VALIDATE_PAYEE: (*_OF_ENCRYPTED, "IPG-PEOPLE-01", "IPG-PEOPLE-02"),
    Operation.VALIDATE_PAYER: (*_OF_ENCRYPTED, "IPG-CONTENT-07", *(f"IPG-PEOPLE-0{number}" for number in range(3, 8))),
    Operation.MAKE_PAYMENT: (*_OF_CERTIFIED, "IPG-CONTENT-07", "IPG-AMOUNTS"),
    Operation.GET_PAYMENT: ("IPG-CONTENT-07",),
}


@cache
def register() -> Register:
    return load_register(specs("instant-payment") / "register")


@cache
def judged() -> tuple[Requirement, ...]:
    """The requirements on a message that can be seen in it."""
    return tuple(item for item in register() if "message" in item.roles and item.is_checked)


def applies(requirement: str, operation: Operation | None) -> bool:
    """Whether messages of that method have the part that a requirement is about; of an unknown method any may."""
    if operation is None:
        return True
    beginnings = (*_OF_EVERY_MESSAGE, *_OF[operation])
    return requirement.startswith(beginnings)


def cited(requirement: Requirement, operation: Operation | None) -> Asked:
    """A requirement with the headings of the source that matter for this method."""
    others = {item.value for item in Operation if operation is not None and item is not operation}
    clauses = [clause for clause in requirement.clauses if clause not in others] or list(requirement.clauses)
    headings = tuple(HEADINGS[clause] for clause in clauses)
    return Asked(requirement.level, requirement.title.en, requirement.title.ru, headings)


class Notebook:
    """Collects findings. `stopped` is why nothing further could be looked at, if so."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self.stopped = ""

    def right(self, requirement: str, subject: str, seen: str = "") -> None:
        self._add(requirement, Verdict.PASS, subject, actual=seen)

    def wrong(self, requirement: str, subject: str, expected: str, actual: str) -> None:
        """A broken MUST, or a warning where the source only recommends."""
        verdict = Verdict.FAIL if register()[requirement].level is Level.MUST else Verdict.WARN
        self._add(requirement, verdict, subject, expected, actual)

    def judge(self, requirement: str, subject: str, holds: bool, expected: str, actual: str) -> bool:
        """Either of the two; `actual` is what was seen."""
        if holds:
            self.right(requirement, subject, actual)
        else:
            self.wrong(requirement, subject, expected, actual)
        return holds

    def unknown(self, requirements: Collection[str], subject: str, why: str) -> None:
        for requirement in requirements:
            self._add(requirement, Verdict.INCONCLUSIVE, subject, missing=why)

    def absent(self, requirements: Collection[str], subject: str, why: str) -> None:
        for requirement in requirements:
            self._add(requirement, Verdict.NOT_APPLICABLE, subject, missing=why)

    def is_judged(self, requirement: str) -> bool:
        return any(finding.requirement == requirement for finding in self._findings)

    def finish(self, operation: Operation | None) -> tuple[Finding, ...]:
        """All findings in the order of the register; whatever was not reached is unknown."""
        for requirement in judged():
            if self.is_judged(requirement.id):
                continue
            if applies(requirement.id, operation):
                why = self.stopped or "what comes before it in the message is wrong"
                self.unknown([requirement.id], "message", why)
            else:
                words = operation.words if operation else "this"
                self.absent([requirement.id], "message", f"a {words} message has no such part")
        order = {requirement.id: place for place, requirement in enumerate(judged())}
        return tuple(sorted(dict.fromkeys(self._findings), key=lambda finding: order[finding.requirement]))

    def _add(
        self, requirement: str, verdict: Verdict, subject: str, expected: str = "", actual: str = "", missing: str = ""
    ) -> None:
        self._findings.append(Finding(requirement, verdict, subject, expected, actual, missing))
