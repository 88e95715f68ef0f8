"""Null targets on real sockets: what never answers is told soon, and never passes anything."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from conformance.contracts import contract
from conformance.errors import NoAnswer
from conformance.serving import served
from conformance.transport.http import HttpTransport
from conformance.transport.inprocess import InProcessTransport
from conformance.transport.message import Reply, Request
from conformance.transport.nulls import NULL_TARGETS, NoReply, Silence
from tests.test_cli import Said, Shell, dead_port, serving

KZ = contract("kz-accounts")
ALL_NULLS = KZ.null_targets(KZ.stand())
GET = Request("GET", "/v3/accounts")
SILENT = {name: target for name, target in NULL_TARGETS.items() if isinstance(target, NoReply)}
SHORT_S, LONG_S = 0.4, 60.0
Run = Callable[[str, "FallsSilent", int], tuple[Said, Path]]


@pytest.fixture
def conformance(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(capsys, monkeypatch)


@contextmanager
def address_of(target: NoReply) -> Iterator[str]:
    """A socket that fails to answer in that way."""
    if target.silence is Silence.REFUSES:
        with dead_port() as port:
            yield f"http://127.0.0.1:{port}"
    else:
        with served(target) as url:
            yield url


def patience_with(target: NoReply) -> float:
    """Seconds after which silence is told; whoever is to be heard gets all the time that a busy machine needs."""
    return SHORT_S if target.silence is Silence.HOLDS else LONG_S


class FallsSilent(HttpTransport):
    """Reaches one address so many times, and another, at which nothing is ever answered, from then on."""

    def __init__(self, url: str, silent_url: str, count: int) -> None:
        super().__init__(url, timeout_s=LONG_S)
        self._silent = HttpTransport(silent_url, timeout_s=SHORT_S)
        self._left = count
        self._lock = threading.Lock()

    @property
    def unanswered(self) -> int:
        return max(0, -self._left)

    def exchange(self, request: Request) -> Reply:
        with self._lock:
            self._left -= 1
            is_silent = self._left < 0
        return self._silent.exchange(request) if is_silent else super().exchange(request)

    def close(self) -> None:
        self._silent.close()
        super().close()


def test_there_is_a_null_target_for_every_silence() -> None:
    assert {target.silence for target in SILENT.values()} == set(Silence)


@pytest.mark.parametrize("name", SILENT)
def test_in_process_it_says_what_the_real_transport_says(name: str) -> None:
    with pytest.raises(NoAnswer) as in_process:
        InProcessTransport(SILENT[name]).exchange(GET)
    words = {str(in_process.value).replace("within 10 s", f"within {SHORT_S:g} s")}
    if SILENT[name].silence is Silence.CLOSES:  # which of the two depends on whether the request was faster
        words.add("ReadError: [Errno 104] Connection reset by peer")
    with (
        address_of(SILENT[name]) as url,
        closing(HttpTransport(url, timeout_s=patience_with(SILENT[name]))) as transport,
        pytest.raises(NoAnswer) as over_http,
    ):
        transport.exchange(GET)
    assert str(over_http.value) in words


@pytest.fixture
def run(conformance: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the command over a transport of ours; gives what it said, and where its results would be."""

    def run(url: str, transport: FallsSilent, workers: int) -> tuple[Said, Path]:
        monkeypatch.setattr("conformance.certification.transport_to", lambda declaration, workers: transport)
        config = tmp_path / "conformance.json"
        config.write_text(json.dumps(KZ.stand(requests_per_second=100_000).configuration(url)), "utf-8")
        said = conformance("run", config, "--quiet", "--report-dir", "report", "--workers", str(workers))
        return said, tmp_path / "report" / "results.json"

    return run


@pytest.mark.parametrize("name", SILENT)
def test_a_run_against_silence_ends_at_once_with_exit_code_4(run: Run, name: str) -> None:
    with address_of(SILENT[name]) as url:
        transport = FallsSilent(url, url, 0)
        said, results = run(url, transport, 4)
    assert said.is_one_line(4, f"{url.removeprefix('http://')}: nothing answers")
    assert transport.unanswered == (0 if SILENT[name].silence is Silence.REFUSES else 1), "one look is enough"
    assert not results.exists()


@pytest.mark.parametrize(("count", "workers"), [(1, 4), (3, 4), (200, 1), (200, 4)])
def test_a_target_that_falls_silent_is_given_up_soon(run: Run, count: int, workers: int) -> None:
    """After the first look at it, while the doctor looks on, and in the middle of a run."""
    stand = KZ.stand(requests_per_second=100_000)
    with served(stand.provider) as url, served(SILENT["never-answers"]) as silent_url:
        transport = FallsSilent(url, silent_url, count)
        said, results = run(url, transport, workers)
    assert said.code == 4
    if count < 200:
        assert transport.unanswered == 2, "the doctor sends once more, and then knows"
        assert not results.exists()
        return
    # Twelve in a row, and one more of each other worker; an answer of before that comes late begins the count anew.
    assert 12 <= transport.unanswered < workers * 13
    document = json.loads(results.read_text("utf-8"))
    assert document["verdict"] == "inconclusive"
    assert document["run"]["complete"] is False


@pytest.mark.parametrize("name", ["never-answers", "closes-at-once", "frozen-list", "frozen-page", "always-401"])
def test_what_can_be_served_is_served(tmp_path: Path, name: str) -> None:
    patience = patience_with(SILENT[name]) if name in SILENT else LONG_S
    with (
        serving(tmp_path, "--null", name) as line,
        closing(HttpTransport(line["url"], timeout_s=patience)) as transport,
    ):
        if name in SILENT:
            with pytest.raises(NoAnswer):
                transport.exchange(GET)
        else:
            reply = transport.exchange(GET)
            due = ALL_NULLS[name].handle(GET)
            assert (reply.status, len(reply.body)) == (due.status, len(due.body))


def test_a_dead_port_is_not_served(conformance: Shell) -> None:
    assert conformance("serve", "kz-accounts", "--null", "dead-port").is_one_line(2, "cannot be served")
