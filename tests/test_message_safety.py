"""instant-payment, a message in a file: whatever it holds is judged, and nothing secret of it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.contracts.instant_payment.wire import Operation
from conformance.crypto import compact
from conformance.engine.offline import MessageReport
from conformance.reporting.message_findings import findings_json, findings_text
from tests.ip_judging import ALL_KEYS, judge
from tests.ip_messages import (
    STRANGER,
    draft,
)

PAYEE, PAYER_DATA, CONFIRM, ASK = Operation
AES_KEY = Random(7).randbytes(32)


# --- no traceback, no secret ------------------------------------------------------------------------------------

_FAST = settings(
    max_examples=60,
    suppress_health_check=[*settings.default.suppress_health_check, HealthCheck.function_scoped_fixture],
)
_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_MEMBERS = st.sampled_from(sorted({name for operation in Operation for name in draft(operation).members} | {"note"}))


def rendered(report: MessageReport) -> str:
    """Everything that a person or a program is told."""
    texts = [findings_text(report, "message", lang) for lang in ("en", "ru")]
    return "\n".join([*texts, json.dumps(findings_json(report, "message"), ensure_ascii=False)])


@_FAST
@given(content=st.binary(min_size=1).filter(bytes.strip))
def test_any_bytes_are_judged(content: bytes) -> None:
    assert rendered(judge(content, ALL_KEYS))


@_FAST
@given(body=_ANY_JSON, name=st.sampled_from(["signed_message", "payload", "signature"]))
def test_any_json_is_judged(body: Any, name: str) -> None:
    for value in (body, {name: body}):
        assert rendered(judge(json.dumps(value), ALL_KEYS))


@_FAST
@given(header=_ANY_JSON, payload=_ANY_JSON, method=st.none() | st.sampled_from(list(Operation)))
def test_any_json_in_the_parts_of_a_jws_is_judged(header: Any, payload: Any, method: Any) -> None:
    text = compact.joined(json.dumps(header).encode(), json.dumps(payload).encode(), b"x" * 256)
    assert rendered(judge(text, ALL_KEYS, method=method))


@_FAST
@given(operation=st.sampled_from(list(Operation)), name=_MEMBERS, value=_ANY_JSON)
def test_any_value_of_a_member_is_judged(operation: Operation, name: str, value: Any) -> None:
    payload = json.dumps({**draft(operation).members, name: value}).encode()
    assert rendered(judge(draft(operation).signed_bytes(payload), ALL_KEYS))


@_FAST
@given(data=_ANY_JSON, header=st.dictionaries(st.sampled_from(["alg", "enc", "iv", "tag", "zip", "crit"]), _ANY_JSON))
def test_any_encrypted_json_under_any_header_is_judged(data: Any, header: dict[str, Any]) -> None:
    for operation in (PAYEE, PAYER_DATA):
        message = draft(operation, data)
        sealed = message.sealed
        assert sealed is not None
        payload = json.dumps(data).encode()
        odd = sealed.sealed(sealed.fresh, payload=payload, **{k: v for k, v in header.items() if v == v})
        assert rendered(judge(message.data(odd).text, ALL_KEYS))


CANARY = {
    "first_name_ka": "ზურაბი",
    "last_name_ka": "წერეთელი",
    "first_name_en": "Zurabi",
    "last_name_en": "Tsereteli",
    "personal_id": "60002019384",
    "date_of_birth": "29/11/1961",
    "initials_ka": "ზ.წ.",
    "initials_en": "Z.Ts.",
}
CANARY_MOBILE = "995591827364"


@pytest.mark.parametrize("place", ["", *(name for name in draft(PAYER_DATA).members), "note", "amount", "currency"])
def test_no_canary_comes_out_wherever_it_stands(place: str) -> None:
    """People's values, the AES key and private keys: in their place, in a wrong one, as a name of a member."""
    private = STRANGER.export_to_pem(True, None).decode()
    secrets = [*CANARY.values(), CANARY_MOBILE, AES_KEY.hex(), compact.standard_encoded(AES_KEY), private]
    for canary in secrets:
        for operation in (PAYEE, PAYER_DATA, CONFIRM):
            content = {"payee": {"mobile": CANARY_MOBILE}} if operation is PAYEE else {"payer": CANARY}
            message = draft(operation, content)
            if place in ("amount", "currency") and operation is CONFIRM:
                message = message.info(**{place: canary})
            elif place:
                message = message.changed(**{place: canary, canary: "x"})
            for text in (message.text, message.signed_bytes(message.payload, kid=canary, alg=canary)):
                told = rendered(judge(text, ALL_KEYS))
                assert not [secret for secret in secrets if secret in told or secret[:20] in told]


@pytest.mark.parametrize("name", CANARY)
@pytest.mark.parametrize("change", [str.upper, lambda text: f"{text}?", lambda text: f" {text}\n", lambda _: ""])
def test_no_canary_comes_out_of_a_faulty_value(name: str, change: Callable[[str], str]) -> None:
    """A value of the encrypted data that is wrong is told by its form."""
    value = change(CANARY[name])
    told = rendered(judge(draft(PAYER_DATA, {"payer": {**CANARY, name: value}}).text, ALL_KEYS))
    assert not [secret for secret in (*CANARY.values(), value.strip()) if secret and secret in told]
