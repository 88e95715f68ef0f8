"""imts: each fault of its configuration is named in one line, before anything is sent."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance.config import parsed
from conformance.contracts.imts.declaration import Declaration, privacy
from conformance.contracts.imts.stand import KEY, SECRET, stand
from conformance.contracts.imts.template import TEMPLATE
from conformance.contracts.imts.wire import Method
from conformance.errors import ConfigError

Change = Callable[[dict[str, Any]], Any]


@cache
def _document() -> dict[str, Any]:
    return stand().configuration("https://imts.stage.example")


def declared(change: Change = lambda document: None) -> Declaration:
    document = copy.deepcopy(_document())
    change(document)
    return parsed(document, Declaration, Path("x.toml"))[0]


def test_the_configuration_of_the_stand_is_good_and_its_keys_are_secrets() -> None:
    declaration = declared()
    secrets = privacy(declaration).secrets.values()
    assert {declaration.auth.agent_secret, declaration.auth.partner_key} <= {*secrets}


def test_the_template_is_a_configuration_once_the_secrets_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in re.findall(r'^[a-z_]+ = "env:([A-Z_]+)"', TEMPLATE, re.MULTILINE):
        monkeypatch.setenv(name, f"{'A' * 43}=")
    document = tomllib.loads(TEMPLATE)
    document["auth"]["access_token"] = "given"
    declaration = parsed(document, Declaration, Path("x.toml"))[0]
    assert declaration.path(Method.GET_TOKEN) is None
    assert declaration.path(Method.FEES) == "/v5/partner/transfer/fees"


_FAULTS: list[tuple[Change, str]] = [
    # access
    (lambda it: it["paths"].pop("get_token"), "auth.access_token: is missing; give it, or the path of get_token"),
    (lambda it: it["auth"].pop("agent_secret"), "auth.agent_secret: is missing"),
    (lambda it: it["auth"].update(agent_secret=""), "auth.agent_secret: is empty"),
    (lambda it: it["auth"]["other"].pop("agent_id"), "auth.other.agent_id: is missing"),
    (lambda it: it["auth"].update(agent_sekret="x"), 'did you mean "agent_secret"?'),
    (lambda it: it["auth"].update(refresh_in="header"), "auth.refresh_in: should be 'body' or 'bearer'"),
    # keys
    (lambda it: it["auth"].update(partner_key="no key!"), "auth.partner_key: is not base64; see encryption.key_form"),
    (lambda it: it["auth"].update(partner_key=KEY.hex()), "auth.partner_key: read as base64 it has 48 bytes"),
    (lambda it: it["encryption"].update(key_form="hex"), "auth.partner_key: is not hex; see encryption.key_form"),
    (lambda it: it["encryption"].update(key_form="raw"), "auth.partner_key: read as raw it has 44 bytes"),
    (
        lambda it: it["auth"]["other"].update(partner_key="AAAA"),
        "auth.other.partner_key: read as base64 it has 3 bytes",
    ),
    (
        lambda it: it["auth"].pop("partner_key"),
        "auth.partner_key: is missing; personal data in [clients] are encrypted",
    ),
    # readings
    (
        lambda it: it["signature"].update(key="empty", secret_is_appended=False),
        "signature: with an empty key the secret must be appended",
    ),
    (lambda it: it["signature"].update(key="none"), "signature.key: should be 'agent_secret' or 'empty'"),
    (lambda it: it["signature"].update(numbers="short"), "signature.numbers: should be 'as_sent' or 'shortest'"),
    (lambda it: it["signature"].update(salt_is_signed="yes"), "signature.salt_is_signed: should be a valid boolean"),
    (
        lambda it: it["signature"].update(unsigned=["get-token"]),
        'signature.unsigned: no method "get-token"; known: get_',
    ),
    (lambda it: it["encryption"].update(iv="behind"), "encryption.iv: should be 'before', 'after' or 'apart'"),
    (lambda it: it["encryption"].update(key_form="Base64"), "encryption.key_form: should be 'raw', 'hex' or 'base64'"),
    # mapping
    (lambda it: it["paths"].update(status="/x?id={id}"), "paths.status: no placeholder {id}; known: agent_id"),
    (lambda it: it["paths"].update(status="/x/{transfer_id"), "paths.status: a brace stands alone"),
    (lambda it: it["paths"].update(fees="v5/fees"), "paths.fees: should be the path after target.base_url"),
    (lambda it: it["paths"].update(fees="https://x.example/fees"), "paths.fees: should be the path after"),
    (lambda it: it["paths"].update(fees="/v5/комиссия"), "paths.fees: should be the path after"),
    (lambda it: it["paths"].update(fee="/v5/fees"), 'paths.fee: unknown key; did you mean "fees"?'),
    (
        lambda it: it["members"].update(confirm={"id": "{transfer}"}),
        "members.confirm: no placeholder {transfer}; known:",
    ),
    (lambda it: it["members"].update(confirm={"id": "{}"}), "members.confirm: no placeholder {}"),
    (lambda it: it["members"].update(confirm={"id": "transfer_id}"}), "members.confirm: a brace stands alone"),
    (lambda it: it["members"].update(confirm={"id": ["x"]}), "members.confirm: id should be a text, a number"),
    (lambda it: it["members"].update(confirm={"pg_sig": "x"}), "members.confirm: pg_sig is made by the suite"),
    (lambda it: it["members"].update(payout={"encrypted_data": "x"}), "encrypted_data is made by the suite"),
    (lambda it: it["members"].update(confrm={"id": "x"}), 'members.confrm: unknown key; did you mean "confirm"?'),
    (lambda it: it["values"].update(status="status"), 'values.status: "status" is no JSON Pointer'),
    (lambda it: it["values"].update(status="/a~2b"), 'values.status: "/a~2b" is no JSON Pointer'),
    (lambda it: it["values"].update(status=""), 'values.status: "" is no JSON Pointer'),
    (lambda it: it["values"].update(status={"infos": "/a"}), 'values.status: no method "infos"'),
    (lambda it: it["values"].update(status={"info": 3}), "values.status: should be a JSON Pointer"),
    (lambda it: it["values"].update(stats="/a"), 'values.stats: unknown key; did you mean "status"?'),
    (lambda it: it["values"].update(refused_outcomes="error"), "values.refused_outcomes: should be a valid list"),
    # what is sent
    (lambda it: it.update(fees={"amount_source": 100.5}), "fees.amount_source: should be a valid string"),
    (
        lambda it: it.update(fees={"amount_source": "1e2"}),
        "fees.amount_source: should be a text of at most eleven digits",
    ),
    (lambda it: it.update(fees={"target_country": "KZ"}), "fees.target_country: should be three capital letters"),
    (lambda it: it.update(fees={"currency_source": "TEN"}), '"TEN" is no currency of ISO 4217'),
    (lambda it: it.update(fees={"originator_type": "human"}), "fees.originator_type: should be 'person' or 'business'"),
    (lambda it: it.update(transfer={}), "transfer: no destination; give phone, iban or pan"),
    (lambda it: it["clients"].update(person={"age": 3}), "clients.person.age: should be a valid string"),
    (lambda it: it["clients"].update(persons={}), 'clients.persons: unknown key; did you mean "person"?'),
    (
        lambda it: it["callbacks"].update(address="https://suite.example"),
        "callbacks.address: should be http://, a host",
    ),
    (lambda it: it["callbacks"].update(status="status"), "callbacks.status: should be a JSON Pointer"),
    (lambda it: it.update(polling={"interval_s": 0}), "polling.interval_s: should be greater than 0"),
    (lambda it: it["target"].update(versions=["v4"]), 'there is one version, "v5"'),
    (lambda it: it["target"].update(base_url="imts.example"), "target.base_url: should be http:// or https://"),
]


@pytest.mark.parametrize(("change", "sentence"), _FAULTS, ids=[sentence[:40] for _, sentence in _FAULTS])
def test_a_fault_of_the_configuration_is_named_in_one_line(change: Change, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        declared(change)
    told = str(caught.value)
    assert sentence in told
    assert told.startswith("x.toml: ") and "\n" not in told
    assert KEY.hex() not in told and SECRET not in told


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["values"].update(status={"info": "/data/0/status", "default": "/a~1b/~0c"}),
        lambda it: it["values"].update(fee=None, personal_data=""),
        lambda it: it["members"].update(
            confirm={"id": "T-{transfer_id}/{uuid}", "force": True, "count": 1, "rate": 1.5}
        ),
        lambda it: (it["paths"].pop("get_token"), it["auth"].update(access_token="given")),
        lambda it: (it["auth"].pop("partner_key"), it.pop("clients")),
        lambda it: (
            it["auth"].update(partner_key=KEY.decode()),
            it["encryption"].update(key_form="raw"),
            _no_other(it),
        ),
    ],
)
def test_what_a_bank_may_well_write_is_taken(change: Change) -> None:
    assert declared(change)


def _no_other(document: dict[str, Any]) -> None:
    del document["auth"]["other"]
