"""Mishaps of what stands in front of a provider and changes what passes: proxies, API gateways, firewalls."""

from __future__ import annotations

import gzip
from dataclasses import replace
from urllib.parse import unquote

from conformance.contracts.kz_accounts.mishaps.layers import BehindGateway, page_of_html, with_header
from conformance.errors import NoAnswer
from conformance.transport.message import Reply, Request

# --- pages for browsers -----------------------------------------------------------------------------------


class ShowsALoginPageOn401(BehindGateway):
    """A single sign-on proxy replaces the body of every 401 by its login page: it was set up for the web bank."""

    symptoms = ("KZA-ERRORS-06",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        return page_of_html(401, "Sign in") if reply.status == 401 else reply


class RedirectsToALogin(BehindGateway):
    """A proxy sends every caller without a valid token to the login form, as its default for browsers is."""

    symptoms = ("KZA-AUTH-09",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        if reply.status != 401:
            return reply
        return with_header(page_of_html(302, "Found"), "Location", "https://login.bank.example/?from=api")


class ServesALoginPageWith200(BehindGateway):
    """An access manager answers a caller without a valid token with its login page and status 200."""

    symptoms = ("KZA-FAILURES-01",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        return page_of_html(200, "Sign in") if reply.status == 401 else reply


class FirewallBlocksQuotes(BehindGateway):
    """A web application firewall takes quotes and brackets in a request for an attack and shows its own page."""

    symptoms = ("KZA-ERRORS-07",)

    def passed_on(self, request: Request) -> Reply:
        text = unquote(request.target, errors="replace")
        blocked = any(sign in text for sign in "'\"<>;")
        return page_of_html(403, "Request rejected. Support ID 18229") if blocked else super().passed_on(request)


class ServerAnswersBrokenTargets(BehindGateway):
    """The web server itself refuses a target that it cannot decode, with its own page, before the application runs."""

    symptoms = ("KZA-ERRORS-01",)

    def passed_on(self, request: Request) -> Reply:
        try:
            unquote(request.target, errors="strict")
        except UnicodeDecodeError:
            return page_of_html(400, "HTTP Status 400 - Bad Request")
        return super().passed_on(request)


class UnknownPathsShowADefaultPage(BehindGateway):
    """The framework answers a path that has no controller with its own error page; the application never sees it."""

    symptoms = ("KZA-ERRORS-08",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        last = request.target.partition("?")[0].rpartition("/")[2]
        published = ("accounts", "balances", "balance", "transactions", "exists")
        return page_of_html(404, "Whitelabel Error Page") if reply.status == 404 and last not in published else reply


class RedirectsToATrailingSlash(BehindGateway):
    """The router knows the list with a slash at its end only, and sends whoever leaves it out there."""

    symptoms = ("KZA-AUTH-01",)

    def passed_on(self, request: Request) -> Reply:
        path, mark, query = request.target.partition("?")
        if path.endswith("/accounts"):
            return with_header(page_of_html(301, "Moved"), "Location", f"{path}/{mark}{query}")
        return super().passed_on(replace(request, target=path.rstrip("/") + mark + query))


# --- requests that arrive changed -------------------------------------------------------------------------


class WritesThePlusUnescaped(BehindGateway):
    """A gateway decodes the query and writes it anew with bare plus signs, which the application reads as blanks."""

    symptoms = ("KZA-MOMENTS-01", "KZA-MOMENTS-21")

    def passed_on(self, request: Request) -> Reply:
        path, mark, query = request.target.partition("?")
        return super().passed_on(replace(request, target=path + mark + query.replace("%2B", "+")))


class DecodesTheTargetOnceMore(BehindGateway):
    """A gateway decodes path and query to match its routes, and sends the decoded text on."""

    symptoms = ("KZA-INPUTS-01", "KZA-MOMENTS-01", "KZA-MOMENTS-21")

    def passed_on(self, request: Request) -> Reply:
        path, mark, query = request.target.partition("?")
        pairs = (piece.partition("=") for piece in query.split("&")) if query else ()
        decoded = "&".join(name + sign + unquote(value, errors="replace") for name, sign, value in pairs)
        return super().passed_on(replace(request, target=unquote(path, errors="replace") + mark + decoded))


class ForwardsKnownHeadersOnly(BehindGateway):
    """A gateway forwards the request headers of an old list, in which Accept and Accept-Charset are missing."""

    symptoms = ("KZA-HEADERS-08", "KZA-HEADERS-10")

    def passed_on(self, request: Request) -> Reply:
        kept = tuple(pair for pair in request.headers if pair[0].lower() not in ("accept", "accept-charset"))
        return super().passed_on(replace(request, headers=kept))


class FillsInAProviderId(BehindGateway):
    """A gateway overwrites x-provider-id with its own, so that the application never sees what the caller sent."""

    symptoms = ("KZA-HEADERS-04", "KZA-HEADERS-05")
    tried_with = {"role": "system"}

    def passed_on(self, request: Request) -> Reply:
        kept = tuple(pair for pair in request.headers if pair[0].lower() != "x-provider-id")
        own = ("x-provider-id", "11111111-2222-4333-8444-555555555555")
        return super().passed_on(replace(request, headers=(*kept, own)))


class StripsTheProviderId(BehindGateway):
    """A gateway drops every header that starts with `x-`, and the application then misses x-provider-id."""

    symptoms = ("KZA-AUTH-01",)
    tried_with = {"role": "system"}

    def passed_on(self, request: Request) -> Reply:
        kept = tuple(pair for pair in request.headers if not pair[0].lower().startswith("x-"))
        return super().passed_on(replace(request, headers=kept))


class StripsAuthorizationOnTheWayToBalances(BehindGateway):
    """The route to one service lacks the switch that passes Authorization on, so that it refuses every token."""

    symptoms = ("KZA-AUTH-02",)

    def passed_on(self, request: Request) -> Reply:
        if request.target.endswith("/balances"):
            kept = tuple(pair for pair in request.headers if pair[0].lower() != "authorization")
            request = replace(request, headers=kept)
        return super().passed_on(request)


class ResolvesDotsBeforeRouting(BehindGateway):
    """A proxy merges slashes and resolves `..`, also where they are encoded, before it picks the service."""

    symptoms = ("KZA-INJECTION-02",)

    def passed_on(self, request: Request) -> Reply:
        path, mark, query = request.target.partition("?")
        steps: list[str] = []
        for step in path.replace("%2f", "/").replace("%2F", "/").replace("%2e", ".").replace("%2E", ".").split("/"):
            if step == "..":
                del steps[-1:]
            elif step not in ("", "."):
                steps.append(step)
        return super().passed_on(replace(request, target="/" + "/".join(steps) + mark + query))


# --- answers that leave changed ---------------------------------------------------------------------------


class ForwardsKnownAnswerHeadersOnly(BehindGateway):
    """A gateway forwards the answer headers of a short list; Retry-After, Allow and Date are not on it."""

    symptoms = ("KZA-RATELIMIT-02",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        return replace(reply, headers=tuple(pair for pair in reply.headers if pair[0] == "Content-Type"))


class NamesTheTypeThatWasAskedFor(BehindGateway):
    """A gateway copies Accept of the request into Content-Type of the answer."""

    symptoms = ("KZA-HEADERS-11",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        wanted = request.header("Accept")
        return with_header(reply, "Content-Type", wanted) if wanted and reply.status == 200 else reply


class CutsLongBodies(BehindGateway):
    """A proxy forwards no more of a body than fits its buffer of 16 KiB, because its temporary folder is full."""

    symptoms = ("KZA-SHAPE-11",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        return replace(reply, body=reply.body[: 16 * 1024])


class AnnouncesAWrongLength(BehindGateway):
    """A proxy compresses bodies over 40 KiB but announces their old length, so that a caller waits in vain."""

    symptoms = ("KZA-FAILURES-04",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        if len(reply.body) > 40 * 1024:
            raise NoAnswer("the connection was closed before the announced length was reached")
        return reply


class CompressesWithoutSayingSo(BehindGateway):
    """Two proxies: the inner one compresses bodies over 1 KiB, the outer one drops Content-Encoding."""

    symptoms = ("KZA-SHAPE-11",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        return replace(reply, body=gzip.compress(reply.body, mtime=0)) if len(reply.body) > 1024 else reply


class RecodesToWindows1251(BehindGateway):
    """A proxy recodes every text to windows-1251 for the terminals of the branches, which came first."""

    symptoms = ("KZA-HEADERS-12", "KZA-SHAPE-11")

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        recoded = replace(reply, body=reply.body.decode("utf-8").encode("cp1251", "replace"))
        return with_header(recoded, "Content-Type", "application/json; charset=windows-1251")


class AddsAScriptToEveryBody(BehindGateway):
    """A proxy that measures loading times appends its script tag to every answer, whatever its content type."""

    symptoms = ("KZA-SHAPE-11",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        return replace(reply, body=reply.body + b'<script src="/rum.js"></script>') if reply.body else reply


class TurnsNotFoundInto500(BehindGateway):
    """A service calls another, takes its 404 for a failed call, and tells its own caller 500."""

    symptoms = ("KZA-FAILURES-03",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        if reply.status != 404 or "/accounts/" not in request.target:
            return reply
        return self.error_reply(self.internal_error(), request)


class TurnsNotFoundIntoAnEmptyAnswer(BehindGateway):
    """A mapper in between turns `not found` of the core into an empty object and status 200."""

    symptoms = ("KZA-ROUTES-01", "KZA-ROUTES-02", "KZA-ROUTES-04")

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        if reply.status != 404 or "/accounts/" not in request.target:
            return reply
        return self.reply(200, b'{"data":{}}', request)


class TurnsEveryRefusalInto400(BehindGateway):
    """An error mapper knows one kind of client error only: every refusal leaves as 400 FIELD_INVALID."""

    symptoms = (
        "KZA-AUTH-09",
        "KZA-HEADERS-08",
        "KZA-HEADERS-10",
        "KZA-ROUTES-01",
        "KZA-ROUTES-02",
        "KZA-ROUTES-04",
        "KZA-ROUTES-05",
        "KZA-ROUTES-06",
        "KZA-ROUTES-07",
        "KZA-ROUTES-08",
        "KZA-ROUTES-09",
        "KZA-SCOPE-07",
    )

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        if not 401 <= reply.status <= 406:
            return reply
        body = self.render_json({"code": "FIELD_INVALID", "description": "request is not valid"})
        return self.reply(400, body, request)


# --- load and time ----------------------------------------------------------------------------------------


class ShedsLoadWithoutRetryAfter(BehindGateway):
    """Under load a second limiter in the proxy answers before that of the application; it knows no Retry-After."""

    symptoms = ("KZA-RATELIMIT-02", "KZA-RATELIMIT-04")

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        return page_of_html(429, "Too Many Requests") if reply.status == 429 else reply


class ShedsLoadWith503(BehindGateway):
    """Under load the circuit breaker of the gateway opens and answers 503 in plain text instead of 429."""

    symptoms = ("KZA-RATELIMIT-01",)

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        if reply.status != 429:
            return reply
        return Reply(503, (("Content-Type", "text/plain"),), b"upstream connect error or disconnect/reset")


class TimesOutOnLargePages(BehindGateway):
    """The query behind a page of more than 50 items outlasts the patience of the gateway, which answers 504."""

    symptoms = ("KZA-CONSISTENCY-04", "KZA-FAILURES-03")

    def passed_on(self, request: Request) -> Reply:
        reply = super().passed_on(request)
        return page_of_html(504, "504 Gateway Time-out") if self.items_in(reply) > 50 else reply

    def items_in(self, reply: Reply) -> int:
        return reply.body.count(b'"transactionId"')


class TakesOldTlsOnly(BehindGateway):
    """The balancer that ends TLS is ten years old: it offers TLS 1.0, 1.1 and 1.2."""

    symptoms = ("KZA-TLS-02", "KZA-TLS-04")
    tls_versions = frozenset({"TLSv1", "TLSv1.1", "TLSv1.2"})
