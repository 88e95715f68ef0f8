"""Which requirement of instant-payment a wrong answer in a sequence of calls breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contracts.instant_payment.messages import Payment, Taken
from conformance.contracts.instant_payment.wire import (
    DONE,
    ENDS,
    KEYS,
    REJECTED,
    Block,
    Operation,
    PaymentRecord,
    Status,
    data_member,
    follows,
    follows_untold,
)
from conformance.fuzz.case import Fault
from conformance.transport.recorder import Exchange

DUE: Mapping[Operation, str] = {
    Operation.VALIDATE_PAYEE: "IPG-METHODS-01",
    Operation.VALIDATE_PAYER: "IPG-METHODS-02",
    Operation.MAKE_PAYMENT: "IPG-METHODS-03",
}
"""The requirement that a refusal of a good message breaks."""

DUE_AFTER: Mapping[Operation, Status] = {
    Operation.VALIDATE_PAYER: Status.PAYEE_VALIDATED,
    Operation.MAKE_PAYMENT: Status.PAYER_VALIDATED,
}

REPEATED: Mapping[Operation, str] = {
    Operation.VALIDATE_PAYEE: "IPG-REPEATS-01",
    Operation.VALIDATE_PAYER: "IPG-REPEATS-02",
    Operation.MAKE_PAYMENT: "IPG-REPEATS-03",
}

_SENT = frozenset({Status.SENDING, Status.PROCESSING, *DONE})


class Broken(Exception):
    """A rule is broken, and the exchange that shows it."""

    def __init__(self, fault: Fault, exchange: Exchange) -> None:
        super().__init__(fault.subject)
        self.fault, self.exchange = fault, exchange


def of_illegal(operation: Operation, after: Status) -> str:
    """The requirement that a message breaks which is taken after that status."""
    if after is Status.CANCELED:
        return "IPG-ORDER-07"
    if after in REJECTED:
        return "IPG-ORDER-04"
    if operation is Operation.MAKE_PAYMENT:
        return "IPG-ORDER-03" if after in _SENT else "IPG-ORDER-01"
    return "IPG-ORDER-05" if after in _SENT else "IPG-ORDER-02"


def fate_against_the_rules(last: Status, status: Status, *, is_doomed: bool) -> str:
    """The requirement that is broken where a payment in `last` becomes `status` by itself; nothing where it may.

    `is_doomed` says that the receiver bank must reject what it was asked for.
    """
    validated = {Status.PAYEE_VALIDATED, Status.PAYER_VALIDATED}
    match last:
        case Status.PAYEE_VALIDATING if status in (validated if is_doomed else REJECTED):
            return "IPG-STATUSES-05" if is_doomed else "IPG-STATUSES-04"
        case Status.PAYER_VALIDATING if status in (validated if is_doomed else REJECTED):
            return "IPG-STATUSES-07" if is_doomed else "IPG-STATUSES-06"
        case Status.SENDING | Status.PROCESSING if status in REJECTED:
            return "IPG-STATUSES-08"
    return ""


def faults_of_record(
    record: PaymentRecord, payment: Payment, taken: Mapping[Operation, Taken], last: Status
) -> Iterator[tuple[str, str, str, str]]:
    """Requirement, subject, expected and actual of all that a payment shows wrongly which was in `last` before."""
    if record.payment_id != payment.id:
        yield "IPG-ANSWERS-06", "payment_id of the payment", "that of the path", "another"
    if record.reference != payment.reference:
        yield "IPG-ANSWERS-08", "sender_reference_id of the payment", payment.reference, record.reference
    if record.status not in follows_untold(last):
        requirement, seen = _out_of_order(last, record.status), f"{record.status} after {last}"
        yield requirement, "status of the payment", "the same as before, or one that follows", seen
    for operation, block in zip(_STEPS, record.blocks, strict=True):
        yield from _faults_of_block(operation, block, taken.get(operation))


_STEPS = (Operation.VALIDATE_PAYEE, Operation.VALIDATE_PAYER, Operation.MAKE_PAYMENT)


def _out_of_order(last: Status, status: Status) -> str:
    if last in ENDS:
        return "IPG-STATUSES-09"
    if status in follows(last):  # onward, but not by itself
        return "IPG-STATUSES-10" if last is Status.PAYEE_VALIDATED else "IPG-STATUSES-11"
    return "IPG-STATUSES-03"


def _faults_of_block(operation: Operation, block: Block, taken: Taken | None) -> Iterator[tuple[str, str, str, str]]:
    if taken is None:
        if any(name in block.members for name in _OF_A_MESSAGE):
            requirement = "IPG-STATUSES-10" if operation is Operation.VALIDATE_PAYER else "IPG-STATUSES-11"
            yield requirement, f"{block.name} of a payment without {operation.words}", "none", "there is one"
        return
    requirement = "IPG-ANSWERS-11" if operation is Operation.MAKE_PAYMENT else "IPG-ANSWERS-10"
    sent = {name: taken.members.get(name) for name in (*KEYS, data_member(operation) or "")}
    sent |= dict(taken.members.get("payment_info", {}))
    for name, value in sent.items():
        shown = block.members.get(name, value)  # what is not there is judged by ANSWERS-09
        if value is not None and (shown != value or isinstance(shown, str) != isinstance(value, str)):
            expected = _brief(value) if len(str(value)) <= _LONGEST_SHOWN else "the text that was sent"
            yield requirement, f"{block.name}.{name}", expected, _brief(shown)
    if block.members.get("request_id", taken.answer.acknowledged.request_id) != taken.answer.acknowledged.request_id:
        yield "IPG-ANSWERS-12", f"{block.name}.request_id", "that of its answer", "another"


_LONGEST_SHOWN = 40  # characters
_OF_A_MESSAGE = (*KEYS, "payee_encrypted_data", "payer_encypted_data", "amount", "currency", "request_id")


def _brief(value: Any) -> str:
    """An amount as JSON has it; of anything longer only how long it is."""
    if not isinstance(value, str):
        return str(value)
    return f'"{value}"' if len(value) <= _LONGEST_SHOWN else f"another one, of {len(value)} characters"
