"""kz-accounts 8, 12, 40, 41, A1.1: headers of requests and of answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.message import Message

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts, Endpoint, encoded
from conformance.contracts.kz_accounts.judgement import accepted, refused, rejected, served
from conformance.contracts.kz_accounts.wire import ErrorCode
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, none_found, reading
from conformance.transport.message import Headers

PROVIDER_IDS = ("3f2c9a5e-7b14-4d06-8c2a-91e5d7b0f4a3", "3F2C9A5E-7B14-4D06-8C2A-91E5D7B0F4A3")
NO_UUIDS = ("bank-1", "3f2c9a5e-7b14-4d06-8c2a-91e5d7b0f4ag")

# --- x-provider-id (40) -----------------------------------------------------------------------------------


@check("KZA-HEADERS-01", roles=("provider",))
def a_provider_serves_without_x_provider_id(accounts: Accounts) -> None:
    """
    A request without x-provider-id is served: a provider must not demand it.

    The twin has it. The accounts are looked up with it as well, so that a provider that demands it is seen.
    """
    named: Headers = (("x-provider-id", PROVIDER_IDS[0]),)
    listed = served("accounts with x-provider-id", accounts.listing(headers=named))
    for name, path, query in operations(accounts, listed):
        served(f"{name} with x-provider-id", accounts.send(path, query, headers=named))
        answer = accounts.send(path, query)
        accepted(f"{name} without x-provider-id", answer)


def operations(accounts: Accounts, listed: Answer) -> list[tuple[str, str, str]]:
    """Each operation with a path and query that a good token is served on, from a list that was given before."""
    found = [
        ("accounts", accounts.dialect.accounts(), ""),
        ("exists", wire.exists_path(accounts.any_iban()), ""),
    ]
    if listed.accounts:
        account, dialect = listed.accounts[0].id, accounts.dialect
        window = [(dialect.start_parameter, accounts.days_ago(30)), (dialect.end_parameter, accounts.settled)]
        found.append(("balances", accounts.balance_path(account), ""))
        found.append(("transactions", accounts.transactions_path(account), encoded(window)))
    return found


@check("KZA-HEADERS-02", roles=("provider",))
def a_provider_serves_with_x_provider_id(accounts: Accounts) -> None:
    """A request with a UUID as x-provider-id is served, in small and in capital letters: it does no harm."""
    for endpoint in accounts.endpoints():
        served(f"{endpoint.name} without x-provider-id", accounts.send(endpoint.path, endpoint.query))
        for value in PROVIDER_IDS:
            answer = with_headers(accounts, endpoint, ("x-provider-id", value))
            accepted(f"{endpoint.name} with x-provider-id {value}", answer)


@check("KZA-HEADERS-03", roles=("provider",))
def a_provider_ignores_or_refuses_what_is_no_uuid(accounts: Accounts) -> None:
    """An x-provider-id that is no UUID is ignored, or refused with 400 HEADER_INVALID."""
    for endpoint in accounts.endpoints():
        served(f"{endpoint.name} without x-provider-id", accounts.send(endpoint.path, endpoint.query))
        for value in NO_UUIDS:
            answer = with_headers(accounts, endpoint, ("x-provider-id", value))
            what = f"{endpoint.name} with x-provider-id {value}"
            rejected(what, answer, 200, 400)
            if answer.status == 400:
                refused(what, answer, ErrorCode.HEADER_INVALID)
            reading("R36", f"{answer.status} to an x-provider-id that is no UUID")


@check("KZA-HEADERS-04", roles=("system",))
def the_system_demands_x_provider_id(accounts: Accounts) -> None:
    """The System refuses a request without x-provider-id with 400 HEADER_MISSING, at every endpoint."""
    for endpoint in accounts.endpoints():
        served(f"{endpoint.name} with x-provider-id", accounts.send(endpoint.path, endpoint.query))
        answer = accounts.send(endpoint.path, endpoint.query, without="x-provider-id")
        refused(f"{endpoint.name} without x-provider-id", answer, ErrorCode.HEADER_MISSING)


@check("KZA-HEADERS-05", roles=("system",))
def the_system_refuses_what_is_no_uuid(accounts: Accounts) -> None:
    """The System refuses an x-provider-id that is no UUID with 400 HEADER_INVALID, at every endpoint."""
    for endpoint in accounts.endpoints():
        served(f"{endpoint.name} with x-provider-id", accounts.send(endpoint.path, endpoint.query))
        for value in NO_UUIDS:
            answer = with_headers(accounts, endpoint, ("x-provider-id", value))
            refused(f"{endpoint.name} with x-provider-id {value}", answer, ErrorCode.HEADER_INVALID)


def with_headers(accounts: Accounts, endpoint: Endpoint, *headers: tuple[str, str]) -> Answer:
    return accounts.send(endpoint.path, endpoint.query, headers=headers)


# --- Accept and Accept-Charset (40, A1.1, R19) ------------------------------------------------------------

JSON_IS_AMONG = ("*/*", "application/*", "application/json;q=0.9, text/html")
NO_JSON = ("application/xml", "text/html")
UTF8_IS_AMONG = ("utf-8", "UTF-8, iso-8859-1;q=0.5")
NO_UTF8 = ("iso-8859-1", "windows-1251")


@check("KZA-HEADERS-06")
def a_request_without_accept_is_served_json(accounts: Accounts) -> None:
    """A request without Accept is served, and with JSON: that is the default."""
    for endpoint in accounts.endpoints():
        twin = served(f"{endpoint.name} with Accept: application/json", accounts.send(endpoint.path, endpoint.query))
        given("content type of that answer", media_type(twin), "application/json")
        answer = accounts.send(endpoint.path, endpoint.query, without="Accept")
        accepted(f"{endpoint.name} without Accept", answer)
        expect(f"content type of {endpoint.name} without Accept", media_type(answer), "application/json")


@check("KZA-HEADERS-07")
def an_accept_that_covers_json_is_served(accounts: Accounts) -> None:
    """An Accept that covers application/json is served: `*/*`, `application/*`, and JSON as the second choice."""
    each_value_is_served(accounts, "Accept", "application/json", JSON_IS_AMONG)


@check("KZA-HEADERS-08")
def an_accept_without_json_is_refused_with_406(accounts: Accounts) -> None:
    """An Accept that does not cover application/json is refused with 406, at every endpoint."""
    each_value_is_refused(accounts, "Accept", "application/json", NO_JSON)


@check("KZA-HEADERS-09")
def an_accept_charset_with_utf8_is_served(accounts: Accounts) -> None:
    """An Accept-Charset that covers UTF-8 is served, alone and as the first choice of two."""
    each_value_is_served(accounts, "Accept-Charset", None, UTF8_IS_AMONG)


@check("KZA-HEADERS-10")
def an_accept_charset_without_utf8_is_refused_with_406(accounts: Accounts) -> None:
    """An Accept-Charset that does not cover UTF-8 is refused with 406, at every endpoint."""
    each_value_is_refused(accounts, "Accept-Charset", "utf-8", NO_UTF8)


def each_value_is_served(accounts: Accounts, header: str, good: str | None, values: Sequence[str]) -> None:
    """The twin has the plain value, or not that header at all."""
    for endpoint in accounts.endpoints():
        twin = (header, good) if good is not None else ("Accept", "application/json")
        served(f"{endpoint.name} with {': '.join(twin)}", with_headers(accounts, endpoint, twin))
        for value in values:
            answer = with_headers(accounts, endpoint, (header, value))
            accepted(f"{endpoint.name} with {header}: {value}", answer)


def each_value_is_refused(accounts: Accounts, header: str, good: str, values: Sequence[str]) -> None:
    """Every endpoint has its say: one that serves what it should refuse stands for itself."""
    for endpoint in accounts.endpoints():
        served(f"{endpoint.name} with {header}: {good}", with_headers(accounts, endpoint, (header, good)))
        for value in values:
            rejected(f"{endpoint.name} with {header}: {value}", with_headers(accounts, endpoint, (header, value)), 406)


# --- headers of answers (8, 12, 41, R30) ------------------------------------------------------------------


@check("KZA-HEADERS-11")
def what_is_served_is_application_json(accounts: Accounts) -> None:
    """Every endpoint serves its data with the content type application/json; parameters are allowed."""
    for name, answer in served_answers(accounts):
        expect(f"content type of {name}", media_type(answer), "application/json", evidence=answer.exchange)
    for endpoint in accounts.endpoints():
        for value in JSON_IS_AMONG:
            answer = with_headers(accounts, endpoint, ("Accept", value))
            if answer.status == 200:
                expect(f"content type of {endpoint.name} with Accept: {value}", media_type(answer), "application/json")


@check("KZA-HEADERS-12")
def no_other_charset_than_utf8_is_named(accounts: Accounts) -> None:
    """
    Where a content type names a character set, it names UTF-8.

    The list goes first: in another character set no account could be read from it.
    """
    utf8_is_named("the list", served("the list", accounts.listing()))
    for name, answer in served_answers(accounts):
        utf8_is_named(name, answer)


def utf8_is_named(name: str, answer: Answer) -> None:
    charset = str(content_type(answer).get_param("charset", "utf-8")).lower()
    expect(f"charset in the content type of {name}", charset, "utf-8", evidence=answer.exchange)


def media_type(answer: Answer) -> str | None:
    """The content type without its parameters, which mean nothing for JSON (RFC 9110, 8.3.1); None where absent."""
    value = answer.header("Content-Type")
    return None if value is None else value.partition(";")[0].strip().lower()


def content_type(answer: Answer) -> Message:
    message = Message()
    message["Content-Type"] = answer.header("Content-Type") or "application/json"
    return message


@check("KZA-HEADERS-13")
def dates_in_headers_are_full_dates_in_gmt(accounts: Accounts) -> None:
    """
    Every date in a header is a full date as RFC 7231 writes it, in GMT: `Sun, 10 Sep 2023 17:18:19 GMT`.

    Answers of every endpoint and three refusals are looked at. A number in Expires means "already stale" by
    RFC 7234 and is no date; a header that is absent is not judged.
    """
    first = accounts.endpoints()[0]
    refusals: list[tuple[str, Callable[[], Answer]]] = [
        ("a refusal of a request without a token", lambda: accounts.send(first.path, token=None)),
        ("a refusal of an unknown path", lambda: accounts.send("/v3/conformance-unknown")),
        ("a refusal of a wrong page size", lambda: accounts.listing(size=0)),
    ]
    answers = served_answers(accounts) + [(name, ask()) for name, ask in refusals]
    wrong = [
        (f"{header} of {name}: {value}", answer)
        for name, answer in answers
        for header, value in dates_of(answer)
        if not is_imf_fixdate(value)
    ]
    evidence = wrong[0][1].exchange if wrong else None
    expect("dates in headers that are no full date in GMT", [text for text, _ in wrong], none_found, evidence=evidence)


DATED = ("date", "expires", "last-modified", "sunset")


def dates_of(answer: Answer) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in answer.reply.headers
        if name.lower() in DATED and not (name.lower() == "expires" and value.lstrip("-").isdigit())
    ]


def is_imf_fixdate(text: str) -> bool:
    """RFC 7231, 7.1.1.1, with a day that exists and its right weekday."""
    match = _IMF_FIXDATE.fullmatch(text)
    if not match:
        return False
    weekday, day, month, year, hour, minute, second = match.groups()
    try:
        moment = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC
        )
    except ValueError:
        return False
    return _WEEKDAYS[moment.weekday()] == weekday and int(second) <= 60  # 60: a leap second


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_IMF_FIXDATE = re.compile(
    rf"({'|'.join(_WEEKDAYS)}), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII
)


def served_answers(accounts: Accounts) -> list[tuple[str, Answer]]:
    """A served answer of each endpoint."""

    def discover() -> list[tuple[str, Answer]]:
        def one(endpoint: Endpoint) -> tuple[str, Answer]:
            return endpoint.name, served(endpoint.name, accounts.send(endpoint.path, endpoint.query))

        return accounts.together(one, accounts.endpoints())

    found = accounts.recall("headers: served answers", discover)
    if not found:
        lacking("an endpoint that serves")
    return found
