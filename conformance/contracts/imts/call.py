"""One call of imts as the rules of a system see it, and the refusal that a rule raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.contracts.imts.wire import Method
from conformance.transport.message import Request


@dataclass(frozen=True, slots=True)
class Call:
    """A request that reached a method. `agent_id` is empty until the token was checked."""

    request: Request
    method: Method
    query: Mapping[str, str]
    members: Mapping[str, Any] = field(default_factory=dict)
    agent_id: str = ""


class Refusal(Exception):
    """A rule says no; the text names the member at fault and never repeats its value."""

    def __init__(self, status: int, code: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.code = code


def invalid(name: str, why: str) -> Refusal:
    """A member has a value that is not allowed."""
    return Refusal(400, "INVALID", f"{name}: {why}")
