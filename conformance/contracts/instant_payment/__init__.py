"""instant-payment: the Instant Payment Gateway between commercial banks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.contracts.instant_payment.declaration import Declaration, privacy
from conformance.contracts.instant_payment.doctor import LOOKS
from conformance.contracts.instant_payment.probing import probe
from conformance.contracts.instant_payment.sender_declaration import SenderDeclaration, sender_privacy
from conformance.contracts.instant_payment.sender_template import SENDER_TEMPLATE
from conformance.contracts.instant_payment.template import TEMPLATE
from conformance.contracts.instant_payment.wire import VERSION
from conformance.engine.contract import Contract, FuzzOutcome, FuzzPlan, Privacy, Stand, defects_in
from conformance.engine.offline import MessageFile, MessageReport
from conformance.engine.session import Session
from conformance.transport.replay import Compared


def _opened(session: Session, version: str) -> Any:
    if session.declaration.role == "sender":
        from conformance.contracts.instant_payment.received import SenderUnderTest

        return SenderUnderTest(session)
    from conformance.contracts.instant_payment.client import SenderBank

    return SenderBank(session)


def _privacy(declaration: Any) -> Privacy:
    return sender_privacy(declaration) if declaration.role == "sender" else privacy(declaration)


def _attend(session: Session, announce: Callable[[str], None]) -> None:
    from conformance.contracts.instant_payment.attending import attend

    attend(session, announce)


def _stand(**options: Any) -> Stand:
    if options.get("role") == "sender":
        from conformance.contracts.instant_payment.sender_stand import sender_stand

        return sender_stand(**options)
    from conformance.contracts.instant_payment.stand import stand

    return stand(**options)


def _check_message(file: MessageFile) -> MessageReport:
    from conformance.contracts.instant_payment.message import check_message

    return check_message(file)


def _fuzz(session: Session, plan: FuzzPlan) -> FuzzOutcome:
    from conformance.contracts.instant_payment.fuzzing import fuzz  # loads Hypothesis, which takes its time

    return fuzz(session, plan)


def _request_difference(facts: Mapping[str, str | bool]) -> Compared:
    from conformance.contracts.instant_payment.request_forms import request_difference

    return request_difference(facts)


def _defects() -> Mapping[str, type[Any]]:
    return defects_in(f"{__name__}.defects")


def _variants() -> Mapping[str, type[Any]]:
    from conformance.contracts.instant_payment.sender_variants import SENDER_VARIANTS
    from conformance.contracts.instant_payment.variants import VARIANTS

    return {**VARIANTS, **SENDER_VARIANTS}


def _null_clients(role: str) -> Mapping[str, type[Any]]:
    from conformance.contracts.instant_payment.null_senders import NULL_SENDERS

    return NULL_SENDERS


CONTRACT = Contract(
    id="instant-payment",
    title="Instant Payment Gateway between commercial banks",
    roles=("gateway", "sender"),
    unplayed={"message": "`conformance check-message` judges a single message offline"},
    versions=(VERSION,),
    configuration=Declaration,
    package=__name__,
    opened=_opened,
    probe=probe,
    privacy=_privacy,
    stand=_stand,
    defects=_defects,
    variants=_variants,
    configuration_template=TEMPLATE,
    fuzz=_fuzz,
    request_difference=_request_difference,
    check_message=_check_message,
    doctor=LOOKS,
    attend={"sender": _attend},
    null_clients=_null_clients,
    configurations={"sender": SenderDeclaration},
    configuration_templates={"sender": SENDER_TEMPLATE},
)
