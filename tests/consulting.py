"""What tests of the doctor share: a provider that tells the time, and what the doctor said."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from conformance.contracts.kz_accounts.provider import Provider
from conformance.transport.message import Reply, Request
from tests.test_cli import Said

Change = Callable[[dict[str, Any]], None]


class TellsTheTime(Provider):
    """The reference provider with a Date header some seconds off."""

    off = 0.0

    def date_header(self) -> str:
        return format_datetime(datetime.now(UTC) + timedelta(seconds=self.off), usegmt=True)


class Counts:
    """Passes requests on, and keeps them."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler
        self.seen: list[Request] = []

    def handle(self, request: Request) -> Reply:
        self.seen.append(request)
        reply: Reply = self._handler.handle(request)
        return reply


class Seen:
    """What the doctor said, by topic."""

    def __init__(self, said: Said) -> None:
        self.said = said
        self.findings: list[dict[str, str]] = json.loads(said.out)["findings"]

    @property
    def unwell(self) -> list[tuple[str, str, str]]:
        return [
            (entry["severity"], entry["topic"], entry["owner"])
            for entry in self.findings
            if entry["severity"] != "fine"
        ]

    def text(self, topic: str) -> str:
        return " | ".join(entry["text"] for entry in self.findings if entry["topic"] == topic)


def written(folder: Path, document: dict[str, Any], change: Change = lambda document: None) -> Path:
    change(document)
    path = folder / "conformance.json"
    path.write_text(json.dumps(document), "utf-8")
    return path
