"""imts status, info, search, get-agents, print-application: a partner finds its own transfers, and nobody else's.

That others find nothing is tried with transfers that are directed elsewhere, if only to their creator (MTR40).
"""

from __future__ import annotations

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.effects import found_ids, is_told, nothing_told, told_of, unchanged
from conformance.contracts.imts.judgement import accepted, given_no_outage, refused, served, told_once, took_effect
from conformance.contracts.imts.messages import Transfer
from conformance.contracts.imts.wire import FORWARD, Method, Status
from conformance.engine.check import check
from conformance.engine.observation import Expected, at_least, expect, given, none_found

_STAGES = (None, *FORWARD, Method.CANCEL)
_EMPTY = (b"", b"{}", b"[]", b"null", b'""')
_MEMBERS = ("amount_source", "currency_source", "currency_target", "target_country")


# --- our own transfers ----------------------------------------------------------------------------------------


@check("IMTS-LOOKUP-01")
def the_status_can_be_asked_for_at_every_stage(partner: Partner) -> None:
    """Status answers for transfers that are new, confirmed, registered for payout, paid out and canceled."""
    for last in _STAGES:
        transfer = partner.shared(last)
        what = f"status of a transfer after {(last or Method.CREATE).value}"
        answer = accepted(what, partner.send(partner.message(Method.STATUS, transfer)))
        given(f"whether the answer to {what} tells one", answer.value_or_none("status") is None, False)


@check("IMTS-LOOKUP-01")
def the_status_of_a_transfer_in_error_can_be_asked_for(partner: Partner) -> None:
    """Status answers for a transfer whose sender AML rejects, until it is in error (MTR33) and then."""
    partner.path(Method.STATUS)
    transfer = partner.walked(None, partner.created(who="rejected_person"))
    partner.send(partner.step(Method.CONFIRM, transfer))
    for answer in partner.watched(transfer):
        accepted("status of a transfer whose sender is rejected", answer)
        if answer.value_or_none("status") == Status.ERROR:
            break
    given("status of a transfer whose sender is rejected", answer.value_or_none("status"), Status.ERROR.value)


@check("IMTS-LOOKUP-02")
def asking_for_a_transfer_leaves_it_as_it_is(partner: Partner) -> None:
    """
    Status, Info and Search are asked for a transfer after each of its steps; Status tells the same before and after.

    A transfer in process may be waiting once AML has decided (MTR07, MTR33).
    """
    for last in _STAGES:
        transfer = partner.asked(partner.walked(last))
        for method in (Method.STATUS, Method.INFO, Method.SEARCH):
            if partner.maps(method):
                what = f"{method.value} after {(last or Method.CREATE).value}"
                unchanged(partner, transfer)(what, partner.send(partner.message(method, transfer)))


@check("IMTS-LOOKUP-04")
def info_and_status_tell_the_same_status(partner: Partner) -> None:
    """Info is asked between two questions for Status that agree, at every stage."""
    for last in _STAGES:
        transfer = partner.shared(last)
        told, info, again = (
            served(f"{method.value} of a transfer of ours", partner.send(partner.message(method, transfer)))
            for method in (Method.STATUS, Method.INFO, Method.STATUS)
        )
        given("status told before and after Info", again.transfer_status, told.transfer_status)
        what = f"status that Info tells after {(last or Method.CREATE).value}"
        expect(what, info.text("status"), told.transfer_status.value, evidence=info.exchange)


@check("IMTS-LOOKUP-05")
def info_tells_what_create_was_told(partner: Partner) -> None:
    """
    Amount, currencies and country stand somewhere in the answer, the amount in any spelling.

    The names of its members are not published, so that each is looked for by its value.
    """
    transfer = partner.shared(None)
    info = served("info of a transfer of ours", partner.send(partner.message(Method.INFO, transfer)))
    members = transfer.message.members
    missing = [name for name in _MEMBERS if name in members and not is_told(info, members[name])]
    expect("what Info does not tell", missing, none_found)


@check("IMTS-LOOKUP-06")
def search_finds_a_transfer_of_our_own(partner: Partner) -> None:
    """The id of the transfer stands in the list; an id that nobody has does not, so that the answer is no echo."""
    transfer = partner.shared(None)
    unknown = partner.made_up(transfer)
    fruitless = _searched(partner, unknown)
    told_once("MTR47", f"what finds nothing: HTTP {fruitless.status}")
    given("whether Search repeats an id that nobody has", unknown.id in found_ids(fruitless), False)
    answer = accepted("a search for a transfer of ours", _searched(partner, transfer))
    found = [str(one) for one in answer.each("transfer_id")]
    expect("whether Search finds the transfer", transfer.id in found, True)


@check("IMTS-LOOKUP-07")
def every_agent_in_the_list_has_an_id_of_its_own(partner: Partner) -> None:
    """No id of the list stands there twice, and none is missing."""
    answer = served("a good question for agents", partner.send(partner.message(Method.GET_AGENTS)))
    ids = answer.each("agent_id")
    given("agents in the list", len(ids), at_least(1))
    faults = [f"agent {place} has none" for place, one in enumerate(ids, 1) if one in (None, "")]
    faults += [f"{one} is there twice" for place, one in enumerate(ids) if one and one in ids[:place]]
    expect("faults of ids in the list of agents", faults, none_found)


@check("IMTS-LOOKUP-08")
def the_application_of_a_transfer_can_be_printed(partner: Partner) -> None:
    """
    Print application is accepted and answered with something (MTR48).

    When it may be asked for is not said, so that a new, a confirmed and a paid out transfer are tried in turn.
    """
    for last in (None, Method.CONFIRM, Method.PAYOUT_CONFIRM):
        answer = partner.send(partner.message(Method.PRINT_APPLICATION, partner.shared(last)))
        if took_effect(answer):
            break
    accepted("a good print-application message", answer)
    told_once("MTR48", (answer.header("Content-Type") or "no type").partition(";")[0])
    expect("whether there is something in the application", answer.reply.body.strip() in _EMPTY, False)


# --- transfers that nobody created ------------------------------------------------------------------------------


@check("IMTS-LOOKUP-03")
def status_tells_nothing_of_a_transfer_that_nobody_created(partner: Partner) -> None:
    """Status tells of a transfer of ours, and nothing of one with an id that was never given out."""
    answer, unknown = _asked_for_nobodys(partner, Method.STATUS)
    nothing_told("status of a transfer that nobody created", answer, unknown)


@check("IMTS-LOOKUP-03")
def info_tells_nothing_of_a_transfer_that_nobody_created(partner: Partner) -> None:
    """Info tells of a transfer of ours, and nothing of one with an id that was never given out."""
    answer, unknown = _asked_for_nobodys(partner, Method.INFO)
    nothing_told("info of a transfer that nobody created", answer, unknown)


@check("IMTS-LOOKUP-03")
def no_application_is_printed_for_a_transfer_that_nobody_created(partner: Partner) -> None:
    """Print application is refused for an id that was never given out; one was printed for a transfer of ours."""
    answer, _ = _asked_for_nobodys(partner, Method.PRINT_APPLICATION)
    refused("print-application for a transfer that nobody created", answer)


def _asked_for_nobodys(partner: Partner, method: Method) -> tuple[Answer, Transfer]:
    transfer = partner.shared(None)
    _served_to_its_owner(partner, method, transfer)
    unknown = partner.made_up(transfer)
    return partner.send(partner.message(method, unknown)), unknown


# --- another agent ----------------------------------------------------------------------------------------------


@check("IMTS-LOOKUP-09")
def status_tells_another_agent_nothing(partner: Partner) -> None:
    """Status tells us of our transfer and the other agent of its own, and the other agent nothing of ours."""
    answer, transfer = _asked_by_another(partner, Method.STATUS)
    nothing_told("status asked by another agent", answer, transfer)


@check("IMTS-LOOKUP-09")
def info_tells_another_agent_nothing(partner: Partner) -> None:
    """Info tells us of our transfer and the other agent of its own, and the other agent nothing of ours."""
    answer, transfer = _asked_by_another(partner, Method.INFO)
    nothing_told("info asked by another agent", answer, transfer)


@check("IMTS-LOOKUP-10")
def search_finds_no_transfer_of_another_agent(partner: Partner) -> None:
    """
    Search finds our transfer for us, that of the other agent for him, and ours not for him (MTR46, MTR47).

    A refusal and an empty list are admitted.
    """
    other = partner.as_other()
    transfer, theirs = partner.kept_from_others(), other.shared(None)
    for agent, own in ((partner, transfer), (other, theirs)):
        answer = served("a search for a transfer of one's own", _searched(agent, own))
        given("whether Search finds a transfer of one's own", own.id in found_ids(answer), True)
    answer = _searched(other, transfer)
    given_no_outage("search by another agent", answer)
    expect("whether another agent finds our transfer", transfer.id in found_ids(answer), False)
    told_once("MTR46", f"search: HTTP {answer.status}")


@check("IMTS-LOOKUP-11")
def no_application_is_printed_for_another_agent(partner: Partner) -> None:
    """Print application is refused to the other agent for our transfer; he was printed one for his own."""
    answer, _ = _asked_by_another(partner, Method.PRINT_APPLICATION)
    refused("print-application by another agent", answer)


def _asked_by_another(partner: Partner, method: Method) -> tuple[Answer, Transfer]:
    """What another agent is answered who asks for a transfer of ours, and the transfer."""
    other = partner.as_other()
    transfer = partner.kept_from_others()
    _served_to_its_owner(partner, method, transfer)
    _served_to_its_owner(other, method, other.shared(None))
    answer = other.send(other.message(method, transfer))
    told_once("MTR46", f"{method.value}: HTTP {answer.status}")
    return answer, transfer


def _served_to_its_owner(agent: Partner, method: Method, transfer: Transfer) -> None:
    answer = served(f"{method.value} of a transfer of one's own", agent.send(agent.message(method, transfer)))
    if method is not Method.PRINT_APPLICATION:
        given(f"what {method.value} tells of a transfer", told_of(answer, transfer), Expected("something", bool))


def _searched(agent: Partner, transfer: Transfer) -> Answer:
    return agent.send(agent.message(Method.SEARCH, transfer))
