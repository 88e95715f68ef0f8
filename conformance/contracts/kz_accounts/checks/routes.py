"""kz-accounts 42, 47, 54, 61, 69, A1.1, R02, R32: what is asked for must be there, and is only read."""

from __future__ import annotations

from urllib.parse import quote

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts, Endpoint, encoded
from conformance.contracts.kz_accounts.judgement import CODES_OF_400, rejected, served
from conformance.contracts.kz_accounts.wire import ErrorCode, exists_path
from conformance.engine.check import check
from conformance.engine.observation import Expected, expect, given, lacking, one_of, reading

# --- accounts that nobody has (A1.1, A1.3, R02) -----------------------------------------------------------


@check("KZA-ROUTES-01")
def the_balance_of_an_unknown_account_is_not_found(accounts: Accounts) -> None:
    """The balance of an accountId that nobody gave out is refused with 404, or 400 RESOURCE_NOT_FOUND."""
    served("the balance of a listed account", accounts.balance(accounts.first()))
    is_not_found("the balance of an unknown account", accounts.balance(accounts.made_up_account_id()))
    # An id that is no UUID may also be called invalid (A2.2).
    answer = accounts.balance("unknown")
    is_not_found("the balance of an account named `unknown`", answer, ErrorCode.FIELD_INVALID)


@check("KZA-ROUTES-02")
def the_transactions_of_an_unknown_account_are_not_found(accounts: Accounts) -> None:
    """The transactions of an accountId that nobody gave out are refused with 404, or 400 RESOURCE_NOT_FOUND."""
    served("the transactions of a listed account", accounts.transactions(accounts.first(), size=1))
    is_not_found("the transactions of an unknown account", accounts.transactions(accounts.made_up_account_id()))
    start, end = accounts.days_ago(30), accounts.settled
    answer = accounts.transactions(accounts.made_up_account_id(), size=1, start=start, end=end)
    is_not_found("30 days of an unknown account", answer)


def is_not_found(what: str, answer: Answer, *other_codes: ErrorCode) -> None:
    rejected(what, answer, 404, 400)
    reading("R02", str(answer.status))
    if answer.status == 400:
        code = answer.error.code
        given(f"error code of the answer to {what}", code, one_of(*CODES_OF_400))
        admitted = one_of(ErrorCode.RESOURCE_NOT_FOUND.value, *(other.value for other in other_codes))
        expect(f"error code of the answer to {what}", code, admitted, evidence=answer.exchange)


def given_unknown_is_refused(name: str, answer: Answer) -> None:
    given(f"answer to the {name} of an unknown account", answer.status, one_of(400, 404))


@check("KZA-ROUTES-03")
def an_account_id_over_36_characters_is_refused(accounts: Accounts) -> None:
    """An accountId of more than 36 characters is refused with 400 or 404, however long it is."""
    account = accounts.first()
    for name, ask in (("balance", accounts.balance), ("transactions", accounts.transactions)):
        served(f"the {name} of a listed account", ask(account))
        given_unknown_is_refused(name, ask(accounts.made_up_account_id()))
        for text in (f"{account.id:0<36}0", f"{account.id:0<36}"[:36] + "-" + "1" * 12):
            rejected(f"the {name} of an id of {len(text)} characters", ask(text), 400, 404)
        for length in (300, 2000):
            rejected(f"the {name} of an id of {length} characters", ask("a" * length), 400, 404, 414)


# --- paths that nobody published (A1.1) -------------------------------------------------------------------


@check("KZA-ROUTES-04")
def an_unknown_path_is_not_found(accounts: Accounts) -> None:
    """A path that is not published is answered with 404; the token is good."""
    account, prefix = accounts.first(), accounts.dialect.prefix
    balance = accounts.balance_path(account.id)
    served("the balance of a listed account", accounts.send(balance))
    for what, path in {
        "an unknown path": f"{prefix}/nothing",
        "an unknown version": "/v9/accounts",
        "an unknown resource of an account": f"{accounts.dialect.accounts()}/{quote(account.id, safe='')}/nothing",
        "the path of a balance with one segment more": f"{balance}/extra",
    }.items():
        rejected(what, accounts.send(path), 404)


# --- methods (47, 54, 61, 69, A1.1) -----------------------------------------------------------------------


@check("KZA-ROUTES-05")
def the_list_of_accounts_is_only_read(accounts: Accounts) -> None:
    """POST, PUT, PATCH and DELETE on the list of accounts are refused with 405."""
    other_methods_are_refused(accounts, "accounts")


@check("KZA-ROUTES-06")
def a_balance_is_only_read(accounts: Accounts) -> None:
    """POST, PUT, PATCH and DELETE on a balance are refused with 405."""
    other_methods_are_refused(accounts, "balances")


@check("KZA-ROUTES-07")
def transactions_are_only_read(accounts: Accounts) -> None:
    """POST, PUT, PATCH and DELETE on transactions are refused with 405."""
    other_methods_are_refused(accounts, "transactions")


@check("KZA-ROUTES-08")
def existence_is_only_read(accounts: Accounts) -> None:
    """POST, PUT, PATCH and DELETE on the existence of an account are refused with 405."""
    other_methods_are_refused(accounts, "exists")


def other_methods_are_refused(accounts: Accounts, name: str) -> None:
    endpoint = endpoint_named(accounts, name)
    served(f"GET on {name}", accounts.send(endpoint.path, endpoint.query))
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        rejected(f"{method} on {name}", accounts.send(endpoint.path, endpoint.query, method=method), 405)


@check("KZA-ROUTES-09")
def head_and_options_are_served_or_refused(accounts: Accounts) -> None:
    """HEAD and OPTIONS are served, or refused with 405."""
    for endpoint in accounts.endpoints():
        served(f"GET on {endpoint.name}", accounts.send(endpoint.path, endpoint.query))
        for method in ("HEAD", "OPTIONS"):
            answer = accounts.send(endpoint.path, endpoint.query, method=method)
            what = f"answer to {method} on {endpoint.name}"
            given(what, answer.status, NO_OUTAGE)
            expect(what, answer.status, one_of(200, 204, 405))
            reading("R32", f"{method} {answer.status}")


NO_OUTAGE = Expected("no error of the server", lambda status: status < 500 and status != 429)

# --- a body on a GET (42, 50, 57, 65, 72) -----------------------------------------------------------------


@check("KZA-ROUTES-10")
def a_body_changes_nothing_in_the_list_of_accounts(accounts: Accounts) -> None:
    """A body on the request for accounts is not used: the answer has the same accounts, or the request is refused."""
    endpoint = endpoint_named(accounts, "accounts")
    accounts.first()
    plain, answer = with_body(accounts, endpoint, b'{"pageSize":1,"pageNumber":2,"type":"SAVINGS"}')
    if answer.status == 200:
        due = (len(plain.accounts), plain.page.total_items)
        found = (len(answer.accounts), answer.page.total_items)
        expect("accounts on the page and in all, asked with a body", found, due)


@check("KZA-ROUTES-11")
def a_body_changes_nothing_in_a_balance(accounts: Accounts) -> None:
    """A body on the request for a balance is not used: it is the balance of the same account, or a refusal."""
    endpoint = endpoint_named(accounts, "balances")
    other = next((one for one in accounts.all() if one.currency != accounts.first().currency), None)
    if other is None:
        lacking("a client with accounts in two currencies")
    plain, answer = with_body(accounts, endpoint, f'{{"accountId":"{other.id}"}}'.encode())
    if answer.status == 200:
        expect("currency of the balance in the answer", answer.balance.currency, plain.balance.currency)


@check("KZA-ROUTES-12")
def a_body_changes_nothing_in_the_transactions(accounts: Accounts) -> None:
    """A body on the request for transactions is not used: the answer has the same transactions, or it is a refusal."""
    history = accounts.history(at_least=2)
    path = accounts.transactions_path(history.account.id)
    window = (accounts.dialect.start_parameter, history.start), (accounts.dialect.end_parameter, history.end)
    endpoint = Endpoint("transactions", path, encoded(window), None)
    plain, answer = with_body(accounts, endpoint, b'{"pageSize":1,"pageNumber":2}')
    if answer.status == 200:
        due = (len(plain.transactions), plain.page.total_items)
        found = (len(answer.transactions), answer.page.total_items)
        expect("transactions on the page and in all, asked with a body", found, due)


@check("KZA-ROUTES-13")
def a_body_changes_nothing_in_existence(accounts: Accounts) -> None:
    """A body on the request for existence is not used: the answer is the same, or the request is refused."""
    data = accounts.declaration.data
    if data.existing_iban is None:
        lacking("data.existing_iban: the IBAN of an account of the client")
    asked, told = data.missing_iban or accounts.made_up_iban(), data.existing_iban
    endpoint = Endpoint("exists", exists_path(asked), "", None)
    given("exists for data.existing_iban", served("data.existing_iban", accounts.exists(told)).exists, True)
    plain, answer = with_body(accounts, endpoint, f'{{"iban":"{told}"}}'.encode())
    if answer.status == 200:
        expect("exists in the answer to a request with a body", answer.exists, plain.exists)


def with_body(accounts: Accounts, endpoint: Endpoint, body: bytes) -> tuple[Answer, Answer]:
    """The answers without and with a body; 81 lets a message that does not fit the format be refused."""
    plain = served(f"{endpoint.name} without a body", accounts.send(endpoint.path, endpoint.query))
    headers = (("Content-Type", "application/json"),)
    answer = accounts.send(endpoint.path, endpoint.query, headers=headers, body=body)
    rejected(f"{endpoint.name} with a body", answer, 200, 400)
    return plain, answer


def endpoint_named(accounts: Accounts, name: str) -> Endpoint:
    return next(endpoint for endpoint in accounts.endpoints() if endpoint.name == name)
