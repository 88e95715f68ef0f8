"""imts signature: an HMAC over the values of a request; what was changed or keyed otherwise is refused.

Fees change nothing at the target, so what one rule asks is tried there; SIGNATURE-18 goes over all other methods. Each
refused request is a good one but for what its check names.
"""

from __future__ import annotations

from typing import Any

from conformance.contracts.imts import forgeries
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.damages import (
    UNKNOWN,
    another_amount,
    at_each_method,
    creation_is_checked,
    free_member,
    refused_instead,
    salt_is_signed,
    served_quote,
    signed_but_fees,
    tell_of_moved_semicolons,
    wrong_signatures_count,
)
from conformance.contracts.imts.judgement import accepted, refused, served, told_once, took_effect
from conformance.contracts.imts.messages import Message
from conformance.contracts.imts.signature import readings, signed_names, value_text
from conformance.contracts.imts.wire import SALT, SIGNATURE, Method, Number, body_of
from conformance.engine.check import check
from conformance.engine.observation import given, lacking, not_applicable

# --- what is accepted -----------------------------------------------------------------------------------------


@check("IMTS-SIGNATURE-01")
def a_request_that_is_signed_as_declared_is_accepted(partner: Partner) -> None:
    """
    A question for fees is served, wherever its members and its pg_sig stand in the body.

    A wrong pg_sig is refused before, so that it is not just anything that is served.
    """
    wrong_signatures_count(partner)
    for order in (list, sorted, lambda names: sorted(names, reverse=True)):
        message = partner.quote()
        whole = {**message.members, SIGNATURE: partner.signature(message)}
        body = body_of({name: whole[name] for name in order(whole)})
        accepted(f"a signed fees message that ends with {[*order(whole)][-1]}", partner.send_body(message, body))


@check("IMTS-SIGNATURE-15")
def a_number_is_signed_in_the_declared_form(partner: Partner) -> None:
    """
    Two spellings of one amount are both served, or neither is, each signed in the declared form.

    100 and 100.00, 100.5 and 100.50: what programs write in another way than they read it.
    """
    wrong_signatures_count(partner)
    whole = partner.declaration.fees.amount_source.partition(".")[0]
    tried = 0
    for spellings in ((whole, f"{whole}.00"), (f"{whole}.5", f"{whole}.50")):
        answers = {text: partner.send(partner.quote(amount_source=Number(text))) for text in spellings}
        if any(map(took_effect, answers.values())):
            tried += 1
            for text, answer in answers.items():
                accepted(f"fees for an amount of {text}", answer)
    given("amounts that are served", tried > 0, True)


@check("IMTS-SIGNATURE-16")
def the_salt_is_signed_as_declared(partner: Partner) -> None:
    """
    A salt that equals another value is served like any other, and one that is signed cannot be exchanged.

    Whether it is signed is the reading of the target, which SIGNATURE-13 holds it to.
    """
    if not partner.declaration.signature.send_salt:
        not_applicable("requests carry no pg_salt (signature.send_salt)")
    if salt_is_signed(partner):
        message, signature = served_quote(partner, pg_salt=f"{partner.new_salt()}abc")
        for what, salt in {
            "another salt": partner.new_salt(),
            "the salt in capitals": str(message.members[SALT]).upper(),
            "a salt that goes on": f"{message.members[SALT]}0",
        }.items():
            refused(f"fees with {what}", partner.send_signed(message.changed(pg_salt=salt), signature))
    wrong_signatures_count(partner)
    served_quote(partner, pg_salt="QQQ")
    twin = partner.quote(pg_salt=partner.declaration.fees.currency_source)
    accepted("fees with a salt that equals another value", partner.send(twin))


@check("IMTS-SIGNATURE-19")
def letters_beyond_ascii_are_signed_in_utf_8(partner: Partner) -> None:
    """A value in Cyrillic, Kazakh letters among them, is served with the HMAC of its UTF-8, as a Latin one is."""
    name = free_member(partner)
    wrong_signatures_count(partner)
    served_quote(partner, **{name: "aqsha audarymy"})
    accepted("fees with a value in Cyrillic", partner.send(partner.quote(**{name: "ақша аударымы"})))


# --- what was changed -----------------------------------------------------------------------------------------


@check("IMTS-SIGNATURE-02")
def a_changed_value_is_refused(partner: Partner) -> None:
    """
    A question for fees in which one value is another than was signed is refused.

    Each value is a good one: signed with it the question is served. The salt has its own check (SIGNATURE-16).
    """
    message, signature = served_quote(partner)
    changes = {
        "amount_source": another_amount(partner),
        "originator_type": "business" if message.members["originator_type"] == "person" else "person",
        "currency_source": message.members["currency_target"],
        "currency_target": message.members["currency_source"],
    }
    tried = 0
    for name, value in changes.items():
        if value != message.members[name] and took_effect(partner.send(partner.quote(**{name: value}))):
            tried += 1
            answer = partner.send_signed(message.changed(**{name: value}), signature)
            refused(f"fees with another {name} than was signed", answer)
    given("other values that are served when they are signed", tried > 0, True)


@check("IMTS-SIGNATURE-03")
def a_removed_member_is_refused(partner: Partner) -> None:
    """
    A request from which a member that may be missing was removed after it was signed is refused.

    It is the salt of a question, or target_agent_id of create; without it both are served where they are signed so.
    """
    tried = 0
    if salt_is_signed(partner) and took_effect(partner.send(partner.quote().without(SALT))):
        tried += 1
        message, signature = served_quote(partner)
        refused("fees without the salt that was signed", partner.send_signed(message.without(SALT), signature))
    if partner.declaration.transfer.target_agent_id is not None and creation_is_checked(partner):
        tried += 1
        served("a good create message on demand", partner.send(partner.creation().without("target_agent_id")))
        message = partner.creation(directed=True)
        answer = partner.send_signed(message.without("target_agent_id"), partner.signature(message))
        refused("create without the target_agent_id that was signed", answer)
        served("a good directed create message", partner.send(message))
    if not tried:
        lacking("a member that may be missing: a signed pg_salt, or transfer.target_agent_id")


@check("IMTS-SIGNATURE-04")
def an_added_member_is_refused(partner: Partner) -> None:
    """
    A request to which a member was added after it was signed is refused.

    It is one that the target does not know, or target_agent_id of create; without it both requests are served.
    """
    message, signature = served_quote(partner)
    for name in (UNKNOWN, "zz_note"):
        answer = partner.send_signed(message.changed(**{name: "a note"}), signature)
        refused("fees with a member that was not signed", answer)
    target, creation = partner.declaration.transfer.target_agent_id, partner.creation()
    if target is not None and "target_agent_id" not in creation.members and creation_is_checked(partner):
        answer = partner.send_signed(creation.changed(target_agent_id=target), partner.signature(creation))
        refused("create with a target_agent_id that was not signed", answer)
        served("a good create message", partner.send(creation))


@check("IMTS-SIGNATURE-05")
def swapped_values_are_refused(partner: Partner) -> None:
    """A question whose currencies were swapped is refused; signed that way round it is served."""
    message, signature = served_quote(partner)
    source, target = message.members["currency_source"], message.members["currency_target"]
    swapped = {"currency_source": target, "currency_target": source}
    given("currencies that differ", source != target, True, missing="two currencies (fees.currency_target)")
    refused("fees with swapped currencies", partner.send_signed(message.changed(**swapped), signature))
    served("fees with the currencies the other way round", partner.send(partner.quote(**swapped)))


@check("IMTS-SIGNATURE-06")
def values_in_another_order_are_refused(partner: Partner) -> None:
    """Values signed as they stand in the body, from the last key to the first, or sorted themselves, are refused."""
    message, _ = served_quote(partner)
    reading = partner.declaration.signature.reading
    names = signed_names(message.members, reading)
    texts = {name: value_text(message.members[name], reading) for name in names}
    orders = {
        "in the order of the body": [name for name in message.members if name in names],
        "from the last key to the first": names[::-1],
        "sorted by themselves": sorted(names, key=lambda name: texts[name]),
    }
    for what, order in orders.items():
        if [texts[name] for name in order] != list(texts.values()):
            signature = partner.signature(message, made=forgeries.in_order(order), told=what)
            refused(f"fees with its values signed {what}", partner.send_signed(message, signature))


@check("IMTS-SIGNATURE-17")
def a_semicolon_inside_a_value_is_covered(partner: Partner) -> None:
    """
    A semicolon inside a value can be neither taken out, nor put in, nor made into another sign.

    Where a value with a semicolon is served, moving it to the value beside leaves the joined text the same: what the
    target does then is told, and blamed on nobody (MTR18).
    """
    name = free_member(partner)
    served_quote(partner, **{name: "one two"})
    for what, signed, sent in (
        ("put in", "one two", "one; two"),
        ("taken out", "one;two", "onetwo"),
        ("made into a comma", "one;two", "one,two"),
        ("put behind", "one;two", "onetwo;"),
    ):
        message = partner.quote(**{name: signed})
        answer = partner.send_signed(message.changed(**{name: sent}), partner.signature(message))
        refused(f"fees with a semicolon {what}", answer)
    tell_of_moved_semicolons(partner, name)


# --- what is no pg_sig ----------------------------------------------------------------------------------------


@check("IMTS-SIGNATURE-07")
def a_pg_sig_in_capitals_is_refused(partner: Partner) -> None:
    """The same digits in capital letters, or with one capital among them, are refused."""
    message, signature = served_quote(partner)
    spellings = {"in capital letters": signature.upper(), "with a capital": forgeries.with_one_capital(signature)}
    refused_instead(partner, message, spellings)


@check("IMTS-SIGNATURE-08")
def a_cut_or_lengthened_pg_sig_is_refused(partner: Partner) -> None:
    """Beginnings and ends of the right pg_sig, and the right one with something around it, are refused."""
    message, signature = served_quote(partner)
    spellings = {
        "without its last digit": signature[:-1],
        "without its first digit": signature[1:],
        "cut to half of it": signature[:32],
        "cut to one digit": signature[:1],
        "half of which are zeros": signature[:32] + "0" * 32,
        "with one more digit": f"{signature}0",
        "twice over": signature * 2,
        "with a space behind": f"{signature} ",
        "with a space before": f" {signature}",
        "with a line end behind": f"{signature}\n",
        "that names its algorithm": f"sha256={signature}",
    }
    refused_instead(partner, message, spellings)


@check("IMTS-SIGNATURE-09")
def a_plain_hash_is_refused(partner: Partner) -> None:
    """
    Hashes of the text, with the secret before it, behind it or not at all, are refused.

    So are HMACs of another hash, and the one that nobody needs a secret for.
    """
    message, _ = served_quote(partner)
    for name in ("sha256", "md5", "sha1", "sha512"):
        for what, made in forgeries.plain_hashes(name).items():
            signature = partner.signature(message, made=made, told=f"{name} {what}")
            refused(f"fees with {name} {what}", partner.send_signed(message, signature))
        if name != "sha256":
            signature = partner.signature(message, made=forgeries.hmac_with(name), told=f"hmac-{name}")
            refused(f"fees with an HMAC of {name}", partner.send_signed(message, signature))
    signature = partner.signature(message, made=forgeries.without_any_secret, told="no secret")
    refused("fees with an HMAC that no secret is in", partner.send_signed(message, signature))


@check("IMTS-SIGNATURE-10")
def a_pg_sig_that_is_missing_empty_or_no_text_is_refused(partner: Partner) -> None:
    """No pg_sig at all, and an empty one, null, a number, booleans and lists in its place are refused."""
    message, signature = served_quote(partner)
    refused("fees without a pg_sig", partner.send_signed(message, None))
    values: dict[str, Any] = {
        "an empty pg_sig": "",
        "null for a pg_sig": None,
        "zero for a pg_sig": Number("0"),
        "true for a pg_sig": True,
        "false for a pg_sig": False,
        "an empty list for a pg_sig": [],
        "a list with the pg_sig": [signature],
    }
    for what, value in values.items():
        answer = partner.send_body(message, body_of({**message.members, SIGNATURE: value}))
        refused(f"fees with {what}", answer)


@check("IMTS-SIGNATURE-11")
def the_signature_of_another_request_is_refused(partner: Partner) -> None:
    """
    A pg_sig that was good for another question, for a create message or an earlier one, is refused.

    All requests were served, each with its own pg_sig; they differ in more than one value.
    """
    one, first = served_quote(partner)
    other, second = served_quote(partner, amount_source=another_amount(partner))
    creation = partner.creation()
    partner.created(creation)
    requests = [
        ("fees with the pg_sig of an earlier question", other, first),
        ("fees with the pg_sig of a later question", one, second),
        ("fees with the pg_sig of create", one, partner.signature(creation)),
    ]
    if creation_is_checked(partner):
        requests.append(("create with the pg_sig of a question for fees", partner.creation(), second))
    for what, message, signature in requests:
        refused(what, partner.send_signed(message, signature))


@check("IMTS-SIGNATURE-12")
def a_signature_under_another_secret_is_refused(partner: Partner) -> None:
    """Our request, signed with a made up secret, or with that of the other agent where one is declared, is refused."""
    message, _ = served_quote(partner)
    secrets = {"a made up secret": "a-secret-that-nobody-has"}
    if (other := partner.declaration.auth.other) is not None:
        secrets["the other agent's secret"] = other.agent_secret
    for what, secret in secrets.items():
        signature = partner.signature(message, secret=secret, told=what)
        refused(f"fees signed with {what}", partner.send_signed(message, signature))


# --- readings -------------------------------------------------------------------------------------------------


@check("IMTS-SIGNATURE-13")
def one_reading_is_accepted_and_no_other(partner: Partner) -> None:
    """
    A question with a salt and a needless zero is served as it is signed by the declared reading, and by no other.

    Readings that sign this question alike are left out. A target that takes two of them has a signature that
    binds less than either says.
    """
    declared = partner.declaration.signature.reading
    message = partner.quote(amount_source=forgeries.with_a_needless_zero(partner.declaration.fees.amount_source))
    served(f"fees, signed as declared ({declared.words})", partner.send(message))
    for number, words in enumerate(declared.words.split(", "), 1):
        told_once(f"MTR{number:02}", words)
    told = {forgeries.text_and_key(message.members, declared)}
    for reading in readings():
        if (made := forgeries.text_and_key(message.members, reading)) not in told:
            told.add(made)
            answer = partner.send_signed(message, partner.signature(message, reading))
            refused(f"fees under a second reading ({reading.words})", answer)


@check("IMTS-SIGNATURE-14")
def members_without_a_value_do_not_count(partner: Partner) -> None:
    """
    A create message with a target_agent_id that is null or empty is never taken with a pg_sig that counts it.

    Signed without it the message is taken, or refused whatever its pg_sig (MTR13).
    """
    served("a create message on demand", partner.send(partner.creation().without("target_agent_id")))
    given("whether create looks at pg_sig", creation_is_checked(partner), True)
    for what, value, counted in (("null", None, ("", "null", "None")), ("empty", "", ("",))):
        for text in counted:
            message = partner.creation(target_agent_id=value)
            counting, told = forgeries.counting("target_agent_id"), f"{what} as {text!r}"
            signature = partner.signature(message.changed(target_agent_id=text), made=counting, told=told)
            sentence = f'create with a target_agent_id that is {what} and signed as "{text}"'
            refused(sentence, partner.send_signed(message, signature))
        is_taken = took_effect(partner.send(partner.creation(target_agent_id=value)))
        told_once("MTR13", f"a member that is {what} is {'taken as absent' if is_taken else 'refused'}")


# --- every method ---------------------------------------------------------------------------------------------


@check("IMTS-SIGNATURE-18")
def every_method_refuses_a_wrong_pg_sig(partner: Partner) -> None:
    """
    No pg_sig, and the right one written backwards, are refused at every method that takes one; nothing comes of it.

    The same messages are served as they should be. Fees without a pg_sig are tried by SIGNATURE-10.
    """

    def attempt(message: Message, other: Message) -> None:
        wrong = {"with a wrong": partner.signature(message)[::-1]}
        for what, text in (wrong if message.method is Method.FEES else {**wrong, "without a": None}).items():
            refused(f"{message.method.value} {what} pg_sig", partner.send_signed(message, text))

    at_each_method(partner, [Method.FEES, *signed_but_fees(partner)], attempt)


@check("IMTS-SIGNATURE-18")
def every_method_refuses_a_value_of_another_message(partner: Partner) -> None:
    """
    A value of another good message of ours in place of the signed one is refused at every method, one at a time.

    Another transfer, client, amount or encrypted data: with a pg_sig of its own each is served.
    """

    def attempt(message: Message, other: Message) -> None:
        for name, value in other.members.items():
            if name != SALT and value != message.members.get(name):
                answer = partner.send_signed(message.changed(**{name: value}), partner.signature(message))
                refused(f"{message.method.value} with another {name} than was signed", answer)

    at_each_method(partner, signed_but_fees(partner), attempt)
