"""kz-accounts on the wire: names, limits and enumerations of annexes 1-4, and answers as typed values.

Both ends use this page: the client that reads answers and the reference provider that writes them.
JSON stops here; a value is read when it is asked for, so one bad member does not hide the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import Any

from conformance.errors import UnreadableReply
from conformance.transport.jsontext import kind_of

DEFAULT_PAGE_SIZE = 10  # 49, 64
LARGEST_PAGE_SIZE = 100  # 49, 64
LONGEST_WINDOW_DAYS = 90  # 64
OLDEST_WINDOW_DAYS = 180  # 64
LONGEST_ACCOUNT_ID = 36  # A3
LONGEST_IBAN = 34  # A3
LONGEST_ERROR_CODE, LONGEST_ERROR_DESCRIPTION, LONGEST_REQUEST_ID = 40, 250, 36  # A1.2


class Scope(StrEnum):
    """Areas of access (19, A4.7)."""

    ACCOUNTS = "accounts"
    BALANCE = "account_balance"
    TRANSACTIONS = "account_transactions"


class AccountType(StrEnum):
    """Types of a bank account (A4.5)."""

    CURRENT_ACCOUNT = "CURRENT_ACCOUNT"
    CREDIT_CARD = "CREDIT_CARD"
    DEBIT_CARD = "DEBIT_CARD"
    SAVINGS = "SAVINGS"


CARD_TYPES = frozenset({AccountType.CREDIT_CARD, AccountType.DEBIT_CARD})  # A2.7: mcc is mandatory for these


class CreditLineType(StrEnum):
    """Types of a credit limit (A4.4)."""

    AVAILABLE = "AVAILABLE"
    PRE_AGREED = "PRE_AGREED"


class TransactionStatus(StrEnum):
    """How far a transaction has come (A4.1)."""

    BOOKED = "BOOKED"
    PENDING = "PENDING"


class Direction(StrEnum):
    """Whether a transaction adds to the account or takes from it (A4.2)."""

    CREDIT = "CREDIT"
    DEBIT = "DEBIT"


class TransactionType(StrEnum):
    """Types of an operation (A4.3)."""

    INCOME = "INCOME"
    WITHDRAWAL = "WITHDRAWAL"
    TRANSFER = "TRANSFER"
    PURCHASE = "PURCHASE"
    E_COMMERCE = "E_COMMERCE"
    PAYMENT = "PAYMENT"
    BONUS = "BONUS"
    OTHER = "OTHER"


class ErrorCode(StrEnum):
    """Error codes (A1.3)."""

    FIELD_MISSING = "FIELD_MISSING"
    FIELD_INVALID = "FIELD_INVALID"
    HEADER_MISSING = "HEADER_MISSING"
    HEADER_INVALID = "HEADER_INVALID"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    INTERNAL_ERROR = "INTERNAL_ERROR"


class Version(StrEnum):
    """Published versions of the API (A3); all but v3 are deprecated."""

    V3 = "v3"
    V2 = "v2"
    V1 = "v1"
    PROVIDERS_V1 = "providers-v1"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the versions (A3)."""

    prefix: str
    balance_segment: str
    start_parameter: str
    end_parameter: str
    has_types: bool  # accounts carry type, maskedNumber, altAccountId and can be filtered by type
    filters_by_opening: bool  # the list of accounts knows `from` and `to`
    has_rrn: bool  # transactions carry rrn, iinSender, iinReceiver
    accounts_schema: str
    balance_schema: str
    transactions_schema: str

    def accounts(self) -> str:
        return f"{self.prefix}/accounts"

    def balance(self, account_id: str) -> str:
        return f"{self.prefix}/accounts/{account_id}/{self.balance_segment}"

    def transactions(self, account_id: str) -> str:
        return f"{self.prefix}/accounts/{account_id}/transactions"


_OLD_WINDOW = ("fromCreateDateTime", "toCreateDateTime")
_V1_SCHEMAS = ("GetAccountsResponse", "GetAccountBalanceResponse", "GetAccountTransactionsResponse")

DIALECTS: Mapping[Version, Dialect] = {
    Version.V3: Dialect(
        "/v3", "balances", "from", "to", True, True, True,
        "GetAccountsResponseV3", "GetAccountBalanceResponseV3", "GetAccountTransactionsResponseV3",
    ),
    Version.V2: Dialect(
        "/v2", "balances", *_OLD_WINDOW, True, False, False,
        "GetAccountsResponseV2", "GetAccountBalanceResponse", "GetAccountTransactionsResponse",
    ),
    Version.V1: Dialect("/v1", "balance", *_OLD_WINDOW, False, False, False, *_V1_SCHEMAS),
    Version.PROVIDERS_V1: Dialect("/providers/v1", "balance", *_OLD_WINDOW, False, False, False, *_V1_SCHEMAS),
}  # fmt: skip


def exists_path(iban: str) -> str:
    """The path that tells whether an account exists (70, A3); one for all versions."""
    return f"/v1/accounts/{iban}/exists"


# --- dates (10, 11) ---------------------------------------------------------------------------------------

_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)  # fmt: skip


@lru_cache(maxsize=4096)
def date_time(text: str) -> datetime:
    """An RFC 3339 date-time with a zone as an aware UTC time, cut to microseconds.

    Raises ValueError; the message tells a missing zone apart from another form.
    """
    match = _DATE_TIME.fullmatch(text)
    if not match:
        raise ValueError("not a date and time in RFC 3339 form")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if zone is None:
        raise ValueError("has no time zone")
    micro = int(f"{fraction or '0':0<6}"[:6])
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59), micro, tzinfo=UTC)
    if int(second) > 60:
        raise ValueError("second must be in 0..60")
    try:
        return moment - _offset(zone)
    except OverflowError:
        raise ValueError("lies outside of the calendar") from None


def _offset(zone: str) -> timedelta:
    if zone in "Zz":
        return timedelta(0)
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError("offset of the time zone is out of range")
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)


@lru_cache(maxsize=4096)
def date_time_text(moment: datetime, offset_hours: int | None = None) -> str:
    """An aware time as RFC 3339 text: `Z`, or the given whole-hour offset; a fraction only where there is one."""
    if offset_hours is None:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return moment.astimezone(timezone(timedelta(hours=offset_hours))).isoformat()


# --- answers as typed values (A1.2, A2) -------------------------------------------------------------------


def member(holder: Any, name: str, kind: type, where: str) -> Any:
    """A mandatory member of the given Python type. Raises UnreadableReply with its place and fault."""
    if not isinstance(holder, dict):
        raise UnreadableReply(where or "body", f"is no object but {kind_of(holder)}")
    place = f"{where}/{name}"
    if name not in holder:
        raise UnreadableReply(place, "is missing")
    value = holder[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise UnreadableReply(place, f"is {kind_of(value)}")
    return value


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of an answer, with its place in the body; members are read on demand."""

    _raw: Any
    where: str

    def facts(self) -> dict[str, object]:
        """Every member that has a value, dates as UTC times: for comparing one object in two answers."""
        if not isinstance(self._raw, dict):
            raise UnreadableReply(self.where or "body", f"is no object but {kind_of(self._raw)}")
        return {name: _fact(name, value) for name, value in self._raw.items() if value not in (None, "", {}, [])}

    def _text(self, name: str) -> str:
        return str(member(self._raw, name, str, self.where))

    def _integer(self, name: str) -> int:
        return int(member(self._raw, name, int, self.where))

    def _moment(self, name: str) -> datetime:
        try:
            return date_time(self._text(name))
        except ValueError as error:
            raise UnreadableReply(f"{self.where}/{name}", str(error)) from None


def _fact(name: str, value: Any) -> object:
    if name.endswith("DateTime") and isinstance(value, str):
        try:
            return date_time(value)
        except ValueError:
            return value
    return value


class Account(Entry):
    """One account of the list (A2.2)."""

    __slots__ = ()

    @property
    def id(self) -> str:
        return self._text("accountId")

    @property
    def has_id(self) -> bool:
        return isinstance(self._raw, dict) and isinstance(self._raw.get("accountId"), str) and bool(self.id.strip())

    @property
    def current_balance(self) -> int:
        return self._integer("currentBalance")

    @property
    def currency(self) -> str:
        return self._text("currency")

    @property
    def opened(self) -> datetime:
        return self._moment("openedDateTime")

    @property
    def type(self) -> str:
        return self._text("type")

    @property
    def masked_number(self) -> str:
        return self._text("maskedNumber")


class Balance(Entry):
    """The balance of one account (A2.3)."""

    __slots__ = ()

    @property
    def current_balance(self) -> int:
        return self._integer("currentBalance")

    @property
    def currency(self) -> str:
        return self._text("currency")


class Transaction(Entry):
    """One transaction (A2.7)."""

    __slots__ = ()

    @property
    def id(self) -> str:
        return self._text("transactionId")

    @property
    def created(self) -> datetime:
        return self._moment("createDateTime")

    @property
    def direction(self) -> str:
        return self._text("creditDebitIndicator")

    def has(self, name: str) -> bool:
        """Whether the member is there and has a value."""
        return isinstance(self._raw, dict) and self._raw.get(name) not in (None, "", {})

    def text(self, name: str) -> str:
        return self._text(name)


class Page(Entry):
    """Paging details of a list (A2.9)."""

    __slots__ = ()

    @property
    def total_items(self) -> int:
        return self._integer("totalItems")

    @property
    def is_last(self) -> bool:
        return bool(member(self._raw, "isLastPage", bool, self.where))


class ErrorBody(Entry):
    """The body of an error (A1.2)."""

    __slots__ = ()

    @property
    def code(self) -> str:
        return self._text("code")


def accounts_of(body: Any) -> tuple[Account, ...]:
    """The accounts of a list answer. Raises UnreadableReply."""
    items = member(member(body, "data", dict, ""), "accounts", list, "/data")
    return tuple(Account(item, f"/data/accounts/{index}") for index, item in enumerate(items))


def transactions_of(body: Any) -> tuple[Transaction, ...]:
    """The transactions of a list answer. Raises UnreadableReply."""
    items = member(member(body, "data", dict, ""), "transactions", list, "/data")
    return tuple(Transaction(item, f"/data/transactions/{index}") for index, item in enumerate(items))


def items_of(body: Any) -> list[Any]:
    """The items of a list answer, whichever list it is. Raises UnreadableReply."""
    data = member(body, "data", dict, "")
    return next((value for value in data.values() if isinstance(value, list)), [])


def page_of(body: Any) -> Page:
    """The paging details of a list answer. Raises UnreadableReply."""
    return Page(member(body, "page", dict, ""), "/page")


def balance_of(body: Any) -> Balance:
    """The balance of a balance answer. Raises UnreadableReply."""
    return Balance(member(body, "data", dict, ""), "/data")


def exists_of(body: Any) -> bool:
    """The answer whether an account exists. Raises UnreadableReply."""
    return bool(member(body, "exists", bool, ""))
