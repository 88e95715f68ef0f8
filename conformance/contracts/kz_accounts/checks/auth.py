"""kz-accounts 22, 29.3, 38, 40, A1.1: a valid access token is served, and nothing without one.

That a bad credential is given nothing, and that its refusal has status 401, are two rules: the second is
judged over all refusals at once. Without a status of its own each check accepts any refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.contracts.kz_accounts import credentials, wire
from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts, encoded
from conformance.contracts.kz_accounts.credentials import Attempt
from conformance.contracts.kz_accounts.judgement import accepted, not_served
from conformance.engine.check import check
from conformance.engine.observation import Inconclusive, at_most, expect, given, lacking, none_found, one_of
from conformance.errors import NoAnswer, UnreadableReply
from conformance.transport.recorder import Exchange

PROVIDER_ID = "0b8f6a0e-4d0c-4c8e-9a51-3c0a8f6f5f10"


@check("KZA-AUTH-01")
def a_good_token_is_served_the_list_of_accounts(accounts: Accounts) -> None:
    """A valid token with all scopes is served the list of accounts; no parameter is mandatory."""
    path = accounts.dialect.accounts()
    answer = accounts.send(path)
    if answer.status == 401:
        given_the_token_is_in_force(accounts.exists(accounts.any_iban()))
    is_served(accounts, "the list of accounts", path, "", answer, lambda: answer.accounts)


@check("KZA-AUTH-02")
def a_good_token_is_served_a_balance(accounts: Accounts) -> None:
    """A valid token with all scopes is served the balance of an account that the list shows."""
    path, answer = of_a_listed_account(accounts, accounts.balance_path)
    is_served(accounts, "a balance", path, "", answer, lambda: answer.balance.current_balance)


@check("KZA-AUTH-03")
def a_good_token_is_served_transactions(accounts: Accounts) -> None:
    """A valid token with all scopes is served the transactions of an account that the list shows."""
    query = encoded(the_last_month(accounts))
    path, answer = of_a_listed_account(accounts, accounts.transactions_path, query)
    is_served(accounts, "the transactions of 30 days", path, query, answer, lambda: answer.transactions)


@check("KZA-AUTH-04")
def a_good_token_is_told_whether_an_account_exists(accounts: Accounts) -> None:
    """A valid token with all scopes is told whether an account exists; which scope that needs is not said (R18)."""
    path = wire.exists_path(accounts.any_iban())
    answer = accounts.send(path)
    if answer.status == 401:
        given_the_token_is_in_force(accounts.listing())
    given("answer about an account", answer.status, one_of(200, 401), missing="an answer for the topic `exists`")
    if answer.status == 200:
        given("answer is of the right kind", answer.exists in (True, False), True)
    accepted("a good request whether an account exists", answer)


def is_served(
    accounts: Accounts, what: str, path: str, query: str, answer: Answer, content: Callable[[], object]
) -> None:
    """Served at all: another status of success, and a demand for x-provider-id, break rules of their own.

    An answer without what was asked for is no service; its form is for the topic `shape`.
    """
    if answer.status == 400 and accounts.declaration.role == "provider":
        again = accounts.send(path, query, headers=(("x-provider-id", PROVIDER_ID),))
        given("demand for x-provider-id", again.status != answer.status, False)
    given("status of success", answer.status in range(201, 300), False, missing="status 200 for what is served")
    if answer.status == 200:
        content()
    accepted(f"a good request for {what}", answer)


def given_the_token_is_in_force(elsewhere: Answer) -> None:
    """A token that is refused everywhere is more likely out of force than a sign of a fault."""
    given(
        "refusal of the same token at another endpoint",
        elsewhere.status == 401,
        False,
        missing="auth.static.full (or auth.mint): a token that the target accepts; it answers 401 everywhere",
    )


def of_a_listed_account(accounts: Accounts, path_of: Callable[[str], str], query: str = "") -> tuple[str, Answer]:
    """The path of the first listed account that is found, and the answer; one that is not is for `consistency`."""
    asked = []
    for account_id in listed_accounts(accounts)[:MOST_ASKED]:
        asked.append((path_of(account_id), accounts.send(path_of(account_id), query)))
        if asked[-1][1].status != 404:
            return asked[-1]
    return asked[0]


MOST_ASKED = 10


def a_listed_account(accounts: Accounts) -> str:
    return listed_accounts(accounts)[0]


def listed_accounts(accounts: Accounts) -> list[str]:
    """Read whatever the status of success is: that has a check of its own."""
    listed = accounts.listing()
    given("list of accounts is served", listed.status in range(200, 300), True)
    if not listed.accounts:
        lacking("a client with at least one open account")
    ids = [account.id for account in listed.accounts]
    given("length of the accountId in the list", len(ids[0]), at_most(wire.LONGEST_ACCOUNT_ID))
    return ids


def the_last_month(accounts: Accounts) -> list[tuple[str, object]]:
    return [
        (accounts.dialect.start_parameter, accounts.days_ago(30)),
        (accounts.dialect.end_parameter, accounts.settled),
    ]


@check("KZA-AUTH-05")
def success_has_status_200(accounts: Accounts) -> None:
    """Whatever is served, is served with status 200."""
    account = a_listed_account(accounts)
    answers = {
        "accounts": accounts.listing(),
        "balance": accounts.balance(account),
        "transactions": accounts.send(accounts.transactions_path(account), the_last_month(accounts)),
        "exists": accounts.exists(accounts.any_iban()),
    }
    given("some good request is served", any(one.status in range(200, 300) for one in answers.values()), True)
    for name, answer in answers.items():
        if answer.status in range(200, 300):
            expect(f"status of the answer that serves {name}", answer.status, 200, evidence=answer.exchange)


# --- no token, no form, wrong place -----------------------------------------------------------------------


@check("KZA-AUTH-06")
def nothing_is_given_without_authorization(accounts: Accounts) -> None:
    """A request without the header Authorization is given nothing, at any endpoint."""
    for attempt in credentials.without_authorization(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-AUTH-07")
def nothing_is_given_for_a_malformed_authorization(accounts: Accounts) -> None:
    """An Authorization that is no bearer token is given nothing: empty, another scheme, no scheme, garbage."""
    for attempt in credentials.malformed(accounts):
        not_served(attempt.what, attempt.answer)


@check("KZA-AUTH-08")
def a_token_in_the_url_is_not_taken(accounts: Accounts) -> None:
    """
    A good token that stands only in the query string is given nothing.

    The same token is served in the header. A parameter that nobody knows may be refused before the token is
    looked at (R17, R31), so that 400 is lawful here as well as 401.
    """
    for attempt in credentials.in_the_url(accounts):
        not_served(attempt.what, attempt.answer)


# --- the status of a refusal ------------------------------------------------------------------------------


@check("KZA-AUTH-09")
def a_missing_authorization_is_refused_with_401(accounts: Accounts) -> None:
    """A request without Authorization is refused with 401, not with 400 HEADER_MISSING (R10)."""
    the_status_is_401(credentials.without_authorization(accounts).made)


@check("KZA-AUTH-09")
def a_malformed_authorization_is_refused_with_401(accounts: Accounts) -> None:
    """An Authorization that is no bearer token is refused with 401."""
    the_status_is_401(credentials.malformed(accounts).made)


@check("KZA-AUTH-09")
def a_token_in_the_url_is_refused_with_401(accounts: Accounts) -> None:
    """A request with its token in the URL alone is refused with 401, or with 400 for the unknown parameter (R17)."""
    the_status_is_401(credentials.in_the_url(accounts).made, 400)


@check("KZA-AUTH-09")
def an_invalid_token_is_refused_with_401(accounts: Accounts) -> None:
    """Every token that is not valid is refused with 401; those that the configuration cannot give are left out."""
    attempts: list[Attempt] = []
    for kind in credentials.INVALID_TOKENS:
        try:
            attempts += kind(accounts).made
        except (Inconclusive, NoAnswer, UnreadableReply):
            continue  # the check of that token says what is missing
    the_status_is_401(attempts)


def the_status_is_401(attempts: Sequence[Attempt], *others: int) -> None:
    """What is served in spite of its bad credential, or makes the server fail, breaks a rule of its own."""
    refusals = [attempt for attempt in attempts if attempt.answer.status in range(300, 500)]
    if not refusals:
        lacking("a refusal to look at")
    admitted = one_of(401, *others)
    wrong = [attempt for attempt in refusals if not admitted.accepts(attempt.answer.status)]
    expect(
        "refusals with another status than 401",
        [f"{attempt.what}: {attempt.answer.status}" for attempt in wrong],
        none_found,
        evidence=(wrong or refusals)[0].answer.exchange,
    )


# --- the whole run ----------------------------------------------------------------------------------------


@check("KZA-AUTH-10", exclusive=True)
def no_answer_sends_a_token_on_in_a_url(accounts: Accounts) -> None:
    """
    No answer repeats the token of its request in a URL: in Location, Content-Location, Link or Refresh.

    Every answer of the run is looked at, those to requests with a token in the URL among them.
    """
    credentials.in_the_url(accounts)
    telling = [exchange for exchange in accounts.recorded() if sends_its_token_on(accounts, exchange)]
    found = sorted({exchange.request.target.partition("?")[0].rpartition("/")[2] for exchange in telling})
    expect("answers with a token in a URL", found, none_found, evidence=telling[0] if telling else None)


def sends_its_token_on(accounts: Accounts, exchange: Exchange) -> bool:
    token = (exchange.request.header("Authorization") or "").partition(" ")[2]
    tokens = {token, *(part.partition("=")[2] for part in exchange.request.target.partition("?")[2].split("&"))}
    urls = [value for name, value in exchange.reply.headers if name.lower() in WITH_URLS] if exchange.reply else []
    return any(token in url for token in filter(accounts.is_secret, tokens) for url in urls)


WITH_URLS = ("location", "content-location", "link", "refresh")
