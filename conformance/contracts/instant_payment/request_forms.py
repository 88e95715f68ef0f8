"""What must be the same in a request of a finished run and in the one that a later judgement makes in its place.

What the rejudgement of signed messages shows: that each check asked for the same thing, in the same order, with the
answers on record; that every signature on record is by the bank whose key the run named, or is not, just as the check
wanted it; that each message has the same members with the same values, and each envelope the same header and parts.

What it cannot show: what is inside ciphertext (the content may be another one than the check wanted, as long as it
has the same form); what only a private key tells (which AES key was transported, what the receiver bank answered),
for that the run's own word is taken; whether a date was fresh; and whatever the redaction took out of a request. And
as with every bundle: that the target gave these answers. Who seals it holds the keys, and could have signed other
requests and written other answers; an operator who must know sends requests of his own, or opens the letter with the
full exchanges.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from conformance.contracts.instant_payment.published_keys import SPARE
from conformance.contracts.instant_payment.stand_ins import public_halves, stand_in
from conformance.contracts.instant_payment.wire import KEYS, SIGNED_MESSAGE, TOLD_BY
from conformance.crypto.keys import private_key, rsa_public
from conformance.transport.message import Request
from conformance.transport.replay import difference

_TOKEN = re.compile(r"ey[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)+", re.ASCII)
_SLOT = re.compile(r"<[A-Z][A-Z0-9_]+>", re.ASCII)  # what stands in place of a secret
_UNSURE = re.compile(r"<\d+ characters>|<(?:RS|PS)\d+ of [a-z ]+>|<of nobody>", re.ASCII)
_ODD = re.compile(r"[^A-Za-z0-9_-]", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+", re.ASCII)
_PIECE = re.compile(r"[A-Za-z0-9_+/=-]{40,}", re.ASCII)
_HASHES: Mapping[str, type[HashAlgorithm]] = {"RS384": SHA384, "RS512": SHA512}


def request_difference(facts: Mapping[str, str | bool]) -> Callable[[Request, Request], str]:
    """In what a request that is made now, with stand-ins for keys, differs from one on record, or nothing.

    Where the redaction took something out of the one on record, they are compared as far as that can still be read.
    """
    on_record = [*public_halves(facts).items(), ("a published key", rsa_public(private_key(SPARE)))]
    stand_ins = [
        (name, rsa_public(private_key(stand_in(name, key.key_size)))) for name, key in public_halves(facts).items()
    ]
    # A request on record may be sent once more as it is: then the real keys have signed what is made now.
    now, then = _Forms([*stand_ins, *on_record]), _Forms(on_record)

    def told(made: Request, recorded: Request) -> str:
        if _SLOT.search(_body(recorded)):
            return difference(replace(made, body=b""), replace(recorded, body=b""))
        is_whole = not any(_SLOT.search(_decoded(run).decode("latin-1")) for run in _PIECE.findall(_body(recorded)))
        return difference(now.of(made, is_whole=is_whole), then.of(recorded, is_whole=is_whole))

    return told


class _Forms:
    """Forms of requests that were signed with some of these keys."""

    def __init__(self, keys: Sequence[tuple[str, RSAPublicKey]]) -> None:
        self._keys = keys

    def of(self, request: Request, *, is_whole: bool) -> Request:
        """The request with everything that keys and the clock decide taken out of target and body.

        One that is not whole tells neither lengths nor signers.
        """
        form = self._of(request)
        if is_whole:
            return form
        return replace(form, body=_UNSURE.sub("<>", _body(form)).encode("utf-8", "surrogateescape"))

    def _of(self, request: Request) -> Request:
        text = _body(request)
        body = json.dumps(self._json_or_text(text)) if text else ""
        return replace(request, target=self._any_text(request.target), body=body.encode("utf-8", "surrogateescape"))

    def _any_text(self, text: str) -> str:
        """A text that is no JSON, or two of them: what in it looks like an envelope, ciphertext or a date."""
        text = _TOKEN.sub(lambda match: self._envelope(match.group()), text)
        text = _PIECE.sub(lambda match: f"<{len(match.group())} characters>", text)
        return _DATE.sub("<date>", text)

    def _value(self, name: str, value: Any) -> Any:
        """A JSON value; objects are lists of pairs, so that members which stand twice stay twice."""
        if isinstance(value, _Pairs):
            return [[key, self._value(key, item)] for key, item in value]
        if isinstance(value, list):
            return [self._value(name, item) for item in value]
        return self._text(name, value) if isinstance(value, str) else value

    def _text(self, name: str, text: str) -> Any:
        if name == "request_date":
            return re.sub(r"[A-Za-z]", "a", re.sub(r"\d", "0", text))
        if name == "ciphertext":
            return "<ciphertext>"
        if name in KEYS or name in ("iv", "tag", "encrypted_key", "signature"):
            return _length(text)
        if text.startswith("{"):
            return self._json_or_text(text)
        if name in TOLD_BY or name == SIGNED_MESSAGE or _TOKEN.fullmatch(text):
            return self._envelope(text)
        return self._piece(text) if _PIECE.fullmatch(text) else text

    def _envelope(self, text: str) -> str:
        """A compact JWS or JWE: header and payload in words, other parts by their length."""
        parts = text.split(".")
        header = self._piece(parts[0])
        if len(parts) == 1:
            return header
        if len(parts) > 4 or "enc" in header:
            ciphertext = ["<ciphertext>"] * len(parts[3:4])
            return ".".join([header, *map(_length, parts[1:3]), *ciphertext, *map(_length, parts[4:])])
        signer = self._signer(*parts) if len(parts) == 3 else ""
        return ".".join([header, self._piece(parts[1]), *map(_length, parts[2:])]) + signer

    def _piece(self, part: str) -> str:
        """What Base64url holds where that is a text, else how long it is."""
        raw = _decoded(part)
        if raw[:1] not in (b"{", b"[", b'"'):
            try:
                text = raw.decode("utf-8")
            except ValueError:
                return _length(part)
            if not text.isprintable():
                return _length(part)
        text = raw.decode("utf-8", "backslashreplace")
        odd = "".join(sorted(set(_ODD.findall(part))))
        return f"({json.dumps(self._json_or_text(text))}){f' with {odd!r} in it' if odd else ''}"

    def _json_or_text(self, text: str) -> Any:
        try:
            return self._value("", _json(text))
        except ValueError:
            return self._any_text(text)

    def _signer(self, header: str, payload: str, signature: str) -> str:
        """Whose signature it is; nothing where it is nobody's that is known."""
        raw = _decoded(signature)
        signed = f"{header}.{payload}".encode("ascii", "replace")
        for name, key in self._keys:
            for alg in ("RS256", "RS384", "RS512", "PS256"):
                if len(raw) == (key.key_size + 7) // 8 and _fits(key, raw, signed, alg):
                    return f" <{alg} of {name}>"
        return " <of nobody>"


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object in their order."""


def _body(request: Request) -> str:
    return request.body.decode("utf-8", "surrogateescape")


def _length(text: str) -> str:
    return f"<{len(text)} characters>"


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_Pairs, parse_float=str, parse_int=str, parse_constant=str)


def _decoded(part: str) -> bytes:
    """What a lenient reader finds in Base64url: whatever has no place there is left out."""
    plain = _ODD.sub("", part)
    whole = plain[: len(plain) - (len(plain) % 4 == 1)]
    return base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4))


def _fits(key: RSAPublicKey, signature: bytes, signed: bytes, alg: str) -> bool:
    scheme: Any = padding.PKCS1v15()
    if alg == "PS256":
        scheme = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)
    try:
        key.verify(signature, signed, scheme, _HASHES.get(alg, SHA256)())
    except InvalidSignature:
        return False
    return True
