"""How a defect damages one member of an object that the reference provider sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.contracts.kz_accounts.provider import Provider

Damage = Callable[[dict[str, Any]], Any]


def lacks(name: str) -> Damage:
    """The member is not sent."""

    def damage(members: dict[str, Any]) -> None:
        members.pop(name, None)

    return damage


def sends(name: str, value: Any) -> Damage:
    """The member has another value, in objects that have it."""

    def damage(members: dict[str, Any]) -> None:
        if name in members:
            members[name] = value(members[name]) if callable(value) else value

    return damage


def adds(name: str, value: Any) -> Damage:
    """A member that the document does not know."""

    def damage(members: dict[str, Any]) -> None:
        members[name] = value

    return damage


def damaged(method: str, damage: Damage) -> Callable[..., Any]:
    """A method of the provider whose answer is damaged on its way out."""

    def overriding(self: Provider, *arguments: Any) -> Any:
        members = dict(getattr(Provider, method)(self, *arguments))
        damage(members)
        return members

    return overriding


def as_text(value: Any) -> str:
    return str(value)


def with_fraction(value: int) -> float:
    """100.01 where 10001 is due."""
    return value / 100


def with_zero_fraction(value: int) -> float:
    """10001.0 where 10001 is due."""
    return float(value)
