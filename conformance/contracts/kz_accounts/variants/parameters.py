"""kz-accounts 34, 40, 49, 64, 68, R05, R16-R18, R36: parameters that may be read or refused in more than one way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.contracts.kz_accounts.call import Call, Operation, Refusal, invalid
from conformance.contracts.kz_accounts.pages import Paging
from conformance.contracts.kz_accounts.routing import UUID_TEXT
from conformance.contracts.kz_accounts.variants.variant import Variant
from conformance.contracts.kz_accounts.wire import AccountType, ErrorCode, Scope


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


class RefusesTokensInTheUrl(Variant):
    """What nobody knows is ignored, but a token in the query is refused at once (29, R17)."""

    def check_parameter_names(self, call: Call) -> None:
        if any(name in ("access_token", "token", "Authorization") for name, _ in call.parameters):
            raise Refusal(400, ErrorCode.FIELD_INVALID, "query has a parameter that does not belong there")


class IbanInAnyCase(Variant):
    """An IBAN on paper knows no case; whether small letters are understood is not said (R18)."""

    def iban_is_known(self, iban: str) -> bool:
        return super().iban_is_known(iban.upper())


class ExistsNeedsAScope(Variant):
    """Which scope `exists` needs is not said (R18): the one for the list of accounts is as good as none."""

    def required_scope(self, call: Call) -> Scope | None:
        return super().required_scope(call) or Scope.ACCOUNTS


def _is_beyond(matching: Sequence[Any], paging: Paging) -> bool:
    """The first page always exists, also of an empty list (R35)."""
    return paging.number > 1 and paging.start >= len(matching)
