"""Requests of the suite as a partner, before they are signed, and the transfers that they move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.wire import Method, Status


@dataclass(frozen=True, slots=True)
class Message:
    """What will be signed, and where it goes: the request target, and the members of the body but for pg_sig."""

    method: Method
    target: str
    members: Mapping[str, Any]

    def changed(self, **members: Any) -> Message:
        """The same message with other values of some members, or further ones."""
        return replace(self, members={**self.members, **members})

    def without(self, *names: str) -> Message:
        """The same message without some members."""
        return replace(self, members={name: value for name, value in self.members.items() if name not in names})


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer of ours: what created it, and the status that was seen last, None where none can be seen."""

    id: str
    client_id: str
    message: Message
    created: Answer
    status: Status | None = None
    last: Answer | None = None  # the answer to the latest step
