"""One look at the target before any verdict: does something that could be this gateway answer at all?"""

from __future__ import annotations

from conformance.contracts.instant_payment.answers import Answer
from conformance.contracts.instant_payment.client import SenderBank
from conformance.engine.session import Session
from conformance.errors import NoAnswer, TargetUnreachable


def probe(session: Session) -> None:
    """Ask for a payment that nobody opened. Raises TargetUnreachable when nothing answers, or a web page does."""
    bank = SenderBank(session)
    base_url = bank.declaration.target.base_url
    try:
        answer = bank.ask(bank.made_up_payment_id())
    except NoAnswer as fault:
        raise TargetUnreachable(
            f"{base_url}: no answer ({fault}); check target.base_url, target.ca_file and the network"
        ) from None
    if _is_web_page(answer):
        raise TargetUnreachable(
            f"{base_url}: answers with an HTML page (status {answer.status}), not with the API; "
            "check target.base_url: it is the address in front of /v1/payments"
        )


def _is_web_page(answer: Answer) -> bool:
    start = answer.reply.body.lstrip()[:200].lower()
    return start.startswith((b"<!doctype html", b"<html"))
