"""imts, vectors that another tool made: every reading of signature and encryption says what its author says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.contracts.imts.encryption import EncryptionReading, sealed
from conformance.contracts.imts.signature import HmacKey, NumberText, SignatureReading, readings
from conformance.contracts.imts.signature import signature_of as made
from conformance.contracts.imts.signature import signed_text as text_of
from conformance.contracts.imts.wire import members_of
from conformance.crypto import cbc
from conformance.crypto.cbc import IvPlace, KeyForm
from conformance.crypto.compact import BadEnvelope, Flaw
from conformance.errors import KeyFileError

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "vectors" / "imts"
FILES = ("signature", "encryption")
STEPS = {
    "Text": Flaw.STANDARD_BASE64,
    "Iv": Flaw.CBC_IV,
    "Blocks": Flaw.BLOCKS,
    "Filling": Flaw.FILLING,
}
OF_THE_EXAMPLE = {
    (False, HmacKey.AGENT_SECRET, True): "ae5432e55ceeb0884928d7ad064df14a43d331b4463c0fef07cfd0108a59a930",
    (False, HmacKey.EMPTY, True): "6e33ae4fcf758b5af257b190ff32fbf9cda26c1f108f7640a1973499bd891629",
    (False, HmacKey.AGENT_SECRET, False): "2593b9efab355c39981c17b386513123039a4ecf900d7a54bf50ae4e9db91207",
    (True, HmacKey.AGENT_SECRET, True): "6ad9a8368257f04950b7ab45ecc5446ea57e72ac9e5fcaf6eda4b81902818b4e",
    (True, HmacKey.EMPTY, True): "c2fdd15afbe4f06ee401a78a631ea4135506e5becbd9d2c7a8f7d6f2b053824e",
    (True, HmacKey.AGENT_SECRET, False): "c95666e6d333efd27ac0d26a3bffbceb76e08c82bc62886d0c818365db66b405",
}
"""The example of the source under its readings; computed with a second tool before this project had any code."""

Row = tuple[dict[str, Any], dict[str, Any]]


def document(file: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{file}.json").read_text("utf-8"))  # type: ignore[no-any-return]


def rows(kind: str, *results: str) -> list[Any]:
    """Groups of that kind with each of their vectors."""
    return [
        pytest.param(group, test, id=f"{test['tcId']}-{test['comment']}")
        for file in FILES
        for group in document(file)["testGroups"]
        if group["type"] == kind
        for test in group["tests"]
        if test["result"] in results
    ]


def signing(group: Mapping[str, Any]) -> SignatureReading:
    told = group["reading"]
    return SignatureReading(
        told["saltIsSigned"], HmacKey(told["key"]), told["secretIsAppended"], NumberText(told["numbers"])
    )


def encrypting(group: Mapping[str, Any]) -> EncryptionReading:
    told = group["reading"]
    return EncryptionReading(IvPlace(told["iv"]), KeyForm(told["keyForm"]), told["ivMember"])


# --- signature --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("group", "test"), rows("ImtsSign", "valid"))
def test_a_text_is_signed_as_its_author_signed_it(group: dict[str, Any], test: dict[str, Any]) -> None:
    members = members_of(test["body"].encode("utf-8"))
    assert text_of(members, group["secret"], signing(group)) == test["text"]
    assert made(members, group["secret"], signing(group)) == test["sig"]


@pytest.mark.parametrize(("group", "test"), rows("ImtsSign", "invalid"))
def test_a_signature_that_its_author_calls_wrong_is_another(group: dict[str, Any], test: dict[str, Any]) -> None:
    """A body that is no flat object cannot be signed at all."""
    if test["flags"] == ["Body"]:
        with pytest.raises(ValueError, match=r"\w"):
            made(members_of(test["body"].encode("utf-8")), group["secret"], signing(group))
        return
    assert test["sig"] != made(members_of(test["body"].encode("utf-8")), group["secret"], signing(group))


def test_the_example_of_the_source_has_the_six_signatures_that_were_computed_beforehand() -> None:
    found = {
        (reading.salt_is_signed, reading.key, reading.secret_is_appended): test["sig"]
        for group, test in (param.values for param in rows("ImtsSign", "valid"))
        if test["comment"] == "the example of the source"
        for reading in [signing(group)]
    }
    assert found == OF_THE_EXAMPLE


def test_every_reading_has_a_vector_and_no_two_of_them_sign_alike() -> None:
    found = {
        signing(group): test["sig"]
        for group, test in (param.values for param in rows("ImtsSign", "valid"))
        if test["comment"] == "a question for fees" and group["secret"] == "s3cret-of-vectors"
    }
    assert found.keys() == set(readings())
    assert len(set(found.values())) == len(found) == 12


# --- encryption -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("group", "test"), rows("ImtsDecrypt", "valid"))
def test_personal_data_are_read_and_written_as_their_author_wrote_them(
    group: dict[str, Any], test: dict[str, Any]
) -> None:
    reading, content = encrypting(group), bytes.fromhex(test["msg"])
    key = reading.key(group["key"])
    assert cbc.decrypt(reading.read(test["members"]), key) == content
    assert reading.members(sealed(json.loads(content), key, bytes.fromhex(test["iv"]))) == test["members"]


@pytest.mark.parametrize(("group", "test"), rows("ImtsDecrypt", "invalid"))
def test_what_its_author_calls_wrong_is_refused_at_its_step(group: dict[str, Any], test: dict[str, Any]) -> None:
    reading = encrypting(group)
    with pytest.raises(BadEnvelope) as caught:
        cbc.decrypt(reading.read(test["members"]), reading.key(group["key"]))
    assert [caught.value.flaw] == [STEPS[flag] for flag in test["flags"]]


def test_every_place_of_the_iv_and_every_form_of_the_key_has_a_vector() -> None:
    found = {
        (reading.iv, reading.key_form)
        for group, _ in (param.values for param in rows("ImtsDecrypt", "valid"))
        for reading in [encrypting(group)]
    }
    assert found == {(place, form) for place in IvPlace for form in KeyForm}


@pytest.mark.parametrize(("group", "test"), rows("ImtsKey", "valid", "invalid"))
def test_a_key_is_one_of_32_bytes_in_its_form(group: dict[str, Any], test: dict[str, Any]) -> None:
    reading = EncryptionReading(key_form=KeyForm(test["keyForm"]))
    if test["result"] == "valid":
        assert reading.key(test["text"]) == bytes.fromhex(test["bytes"])
        return
    with pytest.raises(KeyFileError) as caught:
        reading.key(test["text"])
    assert not test["text"] or test["text"] not in str(caught.value)


# --- the files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES)
def test_a_file_comes_from_the_generator_as_it_is_now(file: str) -> None:
    whole = document(file)
    digest = hashlib.sha256((FOLDER / "make.mjs").read_bytes()).hexdigest()
    assert whole["generatorDigest"] == f"sha256:{digest}", "node fixtures/vectors/imts/make.mjs"
    assert "do not edit" in whole["generatedBy"]
    tests = [test for group in whole["testGroups"] for test in group["tests"]]
    assert [test["tcId"] for test in tests] == list(range(1, whole["numberOfTests"] + 1))
    assert {flag for test in tests for flag in test["flags"]} == set(whole["notes"])
    assert all(test["comment"] for test in tests)


def test_the_folder_holds_the_files_and_their_generator() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {"make.mjs", *(f"{file}.json" for file in FILES)}
