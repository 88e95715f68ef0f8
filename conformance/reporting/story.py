"""One entry of results.json told for a person: on a line, as a story, and the exchange that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.engine.verdict import Verdict
from conformance.reporting.text import visible

LARGEST_BODY = 20_000  # characters of one body; exchanges.jsonl has it whole
MOST_EXCHANGES = 5  # beside one check

Entry = Mapping[str, Any]


def headline(check: Entry) -> str:
    """A check on one line: requirement, subject, expected beside actual."""
    seen = [f"expected {check['expected']}"] if "expected" in check else []
    # The actual value of an error is a stack trace, which has its place in the story.
    if "actual" in check and check["verdict"] != Verdict.ERROR:
        seen.append(f"actual {check['actual']}")
    parts = [check["requirement"], check.get("subject", ""), ", ".join(seen)]
    return ": ".join(part for part in parts if part)


def story(check: Entry, requirement: Entry) -> str:
    """A check on several lines, with its clause and the command that shows it again."""
    clauses = ", ".join(requirement.get("clauses", ()))
    lines = [f"{requirement['title']['en']} (clause {clauses})"] if requirement else []
    names = ("subject", "expected", "actual", "missing", "reproduce")
    lines += [f"{name + ':':<10} {check[name]}" for name in names if name in check]
    lines += [f"{number:>9}. {step}" for number, step in enumerate(check.get("steps", ()), 1)]
    if "count" in check:
        lines.append(f"cases that failed alike: {check['count']}")
    if check["exchanges"]:
        lines.append(f"exchanges: {', '.join(map(str, check['exchanges']))}")
    return "\n".join(lines)


def exhibits(check: Entry) -> list[int]:
    """The numbers of the exchanges to be shown beside a check: its evidence first."""
    evidence = [check["evidence"]] if "evidence" in check else []
    return list(dict.fromkeys([*evidence, *check["exchanges"]]))[:MOST_EXCHANGES]


def as_http(exchange: Entry, largest_body: int = LARGEST_BODY) -> str:
    """A line of exchanges.jsonl as the request and the reply that it holds; nothing in it can move a cursor."""
    request, reply = exchange["request"], exchange.get("reply")
    lines = [f"{request['method']} {visible(request['target'])}", *_headers_and_body(request, largest_body), ""]
    if reply is None:
        return "\n".join([*lines, f"no answer: {visible(exchange['failure'])}"])
    return "\n".join([*lines, f"{reply['status']} after {exchange['ms']} ms", *_headers_and_body(reply, largest_body)])


def _headers_and_body(side: Entry, largest_body: int) -> list[str]:
    lines = [f"{visible(name)}: {visible(value)}" for name, value in side["headers"]]
    body = side.get("body", "")
    if not body:
        return lines
    shown = list(map(visible, body[:largest_body].splitlines()))
    if len(body) > largest_body:
        shown.append(f"... and {len(body) - largest_body} characters more")
    return [*lines, "", *shown]
