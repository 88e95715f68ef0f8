"""Other lawful ways to provide kz-accounts: every check must accept each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Claims, Operation, Refusal, invalid
from conformance.contracts.kz_accounts.filters import OpeningRange, Window
from conformance.contracts.kz_accounts.ledger import StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.pages import Paging
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.routing import UUID_TEXT
from conformance.contracts.kz_accounts.thin_data import THIN_DATA
from conformance.contracts.kz_accounts.wire import AccountType, ErrorCode, date_time_text
from conformance.transport.message import Headers, Reply, Request


class Variant(Provider):
    """A provider with all data that conforms in another way; those with less data stand in `thin_data`."""


# --- bodies of errors (44, A1.2, A3) ----------------------------------------------------------------------


class EmptyErrorBodies(Variant):
    """A3 makes every member of these bodies optional, and `requestId` everywhere (R01)."""

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        body = super().error_body(refusal)
        del body["requestId"]
        return body


class FullErrorBodies(Variant):
    """44 asks for code and description on every error; only 400 and 500 are bound to the codes of A1.3 (R01)."""

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        return {"code": self.error_code(refusal), "description": self.error_description(refusal)}


class KnownCodesEverywhere(Variant):
    """The codes of A1.3 may stand on other errors as well (R01)."""

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        codes = {404: ErrorCode.RESOURCE_NOT_FOUND, 400: refusal.code, 500: refusal.code}
        code = codes.get(refusal.status, ErrorCode.HEADER_INVALID)
        return {"requestId": self.request_id(), "code": code, "description": self.error_description(refusal)}


# --- accounts that cannot be read (R02, R03) --------------------------------------------------------------


class UnknownAccountIs400(Variant):
    """A1.3 gives RESOURCE_NOT_FOUND the status 400 (R02)."""

    def refusal_of_unknown_account(self) -> Refusal:
        return _resource_not_found()


class ForeignAccountIs403(Variant):
    """A token that does not cover an account may be answered as one that lacks a scope (R03)."""

    def refusal_of_foreign_account(self) -> Refusal:
        return Refusal(403, "FORBIDDEN", "access token does not cover this account")


class ForeignAccountIs400(Variant):
    """Another client's account is not found among this client's (R03)."""

    def refusal_of_foreign_account(self) -> Refusal:
        return _resource_not_found()


class LongAccountIdIsUnknown(Variant):
    """No account has an id that long, so it is as unknown as any other (R02)."""

    def account_id_is_too_long(self, account_id: str) -> bool:
        return False


class ClosedAccountsStayReadable(Variant):
    """Only the list is bound to active accounts (46); a closed one may still tell its balance and exist."""

    def account_is_readable(self, account: StoredAccount, call: Call) -> bool:
        return True

    def iban_is_known(self, iban: str) -> bool:
        return self.ledger.account_with_iban(iban) is not None


# --- parameters (R05, R16-R18, R31) -----------------------------------------------------------------------


class RepeatedTypeIsRefused(Variant):
    """A3 knows `type` as a single value (R05)."""

    def type_filter(self, call: Call) -> frozenset[AccountType]:
        if call.dialect.has_types:
            self.single_value(call, "type")
        return super().type_filter(call)


class PageBeyondTheEndIs400(Variant):
    """A page that is not there may be called an invalid number (R16)."""

    def check_page_exists(self, matching: Sequence[Any], paging: Paging) -> None:
        if _is_beyond(matching, paging):
            raise invalid("pageNumber", "is beyond the last page")


class PageBeyondTheEndIs404(Variant):
    """A page that is not there may be called not found (R16)."""

    def check_page_exists(self, matching: Sequence[Any], paging: Paging) -> None:
        if _is_beyond(matching, paging):
            raise Refusal(404, "NOT_FOUND", "page not found")


class UnknownParameterIsRefused(Variant):
    """34 asks to check all input; a parameter that nobody knows may be refused (R17)."""

    def check_parameter_names(self, call: Call) -> None:
        dialect, known = call.dialect, set()
        if call.operation in (Operation.ACCOUNTS, Operation.TRANSACTIONS):
            known |= {"pageNumber", "pageSize"}
        if call.operation is Operation.TRANSACTIONS or (
            call.operation is Operation.ACCOUNTS and dialect.filters_by_opening
        ):
            known |= {dialect.start_parameter, dialect.end_parameter}
        if call.operation is Operation.ACCOUNTS and dialect.has_types:
            known.add("type")
        if any(name not in known for name, _ in call.parameters):
            raise Refusal(400, ErrorCode.FIELD_INVALID, "query has an unknown parameter")


class BadIbanIsRefused(Variant):
    """An IBAN of wrong characters or check digits may be called invalid (R18)."""

    def iban_is_known(self, iban: str) -> bool:
        from stdnum.iban import is_valid  # loads its table of countries, which only this variant needs

        if not iban.isascii() or not iban.isalnum() or iban != iban.upper() or not is_valid(iban):
            raise invalid("iban", "is not an IBAN")
        return super().iban_is_known(iban)


class BadProviderIdIsRefused(Variant):
    """A provider may check the header that it need not have (40)."""

    def check_provider_id(self, call: Call) -> None:
        text = call.request.header("x-provider-id")
        if text is not None and not UUID_TEXT.fullmatch(text):
            raise Refusal(400, ErrorCode.HEADER_INVALID, "x-provider-id: is not a UUID")
        super().check_provider_id(call)


class ParametersBeforeToken(Variant):
    """The order in which a provider looks is its own affair (R31)."""

    def admitted(self, call: Call) -> Call:
        if call.operation in (Operation.ACCOUNTS, Operation.TRANSACTIONS):
            self.paging(call)
        if call.operation is Operation.ACCOUNTS:
            self.type_filter(call)
            self.opening_range(call)
        if call.operation is Operation.TRANSACTIONS:
            self.window(call)
        return super().admitted(call)


class AcceptBeforeToken(Variant):
    """The order in which a provider looks is its own affair (R31)."""

    def admitted(self, call: Call) -> Call:
        self.check_accept(call)
        return super().admitted(call)


class AllowsClockSkew(Variant):
    """Clocks differ; a minute more for the dates of a token is common practice (RFC 7519, 4.1.4)."""

    skew = timedelta(minutes=1)

    def token_has_expired(self, claims: Claims, call: Call) -> bool:
        return super().token_has_expired(claims, replace(call, received=call.received - self.skew))

    def token_is_not_yet_valid(self, claims: Claims, call: Call) -> bool:
        return super().token_is_not_yet_valid(claims, replace(call, received=call.received + self.skew))


# --- windows (R12-R15) ------------------------------------------------------------------------------------


class DayStartsInUtc(Variant):
    """64 does not say where the current date begins (R14)."""

    def default_start(self, call: Call) -> datetime:
        return call.received.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


class DefaultIsTheLast24Hours(Variant):
    """64 does not say where the current date begins (R14)."""

    def default_start(self, call: Call) -> datetime:
        return call.received - timedelta(hours=24)


class OldestEdgeIsGenerous(Variant):
    """180 days may be counted from the end of today and in whole days (R12)."""

    def window_starts_too_early(self, window: Window, call: Call) -> bool:
        return window.start < call.received - timedelta(days=181, hours=12)


class OldestEdgeIsStrict(Variant):
    """180 days may be counted with today as the first of them (R12)."""

    def window_starts_too_early(self, window: Window, call: Call) -> bool:
        return window.start < call.received - timedelta(days=179, hours=12)


class LongestWindowIsGenerous(Variant):
    """90 days may be counted in whole days (R13)."""

    def window_is_too_long(self, window: Window, call: Call) -> bool:
        return window.end - window.start > timedelta(days=90, hours=12)


class WindowEndIsExclusive(Variant):
    """Whether an item exactly at `to` belongs to the answer is not said (R15)."""

    def transaction_is_early_enough(self, transaction: StoredTransaction, window: Window) -> bool:
        return self.moment_of(transaction) < window.end

    def opened_early_enough(self, account: StoredAccount, opened: OpeningRange) -> bool:
        return opened.end is None or account.opened < opened.end


# --- the form of values (10, R06, R25, R33) ---------------------------------------------------------------


class DatesInUtc(Variant):
    """`Z` is a zone (10)."""

    offset_hours = None


class DatesWithMixedOffsets(Variant):
    """Kazakhstan changed its zone on 2024-03-01; offsets may differ inside one answer (R33)."""

    def date_time_json(self, moment: datetime) -> str:
        return date_time_text(moment, (5, 6, None)[moment.minute % 3])


class DatesWithNineDigits(Variant):
    """A fraction may have any length (R33)."""

    def date_time_json(self, moment: datetime) -> str:
        moment = moment.astimezone(UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}000+00:00"


class UpperCaseIds(Variant):
    """A UUID may be written in capitals (RFC 4122, 3)."""

    def account_id_text(self, account: StoredAccount) -> str:
        return account.account_id.upper()


class OldestFirst(Variant):
    """The order of a list is not said (R25)."""

    def ordered_accounts(self, accounts: Sequence[StoredAccount]) -> Sequence[StoredAccount]:
        return super().ordered_accounts(accounts)[::-1]

    def ordered_transactions(self, transactions: Sequence[StoredTransaction]) -> Sequence[StoredTransaction]:
        return super().ordered_transactions(transactions)[::-1]


class OrderedById(Variant):
    """The order of a list is not said, and need not follow time (R25)."""

    def ordered_accounts(self, accounts: Sequence[StoredAccount]) -> Sequence[StoredAccount]:
        return sorted(accounts, key=lambda account: account.account_id)

    def ordered_transactions(self, transactions: Sequence[StoredTransaction]) -> Sequence[StoredTransaction]:
        return sorted(transactions, key=lambda transaction: transaction.transaction_id)


# --- HTTP and JSON (8, 41, R32) ---------------------------------------------------------------------------


class ServesHeadAndOptions(Variant):
    """HEAD and OPTIONS may be served (R32)."""

    def method_is_allowed(self, call: Call) -> bool:
        return call.request.method in ("GET", "HEAD")

    def answer(self, request: Request) -> Reply:
        if request.method == "OPTIONS":
            self.call_of(request, self.clock())
            return self.reply(200, self.render_json({}), request, (("Allow", "GET, HEAD, OPTIONS"),))
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


class AsksToWaitLonger(Variant):
    """Any whole number of seconds from 1 on will do, if the next request is then served (R11)."""

    def retry_after(self, wait: float) -> str:
        return str(int(super().retry_after(wait)) + 1)


class PrettyPrinted(Variant):
    """White space between JSON tokens means nothing (RFC 7158, 2)."""

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return (json.dumps(value, ensure_ascii=False, indent=4) + "\n").encode("utf-8")


class EscapedAndReversed(Variant):
    """Characters may be escaped, and members stand in any order (RFC 7158, 4 and 7)."""

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return json.dumps(_reversed(value), ensure_ascii=True).encode("ascii")


def _resource_not_found() -> Refusal:
    return Refusal(400, ErrorCode.RESOURCE_NOT_FOUND, "accountId: no such account")


def _is_beyond(matching: Sequence[Any], paging: Paging) -> bool:
    """The first page always exists, also of an empty list (R35)."""
    return paging.number > 1 and paging.start >= len(matching)


def _reversed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _reversed(member) for name, member in reversed(list(value.items()))}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


VARIANTS: Mapping[str, type[Provider]] = {
    variant.__name__: variant for variant in (*Variant.__subclasses__(), *THIN_DATA)
}
