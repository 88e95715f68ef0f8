"""The HTML report as its tests look at it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from conformance.engine.contract import Contract
from tests.papers import a_contract, a_document, a_failure, a_requirement


class Page(HTMLParser):
    """The page as a browser would build it, as far as these tests look."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside: list[str] = []
        self.raw: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.inside and self.inside[-1] in ("script", "style"):
            self.raw[self.inside[-1]] = self.raw.get(self.inside[-1], "") + data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [
            have for name, have in self.elements if name == tag and all(have.get(k) == v for k, v in attributes.items())
        ]


def line(number: int = 18, body: str = '{"a":[1,2.0]}', **extra: Any) -> dict[str, Any]:
    """A line of exchanges.jsonl."""
    return {
        "n": number,
        "check": "kz-accounts/window/a_check@v3",
        "at": "2026-03-01T09:00:01.000Z",
        "request": {"method": "GET", "target": f"/v3/accounts?n={number}", "headers": [["Accept", "application/json"]]},
        "ms": 12.5,
        "reply": {"status": 200, "headers": [["Content-Type", "application/json"]], "body": body},
        **extra,
    }


def one_failure(**extra: Any) -> tuple[Contract, dict[str, Any]]:
    requirements = [a_requirement("KZA-FAIL-01")]
    return a_contract(requirements), a_document(requirements, [a_failure("KZA-FAIL-01", **extra)])
