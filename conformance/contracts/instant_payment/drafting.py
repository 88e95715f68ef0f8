"""How the suite makes the messages of a sender bank: drawn from seed and moment, dated, encrypted, signed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

from conformance.contracts.instant_payment.declaration import Declaration, Person
from conformance.contracts.instant_payment.messages import (
    Identity,
    Message,
    Payment,
    faulty_text,
    good_jws,
    signed_text,
    transported,
)
from conformance.contracts.instant_payment.stand_ins import playable
from conformance.contracts.instant_payment.wire import ALG, KEYS, Operation, date_text, seconds
from conformance.crypto.compact import as_json
from conformance.crypto.faults import GoodJwe, GoodJws, JwsFault
from conformance.crypto.jwe import Fresh
from conformance.engine.session import Session


class Drafting:
    """The messages of a bank, every one with a date, a reference, an AES key and IVs of its own."""

    def __init__(self, session: Session, identity: Identity | None = None) -> None:
        declared: Declaration = session.declaration  # type: ignore[assignment]
        self.declaration = playable(declared, session.redactor)
        self._session = session
        banks, keys = self.declaration.banks, self.declaration.keys
        self._secret = (keys.sender.private or "").encode("utf-8")
        self.identity = identity or Identity(banks.sender.code, banks.sender.cert_id, keys.sender)

    @property
    def random(self) -> Random:
        """What a run draws by its seed and its moment: a gateway remembers the references of the run before."""
        return self._session.random_with(self._session.now.isoformat().encode("ascii"))

    @property
    def secret_random(self) -> Random:
        """What AES keys and IVs are drawn from: nobody without the sender bank's key can draw them again."""
        moment = self._session.now.isoformat().encode("ascii")
        return self._session.random_with(hmac.digest(self._secret, moment, "sha256"))

    # --- good messages ----------------------------------------------------------------------------------------

    def payee(self, mobile: str | None = None, *, data: Any = None, **members: Any) -> Message:
        """Validate Payee to the receiver bank, under a reference of its own; `data` replaces what is encrypted."""
        content = {"payee": {"mobile": mobile or self.declaration.payee.mobile}} if data is None else data
        aes_key, keys = self.drawn_keys()
        sealed = self.sealed(content, aes_key)
        everything = {
            "request_date": self.date(),
            **self.parties(self.reference()),
            **self.certificates(),
            **keys,
            "payee_encrypted_data": sealed.text,
            **members,
        }
        return Message(Operation.VALIDATE_PAYEE, "", everything, aes_key, sealed)

    def payer(self, payment: Payment, person: Person | None = None, *, data: Any = None, **members: Any) -> Message:
        """Validate Payer for a payment, with all four members of which the source names some (IR08)."""
        content = {"payer": (person or self.declaration.payer.good).model_dump()} if data is None else data
        aes_key, keys = self.drawn_keys()
        sealed = self.sealed(content, aes_key)
        everything = {
            "request_date": self.date(),
            "payment_id": payment.id,
            **self.parties(payment.reference),
            **self.certificates(),
            **keys,
            "payer_encypted_data": sealed.text,
            **members,
        }
        return Message(Operation.VALIDATE_PAYER, payment.id, everything, aes_key, sealed)

    def confirmation(
        self,
        payment: Payment,
        amount: Any = None,
        currency: Any = None,
        *,
        keys: bool | None = None,
        **members: Any,
    ) -> Message:
        """Make a Payment, with or without encrypted keys (IR09; by default as the configuration says)."""
        amounts = self.declaration.amounts
        aes_key = b""
        encrypted: dict[str, str] = {}
        if self.declaration.messages.confirm_keys if keys is None else keys:
            aes_key, encrypted = self.drawn_keys()
        everything = {
            "request_date": self.date(),
            "payment_id": payment.id,
            **self.certificates(),
            **encrypted,
            "payment_info": {
                "amount": amounts.usual if amount is None else amount,
                "currency": amounts.currencies[0] if currency is None else currency,
            },
            **members,
        }
        return Message(Operation.MAKE_PAYMENT, payment.id, everything, aes_key)

    def question(self, payment: Payment | str, **members: Any) -> Message:
        """Get a Payment."""
        payment_id = payment if isinstance(payment, str) else payment.id
        everything = {"request_date": self.date(), "payment_id": payment_id, **members}
        return Message(Operation.GET_PAYMENT, payment_id, everything)

    # --- parts of messages ------------------------------------------------------------------------------------

    def date(self, offset_s: float = 0.0) -> str:
        """A request_date of now, or of so many seconds later; no two are equal."""
        moment = self._session.channel.timer.now() + seconds(offset_s)
        fraction = f"{moment.microsecond // 1000:03}{self.random.randrange(10**6):06}"
        return date_text(moment, self.declaration.zone, fraction)

    def reference(self) -> str:
        """A sender_party_reference_id that was never used."""
        return str(self.random.randrange(10**17, 10**18))

    def another_amount(self) -> str:
        """The usual amount and one more of its last digit: no limit tells the two apart."""
        usual = Decimal(self.declaration.amounts.usual)
        return str(usual + Decimal((0, (1,), int(usual.as_tuple().exponent))))

    def made_up_payment_id(self) -> str:
        """A payment_id in the form of the source that nobody gave out."""
        return f"{self.random.getrandbits(128):032x}"

    def parties(self, reference: str) -> dict[str, str]:
        return {
            "sender_party_reference_id": reference,
            "sender_party": self.identity.code,
            "receiver_party": self.declaration.banks.receiver.code,
        }

    def certificates(self) -> dict[str, str]:
        return {
            "sender_party_cert_id": self.identity.cert_id,
            "receiver_party_cert_id": self.declaration.banks.receiver.cert_id,
        }

    def drawn_keys(self) -> tuple[bytes, dict[str, str]]:
        """A fresh AES key, and the two members that transport it; nothing of it may leave the run."""
        aes_key = self.secret_random.randbytes(32)
        self._session.redactor.add_secret_bytes("AES_KEY", aes_key)
        return aes_key, self.transporting(aes_key)

    def transporting(self, aes_key: bytes) -> dict[str, str]:
        """The two members that transport this AES key to the two banks."""
        banks = (self.declaration.keys.receiver, self.identity.key)
        padding = self.declaration.keys.transport
        seeds = [self.secret_random.getrandbits(64) for _ in banks]
        texts = [transported(aes_key, key, padding, seed) for key, seed in zip(banks, seeds, strict=True)]
        return dict(zip(KEYS, texts, strict=True))

    def sealed(self, content: Any, aes_key: bytes) -> GoodJwe:
        """Data ready to be encrypted to an AES key: bytes as they are, anything else as JSON."""
        payload = content if isinstance(content, bytes) else as_json(content)
        draw = self.secret_random.randbytes
        return GoodJwe(payload, aes_key, draw(32), Fresh.drawn(draw), Fresh.drawn(draw))

    # --- signing ----------------------------------------------------------------------------------------------

    @property
    def header(self) -> dict[str, Any]:
        """The JWS header of our messages (IR10)."""
        kid = {"kid": self.identity.cert_id} if self.declaration.keys.kid_in_header else {}
        return {"alg": ALG, **kid}

    def signed(self, message: Message) -> str:
        """The compact JWS of a message."""
        return self.signed_bytes(as_json(message.members))

    def signed_bytes(self, payload: bytes, **header: Any) -> str:
        """The compact JWS of these very bytes; further header members as keywords."""
        return signed_text(payload, self.identity.key, as_json({**self.header, **header}))

    def signed_under(self, message: Message, header: bytes) -> str:
        """The compact JWS of a message, well signed under a header of these very bytes."""
        return signed_text(as_json(message.members), self.identity.key, header)

    def jws(self, message: Message, *, header: Mapping[str, Any] | None = None, **places: str) -> GoodJws:
        """A message ready to be signed with one fault; `kid` and `url` are what some faults carry.

        `header` are further members. The foreign key is published with the suite, and not the stray one of the
        configuration.
        """
        return good_jws(
            as_json(message.members), self._other_payload(), self.identity.key, self._further(header), **places
        )

    def faulty(self, message: Message, fault: JwsFault, header: Mapping[str, Any] | None = None, **places: str) -> str:
        """The text of a message whose JWS has one fault; the rest as in `jws`."""
        payload, further = as_json(message.members), as_json(self._further(header))
        return faulty_text(
            fault, payload, self._other_payload(), self.identity.key, further, as_json(places).decode("utf-8")
        )

    def _further(self, header: Mapping[str, Any] | None) -> dict[str, Any]:
        """The members of our header beside alg, and more."""
        return {name: value for name, value in {**self.header, **(header or {})}.items() if name != "alg"}

    def _other_payload(self) -> bytes:
        return as_json(
            {"request_date": self.date(), "payment_id": self.made_up_payment_id(), "note": "another message"}
        )
