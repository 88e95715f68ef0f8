"""imts fees: what a transfer would cost, asked with five members that are all required."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.judgement import accepted, refused, served
from conformance.contracts.imts.messages import Message
from conformance.contracts.imts.wire import FEES_MEMBERS, Number
from conformance.engine.check import check
from conformance.engine.observation import at_least, expect
from conformance.errors import UnreadableReply


def refused_quotes(partner: Partner, damaged: Mapping[str, Message]) -> None:
    """Assertion: each of these questions is refused, though signed as it should be; the whole one is served before."""
    served("a whole fees message", partner.send(partner.quote()))
    for what, message in damaged.items():
        refused(f"fees with {what}", partner.send(message))


def values(partner: Partner, name: str, *texts: Any) -> None:
    """Assertion: fees with each of these values of a member are refused."""
    shown = {f"{name} {getattr(value, 'text', value)!s}": partner.quote(**{name: value}) for value in texts}
    refused_quotes(partner, shown)


def fee_of(answer: Answer) -> Decimal:
    """The fee that an answer tells, a JSON number or a text of one. Raises UnreadableReply for anything else."""
    found = answer.value("fee")
    try:
        fee = Decimal(str(found)) if not isinstance(found, bool) else Decimal("NaN")
    except InvalidOperation:
        fee = Decimal("NaN")
    if not fee.is_finite():
        raise UnreadableReply("values.fee", "is no number")
    return fee


@check("IMTS-FEES-01")
def a_person_and_a_business_are_told_a_fee(partner: Partner) -> None:
    """The answer tells a fee that is not negative, for either type of sender."""
    for kind in ("person", "business"):
        answer = accepted(f"fees of a {kind}", partner.send(partner.quote(originator_type=kind)))
        expect(f"fee of a {kind}", fee_of(answer), at_least(0), evidence=answer.exchange)


@check("IMTS-FEES-02")
def a_question_without_one_of_its_members_is_refused(partner: Partner) -> None:
    """Each of the five members is left out in turn, and the rest signed; the whole question is served before."""
    served("a whole fees message", partner.send(partner.quote()))
    for name in FEES_MEMBERS:
        refused(f"fees without {name}", partner.send(partner.quote().without(name)))


@check("IMTS-FEES-03")
def another_originator_type_is_refused(partner: Partner) -> None:
    """Only `person` and `business` send; capital letters are not judged (MTR24)."""
    values(partner, "originator_type", "robot", "personage", "business1")


@check("IMTS-FEES-04")
def a_country_that_is_no_alpha_3_code_is_refused(partner: Partner) -> None:
    """The alpha-2 code, the numeric code and a code that ISO 3166-1 will never give to a country (MTR25)."""
    values(partner, "target_country", "KZ", "398", "KAZA", "ZZZ")


@check("IMTS-FEES-05")
def a_currency_that_is_not_three_letters_is_refused(partner: Partner) -> None:
    """Either currency, shorter and longer; which codes are offered is not judged (MTR25)."""
    refused_quotes(
        partner,
        {
            f"{name} {text}": partner.quote(**{name: text})
            for name in ("currency_source", "currency_target")
            for text in ("US", "USDX", "US1")
        },
    )


@check("IMTS-FEES-06")
def an_amount_that_is_no_number_is_refused(partner: Partner) -> None:
    """Words and separators; digits as a text are not judged (MTR26)."""
    values(partner, "amount_source", "ten", "100,50", "1 000", "NaN")


@check("IMTS-FEES-07")
def an_amount_of_too_many_digits_is_refused(partner: Partner) -> None:
    """More than fifteen digits before the point, or more than four behind it (MTR27): not cut, not rounded."""
    values(partner, "amount_source", Number("1234567890123456"), Number("100.12345"))


@check("IMTS-FEES-08")
def an_amount_of_nothing_is_refused(partner: Partner) -> None:
    """Zero, and less than that (MTR28)."""
    values(partner, "amount_source", Number("0"), Number("0.00"), Number(f"-{partner.declaration.fees.amount_source}"))


@check("IMTS-FEES-09")
def equal_questions_have_equal_fees(partner: Partner) -> None:
    """
    The same question twice, right after one of a business; only the salt differs.

    Rates may move in between (MTR29), so that one of three pairs must agree.
    """
    pairs = []
    for _ in range(3):
        served("fees of a business", partner.send(partner.quote(originator_type="business")))
        answers = [served("a good fees message", partner.send(partner.quote())) for _ in range(2)]
        pairs.append([fee_of(answer) for answer in answers])
        if pairs[-1][0] == pairs[-1][1]:
            break
    expect("fee of the second of two equal questions", pairs[-1][1], pairs[-1][0])
