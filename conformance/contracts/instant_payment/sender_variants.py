"""Bank clients that keep the contract in another lawful way: no check may fail them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from conformance.contracts.instant_payment.sender import BankClient, Outgoing
from conformance.contracts.instant_payment.wire import PARTIES, Operation, date_text
from conformance.crypto import jwe
from conformance.crypto.keytransport import Padding
from conformance.transport.message import Headers, Reply, Request


class NamesPaymentsByIdAlone(BankClient):
    """Signs payment_id in Validate Payer, and neither reference nor banks (IR08)."""

    def members(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        members = super().members(payment, operation)
        left_out = PARTIES if operation is Operation.VALIDATE_PAYER else ()
        return {name: value for name, value in members.items() if name not in left_out}


class NamesPaymentsByReferenceAlone(BankClient):
    """Signs reference and banks in Validate Payer, as the table has it, and no payment_id (IR08)."""

    def members(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        members = super().members(payment, operation)
        if operation is Operation.VALIDATE_PAYER:
            del members["payment_id"]
        return members


class KeepsTheKeyOfAPayment(BankClient):
    """Takes one AES key for all messages of a payment (IR16)."""

    def new_aes_key(self, payment: Outgoing, operation: Operation) -> bytes:
        payment.aes_key = payment.aes_key or super().new_aes_key(payment, operation)
        return payment.aes_key


class ConfirmsWithoutKeys(BankClient):
    """Sends no encrypted keys in Make a Payment (IR09)."""

    def confirmation_keys(self, payment: Outgoing) -> dict[str, str]:
        return {}


class WritesAmountsAsNumbers(BankClient):
    """Writes the amount as a JSON number (IR05)."""

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {**super().info(payment), "amount": float(Decimal(payment.amount))}


class NamesItsZone(BankClient):
    """Writes request_date with a zone (IR06)."""

    def date(self, operation: Operation) -> str:
        return f"{super().date(operation)}+04:00"


class WritesWholeSeconds(BankClient):
    """Writes request_date without a fraction of a second (IR06)."""

    def date(self, operation: Operation) -> str:
        return date_text(self.clock(), self.zone, "")


class NamesItsKeyInHeaders(BankClient):
    """Names type and key in the headers of JWS and JWE (IR10, IR21)."""

    def header(self, payment: Outgoing) -> Mapping[str, Any]:
        return {**super().header(payment), "typ": "JWT", "kid": self.bank.cert_id}

    def sealed(self, content: bytes, aes_key: bytes, payment: Outgoing) -> str:
        return jwe.encrypt(content, aes_key, self.fresh(payment), typ="JWE", cty="json", kid=self.receiver.cert_id)


class WritesInitialsWithoutTheLastDot(BankClient):
    """Writes initials as D.B (IR20)."""

    def person(self) -> dict[str, Any]:
        return {name: value.rstrip(".") for name, value in super().person().items()}


class PadsWithOaep(BankClient):
    """Encrypts AES keys with OAEP, as was agreed (IR02)."""

    tried_with: Mapping[str, Any] = {"role": "sender", "padding": Padding.OAEP}


class SignsFurtherMembers(BankClient):
    """Adds members that the source does not know (IR17)."""

    def members(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        return {**super().members(payment, operation), "channel": "mobile", "note": ""}


class NamesItsCharset(BankClient):
    """Sends application/json with a charset, and headers of its own."""

    def headers(self, payment: Outgoing, operation: Operation) -> Headers:
        return (("content-type", "application/json; charset=utf-8"), ("X-Request-Id", f"r-{len(self.made)}"))


class RepeatsWhatWasNotAnswered(BankClient):
    """Sends every message twice, byte for byte, as if the first answer had been lost."""

    def tell(self, payment: Outgoing, operation: Operation) -> None:
        request: Request = self.request(payment, operation)
        replies: list[Reply] = [self.server.handle(request)]
        if operation is not Operation.GET_PAYMENT:
            replies.append(self.server.handle(request))
        self.learn(payment, replies[-1])


class LeavesWithTheConfirmation(BankClient):
    """Looks once after a payment that it confirmed, whatever became of it by then."""

    def wait(self, payment: Outgoing, *statuses: Any) -> None:
        super().wait(payment, *(statuses[:1] if len(statuses) == 1 else ()))


class ThinksBeforeItConfirms(BankClient):
    """Asks at half the pace, and thinks before it confirms."""

    def pause_s(self) -> float:
        return 2 * self.interval_s

    def may_confirm(self, payment: Outgoing) -> bool:
        self.sleep(self.patience_s / 2)
        return super().may_confirm(payment)


SENDER_VARIANTS: Mapping[str, type[BankClient]] = {
    a_class.__name__: a_class
    for a_class in (
        NamesPaymentsByIdAlone,
        NamesPaymentsByReferenceAlone,
        KeepsTheKeyOfAPayment,
        ConfirmsWithoutKeys,
        WritesAmountsAsNumbers,
        NamesItsZone,
        WritesWholeSeconds,
        NamesItsKeyInHeaders,
        WritesInitialsWithoutTheLastDot,
        PadsWithOaep,
        SignsFurtherMembers,
        NamesItsCharset,
        RepeatsWhatWasNotAnswered,
        LeavesWithTheConfirmation,
        ThinksBeforeItConfirms,
    )
}
