"""kz-accounts 44, A1, R01-R03: how a refusal looks, and what an account that cannot be read is answered with."""

from __future__ import annotations

from typing import Any

from conformance.contracts.kz_accounts.call import Call, Refusal, invalid
from conformance.contracts.kz_accounts.ledger import StoredAccount
from conformance.contracts.kz_accounts.routing import UUID_TEXT
from conformance.contracts.kz_accounts.variants.variant import Variant
from conformance.contracts.kz_accounts.wire import ErrorCode

# --- bodies of errors (44, A1.2, A3) --------------------------------------------------------------------


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


class OwnErrorBodies(Variant):
    """Any JSON object will do on other errors than 400 and 500, such as the one of a gateway (R01)."""

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        if refusal.status in (400, 500):
            return super().error_body(refusal)
        return {"error": "refused", "error_description": refusal.description, "status": refusal.status}


# --- accounts that cannot be read (R02, R03) ------------------------------------------------------------


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


class OtherFormsOfIdAreInvalid(Variant):
    """Where ids are UUIDs, any other text is no id at all; balance and transactions may say so (34, R06)."""

    def find_account(self, account_id: str) -> StoredAccount | None:
        if not UUID_TEXT.fullmatch(account_id):
            raise invalid("accountId", "is not a UUID")
        return super().find_account(account_id)


class ClosedAccountsStayReadable(Variant):
    """Only the list is bound to active accounts (46); a closed one may still tell its balance and exist."""

    def account_is_readable(self, account: StoredAccount, call: Call) -> bool:
        return True

    def iban_is_known(self, iban: str) -> bool:
        return self.ledger.account_with_iban(iban) is not None


def _resource_not_found() -> Refusal:
    return Refusal(400, ErrorCode.RESOURCE_NOT_FOUND, "accountId: no such account")
