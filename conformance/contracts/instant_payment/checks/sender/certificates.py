"""instant-payment validate-payee, validate-payer, make-payment: the certificates that a sender names."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contracts.instant_payment.inspection import Inspected
from conformance.contracts.instant_payment.received import SenderUnderTest
from conformance.contracts.instant_payment.wire import CERTIFICATES, Operation
from conformance.engine.check import check

_THAT_NAME = (Operation.VALIDATE_PAYEE, Operation.VALIDATE_PAYER, Operation.MAKE_PAYMENT)


@check("IPG-CERTIFICATES-01")
def the_senders_certificate_is_that_of_its_key(sender: SenderUnderTest) -> None:
    """sender_party_cert_id is banks.sender.cert_id, whose key verifies the messages (SIGNATURE-02)."""
    due = sender.declaration.banks.sender.cert_id
    sender.judge("other certificates of the sender bank", _names_another(CERTIFICATES[0], due), *_THAT_NAME)


@check("IPG-CERTIFICATES-02")
def the_receivers_certificate_is_that_of_the_receiver_bank(sender: SenderUnderTest) -> None:
    """receiver_party_cert_id is banks.receiver.cert_id."""
    due = sender.declaration.banks.receiver.cert_id
    sender.judge("other certificates of the receiver bank", _names_another(CERTIFICATES[1], due), *_THAT_NAME)


class _names_another:  # noqa: N801
    """A rule for one of the two ids."""

    def __init__(self, name: str, due: str) -> None:
        self._name = name
        self._due = due

    def __call__(self, message: Inspected) -> Iterator[str]:
        if message.text(self._name) != self._due:
            yield f"{self._name} is {message.text(self._name)}, not {self._due}"
