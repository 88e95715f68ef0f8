"""An exchange as one line for a shell (bash, zsh) that shows it again.

Secrets stand there as variables: `export TOKEN_FULL=...` first. Personal data are pseudonyms.
"""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlsplit

from conformance.transport.message import MEASURE, Request
from conformance.transport.redaction import Redactor
from conformance.transport.tls import address_of

LARGEST_BODY = 32 * 1024  # bytes; a longer body fits neither a report nor the argument of a command

_SENT_UNASKED = ("Accept", "User-Agent")  # what curl adds by itself and our transport does not
_PLACEHOLDER = re.compile(r"<([A-Za-z][\w .:-]*)>", re.ASCII)
_SAFE_IN_TARGET = re.compile(r"/[\w\-.~:/?@!$&'()*+,;=%\[\]{}]*", re.ASCII)  # curl sends these as they are
_ACTIVE_IN_DOUBLE_QUOTES = set('"$`\\!')  # the last one in an interactive shell only


def curl(request: Request, base_url: str, redactor: Redactor) -> str:
    """The request as a curl command on one line, without secrets and personal data.

    A measurement of the connection is shown with the tool that an engineer would use for it.
    """
    if request.method == MEASURE:
        return _measurement(request.target, base_url)
    words = ["curl -isS --path-as-is"]
    # With -X HEAD curl would wait for a body that never comes.
    words.append("--head" if request.method == "HEAD" else f"-X {_method(request.method)}")
    if request.header("Accept-Encoding"):
        words.append("--compressed")  # the header below stays as it is; the answer is shown decoded
    words += [f"-H '{name}:'" for name in _SENT_UNASKED if request.header(name) is None]
    words += [f"-H {_header(name, value, redactor)}" for name, value in request.headers]
    body, pipe = _body(request, redactor)
    words += body
    words += _url(request.target, base_url, redactor)
    return pipe + " ".join(words)


def _measurement(what: str, base_url: str) -> str:
    kind, _, detail = what.partition(":")
    host, port = address_of(base_url)
    if kind == "plain-http":
        return f"curl -isS {_quoted(f'http://{host}:{80 if port == 443 else port}{urlsplit(base_url).path}{detail}')}"
    only = f" -{detail.lower().replace('tlsv', 'tls').replace('.', '_')}" if kind == "handshake" else ""
    return f"openssl s_client -connect {_quoted(f'{host}:{port}')}{only} </dev/null"


def _method(method: str) -> str:
    return method if re.fullmatch(r"[A-Z]+", method) else _quoted(method)


def _header(name: str, value: str, redactor: Redactor) -> str:
    if not value.strip():
        return _quoted(f"{name};")  # curl's way to send a header without a value
    shown = redactor.prose(value)
    with suppress(UnicodeEncodeError):
        # On the wire a header is Latin-1, in the shell a word is UTF-8.
        shown = shown.encode("latin-1").decode("utf-8", "surrogateescape")
    return _word(f"{name}: {shown}", value)


def _url(target: str, base_url: str, redactor: Redactor) -> list[str]:
    base, shown = redactor.prose(base_url).rstrip("/"), redactor.prose(target)
    if not _SAFE_IN_TARGET.fullmatch(target):
        prefix = urlsplit(base).path
        return [f"--request-target {_word(prefix + shown, target)}", _quoted(base + "/")]
    # Without -g curl takes brackets and braces for patterns.
    no_patterns = ["-g"] if set("[]{}") & set(target) else []
    return [*no_patterns, _word(base + shown, target)]


def _body(request: Request, redactor: Redactor) -> tuple[list[str], str]:
    """The words that send the body, and what goes before the command where they cannot hold it."""
    if not request.body and request.method not in ("POST", "PUT", "PATCH"):
        return [], ""
    words = [] if request.header("Content-Type") is not None else ["-H 'Content-Type:'"]
    if len(request.body) > LARGEST_BODY:
        return [*words, "--data-binary @BODY"], f": 'first write the {len(request.body)} bytes to BODY'; "
    raw = request.body.decode("utf-8", "surrogateescape")
    text = redactor.prose(raw)
    if "\0" in text:  # no argument of a command can hold it
        return [*words, "--data-binary @-"], f"printf {_printf(text, raw)} | "
    # --data-binary would take a leading @ for the name of a file.
    option = "--data-raw" if text.startswith("@") else "--data-binary"
    return [*words, f"{option} {_word(text, raw)}"], ""


# --- quoting ------------------------------------------------------------------------------------------------


def _word(shown: str, raw: str) -> str:
    """A redacted text as one shell word in which each secret is a variable."""
    pieces = _pieces(shown, raw)
    if len(pieces) == 1:
        return _quoted(shown)
    literals = "".join(pieces[::2])
    if literals.isprintable() and not _ACTIVE_IN_DOUBLE_QUOTES & set(literals):
        return '"' + "".join(_inside(pieces, index) for index in range(len(pieces))) + '"'
    words = [_quoted(piece) if index % 2 == 0 else f'"${_variable(piece)}"' for index, piece in enumerate(pieces)]
    return "".join(word for word, piece in zip(words, pieces, strict=True) if piece)


def _pieces(shown: str, raw: str) -> list[str]:
    """Literal text and names of secrets in turn. What looks like a placeholder in the raw text is none."""
    pieces, start = [], 0
    for match in _PLACEHOLDER.finditer(shown):
        if match.group() not in raw:
            pieces += [shown[start : match.start()], match.group(1)]
            start = match.end()
    return [*pieces, shown[start:]]


def _inside(pieces: list[str], index: int) -> str:
    if index % 2 == 0:
        return pieces[index]
    name = _variable(pieces[index])
    return f"${{{name}}}" if re.match(r"\w|\[", pieces[index + 1]) else f"${name}"


def _variable(slot: str) -> str:
    return re.sub(r"\W", "_", slot, flags=re.ASCII)


def _quoted(text: str) -> str:
    """One literal shell word on one line; bytes that cannot be seen are written as escapes."""
    if text.isprintable():
        return "'" + text.replace("'", "'\\''") + "'"
    inner = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(char if char.isprintable() else _escaped(char) for char in inner) + "'"


def _escaped(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def _printf(text: str, raw: str) -> str:
    """The arguments that let printf write the text, NUL bytes included."""
    pieces = _pieces(text, raw)
    literals = ["".join(_octal(byte) for byte in piece.encode("utf-8", "surrogateescape")) for piece in pieces[::2]]
    return " ".join(["'" + "%s".join(literals) + "'", *(f'"${_variable(name)}"' for name in pieces[1::2])])


def _octal(byte: int) -> str:
    if byte == ord("%"):
        return "%%"
    return chr(byte) if 0x20 <= byte < 0x7F and byte not in b"'\\" else f"\\{byte:03o}"
