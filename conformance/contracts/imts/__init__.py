"""imts: the International Money Transfer System, of which half is not public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contracts.imts.declaration import Declaration, privacy
from conformance.contracts.imts.doctor import LOOKS
from conformance.contracts.imts.probing import probe
from conformance.contracts.imts.template import TEMPLATE
from conformance.contracts.imts.wire import VERSION
from conformance.engine.contract import Contract, FuzzOutcome, FuzzPlan, Stand, defects_in
from conformance.engine.offline import MessageFile, MessageReport
from conformance.engine.session import Session


def _opened(session: Session, version: str) -> Any:
    from conformance.contracts.imts.client import Partner

    return Partner(session)


def _stand(**options: Any) -> Stand:
    from conformance.contracts.imts.stand import stand

    return stand(**options)


def _check_message(file: MessageFile) -> MessageReport:
    from conformance.contracts.imts.message import check_message

    return check_message(file)


def _fuzz(session: Session, plan: FuzzPlan) -> FuzzOutcome:
    from conformance.contracts.imts.fuzzing import fuzz  # loads Hypothesis, which takes its time

    return fuzz(session, plan)


def _defects() -> Mapping[str, type[Any]]:
    return defects_in(f"{__name__}.defects")


def _variants() -> Mapping[str, type[Any]]:
    from conformance.contracts.imts.variants import VARIANTS

    return VARIANTS


CONTRACT = Contract(
    id="imts",
    title="International Money Transfer System",
    roles=("system",),
    unplayed={
        "message": "`conformance check-message` judges a single message offline",
        "partner": "a partner's callback URL is not tried yet",
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
    doctor=LOOKS,
    fuzz=_fuzz,
)
