"""kz-accounts 8, 41, R32: how an answer may travel over HTTP, and how its JSON may be written."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.variants.variant import Variant
from conformance.transport.message import Headers, Reply, Request


class ServesHeadAndOptions(Variant):
    """HEAD and OPTIONS may be served (R32)."""

    def method_is_allowed(self, call: Call) -> bool:
        return call.request.method in ("GET", "HEAD")

    def answer(self, request: Request) -> Reply:
        if request.method == "OPTIONS":
            self.call_of(request, self.clock())
            return self.reply(200, self.render_json({}), request, (("Allow", "GET, HEAD, OPTIONS"),))
        return super().answer(request)


class AnswersOptionsWithNothing(Variant):
    """A gateway may answer OPTIONS by itself, without a body and before any token is looked at (R32)."""

    def answer(self, request: Request) -> Reply:
        if request.method == "OPTIONS":
            return Reply(204, (("Allow", "GET, OPTIONS"), ("Date", self.date_header())))
        return super().answer(request)


class LowerCaseHeaders(Variant):
    """Names of headers know no case (RFC 9110, 5.1)."""

    def reply(self, status: int, body: bytes, request: Request, extra: Headers = ()) -> Reply:
        reply = super().reply(status, body, request, extra)
        return replace(reply, headers=tuple((name.lower(), value) for name, value in reply.headers))


class MoreHeaders(Variant):
    """Headers beyond those of 41 do no harm."""

    def headers(self, status: int, extra: Headers) -> Headers:
        return (*super().headers(status, extra), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


class CharsetInContentType(Variant):
    """A content type may carry a parameter, and knows no case (RFC 9110, 8.3.1)."""

    def content_type(self, status: int) -> str:
        return "Application/JSON; charset=UTF-8"


# --- framing and coding (RFC 9110, 8.4; RFC 9112, 7 and 9) ------------------------------------------------


class ClosesEachConnection(Variant):
    """A connection need not stay open after an answer (RFC 9112, 9.6)."""

    def headers(self, status: int, extra: Headers) -> Headers:
        return (*super().headers(status, extra), ("Connection", "close"))


class SendsInChunks(Variant):
    """The length of an answer need not be told in advance (RFC 9112, 7.1)."""

    def headers(self, status: int, extra: Headers) -> Headers:
        return (*super().headers(status, extra), ("Transfer-Encoding", "chunked"))


class CompressesWithGzip(Variant):
    """What a request names in Accept-Encoding may be used (RFC 9110, 12.5.3)."""

    coding = "gzip"

    def reply(self, status: int, body: bytes, request: Request, extra: Headers = ()) -> Reply:
        reply = super().reply(status, body, request, extra)
        asked = [word.partition(";")[0].strip() for word in (request.header("Accept-Encoding") or "").split(",")]
        if self.coding not in asked:
            return replace(reply, headers=(*reply.headers, ("Vary", "Accept-Encoding")))
        headers = (*reply.headers, ("Content-Encoding", self.coding), ("Vary", "Accept-Encoding"))
        return replace(reply, headers=headers, body=self.compressed(reply.body) if reply.body else b"")

    def compressed(self, body: bytes) -> bytes:
        return gzip.compress(body)


class CompressesInChunks(CompressesWithGzip, SendsInChunks):
    """Servers that compress on the way out do not know the length (RFC 9112, 7.1)."""


class CompressesWithDeflate(CompressesWithGzip):
    """`deflate` is the format of zlib (RFC 9110, 8.4.1.2)."""

    coding = "deflate"

    def compressed(self, body: bytes) -> bytes:
        return zlib.compress(body)


# --- how JSON is written (RFC 7158) -----------------------------------------------------------------------


class PrettyPrinted(Variant):
    """White space between JSON tokens means nothing (RFC 7158, 2)."""

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return (json.dumps(value, ensure_ascii=False, indent=4) + "\n").encode("utf-8")


class EscapedAndReversed(Variant):
    """Characters may be escaped, and members stand in any order (RFC 7158, 4 and 7)."""

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return json.dumps(_reversed(value), ensure_ascii=True).encode("ascii")


def _reversed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _reversed(member) for name, member in reversed(list(value.items()))}
    return [_reversed(item) for item in value] if isinstance(value, list) else value
