"""instant-payment, a message in a file: which requirements its findings are on, by its method."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from conformance.contracts.instant_payment.wire import Operation
from conformance.data import specs
from conformance.engine import notebook as engine_notebook
from conformance.engine.offline import Asked, Finding
from conformance.engine.register import Register, Requirement, load_register

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


class Notebook(engine_notebook.Notebook):
    """Collects findings on a message of one method, or of an unknown one."""

    def __init__(self) -> None:
        super().__init__(judged())

    def finish_for(self, operation: Operation | None) -> tuple[Finding, ...]:
        """All findings in the order of the register; whatever was not reached is unknown, or does not apply."""
        words = operation.words if operation else "this"
        for requirement in judged():
            if not self.is_judged(requirement.id) and not applies(requirement.id, operation):
                self.absent([requirement.id], "message", f"a {words} message has no such part")
        return self.finish()
