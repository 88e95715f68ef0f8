"""`python -m tests.benchmarks.peers`; the package says what is counted, and how to read it."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.peers.contenders import Conformance, Contender
from tests.benchmarks.peers.schemathesis_run import Schemathesis
from tests.benchmarks.peers.table import Result, details, summary, text
from tests.benchmarks.peers.targets import Target, defects, served, variants

SEED = 7
SEEDS_ON_PLAIN = (SEED, SEED + 1)


def main() -> None:
    options = argparse.ArgumentParser(description="Other tools and this suite on the same targets, side by side.")
    options.add_argument("--defects", type=_number, default=32, metavar="N|all")
    options.add_argument("--variants", type=_number, default=8, metavar="N|all")
    options.add_argument("--examples", type=int, default=25, metavar="N", help="of Schemathesis for each operation")
    options.add_argument("--time-limit", type=float, default=180, metavar="SECONDS", help="of each single run")
    options.add_argument("--only", default="", metavar="NAME", help="only contenders whose name starts so")
    chosen = options.parse_args()
    everyone: list[Contender] = [
        Schemathesis(chosen.examples, chosen.time_limit),
        Conformance("conformance run", (), chosen.time_limit),
        Conformance("conformance, fuzz only", ("--only", "fuzz", "--fuzz", "standard"), chosen.time_limit),
    ]
    contenders = [contender for contender in everyone if contender.name.startswith(chosen.only)]
    if not contenders:
        options.error(f"--only: no contender starts with {chosen.only!r}")
    with tempfile.TemporaryDirectory() as folder:
        results, plain = compared(contenders, defects(chosen.defects) + variants(chosen.variants), Path(folder))
    print(text(details(contenders, results)), end="\n\n")
    print(text(summary(contenders, results, plain)))


def compared(
    contenders: Sequence[Contender], targets: Sequence[Target], folder: Path
) -> tuple[list[Result], list[Result]]:
    """The runs on the targets, and those on the plain providers that stand as they do."""
    results: list[Result] = []
    plain: dict[tuple[str, str], list[Result]] = {}
    for number, target in enumerate(targets, 1):
        for contender in contenders:
            key = contender.name, target.plain.name
            if key not in plain:
                plain[key] = [on_plain(contender, target.plain, folder, seed) for seed in SEEDS_ON_PLAIN]
            told = frozenset().union(*(result.finding.told for result in plain[key]))
            results.append(run(contender, target, folder, SEED, told))
            print(f"{number}/{len(targets)} {_in_one_line(results[-1])}", file=sys.stderr, flush=True)
    return results, [result for group in plain.values() for result in group]


def on_plain(contender: Contender, target: Target, folder: Path, seed: int) -> Result:
    """What it tells of a provider that conforms. Raises RuntimeError: without it nothing can be compared."""
    result = run(contender, target, folder, seed)
    if result.finding.problem:
        raise RuntimeError(f"{contender.name} on {target.name}: {result.finding.problem}")
    print(f"plain, seed {seed}: {_in_one_line(result)}", file=sys.stderr, flush=True)
    return result


def run(
    contender: Contender, target: Target, folder: Path, seed: int, told_of_plain: frozenset[str] = frozenset()
) -> Result:
    """One run, on a provider of its own."""
    with served(target) as (document, requests), tempfile.TemporaryDirectory(dir=folder) as place:
        started = time.perf_counter()
        finding = contender.run(document, Path(place), seed)
        seconds = time.perf_counter() - started
        return Result(target, contender, finding, requests.value, seconds, told_of_plain)


def _in_one_line(result: Result) -> str:
    told = "; ".join(sorted(result.news))
    return (
        f"{result.target.name} | {result.contender.name} | {result.in_words} | {result.requests} requests | "
        f"{result.seconds:.1f} s | {told}"
    )


def _number(text: str) -> int | None:
    return None if text == "all" else int(text)


if __name__ == "__main__":
    main()
