"""Providers that fall over, stay silent, or do not say that an error is one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Refusal, Route
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import ErrorCode, date_time
from conformance.errors import NoAnswer
from conformance.transport.message import Reply, Request

_HTML = b"<!DOCTYPE html><html><head><title>Bank</title></head><body><h1>Welcome</h1></body></html>"

# --- statuses ---------------------------------------------------------------------------------------------


class HidesErrorsBehind200(Provider):
    """Sends every error with status 200."""

    breaks = "KZA-FAILURES-01"

    def error_status(self, refusal: Refusal) -> int:
        return 200 if refusal.status in (400, 404, 405) else refusal.status


class HidesMissingTokensBehind200(Provider):
    """Sends the lack of a token with status 200."""

    breaks = "KZA-FAILURES-01"

    def error_status(self, refusal: Refusal) -> int:
        return 200 if refusal.status == 401 else refusal.status


class HidesBadDatesBehind200(Provider):
    """Sends the refusal of a bad date with status 200."""

    breaks = "KZA-FAILURES-01"

    def error_status(self, refusal: Refusal) -> int:
        return 200 if "date and time" in refusal.description else refusal.status


class HidesBadTypesBehind200(Provider):
    """Sends the refusal of a bad type with status 200."""

    breaks = "KZA-FAILURES-01"

    def error_status(self, refusal: Refusal) -> int:
        return 200 if refusal.description.startswith("type") else refusal.status


class ShowsItsHomePageEverywhere(Provider):
    """Answers every unknown path with a web page and status 200."""

    breaks = "KZA-FAILURES-01"

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        if refusal.status == 404 and refusal.description.startswith("path"):
            return Reply(200, (("Content-Type", "text/html"),), _HTML)
        return super().error_reply(refusal, request)


class CallsBadInputUnprocessable(Provider):
    """Refuses bad parameters with 422."""

    breaks = "KZA-FAILURES-02"

    def error_status(self, refusal: Refusal) -> int:
        return 422 if refusal.code == ErrorCode.FIELD_INVALID else refusal.status


class CallsReversedWindowsAConflict(Provider):
    """Refuses windows that are not allowed with 409."""

    breaks = "KZA-FAILURES-02"

    def error_status(self, refusal: Refusal) -> int:
        return 409 if "must" in refusal.description else refusal.status


class CallsBadTypesUnprocessable(Provider):
    """Refuses an unknown type with 422."""

    breaks = "KZA-FAILURES-02"

    def error_status(self, refusal: Refusal) -> int:
        return 422 if refusal.description.startswith("type") else refusal.status


# --- failures ---------------------------------------------------------------------------------------------


class FailsAtUnknownPaths(Provider):
    """Fails where nothing is published."""

    breaks = "KZA-FAILURES-03"

    def route_of_unknown_path(self, path: str) -> tuple[Route, str]:
        raise RuntimeError("no route")


class FailsAtBadDates(Provider):
    """Fails at what is no date."""

    breaks = "KZA-FAILURES-03"

    def date_time_value(self, name: str, text: str) -> datetime:
        return date_time(text)


class FailsAtBadNumbers(Provider):
    """Fails at what is no number."""

    breaks = "KZA-FAILURES-03"

    def integer(self, name: str, text: str) -> int:
        return int(text)


class FailsAtUnknownAccounts(Provider):
    """Fails where an account is unknown."""

    breaks = "KZA-FAILURES-03"

    def refusal_of_unknown_account(self) -> Refusal:
        raise RuntimeError("no such account")


class FailsAtNullBytes(Provider):
    """Fails at a null byte in a path, as some databases do."""

    breaks = "KZA-FAILURES-03"

    def decoded_subject(self, text: str) -> str:
        if "%00" in text:
            raise RuntimeError("null byte in text")
        return super().decoded_subject(text)


class FailsAtEmoji(Provider):
    """Fails at characters of four bytes in a query, as some databases do."""

    breaks = "KZA-FAILURES-03"

    def decoded_in_query(self, text: str) -> str:
        decoded = super().decoded_in_query(text)
        if any(ord(character) > 0xFFFF for character in decoded):
            raise RuntimeError("character is too large")
        return decoded


class FailsAtFarPages(Provider):
    """Fails at a page number that does not fit 32 bits."""

    breaks = "KZA-FAILURES-03"

    def page_number(self, call: Call) -> int:
        number = super().page_number(call)
        if number >= 2**31:
            raise RuntimeError("value is out of range")
        return number


class FailsAtLongIds(Provider):
    """Fails at an accountId that does not fit its column."""

    breaks = "KZA-FAILURES-03"

    def refusal_of_long_id(self) -> Refusal:
        raise RuntimeError("value is too long")


class FailsAtBadBytes(Provider):
    """Fails at bytes that are no UTF-8."""

    breaks = "KZA-FAILURES-03"

    def check_bytes_of_path(self, path: str) -> None:
        if "%FF" in path:
            raise RuntimeError("bytes are no UTF-8")
        super().check_bytes_of_path(path)


class FailsAtOtherMethods(Provider):
    """Fails at a method that it does not know."""

    breaks = "KZA-FAILURES-03"

    def method_is_allowed(self, call: Call) -> bool:
        if call.request.method == "PATCH":
            raise RuntimeError("no such method")
        return super().method_is_allowed(call)


class FailsAtMalformedIbans(Provider):
    """Fails at an IBAN with letters that are not Latin."""

    breaks = "KZA-FAILURES-03"

    def iban_is_known(self, iban: str) -> bool:
        iban.encode("ascii")
        return super().iban_is_known(iban)


class IsBusyAtBadSizes(Provider):
    """Answers a bad page size with 503."""

    breaks = "KZA-FAILURES-03"

    def page_size_is_allowed(self, size: int) -> bool:
        if not super().page_size_is_allowed(size):
            raise Refusal(503, "BUSY", "try later")
        return True


class DropsOddRequests(Provider):
    """Breaks the connection at a tag in the path, as some firewalls do."""

    breaks = "KZA-FAILURES-04"

    def handle(self, request: Request) -> Reply:
        if "script" in request.target.lower():
            raise NoAnswer("connection reset")
        return super().handle(request)


class LeavesDeleteUnanswered(Provider):
    """Never answers DELETE."""

    breaks = "KZA-FAILURES-04"

    def handle(self, request: Request) -> Reply:
        if request.method == "DELETE":
            raise NoAnswer("no answer within 10 s")
        return super().handle(request)


# --- what an error tells ----------------------------------------------------------------------------------


class _Tells(Provider):
    what: str

    def error_description(self, refusal: Refusal) -> str:
        return self.what if refusal.code == ErrorCode.FIELD_INVALID else refusal.description


class TellsItsJavaExceptions(_Tells):
    """The description names the exception."""

    breaks, what = "KZA-FAILURES-05", "java.lang.NumberFormatException: For input string"


class TellsItsStackTrace(_Tells):
    """The description holds a stack trace."""

    breaks, what = "KZA-FAILURES-05", "error\n\tat kz.bank.Api.read(Api.java:42)"


class TellsItsPythonTraceback(_Tells):
    """The description holds a traceback."""

    breaks, what = "KZA-FAILURES-05", 'Traceback (most recent call last): File "app.py", line 7'


class TellsItsStatements(_Tells):
    """The description holds the statement that failed."""

    breaks, what = "KZA-FAILURES-05", "could not execute SELECT id, iban FROM accounts WHERE id = 1"


class TellsItsDatabaseFaults(_Tells):
    """The description holds the fault of the database."""

    breaks, what = "KZA-FAILURES-05", "ORA-01722: invalid number"


class TellsItsTraceInA404(Provider):
    """The body of a 404 holds a stack trace."""

    breaks = "KZA-FAILURES-05"

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        body = super().error_body(refusal)
        return {**body, "trace": "at kz.bank.Api.find(Api.java:9)"} if refusal.status == 404 else body
