"""instant-payment: the Instant Payment Gateway between commercial banks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contracts.instant_payment.declaration import Declaration, privacy
from conformance.contracts.instant_payment.probing import probe
from conformance.contracts.instant_payment.template import TEMPLATE
from conformance.contracts.instant_payment.wire import VERSION
from conformance.engine.contract import Contract, Stand, defects_in
from conformance.engine.offline import MessageFile, MessageReport
from conformance.engine.session import Session


def _opened(session: Session, version: str) -> Any:
    from conformance.contracts.instant_payment.client import SenderBank

    return SenderBank(session)


def _stand(**options: Any) -> Stand:
    from conformance.contracts.instant_payment.stand import stand

    return stand(**options)


def _check_message(file: MessageFile) -> MessageReport:
    from conformance.contracts.instant_payment.message import check_message

    return check_message(file)


def _defects() -> Mapping[str, type[Any]]:
    return defects_in(f"{__name__}.defects")


def _variants() -> Mapping[str, type[Any]]:
    from conformance.contracts.instant_payment.variants import VARIANTS

    return VARIANTS


CONTRACT = Contract(
    id="instant-payment",
    title="Instant Payment Gateway between commercial banks",
    roles=("gateway",),
    unplayed={
        "sender": "no checks yet",
        "message": "`conformance check-message` judges a single message offline",
    },
    versions=(VERSION,),
    configuration=Declaration,
    package=__name__,
    opened=_opened,
    probe=probe,
    privacy=privacy,
    stand=_stand,
    defects=_defects,
    variants=_variants,
    configuration_template=TEMPLATE,
    check_message=_check_message,
)
