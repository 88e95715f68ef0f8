"""instant-payment signature: every message of a sender is a compact JWS of its bank."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contracts.instant_payment.inspection import Inspected, Unjudged
from conformance.contracts.instant_payment.received import SenderUnderTest
from conformance.contracts.instant_payment.wire import Operation
from conformance.engine.check import check


@check("IPG-SIGNATURE-01")
def every_message_is_a_compact_jws(sender: SenderUnderTest) -> None:
    """Every message is three parts in strict Base64url, and its header a JSON object."""
    sender.judge("messages that are no compact JWS", _is_no_compact_jws)


def _is_no_compact_jws(message: Inspected) -> Iterator[str]:
    try:
        _ = message.header
    except Unjudged as why:
        yield str(why)


@check("IPG-SIGNATURE-02")
def every_message_is_signed_by_the_sender_bank(sender: SenderUnderTest) -> None:
    """The signature of every message that opens or carries on a payment fits the public key of the sender bank."""
    steps = (Operation.VALIDATE_PAYEE, Operation.VALIDATE_PAYER, Operation.MAKE_PAYMENT)
    sender.judge("messages that the sender bank has not signed", _is_signed_by_another, *steps, secret=True)


@check("IPG-SIGNATURE-02")
def every_question_is_signed_by_the_sender_bank(sender: SenderUnderTest) -> None:
    """The signature of every Get a Payment fits the public key of the sender bank."""
    what = "questions that the sender bank has not signed"
    sender.judge(what, _is_signed_by_another, Operation.GET_PAYMENT, secret=True)


def _is_signed_by_another(message: Inspected) -> Iterator[str]:
    if not message.is_signed_by_sender:
        yield f"the signature does not fit the bank's key under {message.header['alg']}"
