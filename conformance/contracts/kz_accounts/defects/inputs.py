"""Providers that let bad bytes and odd texts pass, or repeat what they were told."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import unquote

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal
from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import AccountType
from conformance.transport.message import Reply, Request


class _DecodesLeniently(Provider):
    where: str
    errors: str

    def decoded(self, text: str, where: str) -> str:
        return unquote(text, errors=self.errors) if where == self.where else super().decoded(text, where)


class DropsBadBytesOfPaths(_DecodesLeniently):
    """Leaves out bytes of a path that are no UTF-8."""

    breaks, where, errors = "KZA-INPUTS-01", "path", "ignore"


class ReplacesBadBytesOfPaths(_DecodesLeniently):
    """Replaces bytes of a path that are no UTF-8, and then finds no account."""

    breaks, where, errors = "KZA-INPUTS-01", "path", "replace"


class DropsBadBytesOfQueries(_DecodesLeniently):
    """Leaves out bytes of a query that are no UTF-8."""

    breaks, where, errors = "KZA-INPUTS-02", "query", "ignore"


class DropsBadBytesOfStarts(Provider):
    """Leaves out bytes of a date that are no UTF-8."""

    breaks = "KZA-INPUTS-02"

    def decoded_query(self, text: str) -> tuple[tuple[str, str], ...]:
        return super().decoded_query(re.sub(r"(from=[^&]*?Z)%FF", r"\1", text))


class DropsBadBytesOfTypes(Provider):
    """Leaves out bytes of a type that are no UTF-8."""

    breaks = "KZA-INPUTS-02"

    def decoded_query(self, text: str) -> tuple[tuple[str, str], ...]:
        return super().decoded_query(re.sub(r"(type=[A-Z_]*)%FF", r"\1", text))


class _FindsByPattern(Provider):
    at: Operation

    def account_of(self, call: Call) -> StoredAccount:
        if call.operation is self.at and self.fits_all(call.subject):
            return self.accounts_of_client(call)[0]
        return super().account_of(call)

    def fits_all(self, account_id: str) -> bool:
        """Whether a statement of SQL made with that text would find every account."""
        return account_id == "%" or " OR " in account_id


class FindsBalancesByPattern(_FindsByPattern):
    """Puts the accountId of a balance into a statement of SQL."""

    breaks, at = "KZA-INPUTS-03", Operation.BALANCE


class FindsTransactionsByPattern(_FindsByPattern):
    """Puts the accountId of transactions into a statement of SQL."""

    breaks, at = "KZA-INPUTS-03", Operation.TRANSACTIONS


class ForbidsTags(Provider):
    """Refuses a tag in an accountId with 401, as if the token were bad."""

    breaks = "KZA-INPUTS-03"

    def token_text(self, call: Call) -> str | None:
        return None if "<" in call.subject else super().token_text(call)


class _CutsAt(Provider):
    """Looks at a parameter only up to an odd character."""

    parameter: str
    marks: str

    def single_value(self, call: Call, name: str) -> str | None:
        text = super().single_value(call, name)
        if text is None or name != self.parameter:
            return text
        return re.split(f"[{re.escape(self.marks)}]", text)[0] or text


class CutsSizesAtQuotes(_CutsAt):
    """Looks at a page size only up to a quote."""

    breaks, parameter, marks = "KZA-INPUTS-04", "pageSize", "'"


class CutsSizesAtNullBytes(_CutsAt):
    """Looks at a page size only up to a null byte."""

    breaks, parameter, marks = "KZA-INPUTS-04", "pageSize", "\x00"


class CutsPagesAtLineBreaks(_CutsAt):
    """Looks at a page number only up to a tag."""

    breaks, parameter, marks = "KZA-INPUTS-05", "pageNumber", "<"


class ReadsLeadingDigitsOfPages(Provider):
    """Takes the digits at the start of a page number for the whole."""

    breaks = "KZA-INPUTS-05"

    def page_number(self, call: Call) -> int:
        text = (call.values("pageNumber") or ("",))[0]
        digits = re.match(r"(\d+)[^\d.ex]", text, re.ASCII)
        return int(digits[1]) if digits else super().page_number(call)


class DropsTagsFromTypes(Provider):
    """Leaves out tags in a type in place of refusing it."""

    breaks = "KZA-INPUTS-06"

    def account_type(self, text: str) -> AccountType:
        return super().account_type(re.sub(r"<.*>", "", text))


class PutsTypesIntoStatements(Provider):
    """Puts a type into a statement of SQL."""

    breaks = "KZA-INPUTS-06"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        injected = any(" OR " in value for value in call.values("type"))
        return frozenset(AccountType) if injected else super().type_filter(call)


class ReadsTheStartOfADate(Provider):
    """Looks only at the first 20 characters of a date."""

    breaks = "KZA-INPUTS-07"

    def date_time_value(self, name: str, text: str) -> datetime:
        proper = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
        return super().date_time_value(name, proper[0] if proper else text)


class _TellsThePath(Provider):
    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        path, _, query = request.target.partition("?")
        told = Refusal(refusal.status, refusal.code, f"{refusal.description}: {self.told(path, query)}"[:250])
        return super().error_reply(told if refusal.status == 400 else refusal, request)

    def told(self, path: str, query: str) -> str:
        raise NotImplementedError


class TellsThePathThatWasAsked(_TellsThePath):
    """A 400 repeats the path."""

    breaks = "KZA-INPUTS-08"

    def told(self, path: str, query: str) -> str:
        return path


class TellsTheQueryThatWasAsked(_TellsThePath):
    """A 400 repeats the query."""

    breaks = "KZA-INPUTS-08"

    def told(self, path: str, query: str) -> str:
        return re.sub(r"%[0-9A-F]{2}", " ", query)


class TellsWhatWasNotFound(Provider):
    """A 404 repeats the path in its body."""

    breaks = "KZA-INPUTS-08"

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        reply = super().error_reply(refusal, request)
        if refusal.status != 404 or request.method == "HEAD":
            return reply
        path = request.target.partition("?")[0]
        return Reply(404, reply.headers, self.render_json({"requestId": self.request_id(), "path": path}))


class TellsThePathInAHeader(Provider):
    """A 405 repeats the path in a header."""

    breaks = "KZA-INPUTS-08"

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        reply = super().error_reply(refusal, request)
        where = (("Location", request.target),) if refusal.status == 405 else ()
        return Reply(reply.status, (*reply.headers, *where), reply.body)


class _KnowsIbans(Provider):
    at: Operation

    def account_of(self, call: Call) -> StoredAccount:
        account = self.ledger.account_with_iban(call.subject)
        if call.operation is self.at and account is not None and self.account_belongs_to_client(account, call):
            return account
        return super().account_of(call)


class ServesBalancesByIban(_KnowsIbans):
    """Shows the balance for an IBAN as well."""

    breaks, at = "KZA-INPUTS-09", Operation.BALANCE


class ServesTransactionsByIban(_KnowsIbans):
    """Shows the transactions for an IBAN as well."""

    breaks, at = "KZA-INPUTS-09", Operation.TRANSACTIONS
