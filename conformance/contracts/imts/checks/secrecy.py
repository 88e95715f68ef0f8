"""imts encryption, signature: personal data is never in clear, secrets are never told.

These checks judge the run as a whole, after all others: every recorded answer counts, with its headers, in clear, in
hex, in Base64, percent-encoded and escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from conformance.contracts.imts.carriers import REGISTRATIONS, good, registrations
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.exposure import nothing_shown
from conformance.contracts.imts.judgement import served, took_effect
from conformance.contracts.imts.notices import NOTICES, notices, walked
from conformance.contracts.imts.seen import asked, name_of
from conformance.contracts.imts.trouble import trouble
from conformance.contracts.imts.wire import QUESTIONS, Method
from conformance.engine.check import check
from conformance.engine.observation import expect, given, lacking, none_found
from conformance.transport.insides import insides_in
from conformance.transport.recorder import Exchange

TELLING_HEADERS = ("X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "X-Runtime")
WRONG = "0" * 64  # no signature of anything
_VERSION = re.compile(r"\d+\.\d+")


@check("IMTS-SECRECY-01", exclusive=True)
def no_answer_shows_personal_data_in_clear(partner: Partner) -> None:
    """
    No answer of the run shows what was registered of a person or business, or sent of a recipient.

    Data was accepted and asked for; and good data was refused for other reasons: with an empty member, under a wrong
    signature, for a transfer that is paid out. What else the configuration names may show (MTR42).
    """
    partner.recall("data in use", lambda: _use_data(partner))
    nothing_shown(
        partner, "personal data in clear", asked(partner), lambda one: one.reply, lambda: personal_data(partner)
    )


@check("IMTS-SECRECY-02", exclusive=True)
def no_callback_shows_personal_data_in_clear(partner: Partner) -> None:
    """No notification of the run does: on transfers of a registered sender to a recipient."""
    walked(partner)
    given("a notification at callbacks.address", bool(notices(partner)), True)
    came = [exchange for exchange in partner.recorded() if exchange.purpose == NOTICES]
    nothing_shown(partner, "personal data in callbacks", came, lambda one: one.request, lambda: personal_data(partner))


def _use_data(partner: Partner) -> None:
    """Everything that may show data is asked for, and good data sent where it is refused for another reason."""
    finished = partner.shared(Method.PAYOUT_CONFIRM)
    for question in sorted(QUESTIONS):
        if partner.maps(question):
            partner.send(partner.message(question, finished))
    for method, message, data in registrations(partner):
        info = Method.PERSON_INFO if method is Method.CREATE_PERSON else Method.BUSINESS_INFO
        if partner.maps(info):
            partner.send(partner.message(info, client_id=partner.client_id(REGISTRATIONS[method])))
        partner.send(message().changed(**partner.encrypted({**data, [*data][-1]: ""})))
        partner.send_signed(message().changed(**good(partner, data)), WRONG)
    recipient = partner.data_of("recipient")
    if recipient is not None:
        payout = partner.message(Method.PAYOUT, finished).changed(**good(partner, recipient))
        partner.send(payout)
        partner.send_signed(payout, WRONG)


def personal_data(partner: Partner) -> Mapping[str, bytes]:
    """What may show nowhere, by its place in the configuration; names by which AML rejects are words of a test."""
    declaration = partner.declaration
    public = {*declaration.placeholders.values(), *declaration.transfer.by_type.values()}
    return {
        f"clients.{who}.{member}": value.encode("utf-8")
        for who, data in declaration.clients.by_name.items()
        if not who.startswith("rejected")
        for member, value in data.items()
        if member not in declaration.clients.codes and value not in public
    }


@check("IMTS-SECRECY-03", exclusive=True)
def no_answer_shows_agent_secret_or_partner_key(partner: Partner) -> None:
    """No answer of the run does, to whichever request; the key counts as it is configured, and by its bytes."""
    partner.shared(Method.PAYOUT_CONFIRM)
    if partner.maps(Method.GET_TOKEN):
        partner.new_tokens()
    if partner.maps(Method.GET_AGENTS):
        served("a good question (get_agents)", partner.send(partner.message(Method.GET_AGENTS)))
    nothing_shown(partner, "secrets in answers", asked(partner), lambda one: one.reply, lambda: secrets(partner))


def secrets(partner: Partner) -> Mapping[str, bytes]:
    """Secrets and keys of the agents whose parts the suite plays, by their place in the configuration."""
    auth, reading = partner.declaration.auth, partner.declaration.encryption.reading
    found = {}
    for place, agent in (("auth", auth), ("auth.other", auth.other)):
        if agent is not None:
            found[f"{place}.agent_secret"] = agent.agent_secret.encode("utf-8")
            if agent.partner_key is not None:
                found[f"{place}.partner_key"] = agent.partner_key.encode("utf-8")
                found[f"{place}.partner_key in bytes"] = reading.key(agent.partner_key)
    return found


@check("IMTS-SECRECY-04")
def no_refusal_tells_the_signature_that_would_have_fit(partner: Partner) -> None:
    """A fees message with a wrong signature, and one without any, are refused; the right one is not in the answer."""
    message = partner.quote()
    served("a good fees message", partner.send(message))
    if not partner.is_signed(Method.FEES):
        lacking("a signature of fees messages (signature.unsigned)")
    for what, signature in (("another signature", WRONG), ("no signature", None)):
        answer = partner.send_signed(message, signature)
        given(f"answer to fees with {what}", took_effect(answer), False)
        nothing_shown(
            partner,
            f"right signature in the answer to fees with {what}",
            [answer.exchange],
            lambda one: one.reply,
            lambda: signatures(partner.signature(message)),
        )


def signatures(text: str) -> Mapping[str, bytes]:
    """A signature as it may be told."""
    return {"pg_sig": text.encode(), "pg_sig in capitals": text.upper().encode(), "its bytes": bytes.fromhex(text)}


@check("IMTS-SECRECY-05", exclusive=True)
def no_refusal_tells_of_the_software_behind_the_system(partner: Partner) -> None:
    """No refusal or fault of the run shows a stack trace, an exception, SQL, or the version of a server."""
    trouble(partner)
    refusals = [one.exchange for one in partner.answers() if not took_effect(one)]
    given("refused requests", bool(refusals), True)
    telling = {f"{what} in {name_of(one)}": one for one in refusals for what in insides_of(one)}
    evidence = next(iter(telling.values()), None)
    expect("what refusals tell of the software", sorted(telling), none_found, evidence=evidence)


def insides_of(exchange: Exchange) -> list[str]:
    if exchange.reply is None:
        return []
    found = insides_in(exchange.reply.body)
    found += [f"the header {name}" for name in TELLING_HEADERS if exchange.reply.header(name) is not None]
    return found + (["the version of a server"] if _VERSION.search(exchange.reply.header("Server") or "") else [])
