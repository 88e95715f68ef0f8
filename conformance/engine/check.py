"""Checks: functions that observe one requirement each, found in a contract's `checks/<topic>.py`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
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


def collect(contract_id: str, package_name: str) -> list[Check]:
    """All checks of a contract in the order of topics and lines."""
    package = importlib.import_module(package_name)
    found: list[Check] = []
    for module_info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package_name}.{module_info.name}")
        marked = [
            (function, mark)
            for function in vars(module).values()
            if (mark := getattr(function, "__conformance_check__", None)) and function.__module__ == module.__name__
        ]
        marked.sort(key=lambda pair: pair[0].__code__.co_firstlineno)
        found += [
            Check(
                f"{contract_id}/{module_info.name}/{function.__name__}",
                mark.requirement,
                function,
                mark.exclusive,
                mark.roles,
            )
            for function, mark in marked
        ]
    return found
