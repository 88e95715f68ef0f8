"""imts fees, create: what the members of a request may be."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from conformance.contracts.imts.call import Call, Refusal, invalid
from conformance.contracts.imts.wire import FEES_MEMBERS, LENGTHS, Number

_AMOUNT = re.compile(r"(0|[1-9]\d{0,10})(\.\d{1,4})?", re.ASCII)  # 15.4: fifteen digits, four of them decimals


class ContentRules:
    """Mandatory members, their kinds, lengths and sets of values."""

    countries: Collection[str] = ("KAZ", "GEO", "UZB", "KGZ")
    currencies: Collection[str] = ("USD", "EUR", "KZT", "GEL")

    def check_fees(self, call: Call) -> None:
        """FEES: five members, all required."""
        for name in FEES_MEMBERS:
            self.check_required(call.members, name)
        self.check_quote(call.members)

    def check_quote(self, members: Mapping[str, Any]) -> None:
        self.check_originator_type(members)
        self.check_country(members)
        self.check_amount(members)
        self.check_currency(members, "currency_source")
        self.check_currency(members, "currency_target")

    def check_required(self, members: Mapping[str, Any], name: str) -> None:
        if self.is_absent(members, name):
            raise invalid(name, "is missing")

    def is_absent(self, members: Mapping[str, Any], name: str) -> bool:
        return members.get(name) in (None, "")

    def text(self, members: Mapping[str, Any], name: str) -> str:
        value = members[name]
        if not isinstance(value, str):
            raise invalid(name, "is no text")
        if self.is_too_long(name, value):
            raise invalid(name, "is too long")
        return value

    def is_too_long(self, name: str, value: str) -> bool:
        return len(value) > LENGTHS.get(name, len(value))

    def check_originator_type(self, members: Mapping[str, Any]) -> None:
        if self.text(members, "originator_type") not in ("person", "business"):
            raise invalid("originator_type", "is neither person nor business")

    def check_country(self, members: Mapping[str, Any]) -> None:
        if not self.country_is_served(self.text(members, "target_country")):
            raise invalid("target_country", "is no country that transfers go to (ISO 3166-1 alpha-3)")

    def country_is_served(self, text: str) -> bool:
        return text in self.countries

    def check_amount(self, members: Mapping[str, Any]) -> None:
        value = members["amount_source"]
        if not self.amount_is_a_number(value):
            raise invalid("amount_source", "is no number")
        text = value.text if isinstance(value, Number) else str(value)
        if not self.amount_fits(text):
            raise invalid("amount_source", "is no positive number of at most fifteen digits, four of them decimals")
        if not self.amount_is_positive(text):
            raise invalid("amount_source", "is not above zero")

    def amount_is_a_number(self, value: Any) -> bool:
        return isinstance(value, Number)

    def amount_fits(self, text: str) -> bool:
        return _AMOUNT.fullmatch(text) is not None

    def amount_is_positive(self, text: str) -> bool:
        return Decimal(text) > 0

    def check_currency(self, members: Mapping[str, Any], name: str) -> None:
        if not self.currency_is_offered(self.text(members, name)):
            raise invalid(name, "is no currency that is offered (ISO 4217)")

    def currency_is_offered(self, text: str) -> bool:
        return text in self.currencies

    # --- create -----------------------------------------------------------------------------------------------

    def check_create(self, call: Call) -> None:
        """CREATE: the members that the source names."""
        for name in ("client_uuid", "destination_type", "destination_identifier", "target_country"):
            self.check_required(call.members, name)
        self.text(call.members, "client_uuid")
        self.check_destination(call.members)
        self.check_quote(call.members)
        if not self.is_absent(call.members, "target_agent_id"):
            self.check_target_agent(call, self.text(call.members, "target_agent_id"))

    def check_destination(self, members: Mapping[str, Any]) -> None:
        kind = self.text(members, "destination_type")
        if not self.destination_type_is_known(kind):
            raise invalid("destination_type", "is none of phone, iban, pan")
        self.text(members, "destination_identifier")

    def destination_type_is_known(self, kind: str) -> bool:
        return kind in ("phone", "iban", "pan")

    def check_target_agent(self, call: Call, agent_id: str) -> None:
        if not self.agent_is_known(agent_id):
            raise Refusal(404, "AGENT", "target_agent_id: is no agent")

    def agent_is_known(self, agent_id: str) -> bool:
        raise NotImplementedError
