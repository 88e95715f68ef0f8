"""instant-payment encryption, flow, statuses: the receiver bank behind the reference gateway.

It really opens what it is sent, with its own private key, and answers under the AES key that it found.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from conformance.contracts.instant_payment.book import Book, RegisteredBank
from conformance.contracts.instant_payment.payments import StoredMessage, StoredPayment
from conformance.contracts.instant_payment.wire import PAYER_MEMBERS, RECEIVER_KEY
from conformance.crypto import jwe
from conformance.crypto.compact import BadEnvelope, as_json
from conformance.crypto.keytransport import Padding, unwrap
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import read_json


class ReceiverRules:
    """What the receiver bank takes, and what it answers."""

    book: Book
    padding: Padding

    def __init__(self) -> None:
        self._used: set[tuple[bytes, bytes]] = set()

    # --- payee ------------------------------------------------------------------------------------------------

    def takes_payee(self, payment: StoredPayment) -> bool:
        """STATUSES-04, -05: a mobile number of a customer."""
        data = self.opened_data(payment, payment.payee, "payee_encrypted_data")
        mobile = self.mobile_of(data)
        if mobile is None or not self.mobile_is_known(mobile):
            return False
        payment.payee.response = self.answer_under(payment.payee, self.payee_answer(mobile))
        return True

    def mobile_of(self, data: Any) -> str | None:
        """RECEIVER-05: payee.mobile, a text with something in it."""
        mobile = _member(_member(data, "payee"), "mobile")
        return mobile if isinstance(mobile, str) and mobile.strip() else None

    def mobile_is_known(self, mobile: str) -> bool:
        return mobile in self.book.customers

    def payee_answer(self, mobile: str) -> dict[str, Any]:
        """ANSWERS-14: the payee's initials, for the sender bank to display (flow, IR14)."""
        customer = self.book.customers.get(mobile)
        if customer is None:
            return {}
        return {"payee": {"initials_ka": customer.initials_ka, "initials_en": customer.initials_en}}

    # --- payer ------------------------------------------------------------------------------------------------

    def takes_payer(self, payment: StoredPayment) -> bool:
        """STATUSES-06, -07: whole data of a payer against whom there is nothing."""
        if payment.payer is None:
            return False
        payer = self.payer_of(self.opened_data(payment, payment.payer, "payer_encypted_data"))
        if payer is None or self.payer_is_rejected(payer["personal_id"]):
            return False
        payment.payer.response = self.answer_under(payment.payer, self.payer_answer())
        return True

    def payer_of(self, data: Any) -> Mapping[str, str] | None:
        """RECEIVER-05: payer with its eight members, each a text with something in it."""
        payer = _member(data, "payer")
        whole = all(isinstance(_member(payer, name), str) and payer[name].strip() for name in PAYER_MEMBERS)
        return payer if whole else None

    def payer_is_rejected(self, personal_id: str) -> bool:
        return personal_id in self.book.rejected_payers

    def payer_answer(self) -> dict[str, Any]:
        return {"payer": "ACCEPTED"}

    # --- confirmation -----------------------------------------------------------------------------------------

    def credit(self, payment: StoredPayment) -> None:
        """The payee's account is credited; the answer is encrypted where the confirmation brought a key (IR09)."""
        message = payment.confirmation
        if message is not None and RECEIVER_KEY in message.members:
            try:
                message.aes_key = self.transported_key(message.members[RECEIVER_KEY], payment.receiver)
            except BadEnvelope:
                return  # nothing was encrypted to us here, so there is nothing to answer
            message.response = self.answer_under(message, {"payment": "CREDITED"})

    # --- opening and answering --------------------------------------------------------------------------------

    def opened_data(self, payment: StoredPayment, message: StoredMessage, member: str) -> Any:
        """RECEIVER-01 to -04: the JSON inside, or None where it cannot be opened or read, or was used before."""
        text = message.members[member]
        try:
            key = self.transported_key(message.members[RECEIVER_KEY], payment.receiver)
            payload = self.opened_payload(text, key)
            sealed = jwe.read(text)
        except BadEnvelope:
            return None
        if self.was_used_before(key, sealed.key_iv):
            return None
        message.aes_key = key
        try:
            return read_json(payload).value
        except UnreadableReply:
            return None

    def transported_key(self, text: str, receiver: RegisteredBank) -> bytes:
        """RECEIVER-03: the AES key, by the receiver bank's own private key. Raises BadEnvelope."""
        return opened_key(text, receiver, self.padding)

    def opened_payload(self, text: str, key: bytes) -> bytes:
        """RECEIVER-01, -02: both tags must fit. Raises BadEnvelope."""
        return jwe.decrypt(text, key)

    def was_used_before(self, key: bytes, key_iv: bytes) -> bool:
        """RECEIVER-04: no AES key meets the same IV twice."""
        if (key, key_iv) in self._used:
            return True
        self._used.add((key, key_iv))
        return False

    def answer_under(self, message: StoredMessage, answer: Mapping[str, Any]) -> str | None:
        """ANSWERS-13, -15: under the AES key of the message, with fresh IVs."""
        return None if message.aes_key is None else jwe.encrypt(as_json(answer), message.aes_key)


@lru_cache(maxsize=8192)
def opened_key(text: str, bank: RegisteredBank, padding: Padding) -> bytes:
    """What the private key of a bank finds in a transported key. Raises BadEnvelope.

    Remembered: trials with the same seed bring the same keys, and banks live as long as the process.
    """
    if bank.private is None:
        raise ValueError(f"the private key of {bank.code} is not held here")
    return unwrap(text, bank.private, padding)


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
