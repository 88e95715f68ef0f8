"""What counts as accepted and as refused, for all topics of imts.

A refusal is any 4xx, or a 2xx whose mapped outcome or status says error; what is a rule of its own (5xx, the form of
answers) stands with the topic `refusals`.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.wire import QUESTIONS, Status
from conformance.engine.observation import Expected, Inconclusive, current, expect, given, reading

Effect = Callable[[str, Answer], None]
"""Looks at what a refused request left behind: the sentence on the request, and the answer to it."""


def served(what: str, answer: Answer) -> Answer:
    """Precondition: the good twin is accepted."""
    given(f"answer to {what}", story(answer), _accepted(answer))
    return answer


def accepted(what: str, answer: Answer) -> Answer:
    """Assertion: the request took effect. A fault of the server, or a 429, leaves that open."""
    given_no_outage(what, answer)
    expect(f"answer to {what}", story(answer), _accepted(answer), evidence=answer.exchange)
    return answer


def refused(what: str, answer: Answer, effect: Effect | None = None) -> None:
    """Assertion: the request was refused; and, by `effect`, nothing came of it.

    A fault of the server, a redirect and a 429 are no proof of a refusal.
    """
    given_no_outage(what, answer)
    is_taken = took_effect(answer)
    expect(f"answer to {what}", story(answer), Expected("a refusal", lambda _: not is_taken), evidence=answer.exchange)
    told_once("MTR08", f"HTTP {answer.status}" + ("" if answer.status >= 400 else " that says error"))
    if effect is not None:
        effect(what, answer)


def took_effect(answer: Answer) -> bool:
    """Whether an answer says that the request was carried out."""
    return 200 <= answer.status < 300 and not says_error(answer)


def says_error(answer: Answer) -> bool:
    """Whether a 2xx tells of an error where the configuration says that it would.

    The status of an answer to a question is that of the transfer, whatever it is.
    """
    if answer.declaration.values.pointer("outcome", answer.method) is not None:
        return answer.value_or_none("outcome") in answer.declaration.values.refused_outcomes
    return answer.method not in QUESTIONS and answer.value_or_none("status") == Status.ERROR


def told_once(reading_id: str, seen: str) -> None:
    """Record a reading unless this check has recorded the same before."""
    if (reading_id, seen) not in current().readings:
        reading(reading_id, seen)


def story(answer: Answer) -> str:
    """An answer in a few words: HTTP status, outcome, status of the transfer."""
    parts = [f"HTTP {answer.status}"]
    for name in ("outcome", "status"):
        value = answer.value_or_none(name)
        parts += [str(value)] if isinstance(value, str) and value in {*Status, *_outcomes(answer)} else []
    return ", ".join(parts)


def _outcomes(answer: Answer) -> list[str]:
    return answer.declaration.values.refused_outcomes


def given_no_outage(what: str, answer: Answer) -> None:
    """Precondition: the server answered at all. Its faults, a redirect and a 429 prove nothing."""
    if answer.status == 429 or answer.status >= 500 or 300 <= answer.status < 400:
        missing = f"an answer to {what} that is no {answer.status}"
        raise Inconclusive(f"answer to {what}", actual=str(answer.status), missing=missing)


def _accepted(answer: Answer) -> Expected:
    return Expected("an answer that the request was carried out", lambda _: took_effect(answer))
