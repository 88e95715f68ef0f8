"""Personal data in some form, at each method that carries it: registrations and payouts.

Only the form differs: each message is signed again. A person or business was registered with good data before; one
transfer takes the payouts that are refused, and then a good one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.judgement import refused
from conformance.contracts.imts.messages import Message, Transfer
from conformance.contracts.imts.wire import ENCRYPTED, Method
from conformance.crypto.cbc import Ciphered, decrypt, encrypt
from conformance.crypto.cbc_faults import CbcFault, faulty_cbc
from conformance.engine.observation import not_applicable

Carried = Callable[[Partner, Mapping[str, str]], dict[str, str]]
"""Gives the members that carry these data in a form of its own."""

REGISTRATIONS = {Method.CREATE_PERSON: "person", Method.CREATE_BUSINESS: "business"}


def with_change(told: str, change: Callable[[Ciphered, bytes], Ciphered]) -> Carried:
    """Good data, changed by something that may use the key."""
    return lambda partner, data: partner.encrypted(data, lambda whole: change(whole, partner.partner_key), told=told)


def with_fault(fault: CbcFault) -> Carried:
    return with_change(fault, lambda whole, key: faulty_cbc(fault, whole, key))


def with_payload(told: str, change: Callable[[bytes], bytes]) -> Carried:
    """Well encrypted, but something else than the good JSON."""
    return with_change(told, lambda whole, key: encrypt(change(decrypt(whole, key)), key, whole.iv))


def with_text(carried: Carried, change: Callable[[str], str]) -> Carried:
    """The same with another text in encrypted_data."""

    def make(partner: Partner, data: Mapping[str, str]) -> dict[str, str]:
        members = carried(partner, data)
        return {**members, ENCRYPTED: change(members[ENCRYPTED])}

    return make


def good(partner: Partner, data: Mapping[str, str]) -> dict[str, str]:
    """As it should be."""
    return partner.encrypted(data)


def of_nobody(data: Mapping[str, str]) -> str:
    """The same members as JSON with nobody's data in them, for what is sent in clear."""
    return json.dumps(dict.fromkeys(data, "-"))


def refused_everywhere(partner: Partner, forms: Mapping[str, Carried]) -> None:
    """Assertion: data in each of these forms is refused by every method that carries data, and good data is not."""
    for method, message, data in registrations(partner):
        for what, form in forms.items():
            refused(f"{method.key} with {what}", partner.send(message().changed(**form(partner, data))))
    recipient = partner.data_of("recipient")
    if recipient is None:
        return
    transfer = partner.walked(Method.CONFIRM)
    for what, form in forms.items():
        refused(f"payout with {what}", pay_out(partner, transfer, form(partner, recipient)))
    partner.stepped(transfer, partner.step(Method.PAYOUT, transfer))


def registrations(
    partner: Partner,
) -> Iterator[tuple[Method, Callable[[], Message], Mapping[str, str]]]:
    """Each registration that can be made, with its data; a good one was accepted. Not applicable without any data."""
    if partner.data_of("recipient") is None and not any(_can_register(partner, one) for one in REGISTRATIONS):
        not_applicable("no personal data is declared for a method that takes them (clients.person, clients.recipient)")
    for method, who in REGISTRATIONS.items():
        if _can_register(partner, method):
            partner.client_id(who)
            yield method, partial(partner.message, method), partner.data_of(who) or {}


def pay_out(partner: Partner, transfer: Transfer, members: Mapping[str, str]) -> Answer:
    """The answer to a payout that carries these members."""
    message = partner.message(Method.PAYOUT, transfer)
    return partner.send(replace(message, members={**message.members, **members}))


def _can_register(partner: Partner, method: Method) -> bool:
    return partner.maps(method) and partner.data_of(REGISTRATIONS[method]) is not None
