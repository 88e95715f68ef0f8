"""instant-payment flow, validate-payee, validate-payer, make-payment, get-payment: where a sender's messages go."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contracts.instant_payment.received import Arrival, Received, SenderUnderTest
from conformance.contracts.instant_payment.wire import Operation, Status
from conformance.engine.check import check
from conformance.engine.observation import expect, lacking


@check("IPG-METHODS-06")
def every_message_goes_to_the_path_of_its_method(sender: SenderUnderTest) -> None:
    """The path of each request is that of the method whose members are signed."""
    sender.judge_arrivals("messages at the path of another method", _is_elsewhere)


def _is_elsewhere(arrival: Arrival) -> Iterator[str]:
    operation = arrival.inspected.operation
    if arrival.at_path is not operation:
        yield f"it came to the path of {arrival.at_path.words if arrival.at_path else 'nothing that is published'}"


@check("IPG-METHODS-07")
def every_message_goes_with_the_http_method_of_its_method(sender: SenderUnderTest) -> None:
    """Get a Payment is a GET, and each other message a POST."""
    sender.judge_arrivals("messages with another HTTP method", _is_sent_otherwise)


def _is_sent_otherwise(arrival: Arrival) -> Iterator[str]:
    verb = arrival.inspected.operation.verb
    if arrival.exchange.request.method != verb:
        yield f"it came by {arrival.exchange.request.method}, not by {verb}"


@check("IPG-METHODS-08")
def a_validated_payment_is_confirmed(sender: SenderUnderTest) -> None:
    """Every payment of the scenario good is confirmed within polling.patience_s of the answer PAYER_VALIDATED."""
    patience = sender.declaration.polling.patience_s
    for payment in sender.in_scenario("good"):
        shown = next((one for one in payment.arrivals if one.told is Status.PAYER_VALIDATED), None)
        if shown is None:
            lacking(f"a question for the payment of scenarios.{payment.place} that is answered PAYER_VALIDATED")
        waited = _seconds_to_confirmation(payment, shown)
        seen = "no confirmation" if waited is None else f"confirmed after {waited:.1f} s"
        is_so = waited is not None and waited <= patience
        due = f"a confirmation within {patience:g} s"
        expect(f"payment of scenarios.{payment.place}", due if is_so else seen, due, evidence=shown.exchange)
    sender.must_be_whole()


def _seconds_to_confirmation(payment: Received, shown: Arrival) -> float | None:
    for one in payment.after(shown):
        if one.operation is Operation.MAKE_PAYMENT:
            return (one.at - shown.at).total_seconds()
    return None
