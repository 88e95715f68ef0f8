"""What a refused message may not have left behind (IR04: no new state), looked at by questions of our own."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.judgement import Effect, served, story, took_effect
from conformance.contracts.instant_payment.messages import Payment
from conformance.contracts.instant_payment.wire import KEYS, Members, PaymentRecord, Status, follows_untold
from conformance.engine.observation import Expected, expect, given, none_found


def no_payment(bank: SenderBank) -> Effect:
    """After Validate Payee: no payment was opened. An id in the answer must lead nowhere."""

    def look(what: str, answer: Answer) -> None:
        payment_id = answer.response.get("payment_id")
        if isinstance(payment_id, str) and payment_id:
            question = bank.ask(payment_id)
            seen = story(question) if took_effect(question) else "none"
            expect(f"payment that {what} opened", seen, "none", evidence=question.exchange)

    return look


def unchanged(bank: SenderBank, payment: Payment) -> Effect:
    """After Validate Payer or Make a Payment: the payment has the status and the members that it was `seen` with.

    A gateway that tells a payment otherwise at each question shows nothing here: POLLING-02 judges that.
    """
    return _as_before(bank, payment, {payment.record.status})


def kept(bank: SenderBank, payment: Payment) -> Effect:
    """As `unchanged`, for a payment that may have gone on by itself, but never back."""
    return _as_before(bank, payment, follows_untold(payment.record.status))


def _as_before(bank: SenderBank, payment: Payment, statuses: Collection[Status]) -> Effect:
    before = payment.record
    expected = Expected(" or ".join(sorted(statuses)), lambda status: status in statuses)

    def look(what: str, answer: Answer) -> None:
        question = served("a good question for the payment", bank.ask(payment))
        after = question.record
        expect(f"status after {what}", after.status, expected, evidence=question.exchange)
        changed = _changed(before, after)
        if changed:
            again = served("the same question once more", bank.ask(payment)).record
            given("what a second question brings otherwise by itself", _changed(after, again), none_found)
        expect(f"what {what} changed in the payment", changed, none_found, evidence=question.exchange)

    return look


def nothing_shown(what: str, answer: Answer) -> None:
    """After Get a Payment: the refusal shows no member of the payment."""
    shown = sorted(_OF_A_PAYMENT & answer.response.keys())
    expect(f"members of the payment in the answer to {what}", ", ".join(shown) or "none", "none")


def told_otherwise(before: PaymentRecord, after: PaymentRecord) -> list[str]:
    """What two answers tell differently of one payment, the status apart; members that the source does not know may.

    An answer of the receiver bank may be there in the second only.
    """
    names = [name for name in ("payment_id", "reference") if getattr(before, name) != getattr(after, name)]
    return names + _changed(before, after)


def _changed(before: PaymentRecord, after: PaymentRecord) -> list[str]:
    names: list[str] = []
    for was, now in zip(before.blocks, after.blocks, strict=True):
        known = [name for name in _OF_A_BLOCK if name in was.members or name in now.as_sent]
        names += [f"{now.name}.{name}" for name in known if was.members.get(name) != now.members.get(name)]
    return names


def amount_of(payment: Payment) -> Any:
    """The amount that a payment shows, by its value (IR05); what is no number as it stands there.

    Raises UnreadableReply where no amount is shown.
    """
    shown = Members(payment.record.confirmation.members, "response.payment_data").member("amount")
    try:
        return Decimal(str(shown))
    except InvalidOperation:
        return shown


_OF_A_BLOCK = (
    "request_id",
    *KEYS,
    "payee_encrypted_data",
    "payer_encypted_data",
    "response_encrypted_data",
    "amount",
    "currency",
)
_OF_A_PAYMENT = {"status", "sender_reference_id", "payment_data", "payee_validate_data", "payer_validate_data"}
