"""The real transport: httpx2 with a connection pool, no redirects, caps on time and size."""

from __future__ import annotations

import ssl
import time
import zlib

import httpx2

from conformance.errors import ConfigError, NoAnswer, TargetUnreachable
from conformance.transport.message import Reply, Request

LARGEST_BODY = 16 * 1024 * 1024  # bytes after decoding; a page of 100 items is far below


class HttpTransport:
    """Sends requests to `base_url`, whose path prefix goes before each request target.

    `timeout_s` bounds connecting, each read, and the whole answer. Raises ConfigError for a
    certificate file that cannot be used.
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
        self._base = httpx2.URL(base_url)
        self._prefix = self._base.raw_path.split(b"?")[0].rstrip(b"/")
        self._timeout_s = timeout_s
        self._client = httpx2.Client(
            verify=_tls_context(ca_file, client_cert, client_key) if self._base.scheme == "https" else True,
            timeout=httpx2.Timeout(timeout_s),
            limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
            follow_redirects=False,
            trust_env=False,  # a proxy or a .netrc of this machine must not change what the target sees
        )
        self._client.headers.clear()  # a check decides on every header; absence of Accept is itself a test

    def exchange(self, request: Request) -> Reply:
        """Send one request; raises NoAnswer when no whole answer comes back in time."""
        raw = self._client.build_request(
            request.method,
            self._base,
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers],
            content=request.body or None,
            # The raw target keeps dot segments, bad UTF-8 and everything else a URL library would mend.
            extensions={"target": self._prefix + request.target.encode("ascii")},
        )
        started = time.monotonic()
        try:
            response = self._client.send(raw, stream=True)
            try:
                body = self._read(response, started + self._timeout_s)
            finally:
                response.close()
        except httpx2.TimeoutException:
            raise NoAnswer(f"no answer within {self._timeout_s:g} s") from None
        except (httpx2.DecodingError, zlib.error) as error:
            raise NoAnswer(f"the answer's Content-Encoding does not fit its body: {error}") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from None
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)
        return Reply(response.status_code, headers, body, (time.monotonic() - started) * 1000)

    def reach(self) -> None:
        """Open one connection. Raises TargetUnreachable with the reason in a bank engineer's words."""
        address = f"{self._base.host}:{self._base.port or (443 if self._base.scheme == 'https' else 80)}"
        try:
            self.exchange(Request("GET", "/", (("Accept", "application/json"),)))
        except NoAnswer as error:
            reason = str(error)
            if "CERTIFICATE" in reason or "SSL" in reason:
                remedy = "the certificate is not trusted; give its issuer as target.ca_file, or mend the server"
                raise TargetUnreachable(f"{address}: TLS failed ({reason}); {remedy}") from None
            raise TargetUnreachable(
                f"{address}: nothing answers ({reason}); check target.base_url and the network"
            ) from None

    def close(self) -> None:
        self._client.close()

    def _read(self, response: httpx2.Response, deadline: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > LARGEST_BODY:
                raise NoAnswer(f"the answer is larger than {LARGEST_BODY} bytes")
            if time.monotonic() > deadline:
                raise NoAnswer(f"the answer was not complete within {self._timeout_s:g} s")
            chunks.append(chunk)
        return b"".join(chunks)


def _tls_context(ca_file: str | None, client_cert: str | None, client_key: str | None) -> ssl.SSLContext:
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
