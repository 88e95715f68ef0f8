"""instant-payment signature: RSA with SHA-256."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contracts.instant_payment.inspection import Inspected
from conformance.contracts.instant_payment.received import SenderUnderTest
from conformance.contracts.instant_payment.wire import ALG
from conformance.engine.check import check
from conformance.engine.observation import shown


@check("IPG-ALGORITHMS-01")
def every_message_is_signed_with_rs256(sender: SenderUnderTest) -> None:
    """The header of every message names RS256."""
    sender.judge("messages under another algorithm", _names_another_algorithm)


def _names_another_algorithm(message: Inspected) -> Iterator[str]:
    if message.header.get("alg") != ALG:
        yield f"alg is {shown(message.header.get('alg'))}"
