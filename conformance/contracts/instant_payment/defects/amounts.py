"""Gateways that send amounts which are none, or not the amount that was signed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from conformance.contracts.instant_payment.call import Call, Refusal
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway


class AcceptsZero(Gateway):
    """Sends nothing at all, and calls it a payment."""

    breaks = "IPG-AMOUNTS-01"

    def amount_is_zero(self, text: str) -> bool:
        return False


class AcceptsNegativeAmounts(Gateway):
    """Lets the sender bank take money from the payee."""

    breaks = "IPG-AMOUNTS-02"

    def amount_is_plain(self, text: str) -> bool:
        return super().amount_is_plain(text.removeprefix("-"))


class RoundsAmounts(Gateway):
    """Cuts an amount to the decimals that it knows."""

    breaks = "IPG-AMOUNTS-03"

    def check_amount(self, text: str) -> None:
        super().check_amount(re.sub(r"(?<=\.\d\d)\d+$", "", text))


class ReadsExponents(Gateway):
    """Takes every number that its library writes."""

    breaks = "IPG-AMOUNTS-04"

    def check_amount(self, text: str) -> None:
        is_scientific = re.fullmatch(r"\d+(\.\d+)?[eE][+-]?\d+", text)
        super().check_amount(f"{Decimal(text):.2f}" if is_scientific else text)


class ReadsNaN(Gateway):
    """Never asks whether a number is one; NaN is neither zero nor too large."""

    breaks = "IPG-AMOUNTS-05"

    def check_amount(self, text: str) -> None:
        if text != "NaN":
            super().check_amount(text)


class ReadsCommas(Gateway):
    """Takes a comma for a point."""

    breaks = "IPG-AMOUNTS-05"

    def check_amount(self, text: str) -> None:
        super().check_amount(text.replace(",", "."))


class ReadsForeignDigits(Gateway):
    """Takes whatever Unicode calls a digit."""

    breaks = "IPG-AMOUNTS-05"

    def amount_is_plain(self, text: str) -> bool:
        return re.fullmatch(r"(0|[^\D0]\d*)(\.\d{1,2})?", text) is not None


class OverlooksTheEndOfALine(Gateway):
    """Holds an amount to an expression whose end is that of the line."""

    breaks = "IPG-AMOUNTS-05"

    def amount_is_plain(self, text: str) -> bool:
        return super().amount_is_plain(text.removesuffix("\n"))


class ReadsAmountsAsFloat(Gateway):
    """Compares binary numbers, and so takes 2^53 + 1 for 2^53."""

    breaks = "IPG-AMOUNTS-06"

    def amount_is_too_large(self, text: str) -> bool:
        return float(text) > 2**53


class LooksForTheLimitTooLate(Gateway):
    """Refuses an amount that is too large once it is on its way."""

    breaks = "IPG-AMOUNTS-06"

    def amount_is_too_large(self, text: str) -> bool:
        return False

    def take_confirmation(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        super().take_confirmation(call, payment, request_id)
        if super().amount_is_too_large(call.members["payment_info"]["amount"]):
            raise Refusal(400, "LIMIT", "amount is above every limit")


class AcceptsAnyThreeLetters(Gateway):
    """Takes three capital letters for a currency."""

    breaks = "IPG-AMOUNTS-07"

    def currency_is_offered(self, code: str) -> bool:
        return re.fullmatch("[A-Z]{3}", code) is not None


class AcceptsSmallLetters(Gateway):
    """Takes a currency in small letters."""

    breaks = "IPG-AMOUNTS-07"

    def currency_is_offered(self, code: str) -> bool:
        return super().currency_is_offered(code.upper())


class _ReadsNumbers(Gateway):
    """Takes a number for the text of it."""

    def amount_as_text(self, amount: Any) -> Any:
        is_number = isinstance(amount, int | Decimal) and not isinstance(amount, bool)
        return str(amount) if is_number else amount


class TakesNumbersAsMinorUnits(_ReadsNumbers):
    """Takes a number in place of the text for hundredths: 10.5 becomes 0.10."""

    breaks = "IPG-AMOUNTS-08"

    def amount_shown(self, amount: Any) -> Any:
        return super().amount_shown(amount if isinstance(amount, str) else f"{int(amount) / 100:.2f}")


class RefusesNumbersTooLate(_ReadsNumbers):
    """Sends a number in place of the text, and then refuses it."""

    breaks = "IPG-AMOUNTS-08"

    def take_confirmation(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        super().take_confirmation(call, payment, request_id)
        if not isinstance(call.members["payment_info"]["amount"], str):
            raise Refusal(400, "INVALID", "amount is no text")


class KnowsOneCurrency(Gateway):
    """Offers several currencies, and takes the first."""

    breaks = "IPG-AMOUNTS-09"

    def currency_is_offered(self, code: str) -> bool:
        return code == next(iter(self.currencies))
