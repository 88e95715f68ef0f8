"""instant-payment statuses, flow: a payment walks along the graph of its states, forwards only, and only when told to.

How long a step takes is not said (IR27): what is not reached within polling.patience_s stays open, and is no failure.
"""

from __future__ import annotations

from collections.abc import Collection

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.judgement import is_refusal, served, told_once
from conformance.contracts.instant_payment.messages import Payment
from conformance.contracts.instant_payment.wire import (
    DONE,
    FIRST,
    REJECTED,
    Operation,
    Status,
    follows,
    follows_untold,
)
from conformance.engine.check import check
from conformance.engine.observation import Expected, expect, given, not_applicable, one_of, other_than
from conformance.transport.recorder import Exchange

# --- which statuses -------------------------------------------------------------------------------------------


@check("IPG-STATUSES-01", exclusive=True)
def every_status_is_one_of_the_eleven(bank: SenderBank) -> None:
    """No answer of the run shows a status that the source does not know."""
    bank.ask(bank.opened())
    shown = {status: exchange for exchange in bank.recorded() if (status := _status_text(exchange))}
    given("statuses that answers show", len(shown), Expected("one at least", bool))
    known = Expected("one of the eleven", lambda status: status in set(Status))
    for status, exchange in shown.items():
        expect("status of a payment", status, known, evidence=exchange)


def _status_text(exchange: Exchange) -> str:
    """The status in an answer, as a text; nothing where there is none, which is judged with the answers."""
    if exchange.reply is None or not 200 <= exchange.reply.status < 300:
        return ""
    status = Answer(Operation.GET_PAYMENT, exchange, exchange.reply).response.get("status")
    return status.strip() if isinstance(status, str) else ""


@check("IPG-STATUSES-02")
def validate_payee_is_answered_with_payee_validating(bank: SenderBank) -> None:
    """The answer to Validate Payee has the status PAYEE_VALIDATING, or one that follows it by itself (IR11)."""
    _has_the_status_of_its_step(served("a good Validate Payee message", bank.send(bank.payee())))


@check("IPG-STATUSES-02")
def validate_payer_is_answered_with_payer_validating(bank: SenderBank) -> None:
    """
    The answer to Validate Payer has the status PAYER_VALIDATING, or one that follows it by itself (IR11).

    PAYEE_VALIDATING, as in the example of the source, would go back (IE08).
    """
    payment = bank.walked(Status.PAYEE_VALIDATED)
    _has_the_status_of_its_step(served("a good Validate Payer message", bank.send(bank.payer(payment))))


@check("IPG-STATUSES-02")
def make_a_payment_is_answered_with_sending(bank: SenderBank) -> None:
    """The answer to Make a Payment has the status SENDING, or one that follows it by itself (IR11)."""
    payment = bank.walked(Status.PAYER_VALIDATED)
    _has_the_status_of_its_step(served("a good Make a Payment message", bank.send(bank.confirmation(payment))))


def _has_the_status_of_its_step(answer: Answer) -> None:
    first = FIRST[answer.operation]
    status = answer.acknowledged.status
    told_once("IR11", f"{answer.operation.words} is answered with {status}")
    expect(f"status in the answer to {answer.operation.words}", status, _one_of(follows_untold(first)))


@check("IPG-STATUSES-03")
def a_payment_never_goes_back(bank: SenderBank) -> None:
    """
    What questions show of a good payment only goes forwards along the graph.

    It is asked for straight after each message and then at each interval; states in between may be missed (IR27).
    """
    payment = bank.opened()
    _goes_forwards(bank, payment, payment.payee.answer, Status.PAYEE_VALIDATED)
    answer = served("a good Validate Payer message", bank.send(bank.payer(payment)))
    _goes_forwards(bank, payment, answer, Status.PAYER_VALIDATED)
    answer = served("a good Make a Payment message", bank.send(bank.confirmation(payment)))
    _goes_forwards(bank, payment, answer, *DONE)


def _goes_forwards(bank: SenderBank, payment: Payment, answer: Answer, *wanted: Status) -> None:
    """From what the answer to a message says, or should say, to one of the statuses that are wanted."""
    first, told = FIRST[answer.operation], answer.acknowledged.status
    last = told if told in follows_untold(first) else first
    for shown in bank.watched(payment, *wanted):
        status = served("a good question for the payment", shown).record.status
        expect(f"status of a payment that was {last}", status, _one_of(follows(last)))
        last = status
    given("status of the payment within patience", last, one_of(*wanted))


# --- what the receiver bank says ------------------------------------------------------------------------------


@check("IPG-STATUSES-04")
def a_payee_whom_the_receiver_bank_knows_is_validated(bank: SenderBank) -> None:
    """A payment to payee.mobile becomes PAYEE_VALIDATED; neither rejected nor canceled."""
    decided = (Status.PAYEE_VALIDATED, *REJECTED)
    status = bank.polled(bank.opened(), decided).record.status
    given("status of the payment within patience", status, one_of(*decided))
    expect("status of a payment to a known payee", status, Status.PAYEE_VALIDATED)


@check("IPG-STATUSES-05")
def a_payee_whom_the_receiver_bank_does_not_know_is_rejected(bank: SenderBank) -> None:
    """
    A payment to payee.unknown_mobile is rejected or canceled, or refused at once (IR12).

    A payment to payee.mobile is validated; only the number differs.
    """
    bank.shared(Status.PAYEE_VALIDATED)
    message = bank.payee(bank.declaration.payee.unknown_mobile)
    answer = bank.send(message)
    fate = _REFUSED if is_refusal(answer) else _fate(bank, bank.opened_by(message, lambda _: answer))
    told_once("IR12", fate)
    expect("what becomes of a payment to nobody", fate, one_of(_REFUSED, *sorted(REJECTED)))


@check("IPG-STATUSES-06")
def a_payer_whom_the_receiver_bank_takes_is_validated(bank: SenderBank) -> None:
    """A payment of payer.good becomes PAYER_VALIDATED; neither rejected nor canceled."""
    decided = (Status.PAYER_VALIDATED, *REJECTED)
    payment = bank.with_payer(bank.walked(Status.PAYEE_VALIDATED))
    status = bank.polled(payment, decided).record.status
    given("status of the payment within patience", status, one_of(*decided))
    expect("status of a payment of a good payer", status, Status.PAYER_VALIDATED)


@check("IPG-STATUSES-07")
def a_payer_whom_the_receiver_bank_does_not_take_is_rejected(bank: SenderBank) -> None:
    """
    A payment of payer.rejected is rejected or canceled, or the payer's data is refused and the payment stays.

    A payment of payer.good is validated; only the person differs.
    """
    person = bank.declaration.payer.rejected
    if person is None:
        not_applicable("no payer whom the receiver bank rejects is declared (payer.rejected)")
    bank.shared(Status.PAYER_VALIDATED)
    payment = bank.walked(Status.PAYEE_VALIDATED)
    answer = bank.send(bank.payer(payment, person))
    is_refused = is_refusal(answer)
    if is_refused:
        bank.quiet()
    else:
        served("Validate Payer with payer.rejected", answer)
    fate = _fate(bank, payment)
    expected = one_of(*sorted(REJECTED | ({Status.PAYEE_VALIDATED} if is_refused else set())))
    expect("what becomes of a payment of a payer who is not taken", fate, expected)


_REFUSED = "refused at once"


def _fate(bank: SenderBank, payment: Payment) -> str:
    """The status of a payment once it is neither PAYEE_VALIDATING nor PAYER_VALIDATING."""
    under_way = (Status.PAYEE_VALIDATING, Status.PAYER_VALIDATING)
    status = bank.polled(payment, set(Status) - set(under_way)).record.status
    given("status of the payment within patience", status, other_than(*under_way))
    return status.value


@check("IPG-STATUSES-08")
def a_confirmed_payment_is_completed(bank: SenderBank) -> None:
    """A payment that was confirmed becomes COMPLETED, with or without NOTIFIED after it (IR24)."""
    payment = bank.confirmed(bank.walked(Status.PAYER_VALIDATED))
    status = bank.polled(payment, DONE).record.status
    given("status of the payment within patience", status, one_of(*DONE, *REJECTED))
    expect("end of a confirmed payment", status, _one_of(DONE))
    bank.quiet()
    told_once("IR24", f"a good payment ends as {bank.shown(payment).record.status}")


# --- what comes by itself -------------------------------------------------------------------------------------


@check("IPG-STATUSES-09")
def a_rejected_payee_stays_rejected(bank: SenderBank) -> None:
    """A payment whose payee was rejected shows the same status at each later question."""
    payment = bank.shared(Status.PAYEE_VALIDATING_REJECTED)
    _stays(bank, payment.id, payment.record.status)


@check("IPG-STATUSES-09")
def a_rejected_payer_stays_rejected(bank: SenderBank) -> None:
    """A payment whose payer was rejected shows the same status at each later question."""
    payment = bank.shared(Status.PAYER_VALIDATING_REJECTED)
    _stays(bank, payment.id, payment.record.status)


@check("IPG-STATUSES-09")
def a_completed_payment_stays_completed(bank: SenderBank) -> None:
    """A completed payment shows COMPLETED or NOTIFIED at each later question, and COMPLETED never after NOTIFIED."""
    payment = bank.shared(Status.COMPLETED)
    _stays(bank, payment.id, payment.record.status)


@check("IPG-STATUSES-09")
def a_canceled_payment_stays_canceled(bank: SenderBank) -> None:
    """The payment of data.canceled_payment_id shows CANCELED at each later question."""
    payment_id = bank.declaration.data.canceled_payment_id
    if payment_id is None:
        not_applicable("no canceled payment is declared (data.canceled_payment_id)")
    seen = served("a good question for the canceled payment", bank.ask(payment_id)).record.status
    given("status of data.canceled_payment_id", seen, Status.CANCELED)
    _stays(bank, payment_id, seen)


def _stays(bank: SenderBank, payment_id: str, last: Status) -> None:
    """At each of the quiet intervals the status is the same, or one that may follow an end."""
    polling = bank.declaration.polling
    for _ in range(polling.quiet_intervals):
        bank.sleep(polling.interval_s)
        seen = served("a good question for the payment", bank.ask(payment_id)).record.status
        expect(f"status of a payment that ended as {last}", seen, _one_of(follows(last)))
        last = seen


@check("IPG-STATUSES-10")
def a_payment_without_payer_data_does_not_go_on(bank: SenderBank) -> None:
    """
    A payment that is left in PAYEE_VALIDATED stays there, or is canceled.

    With payer data it goes on afterwards.
    """
    payment = bank.walked(Status.PAYEE_VALIDATED)
    bank.quiet()
    status = bank.shown(payment).record.status
    expect("status of a payment left in PAYEE_VALIDATED", status, _one_of(follows_untold(Status.PAYEE_VALIDATED)))
    if status is Status.PAYEE_VALIDATED:
        bank.awaited(bank.with_payer(payment), Status.PAYER_VALIDATED)


@check("IPG-STATUSES-11")
def no_payment_is_sent_without_a_confirmation(bank: SenderBank) -> None:
    """
    A payment that is left in PAYER_VALIDATED stays there, or is canceled, and shows no payment_data.

    With a confirmation it goes on afterwards.
    """
    payment = bank.walked(Status.PAYER_VALIDATED)
    bank.quiet()
    record = bank.shown(payment).record
    expect(
        "status of a payment left in PAYER_VALIDATED", record.status, _one_of(follows_untold(Status.PAYER_VALIDATED))
    )
    expect("payment_data of a payment that nobody confirmed", record.confirmation.is_there, False)
    if record.status is Status.PAYER_VALIDATED:
        bank.awaited(bank.confirmed(payment), *DONE)


def _one_of(statuses: Collection[Status]) -> Expected:
    return one_of(*(status for status in Status if status in statuses))
