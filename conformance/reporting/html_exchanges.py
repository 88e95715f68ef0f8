"""Exchanges as report.html shows them: exact, inert and bounded in size."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from markupsafe import Markup, escape

from conformance.reporting.text import visible

LARGEST_BODY = 20_000  # characters of one body
LARGEST_HEADER = 2_000
MOST_HEADERS = 60
LARGEST_REPORT = 4_000_000  # characters of markup that all exchanges together may take
UNFOLDED_LINES = 40
FOLDING_WORTH = 12  # a rest shorter than this is not folded away
DEEPEST_INDENT = 24

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)
_OPENING, _CLOSING = ("{", "["), ("}", "]")
_ESCAPE = Markup('<span class="esc">{}</span>')


@dataclass(frozen=True, slots=True)
class Body:
    """A body for reading: the first lines, then a rest to fold. `shown` of `total` characters are here."""

    head: Markup
    rest: Markup
    rest_lines: int
    is_indented: bool
    shown: int
    total: int

    @property
    def is_cut(self) -> bool:
        return self.shown < self.total


@dataclass(frozen=True, slots=True)
class Side:
    """A request or a reply: its first line, headers and body."""

    line: Markup
    headers: Sequence[tuple[Markup, Markup]]
    body: Body | None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One exchange where a reader wants it. Without a `request` only its number is given."""

    number: int
    at: str = ""
    ms: float | None = None
    request: Side | None = None
    reply: Side | None = None
    failure: str = ""
    is_elsewhere: bool = False


class Exhibits:
    """The few exchanges that a report embeds, each once: as evidence first, and as company while there is room."""

    def __init__(self, exchanges: Iterable[Mapping[str, Any]], evidence: Sequence[int], company: Sequence[int]) -> None:
        wanted = dict.fromkeys([*evidence, *company])
        lines = {line["n"]: line for line in exchanges if line["n"] in wanted}
        room = LARGEST_REPORT
        self._exhibits: dict[int, Exhibit] = {}
        for number in wanted:
            if number in lines and room > 0:
                self._exhibits[number] = _exhibit(lines.pop(number))
                room -= _weight(self._exhibits[number])
        self._evidence = set(evidence)
        self._placed: set[int] = set()

    def place(self, number: int, *, as_evidence: bool = False) -> Exhibit:
        """The exchange of that number, or a hint where its one place is another."""
        if number not in self._exhibits:
            return Exhibit(number)
        if number in self._placed or (number in self._evidence and not as_evidence):
            return Exhibit(number, is_elsewhere=True)
        self._placed.add(number)
        return self._exhibits[number]


def lines_of(exchanges: Iterable[Mapping[str, Any]], numbers: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """The exchanges of those numbers; all others are read past."""
    return {line["n"]: line for line in exchanges if line["n"] in numbers}


def shown_by(command: str, lines: Iterable[Mapping[str, Any]]) -> int | None:
    """The number of the latest exchange with the request of that curl line, if one of them has it."""
    same = [line["n"] for line in lines if any(f"{line['request']['target']}{quote}" in command for quote in "'\"")]
    return max(same, default=None)


def exact(text: str, keep: str = "") -> Markup:
    """The text as safe markup. What cannot be seen is written out and marked; `keep` stays as it is."""
    if text.isprintable():
        return escape(text)
    parts = []
    for is_plain, run in groupby(text, lambda char: char.isprintable() or char in keep):
        piece = "".join(run)
        parts.append(escape(piece) if is_plain else _ESCAPE.format(visible(piece)))
    return Markup("").join(parts)


def numbers_in_short(numbers: Sequence[int], most: int = 12) -> str:
    """Numbers as ranges: 3, 5-9, 12; an ellipsis where there are more than `most` ranges."""
    ordered = sorted(set(numbers))
    starts = [ordered[0], *(after for before, after in pairwise(ordered) if after != before + 1)] if ordered else []
    ends = [*(before for before, after in pairwise(ordered) if after != before + 1), *ordered[-1:]]
    ranges = [str(first) if first == last else f"{first}–{last}" for first, last in zip(starts, ends, strict=True)]
    return ", ".join(ranges[:most]) + ("…" if len(ranges) > most else "")


# --- small print --------------------------------------------------------------------------------------------


def _exhibit(line: Mapping[str, Any]) -> Exhibit:
    request, reply = line["request"], line.get("reply")
    return Exhibit(
        line["n"],
        at=str(line.get("at", "")),
        ms=line.get("ms"),
        request=_side(f"{request['method']} {request['target']}", request),
        reply=_side(str(reply["status"]), reply) if reply is not None else None,
        failure=_cut(str(line.get("failure", "")), LARGEST_HEADER),
    )


def _side(first_line: str, message: Mapping[str, Any]) -> Side:
    headers = [(exact(_cut(name, 200)), exact(_cut(value, LARGEST_HEADER))) for name, value in message["headers"]]
    left_out = len(headers) - MOST_HEADERS
    if left_out > 0:
        headers = [*headers[:MOST_HEADERS], (Markup("…"), Markup(f"+{left_out}"))]
    return Side(exact(_cut(first_line, LARGEST_HEADER)), headers, _body(message.get("body", "")))


def _body(text: str) -> Body | None:
    if not text:
        return None
    cut = text[:LARGEST_BODY]
    laid_out = _laid_out(cut) if _is_json(text) else cut
    if len(laid_out) > 3 * LARGEST_BODY:  # mostly brackets: white space would be all there is to read
        laid_out = cut
    lines = laid_out.split("\n")
    kept = len(lines) if len(lines) < UNFOLDED_LINES + FOLDING_WORTH else UNFOLDED_LINES
    return Body(
        exact("\n".join(lines[:kept]), keep="\n"),
        exact("\n".join(lines[kept:]), keep="\n"),
        len(lines) - kept,
        laid_out != cut,
        len(cut),
        len(text),
    )


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _laid_out(text: str) -> str:
    """A JSON text, or the beginning of one, on several lines; only white space between its tokens is changed."""
    parts: list[str] = []
    depth = 0
    tokens = ["", *_TOKENS.findall(text), ""]
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token in _CLOSING:
            depth -= 1
            parts += [] if before in _OPENING else [_line_end(depth)]
        parts.append(token)
        if token in _OPENING:
            depth += 1
            parts += [] if after in _CLOSING else [_line_end(depth)]
        elif token == ",":
            parts.append(_line_end(depth))
        elif token == ":":
            parts.append(" ")
    return "".join(parts)


def _line_end(depth: int) -> str:
    return "\n" + "  " * min(depth, DEEPEST_INDENT)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…"


def _weight(exhibit: Exhibit) -> int:
    """How many characters of markup an exchange takes."""
    total = 2_000
    for side in (exhibit.request, exhibit.reply):
        if side is not None:
            total += len(side.line) + sum(len(name) + len(value) + 40 for name, value in side.headers)
            total += len(side.body.head) + len(side.body.rest) if side.body else 0
    return total
