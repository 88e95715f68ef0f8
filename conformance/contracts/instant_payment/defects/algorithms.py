"""Gateways that let the message say how it wants to be verified."""

from __future__ import annotations

import hmac

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import ALG
from conformance.crypto.keys import public_pem


class _KnowsAnotherAlgorithm(Gateway):
    """Takes one more algorithm than it should, and verifies it in a way of its own."""

    def is_known(self, alg: object) -> bool:
        raise NotImplementedError

    def fits(self, call: Call, bank: RegisteredBank) -> bool:
        raise NotImplementedError

    def algorithm_is_accepted(self, alg: object) -> bool:
        return self.is_known(alg) or super().algorithm_is_accepted(alg)

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        if self.is_known(call.signed.header.get("alg")):
            return self.fits(call, bank)
        return super().signature_fits(call, bank)


class AcceptsNone(_KnowsAnotherAlgorithm):
    """Takes a message that says it has no signature, and has none."""

    breaks = "IPG-ALGORITHMS-02"

    def is_known(self, alg: object) -> bool:
        return alg == "none"

    def fits(self, call: Call, bank: RegisteredBank) -> bool:
        return not call.signed.signature


class AcceptsNoneInOtherCase(_KnowsAnotherAlgorithm):
    """Refuses none as it stands in the standard, and nothing that only looks like it."""

    breaks = "IPG-ALGORITHMS-02"

    def is_known(self, alg: object) -> bool:
        return isinstance(alg, str) and alg != "none" and alg.lower() == "none"

    def fits(self, call: Call, bank: RegisteredBank) -> bool:
        return True


class TakesThePublicKeyAsSecret(_KnowsAnotherAlgorithm):
    """Hands the public key to whatever function alg names."""

    breaks = "IPG-ALGORITHMS-03"

    def is_known(self, alg: object) -> bool:
        return alg == "HS256"

    def fits(self, call: Call, bank: RegisteredBank) -> bool:
        return hmac.digest(public_pem(bank.key), call.signed.signing_input, "sha256") == call.signed.signature


class TakesTheTrimmedKeyAsSecret(_KnowsAnotherAlgorithm):
    """Has lost the last line end of the public key, and hands it to a longer hash."""

    breaks = "IPG-ALGORITHMS-03"

    def is_known(self, alg: object) -> bool:
        return alg == "HS512"

    def fits(self, call: Call, bank: RegisteredBank) -> bool:
        return hmac.digest(public_pem(bank.key).strip(), call.signed.signing_input, "sha512") == call.signed.signature


class TrustsPssUnverified(_KnowsAnotherAlgorithm):
    """Lists PS256 among its algorithms, and has no code for it."""

    breaks = "IPG-ALGORITHMS-04"

    def is_known(self, alg: object) -> bool:
        return alg == "PS256"

    def fits(self, call: Call, bank: RegisteredBank) -> bool:
        return True


class TakesEveryRsaForRs256(Gateway):
    """Verifies by SHA-256, whichever RSA algorithm is named."""

    breaks = "IPG-ALGORITHMS-04"

    def algorithm_is_accepted(self, alg: object) -> bool:
        return alg in ("RS384", "RS512") or super().algorithm_is_accepted(alg)


class DefaultsToRs256(Gateway):
    """Takes RS256 for granted where nothing is said."""

    breaks = "IPG-ALGORITHMS-05"

    def algorithm_is_accepted(self, alg: object) -> bool:
        return not alg or super().algorithm_is_accepted(alg)


class ReadsAlgorithmsLoosely(Gateway):
    """Takes capitals, blanks and brackets lightly."""

    breaks = "IPG-ALGORITHMS-05"

    def algorithm_is_accepted(self, alg: object) -> bool:
        return str(alg).strip("[' ]").upper() == ALG
