"""kz-accounts 14, 15, 38, R34, R35: little data, none, very much, and values at the edges of their types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid5

from conformance.contracts.kz_accounts.ledger import Ledger, StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.variants.values import OldestFirst, OrderedById
from conformance.contracts.kz_accounts.variants.variant import Variant
from conformance.contracts.kz_accounts.wire import AccountType, Direction, TransactionStatus


class NoOptionalMembers(Variant):
    """What is optional need not be there; only `mcc` of card accounts stays, and the empty arrays (15, A2.7)."""

    lacks = ("optional_members", "credit_lines", "purses")

    def holdings(self, ledger: Ledger) -> Ledger:
        return _each_account(ledger, _without_optional_members)


class FewData(Variant):
    """A client with two accounts and a few transactions is a client as well."""

    lacks = ("many_accounts", "many_transactions", "several_types", "card_accounts", "credit_lines", "purses")

    def holdings(self, ledger: Ledger) -> Ledger:
        kept = [
            replace(account, transactions=account.transactions[-3:])
            for client in ledger.clients
            for account in [one for one in ledger.accounts_of(client) if one.type is AccountType.CURRENT_ACCOUNT][:2]
        ]
        return replace(ledger, accounts=tuple(kept))


class OneAccount(Variant):
    """A client with one account, on which one thing happened."""

    lacks = ("many_accounts", "many_transactions", "several_types", "card_accounts", "credit_lines", "purses")

    def holdings(self, ledger: Ledger) -> Ledger:
        kept = [next(one for one in ledger.accounts_of(client) if one.is_active) for client in ledger.clients]
        return replace(ledger, accounts=tuple(replace(one, transactions=one.transactions[-9:-8]) for one in kept))


class NoTransactions(Variant):
    """Accounts on which nothing happened (R35)."""

    lacks = ("transactions", "many_transactions")

    def holdings(self, ledger: Ledger) -> Ledger:
        return _each_account(ledger, lambda account: replace(account, transactions=()))


class NoAccounts(Variant):
    """A client without any account gets an empty list (R35)."""

    lacks = (
        "accounts", "transactions", "many_accounts", "many_transactions", "several_types", "card_accounts",
        "optional_members", "credit_lines", "purses",
    )  # fmt: skip

    def holdings(self, ledger: Ledger) -> Ledger:
        first, *_ = ledger.clients
        return replace(ledger, accounts=tuple(account for account in ledger.accounts if account.client != first))


# --- very much --------------------------------------------------------------------------------------------


class ThousandAccounts(Variant):
    """A client may have more accounts than anybody will look at one by one."""

    def holdings(self, ledger: Ledger) -> Ledger:
        mine = [account for account in ledger.accounts_of(ledger.clients[0]) if account.is_active]
        copies = [_copy(mine[number % len(mine)], number) for number in range(1000 - len(mine))]
        return replace(ledger, accounts=(*ledger.accounts, *copies))


class ThousandTransactions(Variant):
    """An account of a trader: a thousand transactions in the last 89 days, ten pages of the largest size."""

    number = 1000

    def holdings(self, ledger: Ledger) -> Ledger:
        trader = next(account for account in ledger.accounts_of(ledger.clients[0]) if len(account.transactions) > 100)
        return _each_account(ledger, lambda account: self._busy(account) if account is trader else account)

    def _busy(self, account: StoredAccount) -> StoredAccount:
        newest = account.transactions[-1].created - timedelta(hours=1)
        more = [
            replace(
                account.transactions[number % len(account.transactions)],
                transaction_id=str(uuid5(_COPIES, f"{account.iban}/{number}")),
                created=newest - timedelta(days=88) * number / self.number,
                status=TransactionStatus.PENDING,
                booked=None,
                valued=None,
            )
            for number in range(self.number)
        ]
        return replace(account, transactions=(*reversed(more), *account.transactions))


class FiveThousandTransactions(ThousandTransactions):
    """More than a run reads of one list: what it does not read it must not judge."""

    number = 5000


class FiveThousandTransactionsOldestFirst(FiveThousandTransactions, OldestFirst):
    """What a run reads of such a list may be the oldest part of it (R25)."""


class FiveThousandTransactionsOrderedById(FiveThousandTransactions, OrderedById):
    """What a run reads of such a list may be any part of it (R25)."""


# --- values at the edges of their types -------------------------------------------------------------------


class LargestAmounts(Variant):
    """Amounts fill 64 bits and may be negative (R34)."""

    def holdings(self, ledger: Ledger) -> Ledger:
        def filled(account: StoredAccount, largest: int) -> StoredAccount:
            amounts = [replace(item, amount=replace(item.amount, amount=largest)) for item in account.transactions]
            return replace(account, current=-largest - 1, available=largest, held=largest, transactions=tuple(amounts))

        return _each_account(ledger, lambda account: filled(account, 2**63 - 1))


class LongestTexts(Variant):
    """Lengths count characters, also those that UTF-16 writes in two units and UTF-8 in four bytes (R34)."""

    def holdings(self, ledger: Ledger) -> Ledger:
        def filled(item: StoredTransaction) -> StoredTransaction:
            is_debit = item.direction is Direction.DEBIT
            return replace(
                item,
                reference="🏦" * 36,
                document_number="📄" * 70,
                description="🛒" * 70,
                creditor_name="𝒜" * 70 if is_debit else None,
                debtor_name=None if is_debit else "Ә" * 70,
            )

        return _each_account(
            ledger, lambda account: replace(account, transactions=tuple(map(filled, account.transactions)))
        )


# --- how ledgers are changed ------------------------------------------------------------------------------


def _copy(account: StoredAccount, number: int) -> StoredAccount:
    """Another account like it: with numbers of its own, opened a little earlier."""
    return replace(
        account,
        iban=f"KZ00999MORE{number:09d}",
        account_id=str(uuid5(_COPIES, str(number))),
        opened=account.opened - timedelta(hours=5 * number + 1),
        transactions=tuple(
            replace(item, transaction_id=str(uuid5(_COPIES, f"{number}/{item.transaction_id}")))
            for item in account.transactions
        ),
    )


_COPIES = UUID("a8bb4b0e-3f1a-4f0e-8a6c-0c2a4c1f6d55")


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
