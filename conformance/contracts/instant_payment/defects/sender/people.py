"""instant-payment validate-payee, validate-payer: payees and payers that are described otherwise."""

from __future__ import annotations

import json
from typing import Any

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import Operation


class SendsMobileAtTheTop(BankClient):
    """Encrypts {"mobile": ...} without the object payee."""

    breaks = "IPG-PEOPLE-01"

    def data(self, payment: Outgoing, operation: Operation) -> Any:
        data = super().data(payment, operation)
        return data["payee"] if operation is Operation.VALIDATE_PAYEE else data


class WritesMobilesWithPlus(BankClient):
    """Writes a plus before the country code."""

    breaks = "IPG-PEOPLE-02"

    def mobile(self, payment: Outgoing) -> str:
        return f"+{payment.mobile}"


class OmitsInitials(BankClient):
    """Leaves the payer's initials out."""

    breaks = "IPG-PEOPLE-03"

    def person(self) -> dict[str, Any]:
        return {name: value for name, value in super().person().items() if not name.startswith("initials")}


class SendsNumbersAsNumbers(BankClient):
    """Sends the payer's personal id as a number."""

    breaks = "IPG-PEOPLE-03"

    def person(self) -> dict[str, Any]:
        return {**super().person(), "personal_id": int(super().person()["personal_id"])}


class NamesNoPayer(BankClient):
    """Encrypts the payer's members without the object payer."""

    breaks = "IPG-PEOPLE-03"

    def data(self, payment: Outgoing, operation: Operation) -> Any:
        data = super().data(payment, operation)
        return data["payer"] if operation is Operation.VALIDATE_PAYER else data


class WritesIsoDates(BankClient):
    """Writes the date of birth as YYYY-MM-DD."""

    breaks = "IPG-PEOPLE-04"

    def person(self) -> dict[str, Any]:
        day, month, year = super().person()["date_of_birth"].split("/")
        return {**super().person(), "date_of_birth": f"{year}-{month}-{day}"}


class WritesMonthFirst(BankClient):
    """Writes the month of birth before the day."""

    breaks = "IPG-PEOPLE-04"

    def person(self) -> dict[str, Any]:
        day, month, year = super().person()["date_of_birth"].split("/")
        return {**super().person(), "date_of_birth": f"{month}/{day}/{year}"}


class WritesBirthdaysToCome(BankClient):
    """Reads the year of birth in the wrong century."""

    breaks = "IPG-PEOPLE-04"

    def person(self) -> dict[str, Any]:
        day, month, year = super().person()["date_of_birth"].split("/")
        return {**super().person(), "date_of_birth": f"{day}/{month}/20{year[2:]}"}


class SwapsScripts(BankClient):
    """Sends the English names as the Georgian ones, and the other way round."""

    breaks = "IPG-PEOPLE-05"

    def person(self) -> dict[str, Any]:
        other = {"ka": "en", "en": "ka"}
        return {f"{name[:-2]}{other[name[-2:]]}" if name[-2:] in other else name: value for name, value in _of(self)}


def _of(client: BankClient) -> list[tuple[str, str]]:
    return list(client.payer.items())


class WritesLastNameFirst(BankClient):
    """Begins the initials with the last name."""

    breaks = "IPG-PEOPLE-06"

    def person(self) -> dict[str, Any]:
        person = super().person()
        for name in ("initials_ka", "initials_en"):
            first, last, _ = person[name].split(".")
            person[name] = f"{last}.{first}."
        return person


class EncryptsUtf16(BankClient):
    """Encrypts its data in UTF-16."""

    breaks = "IPG-PEOPLE-07"

    def data_bytes(self, data: Any) -> bytes:
        return json.dumps(data, ensure_ascii=False).encode("utf-16")


class LosesGeorgianLetters(BankClient):
    """Writes data in ASCII, with question marks for all other letters."""

    breaks = "IPG-PEOPLE-07"

    def data_bytes(self, data: Any) -> bytes:
        return json.dumps(data, ensure_ascii=False).encode("ascii", "replace")
