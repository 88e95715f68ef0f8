"""Checks: functions that observe one requirement each, found in a contract's `checks/<topic>.py`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

CheckFunction = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    `exclusive` checks run alone after all others, because they disturb the target (a burst of
    requests) or judge the run as a whole.
    """

    id: str
    requirement: str
    function: CheckFunction
    exclusive: bool
    roles: tuple[str, ...] | None

    @property
    def topic(self) -> str:
        return self.id.split("/")[1]

    @property
    def sentence(self) -> str:
        """The first paragraph of the docstring on one line: the sentence that a report prints."""
        return " ".join((inspect.getdoc(self.function) or "").split("\n\n")[0].split())

    @property
    def grounds(self) -> str:
        """The rest of the docstring: why the observation proves the sentence."""
        return "\n\n".join((inspect.getdoc(self.function) or "").split("\n\n")[1:])


@dataclass(frozen=True, slots=True)
class _Mark:
    requirement: str
    exclusive: bool
    roles: tuple[str, ...] | None


def check(
    requirement: str, *, exclusive: bool = False, roles: tuple[str, ...] | None = None
) -> Callable[[CheckFunction], CheckFunction]:
    """Mark a function as the check of a requirement; `roles` narrows it to some of the requirement's roles."""

    def mark(function: CheckFunction) -> CheckFunction:
        function.__conformance_check__ = _Mark(requirement, exclusive, roles)  # type: ignore[attr-defined]
        return function

    return mark


def topics_in(package_name: str) -> Iterator[tuple[ModuleType, str]]:
    """The modules of a package, with the role in whose folder they stand; it is empty for those in no folder."""
    package = importlib.import_module(package_name)
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: (info.ispkg, info.name)):
        name = f"{package_name}.{info.name}"
        if info.ispkg:
            yield from ((module, info.name) for module, _ in topics_in(name))
        else:
            yield importlib.import_module(name), ""


def collect(contract_id: str, package_name: str, roles: Sequence[str] = ()) -> list[Check]:
    """All checks of a contract in the order of topics and lines.

    A folder that is named as one of the `roles` holds the checks of that role alone; those in no folder are for the
    roles that have none.
    """
    found: list[Check] = []
    topics = list(topics_in(package_name))
    folders = {role for _, role in topics if role}
    others = tuple(role for role in roles if role not in folders) if folders else None
    for module, role in topics:
        topic = module.__name__.rpartition(".")[2]
        marked = [
            (function, mark)
            for function in vars(module).values()
            if (mark := getattr(function, "__conformance_check__", None)) and function.__module__ == module.__name__
        ]
        marked.sort(key=lambda pair: pair[0].__code__.co_firstlineno)
        found += [
            Check(
                f"{contract_id}/{topic}/{function.__name__}",
                mark.requirement,
                function,
                mark.exclusive,
                mark.roles or ((role,) if role else others),
            )
            for function, mark in marked
        ]
    if twice := [name for name, count in Counter(item.id for item in found).items() if count > 1]:
        raise ValueError(f"two checks of {contract_id} are called {twice[0]}")
    return found
