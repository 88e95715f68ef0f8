"""Providers that read or write headers wrongly."""

from __future__ import annotations

from datetime import timedelta

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.routing import UUID_TEXT
from conformance.contracts.kz_accounts.wire import ErrorCode
from conformance.transport.message import Headers, Reply, Request

# --- x-provider-id, asked by a provider -------------------------------------------------------------------


class DemandsProviderId(Provider):
    """A provider that takes itself for the System."""

    breaks = "KZA-HEADERS-01"

    def provider_id_is_demanded(self, call: Call) -> bool:
        return True


class DemandsProviderIdAtExists(Provider):
    """A provider that demands the header at one endpoint."""

    breaks = "KZA-HEADERS-01"

    def provider_id_is_demanded(self, call: Call) -> bool:
        return call.operation is Operation.EXISTS or super().provider_id_is_demanded(call)


class _LooksAtProviderId(Provider):
    def refusal_of(self, text: str) -> Refusal | None:
        raise NotImplementedError

    def check_provider_id(self, call: Call) -> None:
        text = call.request.header("x-provider-id")
        refusal = self.refusal_of(text) if text is not None else None
        if refusal is not None:
            raise refusal
        super().check_provider_id(call)


class RefusesProviderId(_LooksAtProviderId):
    """Refuses a header that it does not need."""

    breaks = "KZA-HEADERS-02"

    def refusal_of(self, text: str) -> Refusal | None:
        return Refusal(400, ErrorCode.HEADER_INVALID, "x-provider-id: is not known")


class RefusesProviderIdInCapitals(_LooksAtProviderId):
    """Knows UUIDs in small letters only."""

    breaks = "KZA-HEADERS-02"

    def refusal_of(self, text: str) -> Refusal | None:
        is_capital = UUID_TEXT.fullmatch(text) and text != text.lower()
        return Refusal(400, ErrorCode.HEADER_INVALID, "x-provider-id: is not a UUID") if is_capital else None


class LooksForTheProviderByName(_LooksAtProviderId):
    """Answers a provider id that is no UUID with 404."""

    breaks = "KZA-HEADERS-03"

    def refusal_of(self, text: str) -> Refusal | None:
        return None if UUID_TEXT.fullmatch(text) else Refusal(404, "NOT_FOUND", "provider not found")


class RefusesABadProviderIdAsField(_LooksAtProviderId):
    """Names the wrong kind of input."""

    breaks = "KZA-HEADERS-03"

    def refusal_of(self, text: str) -> Refusal | None:
        is_good = UUID_TEXT.fullmatch(text)
        return None if is_good else Refusal(400, ErrorCode.FIELD_INVALID, "x-provider-id: is not a UUID")


# --- x-provider-id, asked by the System -------------------------------------------------------------------


class DoesNotDemandProviderId(Provider):
    """The System, without the header by which it routes."""

    breaks = "KZA-HEADERS-04"
    tried_with = {"role": "system"}

    def provider_id_is_demanded(self, call: Call) -> bool:
        return call.request.header("x-provider-id") is not None


class DoesNotDemandProviderIdAtExists(Provider):
    """The System, without the header at one endpoint."""

    breaks = "KZA-HEADERS-04"
    tried_with = {"role": "system"}

    def provider_id_is_demanded(self, call: Call) -> bool:
        return call.operation is not Operation.EXISTS or call.request.header("x-provider-id") is not None


class CallsAMissingProviderIdInvalid(Provider):
    """The System, with the wrong error code for a header that is missing."""

    breaks = "KZA-HEADERS-04"
    tried_with = {"role": "system"}

    def check_provider_id(self, call: Call) -> None:
        if call.request.header("x-provider-id") is None:
            raise Refusal(400, ErrorCode.HEADER_INVALID, "x-provider-id: is not a UUID")
        super().check_provider_id(call)


class TakesAnyProviderId(Provider):
    """The System, without a look at the form of the header."""

    breaks = "KZA-HEADERS-05"
    tried_with = {"role": "system"}

    def provider_id_is_valid(self, text: str) -> bool:
        return True


class CountsTheLettersOfProviderId(Provider):
    """The System, with a look at the length of the header alone."""

    breaks = "KZA-HEADERS-05"
    tried_with = {"role": "system"}

    def provider_id_is_valid(self, text: str) -> bool:
        return len(text) == 36


class CallsABadProviderIdAField(Provider):
    """The System, with the wrong error code for a header that is wrong."""

    breaks = "KZA-HEADERS-05"
    tried_with = {"role": "system"}

    def check_provider_id(self, call: Call) -> None:
        text = call.request.header("x-provider-id")
        if text is not None and not self.provider_id_is_valid(text):
            raise Refusal(400, ErrorCode.FIELD_INVALID, "x-provider-id: is not a UUID")
        super().check_provider_id(call)


# --- Accept and Accept-Charset ----------------------------------------------------------------------------


class _ReadsAccept(Provider):
    """Decides by the whole text of Accept."""

    def takes(self, text: str | None) -> bool:
        raise NotImplementedError

    def accept_is_served(self, call: Call) -> bool:
        return self.takes(call.request.header("accept"))


class DemandsAccept(Provider):
    """Refuses a request without Accept."""

    breaks = "KZA-HEADERS-06"

    def accept_is_served(self, call: Call) -> bool:
        return call.request.header("accept") is not None and super().accept_is_served(call)


class ServesPlainTextByDefault(Provider):
    """Names another content type when no Accept asks for JSON."""

    breaks = "KZA-HEADERS-06"

    def reply(self, status: int, body: bytes, request: Request, extra: Headers = ()) -> Reply:
        reply = super().reply(status, body, request, extra)
        return reply if request.header("accept") is not None else _with_header(reply, "Content-Type", "text/plain")


class WantsAcceptToTheLetter(_ReadsAccept):
    """Serves application/json alone, and no Accept at all."""

    breaks = "KZA-HEADERS-07"

    def takes(self, text: str | None) -> bool:
        return text in (None, "application/json")


class DoesNotKnowPartOfAWildcard(Provider):
    """Knows `*/*`, but not `application/*`."""

    breaks = "KZA-HEADERS-07"

    def accept_is_served(self, call: Call) -> bool:
        return call.request.header("accept") != "application/*" and super().accept_is_served(call)


class LooksAtTheFirstChoice(_ReadsAccept):
    """Refuses JSON as the second choice."""

    breaks = "KZA-HEADERS-07"

    def takes(self, text: str | None) -> bool:
        wanted = (text or "*/*").rpartition(",")[2].partition(";")[0].strip()
        return wanted in ("application/json", "application/*", "*/*")


class IgnoresAccept(Provider):
    """Serves JSON to whoever wants something else."""

    breaks = "KZA-HEADERS-08"

    def accept_is_served(self, call: Call) -> bool:
        return True


class IgnoresAcceptAtExists(Provider):
    """Serves JSON to whoever wants something else, at one endpoint."""

    breaks = "KZA-HEADERS-08"

    def accept_is_served(self, call: Call) -> bool:
        return call.operation is Operation.EXISTS or super().accept_is_served(call)


class TakesHtmlForAnything(Provider):
    """Serves browsers whatever they ask for."""

    breaks = "KZA-HEADERS-08"

    def accept_is_served(self, call: Call) -> bool:
        return call.request.header("accept") == "text/html" or super().accept_is_served(call)


class RefusesAcceptWith400(Provider):
    """Takes another media type for a wrong header."""

    breaks = "KZA-HEADERS-08"

    def check_accept(self, call: Call) -> None:
        if not self.accept_is_served(call):
            raise Refusal(400, ErrorCode.HEADER_INVALID, "Accept: only application/json is produced")
        super().check_accept(call)


class RefusesAcceptCharset(Provider):
    """Refuses every Accept-Charset."""

    breaks = "KZA-HEADERS-09"

    def accept_charset_is_served(self, call: Call) -> bool:
        return call.request.header("accept-charset") is None


class WantsAcceptCharsetToTheLetter(Provider):
    """Serves `utf-8` alone."""

    breaks = "KZA-HEADERS-09"

    def accept_charset_is_served(self, call: Call) -> bool:
        return call.request.header("accept-charset") in (None, "utf-8")


class IgnoresAcceptCharset(Provider):
    """Serves UTF-8 to whoever wants something else."""

    breaks = "KZA-HEADERS-10"

    def accept_charset_is_served(self, call: Call) -> bool:
        return True


# --- headers of answers -----------------------------------------------------------------------------------


class ServesTextPlain(Provider):
    """Calls its data plain text."""

    breaks = "KZA-HEADERS-11"

    def content_type(self, status: int) -> str:
        return "text/plain; charset=utf-8" if status == 200 else super().content_type(status)


class ServesExistsWithoutContentType(Provider):
    """Forgets the header at one endpoint."""

    breaks = "KZA-HEADERS-11"

    def reply(self, status: int, body: bytes, request: Request, extra: Headers = ()) -> Reply:
        reply = super().reply(status, body, request, extra)
        is_meant = status == 200 and request.target.endswith("/exists")
        return _with_header(reply, "Content-Type", None) if is_meant else reply


class NamesWindows1251(Provider):
    """Names the character set of its old system."""

    breaks = "KZA-HEADERS-12"

    def content_type(self, status: int) -> str:
        return "application/json; charset=windows-1251" if status == 200 else super().content_type(status)


class NamesLatin1AtTransactions(Provider):
    """Names the default of its framework at one endpoint."""

    breaks = "KZA-HEADERS-12"

    def reply(self, status: int, body: bytes, request: Request, extra: Headers = ()) -> Reply:
        reply = super().reply(status, body, request, extra)
        is_meant = status == 200 and "/transactions" in request.target
        return _with_header(reply, "Content-Type", "application/json;charset=ISO-8859-1") if is_meant else reply


class _WritesDate(Provider):
    pattern: str
    shift = timedelta(0)

    def date_header(self) -> str:
        return f"{self.clock() + self.shift:{self.pattern}}"


class WritesDateInIso8601(_WritesDate):
    """Writes the header as it writes members."""

    breaks = "KZA-HEADERS-13"
    pattern = "%Y-%m-%dT%H:%M:%SZ"


class WritesDateLikeRfc850(_WritesDate):
    """Writes the obsolete form with two digits of the year."""

    breaks = "KZA-HEADERS-13"
    pattern = "%A, %d-%b-%y %H:%M:%S GMT"


class WritesDateWithOffset(_WritesDate):
    """Writes the time of Kazakhstan with its offset."""

    breaks = "KZA-HEADERS-13"
    pattern = "%a, %d %b %Y %H:%M:%S +0500"
    shift = timedelta(hours=5)


class WritesTheWrongWeekday(Provider):
    """Names the day before."""

    breaks = "KZA-HEADERS-13"

    def date_header(self) -> str:
        yesterday = self.clock() - timedelta(days=1)
        return f"{yesterday:%a}, {self.clock():%d %b %Y %H:%M:%S} GMT"


class _AddsHeader(Provider):
    def addition(self, status: int) -> Headers:
        raise NotImplementedError

    def headers(self, status: int, extra: Headers) -> Headers:
        return (*super().headers(status, extra), *self.addition(status))


class WritesExpiresInIso8601(_AddsHeader):
    """Says until when the data holds, in its own form."""

    breaks = "KZA-HEADERS-13"

    def addition(self, status: int) -> Headers:
        return (("Expires", f"{self.clock():%Y-%m-%d %H:%M:%S}"),) if status == 200 else ()


class WritesLastModifiedInUtc(_AddsHeader):
    """Writes UTC where GMT is asked for."""

    breaks = "KZA-HEADERS-13"

    def addition(self, status: int) -> Headers:
        return (("Last-Modified", f"{self.clock():%a, %d %b %Y %H:%M:%S} UTC"),) if status == 200 else ()


class WritesExpiresOfErrorsWrongly(_AddsHeader):
    """Lets an error end with a date of its own form."""

    breaks = "KZA-HEADERS-13"

    def addition(self, status: int) -> Headers:
        return (("Expires", "Thu, 1 Jan 1970 00:00:00 GMT"),) if status in (401, 404) else ()


def _with_header(reply: Reply, name: str, value: str | None) -> Reply:
    kept = tuple(pair for pair in reply.headers if pair[0].lower() != name.lower())
    return Reply(reply.status, kept if value is None else (*kept, (name, value)), reply.body)
