"""Null targets of kz-accounts: one good answer, given to everything."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.contracts.kz_accounts.stand import Stand
from conformance.contracts.kz_accounts.wire import DIALECTS, LARGEST_PAGE_SIZE, Version
from conformance.transport.inprocess import Handler
from conformance.transport.message import Request
from conformance.transport.nulls import Always


def null_targets(stand: Stand) -> Mapping[str, Handler]:
    """A whole list of accounts, and its first page: each as the provider of the stand gave it once."""
    path = DIALECTS[Version.V3].accounts()
    headers = (("Authorization", f"Bearer {stand.full_token}"),)
    whole, page = (
        stand.provider.handle(Request("GET", f"{path}?pageSize={size}", headers)) for size in (LARGEST_PAGE_SIZE, 10)
    )
    return {"frozen-list": Always(whole), "frozen-page": Always(page)}
