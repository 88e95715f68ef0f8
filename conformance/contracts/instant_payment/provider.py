"""The reference gateway of instant-payment: plain Python, one small method per rule.

`handle` turns a request into a reply. A defect overrides one rule, a variant one lawful choice; the rules stand with
their topics in `envelopes`, `signatures`, `contents`, `parties`, `steps`, `receiver` and `replies`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from conformance.contracts.instant_payment.book import Book
from conformance.contracts.instant_payment.call import Call, Refusal
from conformance.contracts.instant_payment.contents import ContentRules
from conformance.contracts.instant_payment.envelopes import EnvelopeRules
from conformance.contracts.instant_payment.payments import Payments, StoredPayment
from conformance.contracts.instant_payment.replies import ReplyRules
from conformance.contracts.instant_payment.signatures import SignatureRules
from conformance.contracts.instant_payment.steps import StepRules
from conformance.contracts.instant_payment.wire import Operation
from conformance.crypto.keytransport import Padding
from conformance.transport.message import Reply, Request

_log = logging.getLogger(__name__)


def system_clock() -> datetime:
    return datetime.now(UTC)


class Gateway(EnvelopeRules, SignatureRules, ContentRules, StepRules, ReplyRules):
    """
    A gateway that keeps every rule, in one of the lawful ways, with receiver banks behind it.

    `book` holds the registered banks and their customers; `zone` is that of a request_date which names none (IR06),
    `tolerance` how far off it may be (IR07). Safe to call from many threads.

    `lacks` names what a variant cannot do, so that checks which need it may end inconclusive.
    """

    lacks: tuple[str, ...] = ()
    wants_kid = False  # IR10

    def __init__(
        self,
        *,
        book: Book,
        padding: Padding = Padding.PKCS1,
        zone: tzinfo = UTC,
        tolerance: timedelta | None = timedelta(minutes=5),
        currencies: Collection[str] = ("GEL", "USD"),
        clock: Callable[[], datetime] = system_clock,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        StepRules.__init__(self)
        self.book = book
        self.padding = padding
        self.zone = zone
        self.tolerance = tolerance
        self.currencies = tuple(currencies)
        self.clock = clock
        self.monotonic = monotonic
        self.sleep = sleep
        self.payments = Payments()
        self._lock = threading.RLock()

    def handle(self, request: Request) -> Reply:
        """The answer to one request; never raises."""
        try:
            call = self.with_message(self.call_of(request))
            return self.success_reply(self.response_to(call), call)
        except Refusal as refusal:
            return self.refusal_reply(refusal)
        except Exception:
            _log.exception("a rule of the gateway failed")
            return self.refusal_reply(Refusal(500, "INTERNAL", "internal error"))

    def response_to(self, call: Call) -> dict[str, Any]:
        """`response` of the answer to a message that is in order; raises Refusal for any other."""
        with self._lock:
            payment = self.payment_of(call)
        signer = self.check_signature(call, payment)
        self.check_contents(call)
        self.check_date(call)
        self.check_parties(call, signer, payment)
        with self._lock:
            payment, request_id = self.taken(call, signer, payment)
            return self.shown(payment, request_id, call)

    def shown(self, payment: StoredPayment, request_id: str, call: Call) -> dict[str, Any]:
        if call.operation is Operation.GET_PAYMENT:
            return self.record(payment, self.shown_status(payment, call))
        return self.acknowledged(payment, request_id, call)
