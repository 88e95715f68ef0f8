"""Providers that carry out what was injected into path, query or headers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.contracts.kz_accounts.call import Call, Refusal
from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import AccountType
from conformance.transport.message import Reply, Request

# --- statements and templates -----------------------------------------------------------------------------


class _FindsByStatement(Provider):
    pattern: str

    def account_of(self, call: Call) -> StoredAccount:
        if re.search(self.pattern, call.subject):
            return self.accounts_of_client(call)[0]
        return super().account_of(call)


class FindsAccountsByNumericCondition(_FindsByStatement):
    """Puts the accountId into a statement of SQL without quotes."""

    breaks, pattern = "KZA-INJECTION-01", r"^\d+ OR "


class FindsAccountsByQuotedCondition(_FindsByStatement):
    """Puts the accountId into a statement of SQL with double quotes."""

    breaks, pattern = "KZA-INJECTION-01", r'" OR "'


class FindsAccountsByComparison(_FindsByStatement):
    """Reads an accountId that is a JSON object as a query of its document database."""

    breaks, pattern = "KZA-INJECTION-01", r'^\{"\$gt":""\}$'


class RunsSecondStatements(_FindsByStatement):
    """Runs what follows a semicolon in the accountId."""

    breaks, pattern = "KZA-INJECTION-01", r"^1;DROP TABLE"


class ComparesTypes(Provider):
    """Reads a type that is a JSON object as a query of its document database."""

    breaks = "KZA-INJECTION-01"

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        compared = any(value.startswith('{"$gt"') for value in call.values("type"))
        return frozenset(AccountType) if compared else super().type_filter(call)


class _Evaluates(Provider):
    pattern: str

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        """The text of an error goes through a template together with the request."""
        found = re.search(self.pattern, unquote(request.target))
        result = f" {int(found[1]) * int(found[2])}" if found else ""
        told = Refusal(refusal.status, refusal.code, refusal.description + result, refusal.headers)
        return super().error_reply(told, request)


class EvaluatesBraces(_Evaluates):
    """Evaluates double braces of the request in the text of an error."""

    breaks, pattern = "KZA-INJECTION-01", r"type=\{\{(\d+)\*(\d+)\}\}"


class EvaluatesDollars(_Evaluates):
    """Evaluates an expression of the request in the text of an error, as some validators of Java do."""

    breaks, pattern = "KZA-INJECTION-01", r"type=\$\{(\d+)\*(\d+)\}"


class EvaluatesAccountIds(Provider):
    """Names the evaluated accountId in a header."""

    breaks = "KZA-INJECTION-01"

    def refusal_of_unknown_account(self) -> Refusal:
        refusal = super().refusal_of_unknown_account()
        return Refusal(refusal.status, refusal.code, refusal.description, (("X-Looked-For", self.looked_for),))

    looked_for = ""

    def find_account(self, account_id: str) -> StoredAccount | None:
        product = re.fullmatch(r"\$\{(\d+)\*(\d+)\}", account_id)
        self.looked_for = str(int(product[1]) * int(product[2])) if product else "an account"
        return super().find_account(account_id)


# --- steps up ---------------------------------------------------------------------------------------------


class ResolvesStepsUp(Provider):
    """Resolves encoded steps up in the accountId."""

    breaks = "KZA-INJECTION-02"

    def find_account(self, account_id: str) -> StoredAccount | None:
        return super().find_account(posixpath.normpath(account_id).removeprefix("../"))

    def account_id_is_too_long(self, account_id: str) -> bool:
        return super().account_id_is_too_long(account_id) and ".." not in account_id


class DecodesStepsTwice(Provider):
    """Decodes an accountId twice and drops a step up."""

    breaks = "KZA-INJECTION-02"

    def decoded_subject(self, text: str) -> str:
        once = super().decoded_subject(text)
        return unquote(once).removeprefix("../") if once.startswith("%2e%2e%2f") and len(once) > 20 else once


class RemovesStepsUp(Provider):
    """Removes dots and slashes at the start of an accountId in place of refusing them."""

    breaks = "KZA-INJECTION-02"

    def decoded_subject(self, text: str) -> str:
        return super().decoded_subject(text).removeprefix("....//")


class ServesFiles(Provider):
    """Shows a file of the server."""

    breaks = "KZA-INJECTION-02"

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        if unquote(request.target).partition("?")[0].rpartition("/")[0].endswith("../etc/passwd"):
            return Reply(200, (("Content-Type", "text/plain"),), b"root:x:0:0:root:/root:/bin/sh\n")
        return super().error_reply(refusal, request)


class ServesWhatIsAbove(Provider):
    """Resolves steps up whose dots are encoded, and shows what it finds there."""

    breaks = "KZA-INJECTION-02"

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        if "/%2e%2e/%2e%2e/" in request.target:
            return Reply(200, (("Content-Type", "application/json"),), b'["config.json"]')
        return super().error_reply(refusal, request)


# --- line breaks and tags ---------------------------------------------------------------------------------


class _CopiesIntoHeaders(Provider):
    where: str

    def handle(self, request: Request) -> Reply:
        """A header names a part of the request, line breaks and all."""
        reply = super().handle(request)
        found = re.search(self.where + r"[^\r\n]*\r\n(X-Injected): (\w+)", unquote(request.target))
        return replace(reply, headers=(*reply.headers, (found[1], found[2]))) if found else reply


class CopiesSizesIntoHeaders(_CopiesIntoHeaders):
    """Copies pageSize into a header."""

    breaks, where = "KZA-INJECTION-03", "pageSize="


class CopiesLanguagesIntoHeaders(_CopiesIntoHeaders):
    """Copies an unknown parameter into a header."""

    breaks, where = "KZA-INJECTION-03", "lang="


class CopiesPathsIntoHeaders(_CopiesIntoHeaders):
    """Copies the path into a header."""

    breaks, where = "KZA-INJECTION-03", "^[^?]*/accounts/"


class WrapsAnswersIntoCallbacks(Provider):
    """Serves JSONP: puts the parameter `callback` before the answer, as it stands."""

    breaks = "KZA-INJECTION-04"

    def handle(self, request: Request) -> Reply:
        reply = super().handle(request)
        callback = re.search(r"callback=([^&]+)", request.target)
        if callback is None:
            return reply
        body = unquote(callback[1]).encode() + b"(" + reply.body + b")"
        return Reply(reply.status, (("Content-Type", "application/javascript"),), body)


class RedirectsToAPage(Provider):
    """Answers an unknown path with a redirection whose page repeats the path."""

    breaks = "KZA-INJECTION-04"

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        path = unquote(request.target)
        if not re.search("/accounts/<.*>$", path):
            return super().error_reply(refusal, request)
        headers = (("Location", "/"), ("Content-Type", "text/html"))
        return Reply(302, headers, f"<p>Nothing at {path}</p>".encode())


class GuessesTheContentType(Provider):
    """Takes an answer for HTML when the request has a tag."""

    breaks = "KZA-INJECTION-04"

    def success_reply(self, value: Mapping[str, Any], request: Request) -> Reply:
        reply = super().success_reply(value, request)
        tagged = "%3Cscript%3E" in request.target
        return replace(reply, headers=(("Content-Type", "text/html"), *reply.headers[1:])) if tagged else reply


# --- repeated parameters ----------------------------------------------------------------------------------


class _ReadsOddSizes(Provider):
    """Checks sizes that are given once only, and takes others as they come."""

    def odd_size(self, call: Call) -> int | None:
        raise NotImplementedError

    def page_size(self, call: Call) -> int:
        return self.odd_size(call) or super().page_size(call)


class TakesTheLastSize(_ReadsOddSizes):
    """Checks the first pageSize and takes the last one."""

    breaks = "KZA-INJECTION-05"

    def odd_size(self, call: Call) -> int | None:
        values = call.values("pageSize")
        return int(values[-1]) if len(values) > 1 and all(map(str.isdigit, values)) else None


class TakesArraysOfSizes(_ReadsOddSizes):
    """Takes pageSize[] for pageSize, unchecked."""

    breaks = "KZA-INJECTION-05"

    def odd_size(self, call: Call) -> int | None:
        return next((int(value) for value in call.values("pageSize[]") if value.isdigit()), None)


class TakesListsOfSizes(_ReadsOddSizes):
    """Takes the last of several sizes between commas, unchecked."""

    breaks = "KZA-INJECTION-05"

    def odd_size(self, call: Call) -> int | None:
        found = re.fullmatch(r"\d+,(\d+)", next(iter(call.values("pageSize")), ""), re.ASCII)
        return int(found[1]) if found and int(found[1]) > 100 else None


class FindsNoPageForTwoSizes(Provider):
    """Answers a repeated pageSize with 404."""

    breaks = "KZA-INJECTION-05"

    def page_size(self, call: Call) -> int:
        if call.values("pageSize") == ("5", "101"):
            raise Refusal(404, "NOT_FOUND", "page not found")
        return super().page_size(call)


# --- commands to sleep ------------------------------------------------------------------------------------


class _Sleeps(Provider):
    pattern: str

    def handle(self, request: Request) -> Reply:
        """The database sleeps for 3 seconds when it is told to."""
        sleeps = re.search(self.pattern, unquote(request.target))
        return replace(super().handle(request), elapsed_ms=3000.0 if sleeps else 20.0)


class SleepsOnAccountIds(_Sleeps):
    """Puts the accountId into a statement of Microsoft SQL Server."""

    breaks, pattern = "KZA-INJECTION-06", r"/'; WAITFOR DELAY '0:0:3'--/"


class SleepsOnAccountIdsInMySql(_Sleeps):
    """Puts the accountId into a statement of MySQL."""

    breaks, pattern = "KZA-INJECTION-06", r"/' OR SLEEP\(3\)--/"


class SleepsOnTypes(_Sleeps):
    """Puts the type into a statement of PostgreSQL."""

    breaks, pattern = "KZA-INJECTION-06", r"type='\|\|pg_sleep\(3\)--"


# --- stuffed headers --------------------------------------------------------------------------------------


class KeepsTheLastHeaders(Provider):
    """Keeps only the last 32 headers, and so loses the token."""

    breaks = "KZA-INJECTION-07"

    def token_text(self, call: Call) -> str | None:
        return super().token_text(replace(call, request=replace(call.request, headers=call.request.headers[-32:])))


class TakesALongAcceptForAnotherResource(Provider):
    """Finds nothing for an Accept of more than 2 KB."""

    breaks = "KZA-INJECTION-07"

    def check_accept(self, call: Call) -> None:
        if len(call.request.header("Accept") or "") > 2048:
            raise Refusal(404, "NOT_FOUND", "no representation")
        super().check_accept(call)
