"""kz-accounts 8, 12, 38-39, 41, 44, A1: status, headers and JSON of every answer."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID, uuid5

from conformance.contracts.kz_accounts.call import Refusal
from conformance.contracts.kz_accounts.wire import ErrorCode
from conformance.transport.message import Headers, Reply, Request


class ReplyRules:
    """From a body or a refusal to the bytes that leave."""

    clock: Callable[[], datetime]

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def success_reply(self, value: Mapping[str, Any], request: Request) -> Reply:
        return self.reply(self.success_status(request), self.render_json(value), request)

    def success_status(self, request: Request) -> int:
        """38."""
        return 200

    def error_reply(self, refusal: Refusal, request: Request) -> Reply:
        """Every refusal leaves here, so that one kind of error can be told apart by its status."""
        body = self.render_json(self.error_body(refusal))
        return self.reply(self.error_status(refusal), body, request, refusal.headers)

    def error_status(self, refusal: Refusal) -> int:
        """39, A1.1: never 200."""
        return refusal.status

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        """44, A3: code and description on 400 and 500, on the others only the id of the request (R01)."""
        request_id = {"requestId": self.request_id()}
        if refusal.status in (400, 500):
            return {"code": self.error_code(refusal), "description": self.error_description(refusal), **request_id}
        return request_id

    def error_code(self, refusal: Refusal) -> str:
        """A1.3."""
        return refusal.code

    def error_description(self, refusal: Refusal) -> str:
        """A1.2, 37: at most 250 characters that repeat nothing of the request."""
        return refusal.description

    def request_id(self) -> str:
        """44: another one for each refusal, at most 36 characters."""
        return str(uuid5(_REQUESTS, str(next(self._numbers))))

    def internal_error(self) -> Refusal:
        """A1.3: what went wrong inside stays inside (37)."""
        return Refusal(500, ErrorCode.INTERNAL_ERROR, "internal error")

    # --- bytes and headers --------------------------------------------------------------------------------

    def reply(self, status: int, body: bytes, request: Request, extra: Headers = ()) -> Reply:
        """The answer as it leaves; one to HEAD has no body (RFC 9110, 9.3.2)."""
        return Reply(status, self.headers(status, extra), b"" if request.method == "HEAD" else body)

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        """8: JSON in UTF-8, without a byte order mark."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")

    def headers(self, status: int, extra: Headers) -> Headers:
        return (("Content-Type", self.content_type(status)), ("Date", self.date_header()), *extra)

    def content_type(self, status: int) -> str:
        """41."""
        return "application/json"

    def date_header(self) -> str:
        """12: IMF-fixdate in GMT."""
        return format_datetime(self.clock().astimezone(UTC), usegmt=True)


_REQUESTS = UUID("0d6f9e5c-8d3c-4f0a-9a34-7c5b1f7f2b60")
