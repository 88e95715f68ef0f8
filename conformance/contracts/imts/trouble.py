"""Requests that cannot but be refused, made once in a run for the checks that judge how a target refuses."""

from __future__ import annotations

from collections.abc import Callable

from conformance.contracts.imts.answers import Answer
from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.judgement import served
from conformance.contracts.imts.wire import Method, Number
from conformance.errors import NoAnswer


def trouble(partner: Partner) -> None:
    """Some requests were made that cannot but be refused, and a good one is served."""
    partner.recall("bad requests", lambda: _make_trouble(partner))
    served("a good fees message", partner.send(partner.quote()))


def _make_trouble(partner: Partner) -> None:
    message = partner.quote()
    bodies = (b"", b"[]", b'{"', b"\xff\xfe", b"[" * 5000, b'{"target_country":{"a":[1]}}', b'{"pg_sig":1}')
    sendings: tuple[Callable[[], Answer], ...] = (
        *((lambda body=body: partner.send_body(message, body)) for body in bodies),
        lambda: partner.send(message, token=None),
        lambda: partner.send(message, token="no token"),
        lambda: partner.send(message.changed(target_country="no country", amount_source="much")),
        lambda: partner.send(partner.quote(amount_source=Number("1e999"))),
        lambda: partner.send(partner.message(Method.CREATE).changed(client_uuid="x" * 200, destination_type="\u0000")),
        lambda: partner.send(partner.message(Method.CANCEL).changed(transfer_id="' OR '1'='1")),
        lambda: partner.send(partner.message(Method.PAYOUT).changed(transfer_id=True, encrypted_data="x")),
    )
    for send in sendings:
        try:
            send()
        except NoAnswer:
            continue  # recorded, and judged by REFUSALS-02
