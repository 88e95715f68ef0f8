"""imts tokens, signature, encryption: from the raw request to members that an agent has signed."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from conformance.contracts.imts.call import Call, Refusal, invalid
from conformance.contracts.imts.encryption import EncryptionReading
from conformance.contracts.imts.signature import SignatureReading, signature_of
from conformance.contracts.imts.store import RegisteredAgent, Store, Tokens
from conformance.contracts.imts.wire import ENCRYPTED, SIGNATURE, Method, members_of
from conformance.crypto import cbc
from conformance.crypto.cbc import Ciphered
from conformance.crypto.compact import BadEnvelope
from conformance.transport.message import Request

UNSIGNED = frozenset({Method.GET_TOKEN, Method.REFRESH_TOKEN})
WITHOUT_TOKEN = UNSIGNED
ENCRYPTING = frozenset({Method.CREATE_PERSON, Method.CREATE_BUSINESS, Method.PAYOUT})


class EnvelopeRules:
    """Who asks, whether every member is as it was signed, and what was encrypted."""

    store: Store
    clock: Callable[[], datetime]
    paths: Mapping[tuple[str, str], Method]
    signing: SignatureReading
    encryption: EncryptionReading
    token_lifetime: timedelta
    largest_body = 64 * 1024  # bytes

    def call_of(self, request: Request) -> Call:
        """REFUSALS: the method at this path."""
        path, _, query = request.target.partition("?")
        method = self.paths.get((request.method, path))
        if method is None:
            known = {known_path for _, known_path in self.paths}
            raise Refusal(405, "METHOD", "no such method here") if path in known else Refusal(404, "PATH", "no path")
        return Call(request, method, dict(parse_qsl(query, keep_blank_values=True)))

    def checked(self, call: Call) -> Call:
        """The call with its members, and the agent who made it."""
        if method_needs_token(call.method):
            call = replace(call, agent_id=self.agent_of_token(call).agent_id)
        is_question = call.method.verb == "GET"
        call = replace(call, members=call.query if is_question else self.members(call.request.body))
        if self.must_be_signed(call.method):
            self.check_signature(call, self.store.agents[call.agent_id])
        return call

    # --- tokens -----------------------------------------------------------------------------------------------

    def agent_of_token(self, call: Call) -> RegisteredAgent:
        tokens = self.tokens_of(call)
        if tokens is None:
            raise Refusal(401, "TOKEN", "the access token is missing or not known")
        if self.is_expired(tokens):
            raise Refusal(401, "TOKEN", "the access token has expired")
        return self.store.agents[tokens.agent_id]

    def tokens_of(self, call: Call) -> Tokens | None:
        """The tokens that the header Authorization shows, None for none that is known."""
        scheme, _, text = (call.request.header("Authorization") or "").partition(" ")
        return self.store.by_access.get(text.strip()) if self.scheme_is_bearer(scheme) else None

    def scheme_is_bearer(self, scheme: str) -> bool:
        return scheme.lower() == "bearer"

    def is_expired(self, tokens: Tokens) -> bool:
        return self.clock() >= tokens.expires

    # --- bodies -----------------------------------------------------------------------------------------------

    def members(self, body: bytes) -> dict[str, Any]:
        """REFUSALS: one flat JSON object in UTF-8."""
        if len(body) > self.largest_body:
            raise Refusal(413, "SIZE", "the body is too large")
        try:
            return self.flat(members_of(body))
        except ValueError:
            raise Refusal(400, "BODY", "the body is no JSON object that can be read in one way") from None

    def flat(self, members: dict[str, Any]) -> dict[str, Any]:
        if any(isinstance(value, dict | list) for value in members.values()):
            raise ValueError("nested")
        return members

    # --- signature --------------------------------------------------------------------------------------------

    def must_be_signed(self, method: Method) -> bool:
        """SIGNATURE: what has a body, but for the methods that give tokens (MTR14, MTR15)."""
        return method not in UNSIGNED and method.verb != "GET"

    def check_signature(self, call: Call, agent: RegisteredAgent) -> None:
        given = call.members.get(SIGNATURE)
        if not isinstance(given, str) or not given:
            raise Refusal(403, "SIGNATURE", "pg_sig is missing")
        if not self.signature_fits(given, call, agent):
            raise Refusal(403, "SIGNATURE", "pg_sig does not fit")

    def signature_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        """The very text, lower case, over every member with a value."""
        return self.is_same(given, self.signature_due(self.signed_members(call), agent))

    def signed_members(self, call: Call) -> Mapping[str, Any]:
        """All that the body has; SIGNATURE takes out pg_sig and what has no value."""
        return call.members

    def signature_due(self, members: Mapping[str, Any], agent: RegisteredAgent) -> str:
        return signature_of(members, agent.secret, self.signing)

    def is_same(self, given: str, due: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), due.encode("utf-8"))

    # --- encryption -------------------------------------------------------------------------------------------

    def personal_data(self, call: Call) -> dict[str, Any]:
        """What was encrypted in a request."""
        agent = self.store.agents[call.agent_id]
        if not isinstance(call.members.get(ENCRYPTED), str):
            raise invalid(ENCRYPTED, "is missing")
        try:
            return self.decrypted(self.ciphered(call.members), agent)
        except BadEnvelope:
            raise self.undecipherable() from None
        except ValueError:
            raise self.unreadable() from None

    def ciphered(self, members: Mapping[str, Any]) -> Ciphered:
        """IV and ciphertext, where they are declared to be. Raises BadEnvelope."""
        return self.encryption.read(members)

    def decrypted(self, ciphered: Ciphered, agent: RegisteredAgent) -> dict[str, Any]:
        """Raises BadEnvelope where it does not decrypt, ValueError where that is no JSON object."""
        return self.object_in(self.opened(ciphered, agent))

    def opened(self, ciphered: Ciphered, agent: RegisteredAgent) -> bytes:
        """What was encrypted, by AES-256-CBC and PKCS#7. Raises BadEnvelope."""
        return cbc.decrypt(ciphered, agent.partner_key)

    def object_in(self, payload: bytes) -> dict[str, Any]:
        """Raises ValueError for what is no JSON object in UTF-8."""
        found = json.loads(payload.decode("utf-8"))
        if isinstance(found, dict):
            return found
        raise ValueError("no object")

    def undecipherable(self) -> Refusal:
        """ENCRYPTION: bad padding reads as bad content does, so that nobody learns the one from the other."""
        return self.unreadable()

    def unreadable(self) -> Refusal:
        return invalid(ENCRYPTED, "holds no personal data that can be read")


def method_needs_token(method: Method) -> bool:
    return method not in WITHOUT_TOKEN
