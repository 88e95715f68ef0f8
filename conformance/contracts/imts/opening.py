"""What the target encrypted in its answers, opened. The finding is a fact of the run, in which no value is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.drafting import Drafting
from conformance.crypto import cbc
from conformance.crypto.compact import BadEnvelope

Finding = Callable[[dict[str, Any]], str]
"""Looks at what was inside and says in public words what is wrong with it; nothing where all is right."""


def opened(partner: Drafting, answer: Answer, what: str, find_out: Finding) -> str:
    """What is wrong with the personal data of an answer, nothing where all is right. `what` names the question."""
    members = answer.value("personal_data")
    return partner.fact(f"{what} of exchange {answer.exchange.number}", lambda: _opened(partner, members, find_out))


def unopened(partner: Drafting, answer: Answer) -> str:
    """Why the personal data of an answer are no JSON object under the partner_key; nothing where they are."""
    return opened(partner, answer, "flaws", lambda found: "")


def lacking_of(data: Mapping[str, str]) -> Finding:
    """Whether data come back as they were registered: the names of the members that do not."""

    def find_out(found: dict[str, Any]) -> str:
        return ", ".join(sorted(name for name, value in data.items() if found.get(name) != value))

    return find_out


def _opened(partner: Drafting, members: Any, find_out: Finding) -> str:
    reading = partner.declaration.encryption.reading
    if not isinstance(members, dict):
        return "no object"
    try:
        found = json.loads(cbc.decrypt(reading.read(members), partner.partner_key).decode("utf-8"))
    except BadEnvelope as flaw:
        return str(flaw.flaw)
    except ValueError:
        return "no JSON inside"
    return find_out(found) if isinstance(found, dict) else "no JSON object inside"
