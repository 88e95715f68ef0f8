"""What the doctor wants to know of imts: credentials, keys, the mapping, and which reading of the signature is meant.

Only three methods are called: Get token, Get agents and fees; nothing is created. Some twenty requests go out, one
for each reading of the signature among them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.declaration import CLIENTS, Agent, Declaration
from conformance.contracts.imts.judgement import story, took_effect
from conformance.contracts.imts.messages import Message
from conformance.contracts.imts.signature import SignatureReading, readings, shortest
from conformance.contracts.imts.wire import KNOWN_PATHS, SALT, Method, Number
from conformance.engine.finding import Finding, Owner, Severity, fine, stop, warning
from conformance.engine.session import Session
from conformance.errors import UnreadableReply

_CONFIGURED = Owner.CONFIGURATION
_DECIMALS = 4  # of an amount at most
_NAME = re.compile(r"[A-Za-z_]\w{0,39}", re.ASCII)
_MADE_UP = "0" * 64  # no HMAC that anybody will meet


@dataclass(frozen=True, slots=True)
class Trial:
    """One fees message under one reading, and what came of it."""

    reading: SignatureReading
    has_salt: bool
    answer: Answer

    @property
    def is_accepted(self) -> bool:
        return took_effect(self.answer)

    @property
    def words(self) -> str:
        return self.reading.words if self.has_salt else f"no pg_salt sent, {self.reading.words.partition(', ')[2]}"


# --- looks that send nothing ----------------------------------------------------------------------------------


def keys(session: Session) -> Iterator[Finding]:
    """The form of each key, and whether the two agents are two. Nothing is sent."""
    declaration = _declaration(session)
    auth, other = declaration.auth, declaration.auth.other
    if auth.partner_key is None:
        remedy = "without it nothing can be encrypted, and no rule of the heading encryption be observed"
        yield warning("key", _CONFIGURED, "auth.partner_key: not given", remedy)
    else:
        declaration.encryption.reading.key(auth.partner_key, "auth.partner_key")
        yield fine("key", f"auth.partner_key: 32 bytes as {declaration.encryption.key_form}", _CONFIGURED)
    if auth.agent_secret != auth.agent_secret.strip():
        text = "auth.agent_secret: begins or ends with a blank, which is signed with it"
        yield warning("key", _CONFIGURED, text, "see that the blank was issued, too")
    if other is None:
        remedy = "give the credentials of another agent in [auth.other]"
        yield warning("second agent", _CONFIGURED, "none is declared; rules on other agents are left out", remedy)
        return
    same = [name for name in Agent.model_fields if getattr(auth, name) and getattr(auth, name) == getattr(other, name)]
    if same:
        text = f"auth.other has the same {', '.join(same)} as auth"
        yield warning("second agent", _CONFIGURED, text, "give the credentials of an agent of its own")


def settings(session: Session) -> Iterator[Finding]:
    """Settings without which rules are not applicable or stay inconclusive. Nothing is sent."""
    declaration = _declaration(session)
    unmapped = [f"paths.{one.key}" for one in Method if one not in KNOWN_PATHS and declaration.path(one) is None]
    clients = declaration.clients.by_name
    given = {
        "auth.expired_token": declaration.auth.expired_token is not None,
        "transfer.target_agent_id": declaration.transfer.target_agent_id is not None,
        "callbacks.address": declaration.callbacks.address is not None,
        "values.personal_data": declaration.values.personal_data is not None,
        **{f"clients.{name}": name in clients for name in CLIENTS},
    }
    if absent := [*unmapped, *(name for name, is_given in given.items() if not is_given)]:
        remedy = "map or give what the target has; what needs the rest is not applicable, or inconclusive"
        yield warning("settings", _CONFIGURED, f"not given: {', '.join(absent)}", remedy)
    else:
        yield fine("settings", "all that checks may need is given", _CONFIGURED)


# --- credentials ----------------------------------------------------------------------------------------------


def tokens(session: Session) -> Iterator[Finding]:
    """Whether the credentials of each agent give a token."""
    partner, auth = Partner(session), _declaration(session).auth
    if not partner.maps(Method.GET_TOKEN):
        yield fine("access", "auth.access_token is taken as it is: paths.get_token is not mapped", _CONFIGURED)
        return
    own = list(_given_tokens(partner, "auth", is_needed=auth.access_token is None))
    yield from own
    if auth.other is not None and all(finding.severity is Severity.FINE for finding in own):
        yield from _given_tokens(partner.as_other(), "auth.other", is_needed=False)


def agents(session: Session) -> Iterator[Finding]:
    """Whether the token opens the list of agents, where that is mapped."""
    partner, auth = Partner(session), _declaration(session).auth
    if not partner.maps(Method.GET_AGENTS):
        return
    answer = partner.send(partner.message(Method.GET_AGENTS))
    told = f"answered with {story(answer)}"
    if answer.status == 401:
        yield _not_let_in(auth, f"the list of agents is {told}")
        return
    if not took_effect(answer):
        remedy = "check the path, and whether this agent may see the list"
        yield warning("agents", _owner(answer), f"paths.get_agents: {told}", remedy)
        return
    yield fine("agents", f"the list of agents is {told}")
    yield from _mapped(answer, "agent_id")
    if auth.expired_token is not None:
        late = partner.send(partner.message(Method.GET_AGENTS), token=auth.expired_token)
        if took_effect(late):
            text = f"auth.expired_token: opens the list of agents ({story(late)})"
            remedy = "give one whose time is over; if it is, the target does not end its tokens"
            yield warning("access", _CONFIGURED, text, remedy)


def _not_let_in(auth: Agent, what: str) -> Finding:
    """401 with the token that all requests have."""
    if auth.access_token is not None:
        return stop("access", _CONFIGURED, f"auth.access_token: {what}", "give a token that is in force")
    remedy = "see whether values.access_token points to the access token; if it does, the target does not know its own"
    return stop("access", Owner.TARGET, f"the token that Get token gave: {what}", remedy)


def _given_tokens(partner: Partner, place: str, *, is_needed: bool) -> Iterator[Finding]:
    """Get token with the credentials of one agent, and the places of both tokens in its answer."""
    grave = stop if is_needed else warning
    answer = partner.send(partner.message(Method.GET_TOKEN), token=None)
    if not took_effect(answer):
        remedy = {
            404: "check paths.get_token",
            405: "check paths.get_token",
        }.get(answer.status, f"check {place}.agent_id, {place}.agent_secret and [members.get_token]")
        yield grave("access", _owner(answer), f"{place}: Get token is answered with {story(answer)}", remedy)
        return
    try:
        access, refresh = partner.tokens_of(answer)
    except UnreadableReply as fault:
        text = f"{place}: Get token is answered without an access token ({fault})"
        remedy = f"say in values.access_token where it stands{_members_of(answer)}"
        yield grave("access", _CONFIGURED, text, remedy)
        return
    partner.keep(access)
    yield fine("access", f"{place}: the credentials give a token")
    if refresh is None and partner.maps(Method.REFRESH_TOKEN):
        text = f"{place}: nothing stands where values.refresh_token points to in the answer to Get token"
        remedy = f"say where it stands, or leave paths.refresh_token out{_members_of(answer)}"
        yield warning("access", _CONFIGURED, text, remedy)


# --- the reading of the signature -----------------------------------------------------------------------------


def signature(session: Session) -> Iterator[Finding]:
    """One fees message per reading: exactly one is accepted, and it is the declared one."""
    partner, declaration = Partner(session), _declaration(session)
    if not partner.is_signed(Method.FEES):
        text = "cannot be probed: fees is declared as not signed (signature.unsigned)"
        yield warning("signature", _CONFIGURED, text, "the checks will tell, or sign fees as well")
        return
    if took_effect(partner.send_signed(_question(partner, with_salt=declaration.signature.send_salt), _MADE_UP)):
        text = (
            "a fees message with a made up pg_sig is accepted: the target does not look at it, and anybody can change "
        )
        text += "what is sent"
        remedy = "have the target refuse it; which reading it means cannot be told before"
        yield warning("signature", Owner.TARGET, text, remedy)
        return
    tried: list[list[Trial]] = []
    for with_salt in (declaration.signature.send_salt, not declaration.signature.send_salt):
        trials = [_tried(partner, reading, with_salt) for reading in _distinct(declaration, with_salt)]
        accepted = [trial for trial in trials if trial.is_accepted]
        if accepted:
            yield from _judged(declaration, accepted, len(trials))
            yield from _mapped(accepted[0].answer, "fee", "outcome")
            return
        tried.append(trials)
    yield _none_accepted(declaration, tried)


def _question(partner: Partner, *, with_salt: bool) -> Message:
    """A fees message under which each reading signs another text: a trailing zero, and a salt of its own."""
    amount = ends_in_zero(partner.declaration.fees.amount_source)
    message = partner.quote(amount_source=Number(amount)).without(SALT)
    return message.changed(**{SALT: partner.new_salt()}) if with_salt else message


def ends_in_zero(amount: str) -> str:
    """An amount near this one, whose shortest form is another text."""
    if shortest(amount) != amount:
        return amount
    whole, _, decimals = amount.partition(".")
    if not decimals:
        return f"{whole}.50"
    return f"{amount}0" if len(decimals) < _DECIMALS else f"{whole}.{decimals[:-1]}0"


def _distinct(declaration: Declaration, with_salt: bool) -> list[SignatureReading]:
    """The readings that differ; without a salt it does not matter whether it is signed."""
    own = declaration.signature.salt_is_signed
    return [one for one in readings() if with_salt or one.salt_is_signed is own]


def _tried(partner: Partner, reading: SignatureReading, with_salt: bool) -> Trial:
    message = _question(partner, with_salt=with_salt)
    return Trial(reading, with_salt, partner.send_signed(message, partner.signature(message, reading)))


def _judged(declaration: Declaration, accepted: Sequence[Trial], count: int) -> Iterator[Finding]:
    declared, first = declaration.signature, accepted[0]
    told = "; ".join(trial.words for trial in accepted)
    is_declared = first.has_salt is declared.send_salt and any(one.reading == declared.reading for one in accepted)
    if len(accepted) > 1:
        text = f"{len(accepted)} of {count} readings of pg_sig are accepted, so it binds less than it should: {told}"
        remedy = "have the target accept one only (IMTS-SIGNATURE-13)"
        yield warning("signature", Owner.TARGET, text, remedy)
    if not is_declared:
        text = f"the declared reading of pg_sig is not accepted, but this one is: {first.words}"
        remedy = f"write in [signature]: {lines_for(declaration, first.reading, first.has_salt)}"
        yield stop("signature", _CONFIGURED, text, remedy)
    elif len(accepted) == 1:
        yield fine("signature", f"the declared reading of pg_sig is accepted, and no other of {count}: {told}")


def lines_for(declaration: Declaration, reading: SignatureReading, with_salt: bool) -> str:
    """The lines of the table [signature] that have to change."""
    declared = declaration.signature
    wanted = {
        "salt_is_signed": reading.salt_is_signed,
        "key": reading.key,
        "secret_is_appended": reading.secret_is_appended,
        "numbers": reading.numbers,
        "send_salt": with_salt,
    }
    changed = {name: value for name, value in wanted.items() if getattr(declared, name) != value}
    return ", ".join(f"{name} = {json.dumps(value)}" for name, value in changed.items())


def _none_accepted(declaration: Declaration, tried: Sequence[Sequence[Trial]]) -> Finding:
    """What to look at, by what the target said to good requests, with a salt and without."""
    answers = [trial.answer for trials in tried for trial in trials]
    seen = ", ".join(sorted({story(answer) for answer in answers}))
    text = f"no reading of pg_sig is accepted for fees, with pg_salt or without: {seen}"
    statuses = {answer.status for answer in answers}
    if odd := next(filter(None, map(_answered_otherwise, tried)), None):
        remedy = (
            f"one of them is answered otherwise ({story(odd.answer)}), so it is probably the one that is meant: "
            f"{odd.words}; then the target refuses the values of [fees] or [members.fees], so see what it serves"
        )
    elif statuses == {401}:
        source = "auth.access_token" if declaration.auth.access_token is not None else "the token that Get token gave"
        remedy = f"401 to all: see whether {source} is in force; if it is, check auth.agent_secret"
    elif statuses <= {404, 405}:
        remedy = "check target.base_url and paths.fees: nothing takes fees there"
    elif statuses == {429}:
        return stop("signature", Owner.TARGET, text, "wait until the limit lets this agent in, or lower limits.max_rps")
    elif all(answer.status >= 500 for answer in answers):
        return stop("signature", Owner.TARGET, text, "mend the target; it fails at a good request")
    else:
        remedy = (
            "check auth.agent_secret (that of this agent, whole, without blanks), then the values of [fees] and "
            "[members.fees] (does the target serve this country and these currencies?)"
        )
    return stop("signature", _CONFIGURED, text, remedy)


def _answered_otherwise(trials: Sequence[Trial]) -> Trial | None:
    """The one to which the answer was another than to all others; None where there is none."""
    seen = [story(trial.answer) for trial in trials]
    odd = [trial for trial, told in zip(trials, seen, strict=True) if seen.count(told) == 1]
    return odd[0] if len(odd) == 1 and len({*seen}) == 2 and odd[0].answer.status < 500 else None


def _mapped(answer: Answer, *names: str) -> Iterator[Finding]:
    """Whether something stands where values are mapped to; those of transfers show only where one is created."""
    for name in names:
        pointer = answer.declaration.values.pointer(name, answer.method)
        if pointer is None:
            continue
        where = f'"{pointer}" in the answer to {answer.method}'
        if answer.value_or_none(name) is None:
            remedy = f"say where it stands{_members_of(answer)}"
            yield warning("mapping", _CONFIGURED, f"values.{name}: nothing stands at {where}", remedy)
        else:
            yield fine("mapping", f"values.{name}: stands at {where}", _CONFIGURED)


LOOKS = (keys, settings, tokens, agents, signature)
"""In order; those that send nothing come first."""


def _declaration(session: Session) -> Declaration:
    declaration: Declaration = session.declaration  # type: ignore[assignment]
    return declaration


def _owner(answer: Answer) -> Owner:
    """Whose an unwanted answer is: a fault of the server is the target's."""
    return Owner.TARGET if answer.status >= 500 else _CONFIGURED


def _members_of(answer: Answer) -> str:
    """The names that an answer has, which are no secret; none where it is no object."""
    try:
        value = answer.json.value
    except UnreadableReply:
        return ""
    names = [name for name in value if _NAME.fullmatch(name)] if isinstance(value, dict) else []
    return f" (the answer has: {', '.join(names[:12])})" if names else ""
