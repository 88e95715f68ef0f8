"""Text from anywhere made fit to print: nothing that a target sends may move a cursor or break a file."""

from __future__ import annotations

_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str) -> str:
    r"""The text on one line, with what cannot be seen written out: a line end as \n, an escape as \x1b."""
    return text if text.isprintable() else "".join(map(_shown, text))


def cut(text: str, width: int) -> str:
    """The text, made visible, in at most that many columns; an ellipsis says that something was left out."""
    text = visible(text)
    return text if len(text) <= width else text[: max(width - 1, 1)] + "…"


def encodable(text: str) -> str:
    r"""The text with lone surrogates, which JSON can bring in and UTF-8 cannot take out, written as \udXXX."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _NAMED.get(char) or (f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}")
