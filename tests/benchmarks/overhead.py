"""What the suite costs on top of its own requests.

    python -m tests.benchmarks.overhead [--latency-ms 50] [--workers 8]

Serves the reference provider in a process of its own, with a delay before each answer, certifies it, then sends the
same requests once more with a bare client at the same concurrency, and prints both times and their ratio. Not part of
CI: timings say something only side by side, in one run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx2

from conformance.certification import Certification, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.serving import Server
from conformance.transport.message import Reply, Request

CONTRACT = "kz-accounts"


class _Slow:
    """Answers after a delay, as a target at the other end of a network does."""

    def __init__(self, handler: Any, seconds: float) -> None:
        self._handler, self._seconds = handler, seconds

    def handle(self, request: Request) -> Reply:
        time.sleep(self._seconds)
        reply: Reply = self._handler.handle(request)
        return reply


def serve(latency_ms: float, told: Connection) -> None:
    """Serve the provider, without a rate limit worth the name, and tell its configuration."""
    stand = contract(CONTRACT).stand(requests_per_second=10_000)
    server = Server(_Slow(stand.provider, latency_ms / 1000), threads=64)
    told.send({**stand.configuration(server.url), "rate_limit": {"probe": False}, "limits": {"timeout_s": 10}})
    server.run()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--latency-ms", type=float, default=50)
    options.add_argument("--workers", type=int, default=8)
    chosen = options.parse_args()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(chosen.latency_ms, there), daemon=True)
    process.start()
    document = here.recv()
    try:
        with tempfile.TemporaryDirectory() as folder:
            seconds, requests = certified(document, Path(folder), chosen.workers)
            bare = replayed(document, Path(folder), chosen.workers)
    finally:
        process.terminate()
        process.join()
    print(f"requests            {requests}")
    print(f"suite               {seconds:6.2f} s with {chosen.workers} workers, {chosen.latency_ms:g} ms a request")
    print(f"bare client         {bare:6.2f} s for the same requests")
    print(f"ratio               {seconds / bare:6.2f}")


def certified(document: dict[str, Any], folder: Path, workers: int) -> tuple[float, int]:
    """Seconds and requests of one whole run."""
    the_contract = contract(CONTRACT)
    declaration, _ = parsed(document, the_contract.configuration, Path("benchmark"))
    certification = Certification(the_contract, declaration, Options(folder, workers=workers), quiet=True)
    started = time.perf_counter()
    certification.conduct()
    return time.perf_counter() - started, int(certification.document["run"]["requests"])


def replayed(document: dict[str, Any], folder: Path, workers: int) -> float:
    """Seconds for the same requests, with the same number of threads and one token for all."""
    lines = [json.loads(line) for line in (folder / "exchanges.jsonl").read_text("utf-8").splitlines()]
    headers = {"Authorization": f"Bearer {document['auth']['static']['full']}", "Accept": "application/json"}
    base_url = document["target"]["base_url"]

    with httpx2.Client(limits=httpx2.Limits(max_connections=2 * workers), trust_env=False) as client:

        def send(line: dict[str, Any]) -> None:
            request = client.build_request(
                line["request"]["method"],
                base_url,
                headers=headers,
                extensions={"target": line["request"]["target"].encode()},
            )
            client.send(request).read()

        started = time.perf_counter()
        with ThreadPoolExecutor(max_workers=workers) as pool:
            list(pool.map(send, lines))
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
