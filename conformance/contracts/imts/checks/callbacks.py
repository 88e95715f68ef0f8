"""imts callbacks: the partner is told of changes and of transfers for it, again if it does not answer.

The suite listens at its address while it moves transfers of its own; `notices` says which. Every check judges the
notifications that were recorded then, so they run alone, after all others.
"""

from __future__ import annotations

from itertools import pairwise

from conformance.contracts.imts.client import AFTER, Partner
from conformance.contracts.imts.judgement import told_once
from conformance.contracts.imts.notices import (
    LONGEST_RETRY_S,
    REPEATS,
    STATUS_UPDATE,
    Notice,
    Walk,
    Walked,
    directed_to_us,
    notices,
    on_demand_of_another,
    walked,
)
from conformance.contracts.imts.wire import Status
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, none_found, not_applicable

SHARE = 0.1  # MTR35: within a tenth
LEAST_S = 1.0  # but a scaled test system and a network have so much time


@check("IMTS-CALLBACKS-01", exclusive=True)
def every_change_of_status_is_told_to_the_partner(partner: Partner) -> None:
    """Each status that a finished and a canceled transfer came to was told; whether `new` was is free (MTR36)."""
    done = walked(partner)
    given("notifications that can be read", unreadable(partner), none_found)
    for walk in (done.finished, done.canceled):
        told = {notice.status for notice in notices(partner, walk.transfer)}
        told_once("MTR36", "new is told" if Status.NEW in told else "new is not told")
        untold = [status.value for status in walk.changes if status not in told]
        expect("changes that were not told", untold, none_found)


@check("IMTS-CALLBACKS-02", exclusive=True)
def a_callback_names_the_transfer_and_its_status(partner: Partner) -> None:
    """Everything that came on a status has both at their mapped places, and the status is one of the six."""
    walked(partner)
    given("a notification at callbacks.address", bool(notices(partner)), True)
    found = unreadable(partner)
    evidence = next((notice.exchange for notice in notices(partner) if faults(notice)), None)
    expect("what notifications lack", found, none_found, evidence=evidence)


@check("IMTS-CALLBACKS-03", exclusive=True)
def a_callback_on_a_status_says_that_it_is_one(partner: Partner) -> None:
    """What tells of a change bears the kind `status_update`; `new` may be told in another way (MTR36)."""
    if partner.declaration.callbacks.kind is None:
        not_applicable("callbacks.kind is not mapped: where a notification says of which kind it is")
    for notice in heard(partner, walked(partner)):
        if notice.status != Status.NEW:
            expect(f"kind of the callback on {notice.status}", notice.kind, STATUS_UPDATE, evidence=notice.exchange)


@check("IMTS-CALLBACKS-04", exclusive=True)
def a_callback_tells_the_status_that_the_transfer_has(partner: Partner) -> None:
    """No status is told that none of the steps leads to."""
    done = walked(partner)
    heard(partner, done)
    for walk in (done.finished, done.canceled):
        lawful = {status for step in (None, *walk.steps) for status in AFTER[step]} | {*walk.statuses}
        for notice in notices(partner, walk.transfer):
            untrue = [str(notice.status)] if notice.status is not None and notice.status not in lawful else []
            expect("statuses that the transfer never had", untrue, none_found, evidence=notice.exchange)


@check("IMTS-CALLBACKS-05", exclusive=True)
def a_callback_that_is_not_answered_is_repeated_every_15_minutes(partner: Partner) -> None:
    """The pauses between the attempts are those that the configuration declares, within a tenth or a second (MTR35)."""
    attempts = unanswered(partner)
    if len(attempts) < 2:
        lacking("a callback that is repeated (CALLBACKS-06 asks how often)")
    expect("pauses of another length", odd_pauses(partner, attempts), none_found, evidence=attempts[1].exchange)


@check("IMTS-CALLBACKS-06", exclusive=True)
def a_callback_that_is_never_answered_is_repeated_three_times(partner: Partner) -> None:
    """The suite listens for four pauses and a half: after the first attempt three more come, and no fourth."""
    attempts = unanswered(partner)
    given("pauses of another length", odd_pauses(partner, attempts), none_found)
    repeats = len(attempts) - 1
    expect("repeats of a callback that is never answered", repeats, REPEATS, evidence=attempts[-1].exchange)


@check("IMTS-CALLBACKS-07", exclusive=True)
def a_callback_that_was_answered_is_not_repeated(partner: Partner) -> None:
    """No status is told more often than there are steps that lead to it, though the suite listens on."""
    done = walked(partner)
    given_scaled(partner)
    heard(partner, done)
    for walk in (done.finished, done.canceled):
        came = notices(partner, walk.transfer)
        for status in dict.fromkeys(notice.status for notice in came):
            told = [notice for notice in came if notice.status == status]
            more = len(told) - max(1, walk.times(str(status)))
            expect(f"repeats of an answered callback on {status}", max(0, more), 0, evidence=told[-1].exchange)


@check("IMTS-CALLBACKS-08", exclusive=True)
def a_directed_transfer_is_announced_to_its_agent(partner: Partner) -> None:
    """Another agent directs a transfer to us: a notification that names it comes."""
    heard(partner, walked(partner))
    transfer = directed_to_us(partner)
    came = notices(partner, transfer)
    expect("announcement of a transfer that is directed to us", bool(came), True, evidence=transfer.created.exchange)


@check("IMTS-CALLBACKS-09", exclusive=True)
def a_transfer_on_demand_is_announced_to_no_agent(partner: Partner) -> None:
    """Another agent makes a transfer on demand: nothing that announces it comes to us, though we hear of our own."""
    heard(partner, walked(partner))
    came = [notice for notice in notices(partner, on_demand_of_another(partner)) if not notice.is_update]
    expect("announcements of a transfer on demand", len(came), 0, evidence=came[0].exchange if came else None)


@check("IMTS-CALLBACKS-10", exclusive=True)
def changes_are_told_in_their_order(partner: Partner) -> None:
    """The first callback on each status of a finished transfer comes after those on the statuses before."""
    done = walked(partner)
    heard(partner, done)
    came = list(dict.fromkeys(notice.status for notice in notices(partner, done.finished.transfer)))
    told = [str(status) for status in came if status in done.finished.changes]
    expect("order of the callbacks", told, [status.value for status in done.finished.changes if status in told])


@check("IMTS-CALLBACKS-11", exclusive=True)
def a_partner_is_told_of_its_own_transfers_only(partner: Partner) -> None:
    """Another agent confirms a transfer of its own on demand: no change of it is told to us."""
    heard(partner, walked(partner))
    came = [notice for notice in notices(partner, on_demand_of_another(partner)) if notice.is_update]
    expect("changes of another agent's transfer", len(came), 0, evidence=came[0].exchange if came else None)


# --- what was heard ---------------------------------------------------------------------------------------------


def heard(partner: Partner, done: Walked) -> list[Notice]:
    """Precondition: the target tells of our transfers at all."""
    found = [notice for walk in (done.finished, done.canceled) for notice in notices(partner, walk.transfer)]
    missing = "a notification on a transfer of ours at callbacks.address (was the target given it beforehand?)"
    given("notifications on our transfers", found == [], False, missing=missing)
    return found


def unreadable(partner: Partner) -> list[str]:
    """What notifications lack, each once."""
    return sorted({fault for notice in notices(partner) for fault in faults(notice)})


def faults(notice: Notice) -> list[str]:
    """Of a notification on a status, or of unknown kind; more kinds may be to come."""
    if notice.kind is not None and notice.kind != STATUS_UPDATE:
        return []
    found = [] if notice.transfer_id is not None else ["callbacks.transfer_id"]
    if notice.is_update and notice.status not in {*Status}:
        found.append("callbacks.status")
    return found


def unanswered(partner: Partner) -> list[Notice]:
    """Every attempt to bring the one callback that got no answer, in their order."""
    walk: Walk = walked(partner).unanswered
    given_scaled(partner)
    attempts = [notice for notice in notices(partner, walk.transfer) if notice.status == walk.statuses[-1]]
    given("a callback to leave unanswered", bool(attempts), True)
    return attempts


def given_scaled(partner: Partner) -> None:
    """Precondition: the target's pause is so short that a run can wait for its repeats."""
    if partner.declaration.callbacks.retry_every_s > LONGEST_RETRY_S:
        lacking(
            f"a test system that repeats callbacks within {LONGEST_RETRY_S:g} s (callbacks.retry_every_s): "
            "a run does not wait for an hour"
        )


def odd_pauses(partner: Partner, attempts: list[Notice]) -> list[str]:
    every_s = partner.declaration.callbacks.retry_every_s
    pauses = [(after.at - before.at).total_seconds() for before, after in pairwise(attempts)]
    return [f"{pause:.1f} s in place of {every_s:g} s" for pause in pauses if abs(pause - every_s) > room(every_s)]


def room(every_s: float) -> float:
    return max(SHARE * every_s, LEAST_S)
