"""imts tokens: systems that give tokens to the wrong ones, or open without a right one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contracts.imts.call import Call, Refusal
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import RegisteredAgent, Tokens
from conformance.contracts.imts.wire import Method

BEGINNING = 12  # characters


class GivesNoRefreshToken(System):
    """Gives an access token and nothing to refresh it with."""

    breaks = "IMTS-TOKENS-01"

    def tokens_shown(self, tokens: Tokens, lifetime_s: int) -> dict[str, Any]:
        shown = super().tokens_shown(tokens, lifetime_s)
        del shown["refresh_token"]
        return shown


class GivesDeadTokens(System):
    """Gives an agent that has a token another one, which opens nothing."""

    breaks = "IMTS-TOKENS-01"

    def get_token(self, call: Call) -> Tokens:
        has_one = {tokens.agent_id for tokens in self.store.by_access.values() if tokens.refresh}
        tokens = super().get_token(call)
        if tokens.agent_id in has_one:
            del self.store.by_access[tokens.access]
        return tokens


class GivesAnAgentOneToken(System):
    """Refuses an agent that has a token another one."""

    breaks = "IMTS-TOKENS-01"

    def get_token(self, call: Call) -> Tokens:
        has_one = {tokens.agent_id for tokens in self.store.by_access.values() if tokens.refresh}
        if call.members.get("agent_id") in has_one:
            raise Refusal(409, "TOKEN", "this agent has a token")
        return super().get_token(call)


class ComparesTheBeginningOfASecret(System):
    """Compares as much of a secret as it was given."""

    breaks = "IMTS-TOKENS-02"

    def secret_fits(self, agent: RegisteredAgent, secret: Any) -> bool:
        return bool(secret) and agent.secret.startswith(str(secret))


class TakesTheSecretOfAnyAgent(System):
    """Looks a secret up among those of all agents."""

    breaks = "IMTS-TOKENS-02"

    def secret_fits(self, agent: RegisteredAgent, secret: Any) -> bool:
        return any(super(TakesTheSecretOfAnyAgent, self).secret_fits(one, secret) for one in self.store.agents.values())


class TakesAnEmptySecret(System):
    """Compares a secret only where one is given."""

    breaks = "IMTS-TOKENS-02"

    def secret_fits(self, agent: RegisteredAgent, secret: Any) -> bool:
        return not secret or super().secret_fits(agent, secret)


class KnowsAgentsByTheirSecret(System):
    """Finds the agent by the secret, whatever agent_id says."""

    breaks = "IMTS-TOKENS-02"

    def get_token(self, call: Call) -> Tokens:
        secret = call.members.get("agent_secret")
        found = next((agent for agent in self.store.agents.values() if agent.secret == secret), None)
        is_known = call.members.get("agent_id") in self.store.agents
        return self.new_tokens(found) if found and not is_known else super().get_token(call)


class RefreshesToDeadTokens(System):
    """Gives an access token that it does not know afterwards."""

    breaks = "IMTS-TOKENS-03"

    def refresh_token(self, call: Call) -> Tokens:
        tokens = super().refresh_token(call)
        del self.store.by_access[tokens.access]
        return tokens


class RefreshesExpiredTokensOnly(System):
    """Refuses a refresh token as long as its access token is good."""

    breaks = "IMTS-TOKENS-03"

    def tokens_to_refresh(self, call: Call) -> Tokens | None:
        found = super().tokens_to_refresh(call)
        if found is not None and not self.is_expired(found):
            raise Refusal(409, "TOKEN", "the access token is still good")
        return found


class RefreshesWithoutAnAccessToken(System):
    """Answers a refresh token with another refresh token only."""

    breaks = "IMTS-TOKENS-03"

    def response_to(self, call: Call) -> dict[str, Any]:
        shown = super().response_to(call)
        return {"refresh_token": shown["refresh_token"]} if call.method is Method.REFRESH_TOKEN else shown


class RefreshesWithAccessTokens(System):
    """Takes an access token for a refresh token."""

    breaks = "IMTS-TOKENS-04"

    def tokens_to_refresh(self, call: Call) -> Tokens | None:
        found = self.store.by_access.get(str(call.members.get("refresh_token", "")))
        return super().tokens_to_refresh(call) or found


class KnowsRefreshTokensByTheirBeginning(System):
    """Finds a refresh token by its first characters."""

    breaks = "IMTS-TOKENS-04"

    def tokens_to_refresh(self, call: Call) -> Tokens | None:
        return super().tokens_to_refresh(call) or beginning_alike(
            self.store.by_refresh, str(call.members.get("refresh_token", ""))
        )


def beginning_alike(tokens: Mapping[str, Tokens], text: str) -> Tokens | None:
    """The tokens under a text that begins like this one."""
    return next((found for known, found in tokens.items() if known[:BEGINNING] == text[:BEGINNING]), None)


class _OpensToAnybody(System):
    """Forgets to ask for a token at one method."""

    method: Method

    def agent_of_token(self, call: Call) -> RegisteredAgent:
        if call.method is self.method and call.request.header("Authorization") is None:
            return next(iter(self.store.agents.values()))
        return super().agent_of_token(call)


class PrintsWithoutAToken(_OpensToAnybody):
    """Prints applications for whoever asks."""

    breaks = "IMTS-TOKENS-05"
    method = Method.PRINT_APPLICATION


class TellsStatusesWithoutAToken(_OpensToAnybody):
    """Tells the status of a transfer to whoever knows its id."""

    breaks = "IMTS-TOKENS-05"
    method = Method.STATUS


class ConfirmsPayoutsWithoutAToken(_OpensToAnybody):
    """Confirms a payout by its signature alone."""

    breaks = "IMTS-TOKENS-05"
    method = Method.PAYOUT_CONFIRM


class CancelsAndThenAsksForAToken(System):
    """Cancels before it has looked at the token."""

    breaks = "IMTS-TOKENS-05"

    def checked(self, call: Call) -> Call:
        if call.method is Method.CANCEL and call.request.header("Authorization") is None:
            found = self.store.transfers.get(str(self.members(call.request.body).get("transfer_id")))
            if found is not None:
                self.step(call, found)
        return super().checked(call)


class KnowsTokensByTheirBeginning(System):
    """Finds an access token by its first characters."""

    breaks = "IMTS-TOKENS-06"

    def tokens_of(self, call: Call) -> Tokens | None:
        scheme, _, text = (call.request.header("Authorization") or "").partition(" ")
        found = beginning_alike(self.store.by_access, text) if self.scheme_is_bearer(scheme) else None
        return super().tokens_of(call) or found


class NeverLetsTokensExpire(System):
    """Looks at no time."""

    breaks = "IMTS-TOKENS-07"

    def is_expired(self, tokens: Tokens) -> bool:
        return False


class OpensWithRefreshTokens(System):
    """Knows one kind of token only."""

    breaks = "IMTS-TOKENS-08"

    def tokens_of(self, call: Call) -> Tokens | None:
        _, _, text = (call.request.header("Authorization") or "").partition(" ")
        return super().tokens_of(call) or self.store.by_refresh.get(text)


class LetsTheFirstAgentSignForAll(System):
    """Checks a signature under the secret of its first integration, too."""

    breaks = "IMTS-TOKENS-09"

    def signature_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        first = next(iter(self.store.agents.values()))
        return any(super(LetsTheFirstAgentSignForAll, self).signature_fits(given, call, one) for one in (agent, first))


class TakesAnyScheme(System):
    """Reads a token behind whichever word."""

    breaks = "IMTS-TOKENS-10"

    def scheme_is_bearer(self, scheme: str) -> bool:
        return True


class TakesTokensFromTheQuery(System):
    """Takes a token from the address, where logs keep it."""

    breaks = "IMTS-TOKENS-10"

    def tokens_of(self, call: Call) -> Tokens | None:
        return super().tokens_of(call) or self.store.by_access.get(call.query.get("access_token", ""))


class TakesTokensFromTheBody(System):
    """Takes a token from a member of the body."""

    breaks = "IMTS-TOKENS-10"

    def tokens_of(self, call: Call) -> Tokens | None:
        is_question = call.method.verb == "GET"
        members = {} if is_question else self.members(call.request.body)
        return super().tokens_of(call) or self.store.by_access.get(str(members.get("access_token", "")))
