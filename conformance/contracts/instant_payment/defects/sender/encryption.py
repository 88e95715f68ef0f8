"""instant-payment encryption: data that are encrypted in another way."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.crypto import jwe
from conformance.crypto.compact import as_json, encoded, joined
from conformance.crypto.jwe import Fresh


class SendsPlainBase64(BankClient):
    """Sends the data in Base64 instead of encrypting them."""

    breaks = "IPG-ENCRYPTION-01"

    def sealed(self, content: bytes, aes_key: bytes, payment: Outgoing) -> str:
        return base64.b64encode(content).decode("ascii")


class PadsEncryptedParts(BankClient):
    """Pads the Base64url of each part of the JWE with equals signs."""

    breaks = "IPG-ENCRYPTION-01"

    def sealed(self, content: bytes, aes_key: bytes, payment: Outgoing) -> str:
        parts = super().sealed(content, aes_key, payment).split(".")
        return ".".join(part + "=" * (-len(part) % 4) for part in parts)


class EncryptsDirectly(BankClient):
    """Takes the AES key itself as the content key (`dir`)."""

    breaks = "IPG-ENCRYPTION-02"

    def sealed(self, content: bytes, aes_key: bytes, payment: Outgoing) -> str:
        fresh = self.fresh(payment)
        # An iv of its own keeps this apart from the rule on IVs.
        header = {"alg": "dir", "enc": jwe.ENC, "iv": encoded(fresh.key_iv)}
        return jwe.put_together(header, b"", aes_key, fresh.iv, content)


class EncryptsWithCbc(BankClient):
    """Names A256CBC-HS512 for the content."""

    breaks = "IPG-ENCRYPTION-03"

    def sealed(self, content: bytes, aes_key: bytes, payment: Outgoing) -> str:
        fresh = self.fresh(payment)
        wrapped, tag = jwe.gcm(aes_key, fresh.key_iv, fresh.content_key)
        header = {"alg": jwe.ALG, "enc": "A256CBC-HS512", "iv": encoded(fresh.key_iv), "tag": encoded(tag)}
        return jwe.put_together(header, wrapped, fresh.content_key, fresh.iv, content)


class DrawsIvsOf128Bits(BankClient):
    """Draws an IV of 128 bits for the content."""

    breaks = "IPG-ENCRYPTION-04"

    def fresh(self, payment: Outgoing) -> Fresh:
        return replace(super().fresh(payment), iv=self.random.randbytes(16))


class CutsTags(BankClient):
    """Cuts the tag of the content to 96 bits."""

    breaks = "IPG-ENCRYPTION-04"

    def sealed(self, content: bytes, aes_key: bytes, payment: Outgoing) -> str:
        head, _, tag = super().sealed(content, aes_key, payment).rpartition(".")
        return f"{head}.{tag[:16]}"


class EncryptsUnderAnotherKey(BankClient):
    """Encrypts data under a key that it does not send."""

    breaks = "IPG-ENCRYPTION-05"

    def sealed(self, content: bytes, aes_key: bytes, payment: Outgoing) -> str:
        return super().sealed(content, self.random.randbytes(32), payment)


class CompressesData(BankClient):
    """Compresses what it encrypts, and says so with `zip` (IR21)."""

    breaks = "IPG-ENCRYPTION-05"

    def sealed(self, content: bytes, aes_key: bytes, payment: Outgoing) -> str:
        packed = zlib.compressobj(wbits=-15)
        body = packed.compress(content) + packed.flush()
        return jwe.encrypt(body, aes_key, self.fresh(payment), zip="DEF")


class LeavesTheHeaderOpen(BankClient):
    """Encrypts without the header as authenticated data, so that anybody may change it."""

    breaks = "IPG-ENCRYPTION-05"

    def sealed(self, content: bytes, aes_key: bytes, payment: Outgoing) -> str:
        fresh = self.fresh(payment)
        wrapped, key_tag = jwe.gcm(aes_key, fresh.key_iv, fresh.content_key)
        header: Mapping[str, Any] = {
            "alg": jwe.ALG,
            "enc": jwe.ENC,
            "iv": encoded(fresh.key_iv),
            "tag": encoded(key_tag),
        }
        ciphertext, tag = jwe.gcm(fresh.content_key, fresh.iv, content)
        return joined(as_json(header), wrapped, fresh.iv, ciphertext, tag)


class CountsItsIvsFromZero(BankClient):
    """Counts the IVs of each payment from zero."""

    breaks = "IPG-ENCRYPTION-06"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._counts: dict[int, int] = {}

    def fresh(self, payment: Outgoing) -> Fresh:
        count = self._counts[payment.number] = self._counts.get(payment.number, -1) + 1
        return replace(super().fresh(payment), iv=count.to_bytes(12, "big"))


class HasOneIvForKeyAndContent(BankClient):
    """Takes one IV for the wrapped key and for the content."""

    breaks = "IPG-ENCRYPTION-06"

    def fresh(self, payment: Outgoing) -> Fresh:
        fresh = super().fresh(payment)
        return replace(fresh, key_iv=fresh.iv)
