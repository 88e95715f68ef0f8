"""imts, a message in a file: whatever it holds is judged, and nothing secret of it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.contracts.imts.encryption import EncryptionReading, sealed
from conformance.contracts.imts.wire import Number, members_of
from conformance.crypto import cbc
from conformance.crypto.cbc import IvPlace
from conformance.reporting.message_findings import findings_text
from tests.imts_messages import (
    FEES,
    FIXTURES,
    KEY,
    KEYS,
    SECRET,
    judge,
    signed,
    told,
)

# --- nothing secret is shown ------------------------------------------------------------------------------------

CANARIES = ("Zurabi", "წერეთელი", "60002019384", "+995591827364", "29/11/1961", "GE29NB0000000101904917")


@pytest.mark.parametrize("place", ["note", "amount_source", "pg_salt", "originator_type", "pg_sig", "iv", "name"])
@pytest.mark.parametrize("canary", [*CANARIES, SECRET, KEY.hex(), SECRET.encode().hex()])
def test_no_canary_comes_out_wherever_it_stands(place: str, canary: str) -> None:
    person = {f"m{number}": value for number, value in enumerate(CANARIES)}
    closed = EncryptionReading().members(sealed(person, KEY, bytes(range(16))))
    for members in ({**FEES, place: canary}, {**FEES, **closed, place: canary}, {**FEES, **closed, canary: canary}):
        for keys in (KEYS, None):
            if keys is None and canary in (SECRET, KEY.hex(), SECRET.encode().hex()):
                continue  # nobody told that it is a secret
            assert canary not in told(judge(signed(members), keys))
    assert canary not in told(judge(signed({**FEES, **closed, place: canary}), show_values=True)), "it was decrypted"


def test_with_leave_values_are_shown_but_no_secret() -> None:
    members = {**FEES, "note": "Family support", "copy": f"x{SECRET}"}
    assert "Family support" not in told(judge(signed(members)))
    shown = told(judge(signed(members), show_values=True))
    assert "100.50;<copy: holds agent_secret>;Family support;person" in shown
    assert SECRET not in shown


_FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@_FAST
@given(content=st.binary(min_size=1).filter(bytes.strip))
def test_any_bytes_are_judged(content: bytes) -> None:
    assert told(judge(content))


@_FAST
@given(body=_ANY_JSON, show_values=st.booleans())
def test_any_json_is_judged(body: Any, show_values: bool) -> None:
    assert told(judge(json.dumps(body).encode(), show_values=show_values))


@pytest.mark.parametrize("text", ["\ud800", "\x1b[31m", "a\rb", "\u202e"])
def test_nothing_in_a_message_moves_a_cursor_or_breaks_the_output(text: str) -> None:
    body = json.dumps({"note": text, text: "x", "pg_sig": text}).encode()
    lines = findings_text(judge(body, show_values=True), "message").splitlines()
    assert all(line.isprintable() for line in lines)


@_FAST
@given(name=st.sampled_from(["pg_sig", "pg_salt", "encrypted_data", "iv", "amount_source"]), value=_ANY_JSON)
def test_any_value_of_a_member_is_judged(name: str, value: Any) -> None:
    good = members_of((FIXTURES / "valid" / "create-person-iv-apart.json").read_bytes())
    assert told(judge(json.dumps({**good, name: value}).encode()))


@_FAST
@given(content=st.binary(max_size=80), place=st.sampled_from(IvPlace))
def test_anything_that_was_encrypted_is_judged(content: bytes, place: IvPlace) -> None:
    assert told(judge(signed(dict(EncryptionReading(place).members(cbc.encrypt(content, KEY, bytes(16)))))))


@pytest.mark.parametrize("number", ["1e999999999", "-1E-999999999", "9" * 5000, "0." + "0" * 5000])
def test_a_monstrous_number_is_no_fault_of_the_suite(number: str) -> None:
    assert "fits no reading" in told(judge({**FEES, "amount_source": Number(number), "pg_sig": "0" * 64}))
