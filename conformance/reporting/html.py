"""report.html: the report that people read first and may print, one file that needs nothing beside it.

It is a view of results.json and of the few exchanges that show what was wrong. The page asks nobody for anything:
styles and script stand in it, and its own policy forbids every request.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.engine.verdict import RunVerdict
from conformance.reporting.html_exchanges import exact, numbers_in_short
from conformance.reporting.html_view import View
from conformance.reporting.html_words import page_words
from conformance.reporting.results import write_text
from conformance.reporting.summary import ground as ground_of
from conformance.reporting.summary import headline
from conformance.reporting.text import cut, encodable, visible
from conformance.reporting.words import Words, words

if TYPE_CHECKING:
    from conformance.engine.contract import Contract

LONGEST_COMMAND = 8_000  # characters of a curl line
_TEMPLATES = Path(__file__).with_name("templates")


def html(
    document: Mapping[str, Any],
    contract: Contract,
    exchanges: Iterable[Mapping[str, Any]],
    *,
    lang: str = "en",
    stop_reason: str = "",
) -> str:
    """The page. `exchanges` are the lines of exchanges.jsonl; `stop_reason` tells why a run is not complete."""
    fixed, page = words(lang), page_words(lang)
    verdict = RunVerdict(document["verdict"])
    style = _text("report.css") + _printed_margins(document, fixed)
    script = _text("report.js")
    text = (
        _environment()
        .get_template("report.html")
        .render(
            document=document,
            contract=contract,
            view=View(document, contract, exchanges, fixed.titles),
            fixed=fixed,
            words=page,
            verdict=verdict,
            headline=headline(fixed, document),
            ground=_sentence(ground_of(fixed, document, verdict, stop_reason)),
            started=_moment(document["run"]["started_at"]),
            duration=_duration(document["run"]),
            longest_command=LONGEST_COMMAND,
            style=Markup(style),
            script=Markup(script),
            policy=_policy(style, script),
        )
    )
    return encodable(text)


def write_html(
    path: Path,
    document: Mapping[str, Any],
    contract: Contract,
    exchanges: Iterable[Mapping[str, Any]],
    *,
    lang: str = "en",
    stop_reason: str = "",
) -> None:
    """Write report.html in one step."""
    write_text(path, html(document, contract, exchanges, lang=lang, stop_reason=stop_reason))


def _environment() -> Environment:
    """Every text is escaped, and what cannot be seen is written out, in whatever place a template puts it."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_inert,
    )
    environment.filters |= {
        "exact": exact,
        "lines": lambda text: exact(text, keep="\n"),
        "prose": _prose,
        "in_short": numbers_in_short,
    }
    return environment


def _inert(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(text: str) -> Markup:
    """Our own sentences, in which names of members stand between backticks."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(exact(text))))


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Only this very style and this very script; nothing is fetched, framed or sent."""
    return (
        f"default-src 'none'; style-src '{_fingerprint(style)}'; script-src '{_fingerprint(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _fingerprint(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode()}"


def _printed_margins(document: Mapping[str, Any], fixed: Words) -> str:
    """What stands in the margin of every printed page: the target and the date, the verdict, the page's number."""
    target, verdict = document["target"], headline(fixed, document)
    left = _css_text(cut(f"{target['name']}, {target['base_url']}", 64))
    right = _css_text(_moment(document["run"]["started_at"]))
    foot = _css_text(f"{document['contract']['id']}: {verdict}")
    return (
        f"@page {{ @top-left {{ content: {left} }} @top-right {{ content: {right} }} "
        f"@bottom-left {{ content: {foot} }} "
        '@bottom-right { content: counter(page) " / " counter(pages) } }\n'
    )


def _css_text(text: str) -> str:
    """A CSS string in which every character that could mean anything is written as its number."""
    shown = visible(encodable(text))
    return '"' + "".join(char if char.isascii() and char.isalnum() else f"\\{ord(char):06x}" for char in shown) + '"'


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _moment(text: str) -> str:
    """As people write it, in UTC: 2026-03-01 09:00:00 UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _duration(run: Mapping[str, Any]) -> str:
    spent = datetime.fromisoformat(run["finished_at"]) - datetime.fromisoformat(run["started_at"])
    return f"{spent.total_seconds():.1f}"
