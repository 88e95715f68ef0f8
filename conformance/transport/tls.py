"""What can be seen of a server's encryption: which TLS versions it takes, its certificate, whether it talks in clear.

Nothing secret is sent: handshakes, and one request without a token. Each measurement gives plain facts; what they mean
is for the checks to say.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from conformance.errors import NoAnswer

TLS_VERSIONS: Mapping[str, ssl.TLSVersion] = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
# What our own OpenSSL says when it was built or configured without a version: that proves nothing about the server.
_OUR_OWN_LIMIT = ("NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE", "UNSUPPORTED_SSL_METHOD")


def measured(what: str, base_url: str, ca_file: str | None, timeout_s: float) -> dict[str, Any]:
    """The facts on one thing: `handshake:TLSv1.2` (or another version), `certificate`, or `plain-http:/path`.

    Raises NoAnswer when it cannot be measured.
    """
    kind, _, detail = what.partition(":")
    if kind == "handshake":
        return handshake(base_url, detail, timeout_s)
    if kind == "certificate":
        return certificate(base_url, ca_file, timeout_s)
    if kind == "plain-http":
        return plain_http(base_url, detail, timeout_s)
    raise ValueError(f"nothing is known of measuring {what!r}")


def handshake(base_url: str, version: str, timeout_s: float) -> dict[str, Any]:
    """Offer exactly one TLS version: `accepted`, and the `reason` where it was not.

    Raises NoAnswer when nothing listens, or when this machine cannot speak that version.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are offered on purpose
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = TLS_VERSIONS[version]
    host, port = address_of(base_url)
    with _connected(host, port, timeout_s) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=host) as channel:
                return {"accepted": True, "version": channel.version()}
        except ssl.SSLError as error:
            if any(limit in str(error.reason) for limit in _OUR_OWN_LIMIT):
                raise NoAnswer(f"this machine's OpenSSL does not speak {version}") from None
            return {"accepted": False, "reason": str(error.reason or error)}
        except TimeoutError:
            raise NoAnswer(f"no answer to a handshake with {version} within {timeout_s:g} s") from None
        except OSError as error:
            return {"accepted": False, "reason": f"connection closed ({error.strerror or error})"}


def certificate(base_url: str, ca_file: str | None, timeout_s: float) -> dict[str, Any]:
    """Whether the certificate is `trusted` for the host, the `reason` where it is not, and the days left."""
    context = ssl.create_default_context(cafile=ca_file)
    host, port = address_of(base_url)
    with _connected(host, port, timeout_s) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=host) as channel:
                seen = channel.getpeercert() or {}
        except ssl.SSLCertVerificationError as error:
            return {"trusted": False, "reason": error.verify_message}
        except (ssl.SSLError, OSError) as error:
            raise NoAnswer(f"the handshake failed ({error})") from None
    return {"trusted": True, "days_left": (_end_of(seen) - datetime.now(UTC)).days}


@dataclass(frozen=True, slots=True)
class Greeting:
    """A handshake that succeeded; `issuer` signed the server's certificate, which `ends` at that moment (UTC)."""

    version: str
    issuer: str
    ends: datetime


def greeted(host: str, port: int, context: ssl.SSLContext, timeout_s: float) -> Greeting:
    """One handshake as a run makes it. Raises ssl.SSLError or OSError with the reason."""
    with (
        socket.create_connection((host, port), timeout=timeout_s) as plain,
        context.wrap_socket(plain, server_hostname=host) as channel,
    ):
        seen: dict[str, Any] = channel.getpeercert() or {}
        names = dict(pair for part in seen["issuer"] for pair in part)
        issuer = names.get("commonName") or names.get("organizationName") or "an unnamed issuer"
        return Greeting(channel.version() or "TLS", str(issuer), _end_of(seen))


def plain_http(base_url: str, path: str, timeout_s: float) -> dict[str, Any]:
    """Ask for `path` in clear, without a token: the `status` that came, or None where nothing did.

    Asked on port 80 where the API is on 443, else on the API's own port.
    """
    host, port = address_of(base_url)
    prefix = urlsplit(base_url).path.rstrip("/")
    connection = http.client.HTTPConnection(host, 80 if port == 443 else port, timeout=timeout_s)
    try:
        connection.request("GET", prefix + path, headers={"Accept": "application/json"})
        response = connection.getresponse()
        return {"status": response.status, "location": response.getheader("Location", "")}
    except (OSError, http.client.HTTPException) as error:
        return {"status": None, "reason": type(error).__name__}
    finally:
        connection.close()


def address_of(base_url: str) -> tuple[str, int]:
    """Host and port of a base URL."""
    parts = urlsplit(base_url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _connected(host: str, port: int, timeout_s: float) -> socket.socket:
    try:
        return socket.create_connection((host, port), timeout=timeout_s)
    except OSError as error:
        raise NoAnswer(f"{host}:{port}: no connection ({error.strerror or error})") from None


def _end_of(certificate: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
