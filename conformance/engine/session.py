"""What one check may use of the run: the target, the clock, its own random source, shared discoveries."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from conformance.engine.observation import Departure, Observation, current, observing
from conformance.errors import NoAnswer, OffTheRecord, UnreadableReply
from conformance.transport.channel import Channel, Stopped
from conformance.transport.message import Request
from conformance.transport.recorder import Exchange
from conformance.transport.redaction import Redactor

if TYPE_CHECKING:
    from conformance.config import Configuration
    from conformance.transport.inprocess import Handler

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class _Discovery:
    done: threading.Event = field(default_factory=threading.Event)
    value: Any = None
    problem: Exception | None = None
    exchanges: list[Exchange] = field(default_factory=list)


_discovering: ContextVar[str | None] = ContextVar("discovering", default=None)
_turns: ContextVar[tuple[int, ...]] = ContextVar("turns", default=())  # which item of a batch, of a batch in it...


class Memory:
    """What the checks of a run found out about the target, each thing once; and their random sources."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self._discoveries: dict[str, _Discovery] = {}
        self._sources: dict[tuple[str, bytes], Random] = {}

    def source(self, purpose: str, salt: bytes = b"") -> Random:
        """The random source of a check; inside a discovery, that of the discovery, whoever makes it.

        It depends on the seed, that name and the salt alone, never on which thread came first.
        """
        name = _discovering.get() or purpose
        with self._lock:
            if (name, salt) not in self._sources:
                start = hashlib.sha256(salt + f"{self._seed}:{name}".encode()).digest()
                self._sources[name, salt] = Random(start)
            return self._sources[name, salt]

    def recall(self, key: str, discover: Callable[[], T]) -> T:
        """The value under `key`, discovered by the first caller; later ones wait for it and share its exchanges.

        A discovery that could not be made is remembered as well: every caller gets the same problem.
        """
        with self._lock:
            discovery = self._discoveries.get(key)
            mine = discovery is None
            if discovery is None:
                discovery = self._discoveries[key] = _Discovery()
        if mine:
            token, turns = _discovering.set(key), _turns.set(())
            try:
                with observing(Observation()) as observation:
                    discovery.value = discover()
            except (Departure, NoAnswer, UnreadableReply, Stopped, OffTheRecord) as problem:
                discovery.problem = problem
            except BaseException:
                with self._lock:
                    del self._discoveries[key]
                discovery.problem = RuntimeError(f"discovery of {key} was broken off")
                raise
            finally:
                _discovering.reset(token)
                _turns.reset(turns)
                discovery.exchanges = observation.exchanges
                discovery.done.set()
        discovery.done.wait()
        known = {exchange.number for exchange in current().exchanges}
        current().exchanges += [exchange for exchange in discovery.exchanges if exchange.number not in known]
        if discovery.problem is not None:
            raise discovery.problem.with_traceback(None)
        value: T = discovery.value
        return value


@dataclass(frozen=True)
class Session:
    """The run as one check sees it.

    `now` is the same moment for the whole run, so that a repeated run with the same clock and seed sends
    the same requests.
    """

    declaration: Configuration
    now: datetime
    purpose: str
    channel: Channel
    memory: Memory
    recorded: Callable[[], list[Exchange]]
    redactor: Redactor
    workers: int

    @property
    def random(self) -> Random:
        """A source that gives the same numbers in every run with the same seed."""
        return self.memory.source(self.purpose)

    def random_with(self, salt: bytes) -> Random:
        """Another such source, whose numbers depend on the salt as well."""
        return self.memory.source(self.purpose, salt)

    def send(self, request: Request, *, impatient: bool = False) -> Exchange:
        """Send one request; `impatient` takes a 429 as the answer instead of waiting it out. Raises NoAnswer."""
        exchange = self.channel.send(request, self.purpose, place=self._place, impatient=impatient)
        current().exchanges.append(exchange)
        return exchange

    def attend(
        self, handler: Handler, meanwhile: Callable[[], None], *, purpose: str = "", sends: bool = False
    ) -> None:
        """Let the target's requests come to the handler while `meanwhile` runs; each is recorded with its reply.

        They are recorded under `purpose`, by default that of this session. What a check finds in them it takes from
        the record: in a replay nothing comes to the handler, and `meanwhile` runs only if it `sends` by itself.
        """
        self.channel.attend(handler, purpose or self.purpose, meanwhile, sends=sends)

    def sleep(self, seconds: float) -> None:
        """Wait; in virtual time at no cost."""
        self.channel.pause(seconds, self._place)

    @property
    def _place(self) -> str:
        return "#".join([_discovering.get() or self.purpose, *map(str, _turns.get())])

    def together(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Apply a function that sends requests to several items at once; results and exchanges in their order."""
        batch = list(items)
        observations = [Observation() for _ in batch]

        def apply(index: int) -> R:
            _turns.set((*_turns.get(), index))
            with observing(observations[index]):
                return function(batch[index])

        # Each item has its turn before the first fault is raised, so that the requests are the same with one worker.
        width = min(self.workers, len(batch))
        with ThreadPoolExecutor(width) if width > 1 else _SameThread() as pool:
            # In a copy of this context, so that a thread knows which discovery it works for.
            futures = [pool.submit(copy_context().run, apply, index) for index in range(len(batch))]
        for observation in observations:
            current().exchanges += observation.exchanges
        return [future.result() for future in futures]


class _SameThread(Executor):
    """Carries out at once what is submitted: one worker needs no thread."""

    def submit(self, function: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(function(*arguments, **named))
        except Exception as fault:
            future.set_exception(fault)
        return future
