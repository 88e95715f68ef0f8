"""imts callbacks over HTTP: notifications come to a port of the suite, which answers them or closes the connection."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.certification import Certification, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.contracts.imts.notices import NOTICES
from conformance.errors import NoAnswer
from conformance.evidence.record import read_exchanges
from conformance.evidence.rejudging import rejudged
from conformance.serving import served
from conformance.transport.http import HttpTransport
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Exchange

IMTS = contract("imts")
SELECTED = ("IMTS-CALLBACKS", "IMTS-SECRECY-02")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report folder of a run whose target brings its notifications by HTTP."""
    report = tmp_path_factory.mktemp("callbacks")
    stand = IMTS.stand()
    with served(stand.provider) as url:
        declaration, _ = parsed(stand.configuration(url), IMTS.configuration, Path("callbacks.toml"))
        Certification(IMTS, declaration, Options(report, only=SELECTED), quiet=True).conduct()
    return report


@pytest.fixture(scope="module")
def came(folder: Path) -> list[Exchange]:
    return [exchange for exchange in read_exchanges(folder) if exchange.purpose == NOTICES]


def test_notifications_come_over_http_and_are_judged(folder: Path) -> None:
    verdicts = {entry["id"]: entry["verdict"] for entry in rejudged(folder).recorded["requirements"]}
    # Not the pauses (05), nor what presumes them (06): they depend on how busy this machine is.
    heard = {f"IMTS-CALLBACKS-{number}" for number in ("01", "02", "03", "04", "07", "08", "09", "10", "11")}
    assert {name: verdicts[name] for name in heard} == dict.fromkeys(heard, "pass")


def test_what_is_left_unanswered_comes_again(came: list[Exchange]) -> None:
    unanswered = [exchange for exchange in came if exchange.reply is None]
    assert len(unanswered) >= 2
    assert len({exchange.request.body for exchange in unanswered}) == 1
    assert {exchange.failure for exchange in unanswered} == {"left unanswered on purpose"}
    assert {exchange.reply.status for exchange in came if exchange.reply is not None} == {200}


def test_a_run_with_notifications_is_judged_again_alike(folder: Path) -> None:
    result = rejudged(folder)
    assert not result.departures
    assert not result.left_over
    assert not [str(difference) for difference in result.differences]


class _Shy:
    """Answers what has a body, and leaves the rest unanswered."""

    def handle(self, request: Request) -> Reply:
        if not request.body:
            raise NoAnswer("nothing to say")
        return Reply(204)


def test_a_request_can_be_left_without_any_answer_over_http() -> None:
    with served(_Shy()) as url:
        transport = HttpTransport(url, timeout_s=60)
        try:
            assert transport.exchange(Request("POST", "/", (), b"x")).status == 204
            for _ in range(3):
                with pytest.raises(NoAnswer, match="without sending a response"):
                    transport.exchange(Request("GET", "/"))
            assert transport.exchange(Request("POST", "/", (), b"x")).status == 204
        finally:
            transport.close()
