"""Providers that mix up their clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Claims, Operation, Refusal, unauthorized
from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import ErrorCode

# --- whose account it is ----------------------------------------------------------------------------------


class ListsAnAccountTwice(Provider):
    """Lists a shared account with both of its holders, though only one gave consent."""

    breaks = "KZA-ISOLATION-01"

    def accounts_of_client(self, call: Call) -> tuple[StoredAccount, ...]:
        own = super().accounts_of_client(call)
        shared = next(account for account in super().accounts_of_client(_of_first_client(self, call)))
        return own if shared in own else (*own, shared)


class _GivesAnyAccount(Provider):
    at: Operation

    def account_belongs_to_client(self, account: StoredAccount, call: Call) -> bool:
        return call.operation is self.at or super().account_belongs_to_client(account, call)


class GivesAnyBalance(_GivesAnyAccount):
    """The id alone opens a balance."""

    breaks = "KZA-ISOLATION-02"
    at = Operation.BALANCE


class GivesAnyTransactions(_GivesAnyAccount):
    """The id alone opens transactions."""

    breaks = "KZA-ISOLATION-03"
    at = Operation.TRANSACTIONS


class GivesTransactionsUnasked(GivesAnyTransactions):
    """The same, seen without a token of the other client: only its account is named."""

    breaks = "KZA-ISOLATION-03"
    tried_with = {"without": ("auth.static.other_client", "auth.mint.other_client_claims")}


# --- how it is refused ------------------------------------------------------------------------------------


class RefusesAForeignAccountWith401(Provider):
    """Takes the wrong client for a bad token."""

    breaks = "KZA-ISOLATION-04"

    def refusal_of_foreign_account(self) -> Refusal:
        return unauthorized("access token is of another client")


class RefusesAForeignAccountAsInvalid(Provider):
    """Takes another client's id for a wrong one."""

    breaks = "KZA-ISOLATION-04"

    def refusal_of_foreign_account(self) -> Refusal:
        return Refusal(400, ErrorCode.FIELD_INVALID, "accountId: is of another client")


# --- answers are mixed up ---------------------------------------------------------------------------------


class _StoresAnswers(Provider):
    """Keeps what it gave by path and query, whoever asked."""

    at: Operation

    def body_of(self, call: Call) -> dict[str, Any]:
        if call.operation is not self.at:
            return super().body_of(call)
        stored: dict[str, dict[str, Any]] = self.__dict__.setdefault("stored", {})
        target = call.request.target
        if target not in stored:
            stored[target] = super().body_of(call)
        return stored[target]


class StoresLists(_StoresAnswers):
    """A gateway keeps lists by path and query."""

    breaks = "KZA-ISOLATION-05"
    at = Operation.ACCOUNTS


class StoresBalances(_StoresAnswers):
    """A gateway keeps balances by path."""

    breaks = "KZA-ISOLATION-05"
    at = Operation.BALANCE


class StoresTransactions(_StoresAnswers):
    """A gateway keeps transactions by path and query."""

    breaks = "KZA-ISOLATION-05"
    at = Operation.TRANSACTIONS


class StoresRefusals(Provider):
    """A gateway keeps by path that there is no such account."""

    breaks = "KZA-ISOLATION-05"

    def account_of(self, call: Call) -> StoredAccount:
        refused: set[str] = self.__dict__.setdefault("refused", set())
        if call.request.target in refused:
            raise self.refusal_of_unknown_account()
        try:
            return super().account_of(call)
        except Refusal:
            refused.add(call.request.target)
            raise


class GivesTheFirstClientsTransactionsToAll(Provider):
    """Checks ownership for all accounts but those of the first client."""

    breaks = "KZA-ISOLATION-05"

    def account_belongs_to_client(self, account: StoredAccount, call: Call) -> bool:
        is_open = call.operation is Operation.TRANSACTIONS and account.client == self.ledger.clients[0]
        return is_open or super().account_belongs_to_client(account, call)


# --- a client that nobody knows ---------------------------------------------------------------------------


class TakesUnknownClientsForTheFirst(Provider):
    """Falls back to the client of its tests."""

    breaks = "KZA-ISOLATION-06"

    def token_parts(self, text: str, call: Call) -> tuple[dict[str, Any], Claims]:
        header, claims = super().token_parts(text, call)
        return header, claims if self.client_is_known(claims, call) else {**claims, "sub": self.ledger.clients[0]}


class GivesUnknownClientsAnyAccount(Provider):
    """Takes a client that it cannot find for a member of staff."""

    breaks = "KZA-ISOLATION-06"

    def client_is_known(self, claims: Claims, call: Call) -> bool:
        return True

    def account_belongs_to_client(self, account: StoredAccount, call: Call) -> bool:
        return call.client not in self.ledger.clients or super().account_belongs_to_client(account, call)


def _of_first_client(provider: Provider, call: Call) -> Call:
    return replace(call, claims={**call.claims, "sub": provider.ledger.clients[0]})
