"""What came to the suite from a bank's client software, as the checks of the role `sender` judge it.

Nothing is sent: the checks read the record alone, so a replay of the record comes to the same verdicts. What shows
only to a private key is kept as a fact of the run, which names no value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from urllib.parse import unquote

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.inspection import Inspected, Ring, Unjudged
from conformance.contracts.instant_payment.judgement import is_refusal, took_effect
from conformance.contracts.instant_payment.sender_declaration import SenderDeclaration
from conformance.contracts.instant_payment.wire import PAYMENTS, SIGNED_MESSAGE, Operation, Status
from conformance.engine.observation import current, expect, lacking, none_found
from conformance.engine.run import ATTENDANCE
from conformance.engine.session import Session
from conformance.errors import KeyFileError, UnreadableReply
from conformance.transport.jsontext import read_json
from conformance.transport.recorder import Exchange
from conformance.transport.redaction import Redactor

_LAST = {"/validate": Operation.VALIDATE_PAYER, "/confirm": Operation.MAKE_PAYMENT, "": Operation.GET_PAYMENT}


@dataclass(frozen=True)
class Arrival:
    """One request that came, with our reply. `at_path` is the method of its path, None where none is published."""

    exchange: Exchange
    at_path: Operation | None
    payment_id: str  # of the path, decoded
    message: Inspected | None

    @property
    def number(self) -> int:
        return self.exchange.number

    @property
    def at(self) -> datetime:
        return self.exchange.at

    @property
    def inspected(self) -> Inspected:
        if self.message is None:
            raise Unjudged("the body holds no signed_message")
        return self.message

    @property
    def operation(self) -> Operation | None:
        """The method that the message is for, else that of the path."""
        try:
            return self.inspected.operation
        except Unjudged:
            return self.at_path

    @property
    def name(self) -> str:
        """As a report names it."""
        return f"{self.operation.words if self.operation else 'request'} (exchange {self.number})"

    @cached_property
    def answer(self) -> Answer:
        """Our reply."""
        if self.exchange.reply is None:
            raise RuntimeError("every request that came was answered")
        return Answer(self.operation or Operation.GET_PAYMENT, self.exchange, self.exchange.reply)

    @property
    def was_taken(self) -> bool:
        return took_effect(self.answer)

    @property
    def was_refused(self) -> bool:
        return is_refusal(self.answer)

    @property
    def told(self) -> Status | None:
        """The status that our reply told."""
        status = self.answer.response.get("status")
        return Status(status) if self.was_taken and isinstance(status, str) else None


@dataclass
class Received:
    """A payment: what came for it in its order. `place` is that of its mobile number in the scenarios."""

    id: str
    place: str
    arrivals: list[Arrival] = field(default_factory=list)

    def of(self, *operations: Operation) -> list[Arrival]:
        return [arrival for arrival in self.arrivals if arrival.operation in operations]

    def before(self, arrival: Arrival) -> list[Arrival]:
        return [one for one in self.arrivals if one.number < arrival.number]

    def after(self, arrival: Arrival) -> list[Arrival]:
        return [one for one in self.arrivals if one.number > arrival.number]

    @property
    def is_whole(self) -> bool:
        """Whether a message of each method was taken."""
        return {one.operation for one in self.arrivals if one.was_taken} == set(Operation)


class SenderUnderTest:
    """The bank's client software, by its requests."""

    def __init__(self, session: Session) -> None:
        self.declaration: SenderDeclaration = session.declaration  # type: ignore[assignment]
        self._redactor = session.redactor
        self._purpose = session.purpose
        self._all: _Everything = session.memory.recall(
            "arrivals", lambda: _Everything(self.declaration, session.redactor, session.recorded())
        )

    @property
    def arrivals(self) -> Sequence[Arrival]:
        """All requests to published paths, or with a message, in their order."""
        return self._all.arrivals

    @property
    def payments(self) -> Sequence[Received]:
        """The payments that were opened, in their order."""
        return self._all.payments

    @property
    def ring(self) -> Ring:
        return self._all.ring

    # --- scenarios --------------------------------------------------------------------------------------------

    def in_scenario(self, name: str) -> list[Received]:
        """The payments of one scenario. Inconclusive where one of them was not made, or none is configured."""
        places = [place for place, _ in self.declaration.scenarios.places() if place.partition("[")[0] == name]
        if not places:
            lacking(f"a mobile number in scenarios.{name}, and a payment to it")
        for place in places:
            if place not in {payment.place for payment in self.payments}:
                lacking(f"a payment to the mobile number of scenarios.{place}")
        return [payment for payment in self.payments if payment.place in places]

    def must_be_whole(self) -> None:
        """Inconclusive unless the good payments were made from their first message to their last.

        One whose number could not be read went on like a good one, and counts as such.
        """
        due = len(self.declaration.scenarios.good)
        good = (one for one in self.payments if one.is_whole and one.place.partition("[")[0] in ("", "good"))
        made = len({one.place or one.id for one in good})
        if made < due:
            lacking(
                f"{due} payments to the numbers of scenarios.good, from Validate Payee to the end; {made} were made"
            )

    # --- judgement --------------------------------------------------------------------------------------------

    def judge(
        self,
        subject: str,
        rule: Callable[[Inspected], Iterable[str]],
        *operations: Operation,
        secret: bool = False,
    ) -> None:
        """Hold each message, of these methods or of all, to a rule, which gives its faults; `secret` as in `told`."""
        self.judge_arrivals(subject, lambda arrival: rule(arrival.inspected), *operations, secret=secret)

    def judge_arrivals(
        self,
        subject: str,
        rule: Callable[[Arrival], Iterable[str]],
        *operations: Operation,
        secret: bool = False,
    ) -> None:
        """Hold each request to a rule. One that cannot be held to it leaves the check inconclusive, if none fails."""
        verdicts = [
            (arrival, self.told(f"{subject} {arrival.number}", partial(rule, arrival), secret=secret))
            for arrival in self.arrivals
            if not operations or arrival.operation in operations
        ]
        self.conclude(subject, verdicts)

    def conclude(self, subject: str, verdicts: Iterable[tuple[Arrival, Sequence[str] | str]]) -> None:
        """Fail for any fault; inconclusive where one could not be told, or where good payments are not whole."""
        faults: list[str] = []
        untold: list[str] = []
        evidence = None
        for arrival, verdict in verdicts:
            current().exchanges.append(arrival.exchange)
            if isinstance(verdict, str):
                untold.append(f"{arrival.name} in which it can be seen ({verdict})")
                continue
            faults += [f"{arrival.name}: {fault}" for fault in verdict]
            evidence = evidence or (arrival.exchange if verdict else None)
        expect(subject, faults, none_found, evidence=evidence)
        if untold:
            lacking(untold[0])
        self.must_be_whole()

    def told(self, name: str, find_out: Callable[[], Iterable[str]], *, secret: bool = False) -> list[str] | str:
        """Faults, or a text that says why none can be told.

        What takes a `secret` (a private key, or what it opens), or the very bytes that were signed, of which the
        record may hold stand-ins, is a fact of the run: no fault may name a value.
        """
        if not secret:
            return _found(find_out)
        fact = self._redactor.fact(f"{self._purpose}: {name}", lambda: _as_text(_found(find_out)))
        return _from_text(fact)


class _Everything:
    """All that came, put in order once for all checks."""

    def __init__(self, declaration: SenderDeclaration, redactor: Redactor, recorded: Iterable[Exchange]) -> None:
        self._redactor = redactor
        self._place_of = declaration.scenarios.place_of
        self.ring = ring_of(declaration)
        mine = (arrival_of(exchange, self.ring) for exchange in recorded if exchange.purpose == ATTENDANCE)
        self.arrivals = [one for one in mine if one.at_path or one.message]
        for arrival in self.arrivals:
            with suppress(Unjudged):
                redactor.add_secret_bytes("AES_KEY", arrival.inspected.aes_key)
        self.payments = list(self._payments())

    def _payments(self) -> Iterator[Received]:
        opened: dict[str, Received] = {}
        for arrival in self.arrivals:
            payment_id = arrival.payment_id
            if arrival.at_path is Operation.VALIDATE_PAYEE and arrival.was_taken:
                payment_id = str(arrival.answer.response.get("payment_id"))
                opened.setdefault(payment_id, Received(payment_id, self._place(arrival)))
            if payment_id in opened:
                opened[payment_id].arrivals.append(arrival)
        yield from opened.values()

    def _place(self, arrival: Arrival) -> str:
        def place() -> str:
            try:
                mobile = arrival.inspected.person("payee").get("mobile")
            except Unjudged:
                return ""
            return self._place_of(mobile) if isinstance(mobile, str) else ""

        return self._redactor.fact(f"place of {arrival.number}", place)


def arrival_of(exchange: Exchange, ring: Ring) -> Arrival:
    """A request as it came."""
    path = exchange.request.target.partition("?")[0]
    at_path, payment_id = None, ""
    if path == PAYMENTS:
        at_path = Operation.VALIDATE_PAYEE
    elif path.startswith(f"{PAYMENTS}/"):
        last = next(last for last in _LAST if path.endswith(last))
        payment_id = unquote(path.removeprefix(f"{PAYMENTS}/").removesuffix(last), errors="replace")
        at_path = _LAST[last]
    try:
        body = read_json(exchange.request.body).value
    except UnreadableReply:
        body = None
    token = body.get(SIGNED_MESSAGE) if isinstance(body, dict) else None
    message = Inspected(token, ring, at_path) if isinstance(token, str) else None
    return Arrival(exchange, at_path, payment_id, message)


def ring_of(declaration: SenderDeclaration) -> Ring:
    """The keys of a configuration; in a replay its private ones are slots and cannot be used."""
    keys = declaration.keys
    sender, receiver = keys.sender.verifying, keys.receiver.verifying
    if sender is None or receiver is None:
        raise KeyFileError("keys.sender and keys.receiver need a public half")
    private = []
    for pair in (keys.sender, keys.receiver):
        try:
            private.append(pair.signing)
        except KeyFileError:
            private.append(None)
    return Ring(sender, private[0], receiver, private[1], keys.transport)


def _found(find_out: Callable[[], Iterable[str]]) -> list[str] | str:
    try:
        return list(find_out())
    except Unjudged as why:
        return str(why)


_UNTOLD = "cannot be told: "


def _as_text(found: list[str] | str) -> str:
    return _UNTOLD + found if isinstance(found, str) else "\n".join(found)


def _from_text(text: str) -> list[str] | str:
    return text.removeprefix(_UNTOLD) if text.startswith(_UNTOLD) else text.splitlines()
