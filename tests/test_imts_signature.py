"""imts: no method is left out where signatures and tokens are tried, and what a run saw can be judged again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from conformance.contracts import contract
from conformance.contracts.imts.call import Call
from conformance.contracts.imts.damages import WITH_TOKEN
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import RegisteredAgent
from conformance.contracts.imts.variants import RefusesSemicolons, SignsQueries
from conformance.contracts.imts.wire import Method
from conformance.evidence.rejudging import rejudged
from conformance.transport.recorder import Exchange
from tests.bench import broken, story, trial, tried_with

IMTS = contract("imts")
JUDGED_AGAIN = (
    *("CancelsWithoutASignature", "SignsNullMembers", "ComparesInAnyCase", "TakesShortestNumbersAsWell"),
    *("TakesTheSecretOfAnyAgent", "RefreshesWithAccessTokens", "KnowsTokensByTheirBeginning"),
    "TakesTokensFromTheQuery",
)


def tried(provider_class: type[System] = System, **options: Any) -> Any:
    """A trial of the two topics."""
    only = ("IMTS-SIGNATURE", "IMTS-TOKENS")
    return trial(contract_id="imts", provider_class=provider_class, only=only, **options)


@pytest.mark.parametrize("method", [one for one in WITH_TOKEN if one is not Method.FEES])
def test_a_signature_that_is_not_checked_at_one_method_is_found(method: Method) -> None:
    class Forgets(SignsQueries):
        def must_be_signed(self, asked: Method) -> bool:
            return asked is not method and super().must_be_signed(asked)

    outcome = tried(Forgets, **tried_with(Forgets))
    assert broken(outcome) == {"IMTS-SIGNATURE-18"}, story(outcome)


@pytest.mark.parametrize("method", WITH_TOKEN)
def test_a_token_that_is_not_asked_for_at_one_method_is_found(method: Method) -> None:
    class Forgets(System):
        def agent_of_token(self, call: Call) -> RegisteredAgent:
            if call.method is method and call.request.header("Authorization") is None:
                return next(iter(self.store.agents.values()))
            return super().agent_of_token(call)

    outcome = tried(Forgets)
    wanted = {"IMTS-TOKENS-05"} | ({"IMTS-TOKENS-10"} if method is Method.FEES else set())
    assert broken(outcome) == wanted, story(outcome)


def seen(outcome: Any, reading: str) -> set[str]:
    return {what for result in outcome.checks for name, what in result.readings if name == reading}


def test_a_semicolon_that_moves_is_told_and_blamed_on_nobody() -> None:
    assert seen(tried(), "MTR18") == {
        "accepted: one pg_sig fits two requests, a weakness of the scheme and not of the target"
    }
    outcome = tried(RefusesSemicolons)
    assert seen(outcome, "MTR18") == {"a value with a semicolon is refused"}
    assert not broken(outcome)


@pytest.mark.parametrize(("salted", "readings"), [(True, 12), (False, 6)])
def test_every_reading_that_signs_otherwise_is_tried(salted: bool, readings: int) -> None:
    recorded: list[Exchange] = []
    outcome = tried(settings={"signature.send_salt": salted}, recorded=recorded)
    assert not broken(outcome)
    asked = [one.request.body for one in recorded if one.purpose.startswith("imts/signature/one_reading_is_accepted")]
    signatures = {json.loads(body)["pg_sig"] for body in asked if b"pg_sig" in body}
    assert len(signatures) == readings
    assert all(b'"amount_source":100.500' in body for body in asked)


@pytest.mark.parametrize("name", ["", "SignsQueries", "TakesRefreshTokensAsBearer", *JUDGED_AGAIN])
def test_a_run_is_judged_again_and_tells_no_token(tmp_path: Path, name: str) -> None:
    provider_class = {**IMTS.defects(), **IMTS.variants(), "": System}[name]
    recorded: list[Exchange] = []
    outcome = tried(provider_class, folder=tmp_path, recorded=recorded, **tried_with(provider_class))
    result = rejudged(tmp_path)
    assert result.agrees, (result.departures, [str(one) for one in result.differences])
    assert broken(result.outcome) == broken(outcome)
    told = "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    bodies = b"".join(one.reply.body for one in recorded if one.reply)
    tokens = set(re.findall(r"[ar]t-[0-9a-f]{32}", bodies.decode("utf-8", "replace")))
    assert len(tokens) > 5
    assert not [token for token in tokens if token in told]
