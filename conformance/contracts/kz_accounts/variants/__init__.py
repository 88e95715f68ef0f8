"""Other lawful ways to provide kz-accounts, by topic: every check must accept each of them."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.contracts.kz_accounts.provider import Provider
from conformance.contracts.kz_accounts.variants import (
    data,
    delivery,
    growth,
    limits,
    order,
    parameters,
    refusals,
    values,
    windows,
)
from conformance.contracts.kz_accounts.variants.variant import Variant, variants

_TOPICS = (refusals, parameters, order, windows, values, delivery, limits, data, growth)

VARIANTS: Mapping[str, type[Provider]] = {variant.__name__: variant for variant in variants()}

__all__ = ["VARIANTS", "Variant"]
