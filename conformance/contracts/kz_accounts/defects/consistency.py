"""Providers whose endpoints contradict each other."""

from __future__ import annotations

from typing import Any

from conformance.contracts.kz_accounts.call import Call, Operation
from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.provider import Provider


class ListsYesterdaysBalance(Provider):
    """Lists a balance that lags behind the balance endpoint."""

    breaks = "KZA-CONSISTENCY-01"

    def listed_balance(self, account: StoredAccount) -> int:
        return super().listed_balance(account) - 100


class RoundsBeyondDoubles(Provider):
    """Passes listed balances through a floating-point number."""

    breaks = "KZA-CONSISTENCY-01"

    def listed_balance(self, account: StoredAccount) -> int:
        return int(super().listed_balance(account) // 1000 * 1000)


class ListsEverythingInTenge(Provider):
    """Lists every account in KZT."""

    breaks = "KZA-CONSISTENCY-02"

    def account_json(self, account: StoredAccount, call: Call) -> dict[str, Any]:
        return {**super().account_json(account, call), "currency": "KZT"}


class _KnowsNoSavings(Provider):
    operation: Operation

    def account_of(self, call: Call) -> StoredAccount:
        account = super().account_of(call)
        if call.operation is self.operation and account.type == "SAVINGS":
            raise self.refusal_of_unknown_account()
        return account


class TellsNoBalanceOfSavings(_KnowsNoSavings):
    """Lists deposits, but does not know their balance."""

    breaks = "KZA-CONSISTENCY-03"
    operation = Operation.BALANCE


class TellsNoTransactionsOfSavings(_KnowsNoSavings):
    """Lists deposits, but does not know their transactions."""

    breaks = "KZA-CONSISTENCY-04"
    operation = Operation.TRANSACTIONS
