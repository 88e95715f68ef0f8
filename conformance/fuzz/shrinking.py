"""From a case that shows a fault to the smallest one that was found to show it, in a bounded number of tries."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

C = TypeVar("C")
F = TypeVar("F")


def smallest(
    case: C,
    found: F,
    *,
    simpler: Callable[[C], Iterable[C]],
    same_fault: Callable[[C], F | None],
    identity: Callable[[C], Hashable],
    most: int,
) -> tuple[C, F]:
    """
    The smallest case, and what it showed.

    `simpler` are the cases to try in place of one, the boldest first; `same_fault` tries one, and tells what it shows
    where that is the fault in question. Cases of one `identity` are tried once, and no more than `most` altogether.
    """
    tried = {identity(case)}
    progress = True
    while progress:
        progress = False
        for candidate in simpler(case):
            if identity(candidate) in tried:
                continue
            if len(tried) > most:
                return case, found
            tried.add(identity(candidate))
            shown = same_fault(candidate)
            if shown is not None:
                case, found, progress = candidate, shown, True
                break
    return case, found
