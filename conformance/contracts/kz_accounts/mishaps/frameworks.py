"""Mishaps by default: what Spring, .NET and their like do when nobody told them otherwise."""

from __future__ import annotations

from typing import Any

from conformance.contracts.kz_accounts.call import Call, Refusal
from conformance.contracts.kz_accounts.provider import Provider
from conformance.transport.message import Headers, Reply, Request


class AnswersWithTheErrorBodyOfSpring(Provider):
    """Errors that no handler catches leave in the framework's own form, which repeats the path."""

    symptoms = ("KZA-ERRORS-02", "KZA-ERRORS-05", "KZA-INPUTS-08")

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        body = {
            "timestamp": self.clock().isoformat(),
            "status": refusal.status,
            "error": "Bad Request" if refusal.status == 400 else "Error",
            "path": request.target.partition("?")[0],
        }
        return self.reply(refusal.status, self.render_json(body), request, refusal.headers)


class AnswersWithProblemDetails(Provider):
    """Errors leave as problem details (RFC 9457), the default of newer frameworks, with a content type of their own."""

    symptoms = (
        "KZA-ERRORS-01",
        "KZA-ERRORS-02",
        "KZA-ERRORS-05",
        "KZA-ERRORS-06",
        "KZA-ERRORS-07",
        "KZA-ERRORS-08",
        "KZA-ERRORS-09",
        "KZA-ERRORS-10",
    )

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        return {"type": "about:blank", "title": "Bad Request", "status": refusal.status, "traceId": "00-" + "0" * 52}

    def content_type(self, status: int) -> str:
        return "application/problem+json" if status >= 400 else super().content_type(status)


class ServesEveryMethod(Provider):
    """The handler is mapped to a path without a method, and so serves all of them."""

    symptoms = ("KZA-ROUTES-05", "KZA-ROUTES-06", "KZA-ROUTES-07", "KZA-ROUTES-08")

    def method_is_allowed(self, call: Call) -> bool:
        return True


class TakesDefaultsForBadNumbers(Provider):
    """A lenient converter takes the default for a number that it cannot read or that is out of range."""

    symptoms = ("KZA-PAGING-05", "KZA-PAGING-06", "KZA-PAGING-11", "KZA-PAGING-25", "KZA-PAGING-26", "KZA-PAGING-31")

    def page_number(self, call: Call) -> int:
        try:
            return super().page_number(call)
        except Refusal:
            return self.default_page_number

    def page_size(self, call: Call) -> int:
        try:
            return super().page_size(call)
        except Refusal:
            return self.default_page_size


class FailsOnWhatItCannotConvert(Provider):
    """The exception of a parameter that cannot be converted has no handler and becomes a 500 with its stack."""

    symptoms = ("KZA-FAILURES-03", "KZA-FAILURES-05")

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        if refusal.status != 400 or "is not" not in refusal.description:
            return super().error_reply(refusal, request)
        trace = "java.lang.NumberFormatException: For input string\n\tat kz.bank.Api.parse(Api.java:41)"
        return self.reply(500, self.render_json({"code": "INTERNAL_ERROR", "description": trace}), request)


class RefusesWith422(Provider):
    """The framework answers parameters that do not validate with 422, its own choice for all of them."""

    symptoms = ("KZA-FAILURES-02",)

    def error_status(self, refusal: Refusal) -> int:
        return 422 if refusal.status == 400 else refusal.status


class AnswersUnknownPathsWithTheApp(Provider):
    """The server of a single-page application answers every path that it does not know with the start page."""

    symptoms = ("KZA-FAILURES-01",)

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        if refusal.status != 404 or "path" not in refusal.description:
            return super().error_reply(refusal, request)
        page = b"<!doctype html><html><body><div id=root></div></body></html>"
        return Reply(200, (("Content-Type", "text/html"),), page)


class WritesDatesOfHeadersInLocalTime(Provider):
    """A filter sets Date and Expires by the default locale and zone of the host."""

    symptoms = ("KZA-HEADERS-13",)

    def date_header(self) -> str:
        return f"{self.clock():%a, %d %b %Y %H:%M:%S} ALMT"

    def headers(self, status: int, extra: Headers) -> Headers:
        return (*super().headers(status, extra), ("Expires", self.date_header()))


class TellsWhichParameterWasSent(Provider):
    """Messages of the validator repeat the value that they refuse, account numbers among them."""

    symptoms = ("KZA-ERRORS-04", "KZA-INPUTS-08")

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        refusal = Refusal(
            refusal.status, refusal.code, f"{refusal.description}: rejected value {request.target}", refusal.headers
        )
        return super().error_reply(refusal, request)
