"""instant-payment encryption: a sender's AES keys, and how they travel to both banks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from conformance.contracts.instant_payment.inspection import AES_KEY_BYTES, Inspected, Unjudged
from conformance.contracts.instant_payment.received import Arrival, SenderUnderTest
from conformance.contracts.instant_payment.wire import RECEIVER_KEY, SENDER_KEY, Operation
from conformance.crypto.compact import BadEnvelope, standard_decoded
from conformance.crypto.keys import rsa_public
from conformance.engine.check import check
from conformance.engine.observation import at_least, expect, lacking

_WITH_KEYS = (Operation.VALIDATE_PAYEE, Operation.VALIDATE_PAYER, Operation.MAKE_PAYMENT)
_LEAST_BITS = 2048


@check("IPG-KEYS-01")
def the_signing_key_is_long_enough(sender: SenderUnderTest) -> None:
    """The RSA key whose signatures fit has at least 2048 bits (RFC 7518, 3.3)."""
    for arrival in sender.arrivals:
        if arrival.message is None:
            continue
        # A fact, as of the very bytes that were signed the record may hold stand-ins.
        if sender.told(f"signature of {arrival.number}", partial(_unsigned, arrival.message), secret=True) == []:
            bits = rsa_public(sender.ring.sender).key_size
            expect("bits of the key that signs", bits, at_least(_LEAST_BITS), evidence=arrival.exchange)
            sender.must_be_whole()
            return
    lacking("a message whose signature fits the key of the sender bank")


def _unsigned(message: Inspected) -> Iterator[str]:
    if not message.is_signed_by_sender:
        yield "does not fit"


@check("IPG-KEYS-02")
def every_encrypted_key_is_one_block_in_base64(sender: SenderUnderTest) -> None:
    """Each encrypted key is standard Base64, in one line, of as many bytes as the modulus of its bank (IR28)."""
    sender.judge("encrypted keys in another form", _in_another_form, *_WITH_KEYS)


def _in_another_form(message: Inspected) -> Iterator[str]:
    for name in message.key_members:
        text = message.text(name)
        try:
            length = len(standard_decoded(text))
        except BadEnvelope:
            yield f"{name} is no standard Base64 in one line"
            continue
        if length != message.modulus_bytes(name):
            yield f"{name} is {length} bytes long, not {message.modulus_bytes(name)}"


@check("IPG-KEYS-03")
def the_receivers_key_opens_with_its_private_key(sender: SenderUnderTest) -> None:
    """Each receiver_party_encrypted_key opens with the receiver bank's key under the declared padding (IR02)."""
    sender.judge("keys that the receiver bank cannot open", _is_closed_to(RECEIVER_KEY), *_WITH_KEYS, secret=True)


@check("IPG-KEYS-04")
def the_senders_key_opens_with_its_private_key(sender: SenderUnderTest) -> None:
    """Each sender_party_encrypted_key opens with the sender bank's own key under the declared padding (IR02)."""
    sender.judge("keys that the sender bank cannot open", _is_closed_to(SENDER_KEY), *_WITH_KEYS, secret=True)


class _is_closed_to:  # noqa: N801
    """A rule for one of the two members."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, message: Inspected) -> Iterator[str]:
        if self._name in message.key_members and message.key_content(self._name) is None:
            yield f"{self._name} does not open"


@check("IPG-KEYS-05")
def both_encrypted_keys_hold_one_aes_key(sender: SenderUnderTest) -> None:
    """What the two banks open in one message is the same AES key."""
    sender.judge("messages with two AES keys", _holds_two_keys, *_WITH_KEYS, secret=True)


def _holds_two_keys(message: Inspected) -> Iterator[str]:
    if message.key_members:
        both = [message.key_content(name) for name in (RECEIVER_KEY, SENDER_KEY)]
        if None in both:
            raise Unjudged("one of its encrypted keys does not open")
        if both[0] != both[1]:
            yield "the two encrypted keys hold different keys"


@check("IPG-KEYS-06")
def every_aes_key_has_32_bytes(sender: SenderUnderTest) -> None:
    """What the receiver bank opens is a key of 32 bytes, not a text that spells one."""
    sender.judge("AES keys of another length", _has_another_length, *_WITH_KEYS, secret=True)


def _has_another_length(message: Inspected) -> Iterator[str]:
    if message.key_members:
        key = message.key_content(RECEIVER_KEY)
        if key is None:
            raise Unjudged(f"{RECEIVER_KEY} does not open")
        if len(key) != AES_KEY_BYTES:
            yield f"{RECEIVER_KEY} holds {len(key)} bytes"


@check("IPG-KEYS-07")
def every_aes_key_is_random_bytes(sender: SenderUnderTest) -> None:
    """No AES key is a printable text, one byte over and over, or a row of numbers; chance would take 2^40 keys."""
    sender.judge("AES keys that are not random", _is_not_random, *_WITH_KEYS, secret=True)


def _is_not_random(message: Inspected) -> Iterator[str]:
    if message.key_members:
        key = message.aes_key
        if all(0x20 <= byte < 0x7F for byte in key):
            yield "the key is a printable text"
        elif len(set(key)) == 1:
            yield "the key is one byte over and over"
        elif len({(after - before) % 256 for before, after in pairwise(key)}) == 1:
            yield "the key is a row of numbers"


@check("IPG-KEYS-08")
def no_two_payments_share_an_aes_key(sender: SenderUnderTest) -> None:
    """Every AES key of the run belongs to one payment; whether its messages share it is left open (IR16)."""
    owners: dict[bytes, str] = {}

    def is_shared(payment_id: str, arrival: Arrival) -> Iterator[str]:
        if arrival.inspected.key_members:
            owner = owners.setdefault(arrival.inspected.aes_key, payment_id)
            if owner != payment_id:
                yield "its AES key is that of an earlier payment"

    sender.conclude(
        "AES keys of two payments",
        [
            (one, sender.told(f"key of {one.number}", partial(is_shared, payment.id, one), secret=True))
            for payment in sender.payments
            for one in payment.of(*_WITH_KEYS)
        ],
    )
