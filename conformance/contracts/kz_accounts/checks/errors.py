"""kz-accounts 34, 36, 39, 41, 44-45, 80, A1, A3, R01: how errors look, and that there are no others.

Most checks here judge the run as a whole: every recorded answer counts, besides a few errors that they bring about
themselves. A list that is served goes first, so that a target which refuses everything shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from conformance.contracts.kz_accounts.client import Accounts, Answer
from conformance.contracts.kz_accounts.judgement import ERROR_STATUSES, is_disguised, served
from conformance.contracts.kz_accounts.tokens import Kind
from conformance.contracts.kz_accounts.wire import (
    LONGEST_ERROR_CODE,
    LONGEST_ERROR_DESCRIPTION,
    LONGEST_REQUEST_ID,
    ErrorCode,
)
from conformance.engine.check import check
from conformance.engine.observation import Expected, at_most, expect, given, none_found, not_applicable, one_of
from conformance.errors import NoAnswer, UnreadableReply
from conformance.transport.jsontext import kind_of
from conformance.transport.recorder import Exchange

LONGEST_ORDINARY_TARGET = 250  # beyond it a server may answer before the application does (414, 431)
LIMITS = {"code": LONGEST_ERROR_CODE, "description": LONGEST_ERROR_DESCRIPTION, "requestId": LONGEST_REQUEST_ID}

# --- the body of 400 (44, A1.2, A1.3, A3) -----------------------------------------------------------------


@check("KZA-ERRORS-01", exclusive=True)
def a_400_is_a_json_object(accounts: Accounts) -> None:
    """The body of each 400 is a JSON object with the content type application/json."""
    bodies_are_json_objects(accounts, 400, "bad parameters", lambda: bad_parameters(accounts))


@check("KZA-ERRORS-02", exclusive=True)
def a_400_has_code_and_description(accounts: Accounts) -> None:
    """Each 400 has `code` and `description`, and both are texts that are not empty."""
    for name, answer, body in bad_requests(accounts):
        for member in ("code", "description"):
            what = f"{member} of the 400 to {name}"
            expect(what, body.get(member), _TEXT, evidence=answer.exchange)


@check("KZA-ERRORS-03", exclusive=True)
def the_code_of_a_400_is_a_known_one(accounts: Accounts) -> None:
    """The `code` of each 400 is one that annex 1 lists for this status."""
    codes = [code.value for code in ErrorCode if code is not ErrorCode.INTERNAL_ERROR]
    for name, answer, body in bad_requests(accounts):
        given(f"code of the 400 to {name}", body.get("code"), _TEXT)
        expect(f"code of the 400 to {name}", body["code"], one_of(*codes), evidence=answer.exchange)


@check("KZA-ERRORS-04", exclusive=True)
def the_texts_of_a_400_are_short_enough(accounts: Accounts) -> None:
    """In each 400 `description` has at most 250 characters and `requestId` is a text of at most 36."""
    for name, answer, body in bad_requests(accounts):
        given(f"description of the 400 to {name}", body.get("description"), _TEXT)
        what = f"length of the description of the 400 to {name}"
        expect(what, len(body["description"]), at_most(LONGEST_ERROR_DESCRIPTION), evidence=answer.exchange)
        expect(f"requestId of the 400 to {name}", _fault_of(body, "requestId"), none_found, evidence=answer.exchange)


@check("KZA-ERRORS-05", exclusive=True)
def a_400_has_no_other_members(accounts: Accounts) -> None:
    """Each 400 holds code, description and requestId only."""
    for name, answer, body in bad_requests(accounts):
        found = sorted(body.keys() - LIMITS.keys())
        expect(f"other members of the 400 to {name}", found, none_found, evidence=answer.exchange)


def bad_requests(accounts: Accounts) -> Iterator[tuple[str, Answer, dict[str, Any]]]:
    """Every 400 of the run, which must be a JSON object; some are brought about."""
    given("answers to bad parameters", [answer.status for answer in bad_parameters(accounts)], _among(400))
    for answer in answered_with(accounts, 400):
        body = answer.json.value
        given(f"body of the 400 to {name_of(answer)}", kind_of(body), "object")
        yield name_of(answer), answer, body


def bad_parameters(accounts: Accounts) -> list[Answer]:
    account = accounts.first()
    return [
        accounts.listing(size=0),
        accounts.listing(page="one"),
        accounts.transactions(account, size=101),
        accounts.transactions(account, start="yesterday", end=accounts.now),
        accounts.exists("KZ" + "0" * 40),
    ]


def _among(status: int) -> Expected:
    return Expected(f"{status} among them", lambda statuses: status in statuses)


# --- the bodies of 401 to 406 (41, R01) -------------------------------------------------------------------


@check("KZA-ERRORS-06", exclusive=True)
def a_401_is_a_json_object(accounts: Accounts) -> None:
    """The body of each 401 is a JSON object of that content type; code, description and requestId fit if they stand."""

    def ask() -> list[Answer]:
        return [accounts.send(endpoint.path, endpoint.query, token=None) for endpoint in accounts.endpoints()]

    bodies_are_json_objects(accounts, 401, "requests without token", ask)


@check("KZA-ERRORS-07", exclusive=True)
def a_403_is_a_json_object(accounts: Accounts) -> None:
    """The body of each 403 is a JSON object of that content type; code, description and requestId fit if they stand."""
    bodies_are_json_objects(
        accounts, 403, "a token of another scope", lambda: [accounts.listing(token=Kind.TRANSACTIONS)]
    )


@check("KZA-ERRORS-08", exclusive=True)
def a_404_is_a_json_object(accounts: Accounts) -> None:
    """The body of each 404 is a JSON object of that content type; code, description and requestId fit if they stand."""
    path = f"{accounts.dialect.prefix}/nothing"
    bodies_are_json_objects(accounts, 404, "an unknown path", lambda: [accounts.send(path)])


@check("KZA-ERRORS-09", exclusive=True)
def a_405_is_a_json_object(accounts: Accounts) -> None:
    """The body of each 405 is a JSON object of that content type; code, description and requestId fit if they stand."""
    path = accounts.dialect.accounts()
    bodies_are_json_objects(accounts, 405, "POST", lambda: [accounts.send(path, method="POST")])


@check("KZA-ERRORS-10", exclusive=True)
def a_406_is_a_json_object(accounts: Accounts) -> None:
    """The body of each 406 is a JSON object of that content type; code, description and requestId fit if they stand."""
    xml = (("Accept", "application/xml"),)
    bodies_are_json_objects(accounts, 406, "Accept: application/xml", lambda: [accounts.listing(headers=xml)])


def bodies_are_json_objects(accounts: Accounts, status: int, what: str, asking: Callable[[], list[Answer]]) -> None:
    """An empty body, plain text or a page of HTML is none; on 400 what it holds has checks of its own (R01)."""
    accounts.first()
    given(f"answers to {what}", [answer.status for answer in asking()], _among(status))
    for answer in answered_with(accounts, status):
        name, evidence = f"the {status} to {name_of(answer)}", answer.exchange
        expect(f"content type of {name}", media_type(answer), "application/json", evidence=evidence)
        expect(f"body of {name}", kind_of_body(answer), "object", evidence=evidence)
        if status != 400:
            faults = [fault for member in LIMITS for fault in _fault_of(answer.json.value, member)]
            expect(f"faults in the members of {name}", faults, none_found, evidence=evidence)


def _fault_of(body: dict[str, Any], member: str) -> list[str]:
    """What is wrong with a member that is there (A1.2)."""
    if member not in body:
        return []
    if not isinstance(body[member], str):
        return [f"{member} is {kind_of(body[member])}"]
    length = len(body[member])
    return [f"{member} has {length} characters, over {LIMITS[member]}"] if length > LIMITS[member] else []


# --- the body of 500 (A1.3, A3) ---------------------------------------------------------------------------


@check("KZA-ERRORS-11", exclusive=True)
def a_500_tells_internal_error(accounts: Accounts) -> None:
    """The body of each 500 that was seen is an object of code INTERNAL_ERROR, description and requestId only."""
    accounts.first()
    seen = answered_with(accounts, 500)
    if not seen:
        not_applicable("no 500 was seen")
    for answer in seen:
        name, evidence = f"the 500 to {name_of(answer)}", answer.exchange
        expect(f"content type of {name}", media_type(answer), "application/json", evidence=evidence)
        expect(f"body of {name}", kind_of_body(answer), "object", evidence=evidence)
        body = answer.json.value
        expect(f"code of {name}", body.get("code"), ErrorCode.INTERNAL_ERROR.value, evidence=evidence)
        expect(f"description of {name}", body.get("description"), _TEXT, evidence=evidence)
        faults = [fault for member in LIMITS for fault in _fault_of(body, member)]
        faults += [f"{member} is unknown" for member in sorted(body.keys() - LIMITS.keys())]
        expect(f"faults in the members of {name}", faults, none_found, evidence=evidence)


# --- which statuses there are (34, 39, 80, A1.1) ----------------------------------------------------------


@check("KZA-ERRORS-12", exclusive=True)
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
    for answer in answered_with(accounts, 200):
        what = f"whether the 200 to {name_of(answer)} is an error"
        expect(what, is_readable(answer) and is_disguised(answer), False, evidence=answer.exchange)


@check("KZA-ERRORS-13", exclusive=True)
def bad_input_is_answered_by_a_status_of_annex_1(accounts: Accounts) -> None:
    """
    What is wrong in path or query is refused with a status of annex 1, not with 409, 422 or another one.

    Looked at is every request of the run with a good token and ordinary headers. A target too long for the server
    is left out, since it may be refused before the application sees it.
    """
    bad_parameters(accounts)
    accounts.transactions(accounts.made_up_account_id())
    others = [
        exchange
        for exchange in accounts.recorded()
        if is_ordinary(accounts, exchange)
        and exchange.reply is not None
        and 400 <= exchange.reply.status < 500
        and exchange.reply.status not in ERROR_STATUSES
    ]
    found = sorted({f"{one.reply.status} to {name_of(one)}" for one in others if one.reply is not None})
    expect("refusals with a status outside annex 1", found, none_found, evidence=others[0] if others else None)


@check("KZA-ERRORS-14", exclusive=True)
def no_request_is_answered_by_an_error_of_the_server(accounts: Accounts) -> None:
    """
    No request of the suite makes the server fail: input that is wrong is refused, not stumbled over.

    A request that was answered with 500 or above is sent once more; only one that fails again counts, since
    that is no passing outage.
    """
    accounts.first()
    seen = {
        (exchange.request.method, exchange.request.target, exchange.request.headers): exchange
        for exchange in accounts.recorded()
        if exchange.reply is not None and exchange.reply.status >= 500
    }
    failing: list[Exchange] = []
    for exchange in list(seen.values())[:MOST_REPEATED]:
        if accounts.again(exchange).status >= 500:
            failing.append(exchange)
            served("the list of accounts after an error of the server", accounts.listing(size=1))
    found = sorted({name_of(exchange) for exchange in failing})
    expect("requests that make the server fail", found, none_found, evidence=failing[0] if failing else None)


@check("KZA-ERRORS-15", exclusive=True)
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


MOST_REPEATED = 20
MOST_SILENT = 3  # each costs two time-outs


def is_answered(accounts: Accounts, exchange: Exchange) -> bool:
    try:
        accounts.again(exchange)
    except NoAnswer:
        return False
    return True


# --- what an error must not tell (36, 37) -----------------------------------------------------------------


@check("KZA-ERRORS-16", exclusive=True)
def no_error_shows_the_inside_of_the_server(accounts: Accounts) -> None:
    """No error shows a stack trace, the name of an exception, a statement of SQL or a fault of the database."""
    account = accounts.first()
    for text in ("yesterday", "' OR '1'='1"):
        accounts.transactions(account, start=text, end=accounts.now)
        accounts.listing(size=text)
    telling = [
        (exchange, what)
        for exchange in accounts.recorded()
        if exchange.reply is not None and exchange.reply.status >= 400
        for what, pattern in _INSIDES.items()
        if pattern.search(exchange.reply.body.decode("utf-8", "replace"))
    ]
    found = sorted({f"{what} in the error to {name_of(exchange)}" for exchange, what in telling})
    expect("insides of the server that errors show", found, none_found, evidence=telling[0][0] if telling else None)


_INSIDES = {
    "a stack trace": re.compile(
        r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+|\bat [\w.$<>]+\([\w.]+\.(?:java|kt|scala):\d+\)"
        r"|\bat .{1,200}\.(?:js|ts|cs):(?:line )?\d+|goroutine \d+ \[|\.php on line \d+"
    ),
    "the name of an exception": re.compile(r"\b(?:[a-z_]\w*\.)+[A-Z]\w*(?:Exception|Error)\b|\b[A-Z]\w+Exception\b"),
    "a statement of SQL": re.compile(r"\bSELECT\b.{1,300}\bFROM\b|\bINSERT INTO\b|\bWHERE\b.{1,200}=", re.DOTALL),
    "a fault of the database": re.compile(r"ORA-\d{5}|SQLSTATE|syntax error at or near|SQL syntax"),
}

# --- recorded answers -------------------------------------------------------------------------------------


def answered_with(accounts: Accounts, status: int) -> list[Answer]:
    """Every answer of the run with that status; one to HEAD has no body."""
    return [
        Answer(exchange, exchange.reply)
        for exchange in accounts.recorded()
        if exchange.reply is not None and exchange.reply.status == status and exchange.request.method in _WITH_BODY
    ]


_WITH_BODY = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


def is_ordinary(accounts: Accounts, exchange: Exchange) -> bool:
    """A GET with the good token and the headers that every request has."""
    request = exchange.request
    plain = {"accept": "application/json", "authorization": f"Bearer {accounts.tokens.get(Kind.FULL)}"}
    extra = {name.lower(): value for name, value in request.headers if name.lower() != "x-provider-id"}
    return request.method == "GET" and extra == plain and len(request.target) <= LONGEST_ORDINARY_TARGET


def name_of(seen: Answer | Exchange) -> str:
    """Method and operation of a request: the path itself may hold what must not be told."""
    request = (seen.exchange if isinstance(seen, Answer) else seen).request
    last = request.target.partition("?")[0].rpartition("/")[2]
    return f"{request.method} {last if last in _OPERATIONS else 'of another path'}"


_OPERATIONS = frozenset({"accounts", "balance", "balances", "transactions", "exists"})


def media_type(answer: Answer) -> str:
    return (answer.header("Content-Type") or "").partition(";")[0].strip().lower()


def kind_of_body(answer: Answer) -> str:
    try:
        return kind_of(answer.json.value)
    except UnreadableReply as fault:
        return fault.why


def is_readable(answer: Answer) -> bool:
    try:
        return answer.json.value is not None
    except UnreadableReply:
        return False


_TEXT = Expected("a text that is not empty", lambda value: isinstance(value, str) and bool(value.strip()))
