"""The gateway that the suite plays towards a bank's client software: it follows scenarios, and carries on.

What is wrong with a message is for the checks to say. So whatever can be understood is taken here, that one run may
show all the faults of a bank and not only its first; only the order of the steps is held, since it decides what comes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from conformance.contracts.instant_payment.book import Book, Customer, RegisteredBank
from conformance.contracts.instant_payment.call import Call, Refusal, invalid, malformed
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import ENDS, KEYS, TOLD_BY, Operation, Status
from conformance.errors import UnreadableReply
from conformance.transport.jsontext import read_json

_STEP = 0.4  # of a polling interval: a payment leaves a status between two questions
_SLOW = 3.4  # in the scenario `slow`

_NEEDED: Mapping[Operation, tuple[str, type]] = {
    Operation.VALIDATE_PAYEE: ("sender_party_reference_id", str),
    Operation.MAKE_PAYMENT: ("payment_info", dict),
}


class ScenarioGateway(Gateway):
    """
    One sender bank, one receiver bank, and a place in the scenarios for each mobile number.

    `place_of` tells the place of a number, empty for one that stands nowhere; such a payment goes on as a good one
    does. `learn` is told each personal value that was opened, by a name.
    """

    def __init__(
        self,
        sender: RegisteredBank,
        receiver: RegisteredBank,
        place_of: Callable[[str], str],
        interval_s: float,
        learn: Callable[[str, str], None] = lambda name, value: None,
        **options: Any,
    ) -> None:
        super().__init__(book=Book((sender, receiver)), tolerance=None, **options)
        self._place_of = place_of
        self._learn = learn
        self.interval_s = interval_s
        self.delays = dict.fromkeys(type(self).delays, _STEP * interval_s)
        self.places: dict[str, str] = {}  # by payment id
        self.settled: set[str] = set()  # places whose payment came to an end that the sender was told
        self.latest = self.monotonic()

    # --- what is taken ----------------------------------------------------------------------------------------

    def with_message(self, call: Call) -> Call:
        self.latest = self.monotonic()
        return super().with_message(call)

    def json_of(self, text: bytes, where: str) -> Any:
        try:
            return read_json(text).value
        except UnreadableReply:
            raise malformed(f"{where} is no JSON in UTF-8") from None

    def check_signature(self, call: Call, payment: StoredPayment | None) -> RegisteredBank:
        return self.book.banks[0]

    def receiver_of(self, call: Call) -> RegisteredBank:
        return self.book.banks[1]

    def check_contents(self, call: Call) -> None:
        """What the next step cannot do without; a message of another method is no use at all."""
        told = next((operation for name, operation in TOLD_BY.items() if name in call.members), call.operation)
        if told is not call.operation:
            raise malformed("this is a message of another method")
        name, kind = _NEEDED.get(call.operation, ("", object))
        if name and not isinstance(call.members.get(name), kind):
            raise invalid(name, "is missing, or of another type")

    def check_date(self, call: Call) -> None:
        """DATES-01 and -05 judge it afterwards."""

    def check_parties(self, call: Call, signer: RegisteredBank, payment: StoredPayment | None) -> None:
        """PARTIES-07 and CERTIFICATES judge them afterwards."""

    def reference_is_used(self, reference: str, sender: RegisteredBank) -> bool:
        return False

    # --- scenarios --------------------------------------------------------------------------------------------

    def scenario_of(self, payment: StoredPayment) -> str:
        return self.places.get(payment.id, "").partition("[")[0]

    def open(self, call: Call, sender: RegisteredBank, request_id: str) -> StoredPayment:
        payment = super().open(call, sender, request_id)
        mobile = self.mobile_of(self.data_in(payment, call.members, "payee_encrypted_data"))
        self.places[payment.id] = self._place_of(mobile) if mobile is not None else ""
        if mobile is not None:
            self._learn("payee.mobile", mobile)
        return payment

    def data_in(self, payment: StoredPayment, members: Mapping[str, Any], name: str) -> Any:
        """The JSON that was encrypted, or None; whether keys and IVs are fresh is judged afterwards."""
        if not all(isinstance(members.get(member), str) for member in (name, *KEYS)):
            return None
        message = payment.payee if payment.payer is None else payment.payer
        return self.opened_data(payment, message, name)

    def was_used_before(self, key: bytes, key_iv: bytes) -> bool:
        return False

    def delay_of(self, payment: StoredPayment) -> float | None:
        delay = super().delay_of(payment)
        waits = payment.status in (Status.PAYEE_VALIDATING, Status.PAYER_VALIDATING)
        return _SLOW * self.interval_s if waits and self.scenario_of(payment) == "slow" else delay

    def takes_payee(self, payment: StoredPayment) -> bool:
        payment.payee.response = self.answer_under(payment.payee, self.payee_answer(""))
        return self.scenario_of(payment) != "unknown_payee"

    def payee_answer(self, mobile: str) -> dict[str, Any]:
        customer = Customer("მ.ა.", "M.A.")
        return {"payee": {"initials_ka": customer.initials_ka, "initials_en": customer.initials_en}}

    def take_payer(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        if self.scenario_of(payment) == "refused":
            self.settled.add(self.places[payment.id])
            raise Refusal(400, "INVALID", "the payer is refused")
        super().take_payer(call, payment, request_id)
        payer = self.data_in(payment, call.members, "payer_encypted_data")
        for name, value in _texts_in(payer):
            self._learn(f"payer.{name}", value)

    def verdict_on_payer(self, payment: StoredPayment) -> Status:
        match self.scenario_of(payment):
            case "rejected_payer":
                return Status.PAYER_VALIDATING_REJECTED
            case "canceled":
                return Status.CANCELED
        if payment.payer is not None:
            payment.payer.response = self.answer_under(payment.payer, self.payer_answer())
        return Status.PAYER_VALIDATED

    def credit(self, payment: StoredPayment) -> None:
        if payment.confirmation is not None and isinstance(payment.confirmation.members.get(KEYS[0]), str):
            super().credit(payment)

    def shown_status(self, payment: StoredPayment, call: Call) -> str:
        if payment.status in ENDS:
            self.settled.add(self.places[payment.id])
        return super().shown_status(payment, call)

    # --- answers ----------------------------------------------------------------------------------------------

    def payment_data(self, payment: StoredPayment) -> dict[str, Any]:
        message = payment.confirmation
        if message is None:
            return {}
        info = {"amount": None, "currency": None, **message.members["payment_info"]}
        sound = replace(message, members={**message.members, "payment_info": info})
        return super().payment_data(replace(payment, confirmation=sound))

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        # A member of the wrong type comes back as it came; a fraction was read as a Decimal.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        return text.encode("utf-8", "replace")

    def all_settled(self, places: Collection[str]) -> bool:
        return self.settled.issuperset(places)


def _texts_in(value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return []
    return [(name, item) for name, item in value.items() if isinstance(item, str)] + [
        found for item in value.values() for found in _texts_in(item)
    ]
