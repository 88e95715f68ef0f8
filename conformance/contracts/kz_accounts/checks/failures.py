"""kz-accounts 34, 36, 39, 80, A1.1: requests are answered, errors say that they are errors, and nothing falls over.

These checks judge the run as a whole: every recorded answer counts, besides a few that they bring about themselves.
"""

from __future__ import annotations

from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import ERROR_STATUSES, is_disguised, served
from conformance.contracts.kz_accounts.seen import (
    answered_with,
    bad_parameters,
    is_ordinary,
    is_published,
    is_readable,
    name_of,
)
from conformance.engine.check import check
from conformance.engine.observation import at_least, expect, given, lacking, none_found
from conformance.errors import NoAnswer
from conformance.transport.insides import insides_in
from conformance.transport.recorder import Exchange

# --- which statuses there are (34, 39, 80, A1.1) ----------------------------------------------------------


@check("KZA-FAILURES-01", exclusive=True)
def no_error_has_status_200(accounts: Accounts) -> None:
    """
    No error is sent with status 200: no answer of 200 holds an error in place of data, or a page of HTML.

    Several errors are brought about; besides, every 200 of the run is looked at.
    """
    account = accounts.first()
    errors = [
        *bad_parameters(accounts),
        accounts.transactions(account, start=accounts.days_ago(130), end=accounts.days_ago(20)),
        accounts.balance(accounts.made_up_account_id()),
        accounts.transactions(accounts.made_up_account_id()),
        accounts.listing(token=None),
        accounts.send(f"{accounts.dialect.prefix}/nothing"),
        accounts.send(accounts.dialect.accounts(), method="POST"),
    ]
    for answer in errors:
        hides = answer.status == 200 and (not is_readable(answer) or is_disguised(answer))
        expect(f"whether an error to {name_of(answer)} hides behind 200", hides, False, evidence=answer.exchange)
    given("number of bad requests that are refused", sum(answer.status >= 400 for answer in errors), at_least(1))
    for answer in answered_with(accounts, 200):
        what = f"whether the 200 to {name_of(answer)} is an error"
        expect(what, is_readable(answer) and is_disguised(answer), False, evidence=answer.exchange)


@check("KZA-FAILURES-02", exclusive=True)
def bad_input_is_answered_by_a_status_of_annex_1(accounts: Accounts) -> None:
    """
    What is wrong in path or query is refused with a status of annex 1, not with 409, 422 or another one.

    Looked at is every request of the run to a published path with a good token and ordinary headers. A target too
    long for the server is left out, since it may be refused before the application sees it.
    """
    plain = bad_parameters(accounts)[0].exchange
    refusals = [
        exchange
        for exchange in accounts.recorded()
        if is_ordinary(exchange, plain)
        and is_published(accounts, exchange.request.target.partition("?")[0])
        and exchange.reply is not None
        and 400 <= exchange.reply.status < 500
    ]
    given("number of bad requests that are refused", len(refusals), at_least(1))
    others = [one for one in refusals if one.reply is not None and one.reply.status not in ERROR_STATUSES]
    found = sorted({f"{one.reply.status} to {name_of(one)}" for one in others if one.reply is not None})
    expect("refusals with a status outside annex 1", found, none_found, evidence=others[0] if others else None)


@check("KZA-FAILURES-03", exclusive=True)
def no_request_is_answered_by_an_error_of_the_server(accounts: Accounts) -> None:
    """
    No request of the suite makes the server fail: input that is wrong is refused, not stumbled over.

    A request that was answered with 500 or above is sent up to three times more; only one that fails again counts,
    since that is no passing outage. Three, because of several servers behind one address only one may be ill.
    """
    given_the_list_is_served(accounts)
    seen = {
        (exchange.request.method, exchange.request.target, exchange.request.headers): exchange
        for exchange in accounts.recorded()
        if exchange.reply is not None and exchange.reply.status >= 500
    }
    failing: list[Exchange] = []
    for exchange in list(seen.values())[:MOST_REPEATED]:
        if any(accounts.again(exchange).status >= 500 for _ in range(TRIES)):
            failing.append(exchange)
            given_the_list_is_served(accounts)
    found = sorted({name_of(exchange) for exchange in failing})
    expect("requests that make the server fail", found, none_found, evidence=failing[0] if failing else None)


@check("KZA-FAILURES-04", exclusive=True)
def every_request_is_answered(accounts: Accounts) -> None:
    """
    Every request gets an answer.

    A request that stayed without one is sent once more, between two that are answered: so it is no outage.
    """
    accounts.first()
    silent = {
        (exchange.request.method, exchange.request.target, exchange.request.headers): exchange
        for exchange in accounts.recorded()
        if exchange.reply is None
    }
    unanswered: list[Exchange] = []
    for exchange in list(silent.values())[:MOST_SILENT]:
        served("the list of accounts before the request that was not answered", accounts.listing(size=1))
        unanswered += [] if is_answered(accounts, exchange) else [exchange]
        served("the list of accounts after the request that was not answered", accounts.listing(size=1))
    found = sorted({name_of(exchange) for exchange in unanswered})
    expect("requests that stay without answer", found, none_found, evidence=unanswered[0] if unanswered else None)


def given_the_list_is_served(accounts: Accounts) -> None:
    answers = (accounts.listing(size=1) for _ in range(TRIES))
    answer = next((answer for answer in answers if answer.status == 200), None)
    if answer is None or not answer.accounts:
        lacking("a list of accounts that is served, beside the errors of the server")


TRIES = 3
MOST_REPEATED = 20
MOST_SILENT = 3  # each costs two time-outs


def is_answered(accounts: Accounts, exchange: Exchange) -> bool:
    try:
        accounts.again(exchange)
    except NoAnswer:
        return False
    return True


# --- what an error must not tell (36, 37) -----------------------------------------------------------------


@check("KZA-FAILURES-05", exclusive=True)
def no_error_shows_the_inside_of_the_server(accounts: Accounts) -> None:
    """No error shows a stack trace, the name of an exception, a statement of SQL or a fault of the database."""
    account = accounts.first()
    for text in ("yesterday", "' OR '1'='1"):
        accounts.transactions(account, start=text, end=accounts.now)
        accounts.listing(size=text)
    errors = [
        (exchange, insides_in(exchange.reply.body))
        for exchange in accounts.recorded()
        if exchange.reply is not None and exchange.reply.status >= 400
    ]
    given("number of errors seen", len(errors), at_least(1))
    telling = [(exchange, what) for exchange, found in errors for what in found]
    found = sorted({f"{what} in the error to {name_of(exchange)}" for exchange, what in telling})
    expect("insides of the server that errors show", found, none_found, evidence=telling[0][0] if telling else None)
