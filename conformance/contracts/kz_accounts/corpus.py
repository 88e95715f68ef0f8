"""The corpus: every answer with status 200 that the discoveries of a run brought, for checks on form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.contracts.kz_accounts.answers import Answer, History
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.wire import Version
from conformance.engine.document import Document, document
from conformance.engine.observation import Inconclusive, expect, given, none_found
from conformance.errors import NoAnswer, UnreadableReply


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a named component inside an answer."""

    answer: Answer
    component: str
    pointer: str
    value: Any

    def __str__(self) -> str:
        return f"{self.pointer or 'body'} of exchange {self.answer.exchange.number}"


def the_document() -> Document:
    """The embedded document of this contract."""
    return document("kz-accounts")


def corpus(accounts: Accounts) -> list[tuple[str, Answer]]:
    """Every answer with the schema of its operation.

    What could not be discovered is left out here: the check of that operation itself says so.
    """
    dialect = accounts.dialect
    pieces: list[tuple[str, Callable[[], list[Answer]]]] = [
        (dialect.accounts_schema, lambda: list(accounts.pages_of_accounts())),
        (dialect.balance_schema, lambda: [answer for _, answer in accounts.balances()]),
        (dialect.transactions_schema, lambda: _pages(accounts.histories())),
        (dialect.transactions_schema, lambda: _pages(accounts.older_histories())),
        (dialect.accounts_schema, lambda: [_page_of_one(accounts)]),
    ]
    if accounts.version is Version.V3:
        pieces.append(("AccountExists", lambda: [accounts.answer_on_existence()]))
        pieces.append(("AccountExists", lambda: [_answer_on_nobody(accounts)]))
    return [(schema, answer) for schema, discover in pieces for answer in _as_far_as_possible(discover)]


def _page_of_one(accounts: Accounts) -> Answer:
    """A list of one item is the classic one to be sent as an object."""
    return accounts.recall("page of one account", lambda: _served(accounts.listing(page=1, size=1)))


def _answer_on_nobody(accounts: Accounts) -> Answer:
    """`false` is the classic value to be left out."""
    return accounts.recall("existence of nobody", lambda: _served(accounts.exists(accounts.made_up_iban())))


def _served(answer: Answer) -> Answer:
    given("answer for the corpus", answer.status, 200)
    return answer


def _pages(histories: list[History]) -> list[Answer]:
    return [answer for history in histories for answer in history.answers]


def _as_far_as_possible(discover: Callable[[], list[Answer]]) -> list[Answer]:
    try:
        return discover()
    except (Inconclusive, UnreadableReply, NoAnswer):
        return []


def parts(accounts: Accounts) -> list[Part]:
    """Every object of every component in the corpus; bodies that are no JSON hold none."""
    return accounts.recall("parts", lambda: list(_parts(accounts)))


def _parts(accounts: Accounts) -> Iterator[Part]:
    for schema, answer in corpus(accounts):
        try:
            body = answer.json.value
        except UnreadableReply:
            continue
        for component, pointer, value in the_document().components(schema, body):
            yield Part(answer, component, pointer, value)


def no_fault(what: str, found: list[tuple[Part, str]], looked_at: int, missing: str) -> None:
    """Assertion: no fault in the parts looked at; without any part to look at the check is inconclusive."""
    given(f"number of {what} seen", looked_at > 0, True, missing=missing)
    evidence = found[0][0].answer.exchange if found else None
    expect(f"faults in {what}", [f"{part}: {fault}" for part, fault in found], none_found, evidence=evidence)
