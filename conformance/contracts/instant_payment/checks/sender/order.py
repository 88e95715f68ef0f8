"""instant-payment flow, statuses: each message of a sender in its turn, and none after a payment has failed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.contracts.instant_payment.received import Arrival, Received, SenderUnderTest
from conformance.contracts.instant_payment.wire import REJECTED, Operation, Status
from conformance.engine.check import check
from conformance.engine.observation import lacking

_FURTHER = (Operation.VALIDATE_PAYER, Operation.MAKE_PAYMENT)


@check("IPG-ORDER-08")
def the_payer_is_sent_once_the_payee_is_validated(sender: SenderUnderTest) -> None:
    """Validate Payer comes only after an answer with PAYEE_VALIDATED, also where the gateway takes its time."""
    _judge_turns(sender, Operation.VALIDATE_PAYER, Status.PAYEE_VALIDATED)


@check("IPG-ORDER-09")
def a_payment_is_confirmed_once_the_payer_is_validated(sender: SenderUnderTest) -> None:
    """Make a Payment comes only after an answer with PAYER_VALIDATED, also where the gateway takes its time."""
    _judge_turns(sender, Operation.MAKE_PAYMENT, Status.PAYER_VALIDATED)


def _judge_turns(sender: SenderUnderTest, operation: Operation, due: Status) -> None:
    """The messages of this method in all payments; a payment that had failed before is the matter of ORDER-10."""

    def is_too_early(payment: Received, arrival: Arrival) -> Iterator[str]:
        before = payment.before(arrival)
        if any(_has_failed(one) for one in before):
            return
        if due not in {one.told for one in before}:
            told = next((one.told for one in reversed(before) if one.told is not None), None)
            yield f"the latest status that was told is {told}, and {due} was not told yet"

    sender.conclude(
        f"messages before {due}",
        [
            (one, sender.told(str(one.number), partial(is_too_early, payment, one)))
            for payment in sender.payments
            for one in payment.of(operation)
        ],
    )
    slow = sender.in_scenario("slow")
    if not all(payment.of(operation) for payment in slow):
        lacking(f"{operation.words} for each payment of scenarios.slow")


def _has_failed(arrival: Arrival) -> bool:
    return arrival.told in REJECTED or (arrival.was_refused and arrival.operation is not Operation.GET_PAYMENT)


@check("IPG-ORDER-10")
def nothing_follows_a_rejected_payee(sender: SenderUnderTest) -> None:
    """After PAYEE_VALIDATING_REJECTED neither payer nor confirmation is sent for the payment."""
    _judge_end(sender, "unknown_payee")


@check("IPG-ORDER-10")
def nothing_follows_a_rejected_payer(sender: SenderUnderTest) -> None:
    """After PAYER_VALIDATING_REJECTED neither payer nor confirmation is sent for the payment."""
    _judge_end(sender, "rejected_payer")


@check("IPG-ORDER-10")
def nothing_follows_a_cancellation(sender: SenderUnderTest) -> None:
    """After CANCELED neither payer nor confirmation is sent for the payment."""
    _judge_end(sender, "canceled")


@check("IPG-ORDER-10")
def nothing_follows_a_refusal(sender: SenderUnderTest) -> None:
    """After Validate Payer was refused, no confirmation is sent for the payment."""
    _judge_end(sender, "refused")


def _judge_end(sender: SenderUnderTest, scenario: str) -> None:
    verdicts: list[tuple[Arrival, list[str] | str]] = []
    for payment in sender.in_scenario(scenario):
        failed = next((one for one in payment.arrivals if _has_failed(one)), None)
        if failed is None:
            lacking(f"a payment of scenarios.{payment.place} up to the answer that it has failed")
        # The same payer once more, corrected, is no carrying on where the first was refused.
        further = _FURTHER if failed.told is not None else (Operation.MAKE_PAYMENT,)
        verdicts += [(failed, [])]
        verdicts += [
            (one, [f"it follows {failed.told or 'a refusal'}"])
            for one in payment.after(failed)
            if one.operation in further
        ]
    sender.conclude("messages after a payment has failed", verdicts)
