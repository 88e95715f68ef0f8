"""Faulty AES-CBC: a strict reader refuses each example, and a lenient one of its kind would have read the object."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.crypto import cbc
from conformance.crypto.cbc import BLOCK_BYTES, Ciphered, IvPlace
from conformance.crypto.cbc_faults import CbcFault, faulty_cbc, spaced
from conformance.crypto.compact import BadEnvelope, standard_encoded

KEY = bytes(range(32))
IV = bytes(range(100, 116))
PAYLOADS = [{"a": "b"}, {"name": "Жанар", "document": "N1"}, {f"member_{place}": "x" * place for place in range(9)}]


def read(text: str, place: IvPlace, iv: str | None) -> Any:
    """A strict reader: the JSON object, or an error."""
    found = json.loads(cbc.decrypt(cbc.read(text, place, iv), KEY).decode("utf-8"))
    if isinstance(found, dict):
        return found
    raise ValueError("no object")


def carried(one: Ciphered, place: IvPlace) -> tuple[str, IvPlace, str | None]:
    return one.text(place), place, standard_encoded(one.iv) if place is IvPlace.APART else None


def sealed(payload: dict[str, str]) -> Ciphered:
    return cbc.encrypt(json.dumps(payload, ensure_ascii=False).encode("utf-8"), KEY, IV)


@pytest.mark.parametrize("place", IvPlace)
@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("fault", CbcFault)
def test_a_strict_reader_refuses_every_fault(fault: CbcFault, payload: dict[str, str], place: IvPlace) -> None:
    good = sealed(payload)
    assert read(*carried(good, place)) == payload
    with pytest.raises((BadEnvelope, ValueError)):
        read(*carried(faulty_cbc(fault, good, KEY), place))


@pytest.mark.parametrize("filled", range(1, BLOCK_BYTES + 1))
@pytest.mark.parametrize("payload", PAYLOADS)
def test_spaces_make_a_padding_of_any_length_and_change_nothing(payload: dict[str, str], filled: int) -> None:
    one = spaced(sealed(payload), KEY, filled)
    assert read(*carried(one, IvPlace.BEFORE)) == payload
    assert len(one.ciphertext) - len(cbc.decrypt(one, KEY)) == filled


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_reader_that_fills_short_ivs_up_reads_the_object(payload: dict[str, str]) -> None:
    for fault in (CbcFault.IV_OF_12, CbcFault.IV_OF_8, CbcFault.NO_IV):
        one = faulty_cbc(fault, sealed(payload), KEY)
        filled = Ciphered(one.iv.ljust(BLOCK_BYTES, b"\0"), one.ciphertext)
        assert read(*carried(filled, IvPlace.BEFORE)) == payload
