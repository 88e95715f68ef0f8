"""A reference provider as a real HTTP server on loopback: a thin ASGI adapter under uvicorn."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from conformance.errors import NoAnswer, TargetUnreachable, UsageError
from conformance.transport.inprocess import Handler
from conformance.transport.message import Reply, Request
from conformance.transport.nulls import NoReply, Silence

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
HOST = "127.0.0.1"
_LOOK_UP_S = 0.2  # how often a silent server looks whether it should stop
_ROOT = str(Path(__file__).resolve().parent.parent)


class Application:
    """ASGI: one HTTP request becomes one call of the handler, in a thread, so that a slow one holds up no other.

    Where the handler leaves it unanswered, the connection is closed without a word; `connections` holds each by its
    client's address.
    """

    def __init__(self, handler: Handler, threads: int, connections: Mapping[Any, asyncio.BaseTransport]) -> None:
        self._handler = handler
        self._connections = connections
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="provider")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"only HTTP is served, not {scope['type']}")
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        request = Request(
            scope["method"],
            target.decode("latin-1"),
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
            body,
        )
        loop = asyncio.get_running_loop()
        try:
            reply = await loop.run_in_executor(self._pool, partial(self._handler.handle, request))
        except NoAnswer:
            if (connection := self._connections.get(scope["client"])) is not None:
                connection.close()
            while (await receive())["type"] != "http.disconnect":
                continue
            return
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in reply.headers
            if name.lower() != "content-length"
        ]
        body = b"" if request.method == "HEAD" else reply.body
        half = 0
        if (reply.header("Transfer-Encoding") or "").lower() == "chunked":
            half = len(body) // 2  # so that there is more than one chunk
        else:
            headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if half:
            await send({"type": "http.response.body", "body": body[:half], "more_body": True})
        await send({"type": "http.response.body", "body": body[half:]})


def _protocol(connections: dict[Any, asyncio.BaseTransport]) -> type[asyncio.Protocol]:
    """The server's protocol, with its open connections kept by address."""

    class Kept(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self._address = tuple((transport.get_extra_info("peername") or ())[:2])  # as the scope has it
            connections[self._address] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            connections.pop(self._address, None)
            super().connection_lost(exc)

    return Kept


class _Listening:
    """A socket on `port` of `host`; 0 takes a free one. Raises UsageError when the address cannot be used."""

    def __init__(self, port: int = 0, host: str = HOST) -> None:
        # Named TCP, so that asyncio sends each piece of an answer at once, without waiting for a delayed ACK.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
            self._socket.listen(128)  # from here on a client may connect, though the server starts a moment later
        except OSError as error:
            self._socket.close()
            where = f"--port {port}" if host == HOST else f"{host}:{port}"
            raise UsageError(f"{where}: cannot be used ({error.strerror}); take another, or 0 for any") from None
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"

    def run(self) -> None:
        """Serve in this thread until interrupted."""
        raise NotImplementedError

    def stop(self) -> None:
        """Let `run` return."""
        raise NotImplementedError

    def stop_with_standard_input(self) -> None:
        """Stop once standard input ends: with the process that holds its other end."""

        def watch() -> None:
            sys.stdin.read()
            self.stop()

        threading.Thread(target=watch, name="attendance", daemon=True).start()

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


class Server(_Listening):
    """One handler, served as HTTP."""

    def __init__(self, handler: Handler, port: int = 0, threads: int = 16, host: str = HOST) -> None:
        super().__init__(port, host)
        connections: dict[Any, asyncio.BaseTransport] = {}
        config = uvicorn.Config(
            Application(handler, threads, connections),
            http=_protocol(connections),
            log_level="critical",
            access_log=False,
            lifespan="off",
            server_header=False,
            date_header=False,  # the provider's own Date is part of what is judged
            timeout_keep_alive=60,  # longer than any client keeps a connection for later: it is never closed under it
            timeout_graceful_shutdown=5,  # seconds for answers that are under way
        )
        self._server = uvicorn.Server(config)

    def run(self) -> None:
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        self._server.should_exit = True


class SilentServer(_Listening):
    """Accepts connections and answers none: it holds them until it stops, or closes each at once."""

    def __init__(self, silence: Silence, port: int = 0) -> None:
        super().__init__(port)
        self._silence = silence
        self._stopping = threading.Event()

    def run(self) -> None:
        self._socket.settimeout(_LOOK_UP_S)
        held: list[socket.socket] = []
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                connection, _ = self._socket.accept()
                held.append(connection)
                if self._silence is Silence.CLOSES:
                    held.pop().close()
        for connection in held:
            connection.close()

    def stop(self) -> None:
        self._stopping.set()


def server_of(handler: Handler, port: int = 0) -> Server | SilentServer:
    """What serves that handler. Raises UsageError for one that is the lack of any server."""
    if not isinstance(handler, NoReply):
        return Server(handler, port)
    if handler.silence is Silence.REFUSES:
        raise UsageError("--null dead-port: cannot be served; any port will do at which nothing listens")
    return SilentServer(handler.silence, port)


@contextmanager
def served_apart(contract_id: str, role: str | None = None) -> Iterator[dict[str, Any]]:
    """Serve a contract's reference provider in a process of its own; gives the configuration for it.

    Apart, so that the provider and the suite do not share one interpreter and a burst is as fast as the machine.
    The process ends with this one, however this one ends: it watches its standard input.
    """
    command = [sys.executable, "-m", "conformance", "serve", contract_id, "--attended"]
    command += ["--role", role] if role else []
    # A session of its own: Ctrl-C in the terminal is for the run, which still needs its target for a moment.
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # The same code as here, also from a checkout that is not installed.
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))},
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("pipes were asked for")
    try:
        line = process.stdout.readline()
        if not line:
            raise TargetUnreachable("the embedded provider did not start; try: conformance serve " + contract_id)
        document: dict[str, Any] = json.loads(line)
        document.pop("url")
        yield document
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def served(handler: Handler) -> Iterator[str]:
    """Serve a handler in a thread of this process; gives its URL."""
    with in_a_thread(server_of(handler)) as url:
        yield url


class ServedReception:
    """Requests come over HTTP to the host and port of `base_url`; what it has as a path is taken off each target."""

    def __init__(self, base_url: str) -> None:
        self._address = urlsplit(base_url)

    def receive(self, handler: Handler, meanwhile: Callable[[], None]) -> None:
        host, port = self._address.hostname or HOST, self._address.port or 80
        with in_a_thread(Server(_Below(self._address.path.rstrip("/"), handler), port, host=host)):
            meanwhile()


class _Below:
    """A handler that lies below a path."""

    def __init__(self, path: str, handler: Handler) -> None:
        self._path = path
        self._handler = handler

    def handle(self, request: Request) -> Reply:
        return self._handler.handle(replace(request, target=request.target.removeprefix(self._path)))


@contextmanager
def in_a_thread(server: Server | SilentServer) -> Iterator[str]:
    """Let a server run in a thread of this process; gives its URL."""
    thread = threading.Thread(target=server.run, name="served provider", daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join(timeout=60)
        server.close()
