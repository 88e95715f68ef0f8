"""instant-payment encryption, flow, get-payment: what is encrypted for the two banks shows nowhere else.

The check judges the run as a whole: every recorded answer counts, its headers, its body, and what in it is Base64,
Base64url, hex or percent-encoded.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Set
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from conformance.contracts.instant_payment.client import SenderBank
from conformance.contracts.instant_payment.declaration import KeyPair, privacy
from conformance.contracts.instant_payment.messages import Payment
from conformance.contracts.instant_payment.receiver_answers import opened_by, personal_in, responses
from conformance.contracts.instant_payment.seen import name_of
from conformance.contracts.instant_payment.wire import SENDER_KEY, SIGNED_MESSAGE, Status
from conformance.crypto.compact import BadEnvelope, decoded
from conformance.crypto.keytransport import Padding, unwrap
from conformance.engine.check import check
from conformance.engine.observation import expect, none_found
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import read_json
from conformance.transport.message import Reply, Request

_LARGEST = 64 * 1024  # bytes of a body that is looked into
_RUN = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")
_HEX = re.compile(r"([0-9a-fA-F]{2})+")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_SURE = 9  # a text of so many characters does not come about by chance inside Base64


@check("IPG-SECRECY-01", exclusive=True)
def no_answer_shows_what_was_encrypted(bank: SenderBank) -> None:
    """
    No answer of the run shows personal data of payees and payers, or an AES key, outside of encryption.

    A completed payment is shown among them, and the AES keys are those of all messages of the run.
    """
    payment = bank.shared(Status.COMPLETED)
    told = json.loads(bank.fact("encrypted values in clear", lambda: json.dumps(shown_in_clear(bank, payment))))
    first = next((exchange for exchange in bank.recorded() if exchange.number == told["first"]), None)
    expect("encrypted values in clear", told["found"], none_found, evidence=first)


def shown_in_clear(bank: SenderBank, payment: Payment) -> dict[str, Any]:
    """Names of the values, with the answers that show them, and the number of the first such exchange."""
    keys = {key for exchange in bank.recorded() if (key := key_in(bank, exchange.request))}
    look = Look(personal_data(bank, payment), keys)
    found: set[str] = set()
    first = None
    for exchange in bank.recorded():
        if exchange.reply is not None and len(exchange.reply.body) <= _LARGEST:
            what = look.shown_in(exchange.reply)
            found |= {f"{name} in the answer to {name_of(exchange)}" for name in what}
            first = first or (exchange.number if what else None)
    return {"found": sorted(found), "first": first}


def personal_data(bank: SenderBank, payment: Payment) -> dict[str, str]:
    """What may show nowhere, by a name for the report: of the configuration, and of the receiver bank's answers."""
    secrets = privacy(bank.declaration).secrets.items()
    data = {name: value for name, value in secrets if not name.endswith("PRIVATE_KEY")}
    for _, text, keys in responses(payment):
        try:
            told = personal_in(read_json(opened_by(text, keys) or b"").value)
        except UnreadableReply:
            continue  # ANSWERS-13 and -14 judge what it is
        data |= {f"{member.upper()}_TOLD_{place}": value for place, (member, value) in enumerate(told)}
    return data


class Look:
    """Looks for personal data, by name, and for AES keys. Remembers what each Base64 text holds: most come often."""

    def __init__(self, personal: Mapping[str, str], keys: Set[bytes]) -> None:
        self._personal = personal
        self._keys = keys
        self._coded: dict[str, frozenset[str]] = {}

    def shown_in(self, reply: Reply) -> set[str]:
        """Names of what an answer shows, in whatever coding."""
        whole = "\n".join([*(value for _, value in reply.headers), reply.body.decode("utf-8", "replace")])
        found = self._in_text(whole)
        if "%" in whole:
            found |= self._in_text(unquote(whole))
        if "\\u" in whole:
            found |= self._in_text(_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), whole))
        for run in _RUN.findall(whole):
            if run not in self._coded:
                self._coded[run] = frozenset(self._in_run(run))
            found |= self._coded[run]
        return found

    def _in_text(self, text: str) -> set[str]:
        return {name for name, value in self._personal.items() if value in text and stands_in(value, text)}

    def _in_run(self, run: str) -> Iterator[str]:
        for value in decodings(run):
            if value in self._keys:
                yield "an AES key"
            if (text := text_of(value)) is not None:
                yield from self._in_text(text)


def stands_in(value: str, text: str) -> bool:
    """Whether a value is there; a short one counts only where no letter or digit stands next to it."""
    if len(value) >= _SURE:
        return True
    return re.search(rf"(?<![\w+/-]){re.escape(value)}(?![\w+/=-])", text) is not None


def decodings(run: str) -> tuple[bytes, ...]:
    """What a text may stand for: Base64 in either alphabet, or hex."""
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    found = [] if len(plain) % 4 == 1 else [base64.b64decode(plain + "=" * (-len(plain) % 4))]
    return (*found, bytes.fromhex(run)) if _HEX.fullmatch(run) else tuple(found)


def text_of(value: bytes) -> str | None:
    """Bytes as a text; None for those that are none, as ciphertext is."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None


def key_in(bank: SenderBank, request: Request) -> bytes | None:
    """The AES key that a message of ours transported, None for what is no such message."""
    keys = bank.declaration.keys
    if len(request.body) > _LARGEST:
        return None
    for pair in (keys.sender, keys.other):
        if pair is not None and pair.private is not None:
            found = _key_in(request.body, pair, keys.transport)
            if found is not None:
                return found
    return None


@lru_cache(maxsize=8192)
def _key_in(body: bytes, pair: KeyPair, padding: Padding) -> bytes | None:
    """Remembered: the runs of a proof send the same messages again and again."""
    try:
        token: Any = read_json(body).value[SIGNED_MESSAGE]
        text: Any = read_json(decoded(token.split(".")[1], "payload")).value[SENDER_KEY]
        return unwrap(text, pair.signing, padding) if pair.signing else None
    except (BadEnvelope, UnreadableReply, KeyError, IndexError, TypeError, AttributeError):
        return None  # damaged on purpose, or a message without keys
