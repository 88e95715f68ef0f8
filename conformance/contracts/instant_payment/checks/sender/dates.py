"""instant-payment validate-payee, validate-payer, make-payment, get-payment: request_date of a sender."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contracts.instant_payment.inspection import Inspected, Unjudged
from conformance.contracts.instant_payment.judgement import told_once
from conformance.contracts.instant_payment.received import Arrival, SenderUnderTest
from conformance.contracts.instant_payment.wire import read_date
from conformance.engine.check import check


@check("IPG-DATES-01")
def every_request_date_is_a_date_and_time(sender: SenderUnderTest) -> None:
    """request_date is a calendar date and a time with up to nine digits of a second, with or without a zone (IR06)."""

    def is_no_date(message: Inspected) -> Iterator[str]:
        date = read_date(message.text("request_date"), sender.declaration.zone)
        if date is None:
            yield "request_date is no date and time"
        else:
            told_once("IR06", "request_date with a zone" if date.zone else "request_date without a zone")

    sender.judge("request dates that are none", is_no_date)


@check("IPG-DATES-05")
def every_request_date_is_the_time_of_sending(sender: SenderUnderTest) -> None:
    """request_date is within dates.tolerance_s of the arrival, in its own zone or else in dates.zone (IR06, IR07)."""
    sent: set[str] = set()

    def is_another_time(arrival: Arrival) -> Iterator[str]:
        message = arrival.inspected
        date = read_date(message.text("request_date"), sender.declaration.zone)
        if date is None:
            raise Unjudged("request_date is no date and time")
        if message.token in sent:  # the same bytes once more bear the time of the first
            return
        sent.add(message.token)
        off = (arrival.at - date.moment).total_seconds()
        if abs(off) > sender.declaration.tolerance_s:
            yield f"request_date is {abs(off):.0f} s {'before' if off > 0 else 'after'} the arrival"

    sender.judge_arrivals("request dates of another time", is_another_time)
