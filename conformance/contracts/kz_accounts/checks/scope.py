"""kz-accounts 18-19, 23, 36, 93, A1.1, A4.7: a token opens what its scope names, and nothing else.

Every token of one scope, and one of none, is shown at every endpoint once; the checks judge that table.
What `exists` needs is not said (R18), so that it is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts, Endpoint
from conformance.contracts.kz_accounts.judgement import accepted, not_served, served
from conformance.contracts.kz_accounts.tokens import Kind
from conformance.contracts.kz_accounts.wire import Scope
from conformance.engine.check import check
from conformance.engine.observation import Inconclusive, expect, given, lacking, none_found

SINGLE = {Scope.ACCOUNTS: Kind.ACCOUNTS, Scope.BALANCE: Kind.BALANCE, Scope.TRANSACTIONS: Kind.TRANSACTIONS}
KINDS = (*SINGLE.values(), Kind.NONE)


@dataclass(frozen=True)
class Row:
    """One endpoint, that served the token of all scopes, as each token of fewer scopes sees it."""

    endpoint: Endpoint
    answers: dict[Kind, Answer]
    missing: dict[Kind, Inconclusive]  # tokens that the configuration cannot give

    def answer(self, kind: Kind) -> Answer:
        if kind in self.missing:
            raise self.missing[kind].with_traceback(None)
        return self.answers[kind]


def row(accounts: Accounts, scope: Scope) -> Row:
    """The endpoint that demands this scope, asked with each token."""

    def discover() -> Row:
        endpoint = the_endpoint(accounts, scope)
        served(f"{endpoint.name} with all scopes", accounts.send(endpoint.path, endpoint.query))
        answers: dict[Kind, Answer] = {}
        missing: dict[Kind, Inconclusive] = {}
        for kind in KINDS:
            try:
                token = accounts.tokens.get(kind)
            except Inconclusive as problem:
                missing[kind] = problem
            else:
                answers[kind] = accounts.send(endpoint.path, endpoint.query, token=token)
        return Row(endpoint, answers, missing)

    return accounts.recall(f"scope: {scope}", discover)


def the_endpoint(accounts: Accounts, scope: Scope) -> Endpoint:
    return next(endpoint for endpoint in accounts.endpoints() if endpoint.scope is scope)


def others(scope: Scope) -> list[Kind]:
    return [kind for kind in KINDS if kind is not SINGLE[scope]]


# --- the scope suffices -----------------------------------------------------------------------------------


@check("KZA-SCOPE-01")
def the_scope_accounts_opens_the_list(accounts: Accounts) -> None:
    """A token with the scope `accounts` alone is served the list of accounts."""
    its_own_scope_suffices(accounts, Scope.ACCOUNTS)


@check("KZA-SCOPE-02")
def the_scope_account_balance_opens_balances(accounts: Accounts) -> None:
    """A token with the scope `account_balance` alone is served a balance."""
    its_own_scope_suffices(accounts, Scope.BALANCE)


@check("KZA-SCOPE-03")
def the_scope_account_transactions_opens_transactions(accounts: Accounts) -> None:
    """A token with the scope `account_transactions` alone is served transactions."""
    its_own_scope_suffices(accounts, Scope.TRANSACTIONS)


def its_own_scope_suffices(accounts: Accounts, scope: Scope) -> None:
    """The token of all scopes is served there. A token that is answered 401 everywhere is rather out of force."""
    answer = row(accounts, scope).answer(SINGLE[scope])
    if answer.status == 401:
        seen = {row(accounts, other).answer(SINGLE[scope]).status for other in Scope}
        given("answers to it at all endpoints are 401", seen == {401}, False, missing=f"a token in force: {scope}")
    accepted(f"a token with the scope {scope} alone", answer)
    table = row(accounts, scope)
    strangers = [table.answers[kind].status for kind in others(scope) if kind in table.answers]
    if strangers:  # what is open to every scope, or to none, does not show that this one opens it
        given(f"whether some token without the scope {scope} is refused", max(strangers) >= 300, True)


# --- no other scope does ----------------------------------------------------------------------------------


@check("KZA-SCOPE-04")
def the_list_is_closed_to_other_scopes(accounts: Accounts) -> None:
    """A token without the scope `accounts` is not served the list of accounts."""
    other_scopes_are_given_nothing(accounts, Scope.ACCOUNTS)


@check("KZA-SCOPE-05")
def balances_are_closed_to_other_scopes(accounts: Accounts) -> None:
    """A token without the scope `account_balance` is not served a balance."""
    other_scopes_are_given_nothing(accounts, Scope.BALANCE)


@check("KZA-SCOPE-06")
def transactions_are_closed_to_other_scopes(accounts: Accounts) -> None:
    """A token without the scope `account_transactions` is not served transactions."""
    other_scopes_are_given_nothing(accounts, Scope.TRANSACTIONS)


def other_scopes_are_given_nothing(accounts: Accounts, scope: Scope) -> None:
    """Each token is in force: one of another scope is served at its own endpoint (see is_in_force for `none`)."""
    table = row(accounts, scope)
    for kind in others(scope):
        if kind not in table.missing:
            not_served(f"{table.endpoint.name} with {named(kind)}", table.answer(kind))
    for kind in others(scope):
        given(f"token with {named(kind)} is in force", is_in_force(accounts, kind), True)


def named(kind: Kind) -> str:
    return "no scope" if kind is Kind.NONE else f"the scope {kind} alone"


def is_in_force(accounts: Accounts, kind: Kind) -> bool:
    """Whether a refusal of that token is one for want of a scope. Raises Inconclusive where there is no such token."""
    if kind is Kind.NONE:
        at_lists_and_balances = {row(accounts, scope).answer(kind).status for scope in Scope}
        return at_lists_and_balances != {401} or not_refused_by_exists(accounts)
    own = next(scope for scope, single in SINGLE.items() if single is kind)
    return row(accounts, own).answer(kind).status == 200


def not_refused_by_exists(accounts: Accounts) -> bool:
    """`exists` may demand a scope or none, but 401 means that the token itself is not valid."""
    return accounts.exists(accounts.any_iban(), token=Kind.NONE).status != 401


@check("KZA-SCOPE-07")
def a_wrong_scope_is_refused_with_403(accounts: Accounts) -> None:
    """A valid token of the wrong scope is refused with 403: it is known who asks."""
    refusals: list[tuple[str, Answer]] = []
    for scope in Scope:
        table = row(accounts, scope)
        refusals += [
            (f"{table.endpoint.name} with {named(kind)}", table.answer(kind))
            for kind in others(scope)
            if kind not in table.missing and is_in_force(accounts, kind) and is_refusal(table.answer(kind))
        ]
    the_status_is_403(refusals)


@check("KZA-SCOPE-07")
def a_resembling_scope_is_refused_with_403(accounts: Accounts) -> None:
    """A valid token whose scope only resembles the right one is refused with 403."""
    the_status_is_403([pair for scope in Scope for pair in near_misses(accounts, scope) if is_refusal(pair[1])])


def is_refusal(answer: Answer) -> bool:
    """What is served breaks another rule, and what makes the server fail one of the topic `errors`."""
    return answer.status in range(300, 500)


def the_status_is_403(refusals: list[tuple[str, Answer]]) -> None:
    if not refusals:
        lacking("auth.static.accounts (and the other single scopes), or auth.mint; and a refusal to look at")
    wrong = [(what, answer) for what, answer in refusals if answer.status != 403]
    expect(
        "refusals for want of a scope with another status than 403",
        [f"{what}: {answer.status}" for what, answer in wrong],
        none_found,
        evidence=(wrong or refusals)[0][1].exchange,
    )


# --- a scope is a whole word ------------------------------------------------------------------------------

NEARLY = {
    Scope.ACCOUNTS: ("account", "accounts2", "my_accounts", "ACCOUNTS", "accounts,account_balance"),
    Scope.BALANCE: ("account", "balance", "account_balances", "ACCOUNT_BALANCE", "account_balance,accounts"),
    Scope.TRANSACTIONS: (
        "account",
        "account_transaction",
        "account_transactions2",
        "ACCOUNT_TRANSACTIONS",
        "account_transactions,accounts",
    ),
}


@check("KZA-SCOPE-08")
def a_scope_that_only_resembles_opens_nothing(accounts: Accounts) -> None:
    """
    A scope that is part of the right one, contains it, or differs in case, is given nothing.

    The right one, minted as well, is served. Where any scope opens the endpoint, resemblance is not the reason.
    """
    for scope in Scope:
        for kind in others(scope):
            answer = row(accounts, scope).answer(kind)
            given(f"refusal of {named(kind)} at the endpoint of {scope}", answer.status >= 300, True)
        for what, answer in near_misses(accounts, scope):
            not_served(what, answer)


def near_misses(accounts: Accounts, scope: Scope) -> list[tuple[str, Answer]]:
    """The endpoint of that scope, which a minted token of the right one opens, asked with each near miss."""

    def discover() -> list[tuple[str, Answer]]:
        endpoint = the_endpoint(accounts, scope)
        right = accounts.tokens.minted(f"scope {scope}", scope=scope.value)
        served(f"{endpoint.name} with the scope {scope}", accounts.send(endpoint.path, endpoint.query, token=right))

        def asked(near: str) -> tuple[str, Answer]:
            token = accounts.tokens.minted(f"scope {near}", scope=near)
            return f'{endpoint.name} with the scope "{near}"', accounts.send(endpoint.path, endpoint.query, token=token)

        return [asked(near) for near in NEARLY[scope]]

    return accounts.recall(f"scope: near {scope}", discover)
