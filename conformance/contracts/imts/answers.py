"""Answers of imts as checks read them: by what the configuration maps, with the exchange that brought them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.contracts.imts.declaration import Declaration
from conformance.contracts.imts.wire import Method, Status, all_at_pointer, at_pointer
from conformance.engine.observation import not_applicable
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import JsonText, kind_of, read_json
from conformance.transport.message import Reply
from conformance.transport.recorder import Exchange


@dataclass(frozen=True)
class Answer:
    """One reply to a request of that method. Values that cannot be read raise UnreadableReply."""

    method: Method
    exchange: Exchange
    reply: Reply
    declaration: Declaration

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.reply.status

    def header(self, name: str) -> str | None:
        return self.reply.header(name)

    @cached_property
    def json(self) -> JsonText:
        return read_json(self.reply.body)

    def value(self, name: str) -> Any:
        """What stands where `values.<name>` points to; not applicable where that is not mapped."""
        return at_pointer(self.json.value, self._pointer(name))

    def each(self, name: str) -> list[Any]:
        """The mapped value of each element of a list, where its pointer goes through the first one; None for none."""
        return all_at_pointer(self.json.value, self._pointer(name))

    def _pointer(self, name: str) -> str:
        pointer = self.declaration.values.pointer(name, self.method)
        if pointer is None:
            not_applicable(f"values.{name} is not mapped for {self.method.key}")
        return pointer

    def text(self, name: str) -> str:
        """A mapped value that is a text with something in it; a whole number is taken for one (an id may be either)."""
        value = self.value(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value:
            raise UnreadableReply(f"values.{name}", f"is {kind_of(value)}, not a text" if value != "" else "is empty")
        return value

    def value_or_none(self, name: str) -> Any:
        """A mapped value; None where there is none, or where the body cannot be read."""
        pointer = self.declaration.values.pointer(name, self.method)
        try:
            return None if pointer is None else at_pointer(self.json.value, pointer)
        except UnreadableReply:
            return None

    @property
    def transfer_status(self) -> Status:
        """The status of the transfer that is told. Raises UnreadableReply for none of the six."""
        text = self.text("status")
        try:
            return Status(text)
        except ValueError:
            raise UnreadableReply("values.status", f"is {text}, which is none of the six") from None

    @property
    def told_status(self) -> Status | None:
        """The status of the transfer that is told, None for none of the six."""
        value = self.value_or_none("status")
        return Status(value) if isinstance(value, str) and value in set(Status) else None
