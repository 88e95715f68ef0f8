"""Carries out one sequence of calls on a payment of its own, and holds each answer against the graph of statuses.

What a call must meet is decided by what the target showed last, not by what the sequence was drawn for: a call that is
due must be taken, one that is not must be refused and change nothing, and where the payment may or may not have gone on
meanwhile both are lawful. The first rule that is broken ends the sequence.

A payment that is not as it should be after a call that was refused is the failure of the rule behind that refusal; in a
sequence that was made as small as it goes, no other call can have brought it about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Never

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.declaration import Person
from conformance.contracts.instant_payment.fuzzing.drawing import USUAL_FRACTION, Rule, is_payable, may_be_refused
from conformance.contracts.instant_payment.fuzzing.rules import (
    DUE,
    DUE_AFTER,
    REPEATED,
    Broken,
    fate_against_the_rules,
    faults_of_record,
    of_illegal,
)
from conformance.contracts.instant_payment.judgement import is_refusal, story, took_effect
from conformance.contracts.instant_payment.messages import Message, Payment, Taken
from conformance.contracts.instant_payment.wire import FIRST, REJECTED, VERSION, Operation, Status, follows_untold
from conformance.engine.observation import Departure, Inconclusive, Observation, observing
from conformance.engine.session import Session
from conformance.errors import NoAnswer, UnreadableReply
from conformance.fuzz.case import Fault
from conformance.fuzz.sequences import Played, Step, Steps
from conformance.transport.channel import Stopped
from conformance.transport.recorder import Exchange

_UNDER_WAY = frozenset({Status.PAYEE_VALIDATING, Status.PAYER_VALIDATING, Status.SENDING, Status.PROCESSING})
_AGAIN = {
    Rule.PAYEE_AGAIN: Operation.VALIDATE_PAYEE,
    Rule.PAYER_AGAIN: Operation.VALIDATE_PAYER,
    Rule.CONFIRMATION_AGAIN: Operation.MAKE_PAYMENT,
}


class Playing:
    """The player of a run."""

    version = VERSION

    def __init__(self, session: Session) -> None:
        self._session = session

    def play(self, steps: Steps, name: str) -> Played:
        bank = SenderBank(replace(self._session, purpose=name))
        course = Course(bank, name)
        fault, evidence, missing = None, None, ""
        with observing(Observation()) as observation:
            try:
                for step in steps:
                    course.carry_out(step)
                course.end()
            except Broken as seen:
                fault, evidence = seen.fault, seen.exchange
            except (Departure, UnreadableReply, NoAnswer, Stopped) as open_end:
                missing = open_end.missing if isinstance(open_end, Inconclusive) else str(open_end)
        numbers = tuple(one.number for one in observation.exchanges if one.purpose == name)
        return Played(tuple(course.story), course.operation, fault, evidence, numbers, missing)

    def plainer(self, name: str, value: str) -> Iterable[str]:
        if name == "amount":
            whole, point, cents = value.partition(".")
            amounts = SenderBank(self._session).declaration.amounts
            shorter = [
                f"{whole[start:].lstrip('0') or '0'}{point}{cents}" for start in (len(whole) // 2, 1, len(whole))
            ]
            return [text for text in shorter if len(text) < len(value) and is_payable(text, amounts)]
        if name in ("currency", "fraction", "date_of_birth"):
            return ()  # the usual one, or none plainer
        if name == "reference":
            before, _, after = value.partition("{}")
            return [text for text in (f"{before}{{}}", f"{{}}{after}") if text != value]
        half = len(value) // 2
        return [text for text in (value[:half], value[half:], value[:-1]) if text.strip()]


class Course:
    """One sequence under way. `story` has a sentence for each call, `operation` is the method of the latest."""

    def __init__(self, bank: SenderBank, place: str) -> None:
        self.story: list[str] = []
        self.operation = ""
        self._bank = bank
        self._place = place
        self._payment: Payment | None = None
        self._last = Status.PAYEE_VALIDATING  # what was told or shown last
        self._taken: dict[Operation, Taken] = {}
        self._fate_is_open = False  # whether the receiver bank may decide either way
        self._is_doomed = False  # whether it must reject
        self._illegal = ""  # the requirement behind the latest refusal
        self._unseen = ""  # that behind the latest repeat which was answered, as long as nobody looked what it did

    def carry_out(self, step: Step) -> None:
        """One call. Raises Broken for the first rule that is broken; a call that cannot be made is left out."""
        rule = Rule(step.rule)
        match rule:
            case Rule.WAIT:
                self._wait()
            case Rule.QUESTION:
                self._look(rule.value)
            case Rule.PAYEE | Rule.NOBODY:
                self._open(step, rule)
            case Rule.PAYER | Rule.REJECTED | Rule.CONFIRMATION:
                self._send(step, rule)
            case _:
                self._repeat(rule)

    def end(self) -> None:
        """A last look, which shows what the last call left behind; told only where it shows a fault."""
        if self._payment is not None:
            self._look("Get a Payment at the end")
            self.story.pop()

    # --- calls --------------------------------------------------------------------------------------------------

    def _open(self, step: Step, rule: Rule) -> None:
        declared = self._bank.declaration.payee
        mobile = declared.unknown_mobile if rule is Rule.NOBODY else declared.mobile
        members = {"request_date": self._date(step)}
        if self._payment is not None:
            message = self._bank.payee(mobile, sender_party_reference_id=self._payment.reference, **members)
            what = f"{rule.value} under the same reference"
            self._again(what, "IPG-REPEATS-04", self._answer(what, message))
            return
        if (shape := step.value("reference")) is not None:
            members["sender_party_reference_id"] = shape.format(self._bank.reference())
        message = self._bank.payee(mobile, **members)
        answer = self._answer(rule.value, message, step)
        if took_effect(answer):
            reference = str(message.members["sender_party_reference_id"])
            self._payment = Payment(answer.acknowledged.payment_id, reference, Taken(message, answer))
            self._is_doomed = rule is Rule.NOBODY
            self._accept(rule.value, self._payment, message, answer)
        elif rule is Rule.PAYEE or not is_refusal(answer):  # IR12
            self._refused_though_due(rule.value, answer, step)

    def _send(self, step: Step, rule: Rule) -> None:
        payment = self._payment
        message = self._message(step, rule, payment or self._ghost())
        operation, what = message.operation, rule.value
        answer = self._answer(what, message, step)
        if payment is None:
            self._must_be_refused(f"{what} for a payment that nobody opened", "IPG-ORDER-06", answer)
        elif DUE_AFTER[operation] not in follows_untold(self._last):
            self._must_be_refused(f"{what} after {self._last}", of_illegal(operation, self._last), answer)
        elif took_effect(answer):
            self._fate_is_open = any(name in Person.model_fields for name, _ in step.values)
            self._is_doomed = rule is Rule.REJECTED
            self._accept(what, payment, message, answer)
        elif self._last is DUE_AFTER[operation] and not (rule is Rule.REJECTED and is_refusal(answer)):
            self._refused_though_due(f"{what} after {self._last}", answer, step)

    def _repeat(self, rule: Rule) -> None:
        operation = _AGAIN[rule]
        if (taken := self._taken.get(operation)) is not None:
            request = taken.answer.exchange.request
            answer = self._heard(rule.value, operation, lambda: self._bank.send_request(operation, request))
            self._again(rule.value, REPEATED[operation], answer)

    def _again(self, what: str, requirement: str, answer: Answer) -> None:
        """What comes twice is refused, or answered with the payment of the first (IR03)."""
        self._illegal = requirement
        if not took_effect(answer):
            self._given_a_refusal(what, answer)
            return
        self._unseen = requirement
        if self._payment is None or answer.response.get("payment_id") != self._payment.id:
            self._break(
                requirement, f"payment in the answer to {what}", "that of the first", "another", answer.exchange
            )

    def _wait(self) -> None:
        polling = self._bank.declaration.polling
        waited = 0.0
        while self._payment is not None:
            self._bank.sleep(polling.interval_s)
            waited += polling.interval_s
            self._look("wait, and Get a Payment")
            if self._last not in _UNDER_WAY:
                return
            if waited >= polling.patience_s:
                names = f"a payment that leaves {self._last} within {polling.patience_s:g} s"
                raise Inconclusive("status of the payment", missing=names)
            self.story.pop()

    def _look(self, what: str) -> None:
        """Ask for the payment, and hold what it shows against what may be."""
        message = self._bank.question(self._payment or self._bank.made_up_payment_id())
        answer = self._answer(what, message)
        if self._payment is None:
            self._must_be_refused(f"{what} for a payment that nobody opened", "IPG-ORDER-06", answer)
            return
        if not took_effect(answer):
            subject = f"answer to {Rule.QUESTION} after {self._last}"
            self._break("IPG-POLLING-01", subject, "the payment", story(answer), answer.exchange)
        for fault in faults_of_record(answer.record, self._payment, self._taken, self._last):
            self._break(*fault, answer.exchange)
        self._judge_fate(answer.record.status, answer)
        self._last, self._unseen = answer.record.status, ""

    # --- judgement ----------------------------------------------------------------------------------------------

    def _accept(self, what: str, payment: Payment, message: Message, answer: Answer) -> None:
        """A message took effect, as it may: it is named rightly, and has the status of its step (IR11)."""
        told, first = answer.acknowledged, FIRST[message.operation]
        self._taken[message.operation] = Taken(message, answer)
        if told.payment_id != payment.id:
            subject = f"payment_id in the answer to {what}"
            self._break("IPG-ANSWERS-06", subject, "that of the path", "another", answer.exchange)
        if told.reference != payment.reference:
            subject = f"sender_party_reference_id in the answer to {what}"
            self._break("IPG-ANSWERS-08", subject, payment.reference, told.reference, answer.exchange)
        if told.status not in follows_untold(first):
            expected = f"{first}, or what follows by itself"
            self._break("IPG-STATUSES-02", f"status in the answer to {what}", expected, told.status, answer.exchange)
        self._last = first
        self._judge_fate(told.status, answer)
        self._last = told.status

    def _judge_fate(self, status: Status, answer: Answer) -> None:
        """What the receiver bank made of payee and payer, and what became of the money."""
        wrong = fate_against_the_rules(self._last, status, is_doomed=self._is_doomed)
        if wrong and not (self._fate_is_open and status in REJECTED):
            subject = f"what becomes of the payment after {self._last}"
            self._break(wrong, subject, "a rejection" if self._is_doomed else "it goes on", status, answer.exchange)

    def _must_be_refused(self, what: str, requirement: str, answer: Answer) -> None:
        if took_effect(answer):
            blamed = self._unseen or requirement
            self._break(blamed, f"answer to {what}", "a refusal", story(answer), answer.exchange, own=True)
        self._given_a_refusal(what, answer)
        self._illegal = requirement

    def _refused_though_due(self, what: str, answer: Answer, step: Step) -> None:
        """A message that is due was not taken: lawful only where its data allow it, or the payment was canceled."""
        self._given_a_refusal(what, answer)
        if may_be_refused(step, self._bank.declaration.amounts):
            return
        if self._payment is not None:
            self._look("Get a Payment after that")
            if self._last is Status.CANCELED:
                return
            self.story.pop()
        is_of_currency = step.value("currency") not in (None, self._bank.declaration.amounts.currencies[0])
        requirement = "IPG-AMOUNTS-09" if is_of_currency else DUE[answer.operation]
        self._break(requirement, f"answer to {what}", "that it was taken", story(answer), answer.exchange)

    def _given_a_refusal(self, what: str, answer: Answer) -> None:
        if not is_refusal(answer):
            missing = f"an answer to {what} that takes it or refuses it ({story(answer)})"
            raise Inconclusive(f"answer to {what}", missing=missing)

    def _break(
        self, requirement: str, subject: str, expected: str, actual: str, exchange: Exchange, *, own: bool = False
    ) -> Never:
        """End the sequence with a fault: of an earlier call which was refused, unless it is this call's own."""
        self.story[-1] += f"; {subject}: expected {expected}, actual {actual}"
        blamed = requirement if own else self._illegal or requirement
        raise Broken(Fault(blamed, subject, expected, actual, symptom=requirement), exchange)

    # --- sending ------------------------------------------------------------------------------------------------

    def _answer(self, what: str, message: Message, step: Step | None = None) -> Answer:
        values = ", ".join(f'{name} "{value}"' for name, value in (step.values if step else ()))
        told = f"{what} with {values}" if values else what
        return self._heard(told, message.operation, lambda: self._bank.send(message))

    def _heard(self, what: str, operation: Operation, send: Callable[[], Answer]) -> Answer:
        """The answer to a request; none at all, and a fault of the server, break rules of their own."""
        self.operation = operation.value
        try:
            answer = send()
        except NoAnswer:
            self.story.append(f"{what}: no answer")
            silent = next(
                one for one in reversed(self._bank.recorded()) if one.purpose == self._place and one.reply is None
            )
            subject = f"answer to {operation.words}"
            self._break("IPG-REFUSALS-02", subject, "any", "none", silent, own=True)
        self.story.append(f"{what}: {story(answer)}")
        if answer.status >= 500:
            subject = f"answer to {operation.words}"
            self._break("IPG-REFUSALS-01", subject, "no fault of the server", story(answer), answer.exchange, own=True)
        return answer

    def _message(self, step: Step, rule: Rule, payment: Payment) -> Message:
        date = self._date(step)
        if rule is Rule.CONFIRMATION:
            is_second = Operation.MAKE_PAYMENT in self._taken
            amount = step.value("amount") or (self._bank.another_amount() if is_second else None)
            return self._bank.confirmation(payment, amount, step.value("currency"), request_date=date)
        payers = self._bank.declaration.payer
        person = payers.rejected if rule is Rule.REJECTED else payers.good
        if person is None:
            raise Inconclusive("payer", missing="a payer whom the receiver bank rejects (payer.rejected)")
        drawn: Mapping[str, str] = {name: value for name, value in step.values if name in Person.model_fields}
        return self._bank.payer(payment, person.model_copy(update=dict(drawn)), request_date=date)

    def _date(self, step: Step) -> str:
        """A request_date of now, with so many digits of a second (IR06)."""
        second, _, fraction = self._bank.date().partition(".")
        digits = fraction[: int(step.value("fraction") or USUAL_FRACTION)]
        return f"{second}.{digits}" if digits else second

    def _ghost(self) -> Payment:
        """A payment like one that went all its way, under an id that nobody gave out."""
        known = self._bank.shared(Status.COMPLETED)
        return replace(known, id=self._bank.made_up_payment_id(), reference=self._bank.reference(), seen=None)
