"""Null targets on real sockets: what never answers is told soon, and never passes anything."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from conformance.contracts import contract
from conformance.errors import NoAnswer
from conformance.serving import served
from conformance.transport.http import HttpTransport
from conformance.transport.inprocess import Handler, InProcessTransport
from conformance.transport.message import Reply, Request
from conformance.transport.nulls import NULL_TARGETS, NoReply, Silence
from tests.test_cli import Shell, serving

KZ = contract("kz-accounts")
ALL_NULLS = KZ.null_targets(KZ.stand())
GET = Request("GET", "/v3/accounts")
SILENT = {name: target for name, target in NULL_TARGETS.items() if isinstance(target, NoReply)}
TIMEOUT_S = 0.4


@pytest.fixture
def conformance(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(capsys, monkeypatch)


@contextmanager
def address_of(target: NoReply) -> Iterator[str]:
    """A socket that fails to answer in that way."""
    if target.silence is Silence.REFUSES:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    else:
        with served(target) as url:
            yield url


def configuration(folder: Path, url: str) -> Path:
    document = KZ.stand(requests_per_second=100_000).configuration(url)
    document["limits"]["timeout_s"] = TIMEOUT_S
    path = folder / "conformance.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


def test_there_is_a_null_target_for_every_silence() -> None:
    assert {target.silence for target in SILENT.values()} == set(Silence)


@pytest.mark.parametrize("name", SILENT)
def test_in_process_it_says_what_the_real_transport_says(name: str) -> None:
    with pytest.raises(NoAnswer) as in_process:
        InProcessTransport(SILENT[name]).exchange(GET)
    words = {str(in_process.value).replace("within 10 s", f"within {TIMEOUT_S:g} s")}
    if SILENT[name].silence is Silence.CLOSES:  # which of the two depends on whether the request was faster
        words.add("ReadError: [Errno 104] Connection reset by peer")
    with (
        address_of(SILENT[name]) as url,
        closing(HttpTransport(url, timeout_s=TIMEOUT_S)) as transport,
        pytest.raises(NoAnswer) as over_http,
    ):
        transport.exchange(GET)
    assert str(over_http.value) in words


@pytest.mark.parametrize("name", SILENT)
def test_a_run_against_silence_ends_at_once_with_exit_code_4(conformance: Shell, tmp_path: Path, name: str) -> None:
    with address_of(SILENT[name]) as url:
        config = configuration(tmp_path, url)
        started = time.monotonic()
        said = conformance("run", config, "--quiet", "--report-dir", "report")
        took = time.monotonic() - started
    assert said.is_one_line(4, f"{url.removeprefix('http://')}: nothing answers")
    assert took < 5 * TIMEOUT_S + 3, "one look is enough, and the rest is the start of the command"
    assert not (tmp_path / "report" / "results.json").exists()


class FallsSilent:
    """Serves some requests and then no more."""

    def __init__(self, handler: Handler, served: int) -> None:
        self._handler, self._left = handler, served
        self._lock = threading.Lock()
        self.over = threading.Event()

    def handle(self, request: Request) -> Reply:
        with self._lock:
            self._left -= 1
            is_silent = self._left < 0
        if is_silent:
            self.over.wait(30)
        return self._handler.handle(request)


@pytest.mark.parametrize("count", [1, 3, 200])
def test_a_target_that_falls_silent_is_given_up_soon(conformance: Shell, tmp_path: Path, count: int) -> None:
    """After the first look at it, while the doctor looks on, and in the middle of a run."""
    target = FallsSilent(KZ.stand(requests_per_second=100_000).provider, count)
    with served(target) as url:
        config = configuration(tmp_path, url)
        started = time.monotonic()
        said = conformance("run", config, "--quiet", "--report-dir", "report", "--workers", "4")
        took = time.monotonic() - started
        target.over.set()
    assert said.code == 4
    # Twelve requests without an answer, four at a time, each sent once; the doctor sends its own twice.
    assert took < 12 * TIMEOUT_S + 6
    results = tmp_path / "report" / "results.json"
    if results.exists():
        document = json.loads(results.read_text("utf-8"))
        assert document["verdict"] == "inconclusive"
        assert document["run"]["complete"] is False
    assert results.exists() == (count == 200)


@pytest.mark.parametrize("name", ["never-answers", "closes-at-once", "frozen-list", "frozen-page", "always-401"])
def test_what_can_be_served_is_served(tmp_path: Path, name: str) -> None:
    with serving(tmp_path, "--null", name) as line, closing(HttpTransport(line["url"], timeout_s=1)) as transport:
        if name in SILENT:
            with pytest.raises(NoAnswer):
                transport.exchange(GET)
        else:
            reply = transport.exchange(GET)
            due = ALL_NULLS[name].handle(GET)
            assert (reply.status, len(reply.body)) == (due.status, len(due.body))


def test_a_dead_port_is_not_served(conformance: Shell) -> None:
    assert conformance("serve", "kz-accounts", "--null", "dead-port").is_one_line(2, "cannot be served")
