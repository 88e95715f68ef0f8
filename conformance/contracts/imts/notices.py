"""imts callbacks: transfers whose notifications the suite listens to, answers, or leaves unanswered.

All is done once in a run. The checks judge what is on record, by transfer, so that they come to the same verdict when
the run is judged again. What comes for other transfers (a target repeats what nobody heard before) does not count.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from conformance.contracts.imts.client import AFTER, Partner
from conformance.contracts.imts.declaration import Callbacks
from conformance.contracts.imts.messages import Transfer
from conformance.contracts.imts.wire import Method, Status, at_pointer
from conformance.engine.observation import Departure, given, lacking, not_applicable
from conformance.errors import NoAnswer, UnreadableReply, UsageError
from conformance.transport.jsontext import read_json
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Exchange

NOTICES = "notices"  # the purpose under which they are recorded
STATUS_UPDATE = "status_update"
REPEATS = 3
LONGEST_RETRY_S = 60.0  # a run waits four times as long and a half


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification as it came; None is what it does not tell at its mapped place."""

    exchange: Exchange
    transfer_id: str | None
    status: str | None
    kind: str | None

    @property
    def at(self) -> datetime:
        return self.exchange.at

    @property
    def is_update(self) -> bool:
        """Whether it tells of a change, by its kind, else by a status that a new transfer does not have."""
        return self.status != Status.NEW if self.kind is None else self.kind == STATUS_UPDATE


@dataclass(frozen=True, slots=True)
class Walk:
    """A transfer of ours, the steps that were taken, and the statuses that it was seen in after each."""

    transfer: Transfer
    steps: tuple[Method, ...]
    statuses: tuple[Status, ...]

    @property
    def changes(self) -> list[Status]:
        """The statuses that it came to, each once: a step may leave it in the status that it had."""
        return list(dict.fromkeys(status for status in self.statuses if status is not Status.NEW))

    def times(self, status: str) -> int:
        """How often that status may be told: once for each step that may lead to it, and once for `new`."""
        return sum(status in AFTER[step] for step in (None, *self.steps))


@dataclass(frozen=True, slots=True)
class Walked:
    """What was done: a transfer that came to its end, one that was canceled, and one whose notices got no answer."""

    finished: Walk
    canceled: Walk
    unanswered: Walk


def walked(partner: Partner) -> Walked:
    """The transfers. Not applicable where the target was given no address of ours."""
    if partner.declaration.callbacks.address is None:
        not_applicable("no address is declared to which notifications come (callbacks.address)")
    done = partner.recall("callbacks", lambda: _listened(partner))
    ids = {walk.transfer.id for walk in (done.finished, done.canceled, done.unanswered)}
    given("ids of three transfers", len(ids), 3)
    return done


def directed_to_us(partner: Partner) -> Transfer:
    """A transfer that another agent directed to us; the suite listened if `walked` was asked for first."""

    def created() -> Transfer:
        other = partner.as_other()
        return other.created(other.creation(target_agent_id=partner.agent.agent_id))

    return partner.recall("transfer of another agent for us", created)


def on_demand_of_another(partner: Partner) -> Transfer:
    """A confirmed transfer on demand of another agent, as above."""
    return partner.recall("transfer of another agent on demand", lambda: partner.as_other().walked(Method.CONFIRM))


def notices(partner: Partner, transfer: Transfer | None = None) -> list[Notice]:
    """All that came for a transfer, or for any, in their order."""
    mapped = partner.declaration.callbacks
    came = [exchange for exchange in partner.recorded() if exchange.purpose == NOTICES]
    read = [Notice(exchange, *_told(exchange.request, mapped)) for exchange in came]
    found = [notice for notice in read if transfer is None or notice.transfer_id == transfer.id]
    return sorted(found, key=lambda notice: (notice.at, notice.exchange.number))


def _told(request: Request, mapped: Callbacks) -> tuple[str | None, str | None, str | None]:
    """Transfer, status and kind."""

    def text_at(pointer: str | None) -> str | None:
        if pointer is None:
            return None
        try:
            value = at_pointer(read_json(request.body).value, pointer)
        except UnreadableReply:
            return None
        return str(value) if isinstance(value, str | int) and value != "" else None

    return text_at(mapped.transfer_id), text_at(mapped.status), text_at(mapped.kind)


# --- listening --------------------------------------------------------------------------------------------------


class _Listener:
    """Answers every notification but those for one transfer, and knows what it heard."""

    def __init__(self, mapped: Callbacks) -> None:
        self._mapped = mapped
        self._heard: set[tuple[str | None, str | None]] = set()
        self.silent_for: str | None = None

    def handle(self, request: Request) -> Reply:
        transfer_id, status, _ = _told(request, self._mapped)
        self._heard.add((transfer_id, status))
        if transfer_id is not None and transfer_id == self.silent_for:
            raise NoAnswer("left unanswered on purpose")
        return Reply(200, (("Content-Type", "application/json"),), b"{}")

    def has_heard(self, transfer: Transfer) -> bool:
        return (transfer.id, transfer.status) in self._heard


class _Listening:
    """The steps that are taken while notifications come. Only how long is waited depends on what comes."""

    def __init__(self, partner: Partner) -> None:
        self._partner = partner
        self._callbacks = partner.declaration.callbacks
        self._is_patient = True
        self.listener = _Listener(self._callbacks)
        self.result: Walked | None = None

    def take_steps(self) -> None:
        finished = self._walk(Method.CONFIRM, Method.PAYOUT, Method.PAYOUT_CONFIRM)
        canceled = self._walk(Method.CANCEL)
        for others in (directed_to_us, on_demand_of_another):
            with suppress(Departure, NoAnswer, UnreadableReply):  # for the checks that need it
                others(self._partner)
        every_s = self._callbacks.retry_every_s
        self._is_patient = True
        is_scaled = every_s <= LONGEST_RETRY_S
        unanswered = self._walk(Method.CANCEL, is_silent=is_scaled)
        listen_s = (REPEATS + 1.5) * every_s if is_scaled and self._is_patient else self._callbacks.wait_s
        self._partner.sleep_until(lambda: False, listen_s)
        self.result = Walked(finished, canceled, unanswered)

    def _walk(self, *steps: Method, is_silent: bool = False) -> Walk:
        partner = self._partner
        transfer = partner.awaited(partner.created(), Status.NEW)
        statuses = [_visible(transfer)]
        if is_silent:
            self.listener.silent_for = transfer.id
        for method in steps:
            transfer = partner.stepped(transfer, partner.step(method, transfer))
            statuses.append(_visible(transfer))
            self._wait_for(transfer)
        return Walk(transfer, steps, tuple(statuses))

    def _wait_for(self, transfer: Transfer) -> None:
        """Let the notification come before the next step; a target that leaves one out is not waited for again."""
        if self._is_patient:
            heard = self._partner.sleep_until(lambda: self.listener.has_heard(transfer), self._callbacks.wait_s)
            self._is_patient = heard


def _visible(transfer: Transfer) -> Status:
    if transfer.status is None:
        lacking("a status of transfers that can be seen (values.status, paths.status)")
    return transfer.status


def _listened(partner: Partner) -> Walked:
    listening = _Listening(partner)
    try:
        partner.attend(listening.listener, NOTICES, listening.take_steps)
    except UsageError as fault:
        lacking(f"an address at which the suite can listen (callbacks.address: {fault})")
    if listening.result is None:
        raise AssertionError("attend returned before its steps were taken")
    return listening.result
