"""imts, all methods: a refusal is an answer, and looks like one.

Some checks judge the run as a whole: every recorded exchange counts, besides some bad requests of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.judgement import refused, served, story, told_once, took_effect
from conformance.contracts.imts.messages import Message, Transfer
from conformance.contracts.imts.seen import asked, distinct, name_of
from conformance.contracts.imts.trouble import trouble
from conformance.contracts.imts.wire import SIGNATURE, STEPS, Method, Number, body_of
from conformance.engine.check import check
from conformance.engine.observation import expect, given, none_found
from conformance.errors import NoAnswer, UnreadableReply
from conformance.transport.message import Request
from conformance.transport.recorder import Exchange

MOST_REPEATED = 10  # each costs three exchanges
MOST_SILENT = 3  # each may cost a time-out
LARGEST = 64 * 1024  # bytes of a request that a front end may drop without a word
NOT_IMPLEMENTED = 501  # what RFC 9110 (15.6.2) says of a method that a server does not know

SIX = (Method.FEES, Method.CREATE, Method.CONFIRM, Method.PAYOUT, Method.PAYOUT_CONFIRM, Method.CANCEL)
BROUGHT: Mapping[Method, str] = {
    Method.GET_TOKEN: "access_token",
    Method.REFRESH_TOKEN: "access_token",
    Method.FEES: "fee",
    Method.CREATE_PERSON: "client_id",
    Method.CREATE_BUSINESS: "client_id",
}
"""What an accepted request alone brings. A refused create may name the transfer that was there before."""


@check("IMTS-REFUSALS-01", exclusive=True)
def no_request_makes_the_system_fail(partner: Partner) -> None:
    """
    No request of the run is answered with 500 or above: what is wrong is refused, not stumbled over.

    A request that was is sent once more, between two good ones. Where it fails again it counts; where it does not,
    the system may have been out of order for a while, and the rule is left open. 501 for an HTTP method is an answer.
    """
    trouble(partner)
    seen = distinct(one for one in asked(partner) if has_failed(one))
    again = [(one, tried_again(partner, one)) for one in seen[:MOST_REPEATED]]
    failing = [one for one, answer in again if answer is not None and has_failed(answer.exchange)]
    found = sorted({name_of(one) for one in failing})
    expect("requests that make the system fail", found, none_found, evidence=failing[0] if failing else None)
    given("requests that made the system fail once", [name_of(one) for one in seen], none_found)


def has_failed(exchange: Exchange) -> bool:
    return exchange.reply is not None and exchange.reply.status >= 500 and exchange.reply.status != NOT_IMPLEMENTED


@check("IMTS-REFUSALS-02", exclusive=True)
def every_request_is_answered(partner: Partner) -> None:
    """
    Every request gets an answer, also a bad one; oversized ones are left out.

    A request that stayed without one is sent once more, between two good ones that are answered: so it is no outage.
    """
    trouble(partner)
    seen = distinct(one for one in asked(partner) if one.reply is None and len(one.request.body) <= LARGEST)
    silent = [one for one in seen[:MOST_SILENT] if tried_again(partner, one) is None]
    found = sorted({name_of(one) for one in silent})
    expect("requests that stay without answer", found, none_found, evidence=silent[0] if silent else None)


@check("IMTS-REFUSALS-03", exclusive=True)
def no_refusal_looks_like_a_success(partner: Partner) -> None:
    """
    No answer of the run with a status of 400 to 499 brings what only an accepted request does.

    That is a token, a fee or the id of a client, or the outcome that accepted requests of this method tell.
    """
    trouble(partner)
    seen = list(partner.answers())
    outcomes = {(one.method, str(one.value_or_none("outcome"))) for one in seen if took_effect(one)}
    untrue = [one for one in seen if 400 <= one.status < 500 and _looks_good(one, outcomes)]
    found = sorted({name_of(one.exchange) for one in untrue})
    evidence = untrue[0].exchange if untrue else None
    expect("refusals that look like a success", found, none_found, evidence=evidence)


def _looks_good(answer: Answer, outcomes: set[tuple[Method, str]]) -> bool:
    if answer.declaration.values.pointer("outcome", answer.method) is not None:
        outcome = answer.value_or_none("outcome")
        return outcome is not None and (answer.method, str(outcome)) in outcomes
    return answer.method in BROUGHT and answer.value_or_none(BROUGHT[answer.method]) not in (None, "")


@check("IMTS-REFUSALS-04", exclusive=True)
def what_is_accepted_is_answered_with_a_json_object(partner: Partner) -> None:
    """
    Every answer of the run that a request to one of the six published methods was carried out; any 2xx (MTR49).

    A step whose answers have no mapped value may be answered in any form.
    """
    partner.shared(Method.PAYOUT_CONFIRM)
    seen = [one for one in partner.answers() if one.method in SIX and tells_something(one) and took_effect(one)]
    given("accepted requests", bool(seen), True)
    for method, status in sorted({(one.method.value, one.status) for one in seen}):
        told_once("MTR49", f"{method}: HTTP {status}")
    faulty = {fault: one.exchange for one in seen for fault in _faults_of_form(one)}
    expect("faults of the form of answers", sorted(faulty), none_found, evidence=next(iter(faulty.values()), None))


def tells_something(answer: Answer) -> bool:
    """Whether the mapping says that answers of this method tell something."""
    names = ("status", "outcome") if answer.method in STEPS else ("fee", "transfer_id")
    return any(answer.declaration.values.pointer(name, answer.method) is not None for name in names)


@check("IMTS-REFUSALS-05", exclusive=True)
def a_refusal_that_says_it_is_json_is_an_object(partner: Partner) -> None:
    """Every refusal of the run whose Content-Type is JSON can be read as an object; others are free (MTR08)."""
    trouble(partner)
    seen = [one for one in partner.answers() if one.status < 500 and not took_effect(one)]
    given("refused requests", bool(seen), True)
    faulty = {fault: one.exchange for one in seen if _is_typed(one) for fault in _faults_of_form(one)}
    expect("faults of the form of refusals", sorted(faulty), none_found, evidence=next(iter(faulty.values()), None))


def _is_typed(answer: Answer) -> bool:
    """Whether an answer says that it is JSON."""
    kind = (answer.header("Content-Type") or "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _faults_of_form(answer: Answer) -> list[str]:
    found = [] if _is_typed(answer) else [f"{answer.method.value} is answered as {answer.header('Content-Type')}"]
    try:
        if not isinstance(answer.json.value, dict):
            found.append(f"{answer.method.value} is answered with JSON that is no object")
    except UnreadableReply as fault:
        found.append(f"{answer.method.value}: {fault}")
    return found


# --- bodies -----------------------------------------------------------------------------------------------------


@check("IMTS-REFUSALS-06")
def a_body_that_is_no_json_object_is_refused(partner: Partner) -> None:
    """
    The very members of a good message, well signed, in something else than one JSON object.

    At fees and create a good message is accepted beside them; at the steps one transfer takes the good ones after.
    """
    quote = partner.quote()
    served("a good fees message", partner.send(quote))
    partner.created()
    for message in (partner.quote(), partner.creation()):
        _refused_bodies(partner, message)
    transfer = partner.walked(None)
    for method in (Method.CONFIRM, Method.PAYOUT, Method.PAYOUT_CONFIRM):
        _refused_bodies(partner, partner.step(method, transfer))
        transfer = partner.stepped(transfer, partner.step(method, transfer))
    transfer = partner.walked(None)
    _refused_bodies(partner, partner.step(Method.CANCEL, transfer))
    partner.stepped(transfer, partner.step(Method.CANCEL, transfer))


def _refused_bodies(partner: Partner, message: Message) -> None:
    for what, form in BODIES.items():
        body = form(partner.body(message))
        refused(f"{message.method.value} with {what}", partner.send_body(message, body))
    if message.method is not Method.CREATE:  # what it names of a person would stand percent-encoded on record
        body = _as_form(partner.body(message), message)
        kind = "application/x-www-form-urlencoded"
        refused(f"{message.method.value} with a form", partner.send_body(message, body, content_type=kind))


def _as_form(body: bytes, message: Message) -> bytes:
    whole = {**message.members, SIGNATURE: json.loads(body).get(SIGNATURE, "")}
    pairs = {name: value.text if isinstance(value, Number) else value for name, value in whole.items()}
    return urlencode(pairs).encode("ascii")


BODIES: Mapping[str, Callable[[bytes], bytes]] = {
    "no body": lambda _: b"",
    "a list around the object": lambda body: b"[" + body + b"]",
    "the object as a text": lambda body: json.dumps(body.decode("utf-8")).encode("utf-8"),
    "an object cut off": lambda body: body[:-1],
    "an object and more": lambda body: body + b"}",
    "a comma after the last member": lambda body: body[:-1] + b",}",
    "null": lambda _: b"null",
}


@check("IMTS-REFUSALS-09")
def a_body_in_which_one_member_stands_twice_is_refused(partner: Partner) -> None:
    """A second country or transfer beside the good one, in either order; signed with the one, and with the other."""
    served("a good fees message", partner.send(partner.quote()))
    transfer = partner.walked(None)
    step = partner.step(Method.CONFIRM, transfer)
    named = next((name for name, value in step.members.items() if value == transfer.id), None)
    _refused_twice(partner, partner.quote(), "target_country", "XXX")
    if named is not None:
        _refused_twice(partner, step, named, partner.new_uuid())
    partner.stepped(transfer, step)


def _refused_twice(partner: Partner, message: Message, name: str, other: str) -> None:
    good = message.members[name]
    for signed, first in ((good, True), (good, False), (other, True), (other, False)):
        body = partner.body(message.changed(**{name: signed}))
        mate = body_of({name: other if signed == good else good})[1:-1]
        twice = b"{" + mate + b"," + body[1:] if first else body[:-1] + b"," + mate + b"}"
        what = f"{message.method.value} with a second {name} {'before' if first else 'behind'} the signed one"
        refused(what, partner.send_body(message, twice))


# --- effects ----------------------------------------------------------------------------------------------------


@check("IMTS-REFUSALS-07")
def a_refused_request_has_no_effect(partner: Partner) -> None:
    """
    After each refused step the transfer has the status that it had, and the good step is still accepted.

    The steps are cut off, and the payout is sent with data that cannot be read.
    """
    transfer = partner.walked(None)
    given("status of the transfer", transfer.status is None, False, missing="values.status or paths.status")
    for method in (Method.CONFIRM, Method.PAYOUT, Method.PAYOUT_CONFIRM):
        _without_effect(partner, transfer, method)
        transfer = partner.stepped(transfer, partner.step(method, transfer))
    transfer = partner.walked(None)
    _without_effect(partner, transfer, Method.CANCEL)
    partner.stepped(transfer, partner.step(Method.CANCEL, transfer))


def _without_effect(partner: Partner, transfer: Transfer, method: Method) -> None:
    for what, answer in _refused_steps(partner, transfer, method):
        given(f"{what} is carried out ({story(answer)})", took_effect(answer), False)
        status = partner.seen_status(transfer, None)
        expect(f"status after {what}, which was refused", status or transfer.status, transfer.status)


def _refused_steps(partner: Partner, transfer: Transfer, method: Method) -> list[tuple[str, Answer]]:
    message = partner.step(method, transfer)
    found = [(f"{method.value} cut off", partner.send_body(message, partner.body(message)[:-1]))]
    if method is Method.PAYOUT and partner.data_of("recipient") is not None:
        unreadable = message.changed(**partner.encrypted(b"nobody"))
        found.append(("payout with data that cannot be read", partner.send(unreadable)))
    return found


@check("IMTS-REFUSALS-08")
def an_unknown_path_or_http_method_is_refused(partner: Partner) -> None:
    """A good fees message, at a path that does not exist and under HTTP methods that fees does not have."""
    message = partner.quote()
    good = served("a good fees message", partner.send(message)).exchange.request
    unknown = f"/v5/partner/transfer/{partner.new_salt()}"
    requests = {f"{verb} {message.target}": (verb, message.target) for verb in ("PUT", "DELETE", "PATCH")}
    for what, (verb, target) in {**requests, "a path that does not exist": ("POST", unknown)}.items():
        answer = partner.send_request(Method.FEES, Request(verb, target, good.headers, good.body))
        if answer.status != NOT_IMPLEMENTED:
            refused(what, answer)


# --- once more ---------------------------------------------------------------------------------------------------


def tried_again(partner: Partner, exchange: Exchange) -> Answer | None:
    """The answer to the same request, None where none comes; a good one is served before and after it."""
    served("a good fees message before the request", partner.send(partner.quote()))
    method = partner.method_of(exchange.request) or Method.FEES
    try:
        answer = partner.send_request(method, exchange.request)
    except NoAnswer:
        answer = None
    served("a good fees message after the request", partner.send(partner.quote()))
    return answer
