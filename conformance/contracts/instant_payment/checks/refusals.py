"""instant-payment validate-payee, validate-payer, make-payment, get-payment: a refusal is an answer, and looks so.

These checks judge the run as a whole: every recorded exchange counts, besides some bad requests of their own.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.judgement import served
from conformance.contracts.instant_payment.seen import distinct, name_of, operation_of
from conformance.contracts.instant_payment.wire import SUCCESS, Status
from conformance.crypto.faults import JwsFault
from conformance.engine.check import check
from conformance.engine.observation import expect, given, none_found
from conformance.errors import NoAnswer
from conformance.transport.recorder import Exchange

MOST_REPEATED = 10  # each costs two exchanges
MOST_SILENT = 3  # each may cost a time-out


@check("IPG-REFUSALS-01", exclusive=True)
def no_request_makes_the_gateway_fail(bank: SenderBank) -> None:
    """
    No request of the run is answered with 500 or above: what is wrong is refused, not stumbled over.

    A request that was is sent once more, and then a good one. Where it fails again it counts; where it does not, the
    gateway may have been out of order for a while, and the rule is left open.
    """
    served_and_troubled(bank)
    seen = distinct(one for one in bank.recorded() if one.reply is not None and one.reply.status >= 500)
    again = [(one, tried_again(bank, one)) for one in seen[:MOST_REPEATED]]
    failing = [one for one, answer in again if answer is not None and answer.status >= 500]
    found = sorted({name_of(one) for one in failing})
    expect("requests that make the gateway fail", found, none_found, evidence=failing[0] if failing else None)
    given("requests that made the gateway fail once", [name_of(one) for one in seen], none_found)


@check("IPG-REFUSALS-02", exclusive=True)
def every_request_is_answered(bank: SenderBank) -> None:
    """
    Every request gets an answer, also a bad one; the oversized message is left out.

    A request that stayed without one is sent once more, between two good ones that are answered: so it is no outage.
    """
    served_and_troubled(bank)
    limit = bank.declaration.messages.oversized_bytes
    seen = distinct(one for one in bank.recorded() if one.reply is None and len(one.request.body) < limit)
    silent = [one for one in seen[:MOST_SILENT] if tried_again(bank, one) is None]
    found = sorted({name_of(one) for one in silent})
    expect("requests that stay without answer", found, none_found, evidence=silent[0] if silent else None)


@check("IPG-REFUSALS-03", exclusive=True)
def no_refusal_bears_the_code_of_success(bank: SenderBank) -> None:
    """No answer of the run with a status of 300 to 499 has the result_code "1"."""
    served_and_troubled(bank)
    untrue = [
        one
        for one in bank.recorded()
        if one.reply is not None
        and 300 <= one.reply.status < 500
        and Answer(operation_of(one), one, one.reply).result_code == SUCCESS
    ]
    found = sorted({name_of(one) for one in untrue})
    expect('refusals with the result_code "1"', found, none_found, evidence=untrue[0] if untrue else None)


def served_and_troubled(bank: SenderBank) -> None:
    """A payment of ours is shown, and some requests were made that cannot but be refused."""
    payment = bank.shared(Status.PAYEE_VALIDATED)
    bank.recall("bad requests", lambda: trouble(bank, payment.id))
    served("a good question for the payment", bank.ask(payment))


def trouble(bank: SenderBank, payment_id: str) -> None:
    """Requests that are wrong, each in a way of its own."""
    question = bank.question(payment_id)
    opening = bank.payee()
    requests: tuple[Callable[[], Answer], ...] = (
        lambda: bank.send_body(question, b""),
        lambda: bank.send_body(question, b'{"signed_message":'),
        lambda: bank.send_token(question, "a.b.c"),
        lambda: bank.send_token(opening, "no signature"),
        lambda: bank.send_payload(opening, b"[1,2"),
        lambda: bank.send_faulty(opening, JwsFault.SIGNATURE_BIT),
        lambda: bank.ask(bank.made_up_payment_id()),
    )
    for send in requests:
        try:
            send()
        except NoAnswer:
            continue  # recorded, and judged by REFUSALS-02


def tried_again(bank: SenderBank, exchange: Exchange) -> Answer | None:
    """The answer to the same request, None where none comes; a good request is served before and after it."""
    payment = bank.shared(Status.PAYEE_VALIDATED)
    served("a good question before the request", bank.ask(payment))
    try:
        answer = bank.send_request(operation_of(exchange), exchange.request)
    except NoAnswer:
        answer = None
    served("a good question after the request", bank.ask(payment))
    return answer
