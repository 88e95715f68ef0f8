"""Providers whose errors look wrong, or that answer what no one should answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from conformance.contracts.kz_accounts.call import Refusal
from conformance.contracts.kz_accounts.provider import Provider
from conformance.transport.message import Reply, Request

# --- whole bodies: one wrong for each status ----------------------------------------------------------------

_HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Error</h1></body></html>"
_JSON = "application/json"

_REQUIREMENTS = {
    400: "KZA-ERRORS-01",
    401: "KZA-ERRORS-06",
    403: "KZA-ERRORS-07",
    404: "KZA-ERRORS-08",
    405: "KZA-ERRORS-09",
    406: "KZA-ERRORS-10",
}
# What a proxy or a framework sends in place of the provider's own body, and its content type (None: as it was).
_BODIES: Mapping[str, tuple[str | None, bytes | None]] = {
    "AsHtml": ("text/html; charset=utf-8", _HTML),
    "AsHtmlCalledJson": (_JSON, _HTML),
    "WithEmptyBody": (_JSON, b""),
    "AsPlainText": ("text/plain", b"error"),
    "AsJsonText": (_JSON, b'"error"'),
    "AsJsonCalledText": ("text/plain", None),
    "AsArray": (_JSON, b'[{"code":"FIELD_INVALID","description":"bad"}]'),
}
# Members that annex 1 limits, on the errors whose bodies are otherwise free (R01).
_MEMBERS: Mapping[str, tuple[str, Any]] = {
    "WithNumericCode": ("code", 17),
    "WithLongCode": ("code", "C" * 41),
    "WithLongDescription": ("description", "о" * 251),
    "WithNullDescription": ("description", None),
    "WithLongRequestId": ("requestId", "r" * 37),
    "WithNumericRequestId": ("requestId", 20260101),
}


class _Rewrites(Provider):
    """Sends errors of one status with another body."""

    status: int
    content_type_sent: str | None = None
    body_sent: bytes | None = None

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        reply = super().error_reply(refusal, request)
        if refusal.status != self.status or request.method == "HEAD":
            return reply
        headers = tuple(pair for pair in reply.headers if pair[0] != "Content-Type")
        kind = self.content_type_sent or _JSON
        return Reply(reply.status, (("Content-Type", kind), *headers), self.rewritten(reply.body))

    def rewritten(self, body: bytes) -> bytes:
        return body if self.body_sent is None else self.body_sent


class _SetsAMember(_Rewrites):
    """Sends errors of one status with a member that does not fit."""

    member: str
    value: Any

    def rewritten(self, body: bytes) -> bytes:
        return json.dumps({**json.loads(body), self.member: self.value}, ensure_ascii=False).encode()


def _one_for_each_status() -> None:
    for status, requirement in _REQUIREMENTS.items():
        common = {"breaks": requirement, "status": status, "__module__": __name__}
        for name, (kind, body) in _BODIES.items():
            members = {**common, "content_type_sent": kind, "body_sent": body, "__doc__": f"Sends a {status} {name}."}
            globals()[f"Sends{status}{name}"] = type(f"Sends{status}{name}", (_Rewrites,), members)
        for name, (member, value) in _MEMBERS.items() if status != 400 else ():
            members = {**common, "member": member, "value": value, "__doc__": f"Sends a {status} {name}."}
            globals()[f"Sends{status}{name}"] = type(f"Sends{status}{name}", (_SetsAMember,), members)


_one_for_each_status()


class SendsHtmlForUnknownPathsOnly(Provider):
    """Sends the page of a web server where nothing is published."""

    breaks = "KZA-ERRORS-08"

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        reply = super().error_reply(refusal, request)
        if refusal.status == 404 and refusal.description.startswith("path"):
            return Reply(404, (("Content-Type", "text/html"),), _HTML)
        return reply


class SendsHtmlForExistsWithoutToken(Provider):
    """Sends a page of HTML where a request for existence has no token."""

    breaks = "KZA-ERRORS-06"

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        reply = super().error_reply(refusal, request)
        if refusal.status == 401 and request.target.endswith("/exists"):
            return Reply(401, (("Content-Type", "text/html"),), _HTML)
        return reply


# --- members of 400 ---------------------------------------------------------------------------------------


class _Changes400(Provider):
    change: Callable[[dict[str, Any]], dict[str, Any]]

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        body = super().error_body(refusal)
        return type(self).change(body) if refusal.status == 400 else body


class LeavesOutTheCode(_Changes400):
    """A 400 has no code."""

    breaks = "KZA-ERRORS-02"
    change = staticmethod(lambda body: {name: value for name, value in body.items() if name != "code"})


class LeavesOutTheDescription(_Changes400):
    """A 400 has no description."""

    breaks = "KZA-ERRORS-02"
    change = staticmethod(lambda body: {name: value for name, value in body.items() if name != "description"})


class DescribesNothing(_Changes400):
    """The description of a 400 is empty."""

    breaks = "KZA-ERRORS-02"
    change = staticmethod(lambda body: {**body, "description": ""})


class DescribesInAnObject(_Changes400):
    """The description of a 400 is an object of languages."""

    breaks = "KZA-ERRORS-02"
    change = staticmethod(lambda body: {**body, "description": {"ru": body["description"]}})


class CodesErrorsByNumber(_Changes400):
    """The code of a 400 is a number."""

    breaks = "KZA-ERRORS-02"
    change = staticmethod(lambda body: {**body, "code": 400})


class LeavesOutTheCodeForDates(Provider):
    """A 400 to a bad date has no code."""

    breaks = "KZA-ERRORS-02"

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        body = super().error_body(refusal)
        if "date and time" in refusal.description:
            del body["code"]
        return body


class HasItsOwnCodes(_Changes400):
    """The code of a 400 is one of the provider's own."""

    breaks = "KZA-ERRORS-03"
    change = staticmethod(lambda body: {**body, "code": "BAD_REQUEST"})


class CallsBadInputInternal(_Changes400):
    """The code of a 400 is that of a 500."""

    breaks = "KZA-ERRORS-03"
    change = staticmethod(lambda body: {**body, "code": "INTERNAL_ERROR"})


class WritesCodesSmall(_Changes400):
    """The code of a 400 is in small letters."""

    breaks = "KZA-ERRORS-03"
    change = staticmethod(lambda body: {**body, "code": body["code"].lower()})


class TalksTooMuch(_Changes400):
    """The description of a 400 is longer than allowed."""

    breaks = "KZA-ERRORS-04"
    change = staticmethod(lambda body: {**body, "description": f"{body['description']:.<251}"})


class HasLongRequestIds(_Changes400):
    """The requestId of a 400 is longer than allowed."""

    breaks = "KZA-ERRORS-04"
    change = staticmethod(lambda body: {**body, "requestId": "req-" + body["requestId"]})


class NumbersItsRequests(_Changes400):
    """The requestId of a 400 is a number."""

    breaks = "KZA-ERRORS-04"
    change = staticmethod(lambda body: {**body, "requestId": 17})


class SendsNullRequestIds(_Changes400):
    """The requestId of a 400 is null."""

    breaks = "KZA-ERRORS-04"
    change = staticmethod(lambda body: {**body, "requestId": None})


class AddsATimestamp(_Changes400):
    """A 400 has a timestamp."""

    breaks = "KZA-ERRORS-05"
    change = staticmethod(lambda body: {**body, "timestamp": "2026-01-01T00:00:00Z"})


class AddsAStatusForExists(Provider):
    """A 400 to a bad IBAN has a status."""

    breaks = "KZA-ERRORS-05"

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        body = super().error_body(refusal)
        return {**body, "status": 400} if refusal.description.startswith("iban") else body


# --- 500 --------------------------------------------------------------------------------------------------


class _FailsOnce(Provider):
    """Fails once, at an unknown path, and tells so in a wrong way."""

    body_of_failure: Any = None
    content_type_of_failure = _JSON
    has_failed = False

    def answer(self, request: Request) -> Reply:
        if not self.has_failed and request.target.endswith("/nothing"):
            self.has_failed = True
            return Reply(500, (("Content-Type", self.content_type_of_failure),), self.failure())
        return super().answer(request)

    def failure(self) -> bytes:
        told = self.body_of_failure
        return told if isinstance(told, bytes) else json.dumps(told).encode()


_FAILURE = {"code": "INTERNAL_ERROR", "description": "internal error"}


class FailsInHtml(_FailsOnce):
    """A 500 is a page of HTML."""

    breaks, body_of_failure, content_type_of_failure = "KZA-ERRORS-11", _HTML, "text/html"


class FailsWithoutBody(_FailsOnce):
    """A 500 has no body."""

    breaks, body_of_failure = "KZA-ERRORS-11", b""


class FailsWithItsOwnCode(_FailsOnce):
    """A 500 has a code of the provider's own."""

    breaks, body_of_failure = "KZA-ERRORS-11", {**_FAILURE, "code": "DB_DOWN"}


class FailsWithoutDescription(_FailsOnce):
    """A 500 has no description."""

    breaks, body_of_failure = "KZA-ERRORS-11", {"code": "INTERNAL_ERROR"}


class FailsWithATimestamp(_FailsOnce):
    """A 500 has a timestamp."""

    breaks, body_of_failure = "KZA-ERRORS-11", {**_FAILURE, "timestamp": "2026-01-01T00:00:00Z"}


class FailsAtLength(_FailsOnce):
    """A 500 has a description that is longer than allowed."""

    breaks, body_of_failure = "KZA-ERRORS-11", {**_FAILURE, "description": "d" * 251}
