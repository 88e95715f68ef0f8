"""Mishaps on the way from an object to JSON: mappers, formats and converters with habits of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.contracts.kz_accounts.bodies import JsonObject
from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.ledger import Ledger, Money, StoredAccount, StoredTransaction
from conformance.contracts.kz_accounts.provider import Provider

# --- numbers ----------------------------------------------------------------------------------------------


class SendsAmountsThroughADouble(Provider):
    """A gateway in JavaScript parses and writes the list anew; the last digits of large balances are lost."""

    symptoms = ("KZA-CONSISTENCY-01",)

    def listed_balance(self, account: StoredAccount) -> int:
        return int(float(self.current_balance(account)))


class WritesAmountsAsJavaDoubles(Provider):
    """Amounts are doubles in Java, which writes 10001 as 10001.0 and ten million as 1.0E7."""

    symptoms = ("KZA-SHAPE-02", "KZA-SHAPE-03", "KZA-SHAPE-05")

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        text = super().render_json(value).decode("utf-8")
        return re.sub(r'("(?:amount|\w+Balance)":)(-?\d+)', _as_java_double, text).encode("utf-8")


def _as_java_double(match: re.Match[str]) -> str:
    value = float(match[2])
    if abs(value) < 10_000_000:
        return f"{match[1]}{value!r}"
    digits, _, exponent = f"{value:.16e}".partition("e")
    digits = digits.rstrip("0")
    return f"{match[1]}{digits + '0' if digits.endswith('.') else digits}E{int(exponent)}"


class WritesAmountsInWholeUnits(Provider):
    """Amounts of transactions are decimals of the main unit, as the screen of the mobile bank shows them."""

    symptoms = ("KZA-SHAPE-05",)

    def amount_json(self, money: Money) -> JsonObject:
        return {**super().amount_json(money), "amount": float(f"{money.amount / 100:.2f}")}


class DividesByAnEmptyLimit(Provider):
    """A computed member is not a number where its divisor is 0, and the serializer writes NaN."""

    symptoms = ("KZA-SHAPE-03", "KZA-SHAPE-11")

    def balance_json(self, account: StoredAccount, call: Call) -> JsonObject:
        body = super().balance_json(account, call)
        return {**body, "availableBalance": float("nan")} if account.current == 0 else body

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


# --- texts ------------------------------------------------------------------------------------------------


class EscapesNothing(Provider):
    """Answers are put together by concatenation, so that a quote in the name of a shop ends the text."""

    symptoms = ("KZA-SHAPE-11",)

    def holdings(self, ledger: Ledger) -> Ledger:
        return replace(ledger, accounts=tuple(map(_with_a_quoted_name, ledger.accounts)))

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return super().render_json(value).replace(b'\\"', b'"')


def _with_a_quoted_name(account: StoredAccount) -> StoredAccount:
    items = tuple(
        replace(item, description='Дүкен "Үлгі"') if index % 10 == 4 else item
        for index, item in enumerate(account.transactions)
    )
    return replace(account, transactions=items)


class EscapesForHtmlAsWell(Provider):
    """A filter against scripts turns quotes and signs of every text into entities, also inside JSON."""

    symptoms = ("KZA-DATES-02",)

    def date_time_json(self, moment: Any) -> str:
        return super().date_time_json(moment).replace("+", "&#43;")


class CutsTextsByBytes(Provider):
    """Texts are cut to the 70 bytes of a column, in the middle of a letter where it so happens."""

    symptoms = ("KZA-SHAPE-11",)

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return _TEXT.sub(lambda match: match[1] + match[2][:71] + match[3], super().render_json(value))


_TEXT = re.compile(rb'("description":")([^"]{71,})(")')

# --- members without value --------------------------------------------------------------------------------


class SendsNullsFromOneService(Provider):
    """Three services share a contract but not the setting of the serializer: transactions come with nulls."""

    symptoms = ("KZA-EMPTY-03",)

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> JsonObject:
        body = super().transaction_json(transaction, account, call)
        return {**dict.fromkeys(("documentNumber", "chargeAmount", "creditorAgent")), **body}


class SendsEmptyTextsFromTheMainframe(Provider):
    """Fields of fixed width arrive padded with blanks, and an absent one as blanks alone."""

    symptoms = ("KZA-EMPTY-01",)

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> JsonObject:
        body = super().transaction_json(transaction, account, call)
        return {**body, "documentNumber": f"{body.get('documentNumber', ''):<12}"}


class LeavesOutDefaultValues(Provider):
    """The serializer leaves out every member that has its default value: 0, false and the empty list."""

    symptoms = (
        "KZA-EMPTY-02",
        "KZA-EMPTY-04",
        "KZA-SHAPE-02",
        "KZA-SHAPE-03",
        "KZA-SHAPE-04",
        "KZA-SHAPE-05",
        "KZA-SHAPE-09",
        "KZA-SHAPE-10",
    )

    def success_reply(self, value: Any, request: Any) -> Any:
        return super().success_reply(_without_defaults(value), request)


class TranscodesFromProtobuf(Provider):
    """A gateway turns gRPC into JSON by the rules of protobuf: int64 become texts, default values are left out."""

    symptoms = (
        "KZA-EMPTY-02",
        "KZA-EMPTY-04",
        "KZA-SHAPE-02",
        "KZA-SHAPE-03",
        "KZA-SHAPE-04",
        "KZA-SHAPE-05",
        "KZA-SHAPE-09",
        "KZA-SHAPE-10",
    )

    def success_reply(self, value: Any, request: Any) -> Any:
        return super().success_reply(_with_texts_for_int64(_without_defaults(value)), request)


def _without_defaults(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_defaults(item) for item in value]
    if not isinstance(value, dict):
        return value
    members = {name: _without_defaults(member) for name, member in value.items()}
    return {name: member for name, member in members.items() if member not in (0, False, "", []) or member == {}}


def _with_texts_for_int64(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_texts_for_int64(item) for item in value]
    if isinstance(value, dict):
        return {name: _with_texts_for_int64(member) for name, member in value.items()}
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class ConvertsFromXml(Provider):
    """A converter turns the XML of a SOAP service into JSON: one element is no list, and none is nothing."""

    symptoms = ("KZA-EMPTY-02", "KZA-EMPTY-04", "KZA-SHAPE-01", "KZA-SHAPE-03")

    def success_reply(self, value: Any, request: Any) -> Any:
        return super().success_reply(_from_xml(value), request)


def _from_xml(value: Any) -> Any:
    if isinstance(value, dict):
        members = {name: _from_xml(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not None}
    if isinstance(value, list):
        items = [_from_xml(item) for item in value]
        return items if len(items) > 1 else (items[0] if items else None)
    return value


class WritesAnUnmappedType(Provider):
    """The core learnt a new kind of operation that the mapper does not know; its name goes out as it is."""

    symptoms = ("KZA-SHAPE-07",)

    def transaction_json(self, transaction: StoredTransaction, account: StoredAccount, call: Call) -> JsonObject:
        body = super().transaction_json(transaction, account, call)
        return {**body, "type": "CASHBACK_V2"} if body["type"] == "BONUS" else body
