"""kz-accounts: the accounts API of the National Payment Corporation of Kazakhstan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from conformance.contracts.kz_accounts.declaration import Declaration, privacy
from conformance.contracts.kz_accounts.doctor import LOOKS
from conformance.contracts.kz_accounts.probing import probe
from conformance.contracts.kz_accounts.template import TEMPLATE
from conformance.contracts.kz_accounts.wire import Version
from conformance.engine.contract import Contract, FuzzOutcome, FuzzPlan, Stand, defects_in, mishaps_in
from conformance.engine.session import Session


def _opened(session: Session, version: str) -> Any:
    from conformance.contracts.kz_accounts.client import Accounts

    return Accounts(session, version)


def _stand(**options: Any) -> Stand:
    from conformance.contracts.kz_accounts.stand import stand

    return stand(**options)


def _fuzz(session: Session, plan: FuzzPlan) -> FuzzOutcome:
    from conformance.contracts.kz_accounts.fuzzing import fuzz  # loads Schemathesis, which takes its time

    return fuzz(session, plan)


def _nulls(stand: Any) -> Mapping[str, Any]:
    from conformance.contracts.kz_accounts.nulls import null_targets

    return null_targets(stand)


def _renewed(accounts: Any) -> Any:
    from conformance.contracts.kz_accounts.freshness import renewed

    return renewed(accounts)


def _defects() -> Mapping[str, type[Any]]:
    return defects_in(f"{__name__}.defects")


def _mishaps() -> Mapping[str, type[Any]]:
    return mishaps_in(f"{__name__}.mishaps")


def _variants() -> Mapping[str, type[Any]]:
    from conformance.contracts.kz_accounts.variants import VARIANTS

    return VARIANTS


CONTRACT = Contract(
    id="kz-accounts",
    title="Accounts API of the National Payment Corporation of Kazakhstan",
    roles=("provider", "system"),
    versions=tuple(Version),
    configuration=Declaration,
    package=__name__,
    opened=_opened,
    probe=probe,
    privacy=privacy,
    stand=_stand,
    defects=_defects,
    variants=_variants,
    configuration_template=TEMPLATE,
    fuzz=_fuzz,
    mishaps=_mishaps,
    renewed=_renewed,
    nulls=_nulls,
    doctor=LOOKS,
    resumable_for=timedelta(hours=6),  # half of what a minted token lasts; nothing is asked but to read
)
