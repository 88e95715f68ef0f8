"""Carries out one sequence of steps on a transfer of its own, and holds each answer against the table of transitions.

A step that the table has from the present stage must be taken and lead where it says; any other must be refused and
change nothing. The first rule that is broken ends the sequence. Where none but legal steps lead there, it is the
failure of the requirement on that step; where it takes a refused step before, of the one on sequences (ORDER-12).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.fuzzing.drawing import GRAPH, METHODS, Rule, Stage
from conformance.contracts.imts.judgement import story, took_effect
from conformance.contracts.imts.messages import Message, Transfer
from conformance.contracts.imts.wire import VERSION, Method, Status
from conformance.engine.observation import Departure, Inconclusive, Observation, observing
from conformance.engine.session import Session
from conformance.errors import NoAnswer, UnreadableReply
from conformance.fuzz.case import Fault
from conformance.fuzz.sequences import Played, Steps
from conformance.transport.channel import Stopped
from conformance.transport.recorder import Exchange

ANY_SEQUENCE = "IMTS-ORDER-12"

SHOWN = {
    Stage.NEW: (Status.NEW,),
    Stage.DOOMED: (Status.NEW,),
    Stage.CONFIRMED: (Status.PROCESS, Status.WAITING),
    Stage.PAID: (Status.WAITING,),
    Stage.SUCCESS: (Status.SUCCESS,),
    Stage.CANCELED: (Status.CANCELED,),
    Stage.ERROR: (Status.ERROR,),
}
"""What a transfer shows at each stage."""

_REFUSED = {
    (Stage.NEW, Method.PAYOUT): "IMTS-ORDER-01",
    (Stage.DOOMED, Method.PAYOUT): "IMTS-ORDER-01",
    (Stage.NEW, Method.PAYOUT_CONFIRM): "IMTS-ORDER-02",
    (Stage.DOOMED, Method.PAYOUT_CONFIRM): "IMTS-ORDER-02",
    (Stage.CONFIRMED, Method.PAYOUT_CONFIRM): "IMTS-ORDER-02",
    (Stage.PAID, Method.CONFIRM): "IMTS-ORDER-03",
    (Stage.CONFIRMED, Method.CONFIRM): "IMTS-ORDER-04",
    (Stage.PAID, Method.PAYOUT): "IMTS-ORDER-05",
    (Stage.SUCCESS, Method.CANCEL): "IMTS-CANCEL-04",
    (Stage.ERROR, Method.CANCEL): "IMTS-CANCEL-05",
    (Stage.CANCELED, Method.CANCEL): "IMTS-CANCEL-06",
}
_ENDED = {Stage.SUCCESS: "IMTS-ORDER-06", Stage.CANCELED: "IMTS-ORDER-07", Stage.ERROR: "IMTS-ORDER-08"}

_TAKEN = {
    Rule.CONFIRM: "IMTS-STATUSES-03",
    Rule.PAYOUT: "IMTS-STATUSES-05",
    Rule.PAYOUT_REJECTED: "IMTS-STATUSES-06",
    Rule.PAYOUT_CONFIRM: "IMTS-STATUSES-07",
}
_CANCELED = {
    Stage.NEW: "IMTS-CANCEL-01",
    Stage.DOOMED: "IMTS-CANCEL-01",
    Stage.CONFIRMED: "IMTS-CANCEL-02",
    Stage.PAID: "IMTS-CANCEL-03",
}


class Broken(Exception):
    """A rule is broken, and the exchange that shows it."""

    def __init__(self, fault: Fault, exchange: Exchange) -> None:
        super().__init__(fault.subject)
        self.fault, self.exchange = fault, exchange


class Playing:
    """The player of a run."""

    version = VERSION

    def __init__(self, session: Session) -> None:
        self._session = session

    def play(self, steps: Steps, name: str) -> Played:
        partner = Partner(replace(self._session, purpose=name))
        course = Course(partner)
        fault, evidence, missing = None, None, ""
        with observing(Observation()) as observation:
            try:
                for step in steps:
                    course.carry_out(Rule(step.rule))
                course.look()
            except Broken as seen:
                fault, evidence = seen.fault, seen.exchange
            except (Departure, UnreadableReply, NoAnswer, Stopped) as open_end:
                missing = open_end.missing if isinstance(open_end, Inconclusive) else str(open_end)
        numbers = tuple(one.number for one in observation.exchanges if one.purpose == name)
        return Played(tuple(course.story), course.operation, fault, evidence, numbers, missing)

    def plainer(self, name: str, value: str) -> Iterable[str]:
        """No values are drawn."""
        return ()


class Course:
    """One sequence under way. `story` has a sentence for each call, `operation` is the method of the latest."""

    def __init__(self, partner: Partner) -> None:
        self.story: list[str] = []
        self.operation = ""
        self._partner = partner
        self._transfer: Transfer | None = None
        self._stage = Stage.NOTHING
        self._is_straight = True  # whether no step was refused so far

    def carry_out(self, rule: Rule) -> None:
        """One call. Raises Broken for the first rule that is broken; a call that cannot be made is left out."""
        if rule in (Rule.CREATE, Rule.CREATE_REJECTED):
            self._create(rule)
        elif self._transfer is None:
            return
        elif rule is Rule.QUESTION:
            self.look(rule)
        else:
            self._step(rule, self._transfer)

    def look(self, rule: Rule = Rule.QUESTION) -> None:
        """Ask for the transfer, where that can be, and hold its status against the stage."""
        if self._transfer is None or not self._partner.sees_statuses:
            return
        answer = self._partner.shown(self._transfer)
        self._heard(rule.value, answer)
        if not took_effect(answer):
            self._break("IMTS-LOOKUP-01", f"answer to {rule.value}", "the transfer", story(answer), answer)
        status = answer.transfer_status
        if status not in SHOWN[self._stage]:
            expected = " or ".join(SHOWN[self._stage])
            self._break("IMTS-ORDER-09", f"status {self._stage}", expected, status, answer)

    # --- calls ------------------------------------------------------------------------------------------------

    def _create(self, rule: Rule) -> None:
        if self._transfer is not None:
            return  # each sequence is about one transfer
        message = self._partner.creation("rejected_person" if rule is Rule.CREATE_REJECTED else "person")
        answer = self._sent(rule.value, message)
        if not took_effect(answer):
            raise Inconclusive(f"answer to {rule.value}", actual=story(answer), missing="a good transfer")
        self._transfer = self._partner.created_by(message, answer)
        self._stage = Stage(GRAPH.rules[rule][Stage.NOTHING])

    def _step(self, rule: Rule, transfer: Transfer) -> None:
        method = METHODS[rule]
        who = "rejected_recipient" if rule is Rule.PAYOUT_REJECTED else "recipient"
        answer = self._sent(rule.value, self._partner.step(method, transfer, who))
        following = GRAPH.rules[rule].get(self._stage)
        what = f"{rule.value} {self._stage}"
        if following is not None:
            self._taken(rule, what, answer, Stage(following))
        elif (method, self._stage) == (Method.CANCEL, Stage.CANCELED) and took_effect(answer):
            self.look()  # MTR11: answered as the first, and nothing changed
            self._is_straight = False
        else:
            self._refused(method, what, answer)

    def _taken(self, rule: Rule, what: str, answer: Answer, following: Stage) -> None:
        """A step that the table has: it is carried out, and leads where it should within the patience."""
        requirement = _CANCELED.get(self._stage, "") if rule is Rule.CANCEL else _TAKEN[rule]
        if following is Stage.ERROR and rule is Rule.CONFIRM:
            requirement = "IMTS-STATUSES-04"
        if not took_effect(answer) and following is not Stage.ERROR:
            self._given_a_refusal(what, answer)
            self._break(requirement, f"answer to {what}", "that it was carried out", story(answer), answer)
        transfer = self._transfer
        if transfer is None:
            raise AssertionError("a step needs a transfer")
        status = self._partner.settled(transfer, answer, *SHOWN[following])
        if status is not None and status not in SHOWN[following]:
            if rule is not Rule.CANCEL and status in SHOWN[self._stage]:
                missing = f"the decision of AML on {rule.value} within polling.patience_s"  # MTR33
                raise Inconclusive(f"status after {what}", actual=status, missing=missing)
            self._break(requirement, f"status after {what}", " or ".join(SHOWN[following]), status, answer)
        self._stage = following

    def _refused(self, method: Method, what: str, answer: Answer) -> None:
        """A step that the table has not: it is refused, and the transfer stays as it is."""
        requirement = _REFUSED.get((self._stage, method)) or _ENDED.get(self._stage, ANY_SEQUENCE)
        if took_effect(answer):
            self._break(requirement, f"answer to {what}", "a refusal", story(answer), answer)
        self._given_a_refusal(what, answer)
        self.look()
        if self._partner.sees_statuses:
            self.story.pop()  # a look of our own is told only where it shows a fault
        self._is_straight = False

    # --- judgement --------------------------------------------------------------------------------------------

    def _given_a_refusal(self, what: str, answer: Answer) -> None:
        if answer.status == 429 or answer.status >= 500 or 300 <= answer.status < 400:
            raise Inconclusive(f"answer to {what}", missing=f"an answer to {what} that is no {answer.status}")

    def _break(self, requirement: str, subject: str, expected: str, actual: str, answer: Answer) -> None:
        """End the sequence: on a straight way the fault is that of the step, on any other one of the sequence."""
        self.story[-1] += f"; expected {expected}"
        blamed = requirement if self._is_straight else ANY_SEQUENCE
        raise Broken(Fault(blamed, subject, expected, actual, symptom=f"{requirement} {subject}"), answer.exchange)

    def _sent(self, what: str, message: Message) -> Answer:
        answer = self._partner.send(message)
        self.operation = message.method.value
        self._heard(what, answer)
        return answer

    def _heard(self, what: str, answer: Answer) -> None:
        self.story.append(f"{what}: {story(answer)}")
