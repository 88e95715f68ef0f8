"""Lawful providers of kz-accounts that hold less (14, 15, 38): no check may demand what a client need not have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.contracts.kz_accounts.ledger import Ledger, StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import AccountType


class NoOptionalMembers(Provider):
    """What is optional need not be there; only `mcc` of card accounts stays, and the empty arrays (15, A2.7)."""

    lacks = ("optional_members", "credit_lines", "purses")

    def holdings(self, ledger: Ledger) -> Ledger:
        return _each_account(ledger, _without_optional_members)


class FewData(Provider):
    """A client with two accounts and a few transactions is a client as well."""

    lacks = ("many_accounts", "many_transactions", "several_types", "card_accounts", "credit_lines", "purses")

    def holdings(self, ledger: Ledger) -> Ledger:
        kept = [
            replace(account, transactions=account.transactions[-3:])
            for client in ledger.clients
            for account in [one for one in ledger.accounts_of(client) if one.type is AccountType.CURRENT_ACCOUNT][:2]
        ]
        return replace(ledger, accounts=tuple(kept))


class NoTransactions(Provider):
    """Accounts on which nothing happened (R35)."""

    lacks = ("transactions", "many_transactions")

    def holdings(self, ledger: Ledger) -> Ledger:
        return _each_account(ledger, lambda account: replace(account, transactions=()))


class NoAccounts(Provider):
    """A client without any account gets an empty list (R35)."""

    lacks = (
        "accounts", "transactions", "many_accounts", "many_transactions", "several_types", "card_accounts",
        "optional_members", "credit_lines", "purses",
    )  # fmt: skip

    def holdings(self, ledger: Ledger) -> Ledger:
        first, *_ = ledger.clients
        return replace(ledger, accounts=tuple(account for account in ledger.accounts if account.client != first))


THIN_DATA: tuple[type[Provider], ...] = (NoOptionalMembers, FewData, NoTransactions, NoAccounts)


def _each_account(ledger: Ledger, changed: Callable[[StoredAccount], StoredAccount]) -> Ledger:
    return replace(ledger, accounts=tuple(map(changed, ledger.accounts)))


def _without_optional_members(account: StoredAccount) -> StoredAccount:
    return replace(
        account,
        held=None,
        description=None,
        alternative_id=None,
        credit_lines=(),
        purses=(),
        transactions=tuple(
            StoredTransaction(
                transaction_id=transaction.transaction_id,
                reference=transaction.reference,
                status=transaction.status,
                amount=transaction.amount,
                direction=transaction.direction,
                type=transaction.type,
                created=transaction.created,
                mcc=transaction.mcc if account.has_card else None,
            )
            for transaction in account.transactions
        ),
    )
