"""The reference provider of kz-accounts: plain Python, one small method per rule.

`handle` turns a request into a reply. A defect overrides one rule, a variant one lawful choice; the rules stand with
their clauses in `routing`, `access`, `throttling`, `pages`, `filters`, `bodies` and `replies`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from jwcrypto.jwk import JWKSet

from conformance.contracts.kz_accounts.access import OwnershipRules, ScopeRules, TokenRules
from conformance.contracts.kz_accounts.bodies import BodyRules
from conformance.contracts.kz_accounts.call import Call, Operation, Refusal, invalid, not_found
from conformance.contracts.kz_accounts.filters import AccountFilterRules, WindowRules
from conformance.contracts.kz_accounts.ledger import Ledger, StoredAccount
from conformance.contracts.kz_accounts.pages import PagingRules
from conformance.contracts.kz_accounts.replies import ReplyRules
from conformance.contracts.kz_accounts.routing import RoutingRules, published_routes
from conformance.contracts.kz_accounts.throttling import RateRules
from conformance.contracts.kz_accounts.tls import TlsRules
from conformance.contracts.kz_accounts.wire import LONGEST_ACCOUNT_ID, LONGEST_IBAN, Version
from conformance.transport.message import MEASURE, Reply, Request

_log = logging.getLogger(__name__)


def system_clock() -> datetime:
    return datetime.now(UTC)


class Provider(
    RoutingRules,
    TokenRules,
    ScopeRules,
    OwnershipRules,
    RateRules,
    PagingRules,
    AccountFilterRules,
    WindowRules,
    BodyRules,
    ReplyRules,
    TlsRules,
):
    """
    A provider that keeps every rule, in one of the lawful ways.

    `trusted` are the published keys of the authorization server (93), `applications` the known client ids,
    `revoked` the `jti` of withdrawn tokens. `role` is "provider" or "system" (40). Safe to call from many threads.

    `lacks` names data that a variant does not hold, so that checks which need it may end inconclusive: `accounts`,
    `transactions`, `many_accounts`, `many_transactions`, `several_types`, `card_accounts`, `optional_members`,
    `credit_lines`, `purses`; or `speed`, where its answers come too slowly for a burst.
    """

    lacks: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        ledger: Ledger,
        trusted: JWKSet,
        issuer: str,
        audience: str,
        applications: Collection[str],
        revoked: Collection[str] = (),
        clock: Callable[[], datetime] = system_clock,
        versions: Collection[Version] = (Version.V3,),
        role: str = "provider",
        requests_per_second: float = 50,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        for rules in (TokenRules, RateRules, ReplyRules):
            rules.__init__(self)
        self.ledger = self.holdings(ledger)
        self.trusted = trusted
        self.issuer = issuer
        self.audience = audience
        self.applications = frozenset(applications)
        self.revoked = frozenset(revoked)
        self.clock = clock
        self.versions = tuple(versions)
        self.role = role
        self.requests_per_second = requests_per_second
        self.monotonic = monotonic
        self.sleep = sleep
        self.routes = published_routes(versions)
        self._accounts_by_id = {self.account_id_text(account): account for account in self.ledger.accounts}

    def holdings(self, ledger: Ledger) -> Ledger:
        """What this provider holds of the ledger it was given: all of it."""
        return ledger

    def handle(self, request: Request) -> Reply:
        """The answer to one request; never raises."""
        if request.method == MEASURE:
            return Reply(200, (), self.render_json(self.connection_facts(request.target)))
        try:
            return self.answer(request)
        except Refusal as refusal:
            return self.error_reply(refusal, request)
        except Exception:
            _log.exception("a rule of the provider failed")
            return self.error_reply(self.internal_error(), request)

    def answer(self, request: Request) -> Reply:
        """The answer to a request that is in order; raises Refusal for any other."""
        call = self.admitted(self.call_of(request, self.clock()))
        return self.success_reply(self.body_of(call), request)

    def admitted(self, call: Call) -> Call:
        """The call with the claims of its token; raises Refusal. The order of the steps is free (R31)."""
        self.check_method(call)
        call = replace(call, claims=self.authenticate(call))
        self.check_rate(call)
        self.check_scope(call)
        self.check_accept(call)
        self.check_provider_id(call)
        self.check_parameter_names(call)
        return call

    def check_parameter_names(self, call: Call) -> None:
        """An unknown parameter is ignored (R17)."""

    def body_of(self, call: Call) -> dict[str, Any]:
        match call.operation:
            case Operation.ACCOUNTS:
                return self.accounts_body(call)
            case Operation.BALANCE:
                return self.balance_body(call)
            case Operation.TRANSACTIONS:
                return self.transactions_body(call)
            case Operation.EXISTS:
                return self.exists_body(call)

    # --- the list of accounts (46-52) ---------------------------------------------------------------------

    def accounts_body(self, call: Call) -> dict[str, Any]:
        paging = self.paging(call)
        matching = self.matching_accounts(call)
        self.check_page_exists(matching, paging)
        shown = [self.account_json(account, call) for account in self.page_items(matching, paging)]
        return {"data": {"accounts": shown}, "page": self.page_json(matching, paging, call)}

    def matching_accounts(self, call: Call) -> Sequence[StoredAccount]:
        """17: the filter comes first, then the page."""
        types, opened = self.type_filter(call), self.opening_range(call)
        return self.ordered_accounts(
            [
                account
                for account in self.accounts_of_client(call)
                if self.account_is_listed(account)
                and self.type_matches(account, types)
                and self.opened_late_enough(account, opened)
                and self.opened_early_enough(account, opened)
            ]
        )

    # --- one account: balance (53-59) and transactions (60-67) --------------------------------------------

    def balance_body(self, call: Call) -> dict[str, Any]:
        return {"data": self.balance_json(self.account_of(call), call)}

    def transactions_body(self, call: Call) -> dict[str, Any]:
        paging, window = self.paging(call), self.window(call)
        account = self.account_of(call)
        matching = self.ordered_transactions(
            [
                transaction
                for transaction in account.transactions
                if self.transaction_is_late_enough(transaction, window)
                and self.transaction_is_early_enough(transaction, window)
            ]
        )
        self.check_page_exists(matching, paging)
        shown = [self.transaction_json(item, account, call) for item in self.page_items(matching, paging)]
        return {"data": {"transactions": shown}, "page": self.page_json(matching, paging, call)}

    def account_of(self, call: Call) -> StoredAccount:
        """The account of the path, if this client may read it (23, 93)."""
        if self.account_id_is_too_long(call.subject):
            raise self.refusal_of_long_id()
        account = self.find_account(call.subject)
        if account is None:
            raise self.refusal_of_unknown_account()
        if not self.account_belongs_to_client(account, call):
            raise self.refusal_of_foreign_account()
        if not self.account_is_readable(account, call):
            raise self.refusal_of_unknown_account()
        return account

    def account_id_is_too_long(self, account_id: str) -> bool:
        """34, A3."""
        return len(account_id) > LONGEST_ACCOUNT_ID

    def find_account(self, account_id: str) -> StoredAccount | None:
        """97: only the id that the list gave leads to an account, never the IBAN."""
        return self._accounts_by_id.get(account_id)

    def refusal_of_long_id(self) -> Refusal:
        """A1.3: a length that is not allowed."""
        return invalid("accountId", f"is longer than {LONGEST_ACCOUNT_ID} characters")

    def refusal_of_unknown_account(self) -> Refusal:
        """A1.1, A3: 404 (R02)."""
        return not_found("accountId")

    def refusal_of_foreign_account(self) -> Refusal:
        """Another client's account is as good as none, so that nobody learns that it exists (R03)."""
        return self.refusal_of_unknown_account()

    # --- whether an account exists (68-74) ----------------------------------------------------------------

    def exists_body(self, call: Call) -> dict[str, Any]:
        if self.iban_is_too_long(call.subject):
            raise invalid("iban", f"is longer than {LONGEST_IBAN} characters")
        return self.exists_json(self.iban_is_known(call.subject))

    def iban_is_too_long(self, iban: str) -> bool:
        """34, A3."""
        return len(iban) > LONGEST_IBAN

    def iban_is_known(self, iban: str) -> bool:
        """68: of any client, as long as the account is not closed; a malformed IBAN belongs to nobody (R18)."""
        account = self.ledger.account_with_iban(iban)
        return account is not None and not self.account_is_closed(account)
