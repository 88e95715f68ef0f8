"""One look at the target before any verdict: does something that could be this API answer at all?"""

from __future__ import annotations

from conformance.contracts.kz_accounts.answers import Answer
from conformance.contracts.kz_accounts.client import Accounts
from conformance.engine.session import Session
from conformance.errors import NoAnswer, TargetUnreachable


def probe(session: Session) -> None:
    """Ask for the list of accounts and for the existence of an account.

    Raises TargetUnreachable when neither is answered, or when both are answered with a web page:
    no verdict could be had there.
    """
    accounts = Accounts(session, "v3")
    base_url = accounts.declaration.target.base_url
    try:
        answers = [accounts.listing(), accounts.exists(accounts.any_iban())]
    except NoAnswer as fault:
        raise TargetUnreachable(
            f"{base_url}: no answer ({fault}); check target.base_url, target.ca_file and the network"
        ) from None
    if all(_is_web_page(answer) for answer in answers):
        raise TargetUnreachable(
            f"{base_url}: answers with HTML pages (status {answers[0].status}), not with the API; "
            "check target.base_url: it is the address in front of /v3/accounts"
        )


def _is_web_page(answer: Answer) -> bool:
    start = answer.reply.body.lstrip()[:200].lower()
    return start.startswith((b"<!doctype html", b"<html"))
