"""The contracts: each subpackage defines `CONTRACT`; a new one is found by its folder, no list names it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from conformance.engine.contract import Contract
from conformance.errors import UnknownName


def contract_ids() -> list[str]:
    """Ids of all contracts, as written on the command line."""
    return sorted(info.name.replace("_", "-") for info in pkgutil.iter_modules(__path__) if info.ispkg)


@cache
def contract(contract_id: str) -> Contract:
    """The contract of that id. Raises UnknownName."""
    if contract_id not in contract_ids():
        raise UnknownName("contract", contract_id, contract_ids())
    module = importlib.import_module(f"{__name__}.{contract_id.replace('-', '_')}")
    found: Contract = module.CONTRACT
    return found
