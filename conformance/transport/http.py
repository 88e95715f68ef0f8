"""The real transport: the bare connection pool of httpx2, no redirects, no cookies, caps on time and size."""

from __future__ import annotations

import json
import ssl
import threading
import time
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import httpcore2
import httpx2

from conformance.errors import ConfigError, NoAnswer, TargetUnreachable
from conformance.transport import tls
from conformance.transport.message import MEASURE, Reply, Request

if TYPE_CHECKING:
    from conformance.config import Configuration

LARGEST_BODY = 16 * 1024 * 1024  # bytes after decoding; a page of 100 items is far below


class HttpTransport:
    """Sends requests to `base_url`, whose path prefix goes before each request target.

    `timeout_s` bounds the whole exchange, from connecting to the last byte, however slowly it drips. Raises
    ConfigError for an address or a certificate file that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout_s: float = 10.0,
        connections: int = 16,
        ca_file: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
    ) -> None:
        try:
            self._base = httpx2.URL(base_url)
        except httpx2.InvalidURL as error:
            raise ConfigError(f"target.base_url: {base_url}: cannot be used ({error})") from None
        self._prefix = self._base.raw_path.split(b"?")[0].rstrip(b"/")
        self._timeout_s = timeout_s
        self._ca_file = ca_file
        self._deadline = _Deadline()
        # A transport and no client: a check decides on every header, so no default header, cookie, redirect, proxy
        # or .netrc may have a part in it.
        self._transport = _BoundedTransport(
            tls_context(ca_file, client_cert, client_key) if self._base.scheme == "https" else None,
            connections,
            self._deadline,
        )

    def exchange(self, request: Request) -> Reply:
        """Send one request; raises NoAnswer when no whole answer comes back in time."""
        if request.method == MEASURE:
            facts = tls.measured(request.target, str(self._base), self._ca_file, self._timeout_s)
            return Reply(200, (("Content-Type", "application/json"),), json.dumps(facts).encode())
        raw = httpx2.Request(
            request.method,
            self._base,
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers],
            content=request.body or None,
            extensions={
                # The raw target keeps dot segments, bad UTF-8 and everything else a URL library would mend.
                "target": self._prefix + request.target.encode("ascii"),
                "timeout": httpx2.Timeout(self._timeout_s).as_dict(),
            },
        )
        started = time.monotonic()
        self._deadline.at = started + self._timeout_s
        begun = False
        try:
            response = self._transport.handle_request(raw)
            begun = True
            try:
                body = _read(response)
            finally:
                response.close()
        except httpx2.TimeoutException:
            what = "the answer was not complete" if begun else "no answer"
            raise NoAnswer(f"{what} within {self._timeout_s:g} s") from None
        except (httpx2.DecodingError, zlib.error) as error:
            raise NoAnswer(f"the answer's Content-Encoding does not fit its body: {error}") from None
        except (httpx2.HTTPError, UnicodeError) as error:  # the latter: a host that no name service could hold
            raise NoAnswer(f"{type(error).__name__}: {error}") from None
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)
        return Reply(response.status_code, headers, body, (time.monotonic() - started) * 1000)

    def reach(self) -> Reply:
        """Any answer to one request. Raises TargetUnreachable with the reason in a bank engineer's words."""
        address = f"{self._base.host}:{self._base.port or (443 if self._base.scheme == 'https' else 80)}"
        try:
            return self.exchange(Request("GET", "/", (("Accept", "application/json"),)))
        except NoAnswer as error:
            reason = str(error)
            if "CERTIFICATE" in reason or "SSL" in reason:
                raise TargetUnreachable(f"{address}: TLS failed ({reason}); {tls_remedy(reason)}") from None
            raise TargetUnreachable(
                f"{address}: nothing answers ({reason}); check target.base_url and the network"
            ) from None

    def close(self) -> None:
        self._transport.close()


def transport_to(declaration: Configuration, workers: int = 1) -> HttpTransport:
    """The way to the target of a configuration. Raises ConfigError for a file of it that cannot be used."""
    target = declaration.target
    return HttpTransport(
        target.base_url,
        timeout_s=declaration.limits.timeout_s,
        connections=max(2 * workers, 4),
        ca_file=target.ca_file,
        client_cert=target.client_cert,
        client_key=target.client_key,
    )


def _read(response: httpx2.Response) -> bytes:
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > LARGEST_BODY:
            raise NoAnswer(f"the answer is larger than {LARGEST_BODY} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def tls_remedy(reason: str) -> str:
    """What may help where OpenSSL gives that reason."""
    if "Hostname mismatch" in reason or "IP address mismatch" in reason:
        return "the certificate is for another host; check target.base_url, or mend the server"
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return "the certificate is not trusted; give its issuer as target.ca_file, or mend the server"
    if "ALERT" in reason:
        return "the server refused; where it wants a client certificate give target.client_cert and target.client_key"
    return "check that target.base_url leads to an HTTPS port, and which TLS versions the server speaks"


def tls_context(ca_file: str | None, client_cert: str | None, client_key: str | None) -> ssl.SSLContext:
    """How a run trusts and shows itself. Raises ConfigError for a file that cannot be used."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"target.ca_file: {ca_file}: cannot be used ({error})") from None
    if client_cert:
        try:
            context.load_cert_chain(client_cert, client_key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"target.client_cert: {client_cert}: cannot be used ({error})") from None
    return context


class _Deadline(threading.local):
    """When the exchange of this thread must be over. A time-out of single reads never ends a slow drip."""

    at = float("inf")

    def cut(self, timeout: float | None) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left if timeout is None else min(timeout, left)


class _BoundedTransport(httpx2.HTTPTransport):
    """The transport of httpx2 over connections that keep the deadline."""

    def __init__(self, context: ssl.SSLContext | None, connections: int, deadline: _Deadline) -> None:
        super().__init__(verify=context or False, trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=5.0,
            network_backend=_BoundedBackend(deadline),
        )


class _BoundedBackend(httpcore2.NetworkBackend):
    def __init__(self, deadline: _Deadline) -> None:
        self._backend = httpcore2.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        stream = self._backend.connect_tcp(host, port, self._deadline.cut(timeout), local_address, socket_options)
        return _BoundedStream(stream, self._deadline)


class _BoundedStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.cut(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.cut(timeout))
        return _BoundedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()
