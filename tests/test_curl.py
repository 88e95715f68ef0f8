"""A curl line sends what the suite sent."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from conformance.reporting.curl import curl
from conformance.transport.http import HttpTransport
from conformance.transport.message import MEASURE, Request
from tests.papers import (
    BASE_URL,
    IBAN,
    TOKEN,
    a_redactor,
    an_exchange,
)

pytestmark = pytest.mark.usefixtures("specs_folder")


class Echo:
    """A server that keeps what arrived."""

    def __init__(self) -> None:
        echo = self
        self.arrived: list[tuple[str, list[tuple[str, str]], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = [(name, value) for name, value in self.headers.raw_items() if name.lower() != "connection"]
                echo.arrived.append((self.requestline, sorted(headers), body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(b"{}")

            do_GET = do_POST = do_HEAD = do_DELETE = do_PUT = answer  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


BEARER = ("Authorization", f"Bearer {TOKEN}")
AWKWARD = 'it\'s "$HOME" `id` $(id) !! \\ ;&|<>*?#~'
REQUESTS = [
    Request("GET", "/v3/accounts?pageSize=10&pageNumber=1", (BEARER, ("Accept", "application/json"))),
    Request("GET", "/v3/accounts", (BEARER,)),
    Request("GET", "/v3/accounts", (("X-Awkward", AWKWARD), ("X-Empty", ""), ("X-Twice", "1"), ("X-Twice", "2"))),
    Request("GET", "/v3/accounts", (("X-Awkward", f"{AWKWARD}{TOKEN}{AWKWARD}"),)),
    Request("GET", "/v3/accounts", (("X-Joined", f"{TOKEN}s"), ("X-Latin", "caf\xe9 \xff"))),
    Request("GET", "/v3/accounts", (("X-Looks-Like", "<TOKEN_FULL>"), BEARER)),
    Request("GET", f"/v3/../%2e%2e//accounts/[{{a,b}}]?q=%00&t={TOKEN}", (BEARER,)),
    Request("GET", "/v3/accounts?a=#b|\"'`^\\<script>$HOME", (BEARER,)),
    Request("GET", "/v3/accounts", (BEARER, ("Accept-Encoding", "gzip, deflate"), ("User-Agent", "suite/1"))),
    Request("HEAD", "/v3/accounts", (BEARER,)),
    Request("DELETE", "/v3/accounts", (BEARER,)),
    Request("POST", "/v3/accounts", (BEARER,)),
    Request("POST", "/v3/accounts", (BEARER, ("Content-Type", "application/json")), b'{"a": "it\'s $HOME `id` !"}'),
    Request("POST", "/v3/accounts", (BEARER,), f'{{"token": "{TOKEN}", "other": "$1 %s\\n"}}'.encode()),
    Request("POST", "/v3/accounts", (), b"@/etc/hostname"),
    Request("POST", "/v3/accounts", (), b"line 1\r\nline 2\n\x1b[31m\xff\xfe \xd0\xb9 \xe2\x80\xae'\\"),
    Request("POST", "/v3/accounts", (), b"nul \x00\x01 %s %% '\\ \xff " + TOKEN.encode() + b"\x009"),
]


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("prefix", ["", "/base/path/"])
def test_a_curl_line_sends_what_the_suite_sent(echo: Echo, request_: Request, prefix: str) -> None:
    base_url = echo.url + prefix
    line = curl(request_, base_url, a_redactor())
    assert TOKEN not in line
    assert line.isprintable()
    ran = subprocess.run(
        ["bash", "-c", line.encode()],
        env={"PATH": os.environ["PATH"], "TOKEN_FULL": TOKEN},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    transport = HttpTransport(base_url)
    transport.exchange(request_)
    transport.close()
    by_curl, by_suite = echo.arrived
    assert by_curl == by_suite


def test_a_curl_line_reads_well_where_nothing_is_awkward() -> None:
    exchange = an_exchange("/v3/accounts?pageSize=10")
    assert curl(exchange.request, BASE_URL, a_redactor()) == (
        "curl -isS --path-as-is -X GET -H 'User-Agent:' -H \"Authorization: Bearer $TOKEN_FULL\" "
        "-H 'Accept: application/json' 'https://openapi.stage.bank.example/v3/accounts?pageSize=10'"
    )


def test_a_curl_line_holds_a_pseudonym_in_place_of_an_iban() -> None:
    line = curl(an_exchange(f"/accounts/{IBAN}/exists").request, BASE_URL, a_redactor())
    assert IBAN not in line
    assert "/accounts/KZ" in line


def test_a_body_too_large_for_a_command_is_taken_from_a_file(echo: Echo, tmp_path: Path) -> None:
    request = Request("POST", "/v3/accounts", (("Content-Type", "text/plain"),), b"x" * 100_000)
    line = curl(request, echo.url, a_redactor())
    assert len(line) < 500
    (tmp_path / "BODY").write_bytes(request.body)
    subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert echo.arrived[0][2] == request.body


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("handshake:TLSv1.1", "openssl s_client -connect 'bank.example:443' -tls1_1 </dev/null"),
        ("handshake:TLSv1", "openssl s_client -connect 'bank.example:443' -tls1 </dev/null"),
        ("certificate", "openssl s_client -connect 'bank.example:443' </dev/null"),
        ("plain-http:/v3/accounts", "curl -isS 'http://bank.example:80/api/v3/accounts'"),
    ],
)
def test_a_measurement_is_shown_with_the_usual_tool(what: str, line: str) -> None:
    assert curl(Request(MEASURE, what), "https://bank.example/api", a_redactor()) == line
