"""kz-accounts 10: dates in answers are ISO 8601 date-times with a zone."""

from __future__ import annotations

from conformance.contracts.kz_accounts import wire
from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.corpus import Part, no_fault, parts, the_document
from conformance.engine.check import check

_NO_ZONE = "has no time zone"


@check("KZA-DATES-01")
def every_date_time_has_a_zone(accounts: Accounts) -> None:
    """Every date and time in an answer carries its time zone."""
    seen, faults = date_times(accounts)
    no_fault("dates and times", [pair for pair in faults if _NO_ZONE in pair[1]], seen, "an account or a transaction")


@check("KZA-DATES-02")
def every_date_time_has_the_standard_form(accounts: Accounts) -> None:
    """Every date and time in an answer has the form of ISO 8601 and exists in the calendar."""
    seen, faults = date_times(accounts)
    no_fault(
        "dates and times", [pair for pair in faults if _NO_ZONE not in pair[1]], seen, "an account or a transaction"
    )


def date_times(accounts: Accounts) -> tuple[int, list[tuple[Part, str]]]:
    """How many date-times the corpus holds, and what is wrong with each; other JSON types are for `shape`."""
    seen, faults = 0, []
    for part in parts(accounts):
        for name in the_document().date_time_members(part.component):
            text = part.value.get(name) if isinstance(part.value, dict) else None
            if isinstance(text, str) and text.strip():
                seen += 1
                try:
                    wire.date_time(text)
                except ValueError as fault:
                    faults.append((part, f"{name} {fault}"))
    return seen, faults
