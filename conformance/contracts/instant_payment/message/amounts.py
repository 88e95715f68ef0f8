"""instant-payment make-payment: amount and currency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from iso4217 import Currency

from conformance.contracts.instant_payment.message.forms import shown
from conformance.contracts.instant_payment.message.notebook import Notebook

_PLAIN = re.compile(r"(?P<minus>-?)(0|[1-9][0-9]*)(\.(?P<decimals>[0-9]+))?")
_WITH_EXPONENT = re.compile(r"(?P<minus>-?)[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+")
_LARGEST = 2**53
_AMOUNT_RULES = tuple(f"IPG-AMOUNTS-0{number}" for number in range(1, 7))
_PLACE = "payment_info.amount"


def judge_amounts(sound: Mapping[str, Any], note: Notebook) -> None:
    """IPG-AMOUNTS-01 to -07; `sound` are the members that are there with their type and something in them."""
    amount, currency = sound.get(_PLACE), sound.get("payment_info.currency")
    if amount is None:
        note.unknown(_AMOUNT_RULES, _PLACE, "there is none to look at")
    else:
        _judge_amount(amount, note)
    if currency is None:
        note.unknown(["IPG-AMOUNTS-07"], "payment_info.currency", "there is none to look at")
    else:
        known = currency in {item.code for item in Currency}
        note.judge("IPG-AMOUNTS-07", "payment_info.currency", known, "a code of ISO 4217, in capitals", shown(currency))


def _judge_amount(amount: str, note: Notebook) -> None:
    plain, with_exponent = _PLAIN.fullmatch(amount), _WITH_EXPONENT.fullmatch(amount)
    found = plain or with_exponent
    seen = shown(amount)
    if found is None:
        note.wrong("IPG-AMOUNTS-05", _PLACE, 'a plain decimal number like "10.50"', seen)
        others = [rule for rule in _AMOUNT_RULES if rule != "IPG-AMOUNTS-05"]
        note.unknown(others, _PLACE, "the amount cannot be read as a number")
        return
    note.right("IPG-AMOUNTS-05", _PLACE, seen)
    note.judge("IPG-AMOUNTS-04", _PLACE, with_exponent is None, "no exponent", seen)
    note.judge("IPG-AMOUNTS-02", _PLACE, not found["minus"], "no minus", seen)
    note.judge(
        "IPG-AMOUNTS-01", _PLACE, re.search(r"[1-9]", re.split("[eE]", amount)[0]) is not None, "above zero", seen
    )
    note.judge("IPG-AMOUNTS-06", _PLACE, not _is_too_large(amount), f"at most {_LARGEST} (2^53)", seen)
    if plain is None:
        note.unknown(["IPG-AMOUNTS-03"], _PLACE, "the amount is written with an exponent")
    else:
        decimals = len(plain["decimals"] or "")
        actual = f"{decimals} in {seen}"
        note.judge("IPG-AMOUNTS-03", _PLACE, decimals <= 2, "at most two decimals", actual)


def _is_too_large(amount: str) -> bool:
    try:
        return Decimal(amount) > _LARGEST
    except InvalidOperation:  # an exponent of more digits than Decimal reads
        return not re.search(r"[eE]-", amount)
