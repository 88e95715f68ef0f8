"""imts create, flow: a transfer on demand or to one agent, to a phone, an IBAN or a PAN."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.contracts.imts.checks.fees import fee_of
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.judgement import accepted, given_no_outage, refused, served, told_once, took_effect
from conformance.contracts.imts.messages import Message
from conformance.contracts.imts.wire import LENGTHS, Method, Number
from conformance.engine.check import check
from conformance.engine.observation import expect, not_applicable

KNOWN = ("client_uuid", "destination_type", "destination_identifier", "target_country")


def refused_creations(partner: Partner, damaged: Mapping[str, Message]) -> None:
    """Assertion: each of these create messages is refused, though signed as it should be; a good one is accepted."""
    partner.created()
    for what, message in damaged.items():
        refused(f"create with {what}", partner.send(message))


def created_with(partner: Partner, what: str, message: Message) -> None:
    """Assertion: this message creates a transfer, whose id is told."""
    answer = accepted(f"create with {what}", partner.send(message))
    is_told = answer.value_or_none("transfer_id") not in (None, "")
    expect(f"whether the id of a transfer with {what} is told", is_told, True, evidence=answer.exchange)


@check("IMTS-CREATE-01")
def a_transfer_without_target_agent_is_created_on_demand(partner: Partner) -> None:
    """No agent is named, so that any agent of the country may pay it out."""
    created_with(partner, "no target_agent_id", partner.creation())


@check("IMTS-CREATE-02")
def a_transfer_with_target_agent_is_created(partner: Partner) -> None:
    """The agent of the configuration is named."""
    created_with(partner, "a target_agent_id", partner.creation(directed=True))


@check("IMTS-CREATE-03")
def transfers_to_each_type_of_destination_are_created(partner: Partner) -> None:
    """One transfer to each destination of the configuration; nothing is said of types that it leaves out."""
    partner.created()
    for kind, identifier in partner.declaration.transfer.by_type.items():
        message = partner.creation(destination_type=kind, destination_identifier=identifier)
        created_with(partner, f"destination_type {kind}", message)


@check("IMTS-CREATE-04")
def every_transfer_has_an_id_of_its_own(partner: Partner) -> None:
    """Three transfers that differ in their client_uuid and salt alone, and what was told of each."""
    ids = [partner.created().id for _ in range(3)]
    expect("number of ids of three transfers", len(set(ids)), 3)


@check("IMTS-CREATE-05")
def a_message_without_one_of_its_members_is_refused(partner: Partner) -> None:
    """Each member that the source names is left out in turn, and the rest signed; target_agent_id is optional."""
    partner.created()
    for name in KNOWN:
        refused(f"create without {name}", partner.send(partner.creation().without(name)))


@check("IMTS-CREATE-06")
def another_destination_type_is_refused(partner: Partner) -> None:
    """Only phone, iban and pan are known; capital letters are not judged (MTR24)."""
    damaged = {
        f"destination_type {text}": partner.creation(destination_type=text) for text in ("email", "phones", "card")
    }
    refused_creations(partner, damaged)


@check("IMTS-CREATE-07")
def a_member_that_is_too_long_is_refused(partner: Partner) -> None:
    """One character more than the source allows: not cut, since a cut number is that of somebody else."""
    names = ("client_uuid", "destination_identifier")
    damaged = {f"{name} of {LENGTHS[name] + 1} characters": (LENGTHS[name] + 1) * "7" for name in names}
    messages = {what: partner.creation().changed(**{what.partition(" ")[0]: text}) for what, text in damaged.items()}
    refused_creations(partner, messages)


@check("IMTS-CREATE-08")
def a_country_that_is_no_alpha_3_code_is_refused(partner: Partner) -> None:
    """As for fees; nothing is created."""
    damaged = {f"target_country {text}": partner.creation(target_country=text) for text in ("KZ", "398", "KAZA", "ZZZ")}
    refused_creations(partner, damaged)


@check("IMTS-CREATE-09")
def a_member_of_another_type_is_refused(partner: Partner) -> None:
    """A number where the source counts characters."""
    damaged = {
        f"a number as {name}": partner.creation().changed(**{name: Number("77012345678")})
        for name in ("client_uuid", "destination_identifier")
    }
    refused_creations(partner, damaged)


@check("IMTS-CREATE-10")
def a_transfer_of_a_client_that_nobody_registered_is_refused(partner: Partner) -> None:
    """The member that the mapping says names the sender holds an id that was made up."""
    sender = partner.declaration.names_sender
    if sender is None or not partner.maps(Method.CREATE_PERSON):
        not_applicable("no member of create is mapped to the registered sender (members.create, paths.create_person)")
    refused_creations(
        partner, {"a sender that nobody registered": partner.creation().changed(**{sender: partner.new_uuid()})}
    )


@check("IMTS-CREATE-11")
def a_target_agent_that_nobody_knows_is_refused(partner: Partner) -> None:
    """An agent id that was made up; the one of the configuration is accepted."""
    served("create with a known target_agent_id", partner.send(partner.creation(directed=True)))
    refused(
        "create with an unknown target_agent_id", partner.send(partner.creation(target_agent_id=partner.new_uuid()))
    )


@check("IMTS-CREATE-12")
def the_fee_is_that_of_the_quote_or_the_change_is_told(partner: Partner) -> None:
    """
    Fees are calculated anew at create. What Info shows afterwards is what the answer to create told.

    Where that answer tells none, it is what the quote told. A fee that changed and was told is no fault (MTR30).
    """
    quoted = fee_of(served("a good fees message", partner.send(partner.quote())))
    transfer = partner.created()
    told = fee_of(transfer.created) if transfer.created.value_or_none("fee") is not None else None
    if not partner.maps(Method.INFO):
        not_applicable("the fee of a transfer cannot be asked for (paths.info)")
    info = served("a good info message", partner.send(partner.message(Method.INFO, transfer)))
    told_once("MTR30", "the fee of the quote" if told in (None, quoted) else "another fee than that of the quote, told")
    what = "fee that info shows" + (", after create told one" if told is not None else ", after create told none")
    expect(what, fee_of(info), quoted if told is None else told, evidence=info.exchange)


@check("IMTS-CREATE-13")
def a_client_uuid_that_numbers_transfers_opens_one(partner: Partner) -> None:
    """A repeat is refused, or answered with the first transfer (MTR10); so is another amount under the same number."""
    if partner.declaration.members_of(Method.CREATE).get("client_uuid") != "{uuid}":
        not_applicable("client_uuid names the registered sender (members.create, MTR09)")
    message = partner.creation()
    first = partner.created(message)
    changed = message.changed(amount_source=Number("77.70")) if "amount_source" in message.members else message
    for what, sent in {
        "the same message once more": message,
        "another amount under the same client_uuid": changed,
    }.items():
        answer = partner.send(sent)
        given_no_outage(what, answer)
        told_once("MTR10", "answered with the first transfer" if took_effect(answer) else "refused")
        is_second = took_effect(answer) and answer.text("transfer_id") != first.id
        expect(f"whether {what} opens a second transfer", is_second, False, evidence=answer.exchange)


@check("IMTS-CREATE-14")
def a_transfer_on_demand_is_paid_out_by_any_agent_of_its_country(partner: Partner) -> None:
    """Another agent of the target country registers the payout of a confirmed transfer that names no agent."""
    other = partner.as_other()
    if other.agent.country != partner.declaration.fees.target_country:
        not_applicable("the other agent does not pay out in the target country (auth.other.country)")
    transfer = partner.walked(Method.CONFIRM)
    accepted("payout by another agent of the country", other.send(other.step(Method.PAYOUT, transfer)))


@check("IMTS-CREATE-15")
def a_directed_transfer_is_not_paid_out_by_a_third_agent(partner: Partner) -> None:
    """A transfer that is directed to ourselves: another agent's payout is refused, and then our own accepted."""
    other = partner.as_other()
    directed = partner.created(partner.creation(target_agent_id=partner.agent.agent_id))
    transfer = partner.walked(Method.CONFIRM, directed)
    refused("payout by an agent that the transfer is not directed to", other.send(other.step(Method.PAYOUT, transfer)))
    served("payout by the agent that it is directed to", partner.send(partner.step(Method.PAYOUT, transfer)))
