"""Providers whose deprecated versions tell another story than v3."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.ledger import StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import Version

ALL = tuple(Version)


def is_old(call: Call) -> bool:
    """Whether a deprecated version is asked."""
    return not call.dialect.filters_by_opening


class HidesSavingsInOldVersions(Provider):
    """Lists no deposits in deprecated versions."""

    breaks = "KZA-VERSIONS-01"
    tried_with = {"versions": ALL, "without": ("data.account_ids",)}

    def accounts_of_client(self, call: Call) -> tuple[StoredAccount, ...]:
        mine = super().accounts_of_client(call)
        return tuple(account for account in mine if account.type != "SAVINGS") if is_old(call) else mine


class HidesSavingsInV3(Provider):
    """Lists deposits in deprecated versions only."""

    breaks = "KZA-VERSIONS-01"
    tried_with = {"versions": ALL, "without": ("data.account_ids",)}

    def accounts_of_client(self, call: Call) -> tuple[StoredAccount, ...]:
        mine = super().accounts_of_client(call)
        return mine if is_old(call) else tuple(account for account in mine if account.type != "SAVINGS")


class OpensLaterInOldVersions(Provider):
    """Tells another opening date in deprecated versions."""

    breaks = "KZA-VERSIONS-02"
    tried_with = {"versions": ALL}

    def account_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
        members = super().account_json(account, call)
        if is_old(call):
            members["openedDateTime"] = "2020-01-01T00:00:00+05:00"
        return members


class BlocksNothingInOldVersions(Provider):
    """Tells another available balance in deprecated versions."""

    breaks = "KZA-VERSIONS-03"
    tried_with = {"versions": ALL}

    def balance_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
        members = super().balance_json(account, call)
        if is_old(call):
            members["availableBalance"] += 1
        return members


class RewritesReferencesInOldVersions(Provider):
    """Tells another reference in deprecated versions."""

    breaks = "KZA-VERSIONS-04"
    tried_with = {"versions": ALL}

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> dict[str, Any]:
        members = super().transaction_json(transaction, account, call)
        if is_old(call):
            members["reference"] = f"OLD{members['reference'][3:]}"
        return members


class ForgetsPendingTransactionsInOldVersions(Provider):
    """Leaves pending transactions out in deprecated versions."""

    breaks = "KZA-VERSIONS-04"
    tried_with = {"versions": ALL}

    def account_of(self, call: Call) -> StoredAccount:
        account = super().account_of(call)
        booked = tuple(item for item in account.transactions if item.status == "BOOKED")
        return replace(account, transactions=booked) if is_old(call) else account
