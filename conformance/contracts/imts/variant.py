"""What all lawful variants of the reference system are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contracts.imts.provider import System


class Variant(System):
    """A system that conforms in another way."""

    tried_with: Mapping[str, Any] = {}
