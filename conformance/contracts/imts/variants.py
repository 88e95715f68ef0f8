"""Other lawful ways to run an imts: every check must accept each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import conformance.contracts.imts.variant_forms  # noqa: F401  (they are found by their base class)
from conformance.contracts.imts.call import Call, Refusal, invalid
from conformance.contracts.imts.envelopes import UNSIGNED
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.signature import HmacKey, NumberText, SignatureReading
from conformance.contracts.imts.store import Client, Tokens, Transfer
from conformance.contracts.imts.variant import Variant
from conformance.contracts.imts.wire import (
    KNOWN_PATHS,
    QUESTIONS,
    Method,
    Status,
)
from conformance.transport.message import Reply, Request

# --- readings of the signature (MTR01 to MTR04) ---------------------------------------------------------------


class LeavesTheSaltOut(Variant):
    """pg_salt is not signed (MTR01)."""

    tried_with: Mapping[str, Any] = {"signing": SignatureReading(salt_is_signed=False)}


class HasAnEmptyKey(Variant):
    """The HMAC has no key (MTR02)."""

    tried_with: Mapping[str, Any] = {"signing": SignatureReading(key=HmacKey.EMPTY)}


class AppendsNoSecret(Variant):
    """The secret is the key only (MTR03)."""

    tried_with: Mapping[str, Any] = {"signing": SignatureReading(secret_is_appended=False)}


class SignsShortestNumbers(Variant):
    """Numbers are signed without needless zeros (MTR04)."""

    tried_with: Mapping[str, Any] = {"signing": SignatureReading(numbers=NumberText.SHORTEST)}


# --- what is signed, and where (MTR13, MTR14, MTR15, MTR18) ---------------------------------------------------


class RefusesNullMembers(Variant):
    """A member without a value is refused, whatever its signature (MTR13)."""

    def members(self, body: bytes) -> dict[str, Any]:
        members = super().members(body)
        for name, value in members.items():
            if value in (None, ""):
                raise invalid(name, "has no value")
        return members


class SignsTransfersOnly(Variant):
    """What registers or looks up is not signed (MTR14)."""

    tried_with: Mapping[str, Any] = {
        "settings": {"signature.unsigned": [one.key for one in Method if one not in KNOWN_PATHS]},
    }

    def must_be_signed(self, method: Method) -> bool:
        return method in KNOWN_PATHS


class SignsQueries(Variant):
    """A GET has pg_sig among its parameters (MTR15)."""

    tried_with: Mapping[str, Any] = {"settings": {"signature.queries": True}}

    def must_be_signed(self, method: Method) -> bool:
        return method not in UNSIGNED


class RefusesSemicolons(Variant):
    """No value may hold the sign that joins them (MTR18)."""

    def members(self, body: bytes) -> dict[str, Any]:
        members = super().members(body)
        for name, value in members.items():
            if isinstance(value, str) and ";" in value:
                raise invalid(name, "has a semicolon")
        return members


# --- tokens (MTR20, MTR22) ------------------------------------------------------------------------------------


class EndsEarlierAccessTokens(Variant):
    """A refresh ends the access token that came with the used refresh token (MTR20)."""

    def end(self, tokens: Tokens) -> None:
        super().end(tokens)
        self.store.by_access.pop(tokens.access, None)


class KeepsRefreshTokens(Variant):
    """A refresh token is good as often as it is used (MTR20)."""

    def end(self, tokens: Tokens) -> None:
        pass


class TakesRefreshTokensAsBearer(Variant):
    """The refresh token stands in the header Authorization (MTR22)."""

    tried_with: Mapping[str, Any] = {"settings": {"auth.refresh_in": "bearer"}}

    def tokens_to_refresh(self, call: Call) -> Tokens | None:
        scheme, _, text = (call.request.header("Authorization") or "").partition(" ")
        found = self.store.by_refresh.get(text) if self.scheme_is_bearer(scheme) else None
        return None if found is None or found.is_refreshed else found


# --- statuses (MTR07, MTR11, MTR33) ------------------------------------------------------------------------------


class WaitsAfterConfirm(Variant):
    """A confirmed transfer is waiting, as the table of statuses has it (MTR07)."""

    def status_shown(self, transfer: Transfer) -> str:
        return Status.WAITING if transfer.status is Status.PROCESS else super().status_shown(transfer)


class ChecksClientsLater(Variant):
    """AML decides on a client a few seconds after confirm or payout; the status stays as it is until then (MTR33)."""

    takes_s = 3.0

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._open: dict[str, tuple[datetime, Transfer, Status]] = {}

    def handle(self, request: Request) -> Reply:
        with self._lock:
            for due, transfer, status in [*self._open.values()]:
                if due <= self.clock():
                    self._open.pop(transfer.id)
                    super().move(transfer, status)
        return super().handle(request)

    def move(self, transfer: Transfer, status: Status) -> None:
        if status is Status.CANCELED:
            self._open.pop(transfer.id, None)
        if status in (Status.CANCELED, Status.SUCCESS):
            super().move(transfer, status)
        else:
            self._open[transfer.id] = (self.clock() + timedelta(seconds=self.takes_s), transfer, status)

    def may_confirm(self, transfer: Transfer) -> bool:
        return transfer.id not in self._open and super().may_confirm(transfer)

    def may_pay_out(self, transfer: Transfer) -> bool:
        return transfer.id not in self._open and super().may_pay_out(transfer)


class WaitsOnceTheSenderIsChecked(Variant):
    """A confirmed transfer is in process until AML has decided on its sender, and then waiting (MTR07, MTR33)."""

    takes_s = 3.0

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._unchecked: dict[str, tuple[datetime, Transfer]] = {}

    def handle(self, request: Request) -> Reply:
        with self._lock:
            for due, transfer in [*self._unchecked.values()]:
                if due <= self.clock():
                    self._unchecked.pop(transfer.id)
                    self.tell(transfer)
        return super().handle(request)

    def confirm(self, transfer: Transfer) -> None:
        if self.may_confirm(transfer):
            due = self.clock() + timedelta(seconds=self.takes_s)
            self._unchecked[transfer.id] = (due, transfer)
        super().confirm(transfer)

    def move(self, transfer: Transfer, status: Status) -> None:
        if len(transfer.told) > 1:
            self._unchecked.pop(transfer.id, None)
        super().move(transfer, status)

    def status_shown(self, transfer: Transfer) -> str:
        if transfer.id in self._unchecked:
            return self.status_name(Status.PROCESS)
        is_confirmed = transfer.told[-1] is Status.PROCESS
        return self.status_name(Status.WAITING if is_confirmed else transfer.status)


class AnswersRepeatedCancels(Variant):
    """A second cancel is answered as the first was (MTR11)."""

    def cancel(self, transfer: Transfer) -> None:
        if transfer.status is not Status.CANCELED:
            super().cancel(transfer)


# --- lookup (MTR40, MTR46 to MTR48, MTR53) ----------------------------------------------------------------------


class HidesTransfersOnDemand(Variant):
    """Agents of the country pay out a transfer on demand, but cannot ask for it (MTR40)."""

    def may_use(self, call: Call, transfer: Transfer) -> bool:
        is_directed = bool(transfer.members.get("target_agent_id"))
        is_ours = transfer.agent_id == call.agent_id
        return (is_ours or is_directed or call.method not in QUESTIONS) and super().may_use(call, transfer)


class SaysThatATransferIsAnothers(Variant):
    """An agent who asks for a transfer of another is told that it is not his, and not that there is none (MTR46)."""

    def find_transfer(self, call: Call) -> Transfer:
        wanted = (call.query if call.method.verb == "GET" else call.members).get("transfer_id")
        transfer = self.store.transfers.get(str(wanted))
        if transfer is not None and not self.may_use(call, transfer):
            raise Refusal(403, "FOREIGN", "transfer_id: is a transfer of another agent")
        return super().find_transfer(call)


class RefusesFruitlessSearches(Variant):
    """A search that finds nothing is refused (MTR47)."""

    def search(self, call: Call) -> list[Transfer]:
        found = super().search(call)
        if not found:
            raise Refusal(404, "NOTHING", "there is no such transfer")
        return found


class PrintsLinks(Variant):
    """An application is a link in plain text (MTR48)."""

    def success(self, call: Call, shown: Mapping[str, Any]) -> Reply:
        if call.method is not Method.PRINT_APPLICATION:
            return super().success(call, shown)
        return Reply(
            200, (("Content-Type", "text/plain"),), f"https://imts.example/print/{shown['transfer_id']}".encode()
        )


class TakesTransfersInThePath(Variant):
    """Status and Info have the id of the transfer in their path (MTR53)."""

    tried_with: Mapping[str, Any] = {
        "settings": {f"paths.{one}": f"/v5/partner/transfer/{{transfer_id}}/{one}" for one in ("status", "info")}
    }

    def call_of(self, request: Request) -> Call:
        found = re.fullmatch(r"(/v5/partner/transfer)/([0-9a-f-]{36})/(status|info)", request.target)
        if found is None:
            return super().call_of(request)
        prefix, transfer_id, name = found.groups()
        return super().call_of(replace(request, target=f"{prefix}/{name}?transfer_id={transfer_id}"))


# --- create and fees (MTR09, MTR10, MTR24 to MTR30) -----------------------------------------------------------


class TakesClientUuidForTheSender(Variant):
    """client_uuid names the registered client who sends (MTR09)."""

    tried_with: Mapping[str, Any] = {
        "settings": {"members.create.client_uuid": "{client_id}"},
        "without": ("members.create.sender_id",),
    }

    def is_repeat(self, call: Call) -> bool:
        return False

    def sender_of(self, call: Call) -> Client:
        return super().sender_of(replace(call, members={**call.members, "sender_id": call.members["client_uuid"]}))


class AnswersRepeatsWithTheFirst(Variant):
    """A client_uuid that was used leads to its transfer (MTR10)."""

    def answer_to_repeat(self, call: Call) -> Transfer:
        return self.first_of(call) or super().answer_to_repeat(call)


class ReadsEitherCase(Variant):
    """Capital letters do not matter in codes and types (MTR24)."""

    def text(self, members: Mapping[str, Any], name: str) -> str:
        text = super().text(members, name)
        if name in ("originator_type", "destination_type"):
            return text.lower()
        return text.upper() if name.startswith(("currency_", "target_country")) else text


class TakesAmountsAsText(Variant):
    """A text of digits is an amount (MTR26)."""

    def amount_is_a_number(self, value: Any) -> bool:
        return isinstance(value, str) or super().amount_is_a_number(value)


class TakesFifteenDigitsBeforeThePoint(Variant):
    """15.4 may count fifteen digits before the point (MTR27)."""

    def amount_fits(self, text: str) -> bool:
        whole, _, decimals = text.partition(".")
        return text.replace(".", "", 1).isdigit() and 1 <= len(whole) <= 15 and len(decimals) <= 4


class ChangesFeesAndSaysSo(Variant):
    """The fee at create is another one than that of the quote, and create tells it (MTR30)."""

    def fee_at_create(self, members: Mapping[str, Any]) -> str:
        return str(Decimal(self.fee(members)) + 1)


# --- the mapping ----------------------------------------------------------------------------------------------


class PublishesTheSixOnly(Variant):
    """Nothing is mapped but the token; what needs more is not applicable (MTR52)."""

    tried_with: Mapping[str, Any] = {
        "without": ("members.create", *(f"paths.{one.key}" for one in set(Method) - {*KNOWN_PATHS, Method.GET_TOKEN})),
    }

    def sender_of(self, call: Call) -> Client:
        return Client("", call.agent_id, Method.CREATE_PERSON, {})


VARIANTS: Mapping[str, type[System]] = {variant.__name__: variant for variant in Variant.__subclasses__()}
"""By name."""
