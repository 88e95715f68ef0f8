"""kz-accounts 8-9, 34, 40, 47-48: paths, methods and request headers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from urllib.parse import unquote_to_bytes

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal, Route, invalid, not_found
from conformance.contracts.kz_accounts.wire import DIALECTS, ErrorCode, Version, exists_path
from conformance.transport.message import Request


def published_routes(versions: Collection[Version]) -> dict[str, Route]:
    """The routes by path, `{}` standing for the accountId or IBAN; `exists` is one for all versions (70)."""
    routes = {exists_path("{}"): Route(Operation.EXISTS, Version.V1, DIALECTS[Version.V1])}
    for version in versions:
        dialect = DIALECTS[version]
        routes[dialect.accounts()] = Route(Operation.ACCOUNTS, version, dialect)
        routes[dialect.balance("{}")] = Route(Operation.BALANCE, version, dialect)
        routes[dialect.transactions("{}")] = Route(Operation.TRANSACTIONS, version, dialect)
    return routes


class RoutingRules:
    """From the raw request to a call."""

    routes: Mapping[str, Route]
    role: str

    def call_of(self, request: Request, received: datetime) -> Call:
        """The call that a request makes; raises Refusal for an unknown path and for bad bytes."""
        path, _, query = request.target.partition("?")
        self.check_bytes_of_path(path)
        route, subject = self.route_of(path)
        return Call(request, route, self.decoded_subject(subject), self.decoded_query(query), received)

    def check_bytes_of_path(self, path: str) -> None:
        """9: a path that is not UTF-8 is refused, also where nothing is published."""
        self.decoded(path, "path")

    def route_of(self, path: str) -> tuple[Route, str]:
        """The route of a path and its still encoded subject; an unknown path is 404 (A1.1)."""
        if path in self.routes and "{}" not in path:
            return self.routes[path], ""
        head, _, last = path.rpartition("/")
        head, _, subject = head.rpartition("/")
        route = self.routes.get(f"{head}/{{}}/{last}")
        if route is None or not subject:
            return self.route_of_unknown_path(path)
        return route, subject

    def route_of_unknown_path(self, path: str) -> tuple[Route, str]:
        """A1.1: what is not published is 404."""
        raise not_found("path")

    def decoded_subject(self, text: str) -> str:
        """The accountId or IBAN of the path."""
        return self.decoded(text, "path")

    def decoded_query(self, text: str) -> tuple[tuple[str, str], ...]:
        """The parameters of the query; a bare `+` is a space there."""
        pairs = (piece.partition("=") for piece in text.split("&") if piece)
        return tuple((self.decoded_in_query(name), self.decoded_in_query(value)) for name, _, value in pairs)

    def decoded_in_query(self, text: str) -> str:
        return self.decoded(text.replace("+", " "), "query")

    def decoded(self, text: str, where: str) -> str:
        """9, 34: percent-decoding, strict: a broken escape or invalid UTF-8 is refused with 400."""
        if "%" not in text and text.isascii():
            return text
        if _BROKEN_ESCAPE.search(text):
            raise invalid(where, "has a broken percent escape")
        try:
            return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8")
        except UnicodeError:
            raise invalid(where, "is not UTF-8") from None

    # --- method and headers -------------------------------------------------------------------------------

    def check_method(self, call: Call) -> None:
        if not self.method_is_allowed(call):
            raise Refusal(405, "METHOD_NOT_ALLOWED", "method is not supported here", (("Allow", "GET"),))

    def method_is_allowed(self, call: Call) -> bool:
        """47, 54, 61, 69: only GET."""
        return call.request.method == "GET"

    def check_accept(self, call: Call) -> None:
        if not self.accept_is_served(call):
            raise Refusal(406, "NOT_ACCEPTABLE", "Accept: only application/json is produced")
        if not self.accept_charset_is_served(call):
            raise Refusal(406, "NOT_ACCEPTABLE", "Accept-Charset: only utf-8 is produced")

    def accept_is_served(self, call: Call) -> bool:
        """40, A1.1: no Accept means application/json; otherwise its most specific range decides."""
        offers = dict(_weighted(call.request, "accept"))
        if not offers:
            return True
        for wanted in ("application/json", "application/*", "*/*"):
            if wanted in offers:
                return offers[wanted] > 0
        return False

    def accept_charset_is_served(self, call: Call) -> bool:
        """A1.1: a character set other than UTF-8 cannot be produced."""
        offers = dict(_weighted(call.request, "accept-charset"))
        return not offers or offers.get("utf-8", offers.get("*", 0.0)) > 0

    def check_provider_id(self, call: Call) -> None:
        """40: demanded by the System, never by a provider."""
        text = call.request.header("x-provider-id")
        if not self.provider_id_is_demanded(call):
            return
        if text is None:
            raise Refusal(400, ErrorCode.HEADER_MISSING, "x-provider-id: is missing")
        if not self.provider_id_is_valid(text):
            raise Refusal(400, ErrorCode.HEADER_INVALID, "x-provider-id: is not a UUID")

    def provider_id_is_demanded(self, call: Call) -> bool:
        return self.role == "system"

    def provider_id_is_valid(self, text: str) -> bool:
        return UUID_TEXT.fullmatch(text) is not None


UUID_TEXT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _weighted(request: Request, name: str) -> Iterator[tuple[str, float]]:
    """The elements of an Accept header and their weights; parameters other than `q` do not matter here."""
    for key, value in request.headers:
        if key.lower() != name:
            continue
        for element in value.split(","):
            offer, *parameters = (piece.strip().lower() for piece in element.split(";"))
            if offer:
                yield offer, next((_weight(piece[2:]) for piece in parameters if piece.startswith("q=")), 1.0)


def _weight(text: str) -> float:
    return float(text) if _WEIGHT.fullmatch(text) else 1.0


_WEIGHT = re.compile(r"[01](?:\.\d{0,3})?", re.ASCII)
