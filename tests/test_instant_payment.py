"""instant-payment: faults of its configuration are named, and its dates and statuses are read as they should be."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conformance.config import parsed
from conformance.contracts.instant_payment.declaration import Declaration, privacy
from conformance.contracts.instant_payment.stand import stand
from conformance.contracts.instant_payment.wire import ENDS, Status, follows, follows_untold, read_date
from conformance.errors import ConfigError

Change = Callable[[dict[str, Any]], Any]


# --- configuration --------------------------------------------------------------------------------------------


@cache
def _document() -> dict[str, Any]:
    return stand().configuration("https://gateway.example")


def declared(change: Change = lambda document: None) -> Declaration:
    document = copy.deepcopy(_document())
    change(document)
    return parsed(document, Declaration, Path("x.toml"))[0]


def test_the_configuration_of_the_stand_is_good_and_its_private_keys_are_secrets() -> None:
    declaration = declared()
    assert declaration.keys.sender.private in privacy(declaration).secrets.values()
    assert declaration.payee.mobile in privacy(declaration).secrets.values()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda it: it["keys"]["sender"].pop("private"), "keys.sender.private: is missing"),
        (lambda it: it["keys"].update(receiver={}), "keys.receiver.public: is missing"),
        (lambda it: it["keys"]["sender"].update(private="no key"), "keys.sender.private: private key: not a private"),
        (lambda it: it["keys"].update(transport="raw"), 'keys.transport: no padding "raw"'),
        (lambda it: it["banks"]["other"].update(code="BAGAGE22"), "two of them have the same code"),
        (lambda it: it["banks"].pop("other"), "banks.other: is missing"),
        (lambda it: it["amounts"].update(currencies=["GEL", "LARI"]), '"LARI" is no currency'),
        (lambda it: it["amounts"].update(usual="1e1"), "amounts.usual"),
        (lambda it: it["dates"].update(zone="Tbilisi"), 'no time zone "Tbilisi"'),
        (lambda it: it["target"].update(versions=["v2"]), 'there is one version, "v1"'),
        (lambda it: it["payee"].update(mobil="1"), 'did you mean "mobile"?'),
        (lambda it: it["payer"]["good"].update(date_of_birth="1987-05-23"), "payer.good.date_of_birth"),
    ],
)
def test_a_fault_of_the_configuration_is_named(change: Change, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        declared(change)
    assert sentence in str(caught.value)


# --- wire -----------------------------------------------------------------------------------------------------


def test_statuses_only_go_on() -> None:
    for status in Status:
        for later in follows(status) - {status}:
            assert status not in follows(later)
    assert follows(Status.PAYEE_VALIDATING) == set(Status)
    assert follows_untold(Status.PAYEE_VALIDATED) == {Status.PAYEE_VALIDATED, Status.CANCELED}
    assert all(follows(end) <= ENDS for end in ENDS)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2024-02-02T13:28:00.873163500", 9),
        ("2024-02-02T13:28:00", 9),
        ("2024-02-02T13:28:00Z", 13),
        ("2024-02-02T13:28:00.1-03:00", 16),
    ],
)
def test_a_request_date_without_a_zone_is_local(text: str, hour: int) -> None:
    date = read_date(text, ZoneInfo("Asia/Tbilisi"))
    assert date is not None
    assert date.moment.hour == hour


@pytest.mark.parametrize(
    "text", ["2024-02-30T10:00:00", "2024-02-02", "2024-02-02 10:00:00", "2024-02-02T25:00:00", "2024-02-02T10:00:00."]
)
def test_what_is_no_request_date_is_none(text: str) -> None:
    assert read_date(text, UTC) is None
