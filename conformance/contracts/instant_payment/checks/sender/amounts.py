"""instant-payment make-payment: amounts and currencies that a sender confirms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from iso4217 import Currency

from conformance.contracts.instant_payment.inspection import Inspected, Unjudged
from conformance.contracts.instant_payment.received import SenderUnderTest
from conformance.contracts.instant_payment.wire import Operation
from conformance.engine.check import check

_NUMBER = re.compile(r"(?P<minus>-?)(0|[1-9][0-9]*)(\.(?P<decimals>[0-9]+))?(?P<exponent>[eE][+-]?[0-9]{1,3})?")
_LARGEST = 2**53
_CODES = frozenset(currency.code for currency in Currency)


def _number(message: Inspected) -> re.Match[str]:
    """The amount as a number in some notation; what is none is the matter of AMOUNTS-05."""
    found = _NUMBER.fullmatch(message.amount)
    if found is None:
        raise Unjudged("the amount is no decimal number")
    return found


def _judge(sender: SenderUnderTest, subject: str, is_wrong: Callable[[re.Match[str]], bool], fault: str) -> None:
    def rule(message: Inspected) -> Iterator[str]:
        if is_wrong(_number(message)):
            yield fault

    sender.judge(subject, rule, Operation.MAKE_PAYMENT)


@check("IPG-AMOUNTS-01")
def every_amount_is_more_than_nothing(sender: SenderUnderTest) -> None:
    """No confirmation is over zero."""
    _judge(sender, "amounts of zero", lambda number: Decimal(number[0]) == 0, "the amount is zero")


@check("IPG-AMOUNTS-02")
def no_amount_is_negative(sender: SenderUnderTest) -> None:
    """No confirmation is over less than nothing."""
    _judge(sender, "negative amounts", lambda number: bool(number["minus"]), "the amount has a minus")


@check("IPG-AMOUNTS-03")
def every_amount_has_two_decimals_at_most(sender: SenderUnderTest) -> None:
    """No amount has more than two decimals, though they be zeros."""
    _judge(
        sender,
        "amounts with more than two decimals",
        lambda number: len(number["decimals"] or "") > 2 and not number["exponent"],
        "the amount has more than two decimals",
    )


@check("IPG-AMOUNTS-04")
def no_amount_has_an_exponent(sender: SenderUnderTest) -> None:
    """No amount is written with an exponent, a JSON number neither."""
    _judge(sender, "amounts with an exponent", lambda number: bool(number["exponent"]), "the amount has an exponent")


@check("IPG-AMOUNTS-05")
def every_amount_is_a_decimal_number(sender: SenderUnderTest) -> None:
    """Every amount is digits with a dot before its decimals, and nothing that separates or adorns them."""
    sender.judge("amounts that are no decimal number", _is_no_number, Operation.MAKE_PAYMENT)


def _is_no_number(message: Inspected) -> Iterator[str]:
    if not _NUMBER.fullmatch(message.amount):
        yield "the amount is no plain decimal number"


@check("IPG-AMOUNTS-06")
def no_amount_is_beyond_exact_numbers(sender: SenderUnderTest) -> None:
    """No amount is above 2^53, from where on a reader with floating point sees another one."""
    _judge(sender, "amounts above 2^53", lambda number: Decimal(number[0]) > _LARGEST, "the amount is above 2^53")


@check("IPG-AMOUNTS-07")
def every_currency_is_a_known_code(sender: SenderUnderTest) -> None:
    """Every currency is a code of ISO 4217, in capitals (IR34)."""
    sender.judge("currencies that are none", _is_no_currency, Operation.MAKE_PAYMENT)


def _is_no_currency(message: Inspected) -> Iterator[str]:
    if message.currency not in _CODES:
        yield "the currency is no code of ISO 4217"
