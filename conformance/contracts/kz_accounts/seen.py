"""What a run has seen so far, for the checks of kz-accounts that judge it as a whole (39, 44, 80)."""

from __future__ import annotations

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.wire import exists_path
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import kind_of
from conformance.transport.recorder import Exchange

LONGEST_ORDINARY_TARGET = 250  # beyond it a server may answer before the application does (414, 431)


def bad_parameters(accounts: Accounts) -> list[Answer]:
    """The answers to some parameters that are wrong, at every endpoint that has any."""
    account = accounts.first()
    return [
        accounts.listing(size=0),
        accounts.listing(page="one"),
        accounts.transactions(account, size=101),
        accounts.transactions(account, start="yesterday", end=accounts.now),
        accounts.exists(accounts.harmless(TOO_LONG_IBAN)),
    ]


TOO_LONG_IBAN = "KZ" + "0" * 40


def answered_with(accounts: Accounts, status: int) -> list[Answer]:
    """Every answer of the run with that status; one to HEAD has no body."""
    return [
        Answer(exchange, exchange.reply)
        for exchange in accounts.recorded()
        if exchange.reply is not None and exchange.reply.status == status and exchange.request.method in _WITH_BODY
    ]


_WITH_BODY = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


def is_ordinary(exchange: Exchange, plain: Exchange) -> bool:
    """A GET with the same token and headers as a plain one."""
    request = exchange.request
    same = request.method == "GET" and set(request.headers) == set(plain.request.headers)
    return same and len(request.target) <= LONGEST_ORDINARY_TARGET


def is_published(accounts: Accounts, path: str) -> bool:
    """Whether an operation stands at that path, be the account known or not."""
    known = path.startswith((accounts.dialect.accounts(), exists_path("").removesuffix("/exists")))
    return known and path.rpartition("/")[2] in _OPERATIONS


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
