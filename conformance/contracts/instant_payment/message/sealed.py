"""instant-payment encryption, step 3: the JWE, what can be seen of it without the key, and what the key opens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jwcrypto.common import JWException
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.message.apart import JWE_PARTS, Apart, take_apart
from conformance.contracts.instant_payment.message.envelope import judge_inner
from conformance.contracts.instant_payment.message.forms import counted, form, shown
from conformance.contracts.instant_payment.message.jsonread import JsonFault, read
from conformance.contracts.instant_payment.message.notebook import Notebook
from conformance.crypto import compact, jwe
from conformance.crypto.compact import BadEnvelope, Flaw

_RULES = ("IPG-ENCRYPTION-01", "IPG-ENCRYPTION-02", "IPG-ENCRYPTION-03", "IPG-ENCRYPTION-04", "IPG-ENCRYPTION-05")
_ODD_ALGORITHMS = ["A256GCMKW", "A256KW", "dir", "A256GCM", "A256CBC-HS512", "A128GCM", "A192GCM", "A128CBC-HS256"]


@dataclass(frozen=True, slots=True)
class Data:
    """Encrypted data: its header as far as it can be read, and what was inside, None where nothing opened it."""

    header: Mapping[str, Any] | None = None
    payload: bytes | None = None


class Sealed:
    """The JWE in a member of the signed object."""

    def __init__(self, name: str, note: Notebook) -> None:
        self._name, self._note = name, note

    def judge(self, value: Any, aes_keys: Sequence[bytes], missing: str) -> Data:
        """IPG-ENCRYPTION-01 to -05; `missing` is why no AES key is known."""
        if value is None:
            self._note.unknown(_RULES, self._name, "there is none to look at")
            return Data()
        apart = take_apart(_unwrapped(value), JWE_PARTS)
        expected = "a JWE in compact serialisation: five parts in Base64url"
        if apart is None:
            self._note.wrong("IPG-ENCRYPTION-01", self._name, expected, _what_else(value))
            self._note.unknown(_RULES[1:], self._name, "there is no JWE")
            return Data()
        header, flaws = self._header(apart)
        actual = "; ".join(flaws) or "five parts in Base64url, the header a JSON object"
        self._note.judge("IPG-ENCRYPTION-01", self._name, not flaws, expected, actual)
        if header is None:
            self._note.unknown(_RULES[1:], self._name, "there is no header that can be read")
            return Data()
        self._judge_algorithms(header)
        self._judge_lengths(apart, header)
        return Data(header, self._opened(apart, header, aes_keys, missing))

    def _header(self, apart: Apart) -> tuple[Mapping[str, Any] | None, list[str]]:
        flaws = list(apart.flaws)
        if apart.parts[0] is None:
            return None, flaws
        found = read(apart.parts[0])
        judge_inner(found, f"header of {self._name}", self._note)
        if found.object is None:
            flaws.append("its header is no JSON object")
        elif told := found.told(*set(JsonFault) - {JsonFault.TWICE}):
            flaws.append(f"its header {told}")
        elif "crit" in found.object:
            flaws.append("its header has crit, which asks for extensions that the source does not know")
        return found.object, flaws

    def _judge_algorithms(self, header: Mapping[str, Any]) -> None:
        for rule, member, wanted in (("IPG-ENCRYPTION-02", "alg", jwe.ALG), ("IPG-ENCRYPTION-03", "enc", jwe.ENC)):
            actual = shown(header[member]) if member in header else f"no {member}"
            place = f"{member} in the header of {self._name}"
            self._note.judge(rule, place, header.get(member) == wanted, f'"{wanted}"', actual)

    def _judge_lengths(self, apart: Apart, header: Mapping[str, Any]) -> None:
        """IPG-ENCRYPTION-04, of the parts that the named algorithms have."""
        _, encrypted_key, iv, _, tag = apart.parts
        wanted: list[tuple[str, bytes | str | None, int]] = []
        is_wrapped, is_gcm = header.get("alg") == jwe.ALG, header.get("enc") == jwe.ENC
        if is_wrapped:
            wanted += [("header member iv", _member(header, "iv"), jwe.IV_BYTES)]
            wanted += [("header member tag", _member(header, "tag"), jwe.TAG_BYTES)]
        if is_wrapped and is_gcm:
            wanted += [("encrypted key", encrypted_key, jwe.KEY_BYTES)]
        if is_gcm:
            wanted += [("IV", iv, jwe.IV_BYTES), ("tag", tag, jwe.TAG_BYTES)]
        for what, value, length in wanted:
            place = f"{what} of {self._name}"
            expected = f"{8 * length} bits ({length} bytes)"
            if isinstance(value, bytes):
                actual = counted(len(value), "byte")
                self._note.judge("IPG-ENCRYPTION-04", place, len(value) == length, expected, actual)
            elif isinstance(value, str):
                self._note.wrong("IPG-ENCRYPTION-04", place, expected, value)
            else:
                self._note.unknown(["IPG-ENCRYPTION-04"], place, "it is missing or cannot be decoded")
        if not (is_wrapped and is_gcm):
            why = "other algorithms have other lengths"
            self._note.unknown(["IPG-ENCRYPTION-04"], self._name, why)

    def _opened(self, apart: Apart, header: Mapping[str, Any], aes_keys: Sequence[bytes], missing: str) -> bytes | None:
        rule, expected = "IPG-ENCRYPTION-05", "encrypted data that the transported AES key opens"
        if not aes_keys:
            self._note.unknown([rule], self._name, missing or "no AES key of 32 bytes was transported")
            return None
        text = ".".join(apart.texts)
        flaws: list[BadEnvelope] = []
        for key in aes_keys:
            try:
                opened = jwe.decrypt(text, key)
            except BadEnvelope as error:
                flaws.append(error)
            else:
                self._note.right(rule, self._name, "it opens")
                return opened
        flaw = next((found.flaw for found in flaws if found.flaw is not Flaw.WRONG_KEY), Flaw.WRONG_KEY)
        if flaw in (Flaw.WRONG_KEY, Flaw.CONTENT):
            self._note.wrong(rule, self._name, expected, _why_not(flaw))
            return None
        payload = next(filter(None, (_leniently(text, key) for key in aes_keys)), None)
        if "zip" in header:
            self._note.wrong(rule, self._name, f"{expected}, not compressed (IR21)", "its header has zip")
        elif payload is None:
            self._note.unknown([rule], self._name, "its form is wrong, so it was not opened")
        else:
            self._note.right(rule, self._name, "it opens, though its form is wrong")
        return payload


def _why_not(flaw: Flaw) -> str:
    if flaw is Flaw.WRONG_KEY:
        return (
            "the AES key does not fit: another key wrapped the content key, or its tag or the wrapped key was changed"
        )
    return "the AES key opens the content key, but header, IV, ciphertext or tag were changed after the encryption"


def _member(header: Mapping[str, Any], name: str) -> bytes | str:
    """The bytes of a header member in Base64url, or what is there instead."""
    value = header.get(name)
    if not isinstance(value, str):
        return f"no {name}" if name not in header else form(value)
    try:
        return compact.decoded(value, name)
    except BadEnvelope:
        return "no strict Base64url"


def _unwrapped(value: Any) -> Any:
    """The object of a JSON serialisation that stands there as a text."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        inner = read(value.encode("utf-8", "replace")).object
        return value if inner is None else inner
    return value


def _what_else(value: Any) -> str:
    if not isinstance(value, str):
        return form(value)
    if value.lstrip()[:1] in ("{", "["):
        return "JSON in clear"
    try:
        is_json = read(compact.standard_decoded(value)).object is not None
    except BadEnvelope:
        is_json = False
    return "Base64 of JSON: nothing is encrypted" if is_json else f"{form(value)} without the dots of a JWE"


def _leniently(text: str, key: bytes) -> bytes | None:
    """Opened under another algorithm, or with parts of other lengths, so that what is inside can be looked at."""
    try:
        token = JWE(algs=_ODD_ALGORITHMS)
        token.deserialize(text)
        header = token.jose_header
        length = {"A128GCM": 16, "A192GCM": 24}.get(str(header.get("enc")), 32) if header.get("alg") == "dir" else 32
        token.decrypt(JWK(kty="oct", k=compact.encoded(key[:length])))
    except (JWException, ValueError, TypeError, KeyError, AttributeError, RecursionError, json.JSONDecodeError):
        return None
    return bytes(token.payload)
