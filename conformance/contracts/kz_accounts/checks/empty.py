"""kz-accounts 14, 15: what has no value is left out, what is a list is always there."""

from __future__ import annotations

from typing import Any

from conformance.contracts.kz_accounts.client import Accounts
from conformance.contracts.kz_accounts.corpus import no_fault, parts, the_document
from conformance.engine.check import check

_SOMETHING = "an answer with status 200"


@check("KZA-EMPTY-01")
def an_empty_text_is_left_out(accounts: Accounts) -> None:
    """No member is an empty or blank text: a member without value is left out."""
    members_are_not(accounts, "members with an empty text", lambda value: isinstance(value, str) and not value.strip())


@check("KZA-EMPTY-02")
def an_empty_object_is_left_out(accounts: Accounts) -> None:
    """No member is an empty object: a member without value is left out."""
    members_are_not(accounts, "members with an empty object", lambda value: value == {})


@check("KZA-EMPTY-03")
def a_null_is_left_out(accounts: Accounts) -> None:
    """No optional member is null: a member without value is left out."""
    schemas = the_document().content["components"]["schemas"]
    found, looked_at = [], 0
    for part in parts(accounts):
        if isinstance(part.value, dict):
            looked_at += len(part.value)
            optional = part.value.keys() - set(schemas[part.component].get("required", ()))
            found += [(part, f"{name} is null") for name in sorted(optional) if part.value[name] is None]
    no_fault("optional members", found, looked_at, _SOMETHING)


def members_are_not(accounts: Accounts, what: str, is_wrong: Any) -> None:
    """Every member of every object, mandatory ones too."""
    found, looked_at = [], 0
    for part in parts(accounts):
        if isinstance(part.value, dict):
            looked_at += len(part.value)
            found += [(part, f"{name} is empty") for name, value in part.value.items() if is_wrong(value)]
    no_fault(what, found, looked_at, _SOMETHING)


@check("KZA-EMPTY-04")
def an_optional_list_is_always_there(accounts: Accounts) -> None:
    """creditLine and purses are always sent, as [] where there is nothing in them."""
    found, looked_at = [], 0
    for part in parts(accounts):
        for name in the_document().optional_arrays(part.component):
            if isinstance(part.value, dict):
                looked_at += 1
                found += [(part, f"{name} is missing")] if name not in part.value else []
    no_fault("balances", found, looked_at, "an account whose balance is served")
