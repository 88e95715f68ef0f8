"""Before a run: production is asked for first, and a failing doctor leaves no verdict."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.contracts.kz_accounts.stand import stand as kz_stand
from conformance.doctor.examination import looks_like_production
from conformance.serving import served
from conformance.transport.nulls import NULL_TARGETS
from tests.consulting import Counts, Seen, written
from tests.test_cli import Shell, conformance

__all__ = ["conformance"]


# --- production -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "is_production"),
    [
        ("https://openapi.bank.kz", True),
        ("https://api.contest-bank.kz", True),
        ("https://8.8.8.8", True),
        ("https://latest.bank.kz", True),
        ("https://openapi.stage.bank.kz", False),
        ("https://api-test2.bank.kz", False),
        ("https://uat.bank.kz:8443/api", False),
        ("https://sandbox.bank.kz", False),
        ("https://bank.example", False),
        ("http://localhost:8080", False),
        ("http://provider:8080", False),
        ("https://10.1.2.3", False),
        ("https://192.168.0.7", False),
        ("http://[::1]:8080", False),
    ],
)
def test_production_is_known_by_its_address(url: str, is_production: bool) -> None:
    assert looks_like_production(url) is is_production


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Counts, dict[str, Any]]]:
    """A provider that goes by a name like that of production, in this process alone."""
    stand = kz_stand()
    target = Counts(stand.provider)
    real = socket.getaddrinfo

    def known(host: Any, *arguments: Any, **named: Any) -> Any:
        return real("127.0.0.1" if host in ("openapi.bank.kz", b"openapi.bank.kz") else host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", known)
    with served(target) as url:
        public = url.replace("127.0.0.1", "openapi.bank.kz")
        yield public, target, stand.configuration(public)


@pytest.mark.parametrize("words", [("doctor",), ("run", "--quiet", "--only", "KZA-DATES"), ("run", "--skip-doctor")])
def test_production_is_left_alone_without_leave(
    conformance: Shell, tmp_path: Path, production: tuple[str, Counts, dict[str, Any]], words: tuple[str, ...]
) -> None:
    _, target, document = production
    said = conformance(*words, written(tmp_path, document))
    assert said.code == 4
    assert "openapi.bank.kz: looks like production" in said.out + said.err
    assert target.seen == []
    assert not list(tmp_path.rglob("results.json"))


def test_with_leave_production_is_asked(
    conformance: Shell, tmp_path: Path, production: tuple[str, Counts, dict[str, Any]]
) -> None:
    _, target, document = production
    seen = Seen(conformance("doctor", written(tmp_path, document), "--yes-production", "--json"))
    assert seen.said.code == 0
    assert ("warns", "environment", "configuration") in seen.unwell
    assert target.seen


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 4), ("\n", 4)])
def test_a_person_at_a_terminal_is_asked(
    conformance: Shell,
    tmp_path: Path,
    production: tuple[str, Counts, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
) -> None:
    asked: list[str] = []

    def confirm(text: str, **_: Any) -> bool:
        asked.append(text)
        return answer.startswith("y")

    monkeypatch.setattr("conformance.doctor.command.click.confirm", confirm)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    said = conformance("doctor", written(tmp_path, production[2]), "--json")
    assert said.code == code
    assert len(asked) == 1 and "looks like production" in asked[0]


# --- before a run -----------------------------------------------------------------------------------------------


def test_a_failing_doctor_stops_the_run_without_a_verdict(conformance: Shell, tmp_path: Path) -> None:
    def expire(document: dict[str, Any]) -> None:
        document["auth"]["static"]["full"] = document["auth"]["static"]["expired"]

    stand = kz_stand()
    with served(stand.provider) as url:
        config = written(tmp_path, stand.configuration(url), expire)
        said = conformance("run", config, "--quiet", "--report-dir", "report")
    assert said.is_one_line(4, "auth.static.full: expired 24 h ago; get a new one")
    left = json.loads((tmp_path / "report" / "doctor.json").read_text("utf-8"))
    assert [entry["topic"] for entry in left["findings"] if entry["severity"] == "stops"] == ["token"]
    assert not (tmp_path / "report" / "results.json").exists()


def test_warnings_are_told_before_the_run_and_stop_nothing(conformance: Shell, tmp_path: Path) -> None:
    stand = kz_stand()
    with served(stand.provider) as url:
        config = written(tmp_path, stand.configuration(url), lambda document: document["data"].pop("missing_iban"))
        said = conformance("run", config, "--only", "KZA-DATES", "--report-dir", "report")
    assert said.code == 3, "a selection in which nothing failed"
    assert said.err.index("doctor: settings: not given: data.missing_iban;") < said.err.index("checks: ")


def test_the_hidden_way_around_the_doctor_leads_to_a_verdict(conformance: Shell, tmp_path: Path) -> None:
    words = ("--quiet", "--skip-doctor", "--only", "KZA-FAILURES", "--report-dir", "report")
    with served(NULL_TARGETS["always-500"]) as url:
        said = conformance("run", written(tmp_path, kz_stand().configuration(url)), *words)
    assert said.code in (1, 3)
    assert (tmp_path / "report" / "results.json").is_file()
