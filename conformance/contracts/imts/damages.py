"""A damaged message at each method, beside its good twin: two transfers, walked side by side from create to the end.

Only the damage differs. The damaged messages go first, then the same message as it should be; so a transfer that the
twin moves has not been moved before, and a client_uuid that it brings has not been used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from conformance.contracts.imts.client import AFTER, Partner
from conformance.contracts.imts.judgement import refused, served, told_once, took_effect
from conformance.contracts.imts.messages import Message, Transfer
from conformance.contracts.imts.wire import SALT, Method, Number, Status
from conformance.engine.observation import Expected, expect, given, lacking, not_applicable

Attempt = Callable[[Message, Message], None]
"""Asserts that damaged forms of the first message are refused; the second is another good one of the same method."""

REGISTERING = {Method.CREATE_PERSON: "person", Method.CREATE_BUSINESS: "business"}
_SHOWING = {Method.PERSON_INFO: "person", Method.BUSINESS_INFO: "business"}
_ASKING = (Method.STATUS, Method.INFO, Method.SEARCH, Method.PRINT_APPLICATION)
_MOVING = (Method.CONFIRM, Method.PAYOUT, Method.PAYOUT_CONFIRM)
WITH_TOKEN = tuple(method for method in Method if method not in (Method.GET_TOKEN, Method.REFRESH_TOKEN))
"""The methods that ask for an access token."""

_Pair = tuple[Transfer, Transfer]

UNKNOWN = "conformance_note"
"""A member that no method has (MTR23)."""


def at_each_method(partner: Partner, methods: Collection[Method], attempt: Attempt) -> None:
    """Make the attempt at each of these methods that is mapped; the good message is served, or the check ends.

    After an attempt on a transfer both transfers have the status that they had. Ends the check as not applicable
    where it concerns no method.
    """
    wanted = [method for method in methods if partner.maps(method)]
    if not wanted:
        not_applicable("none of the methods that this concerns is mapped (paths)")
    for method in wanted:
        if pair := _apart_from_transfers(partner, method):
            attempt(*pair)
            served(f"a good {method.value} message", partner.send(pair[0]))
    if not {Method.CREATE, Method.CANCEL, *_ASKING, *_MOVING}.isdisjoint(wanted):
        _along_transfers(partner, wanted, attempt)


def signed_but_fees(partner: Partner) -> list[Method]:
    """The methods that carry a pg_sig, but for fees, which each check of the signature tries by itself."""
    return [method for method in WITH_TOKEN if method is not Method.FEES and partner.is_signed(method)]


# --- questions for fees ------------------------------------------------------------------------------------------


def another_amount(partner: Partner) -> Number:
    """An amount beside that of the configuration: its last digit is the next one."""
    text = partner.declaration.fees.amount_source
    return Number(text[:-1] + ("8" if text[-1] == "9" else str(int(text[-1]) + 1)))


def served_quote(partner: Partner, **members: Any) -> tuple[Message, str]:
    """A question for fees that was served, and its pg_sig."""
    message = partner.quote(**members)
    served("a good fees message", partner.send(message))
    return message, partner.signature(message)


def salt_is_signed(partner: Partner) -> bool:
    """Whether requests bring a salt, and pg_sig covers it (MTR01)."""
    return partner.declaration.signature.send_salt and partner.declaration.signature.salt_is_signed


def free_member(partner: Partner) -> str:
    """A member of fees that is signed and takes any text: the salt, or one that the target does not know."""
    if salt_is_signed(partner):
        return SALT
    if not took_effect(partner.send(partner.quote(**{UNKNOWN: "a note"}))):
        lacking("a signed member of fees that takes any text: here pg_salt is not signed, and no other is taken")
    return UNKNOWN


def wrong_signatures_count(partner: Partner) -> None:
    """Precondition of what is accepted: not anything is, since a pg_sig of zeros is refused."""
    given("a pg_sig of zeros that is served", _takes_zeros(partner, Method.FEES), False)


def creation_is_checked(partner: Partner) -> bool:
    """Whether create looks at pg_sig at all; where it does not, SIGNATURE-18 says so, and no other rule."""
    return not _takes_zeros(partner, Method.CREATE)


def _takes_zeros(partner: Partner, method: Method) -> bool:
    def look() -> bool:
        message = partner.creation() if method is Method.CREATE else partner.quote()
        return took_effect(partner.send_signed(message, "0" * 64))

    return partner.recall(f"whether {method.value} takes any pg_sig", look)


def refused_instead(partner: Partner, message: Message, forged: Mapping[str, str | None]) -> None:
    """Assertion: this good question is refused with each of these in place of its pg_sig."""
    for what, text in forged.items():
        refused(f"fees with a pg_sig {what}", partner.send_signed(message, text))


def tell_of_moved_semicolons(partner: Partner, name: str) -> None:
    """Record what a semicolon does that moves to the value beside: the joined text is the same (MTR18)."""
    beside = f"{name}2"  # next to it in the order of the keys
    message = partner.quote(**{name: "one;two", beside: "three"})
    if not took_effect(partner.send(partner.quote(**{name: "one;two"}))):
        told_once("MTR18", "a value with a semicolon is refused")
    elif not took_effect(partner.send(message)):
        told_once("MTR18", "no two texts stand side by side, since unknown members are refused")
    else:
        moved = message.changed(**{name: "one", beside: "two;three"})
        is_taken = took_effect(partner.send_signed(moved, partner.signature(message)))
        weakness = "accepted: one pg_sig fits two requests, a weakness of the scheme and not of the target"
        told_once("MTR18", weakness if is_taken else "refused: the target tells the two requests apart")


# --- the walk ----------------------------------------------------------------------------------------------------


def _apart_from_transfers(partner: Partner, method: Method) -> tuple[Message, Message] | None:
    """Two good messages of a method that knows no transfer; None for others, and for clients whom nobody declared."""
    match method:
        case Method.FEES:
            return partner.quote(), partner.quote(amount_source=another_amount(partner))
        case Method.GET_AGENTS:
            return partner.message(method), partner.message(method)
        case Method.CREATE_PERSON | Method.CREATE_BUSINESS:
            data = partner.data_of(REGISTERING[method])
            return None if data is None else (partner.message(method, data=data), partner.message(method, data=data))
        case Method.PERSON_INFO | Method.BUSINESS_INFO:
            who = _SHOWING[method]
            registers = next(one for one, name in REGISTERING.items() if name == who)
            if partner.maps(registers) and partner.data_of(who) is not None:
                one, other = partner.client_id(who), partner.registered(who).text("client_id")
                return partner.message(method, client_id=one), partner.message(method, client_id=other)
    return None


def _along_transfers(partner: Partner, wanted: Collection[Method], attempt: Attempt) -> None:
    """Other transfers are asked for than are canceled or moved, so that a question that moves one counts once."""
    asked = _created(partner, attempt if Method.CREATE in wanted else None)
    for method in _ASKING:
        if method in wanted:
            one, other = (partner.message(method, transfer) for transfer in asked)
            attempt(one, other)
            served(f"a good {method.value} message", partner.send(one))
    if Method.CANCEL in wanted:
        _moved(partner, Method.CANCEL, _created(partner), AFTER[None], attempt)
    if last := max((index for index, method in enumerate(_MOVING, 1) if method in wanted), default=0):
        pair, before = _created(partner), AFTER[None]
        for method in _MOVING[:last]:
            pair = _moved(partner, method, pair, before, attempt if method in wanted else None)
            before = AFTER[method]


def _created(partner: Partner, attempt: Attempt | None = None) -> _Pair:
    one, other = partner.creation(), partner.creation(amount_source=another_amount(partner))
    if attempt is not None:
        attempt(one, other)
    return partner.walked(None, partner.created(one)), partner.walked(None, partner.created(other))


def _moved(partner: Partner, method: Method, pair: _Pair, before: Collection[Status], attempt: Attempt | None) -> _Pair:
    """Both transfers after a good step, before which the attempt left them as they were."""
    one, other = (partner.step(method, transfer) for transfer in pair)
    if attempt is not None:
        attempt(one, other)
        if partner.sees_statuses:
            expected = Expected(" or ".join(before), lambda status: status in before)
            for transfer in pair:
                question = served("a good question for a transfer", partner.shown(transfer))
                subject = f"status after the refused {method.value}"
                expect(subject, question.transfer_status, expected, evidence=question.exchange)
    return partner.stepped(pair[0], one), partner.stepped(pair[1], other)
