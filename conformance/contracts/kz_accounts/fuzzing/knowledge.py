"""What fuzzing of kz-accounts knows of a target before it makes cases: operations, account ids, real dates.

Read from a few answers as leniently as can be: a target whose answers are wrong in some way is to be fuzzed all the
same, and what is wrong with these answers is judged like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.client import RECENT_DAYS, SETTLED
from conformance.errors import UnreadableReply
from conformance.fuzz.case import Case, Intent, Sent, encoded
from conformance.transport.jsontext import read_json

MARGIN = timedelta(seconds=2)  # between the end of a window and an item that surely lies inside
MOST_LOOKED_AT = {"quick": 5, "standard": 12, "deep": 25}  # accounts whose transactions are read first


class Kind(StrEnum):
    """What an operation gives."""

    ACCOUNTS = "accounts"
    BALANCE = "balance"
    TRANSACTIONS = "transactions"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one version; `template` is its path in the embedded document."""

    name: str
    kind: Kind
    version: wire.Version
    template: str
    schema: str

    @property
    def dialect(self) -> wire.Dialect:
        return wire.DIALECTS[self.version]

    @property
    def has_window(self) -> bool:
        return self.kind is Kind.TRANSACTIONS or (self.kind is Kind.ACCOUNTS and self.dialect.filters_by_opening)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the query parameters (A3)."""
        dialect = self.dialect
        names: tuple[str, ...] = ("pageNumber", "pageSize") if self.is_list else ()
        if self.has_window:
            names += (dialect.start_parameter, dialect.end_parameter)
        return (*names, "type") if self.kind is Kind.ACCOUNTS and dialect.has_types else names

    @property
    def is_list(self) -> bool:
        return self.kind in (Kind.ACCOUNTS, Kind.TRANSACTIONS)


def operations(versions: Iterable[str]) -> dict[str, Operation]:
    """Every operation of the declared versions by name; `exists` is one for all of them (70)."""
    found = []
    for name in versions:
        version = wire.Version(name)
        dialect = wire.DIALECTS[version]
        found += [
            Operation(f"{name} accounts", Kind.ACCOUNTS, version, dialect.accounts(), dialect.accounts_schema),
            Operation(f"{name} balance", Kind.BALANCE, version, dialect.balance("{accountId}"), dialect.balance_schema),
            Operation(
                f"{name} transactions",
                Kind.TRANSACTIONS,
                version,
                dialect.transactions("{accountId}"),
                dialect.transactions_schema,
            ),
        ]
        if version is wire.Version.V3:
            found.append(Operation("exists", Kind.EXISTS, version, wire.exists_path("{iban}"), "AccountExists"))
    return {operation.name: operation for operation in found}


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account of the list, with the moments of those of its transactions that were seen, in order.

    Where `is_sure` is false a date lacked its zone: good enough to lay a window around it, but nothing is proven.
    """

    id: str
    type: str = ""
    opened: datetime | None = None
    moments: tuple[datetime, ...] = ()
    is_sure: bool = True

    def count(self, start: datetime, end: datetime) -> int:
        """How many of the known transactions surely lie in a window."""
        if not self.is_sure:
            return 0
        return sum(start + MARGIN <= moment <= end - MARGIN for moment in self.moments)

    def was_opened(self, start: datetime | None, end: datetime | None) -> bool:
        """Whether it surely was opened in that time."""
        if start is None and end is None:
            return True
        opened = self.opened if self.is_sure else None
        return opened is not None and (not start or opened >= start + MARGIN) and (not end or opened <= end - MARGIN)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The accounts of one version, by id."""

    accounts: Mapping[str, KnownAccount]

    def fitting(self, kind: str | None, start: datetime | None, end: datetime | None) -> int:
        """How many known accounts surely pass a filter."""
        return sum(
            (kind is None or account.type == kind) and account.was_opened(start, end)
            for account in self.accounts.values()
        )


def list_case(operation: Operation) -> Case:
    """The case that shows the accounts."""
    query = (("pageNumber", "1"), ("pageSize", str(wire.LARGEST_PAGE_SIZE)))
    return Case(operation.name, Intent.DISCOVERY, "which accounts there are", (), query)


def history_cases(operation: Operation, ids: Iterable[str], now: datetime) -> Iterator[Case]:
    """The cases that show when an account's transactions took place: the last 178 days in two windows."""
    dialect = operation.dialect
    ages = [(timedelta(days=RECENT_DAYS), SETTLED), (timedelta(days=2 * RECENT_DAYS), timedelta(days=RECENT_DAYS))]
    for account_id in ids:
        for oldest, newest in ages:
            query = (
                ("pageNumber", "1"),
                ("pageSize", str(wire.LARGEST_PAGE_SIZE)),
                (dialect.start_parameter, encoded(wire.date_time_text(now - oldest))),
                (dialect.end_parameter, encoded(wire.date_time_text(now - newest))),
            )
            path = (("accountId", encoded(account_id)),)
            yield Case(operation.name, Intent.DISCOVERY, "when something happened", path, query)


def learnt(listed: Iterable[Sent], histories: Iterable[Sent]) -> Knowledge:
    """What the answers to those cases tell."""
    moments: dict[str, list[tuple[datetime, bool]]] = {}
    for sent in histories:
        seen = moments.setdefault(sent.case.value("accountId") or "", [])
        seen += [moment for item in _items(sent) if (moment := _moment(item.get("createDateTime"))) is not None]
    found = {}
    for sent in listed:
        for item in _items(sent):
            name = item.get("accountId")
            if isinstance(name, str) and name.strip():
                times = sorted(moments.get(encoded(name), ()))
                opened, opened_is_sure = _moment(item.get("openedDateTime")) or (None, True)
                is_sure = opened_is_sure and all(sure for _, sure in times)
                dates = tuple(moment for moment, _ in times)
                found[name] = KnownAccount(name, str(item.get("type", "")), opened, dates, is_sure)
    return Knowledge(found)


def _items(sent: Sent) -> Iterator[dict[str, Any]]:
    if sent.exchange is None or sent.exchange.reply is None or sent.exchange.reply.status != 200:
        return
    try:
        items = wire.items_of(read_json(sent.exchange.reply.body).value)
    except UnreadableReply:
        return
    yield from (item for item in items if isinstance(item, dict))


def _moment(text: object) -> tuple[datetime, bool] | None:
    """A moment and whether it is sure; one that lacks its zone is not."""
    for candidate, is_sure in ((text, True), (f"{text}Z", False)):
        try:
            return (wire.date_time(candidate), is_sure) if isinstance(candidate, str) else None
        except ValueError:
            continue
    return None
