"""instant-payment validate-payee, validate-payer: the banks that a sender names."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contracts.instant_payment.inspection import Inspected
from conformance.contracts.instant_payment.received import SenderUnderTest
from conformance.contracts.instant_payment.wire import Operation
from conformance.engine.check import check


@check("IPG-PARTIES-07")
def both_banks_are_named_by_their_codes(sender: SenderUnderTest) -> None:
    """sender_party is banks.sender.code and receiver_party banks.receiver.code, wherever they stand."""
    banks = sender.declaration.banks
    codes = {"sender_party": banks.sender.code, "receiver_party": banks.receiver.code}

    def names_another_bank(message: Inspected) -> Iterator[str]:
        for name, code in codes.items():
            if name in message.members and message.text(name) != code:
                yield f"{name} is {message.text(name)}, not {code}"

    sender.judge("other banks", names_another_bank, Operation.VALIDATE_PAYEE, Operation.VALIDATE_PAYER)
