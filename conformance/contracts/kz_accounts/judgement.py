"""Assertions that several topics of kz-accounts share: what counts as refused, and by which status."""

from __future__ import annotations

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.wire import ErrorCode
from conformance.engine.observation import Expected, Inconclusive, expect, given, one_of
from conformance.errors import UnreadableReply


def served(what: str, answer: Answer) -> Answer:
    """Precondition: the twin that conforms is answered with 200."""
    given(f"answer to {what}", answer.status, 200)
    return answer


def accepted(what: str, answer: Answer) -> None:
    """Assertion: answered with 200. An error of the server is for the topic `errors`."""
    _given_no_outage(what, answer)
    expect(f"answer to {what}", answer.status, 200, evidence=answer.exchange)


def refused(what: str, answer: Answer, code: ErrorCode = ErrorCode.FIELD_INVALID) -> None:
    """Assertion: refused with 400 and that code.

    An error body that cannot be read, a code or a status that annex 1 does not know are for the topic `errors`.
    """
    rejected(what, answer, 400)
    given(f"error code of the answer to {what}", answer.error.code, one_of(*CODES_OF_400))
    expect(f"error code of the answer to {what}", answer.error.code, code.value, evidence=answer.exchange)


def rejected(what: str, answer: Answer, *statuses: int) -> None:
    """Assertion: the status is one of those given.

    An error that hides behind status 200, or has a status that annex 1 does not know where 400 is due, breaks
    clause 39, which has checks of its own; here it leaves open whether the rule under test is kept.
    """
    if is_disguised(answer):
        raise Inconclusive(
            f"answer to {what}", actual="an error with status 200", missing="errors that are not sent with status 200"
        )
    if answer.status not in statuses:
        _given_no_outage(what, answer)
        if 400 in statuses and 400 <= answer.status < 500 and answer.status not in ERROR_STATUSES:
            missing = f"a status of annex 1, not {answer.status}"
            raise Inconclusive(f"answer to {what}", actual=str(answer.status), missing=missing)
    expect(f"answer to {what}", answer.status, one_of(*statuses), evidence=answer.exchange)


def _given_no_outage(what: str, answer: Answer) -> None:
    """A 429 or an error of the server proves neither a refusal nor the lack of one."""
    if answer.status == 429 or answer.status >= 500:
        raise Inconclusive(
            f"answer to {what}", actual=str(answer.status), missing=f"an answer to {what} that is no {answer.status}"
        )


def not_served(what: str, answer: Answer) -> None:
    """Assertion: the target gives nothing.

    Which status a refusal must have is a rule of its own, so that one wrong status is one failure. A filter that
    sets the status after the body is written refuses nothing.
    A fault of the server, or a 429, proves no refusal.
    """
    if is_disguised(answer):
        raise Inconclusive(
            f"answer to {what}", actual="an error with status 200", missing="errors that are not sent with status 200"
        )
    given(f"answer to {what}", answer.status, Expected("anything but 429 or 5xx", lambda is_: is_ < 500 and is_ != 429))
    expect(f"answer to {what}", answer.status, Expected("a refusal", lambda is_: is_ >= 300), evidence=answer.exchange)
    expect(f"whether the refusal of {what} holds the data", holds_data(answer), False, evidence=answer.exchange)


def holds_data(answer: Answer) -> bool:
    """Whether the body, under whatever status, is that of a request that was served."""
    try:
        body = answer.json.value
    except UnreadableReply:
        return False
    return isinstance(body, dict) and (bool(body.get("data")) or "exists" in body)


def is_disguised(answer: Answer) -> bool:
    """Whether an error is sent with status 200 (39): an object with a code or message, but without data."""
    if answer.status != 200:
        return False
    body = answer.json.value
    return isinstance(body, dict) and not {"data", "exists"} & body.keys() and bool(_ERROR_MEMBERS & body.keys())


ERROR_STATUSES = frozenset({400, 401, 403, 404, 405, 406, 429, 500})  # A1.1
CODES_OF_400 = tuple(code.value for code in ErrorCode if code is not ErrorCode.INTERNAL_ERROR)  # A1.3
_ERROR_MEMBERS = {"code", "description", "error", "errors", "errorCode", "message", "requestId"}
