"""instant-payment make-payment, validate-payee: a sender confirms once, and numbers its payments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.contracts.instant_payment.inspection import Unjudged
from conformance.contracts.instant_payment.received import Arrival, Received, SenderUnderTest
from conformance.contracts.instant_payment.wire import Operation
from conformance.engine.check import check
from conformance.engine.observation import lacking


@check("IPG-REPEATS-07")
def a_payment_is_confirmed_once(sender: SenderUnderTest) -> None:
    """All confirmations of a payment agree in amount and currency, and after one that was taken no other follows.

    The very bytes of a message once more are no other confirmation: its answer may have been lost.
    """
    sender.conclude(
        "further confirmations",
        [
            (one, sender.told(str(one.number), partial(_confirms_again, payment, one)))
            for payment in sender.payments
            for one in payment.of(Operation.MAKE_PAYMENT)
        ],
    )


def _confirms_again(payment: Received, arrival: Arrival) -> Iterator[str]:
    mine = arrival.inspected
    for one in payment.before(arrival):
        if one.operation is not Operation.MAKE_PAYMENT or one.inspected.token == mine.token:
            continue
        if (one.inspected.amount, one.inspected.currency) != (mine.amount, mine.currency):
            yield f"amount or currency differ from those of exchange {one.number}"
        elif one.was_taken:
            yield f"the payment was confirmed by exchange {one.number}"


@check("IPG-REPEATS-08")
def each_payment_has_its_own_reference(sender: SenderUnderTest) -> None:
    """No sender_party_reference_id stands in two Validate Payee messages; the same bytes once more are one message."""
    owners: dict[str, str] = {}

    def is_used_again(arrival: Arrival) -> Iterator[str]:
        reference = arrival.inspected.members.get("sender_party_reference_id")
        if not isinstance(reference, str) or not reference.strip():
            raise Unjudged("sender_party_reference_id is no text with something in it")
        if owners.setdefault(reference, arrival.inspected.token) != arrival.inspected.token:
            yield "its reference is that of an earlier payment"

    sender.judge_arrivals("references of two payments", is_used_again, Operation.VALIDATE_PAYEE)
    if len(owners) < 2:
        lacking("two payments")
