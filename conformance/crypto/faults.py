"""Good envelopes with exactly one fault: a compact JWS of RS256, a compact JWE of A256GCMKW and A256GCM.

A fault is made from the parts of a good envelope, never by chance, and all else stays sound: a signature under an odd
header is over that odd header, a ciphertext beside an IV of 16 bytes is sealed with that IV. So a receiver that
accepts it has left out one very step.
"""

from __future__ import annotations

import hmac
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwcrypto.jwk import JWK

from conformance.crypto import compact, jwe, jws
from conformance.crypto.compact import as_json, decoded, encoded
from conformance.crypto.jwe import Fresh
from conformance.crypto.keys import public_part, public_pem, rsa_private, rsa_public


class JwsFault(StrEnum):
    """One fault of a compact JWS; the value says what differs from the good one."""

    HEADER_BIT = "one bit of the header is flipped"
    PAYLOAD_BIT = "one bit of the payload is flipped"
    SIGNATURE_BIT = "one bit of the signature is flipped"
    OTHER_SIGNATURE = "the signature is that of another message of the same signer"
    FOREIGN_KEY = "another key signed"
    SHA1 = "the signature is over the SHA-1 digest"
    ALG_NONE = "alg is none and there is no signature"
    ALG_NONE_IN_CAPITALS = "alg is NONE and there is no signature"
    ALG_NONE_SIGNED = "alg is none, the signature is good"
    ALG_MISSING = "there is no alg, the signature is good"
    ALG_UNTRUE = "alg says RS512, the signature is one of RS256"
    HS256_PUBLIC_PEM = "alg is HS256, the secret is the PEM text of the public key"
    HS256_PUBLIC_DER = "alg is HS256, the secret is the DER form of the public key"
    HS256_EMPTY_SECRET = "alg is HS256, the secret is empty"
    RS384 = "alg is RS384, signed with the right key"
    RS512 = "alg is RS512, signed with the right key"
    PS256 = "alg is PS256, signed with the right key"
    SIGNATURE_EMPTY = "the signature is empty"
    SIGNATURE_CUT = "the signature lacks its last byte"
    SIGNATURE_ZERO = "the signature is all zeros"
    PART_MISSING = "the signature and its dot are missing"
    PART_EXTRA = "a fourth part follows"
    WHITE_SPACE_AROUND = "a line end follows"
    WHITE_SPACE_INSIDE = "a space stands before the signature"
    PADDED = "the parts are padded with ="
    SECOND_SPELLING = "the signature is spelt in a second way that lenient decoders read as the same bytes"
    JSON_FLATTENED = "the serialisation is flattened JSON"
    JSON_GENERAL = "the serialisation is general JSON"
    CRIT_UNKNOWN = "crit names an extension that nobody knows"
    CRIT_EMPTY = "crit is an empty list"
    HEADER_TWICE = "the header names alg twice, none first"
    EMBEDDED_JWK = "another key signed, and the header carries it as jwk"
    JKU = "another key signed, and the header says where its key set is (jku)"
    X5U = "another key signed, and the header says where its certificate is (x5u)"
    FOREIGN_KID = "another key signed, and the header has a kid of any text"
    KID = "the header has a kid of any text, signed with the right key"


class JweFault(StrEnum):
    """One fault of a compact JWE; the value says what differs from the good one."""

    PART_MISSING = "the tag and its dot are missing"
    PART_EXTRA = "a sixth part follows"
    WHITE_SPACE = "a line end follows"
    PADDED = "the parts are padded with ="
    SECOND_SPELLING = "the tag is spelt in a second way that lenient decoders read as the same bytes"
    JSON_FLATTENED = "the serialisation is flattened JSON"
    JSON_GENERAL = "the serialisation is general JSON"
    ALG_A128GCMKW = "alg is A128GCMKW, with the first half of the key"
    ALG_A256KW = "alg is A256KW, with the same key"
    ALG_DIR = "alg is dir: the key itself encrypts the content"
    ALG_MISSING = "there is no alg"
    ENC_A128GCM = "enc is A128GCM, with a content key of 16 bytes"
    ENC_UNTRUE = "enc says A256CBC-HS512, the content is encrypted with A256GCM"
    ENC_MISSING = "there is no enc"
    COMPRESSED = "the payload is compressed (zip)"
    CRIT_UNKNOWN = "crit names an extension that nobody knows"
    KEY_IV_MISSING = "there is no header member iv"
    KEY_IV_LONG = "the header member iv is 16 bytes, and the content key is wrapped with it"
    KEY_TAG_MISSING = "there is no header member tag"
    KEY_TAG_SHORT = "the header member tag is cut to 12 bytes"
    KEY_TAG_BIT = "one bit of the header member tag is flipped"
    ENCRYPTED_KEY_EMPTY = "the encrypted key is empty"
    ENCRYPTED_KEY_BIT = "one bit of the encrypted key is flipped"
    CONTENT_KEY_SHORT = "the content key is 16 bytes, though enc is A256GCM"
    IV_EMPTY = "the IV is empty"
    IV_LONG = "the IV is 16 bytes, and the content is encrypted with it"
    IV_BIT = "one bit of the IV is flipped"
    TAG_EMPTY = "the tag is empty"
    TAG_SHORT = "the tag is cut to 12 bytes"
    TAG_BIT = "one bit of the tag is flipped"
    CIPHERTEXT_BIT = "one bit of the ciphertext is flipped"
    HEADER_CHANGED = "a header member was added after the encryption"
    WRONG_KEY = "another AES key encrypted"
    IV_REUSED = "content key and IV are those of another message"
    KEY_IV_REUSED = "the IV that wraps the content key is that of another message of the same AES key"


@dataclass(frozen=True, slots=True)
class GoodJws:
    """A good compact JWS, and what its faults need besides.

    `header` are further members; `foreign` is a private key that the receiver does not trust; `url` is where `jku`
    and `x5u` point; `kid` is the text that the kid faults carry. The payload is not empty.
    """

    payload: bytes
    key: JWK
    foreign: JWK
    other_payload: bytes
    header: Mapping[str, Any] = field(default_factory=dict)
    url: str = "https://keys.invalid/keys"
    kid: str = "../../../dev/null"

    @property
    def text(self) -> str:
        """The good one."""
        return self.signed(self.key)

    def signed(self, key: JWK, alg: str = "RS256", **header: Any) -> str:
        """The same message with another key, algorithm or header members."""
        return jws.sign_bytes(self.payload, key, alg, as_json({"alg": alg, **self.header, **header}))


@dataclass(frozen=True, slots=True)
class GoodJwe:
    """A good compact JWE, and what its faults need besides.

    `fresh` was drawn for this message and `other_fresh` for another; `foreign_key` is an AES key that the receiver
    does not hold; `header` are further members. The payload is not empty.
    """

    payload: bytes
    key: bytes
    foreign_key: bytes
    fresh: Fresh
    other_fresh: Fresh
    header: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The good one."""
        return jwe.encrypt(self.payload, self.key, self.fresh, **self.header)

    def sealed(self, fresh: Fresh, key: bytes | None = None, payload: bytes | None = None, **header: Any) -> str:
        """The same message sealed with other fresh values, another key, payload or header; None drops a member."""
        encrypted_key, key_tag = jwe.gcm(key or self.key, fresh.key_iv, fresh.content_key)
        members = {"alg": jwe.ALG, "enc": jwe.ENC, "iv": encoded(fresh.key_iv), "tag": encoded(key_tag)}
        kept = {name: value for name, value in {**members, **self.header, **header}.items() if value is not None}
        return jwe.put_together(kept, encrypted_key, fresh.content_key, fresh.iv, payload or self.payload)


def faulty_jws(fault: JwsFault, good: GoodJws) -> str:
    """The good JWS with this one fault."""
    return _JWS[fault](good)


def faulty_jwe(fault: JweFault, good: GoodJwe) -> str:
    """The good JWE with this one fault."""
    return _JWE[fault](good)


def _part(text: str, index: int, change: Callable[[str], str]) -> str:
    """The text with one of its parts changed."""
    pieces = text.split(".")
    pieces[index] = change(pieces[index])
    return ".".join(pieces)


def _bytes(text: str, index: int, change: Callable[[bytes], bytes]) -> str:
    """The text with the bytes of one of its parts changed."""
    return _part(text, index, lambda piece: encoded(change(decoded(piece, str(index)))))


def _flipped(value: bytes) -> bytes:
    """The lowest bit of the middle byte."""
    middle = len(value) // 2
    return value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]


def _flipped_in_json(value: bytes) -> bytes:
    """One bit flipped so that, where that can be, the object still has the same members and the same `alg`.

    Then nothing but the signature tells the two apart.
    """
    before = _members(value)
    for place in reversed(range(len(value))):
        changed = value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
        after = _members(changed)
        if after != before and after.keys() == before.keys() and after.get("alg") == before.get("alg"):
            return changed
    return _flipped(value)


def _members(value: bytes) -> dict[str, Any]:
    """The members of a JSON object; none where it is no object."""
    try:
        found = json.loads(value.decode("utf-8"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _padded(text: str) -> str:
    """Every part padded as plain Base64url is; a part that needs no padding at all gets a needless group."""
    return ".".join(piece + ("=" * (-len(piece) % 4) or "====") for piece in text.split("."))


def _second_spelling(piece: str) -> str:
    """A spare bit of the last character set, or a character outside the alphabet where there are no spare bits."""
    if len(piece) % 4 in (0, 1):
        return piece + "!"
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return piece[:-1] + alphabet[alphabet.index(piece[-1]) + 1]


def _hs256(good: GoodJws, secret: bytes) -> str:
    signing_input = compact.joined(as_json({"alg": "HS256", **good.header}), good.payload)
    return f"{signing_input}.{encoded(hmac.digest(secret, signing_input.encode('ascii'), 'sha256'))}"


def _der(key: JWK) -> bytes:
    return rsa_public(key).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _sha1(good: GoodJws) -> str:
    signing_input = good.text.rpartition(".")[0]
    signature = rsa_private(good.key).sign(signing_input.encode("ascii"), PKCS1v15(), hashes.SHA1())
    return f"{signing_input}.{encoded(signature)}"


def _under_header(good: GoodJws, header: bytes) -> str:
    return jws.sign_bytes(good.payload, good.key, "RS256", header)


def _unsigned(good: GoodJws, alg: str) -> str:
    return compact.joined(as_json({"alg": alg, **good.header}), good.payload, b"")


def _as_jws_json(text: str, *, general: bool) -> str:
    protected, payload, signature = text.split(".")
    one = {"protected": protected, "signature": signature}
    return as_json({"payload": payload, **({"signatures": [one]} if general else one)}).decode("ascii")


def _as_jwe_json(text: str, *, general: bool) -> str:
    protected, encrypted_key, *rest = text.split(".")
    members = {"protected": protected, **dict(zip(("iv", "ciphertext", "tag"), rest, strict=True))}
    one = {"encrypted_key": encrypted_key}
    return as_json({**members, **({"recipients": [one]} if general else one)}).decode("ascii")


def _key_wrap(good: GoodJwe) -> str:
    header = {"alg": "A256KW", "enc": jwe.ENC, **good.header}
    wrapped = aes_key_wrap(good.key, good.fresh.content_key)
    return jwe.put_together(header, wrapped, good.fresh.content_key, good.fresh.iv, good.payload)


def _direct(good: GoodJwe) -> str:
    return jwe.put_together({"alg": "dir", "enc": jwe.ENC, **good.header}, b"", good.key, good.fresh.iv, good.payload)


def _key_tag(good: GoodJwe, change: Callable[[bytes], bytes]) -> str:
    _, key_tag = jwe.gcm(good.key, good.fresh.key_iv, good.fresh.content_key)
    return good.sealed(good.fresh, tag=encoded(change(key_tag)))


def _deflated(payload: bytes) -> bytes:
    press = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return press.compress(payload) + press.flush()


def _with_member(header: bytes) -> bytes:
    return header[:-1] + b',"x":1}'


_JWS: Mapping[JwsFault, Callable[[GoodJws], str]] = {
    JwsFault.HEADER_BIT: lambda good: _bytes(good.text, 0, _flipped_in_json),
    JwsFault.PAYLOAD_BIT: lambda good: _bytes(good.text, 1, _flipped_in_json),
    JwsFault.SIGNATURE_BIT: lambda good: _bytes(good.text, 2, _flipped),
    JwsFault.OTHER_SIGNATURE: lambda good: _part(
        good.text, 2, lambda _: replace(good, payload=good.other_payload).text.rpartition(".")[2]
    ),
    JwsFault.FOREIGN_KEY: lambda good: good.signed(good.foreign),
    JwsFault.SHA1: _sha1,
    JwsFault.ALG_NONE: lambda good: _unsigned(good, "none"),
    JwsFault.ALG_NONE_IN_CAPITALS: lambda good: _unsigned(good, "NONE"),
    JwsFault.ALG_NONE_SIGNED: lambda good: _under_header(good, as_json({"alg": "none", **good.header})),
    JwsFault.ALG_MISSING: lambda good: _under_header(good, as_json(good.header)),
    JwsFault.ALG_UNTRUE: lambda good: _under_header(good, as_json({"alg": "RS512", **good.header})),
    JwsFault.HS256_PUBLIC_PEM: lambda good: _hs256(good, public_pem(good.key)),
    JwsFault.HS256_PUBLIC_DER: lambda good: _hs256(good, _der(good.key)),
    JwsFault.HS256_EMPTY_SECRET: lambda good: _hs256(good, b""),
    JwsFault.RS384: lambda good: good.signed(good.key, "RS384"),
    JwsFault.RS512: lambda good: good.signed(good.key, "RS512"),
    JwsFault.PS256: lambda good: good.signed(good.key, "PS256"),
    JwsFault.SIGNATURE_EMPTY: lambda good: _part(good.text, 2, lambda _: ""),
    JwsFault.SIGNATURE_CUT: lambda good: _bytes(good.text, 2, lambda value: value[:-1]),
    JwsFault.SIGNATURE_ZERO: lambda good: _bytes(good.text, 2, lambda value: bytes(len(value))),
    JwsFault.PART_MISSING: lambda good: good.text.rpartition(".")[0],
    JwsFault.PART_EXTRA: lambda good: f"{good.text}.e30",
    JwsFault.WHITE_SPACE_AROUND: lambda good: f"{good.text}\n",
    JwsFault.WHITE_SPACE_INSIDE: lambda good: _part(good.text, 2, lambda piece: f" {piece}"),
    JwsFault.PADDED: lambda good: _padded(good.text),
    JwsFault.SECOND_SPELLING: lambda good: _part(good.text, 2, _second_spelling),
    JwsFault.JSON_FLATTENED: lambda good: _as_jws_json(good.text, general=False),
    JwsFault.JSON_GENERAL: lambda good: _as_jws_json(good.text, general=True),
    JwsFault.CRIT_UNKNOWN: lambda good: good.signed(good.key, crit=["unheard"], unheard=True),
    JwsFault.CRIT_EMPTY: lambda good: good.signed(good.key, crit=[]),
    JwsFault.HEADER_TWICE: lambda good: _under_header(
        good, b'{"alg":"none",' + as_json({"alg": "RS256", **good.header})[1:]
    ),
    JwsFault.EMBEDDED_JWK: lambda good: good.signed(
        good.foreign, jwk=public_part(good.foreign).export_public(as_dict=True)
    ),
    JwsFault.JKU: lambda good: good.signed(good.foreign, jku=good.url),
    JwsFault.X5U: lambda good: good.signed(good.foreign, x5u=good.url),
    JwsFault.FOREIGN_KID: lambda good: good.signed(good.foreign, kid=good.kid),
    JwsFault.KID: lambda good: good.signed(good.key, kid=good.kid),
}

_JWE: Mapping[JweFault, Callable[[GoodJwe], str]] = {
    JweFault.PART_MISSING: lambda good: good.text.rpartition(".")[0],
    JweFault.PART_EXTRA: lambda good: f"{good.text}.e30",
    JweFault.WHITE_SPACE: lambda good: f"{good.text}\n",
    JweFault.PADDED: lambda good: _padded(good.text),
    JweFault.SECOND_SPELLING: lambda good: _part(good.text, 4, _second_spelling),
    JweFault.JSON_FLATTENED: lambda good: _as_jwe_json(good.text, general=False),
    JweFault.JSON_GENERAL: lambda good: _as_jwe_json(good.text, general=True),
    JweFault.ALG_A128GCMKW: lambda good: good.sealed(good.fresh, key=good.key[:16], alg="A128GCMKW"),
    JweFault.ALG_A256KW: _key_wrap,
    JweFault.ALG_DIR: _direct,
    JweFault.ALG_MISSING: lambda good: good.sealed(good.fresh, alg=None),
    JweFault.ENC_A128GCM: lambda good: good.sealed(
        replace(good.fresh, content_key=good.fresh.content_key[:16]), enc="A128GCM"
    ),
    JweFault.ENC_UNTRUE: lambda good: good.sealed(good.fresh, enc="A256CBC-HS512"),
    JweFault.ENC_MISSING: lambda good: good.sealed(good.fresh, enc=None),
    JweFault.COMPRESSED: lambda good: good.sealed(good.fresh, payload=_deflated(good.payload), zip="DEF"),
    JweFault.CRIT_UNKNOWN: lambda good: good.sealed(good.fresh, crit=["unheard"], unheard=True),
    JweFault.KEY_IV_MISSING: lambda good: good.sealed(good.fresh, iv=None),
    JweFault.KEY_IV_LONG: lambda good: good.sealed(replace(good.fresh, key_iv=good.fresh.key_iv + bytes(4))),
    JweFault.KEY_TAG_MISSING: lambda good: good.sealed(good.fresh, tag=None),
    JweFault.KEY_TAG_SHORT: lambda good: _key_tag(good, lambda tag: tag[:12]),
    JweFault.KEY_TAG_BIT: lambda good: _key_tag(good, _flipped),
    JweFault.ENCRYPTED_KEY_EMPTY: lambda good: _part(good.text, 1, lambda _: ""),
    JweFault.ENCRYPTED_KEY_BIT: lambda good: _bytes(good.text, 1, _flipped),
    JweFault.CONTENT_KEY_SHORT: lambda good: good.sealed(replace(good.fresh, content_key=good.fresh.content_key[:16])),
    JweFault.IV_EMPTY: lambda good: _part(good.text, 2, lambda _: ""),
    JweFault.IV_LONG: lambda good: good.sealed(replace(good.fresh, iv=good.fresh.iv + bytes(4))),
    JweFault.IV_BIT: lambda good: _bytes(good.text, 2, _flipped),
    JweFault.TAG_EMPTY: lambda good: _part(good.text, 4, lambda _: ""),
    JweFault.TAG_SHORT: lambda good: _bytes(good.text, 4, lambda tag: tag[:12]),
    JweFault.TAG_BIT: lambda good: _bytes(good.text, 4, _flipped),
    JweFault.CIPHERTEXT_BIT: lambda good: _bytes(good.text, 3, _flipped),
    JweFault.HEADER_CHANGED: lambda good: _bytes(good.text, 0, _with_member),
    JweFault.WRONG_KEY: lambda good: good.sealed(good.fresh, key=good.foreign_key),
    JweFault.IV_REUSED: lambda good: good.sealed(
        replace(good.fresh, content_key=good.other_fresh.content_key, iv=good.other_fresh.iv)
    ),
    JweFault.KEY_IV_REUSED: lambda good: good.sealed(replace(good.fresh, key_iv=good.other_fresh.key_iv)),
}
