"""A listener of the suite that serves keys nobody registered, and counts who comes to fetch them (SIGNATURE-13)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from conformance.contracts.instant_payment.published_keys import SPARE, SPARE_CERTIFICATE
from conformance.crypto.keys import private_key, public_part
from conformance.engine.observation import Inconclusive

KEY_SET, CERTIFICATE = "/keys", "/certificate"


class KeyListener:
    """What was fetched so far, by path; `url` is where the target reaches it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.fetched: list[str] = []


@contextmanager
def listening(address: str) -> Iterator[KeyListener]:
    """Serve at `http://host:port` until the block ends; port 0 takes any free one. Raises Inconclusive."""
    place = urlsplit(address)
    host = place.hostname or "127.0.0.1"
    try:
        server = ThreadingHTTPServer((host, place.port or 0), BaseHTTPRequestHandler)
    except OSError as fault:
        missing = f"an address where the suite may listen: listener.address is {address} ({fault.strerror})"
        raise Inconclusive("listener", missing=missing) from None
    listener = KeyListener(f"http://{host}:{server.server_address[1]}")
    server.RequestHandlerClass = _handler(listener)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(listener: KeyListener) -> type[BaseHTTPRequestHandler]:
    key_set = {"keys": [public_part(private_key(SPARE)).export_public(as_dict=True)]}
    bodies = {KEY_SET: json.dumps(key_set).encode(), CERTIFICATE: SPARE_CERTIFICATE.encode()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.fetched.append(self.path)
            body = bodies.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """What came is kept in the list; the terminal belongs to the run."""

    return Handler
