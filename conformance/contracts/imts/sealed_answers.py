"""Answers that show personal data: what is encrypted in them, and with which IVs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.judgement import served
from conformance.contracts.imts.wire import ENCRYPTED, Method
from conformance.crypto.cbc import BLOCK_BYTES, Ciphered
from conformance.crypto.compact import BadEnvelope
from conformance.engine.observation import not_applicable
from conformance.errors import UnreadableReply
from conformance.transport.recorder import Exchange

TIMES = 12  # that many IVs show a rule
_INFOS = {Method.PERSON_INFO: "person", Method.BUSINESS_INFO: "business"}


@dataclass(frozen=True)
class PersonalAnswer:
    """An answer to the question for a client, and the object in it that should hold encrypted data."""

    answer: Answer
    members: dict[str, Any]

    @property
    def exchange(self) -> Exchange:
        return self.answer.exchange

    @property
    def has_text(self) -> bool:
        return isinstance(self.members.get(ENCRYPTED), str)

    @property
    def flaw(self) -> str:
        """What is wrong with the form of the encrypted data; empty for nothing."""
        return "" if isinstance(self._read, Ciphered) else str(self._read)

    @property
    def ciphered(self) -> Ciphered:
        """IV and ciphertext. Raises BadEnvelope."""
        return self.answer.declaration.encryption.reading.read(self.members)

    @cached_property
    def _read(self) -> Ciphered | BadEnvelope:
        try:
            return self.ciphered
        except BadEnvelope as fault:
            return fault


def personal_answers(partner: Partner) -> list[PersonalAnswer]:
    """Many answers to the question for one client, and one to that for the other. Not applicable without any."""
    return partner.recall(f"personal answers to {partner.name}", lambda: _asked(partner))


def _asked(partner: Partner) -> list[PersonalAnswer]:
    mapped = {
        method: who
        for method, who in _INFOS.items()
        if partner.maps(method)
        and partner.data_of(who) is not None
        and partner.declaration.values.pointer("personal_data", method) is not None
    }
    if not mapped:
        not_applicable("no answer with personal data is mapped (paths.get_person_info, values.personal_data)")
    found = []
    for place, (method, who) in enumerate(mapped.items()):
        client_id = partner.client_id(who)
        for _ in range(1 if place else TIMES):
            answer = partner.send(partner.message(method, client_id=client_id))
            found.append(_personal(served(f"a good question ({method.key})", answer)))
    return found


def _personal(answer: Answer) -> PersonalAnswer:
    members = answer.value("personal_data")
    if not isinstance(members, dict):
        raise UnreadableReply("values.personal_data", "is no object")
    return PersonalAnswer(answer, members)


def faults_of_ivs(partner: Partner, answers: Sequence[PersonalAnswer]) -> list[str]:
    """What the IVs of these answers, which follow one another, show that random ones do not."""
    all_ciphered = [answer.ciphered for answer in answers]
    ivs = [ciphered.iv for ciphered in all_ciphered]
    faults = [f"an IV that comes {count} times" for count in Counter(ivs).values() if count > 1]
    if faults:
        return sorted(faults, reverse=True)
    if len(ivs) >= TIMES and (same := [at for at in range(BLOCK_BYTES) if len({iv[at] for iv in ivs}) == 1]):
        faults.append(f"{len(same)} bytes that are the same in all IVs")
    if any(iv == before.ciphertext[-BLOCK_BYTES:] for before, iv in zip(all_ciphered, ivs[1:], strict=False)):
        faults.append("an IV that is the last block of the answer before")
    if {*ivs} & _sent_ivs(partner):
        faults.append("an IV that a request of ours had")
    return faults


def _sent_ivs(partner: Partner) -> set[bytes]:
    """The IVs of all good data that was sent in this run so far."""
    found = set()
    for exchange in partner.recorded():
        try:
            members = json.loads(exchange.request.body)
            found.add(partner.declaration.encryption.reading.read(members).iv)
        except (ValueError, RecursionError, AttributeError, BadEnvelope):
            continue  # not a request that carries such data
    return found
