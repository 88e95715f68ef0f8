"""What all lawful variants of kz-accounts have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from conformance.contracts.kz_accounts.provider import Provider


class Variant(Provider):
    """A provider that conforms in another way.

    `tried_with` are the options of the stand on which the difference shows, `lacks` the data that it does not hold.
    """

    tried_with: ClassVar[Mapping[str, Any]] = {}


def variants() -> Iterator[type[Variant]]:
    """Every variant that is loaded; a class with an underscore is only what others have in common."""
    waiting = Variant.__subclasses__()
    while waiting:
        variant = waiting.pop(0)
        waiting += variant.__subclasses__()
        if not variant.__name__.startswith("_"):
            yield variant
