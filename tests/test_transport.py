"""Transport: bytes go out as a check wrote them, whole answers come back, and the channel keeps its manners."""

from __future__ import annotations

import gzip
import re
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import ConfigError, NoAnswer, TargetUnreachable, UnreadableReply
from conformance.transport import http as http_module
from conformance.transport.http import HttpTransport
from conformance.transport.jsontext import kind_of, read_json
from conformance.transport.message import Request
from tests.certificates import authority
from tests.test_cli import dead_port

START = datetime(2026, 1, 1, tzinfo=UTC)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
GZIP_HEAD = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9000\r\n\r\n"
GET = Request("GET", "/v3/accounts")

# --- JSON -------------------------------------------------------------------------------------------------------


def test_numbers_are_read_without_loss() -> None:
    big = 10**60 + 1
    value = read_json(f"[{big}, 10001, 10001.0, 1e2, 0.1]".encode()).value
    assert value == [big, 10001, Decimal("10001.0"), Decimal("1e2"), Decimal("0.1")]
    assert [kind_of(item) for item in value[:3]] == ["integer", "integer", "number with a fraction or exponent"]
    assert str(value[2]) == "10001.0"


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (b'{"a": 1}', ()),
        (b'{"a": 1, "b": {"a": 2}}', ()),
        (b'{"a": 1, "a": 2, "a": 3}', ('has the member "a" twice in one object',)),
        (b"[NaN]", ("has NaN, which is no JSON number",)),
        (b"[-Infinity, NaN]", ("has -Infinity, which is no JSON number", "has NaN, which is no JSON number")),
        (b"\xef\xbb\xbf{}", ("starts with a byte order mark",)),
    ],
)
def test_what_a_lenient_reader_would_let_pass_is_named(body: bytes, faults: tuple[str, ...]) -> None:
    assert read_json(body).faults == faults


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"\xef\xbb\xbf", "is not JSON"),
        (b"{} {}", "is not JSON"),
        (b"{'a': 1}", "is not JSON"),
        (b'"a\nb"', "is not JSON"),
        (b'{"a": "\xff"}', "is not UTF-8 at byte 7"),
        ("{}".encode("utf-16"), "is not UTF-8 at byte 0"),
        (b"[" * 200_000, "is not JSON (nested too deep)"),
        (b"[1e99999999999999999999]", "has a number whose exponent is too large to read"),
    ],
)
def test_a_body_that_is_no_json_is_unreadable_and_says_why(body: bytes, why: str) -> None:
    with pytest.raises(UnreadableReply) as caught:
        read_json(body)
    assert caught.value.where == "body"
    assert caught.value.why.startswith(why)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "boolean"),
        (1, "integer"),
        ("", "string"),
        ([], "array"),
        ({}, "object"),
        (START, "datetime"),
    ],
)
def test_a_value_is_called_by_its_json_kind(value: Any, name: str) -> None:
    assert kind_of(value) == name


# --- HTTP -------------------------------------------------------------------------------------------------------


class RawServer:
    """Plain sockets on loopback: keeps what it received, byte for byte, and sends each time what it was given."""

    def __init__(
        self, *answers: bytes | Callable[[socket.socket], None], context: ssl.SSLContext | None = None
    ) -> None:
        self._answers = deque(answers)
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.received: list[bytes] = []
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> RawServer:
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(60)
                self._answer(self._context.wrap_socket(connection, server_side=True) if self._context else connection)

    def _answer(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request and not request.startswith(b"\x16"):  # 22 begins a TLS handshake
            piece = connection.recv(65536)
            if not piece:
                return
            request += piece
        head, _, body = request.partition(b"\r\n\r\n")
        if length := re.search(rb"\r\nContent-Length: (\d+)", head):  # to close on unread bytes would be a reset
            while len(body) < int(length[1]) and (piece := connection.recv(65536)):
                body += piece
        self.received.append(request)
        answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
        if callable(answer):
            answer(connection)
        else:
            connection.sendall(answer)
        connection.close()


@contextmanager
def talking(server: RawServer, prefix: str = "", timeout_s: float = 60) -> Iterator[HttpTransport]:
    with server:
        transport = HttpTransport(server.url + prefix, timeout_s=timeout_s)
        try:
            yield transport
        finally:
            transport.close()


@pytest.mark.parametrize(
    "target", ["/a/../b/./c", "/a%2fb%FF%00", "/a//b", "/a?x=%zz&y='\"<>|", "/a?", "/?a=1+2%20", "/{id}/[0]", "*"]
)
def test_a_target_goes_out_byte_for_byte(target: str) -> None:
    server = RawServer(OK)
    with talking(server) as transport:
        assert transport.exchange(Request("GET", target)).status == 200
    assert server.received[0].startswith(f"GET {target} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize("prefix", ["/open/banking", "/open/banking/", "/open%20banking"])
def test_a_path_prefix_of_the_base_url_goes_before_each_target(prefix: str) -> None:
    server = RawServer(OK)
    with talking(server, prefix) as transport:
        transport.exchange(Request("GET", "/v3/accounts?a=1"))
    assert server.received[0].startswith(f"GET {prefix.rstrip('/')}/v3/accounts?a=1 HTTP/1.1\r\n".encode())


def test_no_header_is_added_but_host_and_framing() -> None:
    server = RawServer(OK)
    with talking(server) as transport:
        transport.exchange(GET)
        transport.exchange(Request("POST", "/a", (("x-lower", "1"), ("X-Lower", "é")), b"{}"))
    host = f"Host: 127.0.0.1:{server.port}\r\n".encode()
    assert server.received[0] == b"GET /v3/accounts HTTP/1.1\r\n" + host + b"\r\n"
    assert server.received[1].split(b"\r\n\r\n")[0] + b"\r\n" == (
        b"POST /a HTTP/1.1\r\n" + host + b"x-lower: 1\r\nX-Lower: \xe9\r\nContent-Length: 2\r\n"
    )


def test_a_cookie_that_the_target_sets_is_never_sent_back() -> None:
    server = RawServer(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: session=1; Path=/\r\n\r\n"))
    with talking(server) as transport:
        assert transport.exchange(GET).header("set-cookie") == "session=1; Path=/"
        transport.exchange(GET)
    assert server.received[0] == server.received[1]


@pytest.mark.parametrize("location", ["/elsewhere", "http://127.0.0.1:1/", "http://[", "\xff", ""])
def test_a_redirect_is_an_answer_and_not_followed(location: str) -> None:
    redirect = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")
    server = RawServer(redirect)
    with talking(server) as transport:
        reply = transport.exchange(GET)
    assert (reply.status, reply.header("Location")) == (302, location)
    assert len(server.received) == 1


def test_a_reply_keeps_the_headers_as_received_and_the_decoded_body() -> None:
    body = gzip.compress(b'{"a": 1}')
    head = f"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    with talking(RawServer(head.encode() + body)) as transport:
        reply = transport.exchange(GET)
    assert reply.body == b'{"a": 1}'
    assert reply.headers[:2] == (("X-A", "1"), ("x-a", "2"))
    assert reply.header("x-A") == "1"


def drip(head: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """Sends the head, then the piece again and again, until the other side has had enough."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        pause = threading.Event()
        while True:
            connection.sendall(piece)
            pause.wait(0.02)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        drip(b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n", b"x"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        drip(GZIP_HEAD + b"\x1f\x8b\x08\x08\0\0\0\0\0\0", b"x"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["headers", "body", "chunks", "a gzip file name that never ends", "informational answers"],
)
def test_an_answer_that_drips_ends_at_the_cap_wherever_it_drips(answer: Callable[[socket.socket], None]) -> None:
    with talking(RawServer(answer), timeout_s=0.3) as transport, pytest.raises(NoAnswer, match=r"within 0\.3 s$"):
        transport.exchange(GET)


def test_a_target_that_says_nothing_ends_in_no_answer() -> None:
    def wait_for_the_end_of_the_connection(connection: socket.socket) -> None:
        connection.recv(1)

    server = RawServer(wait_for_the_end_of_the_connection)
    with talking(server, timeout_s=0.1) as transport, pytest.raises(NoAnswer, match=r"^no answer within 0\.1 s$"):
        transport.exchange(GET)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "disconnected"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "Content-Encoding does not fit"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000, "RemoteProtocolError"),
    ],
    ids=[
        "closed at once",
        "cut off",
        "bad chunk",
        "cut-off chunk",
        "no gzip",
        "another protocol",
        "headers",
    ],
)
def test_what_is_no_whole_http_answer_is_no_answer(answer: bytes, said: str) -> None:
    with talking(RawServer(answer)) as transport, pytest.raises(NoAnswer, match=said):
        transport.exchange(GET)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_body_over_the_cap_is_no_answer(monkeypatch: pytest.MonkeyPatch, compressed: bool) -> None:
    monkeypatch.setattr(http_module, "LARGEST_BODY", 1000)
    for size, accepted in ((1000, True), (1001, False)):
        body = gzip.compress(b"x" * size) if compressed else b"x" * size
        encoding = "Content-Encoding: gzip\r\n" if compressed else ""
        head = f"HTTP/1.1 200 OK\r\n{encoding}Content-Length: {len(body)}\r\n\r\n".encode()
        with talking(RawServer(head + body)) as transport:
            if accepted:
                assert len(transport.exchange(GET).body) == size
            else:
                with pytest.raises(NoAnswer, match="larger than 1000 bytes"):
                    transport.exchange(GET)


# --- can it be reached ------------------------------------------------------------------------------------------


def unreachable(url: str, **options: Any) -> str:
    transport = HttpTransport(url, timeout_s=60, **options)
    try:
        with pytest.raises(TargetUnreachable) as caught:
            transport.reach()
    finally:
        transport.close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_dead_port_is_told_with_address_and_remedy() -> None:
    with dead_port() as port:
        text = unreachable(f"http://127.0.0.1:{port}")
    assert text.startswith(f"127.0.0.1:{port}: nothing answers (ConnectError: ")
    assert text.endswith("check target.base_url and the network")


def test_a_host_that_no_name_service_could_hold_is_not_reached() -> None:
    assert unreachable("http://a..b").startswith("a..b:80: nothing answers (")


def test_tls_is_trusted_by_the_ca_file_and_each_failure_names_its_own_remedy(tmp_path: Path) -> None:
    trusted = authority(tmp_path / "ca")
    for host, name in (("127.0.0.1", "good"), ("bank.example", "foreign")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*trusted.server(name, host=host))
        with RawServer(OK, context=context) as server:
            text = unreachable(server.url)
            assert "TLS failed" in text and "give its issuer as target.ca_file" in text
            if name == "foreign":
                text = unreachable(server.url, ca_file=str(trusted.file))
                assert "the certificate is for another host" in text
            else:
                transport = HttpTransport(server.url, ca_file=str(trusted.file), timeout_s=60)
                transport.reach()
                assert transport.exchange(GET).status == 200
                transport.close()
    with RawServer(OK) as server:
        text = unreachable(server.url.replace("http:", "https:"))
        assert "TLS failed" in text and "leads to an HTTPS port" in text


@pytest.mark.parametrize("option", ["ca_file", "client_cert"])
def test_a_certificate_file_that_cannot_be_used_is_named(tmp_path: Path, option: str) -> None:
    (tmp_path / "no.pem").write_text("no certificate", "utf-8")
    for name in ("no.pem", "nowhere.pem"):
        with pytest.raises(ConfigError, match=f"^target.{option}: .*{name}: cannot be used"):
            HttpTransport("https://bank.example", **{option: str(tmp_path / name)})


def test_an_address_that_is_none_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"^target\.base_url: http://host:abc: cannot be used"):
        HttpTransport("http://host:abc")
