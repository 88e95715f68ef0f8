"""What counts as accepted and as refused (IR04), for all topics of instant-payment.

Exactly 200 and "1" are rules of their own (ANSWERS-01, -02), and so are 5xx and broken connections (REFUSALS-01, -02):
here what matters is whether a message took effect.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.wire import FIRST, SUCCESS, Operation, Status, follows
from conformance.engine.observation import Expected, Inconclusive, current, expect, given, reading

Effect = Callable[[str, Answer], None]
"""Looks at what a refused message left behind: the sentence on the message, and the answer to it. See `effects`."""


def served(what: str, answer: Answer) -> Answer:
    """Precondition: the good twin is accepted."""
    given(f"answer to {what}", story(answer), _accepted(answer))
    return answer


def accepted(what: str, answer: Answer) -> Answer:
    """Assertion: the message took effect. A fault of the server, or a 429, leaves that open."""
    _given_no_outage(what, answer)
    expect(f"answer to {what}", story(answer), _accepted(answer), evidence=answer.exchange)
    return answer


def refused(what: str, answer: Answer, effect: Effect | None = None) -> None:
    """Assertion: refused with any 4xx, or with 200 and another result_code; and, by `effect`, nothing came of it.

    A fault of the server, a redirect and a 429 are no proof of a refusal.
    """
    _given_no_outage(what, answer)
    is_error = answer.status >= 400
    is_taken = not is_error and (took_effect(answer) or answer.result_code == SUCCESS)
    expect(f"answer to {what}", story(answer), Expected("a refusal", lambda _: not is_taken), evidence=answer.exchange)
    other_code = Expected('a result_code other than "1"', lambda _: is_error or is_other_code(answer.result_code))
    given(f"answer to {what}", story(answer), other_code)
    told_once("IR04", f"HTTP {answer.status}" + ("" if is_error else " with another result_code"))
    if effect is not None:
        effect(what, answer)


def took_effect(answer: Answer) -> bool:
    """Whether an answer says, in any form, that the message was taken."""
    if not 200 <= answer.status < 300:
        return False
    payment_id, status = answer.response.get("payment_id"), answer.response.get("status")
    if answer.operation in (Operation.VALIDATE_PAYEE, Operation.GET_PAYMENT):
        return isinstance(payment_id, str) and bool(payment_id)
    return answer.result_code == SUCCESS or status in follows(FIRST[answer.operation])


def is_refusal(answer: Answer) -> bool:
    """Whether an answer refuses a message properly (IR04)."""
    if answer.status == 200:
        return is_other_code(answer.result_code) and not took_effect(answer)
    return 400 <= answer.status < 500 and answer.status != 429


def is_other_code(code: object) -> bool:
    """Whether a result_code is one of a refusal (IR23)."""
    return isinstance(code, str) and code not in ("", SUCCESS)


def told_once(reading_id: str, seen: str) -> None:
    """Record a reading unless this check has recorded the same before."""
    if (reading_id, seen) not in current().readings:
        reading(reading_id, seen)


def story(answer: Answer) -> str:
    """An answer in a few words: HTTP status, result_code, status of the payment."""
    code, status = answer.result_code, answer.response.get("status")
    parts = [f"HTTP {answer.status}"]
    parts += [f"result_code {code}"] if isinstance(code, str) else []
    parts += [str(status)] if isinstance(status, str) and status in set(Status) else []
    return ", ".join(parts)


def _given_no_outage(what: str, answer: Answer) -> None:
    if answer.status == 429 or answer.status >= 500 or 300 <= answer.status < 400:
        missing = f"an answer to {what} that is no {answer.status}"
        raise Inconclusive(f"answer to {what}", actual=str(answer.status), missing=missing)


def _accepted(answer: Answer) -> Expected:
    return Expected("an answer that the message was taken", lambda _: took_effect(answer))
