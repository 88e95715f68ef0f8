"""imts encryption: how encrypted_data may be spelt and closed, as it should be and as partners get it wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from conformance.contracts.imts.message.keyfile import Keyring
from conformance.crypto.cbc import BLOCK_BYTES, KEY_BYTES, IvPlace
from conformance.crypto.compact import BadEnvelope, standard_decoded

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Carried:
    """What encrypted_data carries; `flaw` says how it is spelt where that is not one line of standard Base64.

    `iv` is one that was found apart.
    """

    data: bytes
    flaw: str = ""
    iv: bytes | None = None


def carried(text: str) -> Carried | None:
    """The bytes of a text in whatever spelling; None where it is none that is known."""
    bare = re.sub(r"\s", "", text)
    if len(bare) >= 2 * BLOCK_BYTES and re.fullmatch(r"([0-9a-f]{2})+|([0-9A-F]{2})+", bare, re.ASCII):
        return Carried(bytes.fromhex(bare), "hex, not Base64")  # Base64 has all its letters in so many
    try:
        return _looked_into(Carried(standard_decoded(text)))
    except BadEnvelope:
        pass
    if found := re.fullmatch(r"([A-Za-z0-9+/=_-]{16,44})[:.|;,]([A-Za-z0-9+/=_-]+)", bare, re.ASCII):
        first, second = (_leniently(part) for part in found.groups())
        if first is not None and second is not None:
            return Carried(second, "two texts with a sign between them, not one Base64 text of both", first)
    for flaw, plain in (
        ("Base64 with blanks or line ends in it", bare),
        ("Base64 with blanks in place of + (was + lost in a form?)", text.strip().replace(" ", "+")),
        ("percent-encoded Base64", unquote(bare)),
        ("Base64 without its padding", bare),
        ("Base64 with the URL alphabet (- and _ in place of + and /)", bare.translate(str.maketrans("-_", "+/"))),
    ):
        whole = plain + "=" * (-len(plain) % 4) if "padding" in flaw or "URL" in flaw else plain
        try:
            return Carried(standard_decoded(whole), flaw)
        except BadEnvelope:
            continue
    return None


def _looked_into(found: Carried) -> Carried:
    """What known libraries put into Base64 in place of IV and ciphertext."""
    data = found.data
    if data.startswith(b"Salted__"):
        return Carried(
            data, 'Base64 of "Salted__", a salt and a ciphertext, as openssl and CryptoJS make of a password'
        )
    if data[:1] == b"{":
        try:
            inner = json.loads(data)
            iv, value = standard_decoded(inner["iv"]), standard_decoded(inner["value"])
        except (ValueError, KeyError, TypeError, BadEnvelope):
            return found
        return Carried(value, "Base64 of JSON with iv and value, as Crypt of Laravel makes it", iv)
    text = data.decode("latin-1")
    if re.fullmatch(r"([0-9a-f]{2})+|([0-9A-F]{2})+", text, re.ASCII):
        return Carried(bytes.fromhex(text), "Base64 of hex digits, not of the bytes themselves")
    if len(text) >= 24 and len(text) % 4 == 0 and _BASE64.fullmatch(text):
        inner_bytes = _leniently(text)
        return found if inner_bytes is None else Carried(inner_bytes, "Base64 of Base64")
    return found


def _leniently(text: str) -> bytes | None:
    if re.fullmatch(r"([0-9a-fA-F]{2})+", text, re.ASCII):
        return bytes.fromhex(text)
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return standard_decoded(plain + "=" * (-len(plain) % 4))
    except BadEnvelope:
        return None


# --- opening --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """One way to open; `words` complete "it opens if ...", empty for AES-256-CBC with PKCS#7."""

    key: bytes
    iv: bytes
    ciphertext: bytes
    mode: str = "cbc"
    words: str = ""

    def opened(self) -> bytes | None:
        """The bytes inside with their padding; None where this way cannot be gone."""
        if len(self.key) not in (16, 24, 32) or not self.ciphertext:
            return None
        try:
            if self.mode == "gcm":
                return AESGCM(self.key).decrypt(self.iv, self.ciphertext, None)
            if self.mode in ("cbc", "ecb") and len(self.ciphertext) % BLOCK_BYTES:
                return None
            made: dict[str, Callable[[], modes.Mode]] = {
                "cbc": lambda: modes.CBC(self.iv),
                "ctr": lambda: modes.CTR(self.iv),
                "ecb": modes.ECB,
            }
            cipher: Cipher[Any] = Cipher(AES(self.key), made[self.mode]())
            decryptor = cipher.decryptor()
            return decryptor.update(self.ciphertext) + decryptor.finalize()
        except (ValueError, InvalidTag):
            return None


def unpadded(data: bytes) -> bytes | None:
    """Without its PKCS#7 padding; None where that is wrong."""
    count = data[-1] if data else 0
    good = 1 <= count <= BLOCK_BYTES and data.endswith(bytes([count]) * count)
    return data[:-count] if good else None


def object_in(content: bytes | None) -> Mapping[str, Any] | None:
    """The JSON object of UTF-8 bytes; None where there is none."""
    try:
        found = json.loads((content or b"").decode("utf-8"), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def other_paddings(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What else an end may be."""
    yield "nothing pads it", data
    yield "bytes of zero pad it, not PKCS#7", data.rstrip(b"\0")
    if data and 1 <= data[-1] <= BLOCK_BYTES:
        yield "it is padded by ISO 10126 or ANSI X.923, not PKCS#7", data[: -data[-1]]
    yield "blanks pad it, not PKCS#7", data.rstrip(b" ")


def other_keys(keys: Keyring) -> Iterator[tuple[str, bytes]]:
    """What else the AES key may be, made of partner_key or agent_secret."""
    for name, text in keys.secrets.items():
        raw = text.encode("utf-8")
        if name == "partner_key":
            yield (
                "the first 32 characters of partner_key are the key, as openssl_encrypt of PHP cuts it",
                raw[:KEY_BYTES],
            )
        else:
            yield "agent_secret is the key", raw
        yield (
            f"{name}, filled up with zeros, is the key, as openssl_encrypt of PHP does",
            raw[:KEY_BYTES].ljust(32, b"\0"),
        )
        yield f"SHA-256 of {name} is the key", hashlib.sha256(raw).digest()
        yield (
            f"the hex digits of MD5 of {name} are the key",
            hashlib.md5(raw, usedforsecurity=False).hexdigest().encode(),
        )
        yield f"SHA-256 of {name} in hex, cut to 32 digits, is the key", hashlib.sha256(raw).hexdigest()[:32].encode()
        yield f"{name} is the key of AES-{8 * len(raw)}", raw
        yield "the first 16 characters are the key of AES-128", raw[:16]
    for key in keys.aes_keys.values():
        yield "the first 16 bytes of partner_key are the key of AES-128", key[:16]
        yield "SHA-256 of the bytes of partner_key is the key", hashlib.sha256(key).digest()
        yield "Base64 of partner_key, cut to 32 characters, is the key", base64.b64encode(key)[:KEY_BYTES]
        yield "the hex digits of partner_key, cut to 32, are the key", key.hex()[:KEY_BYTES].encode()


def other_ways(found: Carried, keys: Keyring) -> Iterator[Way]:
    """Other keys with CBC, and the right key with other modes and IVs."""
    data = found.data
    halves = [(data[:BLOCK_BYTES], data[BLOCK_BYTES:]), (data[-BLOCK_BYTES:], data[:-BLOCK_BYTES])]
    halves += [(found.iv, data)] if found.iv is not None else []
    good = [("", key) for key in keys.aes_keys.values()]
    zeros = bytes(BLOCK_BYTES)
    for words, key in [*good, *other_keys(keys)]:
        tell = [words] if words else []
        for iv, text in halves:
            if len(iv) == BLOCK_BYTES:
                yield Way(key, iv, text, words=" and ".join(tell))
                yield Way(key, iv, text, "ctr", " and ".join([*tell, "the mode is CTR, not CBC"]))
                yield Way(key, iv, text, "ecb", " and ".join([*tell, "the mode is ECB, not CBC, beside an unused IV"]))
        yield Way(key, zeros, data, "ecb", " and ".join([*tell, "the mode is ECB, not CBC, without an IV"]))
        yield Way(key, zeros, data, words=" and ".join([*tell, "the IV is sixteen zeros and not sent"]))
        yield Way(key, key[:BLOCK_BYTES], data, words=" and ".join([*tell, "the IV is the beginning of the key"]))
        yield Way(key, data[:12], data[12:], "gcm", " and ".join([*tell, "the mode is GCM with an IV of 12 bytes"]))
        yield Way(key, data[:16], data[16:], "gcm", " and ".join([*tell, "the mode is GCM, not CBC"]))


def good_ways(found: Carried, ivs: Mapping[str, bytes], key: bytes) -> Iterator[tuple[IvPlace, str, Way]]:
    """AES-256-CBC with the IV at each place; `ivs` are those that stand in members of their own."""
    data = found.data
    apart = {**ivs, **({"encrypted_data": found.iv} if found.iv is not None else {})}
    for name, iv in apart.items():
        yield IvPlace.APART, name, Way(key, iv, data)
    yield IvPlace.BEFORE, "", Way(key, data[:BLOCK_BYTES], data[BLOCK_BYTES:])
    yield IvPlace.AFTER, "", Way(key, data[-BLOCK_BYTES:], data[:-BLOCK_BYTES])
