"""instant-payment get-payment: how often a sender asks, and until when."""

from __future__ import annotations

from itertools import pairwise

from conformance.contracts.instant_payment.received import Arrival, SenderUnderTest
from conformance.contracts.instant_payment.wire import DONE, REJECTED, Operation, Status
from conformance.engine.check import check
from conformance.engine.observation import lacking

_SLACK = 0.9  # a network may bring two questions nearer to each other
_AFTER_THE_END = 2
_END = REJECTED | (DONE - {Status.COMPLETED})  # NOTIFIED may still follow COMPLETED (IR24)


@check("IPG-POLLING-03")
def nobody_asks_more_often_than_agreed(sender: SenderUnderTest) -> None:
    """Between two questions for one payment lies polling.interval_s at least, less a tenth (IR27)."""
    least = sender.declaration.polling.interval_s
    verdicts: list[tuple[Arrival, list[str] | str]] = []
    for payment in sender.payments:
        for first, second in pairwise(payment.of(Operation.GET_PAYMENT)):
            pause = (second.at - first.at).total_seconds()
            fault = f"{pause:.2f} s after exchange {first.number}, not {least:g} s"
            verdicts.append((second, [] if pause >= _SLACK * least else [fault]))
    if not verdicts:
        lacking("two questions for one payment")
    sender.conclude("questions that come too soon", verdicts)


@check("IPG-POLLING-04")
def nobody_goes_on_asking_after_the_end(sender: SenderUnderTest) -> None:
    """After NOTIFIED, a rejection or CANCELED was told, no more than two questions follow."""
    verdicts: list[tuple[Arrival, list[str] | str]] = []
    for payment in sender.payments:
        end = next((one for one in payment.arrivals if one.told in _END), None)
        if payment.arrivals[-1].told in DONE:  # and nobody asked whether NOTIFIED follows
            end = end or payment.arrivals[-1]
        if end is not None:
            later = [one for one in payment.after(end) if one.operation is Operation.GET_PAYMENT]
            verdicts.append((end, []))
            verdicts += [(one, [f"{end.told} was told before"]) for one in later[_AFTER_THE_END:]]
    if not verdicts:
        lacking("a payment whose end was told")
    sender.conclude("questions after the end", verdicts)
