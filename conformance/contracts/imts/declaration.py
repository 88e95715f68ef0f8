"""The tables of `conformance.toml` that belong to imts: credentials, readings, and the bank's mapping.

What the source does not publish stands in `paths`, `members` and `values`: a path per method, members per request,
a JSON Pointer per value of an answer. A method without a path is not applicable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, Self

from iso4217 import Currency
from pydantic import Field, ValidationInfo, field_validator, model_validator

from conformance.config import Configuration, Table, Target, is_public
from conformance.contracts.imts.readings import Encryption, Signing
from conformance.contracts.imts.wire import ENCRYPTED, KNOWN_PATHS, SIGNATURE, VERSION, Method
from conformance.engine.contract import Privacy
from conformance.errors import KeyFileError
from conformance.transport.jsontext import kind_of

PLACEHOLDERS = (
    *("agent_id", "agent_secret", "refresh_token", "target_agent_id", "client_id", "transfer_id", "uuid", "salt"),
    *("originator_type", "target_country", "amount_source", "currency_source", "currency_target"),
    *("destination_type", "destination_identifier"),
)
"""What `{...}` may name in a path or a member."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

_TRANSFER = {"transfer_id": "{transfer_id}"}
DEFAULT_MEMBERS: dict[Method, dict[str, Any]] = {
    Method.GET_TOKEN: {"agent_id": "{agent_id}", "agent_secret": "{agent_secret}"},
    Method.REFRESH_TOKEN: {"refresh_token": "{refresh_token}"},
    Method.CREATE: {
        "client_uuid": "{uuid}",  # MTR09
        "originator_type": "{originator_type}",
        "amount_source": "{amount_source}",
        "currency_source": "{currency_source}",
        "currency_target": "{currency_target}",
    },
    Method.CONFIRM: _TRANSFER,
    Method.PAYOUT: _TRANSFER,
    Method.PAYOUT_CONFIRM: _TRANSFER,
    Method.CANCEL: _TRANSFER,
    Method.SEARCH: _TRANSFER,
    Method.PRINT_APPLICATION: _TRANSFER,
    Method.PERSON_INFO: {"client_id": "{client_id}"},
    Method.BUSINESS_INFO: {"client_id": "{client_id}"},
}
"""Members of requests of which the source says nothing, until a configuration says otherwise."""


_COUNTRY = 'three capital letters, such as "KAZ" (ISO 3166-1 alpha-3)'


class Agent(Table):
    """The credentials of an agent; the access token is asked for unless it is given."""

    agent_id: str = Field(min_length=1)
    agent_secret: str = Field(min_length=1)
    access_token: str | None = Field(default=None, min_length=1)
    partner_key: str | None = Field(default=None, min_length=1)
    country: str | None = Field(default=None, pattern=r"^[A-Z]{3}$", description=_COUNTRY)  # where the agent pays out


class Auth(Agent):
    """The agent whose part the suite plays, another one, and tokens that are good no more."""

    expired_token: str | None = Field(default=None, min_length=1)
    refresh_in: Literal["body", "bearer"] = "body"
    other: Agent | None = None


def _placeholders_known(value: str) -> str:
    if unknown := [name for name in _PLACEHOLDER.findall(value) if name not in PLACEHOLDERS]:
        raise ValueError(f"no placeholder {{{unknown[0]}}}; known: {', '.join(PLACEHOLDERS)}")
    if {"{", "}"} & {*_PLACEHOLDER.sub("", value)}:
        raise ValueError("a brace stands alone; a placeholder is written {transfer_id}")
    return value


class Paths(Table):
    """The path of each method after target.base_url; six are published, the others are mapped or not applicable."""

    get_token: str | None = None
    refresh_token: str | None = None
    get_agents: str | None = None
    fees: str = KNOWN_PATHS[Method.FEES]
    create_person: str | None = None
    create_business: str | None = None
    create: str = KNOWN_PATHS[Method.CREATE]
    print_application: str | None = None
    confirm: str = KNOWN_PATHS[Method.CONFIRM]
    search: str | None = None
    payout: str = KNOWN_PATHS[Method.PAYOUT]
    payout_confirm: str = KNOWN_PATHS[Method.PAYOUT_CONFIRM]
    cancel: str = KNOWN_PATHS[Method.CANCEL]
    get_person_info: str | None = None
    get_business_info: str | None = None
    status: str | None = None
    info: str | None = None

    @field_validator("*")
    @classmethod
    def _is_a_path(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"/[!-~]*", value):
            raise ValueError("should be the path after target.base_url, beginning with /")
        return None if value is None else _placeholders_known(value)


_Members = dict[str, str | int | float | bool]


def _default(method: Method) -> Any:
    return Field(default_factory=lambda: DEFAULT_MEMBERS.get(method, {}))


class Members(Table):
    """Members of each request with a body, beyond those that the source names."""

    get_token: _Members = _default(Method.GET_TOKEN)
    refresh_token: _Members = _default(Method.REFRESH_TOKEN)
    fees: _Members = _default(Method.FEES)
    create_person: _Members = _default(Method.CREATE_PERSON)
    create_business: _Members = _default(Method.CREATE_BUSINESS)
    create: _Members = _default(Method.CREATE)
    print_application: _Members = _default(Method.PRINT_APPLICATION)
    confirm: _Members = _default(Method.CONFIRM)
    search: _Members = _default(Method.SEARCH)
    payout: _Members = _default(Method.PAYOUT)
    payout_confirm: _Members = _default(Method.PAYOUT_CONFIRM)
    cancel: _Members = _default(Method.CANCEL)
    get_person_info: _Members = _default(Method.PERSON_INFO)
    get_business_info: _Members = _default(Method.BUSINESS_INFO)

    @field_validator("*", mode="before")
    @classmethod
    def _values_are_flat(cls, value: Any) -> Any:
        for name, item in value.items() if isinstance(value, dict) else ():
            if name in (SIGNATURE, ENCRYPTED):
                raise ValueError(f"{name} is made by the suite; leave it out")
            if kind_of(item) in ("null", "array", "object"):
                raise ValueError(f"{name} should be a text, a number, true or false (is {kind_of(item)})")
            if isinstance(item, str):
                _placeholders_known(item)
        return value


_POINTER = r"^(/([^/~]|~[01])+)+$"
_POINTER_WORDS = 'a JSON Pointer, such as "/data/status"'
Pointer = str | dict[str, str]


class Values(Table):
    """Where values stand in answers: a JSON Pointer, or a table with one per method and `default`."""

    access_token: Pointer = "/access_token"
    refresh_token: Pointer = "/refresh_token"
    client_id: Pointer = "/client_id"
    transfer_id: Pointer = "/transfer_id"
    status: Pointer = "/status"
    fee: Pointer | None = "/fee"
    agent_id: Pointer = "/agents/0/agent_id"  # of the first agent in a list, and so of each
    personal_data: Pointer | None = None  # the object that holds encrypted_data in answers; "" is the answer itself
    outcome: Pointer | None = None
    refused_outcomes: list[str] = ["error"]

    @field_validator("*", mode="before")
    @classmethod
    def _is_a_pointer(cls, value: Any, info: ValidationInfo) -> Any:
        if info.field_name == "refused_outcomes" or value is None:
            return value
        for name, text in (value if isinstance(value, dict) else {"default": value}).items():
            if name not in {"default", *(method.key for method in Method)}:
                raise ValueError(f'no method "{name}"; a table of pointers has one per method, and "default"')
            if kind_of(text) != "string":
                raise ValueError(f"should be {_POINTER_WORDS} (is {kind_of(text)})")
            if not re.fullmatch(_POINTER, text) and not (text == "" and info.field_name == "personal_data"):
                raise ValueError(f'"{text}" is no JSON Pointer; write it as "/data/status"')
        return value

    def pointer(self, name: str, method: Method) -> str | None:
        """Where a value stands in the answers of a method; None where that is not mapped."""
        found = getattr(self, name)
        return found.get(method.key, found.get("default")) if isinstance(found, dict) else found


class Quote(Table):
    """What fees are asked for and transfers made of."""

    originator_type: Literal["person", "business"] = "person"
    target_country: str = Field(default="KAZ", pattern=r"^[A-Z]{3}$", description=_COUNTRY)
    amount_source: str = Field(
        default="100.50",
        pattern=r"^(0|[1-9]\d{0,10})(\.\d{1,4})?$",
        description='a text of at most eleven digits and four decimals, such as "100.50"',
    )
    currency_source: str = "USD"
    currency_target: str = "KZT"

    @field_validator("currency_source", "currency_target")
    @classmethod
    def _currency_is_known(cls, value: str) -> str:
        if value not in {currency.code for currency in Currency}:
            raise ValueError(f'"{value}" is no currency of ISO 4217')
        return value


class Destination(Table):
    """Where a transfer may go: one destination of each type that there is, the first one for most transfers.

    With `target_agent_id` directed transfers are tried as well as those on demand.
    """

    phone: str | None = Field(default=None, min_length=1, max_length=100)
    iban: str | None = Field(default=None, min_length=1, max_length=100)
    pan: str | None = Field(default=None, min_length=1, max_length=100)
    target_agent_id: str | None = Field(default=None, min_length=1, max_length=36)

    @model_validator(mode="after")
    def _there_is_one(self) -> Self:
        if not self.by_type:
            raise ValueError("transfer: no destination; give phone, iban or pan")
        return self

    @property
    def by_type(self) -> dict[str, str]:
        """destination_identifier by destination_type."""
        found = {"phone": self.phone, "iban": self.iban, "pan": self.pan}
        return {kind: identifier for kind, identifier in found.items() if identifier is not None}


Data = dict[str, str]


CLIENTS = ("person", "rejected_person", "business", "recipient", "rejected_recipient")


class Clients(Table):
    """Personal data as the target wants them, encrypted: any members, as the target names them."""

    person: Data | None = None
    rejected_person: Data | None = None  # whom AML rejects as a sender
    business: Data | None = None
    recipient: Data | None = None
    rejected_recipient: Data | None = None  # whom AML rejects as a recipient
    codes: list[str] = []  # members whose values tell nothing of a person, such as the kind of a document

    @property
    def by_name(self) -> dict[str, Data]:
        """The data of every client that is declared."""
        return {who: getattr(self, who) for who in CLIENTS if getattr(self, who)}


class Patience(Table):
    """How the suite waits for a status to change (AML may take a while)."""

    interval_s: float = Field(default=1.0, gt=0, le=60)
    patience_s: float = Field(default=30.0, gt=0, le=3600)


class Callbacks(Table):
    """Where the target's notifications come to: an address of the suite that was given to the target beforehand."""

    address: str | None = Field(
        default=None, pattern=r"^http://[^\s/?#]+:\d+$", description="http://, a host and a port, without a path"
    )
    transfer_id: str = Field(default="/transfer_id", pattern=_POINTER, description=_POINTER_WORDS)
    status: str = Field(default="/status", pattern=_POINTER, description=_POINTER_WORDS)
    kind: str | None = Field(default=None, pattern=_POINTER, description=_POINTER_WORDS)  # MTR37
    wait_s: float = Field(default=10.0, gt=0, le=3600)
    retry_every_s: float = Field(default=900.0, gt=0, le=900)  # 15 minutes, or a scaled test value


class SystemTarget(Target):
    versions: list[str] = Field(default=[VERSION], min_length=1)

    @field_validator("versions")
    @classmethod
    def _there_is_one_version(cls, value: list[str]) -> list[str]:
        if value != [VERSION]:
            raise ValueError(f'there is one version, "{VERSION}"')
        return value


class Declaration(Configuration):
    """A configuration of the contract imts."""

    role: Literal["system"] = "system"
    target: SystemTarget
    auth: Auth
    signature: Signing = Signing()
    encryption: Encryption = Encryption()
    paths: Paths = Paths()
    members: Members = Members()
    values: Values = Values()
    fees: Quote = Quote()
    transfer: Destination
    clients: Clients = Clients()
    polling: Patience = Patience()
    callbacks: Callbacks = Callbacks()

    @model_validator(mode="after")
    def _has_what_every_request_needs(self, info: ValidationInfo) -> Self:
        if self.path(Method.GET_TOKEN) is None and self.auth.access_token is None:
            raise ValueError("auth.access_token: is missing; give it, or the path of get_token in paths.get_token")
        if is_public(info):
            return self
        for place, agent in (("auth", self.auth), ("auth.other", self.auth.other)):
            if agent is not None and agent.partner_key is not None:
                try:
                    self.encryption.reading.key(agent.partner_key, f"{place}.partner_key")
                except KeyFileError as error:
                    raise ValueError(f"{error}; see encryption.key_form") from None
        if self.clients.by_name and self.auth.partner_key is None:
            raise ValueError("auth.partner_key: is missing; personal data in [clients] are encrypted with it")
        return self

    @property
    def listens_at(self) -> str | None:
        """Where notifications come to."""
        return self.callbacks.address

    def path(self, method: Method) -> str | None:
        """The path of a method with its placeholders; None where it is not mapped."""
        found: str | None = getattr(self.paths, method.key)
        return found

    def members_of(self, method: Method) -> dict[str, Any]:
        """The members of a request as they are mapped, beyond those that the source names."""
        found: dict[str, Any] = getattr(self.members, method.key)
        return found

    @property
    def names_sender(self) -> str | None:
        """The member of create that names the registered sender; None where none is mapped (MTR31)."""
        members = self.members_of(Method.CREATE)
        return next((name for name, value in members.items() if value == "{client_id}"), None)

    @property
    def placeholders(self) -> dict[str, str]:
        """What the placeholders stand for that are the same in every request."""
        return {
            **self.fees.model_dump(),
            "destination_type": next(iter(self.transfer.by_type)),
            "destination_identifier": next(iter(self.transfer.by_type.values())),
            "target_agent_id": self.transfer.target_agent_id or "",
        }


def privacy(declaration: Declaration) -> Privacy:
    """What a run against this declaration must keep to itself: tokens, secrets, keys and people."""
    auth = declaration.auth
    secrets = {"AGENT_SECRET": auth.agent_secret}
    for name, agent in (("", auth), ("OTHER_", auth.other)):
        if agent is not None:
            secrets[f"{name}AGENT_SECRET"] = agent.agent_secret
            secrets |= {f"{name}ACCESS_TOKEN": agent.access_token} if agent.access_token else {}
            secrets |= {f"{name}PARTNER_KEY": agent.partner_key} if agent.partner_key else {}
    secrets |= {"EXPIRED_TOKEN": auth.expired_token} if auth.expired_token else {}
    secrets |= {f"DESTINATION_{kind.upper()}": one for kind, one in declaration.transfer.by_type.items()}
    names = {step for name in ("access_token", "refresh_token") for step in _last_steps(declaration, name)}
    for who, data in declaration.clients.by_name.items():
        personal = {member: value for member, value in data.items() if member not in declaration.clients.codes}
        names |= personal.keys()
        secrets |= {f"{who}_{member}".upper(): value for member, value in personal.items() if value}
    return Privacy(secrets, (), tuple(sorted(names)))


def _last_steps(declaration: Declaration, name: str) -> Iterator[str]:
    """The members that hold a value in answers, by their own names."""
    found = getattr(declaration.values, name)
    for pointer in found.values() if isinstance(found, dict) else [found]:
        yield pointer.rpartition("/")[2]
