"""The one place that knows Schemathesis and Hypothesis: operations of a document, and drawn values for each.

What we rely on is pinned by tests/test_fuzz_adapter.py: both libraries change their defaults in minor releases, and a
case list must not change because of what else is loaded, stored on disk, set in the environment or lies in a parent
folder. So: the configuration is given whole, headers and security are taken out of the document (they are a contract's
own affair), feedback and constants of loaded modules are off, no example database, no deadline, no health checks.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, seed, settings
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.generation.feedback import NO_FEEDBACK

T = TypeVar("T")

_CONFIGURATION: dict[str, Any] = {
    "generation": {
        "deterministic": True,
        "no-shrink": True,
        "database": "none",
        "with-security-parameters": False,
        "allow-x00": True,
        "codec": "utf-8",
    },
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """Values for one request as Schemathesis drew them: texts of the path as they are, query values as JSON values."""

    path: Mapping[str, str]
    query: Mapping[str, Any]


class Generator:
    """Draws requests for the GET operations of an OpenAPI document, by path template."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        schema = schemathesis.openapi.from_dict(_only_path_and_query(content), config=_configuration())
        self._operations: dict[str, Any] = {}
        for result in schema.get_all_operations():
            operation: Any = result.ok()  # type: ignore[union-attr]  # our document is valid, which has a test
            if operation.method == "get":
                self._operations[operation.path] = operation

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(self._operations)

    def query_parameters(self, path: str) -> tuple[str, ...]:
        """Names of the declared query parameters in the order of the document."""
        return tuple(parameter.name for parameter in self._operations[path].query)

    def positive(self, path: str) -> SearchStrategy[Drawn]:
        """Requests whose every value fits its schema; rules between parameters are not known here."""
        return self._strategy(path, GenerationMode.POSITIVE)

    def negative(self, path: str) -> SearchStrategy[Drawn]:
        """Requests in which at least one value does not fit its schema, or is not declared."""
        return self._strategy(path, GenerationMode.NEGATIVE)

    def _strategy(self, path: str, mode: GenerationMode) -> SearchStrategy[Drawn]:
        strategy: SearchStrategy[Any] = self._operations[path].as_strategy(generation_mode=mode, feedback=NO_FEEDBACK)
        return strategy.map(lambda case: Drawn(dict(case.path_parameters or {}), dict(case.query or {})))


def draws(strategy: SearchStrategy[T], count: int, source: int) -> list[T]:
    """Up to `count` values of a strategy, decided by the number `source` alone. Fewer where there are no more."""
    found: list[T] = []
    if count < 1:
        return found

    @seed(source)
    @settings(
        database=None,
        max_examples=count,
        phases=[Phase.generate],
        deadline=None,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    with _without_constants_of_loaded_modules():
        collect()
    return found[:count]


def wire_text(value: Any) -> str | None:
    """A drawn scalar as the text that a client would put into a query; None for arrays and objects."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | float | Decimal):
        return str(value)
    return value if isinstance(value, str) else None


def _only_path_and_query(content: Mapping[str, Any]) -> dict[str, Any]:
    """The document without headers and security: who calls is decided by the client of the contract."""
    document = deepcopy(dict(content))
    document.pop("security", None)
    document.get("components", {}).pop("securitySchemes", None)
    parameters = document.get("components", {}).get("parameters", {})
    headers = {
        f"#/components/parameters/{name}" for name, parameter in parameters.items() if parameter["in"] == "header"
    }
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
            operation["parameters"] = [
                parameter
                for parameter in operation.get("parameters", [])
                if parameter.get("$ref") not in headers and parameter.get("in") != "header"
            ]
    return document


def _configuration() -> SchemathesisConfig:
    _keep_tables_out_of_the_working_folder()
    return SchemathesisConfig.from_dict(_CONFIGURATION)


def _keep_tables_out_of_the_working_folder() -> None:
    """Hypothesis keeps a table of Unicode on disk, which takes long to build; a user's folder is no place for it."""
    if "HYPOTHESIS_STORAGE_DIRECTORY" in os.environ:
        return
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "openbanking-conformance" / "hypothesis"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / "openbanking-conformance-hypothesis"
    configuration.set_hypothesis_home_dir(folder)


_drawing = Lock()


@contextmanager
def _without_constants_of_loaded_modules() -> Iterator[None]:
    """Hypothesis mixes literals of all loaded modules into what it draws: another import would be another case list."""
    name = "_get_local_constants"
    with _drawing:
        usual, nothing = getattr(providers, name), getattr(providers, "Constants")()  # noqa: B009  # neither is exported
        providers.CONSTANTS_CACHE.cache.clear()
        setattr(providers, name, lambda: nothing)
        try:
            yield
        finally:
            setattr(providers, name, usual)
            providers.CONSTANTS_CACHE.cache.clear()
