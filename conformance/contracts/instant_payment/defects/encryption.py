"""Gateways that pass on data which nobody can open, or which others read as well."""

from __future__ import annotations

from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import Operation
from conformance.crypto import jwe
from conformance.crypto.compact import BadEnvelope, Flaw


class _Overlooks(Gateway):
    """Leaves out one step of looking at encrypted data."""

    overlooked: frozenset[Flaw] = frozenset()

    def data_is_unsound(self, text: str) -> bool:
        try:
            jwe.read(text)
        except BadEnvelope as found:
            return found.flaw not in self.overlooked
        return False


class TakesAnyTextAsData(_Overlooks):
    """Never asks whether data is encrypted at all."""

    breaks = "IPG-ENCRYPTION-01"
    overlooked = frozenset({Flaw.NOT_COMPACT, Flaw.NOT_BASE64})


class DecodesDataLoosely(_Overlooks):
    """Decodes padding, line ends and spare bits."""

    breaks = "IPG-ENCRYPTION-01"
    overlooked = frozenset({Flaw.NOT_BASE64})


class TakesPayerDataInClear(Gateway):
    """Has nothing against a payer whom everybody can read."""

    breaks = "IPG-ENCRYPTION-01"

    def check_data(self, call: Call) -> None:
        if call.operation is not Operation.VALIDATE_PAYER or not call.members["payer_encypted_data"].startswith("{"):
            super().check_data(call)


class TakesAnyKeyManagement(_Overlooks):
    """Never looks at alg of a JWE."""

    breaks = "IPG-ENCRYPTION-02"
    overlooked = frozenset({Flaw.ALGORITHM})


class TakesAnyContentEncryption(_Overlooks):
    """Never looks at enc of a JWE."""

    breaks = "IPG-ENCRYPTION-03"
    overlooked = frozenset({Flaw.ENCRYPTION})


class NeverMeasuresTheContent(_Overlooks):
    """Takes an IV and a tag of any length, of which a short one can be guessed."""

    breaks = "IPG-ENCRYPTION-04"
    overlooked = frozenset({Flaw.IV, Flaw.TAG})


class NeverMeasuresTheWrappedKey(_Overlooks):
    """Takes a wrapped key, its IV and its tag of any length, or none."""

    breaks = "IPG-ENCRYPTION-04"
    overlooked = frozenset({Flaw.KEY_IV, Flaw.KEY_TAG, Flaw.ENCRYPTED_KEY})
