"""instant-payment on the wire: paths, members, the graph of statuses, and answers as typed values.

Both ends use this page: the sender bank that the suite plays and the reference gateway. JSON stops here; a member
of an answer is read when it is asked for, so one bad member does not hide the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import quote

from conformance.errors import UnreadableReply
from conformance.transport.jsontext import kind_of

VERSION = "v1"
PAYMENTS = "/v1/payments"
SIGNED_MESSAGE = "signed_message"
SUCCESS = "1"  # the only result_code that the source names (IR23)
ALG = "RS256"  # signature, step 3


class Operation(StrEnum):
    """The four methods, by their headings in the source."""

    VALIDATE_PAYEE = "validate-payee"
    VALIDATE_PAYER = "validate-payer"
    MAKE_PAYMENT = "make-payment"
    GET_PAYMENT = "get-payment"

    @property
    def verb(self) -> str:
        """The HTTP method."""
        return "GET" if self is Operation.GET_PAYMENT else "POST"

    @property
    def words(self) -> str:
        """As a sentence names a message of this method."""
        return _WORDS[self]

    def path(self, payment_id: str = "") -> str:
        """The request target, the id percent-encoded; opening a payment has none."""
        if self is Operation.VALIDATE_PAYEE:
            return PAYMENTS
        last = {Operation.VALIDATE_PAYER: "/validate", Operation.MAKE_PAYMENT: "/confirm"}.get(self, "")
        return f"{PAYMENTS}/{quote(payment_id, safe='')}{last}"


_WORDS = {
    Operation.VALIDATE_PAYEE: "Validate Payee",
    Operation.VALIDATE_PAYER: "Validate Payer",
    Operation.MAKE_PAYMENT: "Make a Payment",
    Operation.GET_PAYMENT: "Get a Payment",
}

_DATA = {Operation.VALIDATE_PAYEE: "payee_encrypted_data", Operation.VALIDATE_PAYER: "payer_encypted_data"}  # IE05
CERTIFICATES = ("sender_party_cert_id", "receiver_party_cert_id")
RECEIVER_KEY, SENDER_KEY = KEYS = ("receiver_party_encrypted_key", "sender_party_encrypted_key")
PARTIES = ("sender_party_reference_id", "sender_party", "receiver_party")

MANDATORY: Mapping[Operation, tuple[str, ...]] = {
    Operation.VALIDATE_PAYEE: ("request_date", *PARTIES, *CERTIFICATES, *KEYS, "payee_encrypted_data"),
    Operation.VALIDATE_PAYER: ("request_date", *CERTIFICATES, *KEYS, "payer_encypted_data"),  # IE07, IR08
    Operation.MAKE_PAYMENT: ("request_date", "payment_id", *CERTIFICATES, "payment_info"),  # IE10
    Operation.GET_PAYMENT: ("request_date", "payment_id"),
}
"""Members without which a signed object is not whole."""

OPTIONAL: Mapping[Operation, tuple[str, ...]] = {
    Operation.VALIDATE_PAYEE: (),
    Operation.VALIDATE_PAYER: ("payment_id", *PARTIES),  # IR08
    Operation.MAKE_PAYMENT: KEYS,  # IR09
    Operation.GET_PAYMENT: (),
}
"""Members that a signed object may have or lack."""

TOLD_BY: Mapping[str, Operation] = {
    **{name: operation for operation, name in _DATA.items()},
    "payment_info": Operation.MAKE_PAYMENT,
}
"""Members that stand in the messages of one method alone."""

PAYER_MEMBERS = (
    "first_name_ka",
    "last_name_ka",
    "first_name_en",
    "last_name_en",
    "personal_id",
    "date_of_birth",
    "initials_ka",
    "initials_en",
)


def data_member(operation: Operation) -> str | None:
    """The member that holds the JWE, where the method has one."""
    return _DATA.get(operation)


# --- statuses ---------------------------------------------------------------------------------------------------


class Status(StrEnum):
    """How far a payment is (statuses)."""

    PAYEE_VALIDATING = "PAYEE_VALIDATING"
    PAYEE_VALIDATED = "PAYEE_VALIDATED"
    PAYEE_VALIDATING_REJECTED = "PAYEE_VALIDATING_REJECTED"
    PAYER_VALIDATING = "PAYER_VALIDATING"
    PAYER_VALIDATED = "PAYER_VALIDATED"
    PAYER_VALIDATING_REJECTED = "PAYER_VALIDATING_REJECTED"
    SENDING = "SENDING"
    CANCELED = "CANCELED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    NOTIFIED = "NOTIFIED"


UNTOLD: Mapping[Status, frozenset[Status]] = {
    Status.PAYEE_VALIDATING: frozenset(
        {Status.PAYEE_VALIDATED, Status.PAYEE_VALIDATING_REJECTED, Status.CANCELED},
    ),
    Status.PAYEE_VALIDATED: frozenset({Status.CANCELED}),
    Status.PAYEE_VALIDATING_REJECTED: frozenset(),
    Status.PAYER_VALIDATING: frozenset(
        {Status.PAYER_VALIDATED, Status.PAYER_VALIDATING_REJECTED, Status.CANCELED},
    ),
    Status.PAYER_VALIDATED: frozenset({Status.CANCELED}),
    Status.PAYER_VALIDATING_REJECTED: frozenset(),
    Status.SENDING: frozenset({Status.PROCESSING, Status.CANCELED}),
    Status.CANCELED: frozenset(),
    Status.PROCESSING: frozenset({Status.COMPLETED}),
    Status.COMPLETED: frozenset({Status.NOTIFIED}),
    Status.NOTIFIED: frozenset(),
}
"""The edges of the graph that need no message of the sender bank."""

TOLD: Mapping[Status, Status] = {
    Status.PAYEE_VALIDATED: Status.PAYER_VALIDATING,
    Status.PAYER_VALIDATED: Status.SENDING,
}
"""The edges that Validate Payer and Make a Payment bring about."""

FIRST: Mapping[Operation, Status] = {
    Operation.VALIDATE_PAYEE: Status.PAYEE_VALIDATING,
    Operation.VALIDATE_PAYER: Status.PAYER_VALIDATING,
    Operation.MAKE_PAYMENT: Status.SENDING,
}
"""The status that a message brings about at once."""

REJECTED = frozenset({Status.PAYEE_VALIDATING_REJECTED, Status.PAYER_VALIDATING_REJECTED, Status.CANCELED})
DONE = frozenset({Status.COMPLETED, Status.NOTIFIED})  # either ends a good payment (IR24)
ENDS = REJECTED | DONE


@cache
def follows(status: Status) -> frozenset[Status]:
    """What a payment may show after it showed `status`: the same, or anything further along the graph."""
    steps = UNTOLD[status] | ({TOLD[status]} if status in TOLD else set())
    return frozenset({status}).union(*(follows(step) for step in steps))


@cache
def follows_untold(status: Status) -> frozenset[Status]:
    """What a payment may show after `status` while the sender bank sends nothing."""
    return frozenset({status}).union(*(follows_untold(step) for step in UNTOLD[status]))


# --- request_date -----------------------------------------------------------------------------------------------

_DATE = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class RequestDate:
    """A request_date as it was read: the moment in UTC, cut to microseconds, and the zone as it was written."""

    moment: datetime
    zone: str


def date_text(moment: datetime, zone: tzinfo, fraction: str) -> str:
    """A request_date as the source shows it: local to `zone`, without saying so; `fraction` are digits of a second."""
    text = moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{fraction}" if fraction else text


def read_date(text: str, zone: tzinfo) -> RequestDate | None:
    """A request_date; without a zone of its own it is local to `zone` (IR06). None for what is no date and time."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    fraction = (found["fraction"] or "")[:6].ljust(6, "0")
    written = found["zone"] or ""
    try:
        moment = datetime.fromisoformat(f"{found['second']}.{fraction}{written}")
    except ValueError:
        return None
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        return RequestDate(local.astimezone(UTC), written)
    except OverflowError:
        return None


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


# --- answers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Members:
    """A JSON object of an answer; members are read when they are asked for. Raises UnreadableReply."""

    value: Any
    where: str

    def text(self, name: str) -> str:
        """A text with something in it."""
        value = self.member(name)
        if not isinstance(value, str):
            raise UnreadableReply(f"{self.where}.{name}", f"is {kind_of(value)}, not a text")
        if not value.strip():
            raise UnreadableReply(f"{self.where}.{name}", "is an empty text")
        return value

    def member(self, name: str) -> Any:
        members = self.object()
        if name not in members:
            raise UnreadableReply(f"{self.where}.{name}", "is missing")
        return members[name]

    def inner(self, name: str) -> Members:
        return Members(self.member(name), f"{self.where}.{name}")

    def object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise UnreadableReply(self.where, f"is {kind_of(self.value)}, not an object")
        return self.value


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """`response` of the answer to a message."""

    members: Members

    @property
    def payment_id(self) -> str:
        return self.members.text("payment_id")

    @property
    def request_id(self) -> str:
        return self.members.text("request_id")

    @property
    def reference(self) -> str:
        return self.members.text("sender_party_reference_id")

    @property
    def status(self) -> Status:
        return status_of(self.members)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of Get a Payment; `members` are without those that are empty in one way or another (IR15)."""

    name: str
    members: Mapping[str, Any]

    @property
    def is_there(self) -> bool:
        return bool(self.members)

    def text(self, name: str) -> str:
        return Members(self.members, f"response.{self.name}").text(name)

    @property
    def as_sent(self) -> dict[str, Any]:
        """All but the receiver bank's answer, which may come later."""
        return {name: value for name, value in self.members.items() if name != "response_encrypted_data"}


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """`response` of Get a Payment."""

    members: Members

    @property
    def payment_id(self) -> str:
        return self.members.text("payment_id")

    @property
    def reference(self) -> str:
        return self.members.text("sender_reference_id")  # IE16

    @property
    def status(self) -> Status:
        return status_of(self.members)

    @property
    def payee(self) -> Block:
        return self._block("payee_validate_data")

    @property
    def payer(self) -> Block:
        return self._block("payer_validate_data")

    @property
    def confirmation(self) -> Block:
        return self._block("payment_data")

    @property
    def blocks(self) -> tuple[Block, Block, Block]:
        return self.payee, self.payer, self.confirmation

    def _block(self, name: str) -> Block:
        value = self.members.object().get(name)
        if value is None or value == "":
            return Block(name, {})
        members = Members(value, f"response.{name}").object()
        return Block(name, {key: item for key, item in members.items() if item not in (None, "")})


def status_of(members: Members) -> Status:
    """The member `status`. Raises UnreadableReply for a status that the source does not know."""
    text = members.text("status")
    try:
        return Status(text)
    except ValueError:
        raise UnreadableReply(f"{members.where}.status", f"is {text}, which is none of the eleven") from None
