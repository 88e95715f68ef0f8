"""Answers of instant-payment as checks read them: by type, with the exchange that brought them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.contracts.instant_payment.wire import Acknowledged, Members, Operation, PaymentRecord
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import JsonText, read_json
from conformance.transport.message import Reply
from conformance.transport.recorder import Exchange


@dataclass(frozen=True)
class Answer:
    """One reply to a message of that method. Members that cannot be read raise UnreadableReply."""

    operation: Operation
    exchange: Exchange
    reply: Reply

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.reply.status

    def header(self, name: str) -> str | None:
        return self.reply.header(name)

    @cached_property
    def json(self) -> JsonText:
        return read_json(self.reply.body)

    @property
    def members(self) -> Members:
        return Members(self.json.value, "answer")

    @property
    def result_code(self) -> Any:
        """Whatever stands there; None where there is none, or where the body cannot be read."""
        return self.member_or_none("result_code")

    @property
    def acknowledged(self) -> Acknowledged:
        """The payment, request and status that the answer to a message names."""
        return Acknowledged(self.members.inner("response"))

    @property
    def record(self) -> PaymentRecord:
        """The payment that the answer to a question shows."""
        return PaymentRecord(self.members.inner("response"))

    @property
    def response(self) -> dict[str, Any]:
        """The members of `response`; none where there is no such object."""
        found = self.member_or_none("response")
        return found if isinstance(found, dict) else {}

    def member_or_none(self, name: str) -> Any:
        try:
            return self.members.object().get(name)
        except UnreadableReply:
            return None
