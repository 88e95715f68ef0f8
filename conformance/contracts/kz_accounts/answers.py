"""Answers of kz-accounts as checks read them: by type, with the exchange that brought them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from conformance.contracts.kz_accounts import wire
from conformance.transport.jsontext import JsonText, read_json
from conformance.transport.message import Reply
from conformance.transport.recorder import Exchange


@dataclass(frozen=True)
class Answer:
    """One reply, read as kz-accounts defines it."""

    exchange: Exchange
    reply: Reply

    @property
    def status(self) -> int:
        return self.reply.status

    def header(self, name: str) -> str | None:
        return self.reply.header(name)

    @cached_property
    def json(self) -> JsonText:
        return read_json(self.reply.body)

    @property
    def accounts(self) -> tuple[wire.Account, ...]:
        return wire.accounts_of(self.json.value)

    @property
    def transactions(self) -> tuple[wire.Transaction, ...]:
        return wire.transactions_of(self.json.value)

    @property
    def page(self) -> wire.Page:
        return wire.page_of(self.json.value)

    @property
    def balance(self) -> wire.Balance:
        return wire.balance_of(self.json.value)

    @property
    def exists(self) -> bool:
        return wire.exists_of(self.json.value)

    @property
    def error(self) -> wire.ErrorBody:
        return wire.ErrorBody(self.json.value, "")


@dataclass(frozen=True)
class History:
    """The transactions of one account in one window, walked page by page."""

    account: wire.Account
    start: datetime
    end: datetime
    answers: tuple[Answer, ...]

    @cached_property
    def items(self) -> tuple[wire.Transaction, ...]:
        return tuple(item for answer in self.answers for item in answer.transactions)
