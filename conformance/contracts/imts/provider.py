"""The reference system of imts: plain Python, one small method per rule.

`handle` turns a request into a reply. A defect overrides one rule, a variant one lawful choice; the rules stand with
their topics in `envelopes`, `contents`, `steps`, `replies` and `courier`. What the source does not publish (paths of
eleven methods, names of members in answers) is this system's own choice, and its configuration maps it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.contracts.imts.call import Call, Refusal
from conformance.contracts.imts.contents import ContentRules
from conformance.contracts.imts.courier import Courier
from conformance.contracts.imts.encryption import EncryptionReading
from conformance.contracts.imts.envelopes import EnvelopeRules
from conformance.contracts.imts.replies import ReplyRules
from conformance.contracts.imts.signature import SignatureReading
from conformance.contracts.imts.steps import StepRules
from conformance.contracts.imts.store import RegisteredAgent, Store, Transfer
from conformance.contracts.imts.wire import KNOWN_PATHS, STEPS, Method
from conformance.transport.inprocess import Handler
from conformance.transport.message import Reply, Request

_log = logging.getLogger(__name__)

PATHS: Mapping[Method, str] = {
    **KNOWN_PATHS,
    Method.GET_TOKEN: "/v5/partner/token",
    Method.REFRESH_TOKEN: "/v5/partner/token",
    Method.GET_AGENTS: "/v5/partner/agents",
    Method.CREATE_PERSON: "/v5/partner/person",
    Method.CREATE_BUSINESS: "/v5/partner/business",
    Method.PRINT_APPLICATION: "/v5/partner/transfer/print",
    Method.SEARCH: "/v5/partner/transfer/search",
    Method.PERSON_INFO: "/v5/partner/person/info",
    Method.BUSINESS_INFO: "/v5/partner/business/info",
    Method.STATUS: "/v5/partner/transfer/status",
    Method.INFO: "/v5/partner/transfer/info",
}


def system_clock() -> datetime:
    return datetime.now(UTC)


class System(EnvelopeRules, ContentRules, StepRules, ReplyRules):
    """
    A money transfer system that keeps every rule, under one reading of each open question.

    Safe to call from many threads. `lacks` names what a variant cannot do, so that checks which need it may end
    inconclusive.
    """

    lacks: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        agents: Collection[RegisteredAgent],
        signing: SignatureReading | None = None,
        encryption: EncryptionReading | None = None,
        token_lifetime: timedelta = timedelta(hours=1),
        clock: Callable[[], datetime] = system_clock,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        retry_every_s: float = 900.0,
    ) -> None:
        self.store = Store({agent.agent_id: agent for agent in agents})
        self.signing = signing or SignatureReading()
        self.encryption = encryption or EncryptionReading()
        self.token_lifetime = token_lifetime
        self.clock = clock
        self.monotonic = monotonic
        self.sleep = sleep
        self.paths = {(method.verb, path): method for method, path in PATHS.items()}
        self.courier = self.new_courier(monotonic, retry_every_s)
        self._lock = threading.RLock()

    def new_courier(self, monotonic: Callable[[], float], retry_every_s: float) -> Courier:
        """CALLBACKS: who brings notifications."""
        return Courier(monotonic, retry_every_s)

    def handle(self, request: Request) -> Reply:
        """The answer to one request, with the time that it took; never raises."""
        self.courier.deliver()
        began = self.monotonic()
        reply = self.answer(request)
        return replace(reply, elapsed_ms=(self.monotonic() - began) * 1000)

    def deliver(self) -> None:
        """Bring the notifications that are due by now."""
        self.courier.deliver()

    def answer(self, request: Request) -> Reply:
        try:
            call = self.call_of(request)
            with self._lock:
                call = self.checked(call)
                return self.success(call, self.response_to(call))
        except Refusal as refusal:
            return self.refusal_reply(refusal)
        except Exception:
            _log.exception("a rule of the system failed")
            return Reply(500, self.headers(), b'{"error":"INTERNAL"}')

    def call(self, server: Handler, meanwhile: Callable[[], None]) -> None:
        """Bring notifications to a partner in this process while `meanwhile` runs."""
        with self.courier.reaching(server):
            meanwhile()

    def response_to(self, call: Call) -> dict[str, Any]:
        """What a call brings about, and what is told of it."""
        match call.method:
            case Method.GET_TOKEN:
                return self.tokens_shown(self.get_token(call), int(self.token_lifetime.total_seconds()))
            case Method.REFRESH_TOKEN:
                return self.tokens_shown(self.refresh_token(call), int(self.token_lifetime.total_seconds()))
            case Method.GET_AGENTS:
                return self.agents_shown()
            case Method.FEES:
                self.check_fees(call)
                return self.fee_shown(call.members, self.fee(call.members))
            case Method.CREATE_PERSON | Method.CREATE_BUSINESS:
                return self.client_registered(self.register(call))
            case Method.PERSON_INFO | Method.BUSINESS_INFO:
                kind = Method.CREATE_PERSON if call.method is Method.PERSON_INFO else Method.CREATE_BUSINESS
                return self.client_shown(self.find_client(call, kind), self.store.agents[call.agent_id])
            case Method.CREATE:
                self.check_create(call)
                return self.transfer_shown(self.create(call))
            case Method.INFO:
                return self.details(self.find_transfer(call))
            case Method.SEARCH:
                return self.found_shown(self.search(call))
            case Method.PRINT_APPLICATION:
                return self.application(self.find_transfer(call))
        transfer = self.find_transfer(call)
        if call.method in STEPS:
            self.step(call, transfer)
        return self.transfer_shown(transfer)

    def agent_is_known(self, agent_id: str) -> bool:
        return agent_id in self.store.agents

    def tell(self, transfer: Transfer) -> None:
        """CALLBACKS: the partner hears of each new status; the agent a transfer is directed to of its arrival."""
        if len(transfer.told) == 1:
            self.notify(str(transfer.members.get("target_agent_id")), transfer, "transfer_received")
        else:
            self.notify(transfer.agent_id, transfer, "status_update")

    def notify(self, agent_id: str, transfer: Transfer, kind: str) -> None:
        agent = self.store.agents.get(agent_id)
        if agent is not None and agent.callback_url:
            self.courier.send(agent.callback_url, self.render_json(self.notification(transfer, kind)))
