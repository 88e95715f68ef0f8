"""Null senders: client software that shows nothing of what is asked of a sender bank. None may earn a pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import PAYMENTS, Operation
from conformance.transport.inprocess import Handler
from conformance.transport.message import Request

_JSON = (("Content-Type", "application/json"),)


class _NeverComes(BankClient):
    def call(self, server: Handler, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Nothing."""


class _SendsGarbage(BankClient):
    requests = (
        Request("POST", PAYMENTS, _JSON, b"\x00\xff\xfe"),
        Request("POST", PAYMENTS, _JSON, b"{}"),
        Request("POST", PAYMENTS, _JSON, b'{"signed_message":"a.b.c"}'),
        Request("GET", f"{PAYMENTS}/1", (), b""),
        Request("GET", "/favicon.ico", (), b""),
    )

    def call(self, server: Handler, meanwhile: Callable[[], None] = lambda: None) -> None:
        for request in self.requests:
            server.handle(request)


class _SendsOneMessage(BankClient):
    """Good messages, and not enough of them: those of `operations`, for the first payment only."""

    operations: tuple[Operation, ...] = (Operation.VALIDATE_PAYEE,)

    def call(self, server: Handler, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.server = server
        payment = Outgoing(self.mobiles[0], self.amount, self.currency, 0)
        payment.reference = self.new_reference(payment)
        for operation in self.operations:
            self.tell(payment, operation)


class _OnlyAsks(_SendsOneMessage):
    operations = (Operation.VALIDATE_PAYEE, *(Operation.GET_PAYMENT,) * 3)


class _PaysOnce(BankClient):
    """One good payment, where two are the least that shows anything of keys and references."""

    def call(self, server: Handler, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.mobiles = self.mobiles[:1]
        super().call(server)


NULL_SENDERS: Mapping[str, type[BankClient]] = {
    "never-comes": _NeverComes,
    "sends-garbage": _SendsGarbage,
    "sends-one-message": _SendsOneMessage,
    "only-asks": _OnlyAsks,
    "pays-once": _PaysOnce,
}
