"""The register: every requirement of a contract, read from `specs/<contract>/register/<topic>.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from conformance.engine.verdict import Level
from conformance.errors import SuiteError


class RegisterError(SuiteError):
    """A register file breaks its own rules; names the file and the entry."""


class Title(BaseModel):
    """The requirement as a sentence, per language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str = Field(min_length=8)
    ru: str = Field(min_length=8)


class Requirement(BaseModel):
    """One sentence that the source asks for.

    `clauses` cite the source. `not_observable` says why no check exists; `attestation` is
    the question that the bank answers instead. Without either, checks carry the id.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Z]+(-[A-Z]+)+-\d\d$")
    clauses: tuple[str, ...] = Field(min_length=1)
    level: Level
    roles: tuple[str, ...] = Field(min_length=1)
    versions: tuple[str, ...] = Field(min_length=1)
    title: Title
    not_observable: str | None = None
    attestation: str | None = None
    topic: str

    @model_validator(mode="after")
    def _one_reason_at_most(self) -> Requirement:
        if self.not_observable and self.attestation:
            raise ValueError("is either not observable or attested, not both")
        return self

    @property
    def is_checked(self) -> bool:
        return not (self.not_observable or self.attestation)


class Register:
    """All requirements of a contract, in the order of topics and files."""

    def __init__(self, requirements: list[Requirement]) -> None:
        self._by_id = {requirement.id: requirement for requirement in requirements}
        if len(self._by_id) != len(requirements):
            ids = [requirement.id for requirement in requirements]
            twice = sorted({name for name in ids if ids.count(name) > 1})
            raise RegisterError(f"requirement ids used twice: {', '.join(twice)}")

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, requirement_id: object) -> bool:
        return requirement_id in self._by_id

    def __getitem__(self, requirement_id: str) -> Requirement:
        return self._by_id[requirement_id]


def load_register(folder: Path) -> Register:
    """Read every topic of a register folder. Raises RegisterError."""
    requirements: list[Requirement] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise RegisterError(f"{path.name}: {error}") from None
        if set(document) != {"requirement"}:
            raise RegisterError(f"{path.name}: holds only [[requirement]] tables")
        requirements += [_requirement(path, entry) for entry in document["requirement"]]
    return Register(requirements)


def _requirement(path: Path, entry: dict[str, Any]) -> Requirement:
    if "topic" in entry:
        raise RegisterError(f"{path.name}: {entry.get('id', 'entry without id')}: topic: is the name of the file")
    try:
        return Requirement(topic=path.stem, **entry)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RegisterError(f"{path.name}: {entry.get('id', 'entry without id')}: {place}: {first['msg']}") from None
