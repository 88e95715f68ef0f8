"""imts create-person, create-business: the sender is registered by encrypted data, and found again."""

from __future__ import annotations

from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.judgement import accepted, refused, served
from conformance.contracts.imts.opening import lacking_of, opened, unopened
from conformance.contracts.imts.wire import ENCRYPTED, Method
from conformance.engine.check import check
from conformance.engine.observation import expect, given, not_applicable

REGISTERING = {"person": Method.CREATE_PERSON, "business": Method.CREATE_BUSINESS}
ASKING = {"person": Method.PERSON_INFO, "business": Method.BUSINESS_INFO}


def data_of(partner: Partner, who: str) -> dict[str, str]:
    """The data of a client of the configuration. Ends the check as not applicable where there are none."""
    partner.path(REGISTERING[who])
    found = partner.data_of(who)
    if found is None:
        not_applicable(f"no such client is declared (clients.{who})")
    return found


def registered(partner: Partner, who: str) -> None:
    """Assertion: such a client is registered, and the answer names it."""
    data_of(partner, who)
    answer = accepted(f"the registration of a {who}", partner.first_registration(who))
    is_told = answer.value_or_none("client_id") not in (None, "")
    expect(f"whether the id of the registered {who} is told", is_told, True, evidence=answer.exchange)


def given_back(partner: Partner, who: str) -> None:
    """Assertion: what was registered of such a client comes back; ENCRYPTION-10 and -11 judge how it is encrypted."""
    data, client = data_of(partner, who), partner.client_id(who)
    answer = served(f"{ASKING[who].value} of our own", partner.send(partner.message(ASKING[who], client_id=client)))
    members = answer.value("personal_data")
    if isinstance(members, dict) and ENCRYPTED in members:
        given("encrypted data under the partner_key", unopened(partner, answer) or "a JSON object", "a JSON object")
    wrong = opened(partner, answer, "members that differ", lacking_of(data))
    expect(f"members of the registered {who} that come back otherwise", wrong or "none", "none")


def kinds(partner: Partner) -> list[str]:
    """The kinds of clients that can be registered and asked for."""
    found = [who for who in REGISTERING if partner.maps(REGISTERING[who]) and partner.data_of(who) is not None]
    if not found:
        not_applicable("nobody can be registered (paths.create_person, paths.create_business, clients)")
    return found


@check("IMTS-CLIENTS-01")
def a_person_is_registered(partner: Partner) -> None:
    """The person of the configuration, encrypted."""
    registered(partner, "person")


@check("IMTS-CLIENTS-02")
def a_business_is_registered(partner: Partner) -> None:
    """The business of the configuration, encrypted."""
    registered(partner, "business")


@check("IMTS-CLIENTS-03")
def person_info_gives_back_what_was_registered(partner: Partner) -> None:
    """Every member that was registered, with its value, under the partner's key."""
    given_back(partner, "person")


@check("IMTS-CLIENTS-04")
def business_info_gives_back_what_was_registered(partner: Partner) -> None:
    """Every member that was registered, with its value, under the partner's key."""
    given_back(partner, "business")


@check("IMTS-CLIENTS-05")
def every_client_has_an_id_of_its_own(partner: Partner) -> None:
    """A person who differs from the registered one in every member that is no code has another id."""
    who = kinds(partner)[0]
    data = data_of(partner, who)
    codes = partner.declaration.clients.codes
    other = {name: value if name in codes else partner.varied(value) for name, value in data.items()}
    answer = served("the registration of somebody else", partner.send(partner.message(REGISTERING[who], data=other)))
    expect("whether two clients have one id", answer.text("client_id") == partner.client_id(who), False)


@check("IMTS-CLIENTS-06")
def a_registration_without_encrypted_data_is_refused(partner: Partner) -> None:
    """encrypted_data is left out, and empty; the rest is signed."""
    for who in kinds(partner):
        partner.client_id(who)
        method = REGISTERING[who]
        refused(f"{method.value} without encrypted_data", partner.send(partner.message(method)))
        empty = partner.message(method).changed(encrypted_data="")
        refused(f"{method.value} with empty encrypted_data", partner.send(empty))


@check("IMTS-CLIENTS-07")
def a_registration_in_clear_is_refused(partner: Partner) -> None:
    """The members of the configuration as they are, signed, in place of encrypted_data."""
    for who in kinds(partner):
        partner.client_id(who)
        method = REGISTERING[who]
        clear = partner.message(method).changed(**data_of(partner, who))
        refused(f"{method.value} with personal data in clear", partner.send(clear))


@check("IMTS-CLIENTS-08")
def nothing_is_told_of_a_client_that_nobody_registered(partner: Partner) -> None:
    """An id that was made up; our own client is told of."""
    for who in asked(partner):
        own = partner.message(ASKING[who], client_id=partner.client_id(who))
        served(f"{ASKING[who].value} of our own", partner.send(own))
        message = partner.message(ASKING[who], client_id=partner.new_uuid())
        refused(f"{ASKING[who].value} of a client that nobody registered", partner.send(message))


@check("IMTS-CLIENTS-09")
def another_agent_is_told_nothing_of_a_client(partner: Partner) -> None:
    """The other agent asks for a client of ours, who is told of to us."""
    other = partner.as_other()
    for who in asked(partner):
        client = partner.client_id(who)
        served(f"{ASKING[who].value} of our own", partner.send(partner.message(ASKING[who], client_id=client)))
        refused(f"{ASKING[who].value} by another agent", other.send(other.message(ASKING[who], client_id=client)))


def asked(partner: Partner) -> list[str]:
    """The kinds of clients that can be asked for."""
    found = [who for who in kinds(partner) if partner.maps(ASKING[who])]
    if not found:
        not_applicable("clients cannot be asked for (paths.get_person_info, paths.get_business_info)")
    return found
