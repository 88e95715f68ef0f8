"""imts encryption: personal data under AES-256-CBC with the partner_key and a fresh IV, in both directions.

What is damaged is signed again, so that nothing but the encryption is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from conformance.contracts.imts.carriers import (
    Carried,
    good,
    of_nobody,
    pay_out,
    refused_everywhere,
    with_change,
    with_fault,
    with_payload,
    with_text,
)
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.judgement import accepted
from conformance.contracts.imts.opening import unopened
from conformance.contracts.imts.padding import refusals, timed, told_apart
from conformance.contracts.imts.sealed_answers import faults_of_ivs, personal_answers
from conformance.contracts.imts.wire import Method
from conformance.crypto.cbc import BLOCK_BYTES, Ciphered, decrypt, encrypt
from conformance.crypto.cbc_faults import CbcFault, spaced
from conformance.crypto.compact import standard_decoded
from conformance.engine.check import check
from conformance.engine.observation import Expected, expect, given, none_found, not_applicable

ROUNDS = 11  # of three requests each


@check("IMTS-ENCRYPTION-01")
def data_that_is_encrypted_as_declared_is_accepted(partner: Partner) -> None:
    """
    A payout is accepted whatever bytes its IV has, and also where padding takes a whole block.

    A reader that takes bytes for text stumbles over zeros and blanks at the ends of an IV.
    """
    data = partner.data_of("recipient")
    if data is None:
        not_applicable("no recipient of a payout is declared, whose data would be encrypted (clients.recipient)")
    forms: dict[str, Carried] = {
        "data as usual": good,
        "zero bytes at the ends of the IV": with_change("zeros", _with_ends(b"\0")),
        "line ends at the ends of the IV": with_change("line ends", _with_ends(b"\n")),
        "a padding of a whole block": with_change("whole", lambda whole, key: spaced(whole, key, BLOCK_BYTES)),
    }
    partner.shared(Method.PAYOUT)
    for what, form in forms.items():
        transfer = partner.walked(Method.CONFIRM)
        accepted(f"payout with {what}", pay_out(partner, transfer, form(partner, data)))


def _with_ends(byte: bytes) -> Callable[[Ciphered, bytes], Ciphered]:
    return lambda whole, key: encrypt(decrypt(whole, key), key, byte + whole.iv[1:-1] + byte)


@check("IMTS-ENCRYPTION-02")
def data_with_a_flipped_byte_is_refused(partner: Partner) -> None:
    """A byte is flipped so that no JSON object is left (MTR45): in the IV, at both ends and in the middle."""
    _refused(partner, CbcFault.IV_BYTE, CbcFault.FIRST_BYTE, CbcFault.MIDDLE_BYTE, CbcFault.LAST_BYTE)


@check("IMTS-ENCRYPTION-03")
def data_with_a_short_iv_is_refused(partner: Partner) -> None:
    """The IV really used ends in zeros, and these are left out: filled up again, the data would be read."""
    _refused(partner, CbcFault.IV_OF_12, CbcFault.IV_OF_8, CbcFault.NO_IV)


@check("IMTS-ENCRYPTION-04")
def data_under_another_key_cipher_or_mode_is_refused(partner: Partner) -> None:
    """Other keys, among them that of the other agent; AES with less of the key; ECB and CTR."""
    drawn = partner.random.randbytes(32)
    forms = {"another key": with_change("another key", lambda whole, _: _under(drawn, whole, partner))}
    other = partner.declaration.auth.other
    if other is not None and other.partner_key is not None:
        role = partner.as_other()
        forms["the key of another partner"] = with_change(
            "other's key", lambda whole, _: _under(role.partner_key, whole, partner)
        )
    faults = (CbcFault.AES_128, CbcFault.AES_192, CbcFault.MODE_ECB, CbcFault.MODE_CTR)
    refused_everywhere(partner, forms | {fault: with_fault(fault) for fault in faults})


def _under(key: bytes, whole: Ciphered, partner: Partner) -> Ciphered:
    return encrypt(decrypt(whole, partner.partner_key), key, whole.iv)


@check("IMTS-ENCRYPTION-05")
def data_with_bad_padding_is_refused(partner: Partner) -> None:
    """Under each padding that is not PKCS#7 stands the whole JSON object, with spaces behind it."""
    _refused(
        partner,
        CbcFault.FILLED_WITH_ZEROS,
        CbcFault.FILLED_WITH_LENGTH,
        CbcFault.FILLED_WITH_BIT,
        CbcFault.FILLED_ODDLY,
        CbcFault.FILLED_TOO_FAR,
        CbcFault.NOT_FILLED,
    )


@check("IMTS-ENCRYPTION-06")
def data_that_is_no_base64_of_whole_blocks_is_refused(partner: Partner) -> None:
    """Odd characters among good Base64, hex, JSON in clear, and lengths that are no whole blocks."""
    forms: dict[str, Carried] = {
        "a character that Base64 does not have": with_text(good, lambda text: f"{text[:8]}*{text[8:]}"),
        "hex in place of Base64": with_text(good, _as_hex),
        "JSON in clear": lambda partner, data: {**good(partner, data), "encrypted_data": of_nobody(data)},
    }
    faults = (CbcFault.BYTE_CUT, CbcFault.BYTE_MORE, CbcFault.NOTHING)
    refused_everywhere(partner, forms | {fault: with_fault(fault) for fault in faults})


def _as_hex(text: str) -> str:
    return standard_decoded(text).hex()


@check("IMTS-ENCRYPTION-07")
def data_that_decrypts_to_no_json_object_is_refused(partner: Partner) -> None:
    """Well encrypted: nothing, a text, a list with the good object in it, half of the object, and more than it."""
    payloads: Mapping[str, Callable[[bytes], bytes]] = {
        "nothing": lambda _: b"",
        "null": lambda _: b"null",
        "a text": lambda _: b'"text"',
        "words": lambda _: b"no JSON",
        "a list": lambda whole: b"[" + whole + b"]",
        "half an object": lambda whole: whole[:-1],
        "an object and more": lambda whole: whole + b",",
        "an object as a text": lambda whole: json.dumps(whole.decode("utf-8")).encode("ascii"),
    }
    refused_everywhere(partner, {what: with_payload(what, change) for what, change in payloads.items()})


@check("IMTS-ENCRYPTION-08")
def bad_padding_is_answered_like_bad_content(partner: Partner) -> None:
    """
    Neither status nor headers nor body tell the one from the other.

    Two answers to bad content go first: what differs between them, a number of the request or a time, does not count.
    """
    send = refusals(partner)
    content = [send(False), send(False)]
    padding = [send(True), send(True)]
    content.append(send(False))
    expect("what tells bad padding from bad content", told_apart(content, padding), none_found)


@check("IMTS-ENCRYPTION-09", exclusive=True)
def bad_padding_takes_no_other_time_than_bad_content(partner: Partner) -> None:
    """
    Bad padding takes as long as the bad content sent before and after it.

    Only a gap counts that nearly all rounds show in the same direction, that is far above what two answers to bad
    content differ by, and that a network does not hide.
    """
    timing = timed(refusals(partner), ROUNDS)
    given("noise of the answers", timing.is_too_noisy, False, missing="answers to bad content that take alike long")
    expect(
        "time that bad padding takes longer than bad content",
        f"{timing.gap:.0f} ms",
        Expected("about the same time", lambda _: not timing.tells_apart),
    )


@check("IMTS-ENCRYPTION-10")
def encrypted_data_in_answers_opens_with_the_partner_key(partner: Partner) -> None:
    """It decrypts to a JSON object; which data it holds is asked by the topic `clients`."""
    for answer in personal_answers(partner):
        given("form of the encrypted data", answer.flaw, "")
        expect(
            "encrypted data under the partner_key",
            unopened(partner, answer.answer) or "a JSON object",
            "a JSON object",
            evidence=answer.exchange,
        )


@check("IMTS-ENCRYPTION-11")
def encrypted_data_in_answers_is_base64_of_iv_and_blocks(partner: Partner) -> None:
    """Standard Base64 with its padding in one line (MTR44), of an IV of 16 bytes and blocks of 16 bytes."""
    for answer in personal_answers(partner):
        given("a text in encrypted_data", answer.has_text, True)
        expect("form of the encrypted data", answer.flaw or "as declared", "as declared", evidence=answer.exchange)


@check("IMTS-ENCRYPTION-12", exclusive=True)
def no_iv_in_answers_is_used_twice_or_follows_a_rule(partner: Partner) -> None:
    """
    The same question is asked many times: no IV comes twice, and none counts on or is taken from what went before.

    Nor is one of them an IV of ours. In random IVs no byte stays the same through all of the answers.
    """
    answers = personal_answers(partner)
    given("form of the encrypted data", [answer.flaw for answer in answers if answer.flaw], none_found)
    expect("faults of the IVs", faults_of_ivs(partner, answers), none_found, evidence=answers[-1].exchange)


def _refused(partner: Partner, *faults: CbcFault) -> None:
    refused_everywhere(partner, {fault: with_fault(fault) for fault in faults})
