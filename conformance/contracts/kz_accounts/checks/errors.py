"""kz-accounts 41, 44-45, A1, A3, R01: how the bodies of errors look.

These checks judge the run as a whole: every recorded answer counts, besides a few errors that they bring about
themselves. A list that is served goes first, so that a target which refuses everything shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.judgement import CODES_OF_400
from conformance.contracts.kz_accounts.seen import answered_with, bad_parameters, kind_of_body, media_type, name_of
from conformance.contracts.kz_accounts.tokens import Kind
from conformance.contracts.kz_accounts.wire import (
    LONGEST_ERROR_CODE,
    LONGEST_ERROR_DESCRIPTION,
    LONGEST_REQUEST_ID,
    ErrorCode,
)
from conformance.engine.check import check
from conformance.engine.observation import Expected, at_most, expect, given, none_found, not_applicable, one_of
from conformance.transport.jsontext import kind_of

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
    for name, answer, body in bad_requests(accounts):
        given(f"code of the 400 to {name}", body.get("code"), _TEXT)
        expect(f"code of the 400 to {name}", body["code"], one_of(*CODES_OF_400), evidence=answer.exchange)


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


_TEXT = Expected("a text that is not empty", lambda value: isinstance(value, str) and bool(value.strip()))
