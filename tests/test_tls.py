"""The TLS checks against real servers with real certificates."""

from __future__ import annotations

import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from conformance.contracts import contract
from conformance.engine.verdict import Verdict
from conformance.transport.http import HttpTransport
from conformance.transport.message import MEASURE, Reply, Request
from tests.bench import story, trial, verdicts
from tests.certificates import Authority, authority


class Quiet(BaseHTTPRequestHandler):
    """Answers 401, like an API that wants a token."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handshake that fails is what these tests are about."""


@contextmanager
def tls_server(
    files: tuple[Path, Path], lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2, highest: ssl.TLSVersion | None = None
) -> Iterator[str]:
    """A server on loopback that takes TLS versions from `lowest` to `highest`; gives its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = lowest
        context.maximum_version = highest or ssl.TLSVersion.MAXIMUM_SUPPORTED
    server = QuietServer(("127.0.0.1", 0), Quiet)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("ca"))


class Measured:
    """Measures the real server; everything else is answered by the reference provider."""

    def __init__(self, url: str, ca_file: Path) -> None:
        self._real = HttpTransport(url, timeout_s=60, ca_file=str(ca_file))
        self._provider = contract("kz-accounts").stand().provider

    def exchange(self, request: Request) -> Reply:
        return self._real.exchange(request) if request.method == MEASURE else self._provider.handle(request)

    def close(self) -> None:
        self._real.close()


def judged(url: str, ca_file: Path) -> dict[str, Verdict]:
    """The verdicts on TLS of a server."""

    def point(document: dict[str, Any]) -> None:
        document["target"]["base_url"] = url

    transport = Measured(url, ca_file)
    try:
        outcome = trial(only=("KZA-TLS",), transport=transport, change=point)
    finally:
        transport.close()
    assert not verdicts(outcome, Verdict.ERROR), story(outcome)
    return {name: verdict for name, verdict in verdicts(outcome).items() if name.startswith("KZA-TLS")}


ALL_PASS = dict.fromkeys((f"KZA-TLS-0{number}" for number in range(1, 6)), Verdict.PASS)


def test_a_modern_server_passes(ca: Authority) -> None:
    with tls_server(ca.server("good")) as url:
        assert judged(url, ca.file) == ALL_PASS


@pytest.mark.parametrize("lowest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_a_server_that_still_takes_old_versions_fails(ca: Authority, lowest: ssl.TLSVersion) -> None:
    with tls_server(ca.server("old"), lowest) as url:
        assert judged(url, ca.file) == {**ALL_PASS, "KZA-TLS-02": Verdict.FAIL}


def test_a_server_without_tls_1_3_is_warned(ca: Authority) -> None:
    with tls_server(ca.server("twelve"), highest=ssl.TLSVersion.TLSv1_2) as url:
        assert judged(url, ca.file) == {**ALL_PASS, "KZA-TLS-04": Verdict.WARN}


def test_a_server_with_old_versions_only_offers_no_safe_one(ca: Authority) -> None:
    with tls_server(ca.server("eleven"), ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1) as url:
        seen = judged(url, ca.file)
    assert seen["KZA-TLS-03"] is Verdict.FAIL
    assert Verdict.PASS not in {seen[name] for name in ("KZA-TLS-02", "KZA-TLS-04", "KZA-TLS-05")}


@pytest.mark.parametrize(
    ("wrong", "options"),
    [("expired", {"days": -1}), ("other-host", {"host": "bank.example"})],
)
def test_a_wrong_certificate_fails(ca: Authority, wrong: str, options: dict[str, Any]) -> None:
    with tls_server(ca.server(wrong, **options)) as url:
        assert judged(url, ca.file) == {**ALL_PASS, "KZA-TLS-05": Verdict.FAIL}


def test_a_certificate_of_an_unknown_authority_fails(ca: Authority, tmp_path: Path) -> None:
    stranger = authority(tmp_path / "stranger")
    with tls_server(stranger.server("stranger")) as url:
        assert judged(url, ca.file) == {**ALL_PASS, "KZA-TLS-05": Verdict.FAIL}


def test_a_configuration_with_plain_http_fails_but_on_loopback() -> None:
    def far(document: dict[str, Any]) -> None:
        document["target"]["base_url"] = "http://bank.example"

    def near(document: dict[str, Any]) -> None:
        document["target"]["base_url"] = "http://localhost:8080"

    assert verdicts(trial(only=("KZA-TLS-01",), change=far))["KZA-TLS-01"] is Verdict.FAIL
    seen = verdicts(trial(only=("KZA-TLS",), change=near))
    assert {seen[name] for name in ALL_PASS} == {Verdict.NOT_APPLICABLE}


def test_plain_http_is_noticed_on_a_real_socket() -> None:
    server = QuietServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    transport = HttpTransport(f"https://127.0.0.1:{server.server_port}", timeout_s=60)
    try:
        reply = transport.exchange(Request(MEASURE, "plain-http:/v3/accounts"))
    finally:
        transport.close()
        server.shutdown()
        server.server_close()
    assert b'"status": 401' in reply.body
