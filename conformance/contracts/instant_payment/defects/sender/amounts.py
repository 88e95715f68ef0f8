"""instant-payment make-payment: amounts and currencies that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contracts.instant_payment.sender import BankClient, Outgoing


class PaysNothing(BankClient):
    """Confirms a payment over nothing."""

    breaks = "IPG-AMOUNTS-01"

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {**super().info(payment), "amount": "0.00"}


class SignsRefunds(BankClient):
    """Confirms a negative amount."""

    breaks = "IPG-AMOUNTS-02"

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {**super().info(payment), "amount": f"-{payment.amount}"}


class SendsTenthsOfACent(BankClient):
    """Confirms an amount with three decimals."""

    breaks = "IPG-AMOUNTS-03"

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {**super().info(payment), "amount": f"{payment.amount}0"}


class WritesExponents(BankClient):
    """Writes amounts with an exponent."""

    breaks = "IPG-AMOUNTS-04"

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {**super().info(payment), "amount": "1.05e1"}


class WritesNumbersWithExponents(BankClient):
    """Writes amounts as JSON numbers with an exponent."""

    breaks = "IPG-AMOUNTS-04"

    def payload(self, members: Mapping[str, Any]) -> bytes:
        return super().payload(members).replace(b'"amount":"10.50"', b'"amount":1.05E1')


class WritesCommas(BankClient):
    """Writes amounts with a comma before the decimals."""

    breaks = "IPG-AMOUNTS-05"

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {**super().info(payment), "amount": payment.amount.replace(".", ",")}


class PaysAstronomically(BankClient):
    """Confirms an amount of sixteen digits."""

    breaks = "IPG-AMOUNTS-06"

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {**super().info(payment), "amount": "9007199254740993.00"}


class WritesCurrencyNames(BankClient):
    """Writes the name of the currency."""

    breaks = "IPG-AMOUNTS-07"

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {**super().info(payment), "currency": "Lari"}


class WritesCurrenciesSmall(BankClient):
    """Writes the code of the currency in small letters (IR34)."""

    breaks = "IPG-AMOUNTS-07"

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {**super().info(payment), "currency": payment.currency.lower()}
