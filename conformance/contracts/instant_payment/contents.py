"""instant-payment validate-payee, validate-payer, make-payment, get-payment: what each signed object must hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta, tzinfo
from decimal import Decimal
from typing import Any

from conformance.contracts.instant_payment.book import Book, RegisteredBank
from conformance.contracts.instant_payment.call import Call, Refusal, invalid
from conformance.contracts.instant_payment.wire import (
    CERTIFICATES,
    KEYS,
    MANDATORY,
    OPTIONAL,
    RECEIVER_KEY,
    Operation,
    RequestDate,
    data_member,
    read_date,
)
from conformance.crypto import compact, jwe
from conformance.crypto.compact import BadEnvelope
from conformance.crypto.keys import rsa_public

_AMOUNT = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]{1,2})?")
_LARGEST_AMOUNT = 2**53


class ContentRules:
    """Members, dates, amounts, and what can be seen of encrypted values without their keys."""

    book: Book
    zone: tzinfo
    tolerance: timedelta | None
    currencies: Collection[str]

    def check_contents(self, call: Call) -> None:
        """What is signed, but for date and parties; raises Refusal. Unknown members are ignored (IR17)."""
        for name in self.mandatory_members(call.operation):
            if self.member_is_missing(name, call.members):
                raise invalid(name, "is missing")
        for name in (*MANDATORY[call.operation], *OPTIONAL[call.operation]):
            if name in call.members:
                self.check_member(name, call.members[name], "object" if name == "payment_info" else "text")
        self.check_payment_id(call)
        self.check_keys(call)
        self.check_data(call)
        if call.operation is Operation.MAKE_PAYMENT:
            self.check_payment_info(call.members["payment_info"])

    # --- members (CONTENT-01 to -04, -07, METHODS-05) ---------------------------------------------------------

    def mandatory_members(self, operation: Operation) -> Collection[str]:
        """CONTENT-01, METHODS-05: the encrypted keys may be left out of Make a Payment (IE10)."""
        return MANDATORY[operation]

    def member_is_missing(self, name: str, members: Mapping[str, Any]) -> bool:
        """CONTENT-01, also of payment_info."""
        return name not in members

    def check_member(self, name: str, value: object, kind: str) -> None:
        """One member that is there: neither null nor of another type nor empty."""
        if value is None:
            if self.null_is_refused(name):
                raise invalid(name, "is null")
        elif not self.member_has_its_type(name, value, kind):
            raise invalid(name, f"is no {kind}")
        elif self.member_is_empty(name, value):
            raise invalid(name, "is empty")

    def null_is_refused(self, name: str) -> bool:
        """CONTENT-03."""
        return True

    def member_has_its_type(self, name: str, value: object, kind: str) -> bool:
        """CONTENT-04."""
        return isinstance(value, str if kind == "text" else dict)

    def member_is_empty(self, name: str, value: object) -> bool:
        """CONTENT-02."""
        return isinstance(value, str) and not value.strip()

    def check_payment_id(self, call: Call) -> None:
        if call.payment_id and not self.signed_id_is_that_of_the_path(call):
            raise invalid("payment_id", "is not that of the path")

    def signed_id_is_that_of_the_path(self, call: Call) -> bool:
        """CONTENT-07; Validate Payer may sign none (IR08)."""
        return bool(call.members.get("payment_id", call.payment_id) == call.payment_id)

    # --- encrypted values (KEYS-02, ENCRYPTION-01 to -04) -----------------------------------------------------

    def check_keys(self, call: Call) -> None:
        for name in KEYS:
            if name in call.members and self.key_is_unsound(call, name):
                raise invalid(name, "is no Base64 of one RSA block")

    def key_is_unsound(self, call: Call, name: str) -> bool:
        """KEYS-02: standard Base64, as long as the modulus of the bank that it is for (IR28)."""
        bank = self.book.by_certificate(call.members.get(CERTIFICATES[1 if name == RECEIVER_KEY else 0]))
        try:
            block = compact.standard_decoded(call.members[name])
        except BadEnvelope:
            return True
        return len(block) != modulus_bytes(bank) if bank else not block

    def check_data(self, call: Call) -> None:
        name = data_member(call.operation)
        if name is not None and self.data_is_unsound(call.members[name]):
            raise invalid(name, "is no JWE of A256GCMKW and A256GCM")

    def data_is_unsound(self, text: str) -> bool:
        """ENCRYPTION-01 to -04, IR21: as far as it shows without the key."""
        try:
            jwe.read(text)
        except BadEnvelope:
            return True
        return False

    # --- request_date (DATES-01 to -04) -----------------------------------------------------------------------

    def check_date(self, call: Call) -> None:
        date = self.date_of(call.members["request_date"])
        if date is None:
            raise invalid("request_date", "is no date and time")
        if self.tolerance is not None:
            age = call.received - date.moment
            if self.date_is_stale(age, self.tolerance):
                raise invalid("request_date", "is too old")
            if self.date_is_ahead(-age, self.tolerance):
                raise invalid("request_date", "is in the future")

    def date_of(self, text: str) -> RequestDate | None:
        """DATES-01, -04: a zone is heeded; without one it is the gateway's own (IR06)."""
        return read_date(text, self.zone)

    def date_is_stale(self, age: timedelta, tolerance: timedelta) -> bool:
        """DATES-02."""
        return age > tolerance

    def date_is_ahead(self, lead: timedelta, tolerance: timedelta) -> bool:
        """DATES-03."""
        return lead > tolerance

    # --- payment_info (AMOUNTS-01 to -09) ---------------------------------------------------------------------

    def check_payment_info(self, info: Mapping[str, Any]) -> None:
        for name in ("amount", "currency"):
            if self.member_is_missing(name, info):
                raise invalid(name, "is missing")
            self.check_member(name, self.amount_as_text(info[name]) if name == "amount" else info[name], "text")
        self.check_amount(self.amount_as_text(info["amount"]))
        if not self.currency_is_offered(info["currency"]):
            raise invalid("currency", "is not offered")

    def amount_as_text(self, amount: Any) -> Any:
        """AMOUNTS-08: a number is no text, and so refused by its type (IR05)."""
        return amount

    def check_amount(self, text: str) -> None:
        """Raises Refusal for an amount that is none."""
        if not self.amount_is_plain(text):
            raise invalid("amount", "is no plain decimal with at most two decimals")
        if self.amount_is_zero(text):
            raise invalid("amount", "is zero")
        if self.amount_is_too_large(text):
            raise Refusal(400, "LIMIT", "amount is above every limit")

    def amount_is_plain(self, text: str) -> bool:
        """AMOUNTS-02 to -05: digits, and at most two decimals; no sign, exponent or blank."""
        return _AMOUNT.fullmatch(text) is not None

    def amount_is_zero(self, text: str) -> bool:
        """AMOUNTS-01."""
        return Decimal(text) == 0

    def amount_is_too_large(self, text: str) -> bool:
        """AMOUNTS-06."""
        return Decimal(text) > _LARGEST_AMOUNT

    def currency_is_offered(self, code: str) -> bool:
        """AMOUNTS-07, -09: ISO 4217 in capitals (IR34), and one of those that this gateway moves."""
        return code in self.currencies


def modulus_bytes(bank: RegisteredBank) -> int:
    return (rsa_public(bank.key).key_size + 7) // 8
