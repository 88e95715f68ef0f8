"""Schemathesis by its own command line, set up as a careful user of this API would set it up."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from conformance.contracts.kz_accounts.pages import LARGEST_INTEGER
from conformance.data import specs
from tests.benchmarks.peers.contenders import Finding, broken_off, exit_code

# Days ago, of starts and of ends: any two make a window that is served, and so does each end without a start, for
# which a list of transactions has the start of a day. Accounts were opened long ago.
WINDOWS = {"/transactions": ((80, 60, 30, 8), (0,)), "": ((7300, 3650, 1500), (400, 30, 0))}
# How many of the drawn values are known ones. All dates: between two of its own it cannot keep to the rules.
SHARES = {"accountId": 0.5, "iban": 0.5}
CLIENTS = {"first": "full", "second": "other_client"}  # its users, and the tokens of ours that they have


@dataclass(frozen=True)
class Schemathesis:
    """`schemathesis run`; what it tells are the entries of its own baseline file, and its errors."""

    examples: int  # of each operation in its fuzzing phase, scenarios in its stateful one
    time_limit_s: float
    names_requirements: bool = False

    @property
    def name(self) -> str:
        return f"schemathesis {version('schemathesis')}, {self.examples} examples"

    def run(self, document: Mapping[str, Any], folder: Path, seed: int) -> Finding:
        content = api_document(document, datetime.now(UTC))
        (folder / "openapi.json").write_text(json.dumps(content, default=str), "utf-8")
        (folder / "users.json").write_text(json.dumps(users(document["auth"]["static"])), "utf-8")
        (folder / "schemathesis.toml").write_text(settings(content), "utf-8")
        program = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"
        command = [
            program, "--config-file", "schemathesis.toml", "run", "openapi.json",
            "--url", document["target"]["base_url"], "--checks", "all", "--seed", str(seed),
            "--max-examples", str(self.examples), "--continue-on-failure", "--request-timeout", "10",
            "--generation-database", "none", "--no-color",
            "--baseline", "baseline.json", "--baseline-update", "--report", "json", "--report-json-path", "report.json",
        ]  # fmt: skip
        code = exit_code(command, folder, self.time_limit_s)
        if code not in (0, 1):
            return Finding(problem=broken_off(code))
        return Finding(failures_told(_read(folder / "baseline.json"), _read(folder / "report.json")))


def failures_told(baseline: Mapping[str, Any], report: Mapping[str, Any]) -> frozenset[str]:
    """Each failure as its baseline identifies it, and each error that kept it from testing, by its title."""
    parts = ("check", "failure", "signature", "operation")
    failures = {" ".join(filter(None, (entry[part] for part in parts))) for entry in baseline.get("entries", ())}
    return frozenset(failures | {f"error {entry['title']}" for entry in report.get("errors", ())})


def api_document(document: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Our OpenAPI document: the served versions, the parameters of this role, known values as examples."""
    content: dict[str, Any] = yaml.safe_load((specs(document["contract"]) / "openapi.yaml").read_text("utf-8"))
    served = tuple(f"/{name.replace('-', '/')}/" for name in document["target"]["versions"])
    content["paths"] = {
        path: item for path, item in content["paths"].items() if path.startswith(served) or path.endswith("/exists")
    }
    components = content["components"]
    components["schemas"]["ISODateTime"].pop("example")  # of 2021, which no provider serves any more
    components["parameters"]["pageNumber"]["schema"]["maximum"] = LARGEST_INTEGER  # beyond it, a refusal is lawful
    for path, item in content["paths"].items():
        named = [components["parameters"][one["$ref"].rpartition("/")[2]] for one in item["get"]["parameters"]]
        known = known_values(path, document["data"], now)
        item["get"]["parameters"] = [
            _with_examples(one, known.get(one["name"], []))
            for one in named
            if one.get("x-roles", {}).get(document["role"]) != "optional"  # then it is of no use to this role
        ]
    return content


def known_values(path: str, data: Mapping[str, Any], now: datetime) -> dict[str, list[str]]:
    """By parameter, values that lead somewhere: ids of accounts that are there, windows in which something happened."""
    ibans = [data[name] for name in ("existing_iban", "missing_iban") if name in data]
    starts, ends = ([_moment(now, days) for days in ago] for ago in WINDOWS["/transactions" if "{" in path else ""])
    values = {"accountId": data.get("account_ids", []), "iban": ibans}
    values |= dict.fromkeys(("from", "fromCreateDateTime"), starts)
    values |= dict.fromkeys(("to", "toCreateDateTime"), ends)
    return {name: found for name, found in values.items() if found}


def settings(content: Mapping[str, Any]) -> str:
    """Its schemathesis.toml: two users that must not see each other's objects, and where to take values from."""
    lines = [
        "[auth.wfc]",
        'path = "users.json"',
        f'user = "{next(iter(CLIENTS))}"',
        f"peers = {json.dumps([*CLIENTS])}",
    ]
    for number, (path, item) in enumerate(content["paths"].items()):
        known = {
            one["name"]: [example["value"] for example in one["examples"].values()]
            for one in item["get"]["parameters"]
            if "examples" in one
        }
        for name, values in known.items():
            lines += [f"[dictionaries.{name}{number}]", f"values = {json.dumps(values)}"]
        lines += ["[[operations]]", f"include-path = {json.dumps(path)}", "[operations.parameters]"]
        for name in known:
            share = SHARES.get(name, 1.0)
            lines.append(f'{name} = {{ dictionary = "{name}{number}", probability = {share} }}')
    return "\n".join(lines) + "\n"


def users(tokens: Mapping[str, str]) -> dict[str, Any]:
    """Its file of users (Web Fuzzing Commons)."""
    return {
        "auth": [
            {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {tokens[slot]}"}]}
            for name, slot in CLIENTS.items()
        ]
    }


def _with_examples(parameter: Mapping[str, Any], values: Sequence[str]) -> dict[str, Any]:
    if not values:
        return dict(parameter)
    return {**parameter, "examples": {f"known{number}": {"value": value} for number, value in enumerate(values)}}


def _moment(now: datetime, days_ago: int) -> str:
    return (now - timedelta(days=days_ago)).isoformat(timespec="seconds")


def _read(path: Path) -> dict[str, Any]:
    """A report that it did not write has nothing in it: without failures there is no baseline."""
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
