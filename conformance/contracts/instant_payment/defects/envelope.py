"""Gateways that read a body or a message more kindly than they should."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call, malformed
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.wire import SIGNED_MESSAGE, Operation


class TakesPlainObjects(Gateway):
    """Takes signed_message as the object that should have been signed, as the tables call it."""

    breaks = "IPG-ENVELOPE-01"

    def with_message(self, call: Call) -> Call:
        members = self.object_of(call.request.body, "body").get(SIGNED_MESSAGE)
        plain = replace(call, members=members) if isinstance(members, dict) else None
        return plain or super().with_message(call)

    def check_signature(self, call: Call, payment: StoredPayment | None) -> RegisteredBank:
        if call.token:
            return super().check_signature(call, payment)
        bank = payment.sender if payment else self.book.by_code(call.members.get("sender_party"))
        return bank or super().check_signature(call, payment)


class TakesBareTokens(Gateway):
    """Takes the signed text without the object around it."""

    breaks = "IPG-ENVELOPE-01"

    def token_of(self, call: Call) -> str:
        if call.request.body.startswith(b"ey"):
            return call.request.body.decode("ascii", "replace")
        return super().token_of(call)


class ServesUnsignedQuestions(Gateway):
    """Takes the body of a GET for optional."""

    breaks = "IPG-ENVELOPE-03"

    def with_message(self, call: Call) -> Call:
        return call if self._is_bare(call) else super().with_message(call)

    def check_signature(self, call: Call, payment: StoredPayment | None) -> RegisteredBank:
        if self._is_bare(call) and payment is not None:
            return payment.sender
        return super().check_signature(call, payment)

    def check_contents(self, call: Call) -> None:
        if not self._is_bare(call):
            super().check_contents(call)

    def check_date(self, call: Call) -> None:
        if not self._is_bare(call):
            super().check_date(call)

    def _is_bare(self, call: Call) -> bool:
        return call.operation is Operation.GET_PAYMENT and not call.request.body


class ReadsTheQuery(Gateway):
    """Looks for signed_message in the query where a body has none, since many clients cannot GET with a body."""

    breaks = "IPG-ENVELOPE-03"

    def token_of(self, call: Call) -> str:
        asked = parse_qs(call.request.target.partition("?")[2]).get(SIGNED_MESSAGE)
        return asked[0] if asked else super().token_of(call)


class TakesMessagesOfAnySize(Gateway):
    """Reads whatever comes."""

    breaks = "IPG-ENVELOPE-04"

    def body_is_too_large(self, body: bytes) -> bool:
        return False


class ReadsLatin1(Gateway):
    """Puts a sign of replacement where a byte is no UTF-8."""

    breaks = "IPG-ENVELOPE-05"

    def json_of(self, text: bytes, where: str) -> Any:
        return super().json_of(text.decode("utf-8", "replace").encode("utf-8"), where)


class _TakesOneOfTwo(Gateway):
    """Reads JSON as most libraries do."""

    def chosen(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        raise NotImplementedError

    def json_of(self, text: bytes, where: str) -> Any:
        try:
            return json.loads(text.decode("utf-8"), object_pairs_hook=self.chosen, parse_constant=_no_number)
        except ValueError:
            raise malformed(f"{where} is no JSON in UTF-8") from None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


class TakesTheFirstOfTwo(_TakesOneOfTwo):
    """Keeps the first of two members of one name."""

    breaks = "IPG-ENVELOPE-06"

    def chosen(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(reversed(pairs))


class TakesTheLastOfTwo(_TakesOneOfTwo):
    """Keeps the last of two members of one name."""

    breaks = "IPG-ENVELOPE-06"

    def chosen(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(pairs)


class ReadsHeadersLoosely(Gateway):
    """Keeps the last of two members of one name in the header of a signature."""

    breaks = "IPG-ENVELOPE-06"

    def header_of(self, raw: bytes) -> dict[str, Any]:
        try:
            header: Mapping[str, Any] = json.loads(raw)
        except ValueError:
            return super().header_of(raw)
        return super().header_of(json.dumps(header).encode())
