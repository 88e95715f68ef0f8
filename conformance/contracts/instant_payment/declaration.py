"""The tables of `conformance.toml` that belong to instant-payment: banks, keys, people, amounts, waiting."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, Self
from zoneinfo import ZoneInfo

from iso4217 import Currency
from jwcrypto.jwk import JWK
from pydantic import Field, ValidationInfo, field_validator, model_validator

from conformance.config import Configuration, Table, Target, is_public
from conformance.contracts.instant_payment.published_keys import STRAY
from conformance.contracts.instant_payment.wire import PAYER_MEMBERS, VERSION
from conformance.crypto.certificates import certificate
from conformance.crypto.keys import long_enough, private_key, public_key, public_part
from conformance.crypto.keytransport import Padding
from conformance.engine.contract import Privacy
from conformance.errors import KeyFileError

_BIRTHDAY = re.compile(r"(0[1-9]|[12]\d|3[01])/(0[1-9]|1[0-2])/\d{4}", re.ASCII)
_AMOUNT = r"^(0|[1-9][0-9]*)(\.[0-9]{1,2})?$"


class BankNames(Table):
    """A bank as messages name it."""

    code: str = Field(min_length=1)
    cert_id: str = Field(min_length=1)

    @field_validator("code")
    @classmethod
    def _code_is_one_word(cls, value: str) -> str:
        if not value.isprintable() or any(map(str.isspace, value)):
            raise ValueError(f'"{value}" is no bank code; give it as the gateway knows it, for example BAGAGE22')
        return value


class Banks(Table):
    """The bank whose part the suite plays, the one that is paid to, another registered one, and one that is not."""

    sender: BankNames
    receiver: BankNames
    other: BankNames | None = None
    nobody: BankNames = BankNames(code="ZZZZGE2X", cert_id="conformance-unknown")


class KeyPair(Table):
    """The halves of an RSA key that we have: PKCS#8 and SubjectPublicKeyInfo or a certificate, each in PEM form."""

    private: str | None = None
    public: str | None = None

    @field_validator("private")
    @classmethod
    def _private_is_an_rsa_key(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and not is_public(info):
            try:
                cls._fit_to_sign(private_key(value))
            except KeyFileError as error:
                raise ValueError(str(error)) from None
        return value

    @field_validator("public")
    @classmethod
    def _public_is_an_rsa_key(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                is_rsa(cls._public_key(value))
            except KeyFileError as error:
                raise ValueError(str(error)) from None
        return value

    @property
    def signing(self) -> JWK | None:
        return private_key(self.private) if self.private else None

    @property
    def verifying(self) -> JWK | None:
        """The public half, derived from the private one where it is not given."""
        if self.public:
            return self._public_key(self.public)
        return _public_half(self.private) if self.private else None

    @classmethod
    def _public_key(cls, pem: str) -> JWK:
        return certificate(pem).key if "CERTIFICATE" in pem else public_key(pem)

    @classmethod
    def _fit_to_sign(cls, key: JWK) -> None:
        """Raises KeyFileError for a key of another kind, or a short one."""
        is_rsa(key)
        long_enough(key, "private key")


def is_rsa(key: JWK) -> None:
    """Raises KeyFileError for a key of another kind."""
    if key.get("kty") != "RSA":
        raise KeyFileError(f"this is a key of type {key.get('kty')}; signatures and AES keys here take an RSA key")


class Keys(Table):
    """Keys of the banks, and how they are used."""

    transport: Padding = Padding.PKCS1  # IR02
    kid_in_header: bool = False  # IR10
    sender: KeyPair
    receiver: KeyPair
    other: KeyPair | None = None
    stray: KeyPair = KeyPair(private=STRAY)

    @field_validator("transport", mode="before")
    @classmethod
    def _transport_by_name(cls, value: object) -> object:
        names = [padding.value for padding in Padding]
        if isinstance(value, str) and value not in names:
            raise ValueError(f'no padding "{value}"; known: {", ".join(names)}')
        return Padding(value) if isinstance(value, str) else value


class Payee(Table):
    """Mobile numbers that the receiver bank knows and does not know."""

    mobile: str = Field(min_length=1)
    unknown_mobile: str = Field(min_length=1)
    initials: str | None = None


class Person(Table):
    """The eight members that describe a payer."""

    first_name_ka: str = Field(min_length=1)
    last_name_ka: str = Field(min_length=1)
    first_name_en: str = Field(min_length=1)
    last_name_en: str = Field(min_length=1)
    personal_id: str = Field(min_length=1)
    date_of_birth: str
    initials_ka: str = Field(min_length=1)
    initials_en: str = Field(min_length=1)

    @field_validator("date_of_birth")
    @classmethod
    def _date_of_birth_is_day_month_year(cls, value: str, info: ValidationInfo) -> str:
        if not is_public(info) and not _BIRTHDAY.fullmatch(value):
            raise ValueError(f'"{value}" is no date of the form DD/MM/YYYY')
        return value


class Payers(Table):
    """A payer whom the receiver bank takes, and one whom it does not."""

    good: Person
    rejected: Person | None = None


class Amounts(Table):
    """What may be paid."""

    currencies: list[str] = Field(default=["GEL"], min_length=1)
    usual: str = Field(default="10.50", pattern=_AMOUNT)
    small: str = Field(default="0.10", pattern=_AMOUNT)
    large: str = Field(default="1234567.89", pattern=_AMOUNT)

    @field_validator("currencies")
    @classmethod
    def _currencies_are_known(cls, value: list[str]) -> list[str]:
        known = {currency.code for currency in Currency}
        if unknown := [code for code in value if code not in known]:
            raise ValueError(f'"{unknown[0]}" is no currency of ISO 4217')
        return value


class Polling(Table):
    """How the suite waits for a payment to go on (IR27)."""

    interval_s: float = Field(default=1.0, gt=0, le=60)
    patience_s: float = Field(default=60.0, gt=0, le=3600)
    quiet_intervals: int = Field(default=3, ge=1, le=100)


class Dates(Table):
    """What a request_date means (IR06), and how far off it may be (IR07)."""

    zone: str = "Asia/Tbilisi"
    tolerance_s: float | None = Field(default=None, gt=0)

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
            raise ValueError(f'no time zone "{value}"; write it as "Asia/Tbilisi" or "UTC"') from None
        return value


class Receiver(Table):
    """Whether somebody behind the gateway opens what is encrypted (IR33)."""

    opens: bool = True


class Answers(Table):
    """Where initials stand in the receiver bank's answer, as a JSON Pointer (IR14)."""

    initials: str | None = Field(default=None, pattern=r"^(/[^/]+)+$")


class Messages(Table):
    """How the suite's messages look where the source leaves it open."""

    confirm_keys: bool = True  # IR09
    oversized_bytes: int = Field(default=4 * 1024 * 1024, ge=64 * 1024, le=64 * 1024 * 1024)


class Listener(Table):
    """Where the target could reach a listener of the suite; by default on this machine alone."""

    address: str | None = Field(default=None, pattern=r"^http://[^\s/?#]+:\d+$")


class Data(Table):
    """Facts that the suite cannot find out itself."""

    canceled_payment_id: str | None = Field(default=None, min_length=1)  # IE27


class GatewayTarget(Target):
    versions: list[str] = Field(default=[VERSION], min_length=1)

    @field_validator("versions")
    @classmethod
    def _there_is_one_version(cls, value: list[str]) -> list[str]:
        if value != [VERSION]:
            raise ValueError(f'there is one version, "{VERSION}"')
        return value


class Declaration(Configuration):
    """A configuration of the contract instant-payment."""

    role: Literal["gateway"] = "gateway"
    target: GatewayTarget
    banks: Banks
    keys: Keys
    payee: Payee
    payer: Payers
    amounts: Amounts = Amounts()
    polling: Polling = Polling()
    dates: Dates = Dates()
    receiver: Receiver = Receiver()
    answers: Answers = Answers()
    messages: Messages = Messages()
    listener: Listener = Listener()
    data: Data = Data()

    @model_validator(mode="after")
    def _has_the_keys_that_every_message_needs(self) -> Self:
        if self.keys.sender.private is None:
            raise ValueError("keys.sender.private: is missing; the suite plays the sender bank and signs with it")
        if self.keys.receiver.verifying is None:
            raise ValueError("keys.receiver.public: is missing; data for the receiver bank is encrypted to it")
        if self.keys.stray.private is None:
            raise ValueError("keys.stray.private: is missing; leave the table out to use a published test key")
        return self

    @model_validator(mode="after")
    def _banks_differ(self) -> Self:
        banks = [self.banks.sender, self.banks.receiver, *([self.banks.other] if self.banks.other else [])]
        for name in ("code", "cert_id"):
            if len({getattr(bank, name) for bank in (*banks, self.banks.nobody)}) != len(banks) + 1:
                raise ValueError(f"banks: two of them have the same {name}")
        if self.keys.other and self.banks.other is None:
            raise ValueError("banks.other: is missing; keys.other belong to it")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.dates.zone)


@lru_cache(maxsize=32)
def _public_half(pem: str) -> JWK:
    return public_part(private_key(pem))


_MEMBERS = ("mobile", "initials", *PAYER_MEMBERS)  # IR14: initials may have a name of their own


def privacy(declaration: Declaration) -> Privacy:
    """What a run against this declaration must keep to itself: private keys, the payee and the payers."""
    keys = declaration.keys
    pairs = {"SENDER": keys.sender, "RECEIVER": keys.receiver, "OTHER": keys.other or KeyPair(), "STRAY": keys.stray}
    secrets = {f"{name}_PRIVATE_KEY": pair.private for name, pair in pairs.items() if pair.private is not None}
    secrets |= {"PAYEE_MOBILE": declaration.payee.mobile, "UNKNOWN_MOBILE": declaration.payee.unknown_mobile}
    if declaration.payee.initials:
        secrets["PAYEE_INITIALS"] = declaration.payee.initials
    for name, person in (("PAYER", declaration.payer.good), ("REJECTED_PAYER", declaration.payer.rejected)):
        if person is not None:
            secrets |= {f"{name}_{member.upper()}": getattr(person, member) for member in PAYER_MEMBERS}
    pointed = (declaration.answers.initials or "").rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    return Privacy(secrets, (), (*_MEMBERS, *filter(None, [pointed])))
