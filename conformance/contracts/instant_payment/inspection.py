"""One signed_message as far as it can be read: its parts, its members, its keys, what it encrypts.

Nothing is judged here. Each view is None where it cannot be had, or says so by Unjudged: a rule that needs it leaves
such a message to the rule which it breaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as paddings
from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.wire import KEYS, RECEIVER_KEY, TOLD_BY, Operation, data_member
from conformance.crypto import jwe
from conformance.crypto.compact import BadEnvelope, decoded, split, standard_decoded
from conformance.crypto.keys import rsa_public
from conformance.crypto.keytransport import Padding, inside
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import JsonText, read_json

AES_KEY_BYTES = 32
_AMOUNT = re.compile(rb'"amount"\s*:\s*(-?[0-9][0-9.eE+-]*)')
_HASHES: Mapping[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


class Unjudged(Exception):
    """A message cannot be held to a rule; the text says what it lacks."""


@dataclass(frozen=True)
class Ring:
    """The keys by which a message of the sender bank is read. Private halves may be lacking."""

    sender: JWK
    sender_private: JWK | None
    receiver: JWK
    receiver_private: JWK | None
    padding: Padding


class Inspected:
    """A signed_message, whatever it is."""

    def __init__(self, token: str, ring: Ring, at: Operation | None = None) -> None:
        """`at` is the method whose path it came to, None where that is not known."""
        self.token = token
        self._ring = ring
        self._at = at

    # --- signature --------------------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> list[bytes]:
        try:
            return split(self.token, ("header", "payload", "signature"))
        except BadEnvelope as flaw:
            raise Unjudged(f"signed_message {flaw.flaw}") from None

    @cached_property
    def header_json(self) -> JsonText:
        return _json(self.parts[0], "the header of signed_message")

    @property
    def header(self) -> Mapping[str, Any]:
        if not isinstance(self.header_json.value, dict):
            raise Unjudged("the header of signed_message is no object")
        return self.header_json.value

    @property
    def is_signed_by_sender(self) -> bool:
        """Whether the signature fits the sender bank's key under the RSA algorithm that the header names."""
        alg = self.header.get("alg")
        if not isinstance(alg, str) or alg[:2] not in ("RS", "PS") or alg[2:] not in _HASHES:
            raise Unjudged("the header names no RSA signature")
        signing_input = self.token.rpartition(".")[0].encode("ascii")
        return _fits(self._ring.sender, alg, signing_input, self.parts[2])

    # --- what is signed ---------------------------------------------------------------------------------------

    @property
    def payload(self) -> bytes:
        return self.parts[1]

    @cached_property
    def payload_json(self) -> JsonText:
        return _json(self.payload, "the payload of signed_message")

    @property
    def members(self) -> Mapping[str, Any]:
        if not isinstance(self.payload_json.value, dict):
            raise Unjudged("the payload of signed_message is no object")
        return self.payload_json.value

    @cached_property
    def operation(self) -> Operation:
        """The method that a message is for, told by its members; where they do not tell, by its path."""
        for name, operation in TOLD_BY.items():
            if name in self.members:
                return operation
        if self._at is None:
            raise Unjudged("its members do not tell for which method it is")
        return Operation.GET_PAYMENT if set(self.members) <= {"request_date", "payment_id"} else self._at

    def text(self, name: str) -> str:
        """A member that is a text with something in it."""
        value = self.members.get(name)
        if not isinstance(value, str) or not value.strip():
            raise Unjudged(f"{name} is no text with something in it")
        return value

    @property
    def amount(self) -> str:
        """The amount as it is written, text or number (IR05)."""
        value = self._info.get("amount")
        if isinstance(value, str):
            return value
        found = _AMOUNT.findall(self.payload)
        if isinstance(value, bool) or value is None or len(found) != 1:
            raise Unjudged("amount is no text and no number")
        return str(found[0].decode("ascii"))

    @property
    def currency(self) -> str:
        value = self._info.get("currency")
        if not isinstance(value, str) or not value.strip():
            raise Unjudged("currency is no text with something in it")
        return value

    @property
    def _info(self) -> Mapping[str, Any]:
        value = self.members.get("payment_info")
        if not isinstance(value, dict):
            raise Unjudged("payment_info is no object")
        return value

    # --- keys and what they open ------------------------------------------------------------------------------

    @property
    def key_members(self) -> tuple[str, ...]:
        """Which of the two encrypted keys it carries."""
        return tuple(name for name in KEYS if name in self.members)

    def block(self, name: str) -> bytes:
        """The RSA block of an encrypted key."""
        try:
            value = standard_decoded(self.text(name))
        except BadEnvelope:
            raise Unjudged(f"{name} is no Base64") from None
        if len(value) != self.modulus_bytes(name):
            raise Unjudged(f"{name} is not one RSA block")
        return value

    def modulus_bytes(self, name: str) -> int:
        key = self._ring.receiver if name == RECEIVER_KEY else self._ring.sender
        return (rsa_public(key).key_size + 7) // 8

    def has_private(self, name: str) -> bool:
        """Whether the key that opens this member is at hand."""
        return (self._ring.receiver_private if name == RECEIVER_KEY else self._ring.sender_private) is not None

    def key_content(self, name: str) -> bytes | None:
        """What an encrypted key holds, of whatever length; None where the padding does not fit."""
        private = self._ring.receiver_private if name == RECEIVER_KEY else self._ring.sender_private
        if private is None:
            raise Unjudged(f"the private key that opens {name} is not at hand")
        return _content(self.block(name), private, self._ring.padding)

    @property
    def aes_key(self) -> bytes:
        """The AES key by the receiver bank's key."""
        key = self.key_content(RECEIVER_KEY)
        if key is None or len(key) != AES_KEY_BYTES:
            raise Unjudged(f"{RECEIVER_KEY} holds no key of 32 bytes")
        return key

    @property
    def data_name(self) -> str:
        name = data_member(self.operation)
        if name is None:
            raise Unjudged(f"{self.operation.words} encrypts nothing")
        return name

    @cached_property
    def data_parts(self) -> list[bytes]:
        try:
            return split(self.text(self.data_name), ("header", "encrypted key", "IV", "ciphertext", "tag"))
        except BadEnvelope:
            raise Unjudged(f"{self.data_name} is no compact JWE") from None

    @property
    def data_header(self) -> Mapping[str, Any]:
        value = _json(self.data_parts[0], f"the header of {self.data_name}").value
        if not isinstance(value, dict):
            raise Unjudged(f"the header of {self.data_name} is no object")
        return value

    def header_bytes(self, name: str) -> bytes:
        """A member of the JWE header in Base64url."""
        value = self.data_header.get(name)
        try:
            return decoded(value if isinstance(value, str) else "*", name)
        except BadEnvelope:
            raise Unjudged(f"the header of {self.data_name} has no {name} in Base64url") from None

    @cached_property
    def opened(self) -> bytes:
        """What was encrypted, as bytes."""
        try:
            return jwe.decrypt(self.text(self.data_name), self.aes_key)
        except BadEnvelope as flaw:
            raise Unjudged(f"{self.data_name} {flaw.flaw}") from None

    @cached_property
    def opened_json(self) -> JsonText:
        return _json(self.opened, f"what {self.data_name} encrypts")

    def person(self, name: str) -> Mapping[str, Any]:
        """`payee` or `payer` of what was encrypted."""
        value = self.opened_json.value
        inner = value.get(name) if isinstance(value, dict) else None
        if not isinstance(inner, dict):
            raise Unjudged(f"what {self.data_name} encrypts has no object {name}")
        return inner


Rule = Callable[[Inspected], Any]


def _json(text: bytes, what: str) -> JsonText:
    try:
        return read_json(text)
    except UnreadableReply:
        raise Unjudged(f"{what} is no JSON in UTF-8") from None


@lru_cache(maxsize=4096)
def _fits(key: JWK, alg: str, signing_input: bytes, signature: bytes) -> bool:
    digest = _HASHES[alg[2:]]
    scheme: Any = paddings.PKCS1v15()
    if alg.startswith("PS"):
        scheme = paddings.PSS(mgf=paddings.MGF1(digest), salt_length=digest.digest_size)
    try:
        rsa_public(key).verify(signature, signing_input, scheme, digest)
    except InvalidSignature:
        return False
    return True


_content = lru_cache(maxsize=4096)(inside)  # the same block is looked at by several checks
