"""`conformance.toml`: what is under test, how to reach it, and what the bank gave us for it.

Every fault in the file becomes one ConfigError that names the file, the key and the remedy.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypeVar, Union, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from conformance.errors import ConfigError, UsageError
from conformance.transport.jsontext import kind_of


class Table(BaseModel):
    """One table of the configuration; keys that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Target(Table):
    """The system under test."""

    name: str = "unnamed target"
    base_url: str = Field(
        pattern=r"^https?://[^\s/?#]+[^\s?#]*$", description="http:// or https:// and a host, without query"
    )
    versions: list[str] = Field(min_length=1)
    provider_id: str | None = None
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None

    @field_validator("base_url")
    @classmethod
    def _base_url_has_host_and_port(cls, value: str) -> str:
        try:
            address = urlsplit(value)
            usable = bool(address.hostname) and address.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("has no usable host and port")
        if "@" in address.netloc:
            raise ValueError("should hold no user name or password: the header Authorization carries the access token")
        return value


class Limits(Table):
    """What the suite may ask of the target."""

    max_rps: float | None = Field(default=None, gt=0)
    timeout_s: float = Field(default=10.0, gt=0, le=300)


class Evidence(Table):
    """Who may read what a run saw as it was."""

    operator_key: str | None = None  # PEM of a public key or certificate


_PUBLIC = {"public": True}


def is_public(info: ValidationInfo) -> bool:
    """Whether slots stand in place of secrets, so that keys cannot be looked into."""
    return info.context == _PUBLIC


class Configuration(Table):
    """The tables that every contract shares; a contract adds its own in a subclass."""

    contract: str
    role: str
    target: Target
    limits: Limits = Limits()
    evidence: Evidence = Evidence()
    attestations: dict[str, str] = {}

    @property
    def versions(self) -> list[str]:
        return self.target.versions

    @property
    def listens_at(self) -> str | None:
        """The address of the suite at which requests of the target come in; None where it sends none."""
        return None

    def public(self) -> dict[str, Any]:
        """All that a later judgement of the run needs: no names of files, and secrets are for a redactor to take out.

        `from_public` reads it again.
        """
        document = self.model_dump(mode="json")
        document["target"] |= dict.fromkeys(("ca_file", "client_cert", "client_key"))
        del document["evidence"]  # no verdict depends on who may read the exchanges
        return document

    @classmethod
    def from_public(cls, document: Any) -> Self:
        """The configuration with slots in place of its secrets. Raises ValidationError (of pydantic)."""
        return cls.model_validate(document, context=_PUBLIC)

    @model_validator(mode="after")
    def _client_key_belongs_to_a_certificate(self) -> Self:
        if self.target.client_key and not self.target.client_cert:
            raise ValueError("target.client_key needs target.client_cert beside it")
        return self


C = TypeVar("C", bound=Table)

# The TLS library reads these files itself, so their names stay names, relative to the configuration.
_SECRET = re.compile(r"auth\.static\..+|auth\.mint\.key|keys\.[^.]+\.private")
_PATHS = ("target.ca_file", "target.client_cert", "target.client_key")


def read_document(path: Path) -> dict[str, Any]:
    """The file as nested tables, unresolved: TOML, or JSON as `conformance serve` prints it. Raises ConfigError."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f'{path}: no such file; "conformance init CONTRACT" writes one to fill in') from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: not a table of settings")
    document.pop("url", None)
    return document


def parsed(document: Mapping[str, Any], model: type[C], path: Path) -> tuple[C, list[str]]:
    """The configuration of one contract, or another file of tables, and warnings for secrets in clear.

    `env:NAME` and `file:PATH` are replaced by what they name, relative to the file. Raises ConfigError.
    """
    warnings: list[str] = []
    resolved = _resolved(dict(document), path, "", warnings)
    try:
        return model.model_validate(resolved), warnings
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_fault(error, model)}") from None


def _resolved(value: Any, path: Path, place: str, warnings: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(item, path, f"{place}.{key}" if place else key, warnings) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, path, f"{place}[{index}]", warnings) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    if value.startswith("env:"):
        name = value[4:]
        text = os.environ.get(name, "").strip()
        if not text:
            state = "is empty" if name in os.environ else "is not set"
            raise ConfigError(f"{path}: {place}: environment variable {name} {state}; set it, or use file:PATH")
        return str(path.parent / text) if place in _PATHS else text
    if place in _PATHS:
        return str(path.parent / value.removeprefix("file:"))
    if value.startswith("file:"):
        target = path.parent / value[5:]
        try:
            return target.read_text("utf-8").strip()
        except FileNotFoundError:
            raise ConfigError(f"{path}: {place}: no such file {target}") from None
        except UnicodeDecodeError:
            raise ConfigError(f"{path}: {place}: {target} is not UTF-8; a key goes there as PEM, not DER") from None
        except OSError as error:
            raise ConfigError(f"{path}: {place}: {target} cannot be read ({error.strerror})") from None
    if _SECRET.fullmatch(place):
        warnings.append(f"{path}: {place} holds a secret in clear; env:NAME or file:PATH keeps it out of the file")
    return value


def first_fault(error: ValidationError, model: type[BaseModel]) -> str:
    """What is wrong with a document, and where, in a line for the person who wrote it."""
    # An unknown key explains a missing one (it is often the same key misspelt), so it goes first.
    faults = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    fault = faults[0]
    place = ".".join(str(part) for part in fault["loc"])
    kind = fault["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, [str(part) for part in fault["loc"][:-1]])
        near = difflib.get_close_matches(str(fault["loc"][-1]), known, n=1, cutoff=0.5)
        hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(sorted(known))}"
        return f"{place}: unknown key; {hint}"
    if kind == "missing":
        return f"{place}: is missing; every configuration needs it"
    if kind == "value_error":
        return f"{place + ': ' if place else ''}{fault['ctx']['error']}"
    if kind == "string_too_short" and not fault["input"]:
        return f"{place}: is empty"
    message = fault["msg"].replace("Input should", "should")
    if kind == "model_type":
        message = "should be a table"
    if kind == "string_pattern_mismatch" and (words := _described(model, [str(part) for part in fault["loc"]])):
        message = f"should be {words}"
    return f"{place}: {message} (is {kind_of(fault['input'])})"


def _described(model: type[BaseModel], place: list[str]) -> str | None:
    """What a setting should be, where its field says so."""
    table = _table_at(model, place[:-1])
    field = table.model_fields.get(place[-1]) if table and place else None
    return field.description if field else None


def _known_keys(model: type[BaseModel], place: list[str]) -> list[str]:
    table = _table_at(model, place)
    return list(table.model_fields) if table else []


def _table_at(model: type[BaseModel], place: list[str]) -> type[BaseModel] | None:
    for name in place:
        field = model.model_fields.get(name)
        inner = _table_of(field.annotation) if field else None
        if inner is None:
            return None
        model = inner
    return model


def _table_of(annotation: Any) -> type[BaseModel] | None:
    if get_origin(annotation) in (Union, types.UnionType):
        return next((found for part in get_args(annotation) if (found := _table_of(part))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def contract_named(document: Mapping[str, Any], config: Path | None) -> str:
    """The contract that a configuration is for. Raises UsageError."""
    name = document.get("contract")
    if not isinstance(name, str):
        raise UsageError(f'{config}: contract: is missing; for example: contract = "kz-accounts"')
    return name
