"""Does the target tell bad padding from bad content? Who learns that reads all data without the key (CBC, PKCS#7).

Pairs of refused messages that differ in that alone, and what differs between their answers, in words and in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.carriers import pay_out, registrations
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.judgement import took_effect
from conformance.contracts.imts.wire import Method
from conformance.crypto.cbc import BLOCK_BYTES, Ciphered, encrypt_blocks
from conformance.engine.observation import given, lacking
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import kind_of, read_json
from conformance.transport.message import Reply

CLASS_MS = 20.0  # answers that differ by less are of one class: a network hides it
MOST_NOISE_MS = 50.0
_BLOCKS = 3
_NOT_UTF8 = b"\xff"

Refused = Callable[[bool], Answer]
"""Sends data without sense: under bad padding if so told, else under good padding. Both must be refused."""


def refusals(partner: Partner) -> Refused:
    """By a registration, or by payouts of one transfer where nobody can be registered."""
    for _, message, _ in registrations(partner):
        return lambda is_bad: partner.send(message().changed(**_nonsense(partner, is_bad)))
    transfer = partner.walked(Method.CONFIRM)
    return lambda is_bad: pay_out(partner, transfer, _nonsense(partner, is_bad))


def _nonsense(partner: Partner, is_bad: bool) -> dict[str, str]:
    """Random bytes that are no UTF-8, as long in either case."""
    length = _BLOCKS * BLOCK_BYTES
    noise = _NOT_UTF8 + partner.random.randbytes(length - 2)
    if not is_bad:
        return partner.encrypted(noise[:-_BLOCKS], told="good padding")

    def with_bad_padding(whole: Ciphered) -> Ciphered:
        return encrypt_blocks(noise + b"\0", partner.partner_key, whole.iv)

    return partner.encrypted(noise, with_bad_padding, told="bad padding")


# --- words ------------------------------------------------------------------------------------------------------


def told_apart(content: Sequence[Answer], padding: Sequence[Answer]) -> list[str]:
    """What every answer to bad padding has otherwise than all answers to bad content, which are alike in it."""
    for answer in content:
        given("answer to bad content", took_effect(answer), False, missing="a target that refuses bad content")
    alike = _alike([_facts(answer.reply) for answer in content])
    if not any(name.startswith("body") for name in alike):
        lacking("two refusals of bad content whose bodies have anything in common")
    seen = [_facts(answer.reply) for answer in padding]
    return [name for name in alike if all(facts.get(name) != alike[name] for facts in seen)] + [
        name for name in _alike(seen) if all(name not in _facts(answer.reply) for answer in content)
    ]


def _alike(seen: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is the same in all of them."""
    first, *others = seen
    return {
        name: value for name, value in first.items() if all(name in other and other[name] == value for other in others)
    }


def _facts(reply: Reply) -> dict[str, Any]:
    """An answer in parts: status, names and some values of headers, each place of a JSON body, or the body whole."""
    found: dict[str, Any] = {"status": reply.status}
    found |= {f"header {name.lower()}": "is there" for name, _ in reply.headers}
    found["content type"] = reply.header("Content-Type")
    try:
        found |= dict(_places(read_json(reply.body).value, "body"))
    except UnreadableReply:
        found["body"] = reply.body
    return found


def _places(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every place of a JSON value: what stands there, or its kind."""
    if isinstance(value, dict):
        yield name, kind_of(value)
        for key, item in value.items():
            yield from _places(item, f"{name}/{key}")
    elif isinstance(value, list):
        yield name, f"{kind_of(value)} of {len(value)}"
        for place, item in enumerate(value):
            yield from _places(item, f"{name}/{place}")
    else:
        yield name, (kind_of(value), value)


# --- time -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timing:
    """What was measured, in milliseconds: bad content, bad padding and bad content once more, again and again."""

    rounds: Sequence[tuple[float, float, float]]

    @property
    def gap(self) -> float:
        """By how much bad padding takes longer than the bad content around it; less than 0 where it is faster."""
        return median(self._gaps)

    @property
    def noise(self) -> float:
        """How far two answers to bad content are apart, in the worse half of the rounds."""
        return sorted(abs(before - after) for before, _, after in self.rounds)[3 * len(self.rounds) // 4]

    @property
    def is_too_noisy(self) -> bool:
        return self.noise > MOST_NOISE_MS

    @property
    def tells_apart(self) -> bool:
        """Whether nearly every round shows a gap of another class, far above the noise, in the same direction."""
        bound = max(CLASS_MS, 5 * self.noise)
        return max(sum(gap > bound for gap in self._gaps), sum(gap < -bound for gap in self._gaps)) >= 0.9 * len(
            self.rounds
        )

    @property
    def _gaps(self) -> list[float]:
        """Against the nearer of both neighbours: what slows one of them down must not count."""
        return [_nearest(padding, before, after) for before, padding, after in self.rounds]


def _nearest(padding: float, before: float, after: float) -> float:
    return min(padding - before, padding - after, key=abs)


def timed(send: Refused, rounds: int) -> Timing:
    """Interleaved, so that a target that grows slower or faster does so for both."""
    return Timing([(_ms(send(False)), _ms(send(True)), _ms(send(False))) for _ in range(rounds)])


def _ms(answer: Answer) -> float:
    given("answer to a bad message", took_effect(answer), False, missing="a target that refuses bad content")
    return answer.reply.elapsed_ms
