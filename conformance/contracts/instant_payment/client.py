"""The sender bank whose part the suite plays: messages by name, answers by type, payments walked along their statuses.

A check receives one `SenderBank`. Reading a member of an answer that is not there raises UnreadableReply, which ends
the check as inconclusive: the topic `answers` judges the form of answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from conformance import __version__
from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.drafting import Drafting
from conformance.contracts.instant_payment.judgement import is_refusal, served
from conformance.contracts.instant_payment.messages import Identity, Message, Payment, Taken
from conformance.contracts.instant_payment.wire import (
    DONE,
    ENDS,
    SIGNED_MESSAGE,
    Operation,
    Status,
)
from conformance.crypto.compact import as_json
from conformance.crypto.faults import JwsFault
from conformance.engine.observation import Inconclusive, not_applicable
from conformance.transport.message import Headers, Request
from conformance.transport.recorder import Exchange

USER_AGENT = f"openbanking-conformance/{__version__}"  # so that a bank finds the run in its logs

T = TypeVar("T")
R = TypeVar("R")


class SenderBank(Drafting):
    """A bank at the target: the sender bank of the configuration, unless another identity is taken on."""

    # --- other identities -------------------------------------------------------------------------------------

    def as_other(self) -> SenderBank:
        """The third registered bank. Ends the check as not applicable where there is none to play."""
        bank, key = self.declaration.banks.other, self.declaration.keys.other
        if bank is None or key is None or key.private is None:
            not_applicable("no other registered bank is declared (banks.other, keys.other.private)")
        return SenderBank(self._session, Identity(bank.code, bank.cert_id, key))

    def as_receiver(self) -> SenderBank:
        """The receiver bank itself. Ends the check as not applicable without its private key."""
        bank, key = self.declaration.banks.receiver, self.declaration.keys.receiver
        if key.private is None:
            not_applicable("the receiver bank's private key is not declared (keys.receiver.private)")
        return SenderBank(self._session, Identity(bank.code, bank.cert_id, key))

    def signing_as(self, **changes: Any) -> SenderBank:
        """The same bank with another `key`, `code` or `cert_id` in its messages."""
        return SenderBank(self._session, replace(self.identity, **changes))

    # --- sending ----------------------------------------------------------------------------------------------

    def send(self, message: Message) -> Answer:
        """A message, signed and sent as it should be."""
        return self.send_token(message, self.signed(message))

    def send_faulty(self, message: Message, fault: JwsFault, **options: Any) -> Answer:
        """A message whose JWS has one fault; the options are those of `faulty`."""
        return self.send_token(message, self.faulty(message, fault, **options))

    def send_payload(self, message: Message, payload: bytes, **header: Any) -> Answer:
        """These very bytes, signed as they are, in place of the message."""
        return self.send_token(message, self.signed_bytes(payload, **header))

    def send_token(self, message: Message, token: Any) -> Answer:
        """Any JSON value as signed_message."""
        return self.send_body(message, as_json({SIGNED_MESSAGE: token}))

    def send_body(self, message: Message, body: bytes, query: str = "") -> Answer:
        """Any body at the path of a message."""
        headers: Headers = (("User-Agent", USER_AGENT), ("Accept", "application/json"))
        headers += (("Content-Type", "application/json"),) if body else ()
        target = message.operation.path(message.payment_id) + (f"?{query}" if query else "")
        return self.send_request(message.operation, Request(message.operation.verb, target, headers, body))

    def send_request(self, operation: Operation, request: Request) -> Answer:
        """Any request, or a recorded one once more."""
        exchange = self._session.send(request)
        if exchange.reply is None:
            raise AssertionError("the channel returns only answered exchanges")
        return Answer(operation, exchange, exchange.reply)

    def ask(self, payment: Payment | str) -> Answer:
        """The answer to Get a Payment."""
        return self.send(self.question(payment))

    # --- payments of our own ----------------------------------------------------------------------------------

    def opened(self, message: Message | None = None) -> Payment:
        """A payment opened by a good Validate Payee message, of which nothing else is known yet."""
        return self.opened_by(message or self.payee(), self.send)

    def opened_by(self, message: Message, send: Callable[[Message], Answer]) -> Payment:
        """A payment opened by a Validate Payee message that is sent in a way of its own."""
        return self._opened_by(message, send(message))

    def _opened_by(self, message: Message, answer: Answer) -> Payment:
        payment_id = served("a good Validate Payee message", answer).acknowledged.payment_id
        return Payment(payment_id, str(message.members["sender_party_reference_id"]), Taken(message, answer))

    def with_payer(
        self, payment: Payment, message: Message | None = None, send: Callable[[Message], Answer] | None = None
    ) -> Payment:
        """The payment after a good Validate Payer message was accepted."""
        sent = message or self.payer(payment)
        answer = served("a good Validate Payer message", (send or self.send)(sent))
        return replace(payment, payer=Taken(sent, answer), seen=None)

    def confirmed(
        self, payment: Payment, message: Message | None = None, send: Callable[[Message], Answer] | None = None
    ) -> Payment:
        """The payment after a good Make a Payment message was accepted."""
        sent = message or self.confirmation(payment)
        answer = served("a good Make a Payment message", (send or self.send)(sent))
        return replace(payment, confirmation=Taken(sent, answer), seen=None)

    def shown(self, payment: Payment) -> Payment:
        """The payment as the target shows it now."""
        return replace(payment, seen=served("a good question for the payment", self.ask(payment)))

    def awaited(self, payment: Payment, *wanted: Status) -> Payment:
        """The payment as soon as it shows one of these statuses; any other end, or none in time, is inconclusive."""
        seen = self.polled(payment, wanted)
        status = seen.record.status
        if status not in wanted:
            names, patience = " or ".join(wanted), self.declaration.polling.patience_s
            subject = f"status of the payment within {patience:g} s"
            raise Inconclusive(subject, names, status, missing=f"a payment that reaches {names} (it is {status})")
        return seen

    def polled(self, payment: Payment, wanted: Collection[Status]) -> Payment:
        """The payment as it is shown once it has one of these statuses or an end, or patience is over (IR27)."""
        polling = self.declaration.polling
        waited = 0.0
        while True:
            self.sleep(polling.interval_s)
            waited += polling.interval_s
            seen = self.shown(payment)
            if seen.record.status in {*wanted, *ENDS} or waited >= polling.patience_s:
                return seen

    def watched(self, payment: Payment, *wanted: Status) -> Iterator[Answer]:
        """
        The answers to questions for a payment, at once and then at each interval.

        They go on to the first that shows one of these statuses or an end, or until patience is over (IR27). Nothing
        is judged: whoever iterates says first whether an answer will do.
        """
        polling = self.declaration.polling
        waited = 0.0
        while True:
            answer = self.ask(payment)
            yield answer
            if answer.record.status in {*wanted, *ENDS} or waited >= polling.patience_s:
                return
            self.sleep(polling.interval_s)
            waited += polling.interval_s

    def walked(self, status: Status, payee: Message | None = None) -> Payment:
        """A payment of the check's own in this status, `seen` there; COMPLETED stands for either end (IR24)."""
        if status is Status.PAYEE_VALIDATING_REJECTED:
            return self.awaited(self.opened_for_nobody(payee), status, Status.CANCELED)
        payment = self.awaited(self.opened(payee), Status.PAYEE_VALIDATED)
        if status is Status.PAYEE_VALIDATED:
            return payment
        if status is Status.PAYER_VALIDATING_REJECTED:
            person = self.declaration.payer.rejected
            if person is None:
                not_applicable("no payer whom the receiver bank rejects is declared (payer.rejected)")
            return self._with_rejected_payer(payment, self.payer(payment, person))
        payment = self.awaited(self.with_payer(payment), Status.PAYER_VALIDATED)
        if status is Status.PAYER_VALIDATED:
            return payment
        if status is Status.COMPLETED:
            return self.awaited(self.confirmed(payment), *DONE)
        raise ValueError(f"no payment can be kept in {status}")

    def opened_for_nobody(self, message: Message | None = None) -> Payment:
        """A payment to a payee whom nobody knows. Not applicable where it is refused, unlike a good one (IR12)."""
        sent = message or self.payee(self.declaration.payee.unknown_mobile)
        answer = self.send(sent)
        if is_refusal(answer):
            self.shared(Status.PAYEE_VALIDATED)
            not_applicable("a payee whom nobody knows is refused at once, so that no payment is opened (IR12)")
        return self._opened_by(sent, answer)

    def _with_rejected_payer(self, payment: Payment, message: Message) -> Payment:
        answer = self.send(message)
        if is_refusal(answer):
            self.shared(Status.PAYER_VALIDATED)
            not_applicable("a payer whom the receiver bank rejects is refused at once, so that no payment is rejected")
        sent = self.with_payer(payment, message, lambda _: answer)
        return self.awaited(sent, Status.PAYER_VALIDATING_REJECTED, Status.CANCELED)

    def shared(self, status: Status) -> Payment:
        """A payment in this status that all checks share: it may be asked for, and nothing else."""
        return self.recall(f"payment in {status}", lambda: self.walked(status))

    # --- the run ----------------------------------------------------------------------------------------------

    def sleep(self, seconds: float) -> None:
        """Wait; in virtual time at no cost."""
        self._session.sleep(seconds)

    def quiet(self) -> None:
        """Wait as long as nothing must happen (STATUSES-09 to -11)."""
        self.sleep(self.declaration.polling.interval_s * self.declaration.polling.quiet_intervals)

    def recorded(self) -> list[Exchange]:
        """All exchanges of the run so far, for checks that judge the run as a whole."""
        return self._session.recorded()

    def together(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Apply a function that sends requests to several items at once; sign messages before, since they draw."""
        return self._session.together(function, items)

    def fact(self, name: str, find_out: Callable[[], str]) -> str:
        """What only keys can tell, or this machine alone; kept for a later judgement, so it must name no secret."""
        return self._session.redactor.fact(f"{self._session.purpose}: {name}", find_out)

    def recall(self, what: str, discover: Callable[[], T]) -> T:
        """What `discover` finds out, found out once for all checks."""
        return self._session.memory.recall(what, discover)
