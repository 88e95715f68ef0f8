"""A short name for one failure, the same in every run that fails alike.

It is made of what results.json publishes, so that anybody can make it again. What changes from run to run although the
failure is the same does not count: moments, ids, account numbers, long numbers, the stand-ins of redacted values of
those forms. Everything else does: where in doubt, a failure is another one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

FINGERPRINT = re.compile(r"(?:check|fuzz):[0-9a-f]{16}")


def _as_time(match: re.Match[str]) -> str:
    """The form stays: that a zone is lost is another failure than a wrong moment."""
    text = re.sub(r"[A-Z][a-z]+", lambda name: "Day" if len(name.group()) == 3 else "Weekday", match.group())
    return re.sub(r"\d", "0", re.sub(r"\.\d+", ".0", text))


def _as_id(match: re.Match[str]) -> str:
    """Length, case and punctuation stay."""
    text = match.group()
    return re.sub(r"[0-9A-Za-z]", "X" if text.upper() == text else "x", text)


_CHANGING: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), _as_id),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"), _as_time),
    (re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, \d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} [\d:]+"), _as_time),
    (re.compile(r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b"), _as_id),
    (re.compile(r"\b(?:\d+(?:\.\d+)? ms|\d+\.\d+ s)\b"), lambda _: "<duration>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{16,}\b", re.IGNORECASE), _as_id),
    (re.compile(r"(?<![\w.])-?\d{6,}(?:\.\d+)?\b"), lambda _: "<number>"),
)


def fingerprint(failure: Mapping[str, Any]) -> str:
    """The fingerprint of a check, or of a failure of fuzzing, as it stands in results.json."""
    is_fuzzed = "operation" in failure
    kind = "fuzz" if is_fuzzed else "check"
    names = ["requirement", "version", "operation"] if is_fuzzed else ["id", "version"]
    parts = [failure[name] for name in names]
    parts += [_lasting(failure.get(name, "")) for name in ("subject", "expected", "actual")]
    digest = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8")).hexdigest()
    return f"{kind}:{digest[:16]}"


def _lasting(text: str) -> str:
    for pattern, form in _CHANGING:
        text = pattern.sub(form, text)
    return text
