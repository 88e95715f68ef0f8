"""Mishaps of copies: answers kept by a cache, and nodes behind a balancer that are not alike."""

from __future__ import annotations

import zlib
from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from conformance.contracts.kz_accounts.bodies import JsonObject
from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.ledger import Ledger, StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.mishaps.layers import BehindBalancer, BehindGateway, page_of_html
from conformance.contracts.kz_accounts.provider import Provider
from conformance.transport.message import Reply, Request

# --- answers that are kept --------------------------------------------------------------------------------


class Cache(BehindGateway):
    """Keeps what was served, under a key that a mishap makes too short."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._kept: dict[Hashable, Reply] = {}

    def key_of(self, request: Request) -> Hashable:
        return request.method, request.target, request.headers, request.body

    def is_kept(self, reply: Reply) -> bool:
        return reply.status == 200

    def passed_on(self, request: Request) -> Reply:
        key = self.key_of(request)
        if key in self._kept:
            return self._kept[key]
        reply = super().passed_on(request)
        if self.is_kept(reply):
            self._kept[key] = reply
        return reply


class CachesByPathOnly(Cache):
    """The cache of the gateway looks at the path alone: neither at the query nor at who asks."""

    symptoms = (
        "KZA-AUTH-06",
        "KZA-CONTENTS-01",
        "KZA-FILTER-02",
        "KZA-FILTER-03",
        "KZA-FILTER-07",
        "KZA-HEADERS-08",
        "KZA-HEADERS-10",
        "KZA-INPUTS-02",
        "KZA-ISOLATION-01",
        "KZA-MOMENTS-03",
        "KZA-MOMENTS-04",
        "KZA-MOMENTS-05",
        "KZA-MOMENTS-06",
        "KZA-MOMENTS-23",
        "KZA-MOMENTS-24",
        "KZA-MOMENTS-25",
        "KZA-MOMENTS-26",
        "KZA-OPENINGS-01",
        "KZA-OPENINGS-04",
        "KZA-PAGING-05",
        "KZA-PAGING-06",
        "KZA-PAGING-25",
        "KZA-PAGING-26",
        "KZA-RATELIMIT-01",
        "KZA-SCOPE-04",
        "KZA-SCOPE-05",
        "KZA-SCOPE-06",
    )

    def key_of(self, request: Request) -> Hashable:
        return request.method, request.target.partition("?")[0]


class CachesWithoutLookingAtTheToken(Cache):
    """The cache of the gateway looks at the URL alone, as proxies do by default, and not at Authorization."""

    symptoms = (
        "KZA-AUTH-06",
        "KZA-HEADERS-08",
        "KZA-HEADERS-10",
        "KZA-ISOLATION-05",
        "KZA-RATELIMIT-01",
        "KZA-SCOPE-04",
        "KZA-SCOPE-05",
        "KZA-SCOPE-06",
    )

    def key_of(self, request: Request) -> Hashable:
        return request.method, request.target


class CachesWithoutLookingAtTheQuery(Cache):
    """The cache of the gateway keeps clients apart, but drops the query string from its key."""

    symptoms = (
        "KZA-CONTENTS-01",
        "KZA-FILTER-02",
        "KZA-FILTER-03",
        "KZA-FILTER-07",
        "KZA-HEADERS-08",
        "KZA-HEADERS-10",
        "KZA-INPUTS-02",
        "KZA-MOMENTS-03",
        "KZA-MOMENTS-04",
        "KZA-MOMENTS-05",
        "KZA-MOMENTS-06",
        "KZA-MOMENTS-23",
        "KZA-MOMENTS-24",
        "KZA-MOMENTS-25",
        "KZA-MOMENTS-26",
        "KZA-OPENINGS-01",
        "KZA-OPENINGS-04",
        "KZA-PAGING-05",
        "KZA-PAGING-06",
        "KZA-PAGING-25",
        "KZA-PAGING-26",
        "KZA-RATELIMIT-01",
    )

    def key_of(self, request: Request) -> Hashable:
        return request.method, request.target.partition("?")[0], request.header("Authorization")


class CachesWithoutLookingAtAccept(Cache):
    """The cache of the gateway keeps clients and queries apart, but knows no Vary: all other headers are ignored."""

    symptoms = ("KZA-HEADERS-08", "KZA-HEADERS-10", "KZA-RATELIMIT-01")

    def key_of(self, request: Request) -> Hashable:
        return request.method, request.target, request.header("Authorization"), request.body


class KeepsRefusals(Cache):
    """The cache of the gateway keeps `not found` by URL, so that one client's miss hides the account of another."""

    symptoms = ("KZA-ISOLATION-05",)

    def key_of(self, request: Request) -> Hashable:
        return request.method, request.target

    def is_kept(self, reply: Reply) -> bool:
        return reply.status == 404


# --- nodes that are not alike -----------------------------------------------------------------------------


class _Yesterday(Provider):
    """A node whose copy of the books ends a day ago."""

    def holdings(self, ledger: Ledger) -> Ledger:
        newest = max(item.created for account in ledger.accounts for item in account.transactions)
        accounts = tuple(_without_last_day(account, newest - timedelta(days=1)) for account in ledger.accounts)
        return replace(ledger, accounts=accounts)


def _without_last_day(account: StoredAccount, until: datetime) -> StoredAccount:
    kept = tuple(item for item in account.transactions if item.created <= until)
    missing = sum(item.amount.amount for item in account.transactions if item.created > until)
    return replace(account, transactions=kept, current=account.current - missing)


class OneNodeIsADayBehind(BehindBalancer):
    """Of three nodes, each of which serves its share of the paths, one reads a replica that stopped a day ago."""

    symptoms = ("KZA-CONSISTENCY-01",)
    third = _Yesterday

    def is_for_the_third(self, request: Request) -> bool:
        return zlib.crc32(request.target.partition("?")[0].encode()) % 3 == 0


class _OldRelease(Provider):
    """A node that was left out of the last release, which brought the zone of booking dates."""

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> JsonObject:
        body = super().transaction_json(transaction, account, call)
        return {name: text[:19] if name == "bookingDateTime" else text for name, text in body.items()}


class OneNodeHasTheOldRelease(BehindBalancer):
    """Of three nodes one was left out of the last release: its booking dates have no zone yet."""

    symptoms = ("KZA-DATES-01",)
    third = _OldRelease


class _Down(Provider):
    """A node that is not there."""

    def handle(self, request: Request) -> Reply:
        return page_of_html(502, "502 Bad Gateway")


class OneNodeIsDown(BehindBalancer):
    """Of three nodes one is down, and the balancer has no health check that would notice."""

    symptoms = ("KZA-FAILURES-03",)
    third = _Down


class _Maintained(Provider):
    """A node that shows its maintenance page."""

    def handle(self, request: Request) -> Reply:
        return page_of_html(200, "Planned maintenance")


class OneNodeShowsAMaintenancePage(BehindBalancer):
    """Of three nodes one was left in maintenance; its page has status 200, so that the balancer finds it healthy."""

    symptoms = ("KZA-SHAPE-11",)
    third = _Maintained
