"""What is tested: the reference provider, plain, broken, or lawful in another way; and which of them, by rule."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from conformance.contracts import contract
from conformance.contracts.kz_accounts.provider import Provider
from conformance.serving import Server
from conformance.transport.message import Reply, Request
from tests.bench import all_defects, tried_with
from tests.test_fuzz import BROKEN

CONTRACT = "kz-accounts"
UNSERVED_TOPICS = ("tls",)
FUZZ_SHARE = 4  # one defect in so many is from the list of the fuzzing
REQUESTS_PER_SECOND = 200.0  # beyond what one client brings about that does not mean to; a burst of ours gets there
START_S = 60.0


@dataclass(frozen=True)
class Target:
    """A provider to serve; `breaks` are the requirements of which a contender may name any, none where it conforms."""

    name: str
    provider_class: type[Any] = Provider
    topic: str = ""
    breaks: frozenset[str] = frozenset()
    stand_options: dict[str, Any] = field(default_factory=dict)

    @property
    def plain(self) -> Target:
        """The reference provider on the same stand."""
        name = ", ".join(f"{name} {value}" for name, value in sorted(self.stand_options.items()))
        return Target(f"plain {name}".strip(), stand_options=self.stand_options)


def defects(count: int | None) -> list[Target]:
    """So many defects, or all: of each topic in turn, and a share from the list of the fuzzing."""
    drawn = [Target(one.__name__, one, "fuzz", frozenset(breaks)) for one, breaks in sorted(BROKEN.items(), key=_name)]
    topics: dict[str, list[Target]] = {}
    for name, one in sorted(all_defects(CONTRACT).items()):
        topic = one.__module__.rpartition(".")[2]
        if topic not in UNSERVED_TOPICS:
            target = Target(name, one, topic, frozenset({one.breaks}), tried_with(one))
            topics.setdefault(topic, []).append(target)
    if count is None:
        return [target for topic in sorted(topics) for target in topics[topic]] + drawn
    share = min(count // FUZZ_SHARE, len(drawn))
    return in_turn(topics, count - share) + evenly(drawn, share)


def variants(count: int | None) -> list[Target]:
    """So many variants, or all, evenly in the order of their names."""
    found = [Target(name, one, "variant") for name, one in sorted(contract(CONTRACT).variants().items())]
    return found if count is None else evenly(found, count)


def in_turn(groups: dict[str, list[Target]], count: int) -> list[Target]:
    """So many, one from each group in turn, the larger groups first, and evenly within each."""
    shares = dict.fromkeys(groups, 0)
    while sum(shares.values()) < min(count, sum(map(len, groups.values()))):
        open_groups = [name for name in groups if shares[name] < len(groups[name])]
        shares[min(open_groups, key=lambda name: (shares[name], -len(groups[name]), name))] += 1
    return [target for name in sorted(groups) for target in evenly(groups[name], shares[name])]


def evenly(items: Sequence[Target], count: int) -> list[Target]:
    """So many items at equal distances; of one, the one in the middle."""
    count = min(count, len(items))
    return [items[(2 * index + 1) * len(items) // (2 * count)] for index in range(count)]


@contextmanager
def served(target: Target) -> Iterator[tuple[dict[str, Any], Any]]:
    """Serve the target in a process of its own; gives its configuration and the number of requests that it got."""
    requests = multiprocessing.Value("i", 0)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(target, there, requests), daemon=True)
    process.start()
    try:
        if not here.poll(START_S):
            raise RuntimeError(f"{target.name} did not start within {START_S:g} s")
        yield here.recv(), requests
    finally:
        process.terminate()
        process.join()


@dataclass
class _Counting:
    handler: Any
    requests: Any

    def handle(self, request: Request) -> Reply:
        with self.requests.get_lock():
            self.requests.value += 1
        reply: Reply = self.handler.handle(request)
        return reply


def _serve(target: Target, told: Connection, requests: Any) -> None:
    logging.disable(logging.CRITICAL)  # some of them fail inside, on purpose
    options = {"requests_per_second": REQUESTS_PER_SECOND, **target.stand_options}
    stand = contract(CONTRACT).stand(provider_class=target.provider_class, **options)
    server = Server(_Counting(stand.provider, requests))
    told.send(stand.configuration(server.url))
    server.run()


def _name(entry: tuple[type[Any], set[str]]) -> str:
    return entry[0].__name__
