"""instant-payment make-payment, flow: what is no plain positive decimal in a known currency is never sent.

Every confirmation here is good but for its payment_info; the usual amount is accepted on the same payment afterwards.
"""

from __future__ import annotations

import json
from decimal import Decimal

from iso4217 import Currency

from conformance.contracts.instant_payment.attempts import refused_confirmations
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.effects import amount_of, unchanged
from conformance.contracts.instant_payment.judgement import accepted, refused, told_once, took_effect
from conformance.contracts.instant_payment.wire import Status
from conformance.engine.check import check
from conformance.engine.observation import expect


def amounts(bank: SenderBank, *texts: str) -> None:
    """Assertion: a confirmation of each of these amounts is refused, and the usual one accepted afterwards.

    A report names them as JSON does, so that blanks and foreign digits can be told.
    """
    refused_confirmations(
        bank, lambda payment: {f"amount {json.dumps(text)}": bank.confirmation(payment, text) for text in texts}
    )


@check("IPG-AMOUNTS-01")
def an_amount_of_zero_is_refused(bank: SenderBank) -> None:
    """A confirmation over nothing is refused."""
    amounts(bank, "0", "0.00", "-0")


@check("IPG-AMOUNTS-02")
def a_negative_amount_is_refused(bank: SenderBank) -> None:
    """A confirmation over less than nothing is refused, and no amount without the sign is sent in its place."""
    amounts(bank, f"-{bank.declaration.amounts.usual}", "-0.01")


@check("IPG-AMOUNTS-03")
def a_third_decimal_is_refused(bank: SenderBank) -> None:
    """A confirmation with three decimals is refused and not rounded, even where the third one is a zero."""
    amounts(bank, "10.505", "10.500", "0.001")


@check("IPG-AMOUNTS-04")
def an_exponent_is_refused(bank: SenderBank) -> None:
    """An amount in scientific notation is refused, though its value would do."""
    amounts(bank, "1e1", "1.05E1", "1050e-2", "1E+1")


@check("IPG-AMOUNTS-05")
def what_is_no_plain_decimal_is_refused(bank: SenderBank) -> None:
    """
    An amount that only some readers take for a number is refused: words, signs, separators, blanks, other digits.

    Each is something that a common library reads, or reads as another value than its neighbour.
    """
    amounts(
        bank,
        *("NaN", "Infinity", "ten"),
        *("10,50", "1,050.00", "1 000.00", "1_000.00"),
        *("+10.50", " 10.50", "10.50\n", "10.", ".5", "010.50"),
        *("0x0A", "١٠.٥٠"),
    )


@check("IPG-AMOUNTS-06")
def an_amount_beyond_exact_numbers_is_refused(bank: SenderBank) -> None:
    """
    An amount above 2^53 is refused, whether or not its digits survive in a binary number.

    The first of them is 2^53 to whoever reads it as one.
    """
    amounts(bank, f"{2**53 + 1}.00", "9" * 30)


@check("IPG-AMOUNTS-07")
def what_is_no_currency_is_refused(bank: SenderBank) -> None:
    """A code that ISO 4217 does not give to any currency is refused; so are small letters and numbers (IR34)."""
    code = bank.declaration.amounts.currencies[0]
    codes = ("ZZZ", code.lower(), f"{Currency(code).number:03}", code[:2], f"{code}{code[-1]}")
    refused_confirmations(
        bank, lambda payment: {f"currency {wrong}": bank.confirmation(payment, currency=wrong) for wrong in codes}
    )
    told_once("IR34", "refused")


@check("IPG-AMOUNTS-08")
def a_number_as_amount_is_refused_or_taken_at_its_value(bank: SenderBank) -> None:
    """
    An amount that is a JSON number is refused, or the payment shows the same value (IR05).

    The usual amount as a number, and without its fraction, each for a payment of its own.
    """
    usual = Decimal(bank.declaration.amounts.usual)
    for number in (float(usual), max(int(usual), 1)):
        payment = bank.walked(Status.PAYER_VALIDATED)
        what, answer = f"Make a Payment with the number {number}", bank.send(bank.confirmation(payment, number))
        if took_effect(answer):
            told_once("IR05", "taken at its value")
            expect(f"amount after {what}", amount_of(bank.shown(payment)), Decimal(str(number)))
        else:
            refused(what, answer, unchanged(bank, payment))
            told_once("IR05", "refused")
            bank.confirmed(payment)


@check("IPG-AMOUNTS-09")
def every_currency_on_offer_is_accepted(bank: SenderBank) -> None:
    """A confirmation in each of amounts.currencies is accepted, as one in the usual currency was before."""
    bank.shared(Status.COMPLETED)
    for code in bank.declaration.amounts.currencies:
        payment = bank.walked(Status.PAYER_VALIDATED)
        accepted(f"Make a Payment in {code}", bank.send(bank.confirmation(payment, currency=code)))
