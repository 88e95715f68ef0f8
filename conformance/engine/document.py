"""The embedded OpenAPI document of a contract, and which of its components an answer breaks.

An answer is judged component by component: an Amount with a fraction is a fault of `Amount`, wherever it
stands, and none of the transaction around it. So each fault is attributed to the annex that describes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from conformance.data import specs
from conformance.transport.jsontext import kind_of

_REF = "#/components/schemas/"
_INT64 = range(-(2**63), 2**63)


class Document:
    """Schemas of an OpenAPI 3.0 document."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self._schemas: Mapping[str, Any] = content["components"]["schemas"]
        self._validators: dict[str, jsonschema_rs.Validator] = {}
        self._members: dict[str, dict[str, dict[str, Any]]] = {}

    def components(self, schema_name: str, value: Any) -> Iterator[tuple[str, str, Any]]:
        """Every named object component inside `value`, the outermost first: its name, JSON Pointer and value."""
        yield from self._walk({"$ref": _REF + schema_name}, value, "")

    def faults(self, component: str, value: Any) -> list[str]:
        """What is wrong with one object of a component, leaving nested components and what other rules judge.

        Left to other rules: the form of a date-time (clause on dates), empty texts and objects and `null` in
        optional members (clause on empty values).
        """
        if not isinstance(value, dict):
            return [f"is {kind_of(value)}, not an object"]
        properties = self._members_of(component)
        required = self._schemas[component].get("required", [])
        lexical: list[str] = []
        judged: dict[str, Any] = {}
        for name, item in value.items():
            fault = _integer_fault(properties.get(name, {}), item)
            if fault:
                lexical.append(f"{name} {fault}")
            elif is_empty(item) and (item is not None or name not in required) and name in properties:
                continue
            else:
                judged[name] = _plain(item)
        set_aside = value.keys() - judged.keys()
        found = []
        for error in self._validator(component).iter_errors(judged):
            place = "/".join(map(str, error.instance_path))
            if not place and any(f'"{name}" is a required property' == error.message for name in set_aside):
                continue
            found.append(f"{place}: {error.message}" if place else error.message)
        return lexical + found

    def date_time_members(self, component: str) -> list[str]:
        """Names of a component's members that hold a date and time."""
        return [name for name, schema in self._members_of(component).items() if schema.get("format") == "date-time"]

    def optional_arrays(self, component: str) -> list[str]:
        """Names of a component's array members that are not required."""
        schema = self._schemas[component]
        required = schema.get("required", [])
        return [
            name
            for name, part in schema.get("properties", {}).items()
            if part.get("type") == "array" and name not in required
        ]

    def words(self) -> set[str]:
        """Every name in the document, of paths, parameters and members, and every value of an enumeration."""
        return set(_words(self.content))

    def _walk(self, schema: Mapping[str, Any], value: Any, pointer: str) -> Iterator[tuple[str, str, Any]]:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_REF)
            schema = self._schemas[name]
            if schema.get("type") == "object":
                yield name, pointer, value
        for part in schema.get("allOf", ()):
            yield from self._walk(part, value, pointer)
        if isinstance(value, dict):
            for name, part in schema.get("properties", {}).items():
                if name in value and not is_empty(value[name]):
                    yield from self._walk(part, value[name], f"{pointer}/{name}")
        if isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                yield from self._walk(schema["items"], item, f"{pointer}/{index}")

    def _validator(self, component: str) -> jsonschema_rs.Validator:
        if component not in self._validators:
            schema = dict(self._schemas[component])
            schema["properties"] = {name: self._shallow(part) for name, part in schema.get("properties", {}).items()}
            self._validators[component] = jsonschema_rs.Draft4Validator(schema)
        return self._validators[component]

    def _shallow(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """A member's schema without what lies inside nested objects: those are components of their own."""
        whole = self._resolved(schema)
        if whole.get("type") == "object":
            # The nested component says itself that it must be an object; only where it is null nobody would ask it.
            return {"not": {"type": "null"}}
        return {name: whole[name] for name in whole if name not in ("format", "items", "example", "description")}

    def _resolved(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return self._resolved(self._schemas[schema["$ref"].removeprefix(_REF)])
        whole = dict(schema)
        for part in whole.pop("allOf", ()):
            whole = {**self._resolved(part), **whole}
        return whole

    def _members_of(self, component: str) -> dict[str, dict[str, Any]]:
        """A component's members, each with its whole schema."""
        if component not in self._members:
            properties = self._schemas[component].get("properties", {})
            self._members[component] = {name: self._resolved(schema) for name, schema in properties.items()}
        return self._members[component]


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _words(item)
    if isinstance(value, dict):
        yield from map(str, value)
        named = value.get("name")
        yield from map(str, [*value.get("enum", ()), *([named] if isinstance(named, str) else [])])
        for item in value.values():
            yield from _words(item)


def _integer_fault(schema: Mapping[str, Any], value: Any) -> str:
    if schema.get("type") != "integer":
        return ""
    if isinstance(value, Decimal):
        return f"is {value}, written with a fraction or exponent, not an integer"
    if isinstance(value, int) and not isinstance(value, bool) and value not in _INT64:
        return f"is {value}, which does not fit int64"
    return ""


def is_empty(value: Any) -> bool:
    """Whether a value stands for nothing: null, an empty or blank text, an empty object."""
    return value is None or value == {} or (isinstance(value, str) and not value.strip())


def _plain(value: Any) -> Any:
    """A value that the schema library reads: it knows no Decimal."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


@cache
def document(contract_id: str) -> Document:
    """The embedded document of a contract."""
    return Document(read_yaml(specs(contract_id) / "openapi.yaml"))


def read_yaml(path: Path) -> Any:
    """A YAML file, read by the fast parser where it is built in."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text("utf-8"), Loader=loader)
