"""Systems that stumble over bad requests, refuse them in the wrong form, or carry them out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from conformance.contracts.imts.call import Call, Refusal
from conformance.contracts.imts.provider import System
from conformance.contracts.imts.store import Transfer
from conformance.contracts.imts.wire import Method, Number, Status
from conformance.errors import NoAnswer
from conformance.transport.message import Headers, Reply, Request


class FailsOverBytesThatAreNoText(System):
    """Takes it that every body is UTF-8."""

    breaks = "IMTS-REFUSALS-01"

    def members(self, body: bytes) -> dict[str, Any]:
        if body == b"\xff\xfe":
            raise RuntimeError("not UTF-8")
        return super().members(body)


class BreaksOffDeepBodies(System):
    """Closes the connection on a body that its parser gives up on."""

    breaks = "IMTS-REFUSALS-02"

    def answer(self, request: Request) -> Reply:
        if request.body.startswith(b"[[[["):
            raise NoAnswer("RemoteProtocolError: Server disconnected without sending a response.")
        return super().answer(request)


class QuotesAFeeInRefusals(System):
    """Fills every refusal up with the members of an answer."""

    breaks = "IMTS-REFUSALS-03"

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        return {**super().refusal_body(refusal), "fee": "0.00"}


class TellsOneOutcome(System):
    """Says ok in the body, whatever the status."""

    breaks = "IMTS-REFUSALS-03"
    tried_with: Mapping[str, Any] = {"settings": {"values.outcome": "/result"}}

    def render_json(self, value: Mapping[str, Any]) -> bytes:
        return super().render_json({**value, "result": "ok"})


class ConfirmsAsText(System):
    """Forgets the type of one answer."""

    breaks = "IMTS-REFUSALS-04"

    def success(self, call: Call, shown: Mapping[str, Any]) -> Reply:
        whole = super().success(call, shown)
        plain: Headers = (("Content-Type", "text/plain"),)
        return replace(whole, headers=plain) if call.method is Method.CONFIRM else whole


class SaysNothingOfAPayout(System):
    """Answers the last step with an empty list."""

    breaks = "IMTS-REFUSALS-04"

    def success(self, call: Call, shown: Mapping[str, Any]) -> Reply:
        whole = super().success(call, shown)
        return replace(whole, body=b"[]") if call.method is Method.PAYOUT_CONFIRM else whole


class RefusesInBrokenJson(System):
    """Writes its refusals by hand."""

    breaks = "IMTS-REFUSALS-05"

    def refusal_reply(self, refusal: Refusal) -> Reply:
        return replace(super().refusal_reply(refusal), body=f"{{'error': '{refusal.code}'}}".encode())


class TakesAListOfOne(System):
    """Takes the first of several requests in one body."""

    breaks = "IMTS-REFUSALS-06"

    def members(self, body: bytes) -> dict[str, Any]:
        return super().members(body[1:-1] if body.startswith(b"[{") else body)


class TakesForms(System):
    """Reads a form as well as JSON."""

    breaks = "IMTS-REFUSALS-06"

    def members(self, body: bytes) -> dict[str, Any]:
        if b"=" not in body[:64] or body.startswith((b"{", b"[", b'"')):
            return super().members(body)
        found: dict[str, Any] = dict(parse_qsl(body.decode("ascii")))
        return {name: Number(value) if name.startswith("amount") else value for name, value in found.items()}


class OverlooksWhatFollowsTheBody(System):
    """Reads the object that a body begins with."""

    breaks = "IMTS-REFUSALS-06"

    def members(self, body: bytes) -> dict[str, Any]:
        return super().members(body[:-1] if body.endswith(b"}}") else body)


class MovesBeforeItReads(System):
    """Registers the payout first, and then refuses data that it cannot read."""

    breaks = "IMTS-REFUSALS-07"

    def payout(self, call: Call, transfer: Transfer) -> None:
        is_due = transfer.status is Status.PROCESS
        try:
            super().payout(call, transfer)
        except Refusal as refusal:
            if is_due and refusal.code == "INVALID":
                self.move(transfer, Status.WAITING)
            raise


class LooksForTransfersInBrokenBodies(System):
    """Cancels the transfer that a broken body names, to be on the safe side, and refuses the request."""

    breaks = "IMTS-REFUSALS-07"

    def members(self, body: bytes) -> dict[str, Any]:
        with suppress(ValueError, RecursionError):
            if not body.endswith(b"}"):
                named = json.loads(body + b"}").get("transfer_id")
                transfer = self.store.transfers.get(str(named))
                if transfer is not None and transfer.status is Status.WAITING:
                    self.move(transfer, Status.CANCELED)
        return super().members(body)


class AnswersEverywhere(System):
    """Greets whoever comes to a path that it does not know."""

    breaks = "IMTS-REFUSALS-08"

    def answer(self, request: Request) -> Reply:
        whole = super().answer(request)
        return (
            Reply(200, self.headers(), b'{"service":"IMTS"}')
            if whole.status == 404 and b"PATH" in whole.body
            else whole
        )


class TakesAnyHttpMethod(System):
    """Looks at the path alone."""

    breaks = "IMTS-REFUSALS-08"

    def call_of(self, request: Request) -> Call:
        return super().call_of(replace(request, method="POST") if request.method in ("PUT", "DELETE") else request)


class TakesTheLastOfTwo(System):
    """Reads a member that stands twice as most libraries do."""

    breaks = "IMTS-REFUSALS-09"

    def members(self, body: bytes) -> dict[str, Any]:
        try:
            return super().members(body)
        except Refusal:
            with suppress(ValueError, RecursionError):
                found = json.loads(body.decode("utf-8"), parse_float=Number, parse_int=Number)
                if isinstance(found, dict) and not any(isinstance(value, list | dict) for value in found.values()):
                    return found
            raise
