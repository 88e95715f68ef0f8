"""imts fees: systems that answer questions which they should refuse, or answer them in two ways."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from conformance.contracts.imts.call import Call, invalid
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.wire import Number


class TellsNegativeFees(System):
    """Takes a discount from businesses that is larger than the fee."""

    breaks = "IMTS-FEES-01"

    def fee_shown(self, members: Mapping[str, Any], fee: str) -> dict[str, Any]:
        shown = super().fee_shown(members, fee)
        return {**shown, "fee": f"-{fee}"} if members["originator_type"] == "business" else shown


class QuotesPersonsOnly(System):
    """Knows no fees of businesses."""

    breaks = "IMTS-FEES-01"

    def check_fees(self, call: Call) -> None:
        super().check_fees(call)
        if call.members["originator_type"] == "business":
            raise invalid("originator_type", "has no fees yet")


class QuotesWithoutACountry(System):
    """Takes a question without target_country for one about its own country."""

    breaks = "IMTS-FEES-02"

    def check_fees(self, call: Call) -> None:
        super().check_fees(replace(call, members={"target_country": "KAZ", **call.members}))


class QuotesWithoutACurrency(System):
    """Takes a question without currency_target for one in the currency of the sender."""

    breaks = "IMTS-FEES-02"

    def check_fees(self, call: Call) -> None:
        same = {"currency_target": call.members["currency_source"]} if "currency_source" in call.members else {}
        super().check_fees(replace(call, members={**same, **call.members}))


class QuotesWhoever(System):
    """Takes every sender that is no business for a person."""

    breaks = "IMTS-FEES-03"

    def check_originator_type(self, members: Mapping[str, Any]) -> None:
        self.text(members, "originator_type")


class LooksAtTheStartOfTheType(System):
    """Takes whatever begins with the word for a person."""

    breaks = "IMTS-FEES-03"

    def check_originator_type(self, members: Mapping[str, Any]) -> None:
        if not self.text(members, "originator_type").startswith("person"):
            super().check_originator_type(members)


class QuotesForAlpha2Codes(System):
    """Reads the two letters of a country, too, where fees are asked for."""

    breaks = "IMTS-FEES-04"

    def check_fees(self, call: Call) -> None:
        known = {"KZ": "KAZ", "398": "KAZ"}
        country = call.members.get("target_country")
        changed = {"target_country": known[country]} if isinstance(country, str) and country in known else {}
        super().check_fees(replace(call, members={**call.members, **changed}))


class QuotesForNoCountry(System):
    """Has one tariff for the whole world, and never looks at the country of a question."""

    breaks = "IMTS-FEES-04"

    def check_fees(self, call: Call) -> None:
        self.check_required(call.members, "target_country")
        super().check_fees(replace(call, members={**call.members, "target_country": "KAZ"}))


class CutsCurrencies(System):
    """Reads the first three characters of a currency."""

    breaks = "IMTS-FEES-05"

    def is_too_long(self, name: str, value: str) -> bool:
        return super().is_too_long(name, value[:3] if name.startswith("currency_") else value)

    def currency_is_offered(self, text: str) -> bool:
        return super().currency_is_offered(text[:3])


class QuotesInAnyCurrency(System):
    """Looks at no currency."""

    breaks = "IMTS-FEES-05"

    def is_too_long(self, name: str, value: str) -> bool:
        return not name.startswith("currency_") and super().is_too_long(name, value)

    def currency_is_offered(self, text: str) -> bool:
        return True


class ReadsCommasAsPoints(System):
    """Takes a text with a comma for an amount."""

    breaks = "IMTS-FEES-06"

    def check_amount(self, members: Mapping[str, Any]) -> None:
        if members["amount_source"] != "100,50":
            super().check_amount(members)


class TakesWordsForZeroAmounts(System):
    """Reads what is no number as one, as some languages do."""

    breaks = "IMTS-FEES-06"

    def check_amount(self, members: Mapping[str, Any]) -> None:
        if isinstance(members["amount_source"], Number):
            super().check_amount(members)


class RoundsAmounts(System):
    """Takes an amount with more decimals than the source has, and rounds it."""

    breaks = "IMTS-FEES-07"

    def amount_fits(self, text: str) -> bool:
        return super().amount_fits(text) or super().amount_fits(f"{Decimal(text):.4f}")


class TakesAmountsOfAnySize(System):
    """Has no largest amount."""

    breaks = "IMTS-FEES-07"

    def amount_fits(self, text: str) -> bool:
        return super().amount_fits(text) or text.isdigit()


class QuotesForNothing(System):
    """Tells the fee of an amount of zero."""

    breaks = "IMTS-FEES-08"

    def amount_is_positive(self, text: str) -> bool:
        return True


class QuotesForLessThanNothing(System):
    """Takes the sign off an amount."""

    breaks = "IMTS-FEES-08"

    def amount_fits(self, text: str) -> bool:
        return super().amount_fits(text.removeprefix("-"))

    def amount_is_positive(self, text: str) -> bool:
        return Decimal(text) != 0


class KeepsTheTariffOfTheLastQuestion(System):
    """Reuses the rate of whoever asked before, once."""

    breaks = "IMTS-FEES-09"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._last = ""
        self._last_lock = threading.Lock()

    def fee_shown(self, members: Mapping[str, Any], fee: str) -> dict[str, Any]:
        with self._last_lock:
            kind, self._last = self._last, str(members["originator_type"])
        return super().fee_shown(members, "9.99" if kind == "business" and self._last == "person" else fee)
