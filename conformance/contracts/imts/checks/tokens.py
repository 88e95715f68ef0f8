"""imts tokens: every method but two is served to the bearer of a good access token, and to nobody else.

A check that asks for tokens runs alone, since the new ones may end those that other checks use (MTR20).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.damages import WITH_TOKEN, at_each_method
from conformance.contracts.imts.judgement import accepted, refused, served, told_once, took_effect
from conformance.contracts.imts.messages import Message
from conformance.contracts.imts.wire import Method
from conformance.engine.check import check
from conformance.engine.observation import expect, lacking, matching, not_applicable

SOME_TEXT = matching(r"(?s).+", "a text")


def pair_of_tokens(partner: Partner) -> tuple[str, str]:
    """New access and refresh tokens; without a refresh token the check is inconclusive."""
    access, refresh = partner.tokens_of(partner.new_tokens())
    partner.keep(access)
    if refresh is None:
        lacking("a refresh token in the answer to get-token (values.refresh_token)")
    return access, refresh


def refused_everywhere(partner: Partner, tokens: Mapping[str, str | None]) -> None:
    """Assertion: a good message is refused with each of these tokens at every method; None is to send none."""

    def attempt(message: Message, _: Message) -> None:
        for what, token in tokens.items():
            refused(f"{message.method.value} {what}", partner.send(message, token=token))

    at_each_method(partner, WITH_TOKEN, attempt)


# --- what is given --------------------------------------------------------------------------------------------


@check("IMTS-TOKENS-01", exclusive=True)
def good_credentials_are_given_tokens(partner: Partner) -> None:
    """Get token answers with an access token, which opens a method beside the one before, and a refresh token."""
    partner.token()
    answer = partner.send(partner.message(Method.GET_TOKEN), token=None)
    accepted("a good request for a token", answer)
    for name in ("access_token", "refresh_token"):
        expect(f"values.{name}", answer.value_or_none(name), SOME_TEXT, evidence=answer.exchange)
    access, _ = partner.tokens_of(answer)
    partner.keep(access)
    accepted("fees with a new access token", partner.send(partner.quote(), token=access))


@check("IMTS-TOKENS-02", exclusive=True)
def wrong_credentials_are_given_no_token(partner: Partner) -> None:
    """
    Get token is refused with another secret, a part of the right one, none, and an agent_id that nobody has.

    Right credentials are taken before and after.
    """
    partner.keep(partner.tokens_of(partner.new_tokens())[0])
    good = partner.message(Method.GET_TOKEN)
    agent, secret = partner.agent.agent_id, partner.agent.agent_secret
    made = partner.made_of_secret
    secrets = {
        "a made up secret": made("MADE_UP_SECRET", lambda: "a-secret-that-nobody-has"),
        "the beginning of the secret": made("CUT_SECRET", lambda: secret[:-1]),
        "the secret and a letter more": made("LONG_SECRET", lambda: f"{secret}x"),
        "an empty secret": "",
        "null for the secret": None,
    }
    if (other := partner.declaration.auth.other) is not None and partner.name == "the agent":
        secrets["the other agent's secret"] = other.agent_secret
    names = {part: [name for name, value in good.members.items() if value == part] for part in (agent, secret)}
    damaged = {
        **{f"with {what}": good.changed(**dict.fromkeys(names[secret], text)) for what, text in secrets.items()},
        "with an agent_id that nobody has": good.changed(**dict.fromkeys(names[agent], partner.new_uuid())),
        "without agent_id": good.without(*names[agent]),
        "without agent_secret": good.without(*names[secret]),
    }
    for what, message in damaged.items():
        refused(f"get-token {what}", partner.send(message, token=None))
    partner.keep(partner.tokens_of(partner.new_tokens())[0])


@check("IMTS-TOKENS-03", exclusive=True)
def a_refresh_token_is_given_an_access_token(partner: Partner) -> None:
    """
    Refresh token answers with an access token that opens a method.

    Whether the used refresh token and the earlier access token live on is told, not judged (MTR20).
    """
    earlier, refresh = pair_of_tokens(partner)
    answer = accepted("a good request for another token", partner.refreshed(refresh))
    expect("values.access_token", answer.value_or_none("access_token"), SOME_TEXT, evidence=answer.exchange)
    access, _ = partner.tokens_of(answer)
    partner.keep(access)
    accepted("fees with a refreshed access token", partner.send(partner.quote(), token=access))
    lives = took_effect(partner.send(partner.quote(), token=earlier))
    told_once("MTR20", f"the earlier access token {'stays good' if lives else 'ends'}")
    again = partner.refreshed(refresh)
    told_once("MTR20", f"the used refresh token {'stays good' if took_effect(again) else 'ends'}")
    if took_effect(again):
        partner.keep(partner.tokens_of(again)[0])


@check("IMTS-TOKENS-04", exclusive=True)
def a_refresh_token_that_nobody_issued_is_given_nothing(partner: Partner) -> None:
    """Refresh token is refused with a made up token, a changed one, half of one, and with the access token."""
    access, refresh = pair_of_tokens(partner)
    for what, token in {"an access token": access, **unissued(partner, refresh)}.items():
        refused(f"refresh-token with {what}", partner.refreshed(token))
    partner.keep(partner.tokens_of(served("a good request for another token", partner.refreshed(refresh)))[0])


# --- what opens a method --------------------------------------------------------------------------------------


@check("IMTS-TOKENS-05")
def a_request_without_a_token_is_refused(partner: Partner) -> None:
    """Every method refuses a good message without Authorization, and serves it with a token."""
    refused_everywhere(partner, {"without a token": None})


@check("IMTS-TOKENS-06")
def a_token_that_nobody_issued_is_refused(partner: Partner) -> None:
    """Every method refuses a made up token, a changed one and half of one, and serves the right one."""
    tokens = unissued(partner, partner.token())
    refused_everywhere(partner, {f"with {what}": token for what, token in tokens.items()})


@check("IMTS-TOKENS-07")
def an_expired_token_is_refused(partner: Partner) -> None:
    """Every method refuses the token of the configuration that was good once, and serves one that is."""
    if partner.declaration.auth.expired_token is None:
        not_applicable("no expired token is given (auth.expired_token)")
    refused_everywhere(partner, {"with an expired token": partner.declaration.auth.expired_token})


@check("IMTS-TOKENS-08", exclusive=True)
def a_refresh_token_opens_no_method(partner: Partner) -> None:
    """Every method refuses a refresh token as Bearer; the access token that came with it is served."""
    access, refresh = pair_of_tokens(partner)
    served("fees with the access token of a pair", partner.send(partner.quote(), token=access))
    refused_everywhere(partner, {"with a refresh token": refresh})


@check("IMTS-TOKENS-09")
def another_agents_token_does_not_carry_our_body(partner: Partner) -> None:
    """
    A question for fees with our pg_sig is refused under the token of the other agent.

    Anybody may ask for fees, so nothing but the signature is in the way; both agents are served with their own.
    """
    other, message = partner.as_other(), partner.quote()
    served("a good fees message of the other agent", other.send(other.quote()))
    refused("fees of ours with another agent's token", partner.send(message, token=other.token()))
    served("a good fees message", partner.send(message))


@check("IMTS-TOKENS-10")
def a_token_counts_as_bearer_only(partner: Partner) -> None:
    """A good token without a scheme, under another one, in the query, in the body or in a cookie is refused."""
    message, token = partner.quote(), partner.token()
    good = served("a good fees message", partner.send(message)).exchange.request
    others = tuple(header for header in good.headers if header[0] != "Authorization")
    for what, header in {
        "that stands alone in Authorization": ("Authorization", token),
        "of the scheme Basic": ("Authorization", f"Basic {token}"),
        "of the scheme Token": ("Authorization", f"Token {token}"),
        "in a header of its own": ("X-Access-Token", token),
        "in a cookie": ("Cookie", f"access_token={token}"),
    }.items():
        request = replace(good, headers=(*others, header))
        refused(f"fees with a token {what}", partner.send_request(message.method, request))
    written = quote(token, safe="<>")  # the slot of a token as it stands, so that the run can be judged again
    target = f"{good.target}{'&' if '?' in good.target else '?'}access_token={written}"
    in_query = replace(good, target=target, headers=others)
    refused("fees with a token in the query", partner.send_request(message.method, in_query))
    in_body = message.changed(access_token=token)
    refused("fees with a token in the body", partner.send(in_body, token=None))


def unissued(partner: Partner, token: str) -> dict[str, str]:
    """Tokens that look like this one and were never given to anybody."""
    middle = len(token) // 2
    made, digest, drawn = partner.made_of_secret, partner.digest(token), f"{partner.random.getrandbits(128):032x}"

    def changed() -> str:
        return token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]

    return {
        "a made up token": made(f"MADE_UP_{digest}", lambda: drawn),
        "a changed token": made(f"CHANGED_{digest}", changed),
        "half of a token": made(f"HALF_{digest}", lambda: token[:middle]),
    }
