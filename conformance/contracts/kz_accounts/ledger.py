"""What a provider of kz-accounts holds: accounts, balances and transactions (46, 53, 60, A2), before any JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from conformance.contracts.kz_accounts.wire import (
    CARD_TYPES,
    AccountType,
    CreditLineType,
    Direction,
    TransactionStatus,
    TransactionType,
)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units and its currency (A2.5)."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A credit limit of an account (A2.4)."""

    included: bool
    type: CreditLineType
    amount: Money


@dataclass(frozen=True, slots=True)
class Institution:
    """A financial institution (A2.8)."""

    bic: str
    bin: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTransaction:
    """One transaction (A2.7)."""

    transaction_id: str
    reference: str
    status: TransactionStatus
    amount: Money
    direction: Direction
    type: TransactionType
    created: datetime
    booked: datetime | None = None
    valued: datetime | None = None
    document_number: str | None = None
    charge: Money | None = None
    purpose_code: str | None = None
    budget_code: str | None = None
    sender_code: str | None = None
    beneficiary_code: str | None = None
    mcc: str | None = None
    description: str | None = None
    creditor_name: str | None = None
    debtor_name: str | None = None
    creditor_agent: Institution | None = None
    debtor_agent: Institution | None = None
    rrn: str | None = None
    iin_sender: str | None = None
    iin_receiver: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """One account with its balance (A2.2, A2.3) and its transactions, oldest first."""

    iban: str
    account_id: str
    client: str
    type: AccountType
    currency: str
    opened: datetime
    closed: datetime | None = None
    blocked: bool = False
    card_last_four: str | None = None
    current: int
    available: int
    held: int | None = None
    description: str | None = None
    alternative_id: str | None = None
    credit_lines: tuple[CreditLine, ...] = ()
    purses: tuple[Money, ...] = ()
    transactions: tuple[StoredTransaction, ...] = ()

    @property
    def is_active(self) -> bool:
        """Open and not blocked: the only accounts that a list may show (A2.1)."""
        return self.closed is None and not self.blocked

    @property
    def has_card(self) -> bool:
        return self.type in CARD_TYPES


@dataclass(frozen=True)
class Ledger:
    """All accounts of one provider, in no particular order."""

    clients: tuple[str, ...]
    accounts: tuple[StoredAccount, ...]
    missing_iban: str  # well formed, belongs to no account

    def accounts_of(self, client: str) -> tuple[StoredAccount, ...]:
        return self._by_client.get(client, ())

    def account_with_iban(self, iban: str) -> StoredAccount | None:
        return self._by_iban.get(iban)

    @cached_property
    def _by_client(self) -> dict[str, tuple[StoredAccount, ...]]:
        return {
            client: tuple(account for account in self.accounts if account.client == client) for client in self.clients
        }

    @cached_property
    def _by_iban(self) -> dict[str, StoredAccount]:
        return {account.iban: account for account in self.accounts}
