"""Other lawful ways to run an instant-payment gateway: every check must accept each of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call, Refusal, unknown_payment, untrusted
from conformance.contracts.instant_payment.payments import StoredMessage, StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import ALG, KEYS, Operation, Status
from conformance.crypto.jws import is_signed_by
from conformance.transport.message import Headers, Reply, Request


class Variant(Gateway):
    """A gateway that conforms in another way."""


# --- refusals (IR04) ------------------------------------------------------------------------------------------


class RefusesWith200(Variant):
    """A refusal may have status 200 and a result_code of its own (IR04)."""

    def refusal_status(self, refusal: Refusal) -> int:
        return 200


class RefusesInPlainText(Variant):
    """No form of a refusal is described (IR04)."""

    def refusal_reply(self, refusal: Refusal) -> Reply:
        return Reply(422, (("Content-Type", "text/plain"),), b"no")


# --- repeats (IR03, IR18, IR22) -------------------------------------------------------------------------------


class RefusesRepeats(Variant):
    """What was taken before may be refused when it comes again (IR03)."""

    def answer_to_repeat(self, call: Call) -> tuple[StoredPayment, str]:
        raise Refusal(409, "REPEATED", "this message was taken before")


class NumbersRepeatsAnew(Variant):
    """The answer to a repeat may have a request id of its own (IR22)."""

    def answer_to_repeat(self, call: Call) -> tuple[StoredPayment, str]:
        payment, _ = super().answer_to_repeat(call)
        return payment, self.new_request_id(call)


class AnswersUsedReferencesWithTheFirst(Variant):
    """A reference that was used may lead to its payment (IR03)."""

    def open(self, call: Call, sender: RegisteredBank, request_id: str) -> StoredPayment:
        known = self.payments.of_reference(sender, call.members["sender_party_reference_id"])
        if known:
            self.settle(known[0])
            return known[0]
        return super().open(call, sender, request_id)


class KnowsReferencesOfAllBanks(Variant):
    """A reference may be unique among all banks (IR18)."""

    def reference_is_used(self, reference: str, sender: RegisteredBank) -> bool:
        return any(payment.reference == reference for payment in self.payments.by_id.values())


# --- statuses (IR11, IR24, IR27) ------------------------------------------------------------------------------


class DecidesAtOnce(Variant):
    """The receiver bank may be done before the answer leaves (IR11)."""

    delays = dict.fromkeys(Gateway.delays, 0.0)


class TakesItsTime(Variant):
    """Every step lasts a while; each stays visible (IR27)."""

    delays = dict.fromkeys(Gateway.delays, 3.2)


class EndsWithCompleted(Variant):
    """NOTIFIED may never be shown (IR24)."""

    delays: Mapping[Status, float] = {
        status: delay for status, delay in Gateway.delays.items() if status is not Status.COMPLETED
    }


# --- blocks (IR15) --------------------------------------------------------------------------------------------


class ShowsEmptyBlocks(Variant):
    """A block whose message is still to come may be there as null or an empty object (IR15)."""

    def record(self, payment: StoredPayment, status: str) -> dict[str, Any]:
        return {"payment_data": None, "payer_validate_data": {}, **super().record(payment, status)}


class AddsMembers(Variant):
    """Answers may hold more than the source knows, and something else each time (IR17)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._traces = itertools.count(1)

    def block(self, payment: StoredPayment, message: StoredMessage, names: tuple[str, ...]) -> dict[str, Any]:
        return {**super().block(payment, message, names), "trace": next(self._traces)}

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return json.dumps({**value, "trace": next(self._traces)}).encode("ascii")

    def headers(self) -> Headers:
        return (("Content-Type", "application/json; charset=utf-8"),)


# --- signatures (IR01) ----------------------------------------------------------------------------------------


class AcceptsOtherRsaAlgorithms(Variant):
    """A longer hash or another padding may do, where the signature fits (IR01)."""

    def algorithm_is_accepted(self, alg: object) -> bool:
        return alg in ("RS384", "RS512", "PS256") or super().algorithm_is_accepted(alg)

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        alg = call.signed.header["alg"]
        return super().signature_fits(call, bank) if alg == ALG else is_signed_by(call.token, bank.key, (alg,))


# --- messages (IR17, IR10, IR26, IR05 to IR07, IR28) ----------------------------------------------------------


class RefusesUnknownMembers(Variant):
    """A member that the source does not know may be refused (IR17)."""

    def check_contents(self, call: Call) -> None:
        super().check_contents(call)
        known = {"payment_id", "sender_party_reference_id", "sender_party", "receiver_party", "payment_info"}
        known |= {"receiver_party_encrypted_key", "sender_party_encrypted_key"}
        known |= set(self.mandatory_members(call.operation))
        if call.members.keys() - known:
            raise Refusal(400, "UNKNOWN_MEMBER", "a member is not known")


class DemandsKid(Variant):
    """The header may have to name the certificate; `keys.kid_in_header` says so (IR10)."""

    wants_kid = True

    def check_signature(self, call: Call, payment: StoredPayment | None) -> RegisteredBank:
        bank = self.book.by_certificate(call.signed.header.get("kid"))
        if bank is None:
            raise untrusted("kid is missing")
        return super().check_signature(call, payment)


class HidesPaymentsFromOthers(Variant):
    """A bank that is no party of a payment may be told that there is none (IR26)."""

    def check_signature(self, call: Call, payment: StoredPayment | None) -> RegisteredBank:
        try:
            return super().check_signature(call, payment)
        except Refusal:
            if call.operation is Operation.GET_PAYMENT:
                raise unknown_payment() from None
            raise


class RefusesZones(Variant):
    """A zone may be refused (IR06)."""

    def check_date(self, call: Call) -> None:
        super().check_date(call)
        date = self.date_of(call.members["request_date"])
        if date is not None and date.zone:
            raise Refusal(400, "INVALID", "request_date has a zone")


class HasNoTolerance(Variant):
    """How old a message may be need not be said (IR07)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "tolerance": None})


class TakesNumbersAtTheirValue(Variant):
    """An amount may be a JSON number (IR05)."""

    def amount_as_text(self, amount: Any) -> Any:
        is_number = isinstance(amount, int | Decimal) and not isinstance(amount, bool)
        return str(amount) if is_number else amount


class IgnoresLineEndsInKeys(Variant):
    """Base64 may be broken into lines (IR28)."""

    def key_is_unsound(self, call: Call, name: str) -> bool:
        joined = {key: text.replace("\r\n", "") for key, text in call.members.items() if key in KEYS}
        return super().key_is_unsound(replace(call, members={**call.members, **joined}), name)

    def transported_key(self, text: str, receiver: RegisteredBank) -> bytes:
        return super().transported_key(text.replace("\r\n", ""), receiver)


# --- the receiver bank (IR12, IR13) ---------------------------------------------------------------------------


class CancelsUnknownPayees(Variant):
    """The flow cancels the transfer where the statuses reject the payee (IR12)."""

    def verdict_on_payee(self, payment: StoredPayment) -> Status:
        return Status.PAYEE_VALIDATED if self.takes_payee(payment) else Status.CANCELED


class RefusesUnknownPayeesAtOnce(Variant):
    """The receiver bank's word may be there before a payment is opened (IR12)."""

    def open(self, call: Call, sender: RegisteredBank, request_id: str) -> StoredPayment:
        payment = super().open(call, sender, request_id)
        if not self.takes_payee(payment):
            del self.payments.by_id[payment.id]
            raise Refusal(404, "NO_PAYEE", "nobody has this number")
        return payment

    def verdict_on_payee(self, payment: StoredPayment) -> Status:
        return Status.PAYEE_VALIDATED  # the word was there before


class LeavesUnreadableDataLying(Variant):
    """What cannot be opened may stay in validation for ever (IR13)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lying: set[str] = set()

    def opened_data(self, payment: StoredPayment, message: StoredMessage, member: str) -> Any:
        data = super().opened_data(payment, message, member)
        if data is None:
            self.lying.add(payment.id)
        return data

    def next_status(self, payment: StoredPayment) -> Status | None:
        status = super().next_status(payment)
        return None if payment.id in self.lying else status


class TellsInitialsWithThePayer(Variant):
    """The receiver bank may answer on the payer's data alone, and describe the payee there (IR14)."""

    def takes_payee(self, payment: StoredPayment) -> bool:
        takes = super().takes_payee(payment)
        payment.payee.response = None
        return takes

    def payer_answer(self) -> dict[str, Any]:
        return self.payee_answer(next(iter(self.book.customers)))


class LendsPayerKeysToConfirmations(Variant):
    """A confirmation without encrypted keys may be shown with the payer's, and answered under them (IR09)."""

    def credit(self, payment: StoredPayment) -> None:
        super().credit(payment)
        if payment.confirmation and payment.payer and payment.confirmation.response is None:
            payment.confirmation.response = self.answer_under(payment.payer, {"payment": "CREDITED"})

    def payment_data(self, payment: StoredPayment) -> dict[str, Any]:
        lent = {name: payment.payer.members[name] for name in KEYS} if payment.payer else {}
        return {**lent, **super().payment_data(payment)}


class RefusesRejectedPayersAtOnce(Variant):
    """The receiver bank's word on the payer may be there before the payer's data is taken."""

    def take_payer(self, call: Call, payment: StoredPayment, request_id: str) -> None:
        used = set(self._used)
        is_taken = self.takes_payer(replace(payment, payer=StoredMessage(request_id, call.members)))
        self._used = used  # that was but a look
        if self.may_take_payer(payment) and not is_taken:
            raise Refusal(403, "PAYER", "the receiver bank does not take this payer")
        super().take_payer(call, payment, request_id)


# --- delivery -------------------------------------------------------------------------------------------------


class AnswersLate(Variant):
    """No answer comes at once, and none takes as long as the one before."""

    def handle(self, request: Request) -> Reply:
        self.sleep(0.05 + 0.01 * (len(request.body) % 40))
        return super().handle(request)


VARIANTS: Mapping[str, type[Gateway]] = {variant.__name__: variant for variant in Variant.__subclasses__()}
"""By name."""
