"""Providers that know wrongly whether an account exists."""

from __future__ import annotations

from typing import Any

from conformance.contracts.kz_accounts.call import Call, Refusal, not_found
from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.wire import ErrorCode


class DeniesEveryAccount(Provider):
    """Says of every account that it does not exist."""

    breaks = "KZA-EXISTS-01"

    def iban_is_known(self, iban: str) -> bool:
        return False


class DoesNotFindExistingAccounts(Provider):
    """Answers 404 for accounts that exist."""

    breaks = "KZA-EXISTS-01"

    def iban_is_known(self, iban: str) -> bool:
        if super().iban_is_known(iban):
            raise not_found("account")
        return False


class ConfirmsEveryAccount(Provider):
    """Says of every account that it exists."""

    breaks = "KZA-EXISTS-02"

    def iban_is_known(self, iban: str) -> bool:
        return True


class DoesNotFindMissingAccounts(Provider):
    """Answers 404 where no account exists."""

    breaks = "KZA-EXISTS-02"

    def iban_is_known(self, iban: str) -> bool:
        if len(iban) == 20 and iban.isalnum() and not super().iban_is_known(iban):
            raise not_found("account")
        return super().iban_is_known(iban)


class DeniesIbansOfAnyLength(Provider):
    """Answers false for an IBAN that is too long."""

    breaks = "KZA-EXISTS-03"

    def iban_is_too_long(self, iban: str) -> bool:
        return False


class AllowsIbansOfFifty(Provider):
    """Takes up to 50 characters for an IBAN."""

    breaks = "KZA-EXISTS-03"

    def iban_is_too_long(self, iban: str) -> bool:
        return len(iban) > 50


class CallsALongIbanMissing(Provider):
    """Refuses an IBAN that is too long with the code for a missing field."""

    breaks = "KZA-EXISTS-03"

    def iban_is_too_long(self, iban: str) -> bool:
        if len(iban) > 34:
            raise Refusal(400, ErrorCode.FIELD_MISSING, "iban: is too long")
        return False


class IgnoresCheckDigits(Provider):
    """Finds an account without regard to the check digits of its IBAN."""

    breaks = "KZA-EXISTS-04"

    def iban_is_known(self, iban: str) -> bool:
        return any(account.iban[4:] == iban[4:] for account in self.ledger.accounts if account.is_active)


class FindsAccountsByTheStart(Provider):
    """Takes the start of an IBAN for the whole."""

    breaks = "KZA-EXISTS-04"

    def iban_is_known(self, iban: str) -> bool:
        return len(iban) > 5 and any(account.iban.startswith(iban) for account in self.ledger.accounts)


class DropsSigns(Provider):
    """Drops the signs of an IBAN before it looks for the account."""

    breaks = "KZA-EXISTS-04"

    def iban_is_known(self, iban: str) -> bool:
        return super().iban_is_known("".join(filter(str.isalnum, iban)))


class CallsAMalformedIbanUnknown(Provider):
    """Answers 404 to an IBAN with wrong characters."""

    breaks = "KZA-EXISTS-04"

    def iban_is_known(self, iban: str) -> bool:
        if not iban.isascii():
            raise not_found("account")
        return super().iban_is_known(iban)


class CallsAMalformedIbanMissing(Provider):
    """Refuses an IBAN with wrong characters with the code for a missing field."""

    breaks = "KZA-EXISTS-04"

    def iban_is_known(self, iban: str) -> bool:
        if not iban.isalnum():
            raise Refusal(400, ErrorCode.FIELD_MISSING, "iban: is not an IBAN")
        return super().iban_is_known(iban)


class DoesNotFindSmallLetters(Provider):
    """Answers 404 to an IBAN in small letters."""

    breaks = "KZA-EXISTS-05"

    def iban_is_known(self, iban: str) -> bool:
        if iban.islower():
            raise not_found("account")
        return super().iban_is_known(iban)


class CallsSmallLettersMissing(Provider):
    """Refuses an IBAN in small letters with the code for a missing field."""

    breaks = "KZA-EXISTS-05"

    def iban_is_known(self, iban: str) -> bool:
        if iban.islower():
            raise Refusal(400, ErrorCode.FIELD_MISSING, "iban: is not in capitals")
        return super().iban_is_known(iban)


class DoesNotPublishTheQuestion(Provider):
    """Has no path for the existence of an account."""

    breaks = "KZA-EXISTS-06"

    def exists_body(self, call: Call) -> dict[str, Any]:
        raise not_found("resource")
