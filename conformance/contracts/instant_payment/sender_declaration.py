"""The tables of `conformance.toml` for the role `sender`: whose messages are judged, and which payments are awaited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from jwcrypto.jwk import JWK
from pydantic import Field, ValidationInfo, field_validator, model_validator

from conformance.config import Configuration, Table, is_public
from conformance.contracts.instant_payment.declaration import (
    Amounts,
    BankNames,
    Dates,
    GatewayTarget,
    KeyPair,
    Keys,
    Polling,
    is_rsa,
)
from conformance.contracts.instant_payment.wire import PAYER_MEMBERS
from conformance.crypto.certificates import certificate
from conformance.crypto.keys import public_key, public_pem
from conformance.engine.contract import Privacy

TOLERANCE_S = 300.0  # unless dates.tolerance_s says otherwise (DATES-05)


class Banks(Table):
    """The bank under test, and the one that it pays to."""

    sender: BankNames
    receiver: BankNames

    @model_validator(mode="after")
    def _banks_differ(self) -> Self:
        for name in ("code", "cert_id"):
            if getattr(self.sender, name) == getattr(self.receiver, name):
                raise ValueError(f"banks: the two of them have the same {name}")
        return self


class SenderKeyPair(KeyPair):
    """Here the length of a key is no fault of the configuration, but a rule that the bank may break (KEYS-01)."""

    @classmethod
    def _public_key(cls, pem: str) -> JWK:
        return certificate(pem, least_bits=0).key if "CERTIFICATE" in pem else public_key(pem, least_bits=0)

    @classmethod
    def _fit_to_sign(cls, key: JWK) -> None:
        is_rsa(key)


class SenderKeys(Keys):
    """The public key of the bank under test, and the private one of the receiver bank, whose part the suite plays."""

    sender: SenderKeyPair
    receiver: KeyPair


class Scenarios(Table):
    """Mobile numbers: which of them is paid to decides what the suite answers."""

    good: list[str] = Field(min_length=2)
    slow: list[str] = []
    unknown_payee: list[str] = []
    rejected_payer: list[str] = []
    canceled: list[str] = []
    refused: list[str] = []

    @model_validator(mode="after")
    def _each_number_stands_once(self, info: ValidationInfo) -> Self:
        if is_public(info):
            return self
        numbers = [digits(number) for _, number in self.places()]
        if "" in numbers:
            raise ValueError("a mobile number has digits")
        if len(set(numbers)) != len(numbers):
            raise ValueError("a mobile number stands in two scenarios; each needs its own")
        return self

    def places(self) -> Iterator[tuple[str, str]]:
        """Every number with the place where it stands, as in `good[0]`."""
        for name in type(self).model_fields:
            for index, number in enumerate(getattr(self, name)):
                yield f"{name}[{index}]", number

    def place_of(self, mobile: str) -> str:
        """The place of a number, however it is punctuated; empty for one that stands nowhere."""
        return next((place for place, number in self.places() if digits(number) == digits(mobile)), "")


class Sender(Table):
    """How the payments of the scenarios come about: by a command, once for each number, or by a person."""

    wait_s: float = Field(default=600.0, gt=0, le=86400)
    command: list[str] = []


class SenderTarget(GatewayTarget):
    """`base_url` is where the suite listens."""

    @field_validator("base_url")
    @classmethod
    def _is_served_in_clear(cls, value: str) -> str:
        if not value.startswith("http://"):
            raise ValueError("should be http://: the suite listens there itself; put TLS in front of it where needed")
        return value


class SenderDeclaration(Configuration):
    """A configuration of the contract instant-payment for a bank's client software."""

    role: Literal["sender"] = "sender"
    target: SenderTarget
    banks: Banks
    keys: SenderKeys
    scenarios: Scenarios
    sender: Sender = Sender()
    amounts: Amounts = Amounts()
    polling: Polling = Polling()
    dates: Dates = Dates()

    @model_validator(mode="after")
    def _has_the_keys_that_judge_a_message(self) -> Self:
        if self.keys.sender.public is None and self.keys.sender.private is None:
            raise ValueError("keys.sender.public: is missing; signatures of the bank under test are verified with it")
        if self.keys.receiver.private is None:
            raise ValueError("keys.receiver.private: is missing; the suite opens with it what the bank encrypts")
        return self

    def public(self) -> dict[str, Any]:
        """With the public halves of all keys, by which most of a record can be judged without the private ones."""
        document = super().public()
        for name, pair in (("sender", self.keys.sender), ("receiver", self.keys.receiver)):
            if pair.verifying is not None:
                document["keys"][name]["public"] = public_pem(pair.verifying).decode("ascii")
        return document

    @property
    def listens_at(self) -> str:
        """The suite itself is the gateway at `target.base_url`."""
        return self.target.base_url

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.dates.zone)

    @property
    def tolerance_s(self) -> float:
        return self.dates.tolerance_s or TOLERANCE_S


def digits(mobile: str) -> str:
    """A mobile number without what people put between the digits."""
    return "".join(char for char in mobile if char.isdigit())


def sender_privacy(declaration: SenderDeclaration) -> Privacy:
    """What such a run must keep to itself: private keys, and the numbers of the scenarios."""
    keys = declaration.keys
    pairs = {"SENDER": keys.sender, "RECEIVER": keys.receiver, "STRAY": keys.stray}
    secrets = {f"{name}_PRIVATE_KEY": pair.private for name, pair in pairs.items() if pair.private is not None}
    secrets |= {f"MOBILE_{place.upper()}": number for place, number in declaration.scenarios.places()}
    return Privacy(secrets, (), ("mobile", *PAYER_MEMBERS))
