"""How the suite makes the requests of a partner: mapped members, drawn salts, encrypted data, signatures."""

from __future__ import annotations

import hashlib
import json
import re
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from conformance.contracts.imts.declaration import Agent, Declaration
from conformance.contracts.imts.encryption import sealed
from conformance.contracts.imts.messages import Message, Transfer
from conformance.contracts.imts.signature import SignatureReading, signature_of
from conformance.contracts.imts.wire import FEES_MEMBERS, SALT, SIGNATURE, Method, Number, body_of
from conformance.crypto import cbc
from conformance.crypto.cbc import BLOCK_BYTES, Ciphered
from conformance.engine.observation import not_applicable
from conformance.engine.session import Session
from conformance.transport.message import Request

_ENCRYPTED_IN: Mapping[Method, str] = {Method.PAYOUT: "recipient"}
_CREATE_MEMBERS = ("destination_type", "destination_identifier", "target_country")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_ANY_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")

Signing = Callable[[Mapping[str, Any], str, SignatureReading], str]
"""Makes a pg_sig of members and a secret under a reading."""


class Drafting:
    """The messages of one agent. What needs a secret is kept as a fact of the run, so that it can be judged again."""

    def __init__(self, session: Session, agent: Agent | None = None, name: str = "the agent") -> None:
        self.declaration: Declaration = session.declaration  # type: ignore[assignment]
        self._session = session
        self.agent = agent or self.declaration.auth
        self.name = name

    @property
    def session(self) -> Session:
        """The run as this check sees it."""
        return self._session

    @property
    def random(self) -> Random:
        """What a run draws by its seed and its moment: a system remembers the ids of the run before."""
        return self._session.random_with(self._session.now.isoformat().encode("ascii"))

    def new_uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    # --- what is mapped ---------------------------------------------------------------------------------------

    def maps(self, method: Method) -> bool:
        return self.declaration.path(method) is not None

    def path(self, method: Method) -> str:
        """The path of a method with its placeholders. Ends the check as not applicable where there is none."""
        found = self.declaration.path(method)
        if found is None:
            not_applicable(f"the path of {method.key} is not published and not mapped (paths.{method.key})")
        return found

    def method_of(self, request: Request) -> Method | None:
        """The method whose verb and path a request has; None for none that is mapped."""
        mapped = ((method, form) for method, form in self._forms.items() if method.verb == request.method)
        return next((method for method, form in mapped if form.fullmatch(request.target)), None)

    @cached_property
    def _forms(self) -> Mapping[Method, re.Pattern[str]]:
        """The mapped paths, with anything in place of their placeholders, and any further parameters."""
        return {
            method: re.compile("[^/?&]*".join(map(re.escape, _ANY_PLACEHOLDER.split(path))) + r"(?:[?&].*)?")
            for method in Method
            if (path := self.declaration.path(method)) is not None
        }

    def data_of(self, who: str) -> dict[str, str] | None:
        """The personal data of a client of the configuration."""
        found: dict[str, str] | None = getattr(self.declaration.clients, who)
        return found

    # --- good messages ----------------------------------------------------------------------------------------

    def message(
        self,
        method: Method,
        transfer: Transfer | None = None,
        *,
        client_id: str = "",
        refresh_token: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> Message:
        """A good message of that method; `data` is encrypted into it."""
        values: dict[str, Any] = {
            **self.declaration.placeholders,
            "amount_source": Number(self.declaration.fees.amount_source),
            "agent_id": self.agent.agent_id,
            "agent_secret": self.agent.agent_secret,
            "transfer_id": transfer.id if transfer else "",
            "client_id": client_id or (transfer.client_id if transfer else ""),
            "refresh_token": refresh_token,
        }
        path = _PLACEHOLDER.sub(lambda found: quote(str(self._value(found[0], values)), safe=""), self.path(method))
        if method.verb == "GET":
            return self._question(method, path)
        known: tuple[str, ...] = {Method.FEES: FEES_MEMBERS, Method.CREATE: _CREATE_MEMBERS}.get(method, ())
        mapped = {name: f"{{{name}}}" for name in known} | self.declaration.members_of(method)
        members = {name: self._value(value, values) for name, value in mapped.items()}
        if self.declaration.signature.send_salt and method.key not in self.declaration.signature.unsigned:
            members.setdefault(SALT, self.new_salt())
        return Message(method, path, {**members, **(self.encrypted(data) if data is not None else {})})

    def _question(self, method: Method, target: str) -> Message:
        """A GET; its parameters, salt and signature are its members where that is declared (MTR15)."""
        if not self.is_signed(method):
            return Message(method, target, {})
        members = dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))
        if self.declaration.signature.send_salt:
            members[SALT] = self.new_salt()
        message = Message(method, target, members)
        return replace(message, target=signed_target(message, self.signature(message)))

    def new_salt(self) -> str:
        return f"{self.random.getrandbits(64):016x}"

    def _value(self, template: Any, values: Mapping[str, Any]) -> Any:
        """A member of the mapping with its placeholders filled in; a placeholder alone keeps its kind of value."""
        if isinstance(template, bool) or not isinstance(template, str):
            return template if isinstance(template, bool) else Number(json.dumps(template))
        drawn = {"uuid": self.new_uuid, "salt": self.new_salt}

        def filled(name: str) -> Any:
            return drawn[name]() if name in drawn else values[name]

        if whole := _PLACEHOLDER.fullmatch(template):
            return filled(whole[1])
        return _PLACEHOLDER.sub(lambda found: _plain(filled(found[1])), template)

    def quote(self, **members: Any) -> Message:
        """A good fees message, with other values of some members."""
        return self.message(Method.FEES).changed(**members)

    def creation(self, who: str = "person", *, directed: bool = False, **members: Any) -> Message:
        """A good create message: on demand, or directed to the target agent of the configuration."""
        if self.declaration.names_sender is None and who != "person":
            not_applicable("no member of create is mapped to the registered sender (members.create, {client_id})")
        message = self.message(Method.CREATE, client_id=self.client_id(who))
        if directed:
            target = self.declaration.transfer.target_agent_id
            if target is None:
                not_applicable("no agent to direct transfers to is declared (transfer.target_agent_id)")
            message = message.changed(target_agent_id=target)
        return message.changed(**members)

    def client_id(self, who: str = "person") -> str:
        """The id of a registered sender."""
        raise NotImplementedError

    def step(self, method: Method, transfer: Transfer, who: str = "recipient") -> Message:
        """A good message that moves a transfer on; payout carries the data of that client, where declared."""
        data = self.data_of(who) if method in _ENCRYPTED_IN else None
        if data is None and who != "recipient":
            not_applicable(f"no such client is declared (clients.{who})")
        return self.message(method, transfer, data=data)

    def made_up(self, transfer: Transfer) -> Transfer:
        """A transfer that nobody created, with an id in the form of this one.

        A UUID where so few digits are in it that other digits might be the id of another transfer.
        """
        digits = sum(char in string.digits for char in transfer.id)
        drawn = "".join(self.random.choice(string.digits) if char in string.digits else char for char in transfer.id)
        return replace(transfer, id=drawn if digits >= 12 else self.new_uuid())

    # --- signatures -------------------------------------------------------------------------------------------

    def is_signed(self, method: Method) -> bool:
        """Whether a message of that method carries pg_sig, in its body or among its parameters."""
        signing = self.declaration.signature
        return method.key not in signing.unsigned and (method.verb != "GET" or signing.queries)

    def signature(
        self,
        message: Message,
        reading: SignatureReading | None = None,
        *,
        secret: str | None = None,
        made: Signing = signature_of,
        change: Callable[[str], str] = lambda signature: signature,
        told: str = "",
    ) -> str:
        """The pg_sig of a message, `made` in some way and changed; `told` names what is not usual, or the secret."""
        chosen = reading or self.declaration.signature.reading
        key = self.agent.agent_secret if secret is None else secret
        name = f"pg_sig {self.digest(body_of(message.members).decode('utf-8'), chosen.words, self.name, told)}"
        return self._session.redactor.fact(name, lambda: change(made(message.members, key, chosen)))

    def body(self, message: Message) -> bytes:
        """The body of a message, signed where its method is."""
        if message.method.verb == "GET":
            return b""
        if not self.is_signed(message.method):
            return body_of(message.members)
        return body_of({**message.members, SIGNATURE: self.signature(message)})

    def made_of_secret(self, slot: str, make: Callable[[], str]) -> str:
        """A text that is made of a secret, such as a beginning of it; it is kept back like the secret."""
        return self._session.redactor.made(slot, make)

    def varied(self, value: str) -> str:
        """A personal value with another last character."""
        return self._session.redactor.varied(value, lambda text: text[:-1] + ("1" if text.endswith("0") else "0"))

    def fact(self, name: str, find_out: Callable[[], str]) -> str:
        """What was found out by a secret, for a later judgement without it; the finding must tell nothing of it."""
        return self._session.redactor.fact(name, find_out)

    def digest(self, *parts: str) -> str:
        """A name for what was made of these texts; the same in a run and in its judgement from the record."""
        text = "\n".join(self._session.redactor.text(part) for part in parts)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    # --- encryption -------------------------------------------------------------------------------------------

    @cached_property
    def partner_key(self) -> bytes:
        """This agent's AES key. Ends the check as not applicable where none is declared."""
        if self.agent.partner_key is None:
            not_applicable("no partner key is declared (auth.partner_key), so that nothing can be encrypted")
        return self.declaration.encryption.reading.key(self.agent.partner_key)

    def encrypted(
        self,
        data: Mapping[str, Any] | bytes,
        damage: Callable[[Ciphered], Ciphered] = lambda ciphered: ciphered,
        *,
        told: str = "",
        key: bytes | None = None,
    ) -> dict[str, str]:
        """The members that carry personal data; `damage` changes what was encrypted, and `told` names that."""
        if self.agent.partner_key is None:
            not_applicable("no partner key is declared (auth.partner_key), so that nothing can be encrypted")
        iv = self.random.randbytes(BLOCK_BYTES)
        text = data.decode("latin-1") if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False)

        def make() -> str:
            chosen = key or self.partner_key
            made = _ciphered(data, chosen, iv)
            return json.dumps(self.declaration.encryption.reading.members(damage(made)))

        found: dict[str, str] = json.loads(
            self._session.redactor.fact(f"encrypted {self.digest(text, iv.hex(), self.name, told)}", make)
        )
        return found


def _ciphered(data: Mapping[str, Any] | bytes, key: bytes, iv: bytes) -> Ciphered:
    """Bytes as they are, or an object as JSON, encrypted."""
    return cbc.encrypt(data, key, iv) if isinstance(data, bytes) else sealed(data, key, iv)


def signed_target(message: Message, signature: str | None) -> str:
    """The target of a GET with this pg_sig among its parameters, or without any."""
    members = dict(message.members) if signature is None else {**message.members, SIGNATURE: signature}
    return f"{message.target.partition('?')[0]}?{urlencode(members)}"


def _plain(value: Any) -> str:
    return value.text if isinstance(value, Number) else str(value)
