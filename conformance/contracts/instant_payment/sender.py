"""The reference sender of instant-payment: a small bank client that makes payments and keeps every rule.

One small method per rule, as in the reference gateway: a defect overrides one of them, a variant one lawful choice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwcrypto.jwk import JWK

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.wire import (
    ALG,
    DONE,
    KEYS,
    REJECTED,
    SIGNED_MESSAGE,
    SUCCESS,
    Operation,
    Status,
    data_member,
    date_text,
)
from conformance.crypto import jwe
from conformance.crypto.compact import as_json, encoded
from conformance.crypto.jwe import Fresh
from conformance.crypto.keys import rsa_private
from conformance.crypto.keytransport import Padding, wrap
from conformance.transport.inprocess import Handler
from conformance.transport.message import Headers, Reply, Request


@dataclass
class Outgoing:
    """A payment that the bank makes. `status` is what the gateway told last; None after a refusal."""

    mobile: str
    amount: str
    currency: str
    number: int
    reference: str = ""
    id: str = ""
    status: Status | None = None
    aes_key: bytes = b""
    questions: list[float] = field(default_factory=list)


class BankClient:
    """
    A bank's client software, which pays to each of `mobiles` in turn.

    `payer` holds the eight members of its customer. `random` gives keys, IVs and references; `interval_s` lies between
    two questions for a payment, and after `patience_s` it gives one up.
    """

    tried_with: Mapping[str, Any] = {"role": "sender"}
    lacks: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        bank: RegisteredBank,
        receiver: RegisteredBank,
        mobiles: Sequence[str],
        payer: Mapping[str, str],
        zone: tzinfo,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        random: Random,
        padding: Padding = Padding.PKCS1,
        amount: str = "10.50",
        currency: str = "GEL",
        interval_s: float = 1.0,
        patience_s: float = 20.0,
    ) -> None:
        self.bank = bank
        self.receiver = receiver
        self.mobiles = mobiles
        self.payer = payer
        self.zone = zone
        self.clock = clock
        self.sleep = sleep
        self.random = random
        self.padding = padding
        self.amount = amount
        self.currency = currency
        self.interval_s = interval_s
        self.patience_s = patience_s
        self.begun = clock()
        self.made: list[Outgoing] = []

    # --- the flow (METHODS-08, ORDER-08 to -10, POLLING-03, -04, REPEATS-07) ------------------------------------

    def call(self, server: Handler, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Make all payments at this gateway, and wait for nothing else."""
        self.server = server
        for mobile in self.mobiles:
            payment = Outgoing(mobile, self.amount, self.currency, len(self.made))
            self.made.append(payment)
            self.pay(payment)

    def pay(self, payment: Outgoing) -> None:
        payment.reference = self.new_reference(payment)
        self.tell(payment, Operation.VALIDATE_PAYEE)
        self.wait(payment, Status.PAYEE_VALIDATING)
        if not self.may_send_payer(payment):
            return
        self.tell(payment, Operation.VALIDATE_PAYER)
        self.wait(payment, Status.PAYER_VALIDATING)
        if not self.may_confirm(payment):
            return
        self.tell(payment, Operation.MAKE_PAYMENT)
        self.wait(payment, Status.SENDING, Status.PROCESSING)
        self.after_payment(payment)

    def may_send_payer(self, payment: Outgoing) -> bool:
        """ORDER-08, -10."""
        return payment.status is Status.PAYEE_VALIDATED

    def may_confirm(self, payment: Outgoing) -> bool:
        """ORDER-09, -10, METHODS-08."""
        return payment.status is Status.PAYER_VALIDATED

    def wait(self, payment: Outgoing, *statuses: Status) -> None:
        """Ask until the payment leaves these statuses, or patience is over."""
        waited = 0.0
        while payment.status in statuses and waited < self.patience_s:
            self.sleep(self.pause_s())
            waited += self.interval_s
            self.tell(payment, Operation.GET_PAYMENT)

    def pause_s(self) -> float:
        """POLLING-03."""
        return self.interval_s

    def after_payment(self, payment: Outgoing) -> None:
        """REPEATS-07, POLLING-04: nothing more once it was confirmed and came to its end."""

    def tell(self, payment: Outgoing, operation: Operation) -> None:
        """Send one message, and learn from the answer."""
        reply = self.server.handle(self.request(payment, operation))
        self.learn(payment, reply)

    def learn(self, payment: Outgoing, reply: Reply) -> None:
        try:
            answer = json.loads(reply.body)
            taken = reply.status == 200 and answer["result_code"] == SUCCESS
            payment.status = Status(answer["response"]["status"]) if taken else None
            payment.id = answer["response"]["payment_id"] if taken else payment.id
        except (ValueError, KeyError, TypeError):
            payment.status = None

    def is_over(self, payment: Outgoing) -> bool:
        return payment.status is None or payment.status in REJECTED | DONE

    # --- requests (METHODS-06, -07, ENVELOPE-01, -02) -----------------------------------------------------------

    def request(self, payment: Outgoing, operation: Operation) -> Request:
        token = self.token(payment, operation)
        return Request(
            self.verb(operation), self.path(operation, payment), self.headers(payment, operation), self.body(token)
        )

    def verb(self, operation: Operation) -> str:
        return operation.verb

    def path(self, operation: Operation, payment: Outgoing) -> str:
        return operation.path(payment.id)

    def headers(self, payment: Outgoing, operation: Operation) -> Headers:
        return (("Content-Type", "application/json"),)

    def body(self, token: str) -> bytes:
        return as_json({SIGNED_MESSAGE: token})

    # --- signature (SIGNATURE-01, -02, ALGORITHMS-01, KEYS-01, CONTENT-05) --------------------------------------

    def token(self, payment: Outgoing, operation: Operation) -> str:
        payload = self.payload(self.members(payment, operation))
        signing_input = f"{encoded(as_json(self.header(payment)))}.{encoded(payload)}"
        return f"{signing_input}.{encoded(self.signature(signing_input.encode('ascii'), operation))}"

    def header(self, payment: Outgoing) -> Mapping[str, Any]:
        return {"alg": ALG}

    def payload(self, members: Mapping[str, Any]) -> bytes:
        return as_json(members)

    def signature(self, signing_input: bytes, operation: Operation) -> bytes:
        return rsa_private(self.signing_key(operation)).sign(signing_input, PKCS1v15(), SHA256())

    def signing_key(self, operation: Operation) -> JWK:
        if self.bank.private is None:
            raise ValueError("a bank client signs with the private key of its bank")
        return self.bank.private

    # --- members (CONTENT, CERTIFICATES, PARTIES-07, DATES, AMOUNTS, REPEATS-08) ----------------------------------

    def members(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        """The object that is signed."""
        date = {"request_date": self.date(operation)}
        match operation:
            case Operation.VALIDATE_PAYEE:
                parties = self.parties(payment, operation)
                return {**date, **parties, **self.certificates(), **self.secret_members(payment, operation)}
            case Operation.VALIDATE_PAYER:
                named = {**self.signed_id(payment, operation), **self.parties(payment, operation)}
                return {**date, **named, **self.certificates(), **self.secret_members(payment, operation)}
            case Operation.MAKE_PAYMENT:
                keys = self.confirmation_keys(payment)
                info = {"payment_info": self.info(payment)}
                return {**date, **self.signed_id(payment, operation), **self.certificates(), **keys, **info}
        return {**date, **self.signed_id(payment, operation)}

    def date(self, operation: Operation) -> str:
        """DATES-01, -05."""
        moment = self.clock()
        return date_text(moment, self.zone, f"{moment.microsecond:06}{self.random.randrange(1000):03}")

    def new_reference(self, payment: Outgoing) -> str:
        """REPEATS-08."""
        return str(self.random.randrange(10**17, 10**18))

    def parties(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        """PARTIES-07, CONTENT-09."""
        return {
            "sender_party_reference_id": payment.reference,
            "sender_party": self.bank.code,
            "receiver_party": self.receiver.code,
        }

    def certificates(self) -> dict[str, Any]:
        """CERTIFICATES-01, -02."""
        return {"sender_party_cert_id": self.bank.cert_id, "receiver_party_cert_id": self.receiver.cert_id}

    def signed_id(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        """CONTENT-07."""
        return {"payment_id": payment.id}

    def info(self, payment: Outgoing) -> dict[str, Any]:
        return {"amount": payment.amount, "currency": payment.currency}

    # --- keys (KEYS) ----------------------------------------------------------------------------------------------

    def new_aes_key(self, payment: Outgoing, operation: Operation) -> bytes:
        """KEYS-06 to -08: one for each message."""
        return self.random.randbytes(32)

    def encrypted_keys(self, aes_key: bytes) -> dict[str, str]:
        """KEYS-02 to -05."""
        return dict(zip(KEYS, (self.key_for_receiver(aes_key), self.key_for_sender(aes_key)), strict=True))

    def key_for_receiver(self, aes_key: bytes) -> str:
        return self.wrapped(aes_key, self.receiver.key)

    def key_for_sender(self, aes_key: bytes) -> str:
        return self.wrapped(aes_key, self.bank.key)

    def wrapped(self, aes_key: bytes, key: JWK) -> str:
        return wrap(aes_key, key, self.padding, self.random.randbytes)

    def confirmation_keys(self, payment: Outgoing) -> dict[str, str]:
        """IR09."""
        return self.encrypted_keys(self.new_aes_key(payment, Operation.MAKE_PAYMENT))

    # --- data (ENCRYPTION, PEOPLE) --------------------------------------------------------------------------------

    def secret_members(self, payment: Outgoing, operation: Operation) -> dict[str, Any]:
        """The encrypted keys and data of a message."""
        aes_key = self.new_aes_key(payment, operation)
        content = self.data_bytes(self.data(payment, operation))
        name = data_member(operation) or ""
        return {**self.encrypted_keys(aes_key), name: self.sealed(content, aes_key, payment)}

    def data(self, payment: Outgoing, operation: Operation) -> Any:
        if operation is Operation.VALIDATE_PAYEE:
            return {"payee": {"mobile": self.mobile(payment)}}
        return {"payer": self.person()}

    def mobile(self, payment: Outgoing) -> str:
        """PEOPLE-02."""
        return payment.mobile

    def person(self) -> dict[str, Any]:
        """PEOPLE-03 to -06."""
        return dict(self.payer)

    def data_bytes(self, data: Any) -> bytes:
        """PEOPLE-07."""
        return as_json(data)

    def sealed(self, content: bytes, aes_key: bytes, payment: Outgoing) -> str:
        """ENCRYPTION-01 to -06."""
        return jwe.encrypt(content, aes_key, self.fresh(payment))

    def fresh(self, payment: Outgoing) -> Fresh:
        return Fresh.drawn(self.random.randbytes)
