"""imts on the wire: methods, statuses and their transitions, members, and answers by JSON Pointer.

Both ends use this page: the partner that the suite plays and the reference system. JSON stops here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conformance.errors import UnreadableReply
from conformance.transport.jsontext import kind_of

VERSION = "v5"
SIGNATURE, SALT, ENCRYPTED = "pg_sig", "pg_salt", "encrypted_data"


class Method(StrEnum):
    """The methods, by their headings in the source; a configuration writes them with `_`."""

    GET_TOKEN = "get-token"
    REFRESH_TOKEN = "refresh-token"
    GET_AGENTS = "get-agents"
    FEES = "fees"
    CREATE_PERSON = "create-person"
    CREATE_BUSINESS = "create-business"
    CREATE = "create"
    PRINT_APPLICATION = "print-application"
    CONFIRM = "confirm"
    SEARCH = "search"
    PAYOUT = "payout"
    PAYOUT_CONFIRM = "payout-confirm"
    CANCEL = "cancel"
    PERSON_INFO = "get-person-info"
    BUSINESS_INFO = "get-business-info"
    STATUS = "status"
    INFO = "info"

    @property
    def key(self) -> str:
        """As a configuration names it."""
        return self.value.replace("-", "_")

    @property
    def verb(self) -> str:
        """The HTTP method, which the list of methods in the source gives for each."""
        return _VERBS.get(self, "POST")


_VERBS = {
    Method.REFRESH_TOKEN: "PATCH",
    Method.GET_AGENTS: "GET",
    Method.STATUS: "GET",
    Method.INFO: "GET",
}

_TRANSFER = "/v5/partner/transfer"
KNOWN_PATHS: Mapping[Method, str] = {
    Method.FEES: f"{_TRANSFER}/fees",
    Method.CREATE: f"{_TRANSFER}/create",
    Method.CONFIRM: f"{_TRANSFER}/confirm",
    Method.PAYOUT: f"{_TRANSFER}/payout",
    Method.PAYOUT_CONFIRM: f"{_TRANSFER}/payout/confirm",
    Method.CANCEL: f"{_TRANSFER}/cancel",
}
"""The paths that are published. Those of the other methods are known to a bank's configuration alone."""

FEES_MEMBERS = ("originator_type", "target_country", "amount_source", "currency_source", "currency_target")
LENGTHS: Mapping[str, int] = {
    "originator_type": 10,
    "currency_source": 3,
    "currency_target": 3,
    SIGNATURE: 512,
    "client_uuid": 36,
    "destination_identifier": 100,
    "target_agent_id": 36,
}
"""Characters that a text member of fees or create may have at most."""


class Status(StrEnum):
    """How far a transfer is (statuses)."""

    NEW = "new"
    PROCESS = "process"
    WAITING = "waiting"
    SUCCESS = "success"
    CANCELED = "canceled"
    ERROR = "error"


FINAL = frozenset({Status.SUCCESS, Status.CANCELED, Status.ERROR})
OPEN = frozenset({Status.NEW, Status.PROCESS, Status.WAITING})

STEPS = (Method.CONFIRM, Method.PAYOUT, Method.PAYOUT_CONFIRM, Method.CANCEL)
"""The methods that move a transfer on."""

FORWARD = (Method.CONFIRM, Method.PAYOUT, Method.PAYOUT_CONFIRM)
"""Those that lead to its success, in their order."""

QUESTIONS = frozenset({Method.STATUS, Method.INFO, Method.SEARCH, Method.PRINT_APPLICATION})
"""The methods that ask for a transfer and leave it as it is."""

TRANSITIONS: Mapping[tuple[Status, Method], frozenset[Status]] = {
    (Status.NEW, Method.CONFIRM): frozenset({Status.PROCESS, Status.WAITING, Status.ERROR}),
    (Status.PROCESS, Method.PAYOUT): frozenset({Status.WAITING, Status.ERROR}),
    (Status.WAITING, Method.PAYOUT_CONFIRM): frozenset({Status.SUCCESS}),
    **{(status, Method.CANCEL): frozenset({Status.CANCELED}) for status in OPEN},
}
"""What a step may lead to. After confirm the flow says `process`, the table of statuses `waiting` (both lawful)."""

UNTOLD: Mapping[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.PROCESS, Status.WAITING, Status.ERROR}),
    Status.PROCESS: frozenset({Status.WAITING, Status.ERROR}),
}
"""What may follow by itself on the status that confirm or payout answered: AML decides (MTR07, MTR33)."""


# --- bodies -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number by its text, since the text may be what is signed."""

    text: str


Member = str | Number | bool | None
"""What the suite sends: a flat object of these."""


def body_of(members: Mapping[str, Any]) -> bytes:
    """A flat JSON object; a Number keeps its spelling."""
    pairs = (
        f"{json.dumps(name, ensure_ascii=False)}:"
        + (value.text if isinstance(value, Number) else json.dumps(value, ensure_ascii=False))
        for name, value in members.items()
    )
    return ("{" + ",".join(pairs) + "}").encode("utf-8")


def members_of(body: bytes) -> dict[str, Any]:
    """The members of a body, numbers as they are spelt there.

    Raises ValueError for what is no JSON object in UTF-8, or has a member twice.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a member stands there twice")
        return found

    def constant(name: str) -> Any:
        raise ValueError(f"{name} is no JSON number")

    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=once, parse_float=Number, parse_int=Number, parse_constant=constant
        )
    except RecursionError:
        raise ValueError("nested too deep") from None
    if isinstance(value, dict):
        return value
    raise ValueError("no JSON object")


# --- answers ----------------------------------------------------------------------------------------------------


def at_pointer(value: Any, pointer: str) -> Any:
    """What stands at a JSON Pointer (RFC 6901). Raises UnreadableReply where nothing does."""
    found = value
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isascii() and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            raise UnreadableReply(f"answer{pointer}", f"is missing in {kind_of(found)}")
    return found


def all_at_pointer(value: Any, pointer: str) -> list[Any]:
    """What stands at a JSON Pointer that goes through the first element of a list: that of each element, None for none.

    An empty list has nothing. Raises UnreadableReply where no list is, or where no element has such a member.
    """
    head, found, tail = pointer.partition("/0/")
    if not found:
        return [at_pointer(value, pointer)]
    elements = at_pointer(value, head)
    if not isinstance(elements, list):
        raise UnreadableReply(f"answer{head}", f"is {kind_of(elements)}, not a list")
    values = [_at_pointer_or_none(element, f"/{tail}") for element in elements]
    if elements and all(one is None for one in values):
        raise UnreadableReply(f"answer{pointer}", "is missing in each element")
    return values


def _at_pointer_or_none(value: Any, pointer: str) -> Any:
    try:
        return at_pointer(value, pointer)
    except UnreadableReply:
        return None
