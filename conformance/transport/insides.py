"""What an answer may show of the software behind it, whatever the contract."""

from __future__ import annotations

import re


def insides_in(body: bytes) -> list[str]:
    """What a body shows of the inside of a server, each in a few words."""
    text = re.sub(r"\\[nrt]", " ", body.decode("utf-8", "replace"))
    return [what for what, pattern in _INSIDES.items() if pattern.search(text)]


_INSIDES = {
    "a stack trace": re.compile(
        r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+|\bat [\w.$<>]+\([\w.]+\.(?:java|kt|scala):\d+\)"
        r"|\bat .{1,200}\.(?:js|ts|cs):(?:line )?\d+|goroutine \d+ \[|\.php on line \d+"
    ),
    "the name of an exception": re.compile(r"\b(?:[a-z_]\w*\.)+[A-Z]\w*(?:Exception|Error)\b|\b[A-Z]\w+Exception\b"),
    "a statement of SQL": re.compile(r"\bSELECT\b.{1,300}\bFROM\b|\bINSERT INTO\b|\bWHERE\b.{1,200}=", re.DOTALL),
    "a fault of the database": re.compile(r"ORA-\d{5}|SQLSTATE|syntax error at or near|SQL syntax"),
}
