"""Providers that send what has no value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.ledger import StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.provider import Provider


class SendsEmptyTexts(Provider):
    """Sends "" for a transaction without description."""

    breaks = "KZA-EMPTY-01"

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> dict[str, Any]:
        return {"description": "", **super().transaction_json(transaction, account, call)}


class SendsBlankTexts(Provider):
    """Sends blanks for an account without description."""

    breaks = "KZA-EMPTY-01"

    def account_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
        return {"description": "   ", **super().account_json(account, call)}


class SendsEmptyReference(Provider):
    """Sends "" for the mandatory reference of a transaction."""

    breaks = "KZA-EMPTY-01"

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> dict[str, Any]:
        return {**super().transaction_json(transaction, account, call), "reference": ""}


class SendsEmptyObjects(Provider):
    """Sends {} for a transaction without creditorAgent."""

    breaks = "KZA-EMPTY-02"

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> dict[str, Any]:
        return {"creditorAgent": {}, **super().transaction_json(transaction, account, call)}


class SendsNulls(Provider):
    """Sends null for every optional member without value."""

    breaks = "KZA-EMPTY-03"

    def without_absent(self, members: Mapping[str, Any]) -> dict[str, Any]:
        return dict(members)


class SendsNullBlockedBalance(Provider):
    """Sends null for an account with nothing blocked."""

    breaks = "KZA-EMPTY-03"

    def balance_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
        return {"blockedBalance": None, **super().balance_json(account, call)}


class LeavesOutEmptyCreditLine(Provider):
    """Leaves out creditLine where there is none."""

    breaks = "KZA-EMPTY-04"

    def balance_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
        members = super().balance_json(account, call)
        return {name: value for name, value in members.items() if name != "creditLine" or value}


class LeavesOutEmptyPurses(Provider):
    """Leaves out purses where there are none."""

    breaks = "KZA-EMPTY-04"

    def balance_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
        members = super().balance_json(account, call)
        return {name: value for name, value in members.items() if name != "purses" or value}
