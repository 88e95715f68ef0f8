"""What a step brings about, and what a refused request may not have: looked at by questions of our own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import AFTER, Partner
from conformance.contracts.imts.judgement import Effect, given_no_outage, served, took_effect
from conformance.contracts.imts.messages import Transfer
from conformance.contracts.imts.wire import Method, Number, Status
from conformance.engine.observation import Expected, Inconclusive, expect, lacking, none_found
from conformance.errors import UnreadableReply

_OURS = ("client_uuid", "destination_identifier", "amount_source")
"""Members of create that tell a transfer from others."""


def leads_to(partner: Partner, transfer: Transfer, answer: Answer, *wanted: Status) -> Status:
    """Assertion: a step, of which this is the answer, leads to one of these statuses.

    At once or within the patience (MTR33): a transfer that is as it was before confirm or payout may still be checked,
    unless that is how a good one would be, too.
    """
    step = answer.method.value
    given_no_outage(step, answer)
    status = partner.settled(transfer, answer, *wanted)
    if status is None:
        lacking("values.status or paths.status: where the status of a transfer stands")
    expected = Expected(" or ".join(wanted), lambda found: found in wanted)
    is_checked = status != transfer.status or status in (*wanted, *AFTER[answer.method])
    if not is_checked and answer.method in (Method.CONFIRM, Method.PAYOUT):
        missing = f"the decision of AML on {step} within polling.patience_s"
        raise Inconclusive(f"status after {step}", expected.description, str(status), missing=missing)
    expect(f"status after {step}", status, expected)
    return status


def unchanged(partner: Partner, transfer: Transfer) -> Effect:
    """After a refusal: the transfer has the status that it had, where that can be seen.

    What is in process may be waiting once AML has decided on its sender (MTR07, MTR33).
    """
    before = transfer.status
    lawful = {before, Status.WAITING} if before is Status.PROCESS else {before}

    def look(what: str, answer: Answer) -> None:
        if before is None or not partner.sees_statuses:
            return
        question = served("a good question for a transfer", partner.shown(transfer))
        expected = Expected(before, lambda status: status in lawful)
        expect(f"status after {what}", question.transfer_status, expected, evidence=question.exchange)

    return look


# --- what is told of a transfer ---------------------------------------------------------------------------------


def nothing_told(what: str, answer: Answer, transfer: Transfer) -> None:
    """Assertion: an answer, be it a refusal or not, tells nothing of this transfer."""
    given_no_outage(what, answer)
    expect(f"told in the answer to {what}", told_of(answer, transfer), none_found, evidence=answer.exchange)


def told_of(answer: Answer, transfer: Transfer) -> list[str]:
    """What an answer tells of a transfer: its status, and members of its creation that others have not.

    `error` is no status here: it may as well be a word of refusal (MTR08).
    """
    told = ["status"] if answer.told_status not in (None, Status.ERROR) else []
    return told + [name for name in _OURS if is_told(answer, transfer.message.members.get(name))]


def is_told(answer: Answer, value: Any) -> bool:
    """Whether a value that was sent stands anywhere in an answer, a number in any spelling."""
    try:
        return value is not None and any(_is_same(leaf, value) for leaf in leaves(answer.json.value))
    except UnreadableReply:
        return False


def leaves(value: Any) -> Iterator[Any]:
    """All that stands in a JSON value and is neither object nor list."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield value


def _is_same(leaf: Any, value: Any) -> bool:
    if not isinstance(value, Number):
        return str(leaf) == str(value)
    try:
        return Decimal(str(leaf)) == Decimal(value.text)
    except InvalidOperation:
        return False


def found_ids(answer: Answer) -> list[Any]:
    """The ids of the transfers that Search found; none where it was refused, or gave no list."""
    try:
        return list(map(str, answer.each("transfer_id"))) if took_effect(answer) else []
    except UnreadableReply:
        return []
