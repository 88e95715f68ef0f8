"""imts: what the doctor says of credentials, mapping and the reading of the signature, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.imts.call import Call, Refusal
from conformance.contracts.imts.doctor import LOOKS, ends_in_zero
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.signature import HmacKey, NumberText, SignatureReading, readings, shortest, signature_of
from conformance.contracts.imts.stand import AGENT, SECRET, stand
from conformance.contracts.imts.store import RegisteredAgent, Tokens
from conformance.contracts.imts.wire import SALT, Method
from conformance.engine.finding import Finding, Owner, Severity
from conformance.engine.observation import Observation, observing
from conformance.engine.session import Memory, Session
from conformance.serving import served
from conformance.transport.channel import Channel
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.message import Headers
from conformance.transport.nulls import NULL_TARGETS
from conformance.transport.recorder import Recorder
from conformance.transport.timing import VirtualTimer
from tests.consulting import Counts, Seen, written
from tests.test_cli import Shell, conformance

__all__ = ["conformance"]

IMTS = contract("imts")
MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Change = Callable[[dict[str, Any]], Any]
STOPS, WARNS = Severity.STOPS, Severity.WARNS
CONFIGURATION, TARGET = Owner.CONFIGURATION, Owner.TARGET


def untouched(document: dict[str, Any]) -> None:
    """As the stand declares it."""


class Looked:
    """What the looks of imts say of a system in this process, until one stops."""

    def __init__(self, change: Change = untouched, *, handler: Any = None, **options: Any) -> None:
        timer = VirtualTimer(MORNING)
        bench = stand(clock=timer.now, monotonic=timer.monotonic, sleep=timer.sleep, **options)
        document = bench.configuration("https://imts.stage.example")
        change(document)
        declaration = parsed(document, IMTS.configuration, Path("x.toml"))[0]
        redactor = IMTS.privacy(declaration).redactor()
        recorder = Recorder(redactor)
        self.target = Counts(handler or bench.provider)
        channel = Channel(InProcessTransport(self.target), recorder, timer=timer)
        session = Session(
            declaration, MORNING, "doctor", channel, Memory(0), lambda: list(recorder.exchanges), redactor, 1
        )
        self.findings: list[Finding] = []
        for look in LOOKS:
            with observing(Observation()):
                self.findings += look(session)
            if any(finding.severity is STOPS for finding in self.findings):
                break

    def of(self, topic: str) -> list[tuple[Severity, Owner]]:
        return [(one.severity, one.owner) for one in self.findings if one.topic == topic]

    def text(self, topic: str) -> str:
        return " | ".join(str(one) for one in self.findings if one.topic == topic)

    @property
    def unwell(self) -> list[tuple[Severity, str, Owner]]:
        return [(one.severity, one.topic, one.owner) for one in self.findings if one.severity is not Severity.FINE]


# --- the reading of the signature -------------------------------------------------------------------------------


@pytest.mark.parametrize("reading", readings(), ids=lambda reading: reading.words)
def test_the_declared_reading_is_found_to_be_the_only_one(reading: SignatureReading) -> None:
    looked = Looked(signing=reading)
    assert looked.unwell == []
    assert f"is accepted, and no other of 12: {reading.words}" in looked.text("signature")


@pytest.mark.parametrize("meant", readings(), ids=lambda reading: reading.words)
def test_another_reading_than_the_declared_one_is_found_with_the_lines_to_write(meant: SignatureReading) -> None:
    """Each reading is declared in turn; what the remedy says then makes the doctor content."""
    for declared in readings():
        if declared == meant:
            continue
        wrong = {
            "salt_is_signed": declared.salt_is_signed,
            "key": declared.key.value,
            "secret_is_appended": declared.secret_is_appended,
            "numbers": declared.numbers.value,
        }
        looked = Looked(lambda document, table=wrong: document.update(signature=dict(table)), signing=meant)
        assert looked.unwell == [(STOPS, "signature", CONFIGURATION)]
        told = looked.text("signature")
        assert meant.words in told
        lines = dict(line.split(" = ") for line in told.partition("write in [signature]: ")[2].split(", "))
        mended = wrong | {
            name: {"true": True, "false": False}.get(text, text.strip('"')) for name, text in lines.items()
        }
        assert Looked(lambda document, table=mended: document.update(signature=dict(table)), signing=meant).unwell == []


def test_without_a_salt_six_readings_are_left() -> None:
    looked = Looked(lambda document: document["signature"].update(send_salt=False))
    assert looked.unwell == []
    assert "and no other of 6: no pg_salt sent" in looked.text("signature")


class NeedsASalt(System):
    """Refuses requests without a salt."""

    def signature_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        return bool(call.members.get(SALT)) and super().signature_fits(given, call, agent)


class RefusesSalts(System):
    """Refuses requests with a salt."""

    def signature_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        return SALT not in call.members and super().signature_fits(given, call, agent)


@pytest.mark.parametrize(("provider", "sends"), [(NeedsASalt, False), (RefusesSalts, True)])
def test_whether_a_salt_is_sent_is_probed_as_well(provider: type[System], sends: bool) -> None:
    looked = Looked(lambda document: document["signature"].update(send_salt=sends), provider_class=provider)
    assert looked.unwell == [(STOPS, "signature", CONFIGURATION)]
    assert f"send_salt = {str(not sends).lower()}" in looked.text("signature")


def accepting(*taken: SignatureReading) -> type[System]:
    """A system that takes a signature under any of these."""

    class TakesSeveral(System):
        def signature_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
            return any(self.is_same(given, signature_of(call.members, agent.secret, one)) for one in taken)

    return TakesSeveral


DEFAULT, UNSALTED = SignatureReading(), SignatureReading(salt_is_signed=False)
KEYLESS, SHORT = SignatureReading(key=HmacKey.EMPTY), SignatureReading(numbers=NumberText.SHORTEST)


@pytest.mark.parametrize("second", [UNSALTED, KEYLESS, SHORT, SignatureReading(secret_is_appended=False)])
def test_two_accepted_readings_are_a_weakness_of_the_target(second: SignatureReading) -> None:
    looked = Looked(provider_class=accepting(DEFAULT, second))
    assert looked.unwell == [(WARNS, "signature", TARGET)]
    told = looked.text("signature")
    assert "2 of 12 readings of pg_sig are accepted" in told and second.words in told and DEFAULT.words in told


def test_two_accepted_readings_without_the_declared_one_are_two_findings() -> None:
    looked = Looked(provider_class=accepting(KEYLESS, SHORT))
    assert looked.unwell == [(WARNS, "signature", TARGET), (STOPS, "signature", CONFIGURATION)]


class LooksAtNoSignature(System):
    def signature_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        return True


def test_a_target_that_takes_a_made_up_signature_is_told_without_further_probes() -> None:
    looked = Looked(provider_class=LooksAtNoSignature)
    assert looked.unwell == [(WARNS, "signature", TARGET)]
    assert "made up pg_sig is accepted" in looked.text("signature")
    assert sum(request.target.endswith("/fees") for request in looked.target.seen) == 1


class KnowsAnotherSecret(System):
    """The secret at the target is another one for signatures."""

    def signature_due(self, members: Mapping[str, Any], agent: RegisteredAgent) -> str:
        return signature_of(members, "another", self.signing)


def test_no_accepted_reading_says_what_to_look_at() -> None:
    looked = Looked(provider_class=KnowsAnotherSecret)
    assert looked.unwell == [(STOPS, "signature", CONFIGURATION)]
    told = looked.text("signature")
    assert "no reading of pg_sig is accepted for fees, with pg_salt or without: HTTP 403" in told
    assert "check auth.agent_secret" in told and "[fees]" in told


@pytest.mark.parametrize("reading", [DEFAULT, UNSALTED, KEYLESS, SHORT])
def test_the_one_reading_that_is_answered_otherwise_is_probably_meant(reading: SignatureReading) -> None:
    """The values of [fees] are refused, which shows only where the signature was right."""
    looked = Looked(lambda document: document.update(fees={"target_country": "FRA"}), signing=reading)
    assert looked.unwell == [(STOPS, "signature", CONFIGURATION)]
    told = looked.text("signature")
    assert f"(HTTP 400), so it is probably the one that is meant: {reading.words}; " in told and "[fees]" in told


@pytest.mark.parametrize(
    ("name", "owner", "words"),
    [
        ("always-401", CONFIGURATION, "in force"),
        ("always-404", CONFIGURATION, "paths.fees"),
        ("always-500", TARGET, ""),
    ],
)
def test_what_answers_to_no_reading_is_told_by_its_status(name: str, owner: Owner, words: str) -> None:
    def static(document: dict[str, Any]) -> None:
        document["auth"].update(access_token="a-token-that-was-given")
        document["paths"] = {}

    looked = Looked(static, handler=NULL_TARGETS[name])
    assert looked.of("signature") == [(STOPS, owner)]
    assert words in looked.text("signature")


def test_fees_that_are_not_signed_cannot_be_probed() -> None:
    looked = Looked(lambda document: document["signature"].update(unsigned=["get_token", "refresh_token", "fees"]))
    assert looked.unwell == [(WARNS, "signature", CONFIGURATION)]
    assert not [request for request in looked.target.seen if request.target.endswith("/fees")]


@pytest.mark.parametrize("amount", ["100.50", "100", "0.5", "7.25", "100.125", "100.1234", "1.0", "12345678901.1234"])
def test_the_amount_is_one_that_tells_the_readings_apart(amount: str) -> None:
    probing = ends_in_zero(amount)
    assert shortest(probing) != probing
    assert abs(float(probing) - float(amount)) <= 0.5
    assert len(probing.partition(".")[2]) <= 4
    looked = Looked(lambda document: document.update(fees={"amount_source": amount}))
    assert "and no other of 12" in looked.text("signature")


# --- credentials and mapping ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "topic", "owner", "words"),
    [
        (lambda it: it["auth"].update(agent_secret="wrong-one"), "access", CONFIGURATION, "auth.agent_secret"),
        (lambda it: it["paths"].update(get_token="/v5/tokens"), "access", CONFIGURATION, "check paths.get_token"),
        (
            lambda it: it["values"].update(access_token="/data/token"),
            "access",
            CONFIGURATION,
            "(the answer has: access",
        ),
        (lambda it: it["auth"].update(access_token="at-over"), "access", CONFIGURATION, "that is in force"),
    ],
)
def test_what_leaves_no_access_stops(change: Change, topic: str, owner: Owner, words: str) -> None:
    looked = Looked(change)
    assert looked.unwell == [(STOPS, topic, owner)]
    assert words in looked.text(topic)


@pytest.mark.parametrize(
    ("change", "topic", "words"),
    [
        (lambda it: it["auth"]["other"].update(agent_secret="wrong-one"), "access", "auth.other: Get token"),
        (
            lambda it: it["auth"]["other"].update(agent_id=AGENT, agent_secret=SECRET),
            "second agent",
            "the same agent_id",
        ),
        (lambda it: it["auth"].pop("other"), "second agent", "[auth.other]"),
        (lambda it: it["paths"].update(get_agents="/v5/all"), "agents", "paths.get_agents: answered with HTTP 404"),
        (lambda it: it["values"].update(refresh_token="/refresh"), "access", "paths.refresh_token"),
        (lambda it: it["values"].update(agent_id="/list/0"), "mapping", "(the answer has: agents)"),
        (lambda it: it["values"].update(fee="/data/fee"), "mapping", "(the answer has: fee, currency)"),
        (lambda it: it["values"].update(outcome="/result"), "mapping", 'nothing stands at "/result"'),
    ],
)
def test_what_is_mapped_wrong_is_told_with_a_remedy(change: Change, topic: str, words: str) -> None:
    looked = Looked(change)
    assert looked.unwell == [(WARNS, topic, CONFIGURATION)]
    assert words in looked.text(topic)


class EndsNoTokens(System):
    def is_expired(self, tokens: Tokens) -> bool:
        return False


def test_a_token_that_should_be_over_and_is_not_is_told() -> None:
    looked = Looked(provider_class=EndsNoTokens)
    assert looked.unwell == [(WARNS, "access", CONFIGURATION)]
    assert "auth.expired_token: opens the list of agents" in looked.text("access")


class GivesDeadTokens(System):
    """Gives tokens that it does not know afterwards."""

    def tokens_of(self, call: Call) -> None:
        return None


class GivesOneTokenOnly(System):
    """An agent that has a token gets no other."""

    def new_tokens(self, agent: RegisteredAgent) -> Tokens:
        if any(one.agent_id == agent.agent_id and not self.is_expired(one) for one in self.store.by_access.values()):
            raise Refusal(409, "TOKEN", "there is one")
        return super().new_tokens(agent)


def test_a_token_that_its_giver_does_not_know_is_the_targets_fault() -> None:
    looked = Looked(provider_class=GivesDeadTokens)
    assert looked.unwell == [(STOPS, "access", TARGET)]
    assert "values.access_token" in looked.text("access")


def test_one_token_is_enough_for_the_doctor() -> None:
    assert Looked(provider_class=GivesOneTokenOnly).unwell == []


@pytest.mark.parametrize("name", sorted(name for name, one in IMTS.defects().items() if "-SIGNATURE-13" in one.breaks))
def test_a_defect_that_takes_two_readings_is_told(name: str) -> None:
    defect = IMTS.defects()[name]
    assert Looked(provider_class=defect, **getattr(defect, "tried_with", {})).unwell == [(WARNS, "signature", TARGET)]


def test_a_partner_key_that_is_not_given_is_told() -> None:
    def without(document: dict[str, Any]) -> None:
        del document["auth"]["partner_key"], document["clients"]

    looked = Looked(without)
    assert (WARNS, "key", CONFIGURATION) in looked.unwell
    assert "clients.person" in looked.text("settings")


@pytest.mark.parametrize("name", sorted(IMTS.variants()))
def test_no_variant_is_stopped(name: str) -> None:
    variant = IMTS.variants()[name]
    looked = Looked(provider_class=variant, **getattr(variant, "tried_with", {}))
    assert not [one for one in looked.findings if one.severity is STOPS], looked.findings
    assert not [one for one in looked.findings if one.owner is TARGET and one.severity is WARNS]


def test_the_doctor_creates_nothing() -> None:
    looked = Looked()
    methods = {(request.method, request.target.partition("?")[0]) for request in looked.target.seen}
    paths = (Method.GET_TOKEN, "/v5/partner/token"), (Method.GET_AGENTS, "/v5/partner/agents")
    assert methods == {*((one.verb, path) for one, path in paths), ("POST", "/v5/partner/transfer/fees")}
    assert len(looked.target.seen) <= 25


# --- the command ------------------------------------------------------------------------------------------------


class TellsTheTime(System):
    """The reference system with a Date header, as a real server has one."""

    def headers(self) -> Headers:
        return (*super().headers(), ("Date", format_datetime(datetime.now(UTC), usegmt=True)))


def said(conformance: Shell, folder: Path, change: Change = untouched, *words: str) -> Seen:
    bench = stand(provider_class=TellsTheTime)
    with served(bench.provider) as url:
        path = written(folder, bench.configuration(url), change)
        return Seen(conformance("doctor", path, "--json", *words))


def test_a_good_target_is_fine(conformance: Shell, tmp_path: Path) -> None:
    seen = said(conformance, tmp_path)
    assert seen.said.code == 0
    assert seen.unwell == []
    topics = {entry["topic"] for entry in seen.findings}
    assert topics >= {"clock", "API", "key", "access", "agents", "signature", "mapping", "settings"}


def test_a_wrong_reading_stops_with_exit_code_4_and_so_does_a_run(conformance: Shell, tmp_path: Path) -> None:
    seen = said(conformance, tmp_path, lambda document: document["signature"].update(key="empty"))
    assert seen.said.code == 4
    assert ("stops", "signature", "configuration") in seen.unwell
    assert 'key = "agent_secret"' in " ".join(entry.get("remedy", "") for entry in seen.findings)
    bench = stand(provider_class=TellsTheTime)
    with served(bench.provider) as url:
        document = bench.configuration(url)
        document["signature"]["key"] = "empty"
        run = conformance("run", written(tmp_path, document), "--quiet", "--report-dir", "report")
    assert run.code == 4
    assert not (tmp_path / "report" / "results.json").exists()


def test_nothing_that_the_doctor_says_is_secret(conformance: Shell, tmp_path: Path) -> None:
    document = stand().configuration("")
    auth = document["auth"]
    secrets = [auth["agent_secret"], auth["partner_key"], auth["other"]["agent_secret"], auth["other"]["partner_key"]]
    secrets += ["at-", "rt-", *document["clients"]["person"].values()]
    changes: list[Change] = [untouched, lambda it: it["auth"].update(access_token=f"at-{'0' * 32}")]
    for change in changes:
        seen = said(conformance, tmp_path, change)
        assert not [secret for secret in secrets if secret in seen.said.out + seen.said.err]
