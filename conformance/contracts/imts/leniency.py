"""imts signature: how a system comes to take more than the pg_sig that fits. Its defects are made of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.contracts.imts.call import Call
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.signature import signature_of
from conformance.contracts.imts.store import RegisteredAgent


class TakesMore(System):
    """Takes a pg_sig that fits, and another kind besides."""

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        raise NotImplementedError

    def signature_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        return super().signature_fits(given, call, agent) or self.also_fits(given, call, agent)

    def fits_with(self, given: str, call: Call, agent: RegisteredAgent, **members: Any) -> bool:
        """Whether it is the pg_sig of the call with other values of some members."""
        return self.is_same(given, self.signature_due({**call.members, **members}, agent))


class Remembers(TakesMore):
    """Spares itself the work for a pg_sig that it has verified."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.verified: dict[str, Call] = {}

    def looks_known(self, call: Call, verified: Call) -> bool:
        raise NotImplementedError

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        return given in self.verified and self.looks_known(call, self.verified[given])

    def signature_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        fits = super().signature_fits(given, call, agent)
        if fits:
            self.verified.setdefault(given, call)
        return fits


class TakesASecondReading(TakesMore):
    """Serves agents of an earlier integration, who sign in another way."""

    changes: Mapping[str, Any] = {}

    def also_fits(self, given: str, call: Call, agent: RegisteredAgent) -> bool:
        return self.is_same(given, signature_of(call.members, agent.secret, replace(self.signing, **self.changes)))
