"""kz-accounts R25, R27: data that change while a run goes on, as they do at any bank."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from conformance.contracts.kz_accounts.ledger import Ledger, StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.variants.values import OldestFirst, OrderedById
from conformance.contracts.kz_accounts.variants.variant import Variant
from conformance.contracts.kz_accounts.wire import TransactionStatus, Version
from conformance.transport.message import Reply, Request


class _Changing(Variant):
    """Something happens every so many requests, so that it happens in virtual time as well."""

    every = 20

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._asked = 0
        self._changing = threading.Lock()

    def answer(self, request: Request) -> Reply:
        with self._changing:
            self._asked += 1
            if self._asked % self.every == 0:
                self._hold(self.changed(self.ledger, self._asked // self.every))
        return super().answer(request)

    def changed(self, ledger: Ledger, times: int) -> Ledger:
        """What the ledger is from now on; `times` counts from 1."""
        raise NotImplementedError

    def _hold(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._accounts_by_id = {self.account_id_text(account): account for account in ledger.accounts}


class TransactionsArrive(_Changing):
    """Every now and then something happens on one of the accounts, and is pending at first (R25)."""

    def changed(self, ledger: Ledger, times: int) -> Ledger:
        busy = [account for account in ledger.accounts if account.is_active and account.transactions]
        chosen = busy[0] if times % 2 else busy[times % len(busy)]
        return _with_each(ledger, lambda account: self._paid(account, times) if account is chosen else account)

    def _paid(self, account: StoredAccount, times: int) -> StoredAccount:
        new = replace(
            account.transactions[-1],
            transaction_id=str(uuid5(_NEW, f"{account.iban}/{times}")),
            created=self.clock(),
            status=TransactionStatus.PENDING,
            booked=None,
            valued=None,
        )
        return replace(account, current=account.current + 1, transactions=(*account.transactions, new))


class TransactionsArriveAtTheEnd(TransactionsArrive, OldestFirst):
    """New ones may stand last (R25)."""


class TransactionsArriveAnywhere(TransactionsArrive, OrderedById):
    """New ones may stand anywhere (R25)."""


class AccountsAppear(_Changing):
    """A client may open an account while a run goes on; one of another bank's may come with its old date (46)."""

    every = 350

    def changed(self, ledger: Ledger, times: int) -> Ledger:
        like = next(account for account in ledger.accounts if account.is_active)
        moment = self.clock() if times % 2 else like.opened - timedelta(days=100 + times)
        new = replace(
            like,
            iban=f"KZ00999NEWS{times:09d}",
            account_id=str(uuid5(_NEW, str(times))),
            opened=moment,
            transactions=(),
        )
        return replace(ledger, accounts=(*ledger.accounts, new))


class AccountsAppearAtTheEnd(AccountsAppear, OldestFirst):
    """New ones may stand last (R25)."""


class BalancesMove(_Changing):
    """Money comes and goes between two answers (R27)."""

    tried_with = {"versions": (Version.V3, Version.V1)}
    every = 50

    def changed(self, ledger: Ledger, times: int) -> Ledger:
        return _with_each(ledger, lambda account: replace(account, current=account.current + times))


class TransactionsSettle(_Changing):
    """What was pending is booked a little later, under the same id (A4.1)."""

    tried_with = {"versions": (Version.V3, Version.V1)}
    every = 400

    def changed(self, ledger: Ledger, times: int) -> Ledger:
        return _with_each(ledger, self._settled)

    def _settled(self, account: StoredAccount) -> StoredAccount:
        pending = [item for item in account.transactions if item.status is TransactionStatus.PENDING][:1]
        items = [self._booked(item) if item in pending else item for item in account.transactions]
        return replace(account, transactions=tuple(items))

    def _booked(self, item: StoredTransaction) -> StoredTransaction:
        return replace(item, status=TransactionStatus.BOOKED, booked=self.clock())


def _with_each(ledger: Ledger, changed: Callable[[StoredAccount], StoredAccount]) -> Ledger:
    return replace(ledger, accounts=tuple(map(changed, ledger.accounts)))


_NEW = UUID("5bb7d3c1-0f44-4f0c-9c0e-2a3c3e0b7d10")
