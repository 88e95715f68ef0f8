"""Gateways that take a signature for good which is not, or is not of the text that came."""

from __future__ import annotations

import base64
import hmac
import json
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.published_keys import STRAY
from conformance.contracts.instant_payment.signatures import has_signed
from conformance.contracts.instant_payment.wire import SIGNED_MESSAGE, Operation
from conformance.crypto.certificates import certificate
from conformance.crypto.compact import as_json
from conformance.crypto.jws import Signed
from conformance.crypto.keys import private_key, public_part

# --- what was verified before ---------------------------------------------------------------------------------


class _RemembersMessages(Gateway):
    """Spares itself the work for a message that it takes for one that it has verified."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.verified: list[Signed] = []

    def looks_known(self, signed: Signed) -> bool:
        raise NotImplementedError

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        if self.looks_known(call.signed):
            return True
        fits = super().signature_fits(call, bank)
        if fits:
            self.verified.append(call.signed)
        return fits


class RemembersPayloadAndSignature(_RemembersMessages):
    """Knows a message by its payload and its signature, so that the header is free."""

    breaks = "IPG-SIGNATURE-03"

    def looks_known(self, signed: Signed) -> bool:
        return any((one.payload, one.signature) == (signed.payload, signed.signature) for one in self.verified)


class RemembersSignatureAndLength(_RemembersMessages):
    """Knows a message by its header, its signature and the length of its payload."""

    breaks = "IPG-SIGNATURE-04"

    def looks_known(self, signed: Signed) -> bool:
        return any(
            one.signature == signed.signature
            and one.header == signed.header
            and len(one.payload) == len(signed.payload)
            for one in self.verified
        )


class OverlooksTheEndsOfASignature(_RemembersMessages):
    """Compares all but the first and the last byte of the signature of a message that it knows."""

    breaks = "IPG-SIGNATURE-05"

    def looks_known(self, signed: Signed) -> bool:
        return any(
            one.signing_input == signed.signing_input
            and len(one.signature) == len(signed.signature)
            and one.signature[1:-1] == signed.signature[1:-1]
            for one in self.verified
        )


class KnowsPayloadsAndSignaturesApart(_RemembersMessages):
    """Knows signed texts and signatures, but not which belongs to which."""

    breaks = "IPG-SIGNATURE-06"

    def looks_known(self, signed: Signed) -> bool:
        texts = {one.signing_input for one in self.verified}
        return signed.signing_input in texts and signed.signature in {one.signature for one in self.verified}


class KnowsSignaturesOfAPayment(Gateway):
    """Takes the signature that opened a payment for that of its confirmation too."""

    breaks = "IPG-SIGNATURE-06"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.opened_with: dict[str, bytes] = {}

    def remember(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        self.opened_with.setdefault(payment.id, call.signed.signature)
        super().remember(call, payment, request_id)

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        is_confirmation = call.operation is Operation.MAKE_PAYMENT
        if is_confirmation and self.opened_with.get(call.payment_id) == call.signed.signature:
            return True
        return super().signature_fits(call, bank)


class SkipsEmptySignatures(Gateway):
    """Has nothing against a signature that is not there."""

    breaks = "IPG-SIGNATURE-07"

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        return not call.signed.signature or super().signature_fits(call, bank)


# --- the serialisation ----------------------------------------------------------------------------------------


class OverlooksFurtherParts(Gateway):
    """Takes the first three parts of however many."""

    breaks = "IPG-SIGNATURE-08"

    def parts_of(self, token: str) -> Sequence[str]:
        return super().parts_of(".".join(token.split(".")[:3]))


class StripsWhitespace(Gateway):
    """Takes blanks and line ends out of a signed text."""

    breaks = "IPG-SIGNATURE-09"

    def parts_of(self, token: str) -> Sequence[str]:
        return super().parts_of("".join(token.split()))


class ToleratesPadding(Gateway):
    """Takes the padding off the parts."""

    breaks = "IPG-SIGNATURE-09"

    def parts_of(self, token: str) -> Sequence[str]:
        return [piece.rstrip("=") for piece in super().parts_of(token)]


class ToleratesSpareBits(Gateway):
    """Decodes a last character whose spare bits are set."""

    breaks = "IPG-SIGNATURE-09"

    def part_bytes(self, piece: str, name: str) -> bytes:
        if name != "signature" or not set(piece) <= _ALPHABET:
            return super().part_bytes(piece, name)
        return base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4))


_ALPHABET = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


class ReadsStandardBase64(Gateway):
    """Takes + and / for - and _."""

    breaks = "IPG-SIGNATURE-09"

    def parts_of(self, token: str) -> Sequence[str]:
        return super().parts_of(token.replace("+", "-").replace("/", "_"))


class ReadsJsonSerialisation(Gateway):
    """Reads every serialisation of a JWS that its library knows."""

    breaks = "IPG-SIGNATURE-10"

    def token_of(self, call: Call) -> str:
        message = self.object_of(call.request.body, "body").get(SIGNED_MESSAGE)
        if isinstance(message, str) and message.startswith("{"):
            message = json.loads(message)
        if not isinstance(message, dict) or "payload" not in message:
            return super().token_of(call)
        one = message.get("signatures", [message])[0]
        return f"{one['protected']}.{message['payload']}.{one['signature']}"


# --- the header -----------------------------------------------------------------------------------------------


class IgnoresCriticalMembers(Gateway):
    """Never looks at crit."""

    breaks = "IPG-SIGNATURE-11"

    def header_of(self, raw: bytes) -> dict[str, Any]:
        header = self.object_of(raw, "header")
        return super().header_of(as_json({name: value for name, value in header.items() if name != "crit"}))


class _TrustsAnotherKey(Gateway):
    """Takes the signature of a key that the message brings along, or that it should not know."""

    def further_key(self, call: Call) -> JWK | None:
        raise NotImplementedError

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        key = self.further_key(call)
        if key is not None and has_signed.__wrapped__(
            replace(bank, key=key), call.signed.signing_input, call.signed.signature
        ):
            return True
        return super().signature_fits(call, bank)


class TrustsEmbeddedKeys(_TrustsAnotherKey):
    """Verifies with the key in the header."""

    breaks = "IPG-SIGNATURE-12"

    def further_key(self, call: Call) -> JWK | None:
        found = call.signed.header.get("jwk")
        return JWK(**found) if isinstance(found, dict) else None


class TrustsEmbeddedCertificates(_TrustsAnotherKey):
    """Verifies with the certificate in the header."""

    breaks = "IPG-SIGNATURE-12"

    def further_key(self, call: Call) -> JWK | None:
        found = call.signed.header.get("x5c")
        if not isinstance(found, list):
            return None
        return certificate(f"-----BEGIN CERTIFICATE-----\n{found[0]}\n-----END CERTIFICATE-----\n").key


class FetchesKeySets(_TrustsAnotherKey):
    """Verifies with the key set that the header points to."""

    breaks = "IPG-SIGNATURE-13"

    def further_key(self, call: Call) -> JWK | None:
        body = fetched(call.signed.header.get("jku"))
        return JWK(**json.loads(body)["keys"][0]) if body else None


class FetchesButDoesNotTrust(Gateway):
    """Fetches the certificate that the header points to, and leaves it at that."""

    breaks = "IPG-SIGNATURE-13"

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        fetched(call.signed.header.get("x5u"))
        return super().signature_fits(call, bank)


def fetched(url: object) -> bytes:
    """What lies at an address; nothing where it cannot be fetched."""
    if not isinstance(url, str) or not url.startswith("http://127.0.0.1:"):
        return b""  # a defect of a test fetches from this machine alone
    with urllib.request.urlopen(url, timeout=60) as answer:
        body: bytes = answer.read()
    return body


class ReadsKeysByPath(Gateway):
    """Takes kid for the name of a file with a secret, which is empty for /dev/null."""

    breaks = "IPG-SIGNATURE-14"

    def algorithm_is_accepted(self, alg: object) -> bool:
        return alg == "HS256" or super().algorithm_is_accepted(alg)

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        header = call.signed.header
        if header["alg"] != "HS256":
            return super().signature_fits(call, bank)
        if header.get("kid") != "/dev/null":
            return False
        secret = Path("/dev/null").read_bytes()
        return hmac.digest(secret, call.signed.signing_input, "sha256") == call.signed.signature


class TrustsPublishedTestKeys(_TrustsAnotherKey):
    """Was set up with the test keys of a suite, and kept them."""

    breaks = "IPG-SIGNATURE-15"

    def further_key(self, call: Call) -> JWK | None:
        return public_part(private_key(STRAY))
