"""Providers that take tokens which are not genuine, not in force, or not meant for them."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from jwcrypto.common import base64url_encode
from jwcrypto.jwk import JWK

from conformance.contracts.kz_accounts.call import Call, Claims, Operation
from conformance.contracts.kz_accounts.provider import Provider
from conformance.crypto import jws
from conformance.crypto.keys import public_pem

# --- in force ---------------------------------------------------------------------------------------------


class AcceptsExpiredTokens(Provider):
    """Does not look at `exp`."""

    breaks = "KZA-TOKEN-01"

    def token_has_expired(self, claims: Claims, call: Call) -> bool:
        return False


class AcceptsExpiredTokensAtExists(Provider):
    """Does not look at `exp` where no client's data is given."""

    breaks = "KZA-TOKEN-01"

    def token_has_expired(self, claims: Claims, call: Call) -> bool:
        return call.operation is not Operation.EXISTS and super().token_has_expired(claims, call)


class TakesExpiryForMilliseconds(Provider):
    """Compares seconds with milliseconds the wrong way round."""

    breaks = "KZA-TOKEN-01"

    def token_has_expired(self, claims: Claims, call: Call) -> bool:
        return bool(claims["exp"] * 1000 <= call.received.timestamp())


class AcceptsTokensOfTheFuture(Provider):
    """Does not look at `nbf`."""

    breaks = "KZA-TOKEN-02"

    def token_is_not_yet_valid(self, claims: Claims, call: Call) -> bool:
        return False


class AcceptsRevokedTokens(Provider):
    """Does not look whether consent was withdrawn."""

    breaks = "KZA-TOKEN-03"

    def token_was_revoked(self, claims: Claims, call: Call) -> bool:
        return False


class AcceptsRevokedTokensAtTransactions(Provider):
    """Forgot one endpoint when revocation was added."""

    breaks = "KZA-TOKEN-03"

    def token_was_revoked(self, claims: Claims, call: Call) -> bool:
        return call.operation is not Operation.TRANSACTIONS and super().token_was_revoked(claims, call)


class IgnoresIssuer(Provider):
    """Does not look at `iss`."""

    breaks = "KZA-TOKEN-05"

    def issuer_is_trusted(self, claims: Claims, call: Call) -> bool:
        return True


class WantsSomeIssuer(Provider):
    """Only looks whether there is an `iss` with https."""

    breaks = "KZA-TOKEN-05"

    def issuer_is_trusted(self, claims: Claims, call: Call) -> bool:
        return str(claims.get("iss")).startswith("https://")


class IgnoresAudience(Provider):
    """Does not look at `aud`."""

    breaks = "KZA-TOKEN-06"

    def audience_is_ours(self, claims: Claims, call: Call) -> bool:
        return True


class IgnoresAudienceAtBalances(Provider):
    """Does not look at `aud` at one endpoint."""

    breaks = "KZA-TOKEN-06"

    def audience_is_ours(self, claims: Claims, call: Call) -> bool:
        return call.operation is Operation.BALANCE or super().audience_is_ours(claims, call)


# --- signature --------------------------------------------------------------------------------------------


class DoesNotVerifySignatures(Provider):
    """Reads claims and believes them."""

    breaks = "KZA-TOKEN-04"

    def signature_is_good(self, text: str, header: dict[str, Any], call: Call) -> bool:
        return True


class DoesNotVerifyAtTransactions(Provider):
    """Reads claims and believes them at one endpoint."""

    breaks = "KZA-TOKEN-04"

    def signature_is_good(self, text: str, header: dict[str, Any], call: Call) -> bool:
        return call.operation is Operation.TRANSACTIONS or super().signature_is_good(text, header, call)


class LooksAtTheLengthOfTheSignature(Provider):
    """Takes any signature that is long enough."""

    breaks = "KZA-TOKEN-04"

    def signature_fits(self, text: str, key: JWK, call: Call) -> bool:
        return len(jws.parts(text)[2]) == 256


class SkipsUnknownKeyIds(Provider):
    """Finds no key for a key id, and so nothing to verify."""

    breaks = "KZA-TOKEN-04"

    def signature_is_good(self, text: str, header: dict[str, Any], call: Call) -> bool:
        return not self.keys_for(header, call) or super().signature_is_good(text, header, call)


class AcceptsAlgorithmNone(Provider):
    """Takes `alg: none` at its word."""

    breaks = "KZA-TOKEN-04"

    def signature_is_good(self, text: str, header: dict[str, Any], call: Call) -> bool:
        return header.get("alg") == "none" or super().signature_is_good(text, header, call)


class AcceptsAlgorithmNoneInCapitals(Provider):
    """Forbids `none`, but compares it letter by letter."""

    breaks = "KZA-TOKEN-04"

    def signature_is_good(self, text: str, header: dict[str, Any], call: Call) -> bool:
        return header.get("alg") == "NONE" or super().signature_is_good(text, header, call)


class AcceptsEmptySignatures(Provider):
    """Verifies a signature only if there is one."""

    breaks = "KZA-TOKEN-04"

    def signature_is_good(self, text: str, header: dict[str, Any], call: Call) -> bool:
        return text.endswith(".") or super().signature_is_good(text, header, call)


class AcceptsTwoParts(Provider):
    """Reads a token without its third part."""

    breaks = "KZA-TOKEN-04"

    def authenticate(self, call: Call) -> Claims:
        text = self.token_text(call) or ""
        if text.count(".") == 1:
            return jws.parts(f"{text}.")[1]
        return super().authenticate(call)


class RemembersTokensWithoutSignature(Provider):
    """Keeps verified tokens by header and claims, and looks at the signature no more."""

    breaks = "KZA-TOKEN-04"

    def signature_is_good(self, text: str, header: dict[str, Any], call: Call) -> bool:
        known: set[str] = self.__dict__.setdefault("known", set())
        signed = text.rpartition(".")[0]
        if signed in known:
            return True
        good = super().signature_is_good(text, header, call)
        if good:
            known.add(signed)
        return good


class RemembersSignaturesWithoutClaims(Provider):
    """Keeps verified tokens by their signature, and looks at the claims no more."""

    breaks = "KZA-TOKEN-04"

    def signature_is_good(self, text: str, header: dict[str, Any], call: Call) -> bool:
        known: set[str] = self.__dict__.setdefault("known", set())
        signature = text.rpartition(".")[2]
        if signature and signature in known:
            return True
        good = super().signature_is_good(text, header, call)
        if good:
            known.add(signature)
        return good


class _TakesHmac(Provider):
    """Lets the token choose a symmetric algorithm."""

    def secret(self) -> bytes:
        raise NotImplementedError

    def signature_is_good(self, text: str, header: dict[str, Any], call: Call) -> bool:
        if header.get("alg") == "HS256":
            signed, _, signature = text.rpartition(".")
            expected = hmac.digest(self.secret(), signed.encode("ascii"), hashlib.sha256)
            return signature == base64url_encode(expected)
        return super().signature_is_good(text, header, call)


class TakesThePublicKeyForASecret(_TakesHmac):
    """Verifies HMAC with the text of its public key."""

    breaks = "KZA-TOKEN-04"

    def secret(self) -> bytes:
        return public_pem(next(iter(self.trusted["keys"])))


class TakesTheTrimmedPublicKeyForASecret(_TakesHmac):
    """Verifies HMAC with the text of its public key as read from the environment."""

    breaks = "KZA-TOKEN-04"

    def secret(self) -> bytes:
        return public_pem(next(iter(self.trusted["keys"]))).strip()


class TakesNothingForASecret(_TakesHmac):
    """Verifies HMAC with a secret that was never configured."""

    breaks = "KZA-TOKEN-04"

    def secret(self) -> bytes:
        return b""


class TrustsTheKeyInTheToken(Provider):
    """Verifies with the key that the header carries."""

    breaks = "KZA-TOKEN-04"

    def keys_for(self, header: dict[str, Any], call: Call) -> tuple[JWK, ...]:
        return (JWK(**header["jwk"]),) if "jwk" in header else super().keys_for(header, call)
