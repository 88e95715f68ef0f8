"""How fast the fuzz phase is, beside `schemathesis run` on the same target, and how many of its cases reach data.

    python -m tests.benchmarks.fuzzing [--latency-ms 50] [--workers 8] [--budget standard] [--max-examples 25]

Serves the reference provider in a process of its own with a delay before each answer; fuzzes it with our phase, then
with the runner of Schemathesis and the same document and token; prints requests a second of both, counted from the
first request of each to its last, and the share of positive transaction cases that returned rows. Not part of CI:
timings say something only side by side, in one run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import yaml

from conformance.certification import Certification, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.data import specs
from conformance.serving import Server
from conformance.transport.message import Reply, Request

CONTRACT = "kz-accounts"


@dataclass
class _Counting:
    """Answers after a delay, and keeps count: how many requests, when the first came and when the last one left."""

    handler: Any
    seconds: float
    count: Any
    first: Any
    last: Any

    def handle(self, request: Request) -> Reply:
        with self.count.get_lock():
            self.count.value += 1
            self.first.value = self.first.value or time.time()
        time.sleep(self.seconds)
        reply: Reply = self.handler.handle(request)
        self.last.value = time.time()
        return reply


@dataclass(frozen=True)
class _Counters:
    """What the served provider counts, seen from this process."""

    count: Any
    first: Any
    last: Any

    def reset(self) -> None:
        self.count.value, self.first.value, self.last.value = 0, 0.0, 0.0

    def told(self) -> tuple[int, float]:
        return self.count.value, self.last.value - self.first.value


def serve(latency_ms: float, told: Connection, counters: _Counters) -> None:
    """Serve the provider, without a rate limit worth the name, and tell its configuration."""
    stand = contract(CONTRACT).stand(requests_per_second=10_000)
    counting = _Counting(stand.provider, latency_ms / 1000, counters.count, counters.first, counters.last)
    server = Server(counting, threads=64)
    told.send({**stand.configuration(server.url), "rate_limit": {"probe": False}, "limits": {"timeout_s": 10}})
    server.run()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--latency-ms", type=float, default=50)
    options.add_argument("--workers", type=int, default=8)
    options.add_argument("--budget", default="standard")
    options.add_argument("--max-examples", type=int, default=25)
    chosen = options.parse_args()
    counters = _Counters(*(multiprocessing.Value(kind, 0) for kind in "idd"))
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(chosen.latency_ms, there, counters), daemon=True)
    process.start()
    document = here.recv()
    try:
        with tempfile.TemporaryDirectory() as folder:
            whole, rows = ours(document, Path(folder), chosen.budget, chosen.workers)
            sent, seconds = counters.told()
            sending = rate_while_sending(Path(folder))
            counters.reset()
            theirs(document, Path(folder), chosen.max_examples)
            their_sent, their_seconds = counters.told()
    finally:
        process.terminate()
        process.join()
    rate, their_rate = sent / seconds, their_sent / their_seconds
    print(f"latency             {chosen.latency_ms:g} ms a request")
    print(f"our fuzz phase      {sent:5} requests in {seconds:6.2f} s: {rate:6.1f} a second, {chosen.workers} workers")
    print(f"                    {sending:6.1f} a second while the drawn cases are sent")
    print(f"                    {whole:6.2f} s for the whole command, with loading, drawing, judging and reports")
    print(f"schemathesis run    {their_sent:5} requests in {their_seconds:6.2f} s: {their_rate:6.1f} a second")
    print(f"ratio               {rate / their_rate:6.2f}")
    print(f"positive transaction cases that returned rows: {rows:.0%}")


def ours(document: dict[str, Any], folder: Path, budget: str, workers: int) -> tuple[float, float]:
    """Seconds of one run of nothing but fuzzing, and the share of positive transaction cases with rows."""
    the_contract = contract(CONTRACT)
    declaration, _ = parsed(document, the_contract.configuration, Path("benchmark"))
    options = Options(folder, only=("fuzz",), workers=workers, fuzz=budget)
    certification = Certification(the_contract, declaration, options, quiet=True)
    started = time.perf_counter()
    outcome = certification.conduct()
    seconds = time.perf_counter() - started
    assert not outcome.fuzz.failures, outcome.fuzz.failures
    return seconds, share_with_rows(folder)


def rate_while_sending(folder: Path) -> float:
    """Requests a second from the first drawn case to the last: without the discoveries, drawing and judging."""
    lines = (folder / "fuzz-requests.jsonl").read_text("utf-8").splitlines()[1:]
    drawn = sum(json.loads(line)["intent"] != "discovery" for line in lines)
    moments = [
        datetime.fromisoformat(json.loads(line)["at"])
        for line in (folder / "exchanges.jsonl").read_text("utf-8").splitlines()[-drawn:]
    ]
    return drawn / (max(moments) - min(moments)).total_seconds()


def share_with_rows(folder: Path) -> float:
    """Of the positive transaction cases, how many have rows, by the recorded exchanges."""
    lines = (folder / "fuzz-requests.jsonl").read_text("utf-8").splitlines()[1:]
    positive = set()
    for case in map(json.loads, lines):
        if case["intent"] == "positive" and case["operation"].endswith("transactions"):
            account = dict(case["path"])["accountId"]
            query = "&".join(f"{name}={value}" for name, value in case["query"])
            positive.add(f"/{account}/transactions" + (f"?{query}" if query else ""))
    with_rows = {}
    for exchange in map(json.loads, (folder / "exchanges.jsonl").read_text("utf-8").splitlines()):
        target = exchange["request"]["target"].removeprefix("/v3/accounts")
        if target in positive and exchange.get("reply", {}).get("status") == 200:
            with_rows[target] = bool(json.loads(exchange["reply"]["body"])["data"]["transactions"])
    return sum(with_rows.values()) / len(with_rows)


def theirs(document: dict[str, Any], folder: Path, max_examples: int) -> None:
    """`schemathesis run` with its defaults on the operations of v3, one phase that draws, no report."""
    content = yaml.safe_load((specs(CONTRACT) / "openapi.yaml").read_text("utf-8"))
    content["paths"] = {
        path: item for path, item in content["paths"].items() if path.startswith("/v3") or "iban" in path
    }
    (folder / "openapi.json").write_text(json.dumps(content, default=str), "utf-8")
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"
    command = [
        program, "run", "openapi.json", "--url", document["target"]["base_url"], "--phases", "fuzzing",
        "--max-examples", str(max_examples), "--seed", "7", "--checks", "not_a_server_error", "--no-color",
        "-H", f"Authorization: Bearer {document['auth']['static']['full']}",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ}, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)


if __name__ == "__main__":
    main()
