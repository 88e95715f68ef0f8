"""Gateways that pass on AES keys which nobody can decrypt."""

from __future__ import annotations

from dataclasses import replace

from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import KEYS, RECEIVER_KEY, Operation
from conformance.crypto.compact import BadEnvelope, standard_decoded


class NeverLooksAtKeys(Gateway):
    """Passes on whatever stands there."""

    breaks = "IPG-KEYS-02"

    def key_is_unsound(self, call: Call, name: str) -> bool:
        return False


class LooksAtTheReceiversKeyAlone(Gateway):
    """Passes on a key that the sender bank could not open again."""

    breaks = "IPG-KEYS-02"

    def key_is_unsound(self, call: Call, name: str) -> bool:
        return name == RECEIVER_KEY and super().key_is_unsound(call, name)


class NeverMeasuresKeys(Gateway):
    """Decodes an encrypted key of payer data, and counts no bytes."""

    breaks = "IPG-KEYS-02"

    def key_is_unsound(self, call: Call, name: str) -> bool:
        if call.operation is not Operation.VALIDATE_PAYER:
            return super().key_is_unsound(call, name)
        try:
            standard_decoded(call.members[name])
        except BadEnvelope:
            return True
        return False


class ReadsBase64Url(Gateway):
    """Takes both alphabets of Base64 in a confirmation."""

    breaks = "IPG-KEYS-02"

    def key_is_unsound(self, call: Call, name: str) -> bool:
        if call.operation is not Operation.MAKE_PAYMENT:
            return super().key_is_unsound(call, name)
        spelt = {key: call.members[key].replace("-", "+").replace("_", "/") for key in KEYS}
        return super().key_is_unsound(replace(call, members={**call.members, **spelt}), name)
