"""The partner whose part the suite plays: requests by name, answers by type, transfers walked along their statuses.

A check receives one `Partner`. A method without a path in the configuration ends the check as not applicable; a mapped
value that an answer lacks raises UnreadableReply, which ends it as inconclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from conformance import __version__
from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.drafting import Drafting, signed_target
from conformance.contracts.imts.judgement import served, took_effect
from conformance.contracts.imts.messages import Message, Transfer
from conformance.contracts.imts.wire import FINAL, FORWARD, SIGNATURE, Method, Status, body_of
from conformance.engine.observation import Inconclusive, not_applicable
from conformance.transport.inprocess import Handler
from conformance.transport.message import Headers, Request
from conformance.transport.recorder import Exchange

USER_AGENT = f"openbanking-conformance/{__version__}"  # so that a bank finds the run in its logs

T = TypeVar("T")
R = TypeVar("R")

AFTER: dict[Method | None, tuple[Status, ...]] = {
    None: (Status.NEW,),
    Method.CONFIRM: (Status.PROCESS, Status.WAITING),
    Method.PAYOUT: (Status.WAITING,),
    Method.PAYOUT_CONFIRM: (Status.SUCCESS,),
    Method.CANCEL: (Status.CANCELED,),
}
"""The statuses that a good step leads to; None is the creation."""
_LOOK_S = 0.1


class Partner(Drafting):
    """An agent at the target: that of the configuration, unless another one is taken on."""

    def as_other(self) -> Partner:
        """The other agent. Ends the check as not applicable where there is none to play."""
        if self.declaration.auth.other is None:
            not_applicable("no other agent is declared (auth.other)")
        return Partner(self._session, self.declaration.auth.other, "other")

    # --- tokens -----------------------------------------------------------------------------------------------

    def token(self) -> str:
        """This agent's access token: the one of the configuration, else one that is asked for once in a run."""
        if self.agent.access_token is not None:
            return self.agent.access_token
        return self._kept(lambda: self.tokens_of(self.new_tokens())[0])[0]

    def keep(self, token: str) -> None:
        """Use this access token in the rest of the run: a new one may have ended the one before (MTR20)."""
        self._kept(lambda: token)[0] = token

    def _kept(self, first: Callable[[], str]) -> list[str]:
        return self.recall(f"token of {self.name}", lambda: [first()])

    def new_tokens(self) -> Answer:
        """The answer to a good request for a token."""
        return served("a good request for a token", self.send(self.message(Method.GET_TOKEN), token=None))

    def tokens_of(self, answer: Answer) -> tuple[str, str | None]:
        """Access and refresh token of an answer; both are secrets from now on."""
        digest = self.digest(str(answer.exchange.number))
        access, refresh = answer.text("access_token"), answer.value_or_none("refresh_token")
        kept = self.made_of_secret(f"ACCESS_TOKEN_{digest}", lambda: access)
        return kept, self.made_of_secret(f"REFRESH_TOKEN_{digest}", lambda: str(refresh)) if refresh else None

    def refreshed(self, refresh_token: str) -> Answer:
        """The answer to a request for other tokens, with this refresh token where it is declared to stand (MTR22)."""
        message = self.message(Method.REFRESH_TOKEN, refresh_token=refresh_token)
        if self.declaration.auth.refresh_in == "body":
            return self.send(message, token=None)
        names = (name for name, value in message.members.items() if value == refresh_token)
        return self.send(message.without(*names), token=refresh_token)

    # --- sending ----------------------------------------------------------------------------------------------

    def send(self, message: Message, *, token: str | None = "") -> Answer:
        """A message, signed and sent as it should be; `token` None sends it without any, "" with this agent's."""
        return self.send_body(message, self.body(message), token=token)

    def send_signed(self, message: Message, signature: str | None, *, token: str | None = "") -> Answer:
        """A message with this very pg_sig, or without any."""
        if message.method.verb == "GET":
            return self.send_body(replace(message, target=signed_target(message, signature)), b"", token=token)
        members = dict(message.members) if signature is None else {**message.members, SIGNATURE: signature}
        return self.send_body(message, body_of(members), token=token)

    def send_body(
        self, message: Message, body: bytes, *, token: str | None = "", content_type: str = "application/json"
    ) -> Answer:
        """Any body at the place of a message."""
        bearer = self.token() if token == "" else token
        return self.send_request(message.method, self._request(message, body, bearer, content_type))

    def _request(
        self, message: Message, body: bytes, bearer: str | None, content_type: str = "application/json"
    ) -> Request:
        headers: Headers = (("User-Agent", USER_AGENT), ("Accept", "application/json"))
        headers += (("Authorization", f"Bearer {bearer}"),) if bearer is not None else ()
        headers += (("Content-Type", content_type),) if body else ()
        return Request(message.method.verb, message.target, headers, body)

    def send_at_once(self, message: Message, body: bytes, count: int) -> list[Answer]:
        """The same bytes several times, without a pause between them, after one that keeps the declared rate."""
        if rate := self.declaration.limits.max_rps:
            self.sleep(count / rate)
        request = self._request(message, body, self.token())
        return self.together(lambda _: self.send_request(message.method, request, impatient=True), range(count))

    def send_request(self, method: Method, request: Request, *, impatient: bool = False) -> Answer:
        """Any request, or a recorded one once more; `impatient` does not wait for its turn."""
        exchange = self._session.send(request, impatient=impatient)
        if exchange.reply is None:
            raise AssertionError("the channel returns only answered exchanges")
        return Answer(method, exchange, exchange.reply, self.declaration)

    # --- clients ----------------------------------------------------------------------------------------------

    def client_id(self, who: str = "person") -> str:
        """The id of a registered sender, registered once in a run; a made up one where nobody can be."""
        method = Method.CREATE_BUSINESS if who == "business" else Method.CREATE_PERSON
        if not self.maps(method) or self.data_of(who) is None:
            if who in ("rejected_person", "business"):
                not_applicable(f"nobody can be registered as {who} (paths.{method.key}, clients.{who})")
            return self.new_uuid()
        return served(f"a good registration of a {who}", self.first_registration(who)).text("client_id")

    def first_registration(self, who: str) -> Answer:
        """The answer to the first registration in a run: a second one of the same client may be refused."""
        return self.recall(f"{who} of {self.name}", lambda: self.send(self._registration(who)))

    def registered(self, who: str) -> Answer:
        """The answer to a good registration of its own."""
        return served(f"a good registration of a {who}", self.send(self._registration(who)))

    def _registration(self, who: str) -> Message:
        method = Method.CREATE_BUSINESS if who == "business" else Method.CREATE_PERSON
        return self.message(method, data=self.data_of(who))

    # --- transfers --------------------------------------------------------------------------------------------

    def created(self, message: Message | None = None, *, who: str = "person") -> Transfer:
        """A transfer created by a good message."""
        sent = message or self.creation(who)
        return self.created_by(sent, served("a good create message", self.send(sent)))

    def created_by(self, message: Message, answer: Answer) -> Transfer:
        """The transfer that a good message created, in the status that the answer, or else a question, tells."""
        transfer = self.named_by(message, answer)
        return replace(transfer, status=self.seen_status(transfer, answer))

    def named_by(self, message: Message, answer: Answer) -> Transfer:
        """The transfer that a good message created, whatever its status."""
        sender = self.declaration.names_sender
        client = str(message.members.get(sender, "")) if sender else ""
        return Transfer(answer.text("transfer_id"), client, message, answer, last=answer)

    def kept_from_others(self) -> Transfer:
        """A new transfer that the other agent has no part in: directed to a third one, or else to ourselves (MTR40)."""
        target, other = self.declaration.transfer.target_agent_id, self.declaration.auth.other
        if target is None or (other is not None and target == other.agent_id):
            target = self.agent.agent_id
        return self.walked(None, self.created(self.creation(target_agent_id=target)))

    def stepped(self, transfer: Transfer, message: Message) -> Transfer:
        """The transfer after a good step, in the status that this step leads to; else the check is inconclusive."""
        return self.moved(transfer, served(f"a good {message.method.value} message", self.send(message)))

    def moved(self, transfer: Transfer, answer: Answer) -> Transfer:
        """The transfer after the good step of which this is the answer, in the status that the step leads to."""
        return self.awaited(replace(transfer, last=answer), *self.after(answer.method))

    def after(self, method: Method) -> tuple[Status, ...]:
        """The statuses in which a good step has come to its end: after confirm those in which payout is accepted.

        While AML still decides on the sender, payout of a transfer in process may be refused (MTR07, MTR33).
        """
        return self.recall("status before payout", self._before_payout) if method is Method.CONFIRM else AFTER[method]

    def _before_payout(self) -> tuple[Status, ...]:
        transfer, either = self.awaited(self.created(), *AFTER[None]), AFTER[Method.CONFIRM]
        answer = served("a good confirm message", self.send(self.step(Method.CONFIRM, transfer)))
        transfer = self.awaited(replace(transfer, last=answer), *either)
        if transfer.status is not Status.PROCESS or took_effect(self.send(self.step(Method.PAYOUT, transfer))):
            return either
        return (Status.WAITING,) if self.settled(transfer, None, Status.WAITING) is Status.WAITING else either

    def walked(self, last: Method | None, transfer: Transfer | None = None) -> Transfer:
        """A transfer of the check's own after this step; None leaves it new."""
        walked = self.awaited(transfer or self.created(), *AFTER[None])
        if last is Method.CANCEL:
            return self.stepped(walked, self.step(last, walked))
        for method in FORWARD[: FORWARD.index(last) + 1] if last else ():
            walked = self.stepped(walked, self.step(method, walked))
        return walked

    def rejected(self, who: str = "rejected_person") -> Transfer:
        """A transfer whose sender AML rejected at its confirmation, or the `rejected_recipient` at its payout."""
        if who == "rejected_recipient":
            transfer = self.walked(Method.CONFIRM)
            message = self.step(Method.PAYOUT, transfer, who)
        else:
            transfer = self.created(who=who)
            message = self.step(Method.CONFIRM, transfer)
        return self.awaited(replace(transfer, last=self.send(message)), Status.ERROR)

    def shared(self, last: Method | None) -> Transfer:
        """A transfer after this step that all checks share: it may be asked for, and nothing else."""
        return self.recall(f"transfer of {self.name} after {last}", lambda: self.walked(last))

    @property
    def sees_statuses(self) -> bool:
        """Whether the status of a transfer can be asked for."""
        return any(self.maps(method) for method in (Method.STATUS, Method.INFO))

    def shown(self, transfer: Transfer) -> Answer:
        """The answer to the question for a transfer. Not applicable where no such question is mapped."""
        method = Method.INFO if not self.maps(Method.STATUS) and self.maps(Method.INFO) else Method.STATUS
        return self.send(self.message(method, transfer))

    def watched(self, transfer: Transfer) -> Iterator[Answer]:
        """The answers to questions for a transfer, one at each interval until patience is over."""
        polling, waited = self.declaration.polling, 0.0
        yield self.shown(transfer)
        while waited < polling.patience_s:
            self.sleep(polling.interval_s)
            waited += polling.interval_s
            yield self.shown(transfer)

    def asked(self, transfer: Transfer) -> Transfer:
        """The transfer in the status that a question tells. Not applicable where no such question is mapped."""
        return replace(transfer, status=served("a good question for a transfer", self.shown(transfer)).transfer_status)

    def seen_status(self, transfer: Transfer, answer: Answer | None) -> Status | None:
        """The status that an answer tells, else that which a question for the transfer does; None where neither can."""
        if answer is not None and 200 <= answer.status < 300 and answer.told_status is not None:
            return answer.told_status
        if not self.sees_statuses:
            return None
        return served("a good question for a transfer", self.shown(transfer)).transfer_status

    def awaited(self, transfer: Transfer, *wanted: Status) -> Transfer:
        """The transfer as soon as it shows one of these statuses; none in time is inconclusive.

        Where no status can be seen at all, the answers are taken at their word.
        """
        polling = self.declaration.polling
        status = self.settled(transfer, transfer.last, *wanted)
        if status is not None and status not in wanted:
            names = " or ".join(wanted)
            subject = f"status of the transfer within {polling.patience_s:g} s"
            raise Inconclusive(subject, names, status, missing=f"a transfer that reaches {names} (it is {status})")
        return replace(transfer, status=status)

    def settled(self, transfer: Transfer, answer: Answer | None, *wanted: Status) -> Status | None:
        """The status that a step told, or the first of these that is seen until patience is over; None for none."""
        polling, waited = self.declaration.polling, 0.0
        status = self.seen_status(transfer, answer)
        while status is not None and status not in {*wanted, *FINAL} and self.sees_statuses:
            if waited >= polling.patience_s:
                break
            self.sleep(polling.interval_s)
            waited += polling.interval_s
            status = self.seen_status(transfer, None)
        return status

    # --- the run ----------------------------------------------------------------------------------------------

    def sleep(self, seconds: float) -> None:
        """Wait; in virtual time at no cost."""
        self._session.sleep(seconds)

    def sleep_until(self, is_over: Callable[[], bool], longest_s: float) -> bool:
        """Wait until something is over, or for that long, or until the run stops; gives whether it is over."""
        timer = self._session.channel.timer
        end = timer.monotonic() + longest_s
        while not (over := is_over()) and timer.monotonic() < end and self._session.channel.stop_reason is None:
            self._session.sleep(_LOOK_S)
        return over

    def attend(self, handler: Handler, purpose: str, meanwhile: Callable[[], None]) -> None:
        """Let the target's notifications come to the handler while `meanwhile` takes its steps."""
        self._session.attend(handler, meanwhile, purpose=purpose, sends=True)

    def recorded(self) -> list[Exchange]:
        """All exchanges of the run so far, for checks that judge the run as a whole."""
        return self._session.recorded()

    def answers(self) -> Iterator[Answer]:
        """All answers of the run so far to requests whose method can be told by their path."""
        for exchange in self.recorded():
            method = self.method_of(exchange.request)
            if method is not None and exchange.reply is not None:
                yield Answer(method, exchange, exchange.reply, self.declaration)

    def together(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Apply a function that sends requests to several items at once; draft messages before, since they draw."""
        return self._session.together(function, items)

    def recall(self, what: str, discover: Callable[[], T]) -> T:
        """What `discover` finds out, found out once for all checks."""
        return self._session.memory.recall(what, discover)
