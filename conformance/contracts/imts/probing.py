"""One look at the target before any verdict: does something that could be this API answer at all?"""

from __future__ import annotations

from conformance.contracts.imts.client import Partner
from conformance.contracts.imts.wire import Method
from conformance.engine.session import Session
from conformance.errors import NoAnswer, TargetUnreachable

_REFUSALS = (400, 401, 403, 415, 422)  # a gateway in front of the API may refuse in HTML what has no token


def probe(session: Session) -> None:
    """Ask for fees without a token. Raises TargetUnreachable when nothing answers, or a web page does."""
    partner = Partner(session)
    base_url = partner.declaration.target.base_url
    try:
        answer = partner.send_body(partner.message(Method.FEES), b"{}", token=None)
    except NoAnswer as fault:
        raise TargetUnreachable(
            f"{base_url}: no answer ({fault}); check target.base_url, target.ca_file and the network"
        ) from None
    start = answer.reply.body.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")) and answer.status not in _REFUSALS:
        raise TargetUnreachable(
            f"{base_url}: answers with an HTML page (status {answer.status}), not with the API; "
            "check target.base_url: it is the address in front of /v5/partner/transfer"
        )
