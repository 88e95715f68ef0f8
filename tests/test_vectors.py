"""Vectors that other tools made: each is judged as its author says, and each step of the code is needed by one."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jwcrypto.jwk import JWK

from conformance.crypto import cbc, compact, jwe, jws, keytransport, mac
from conformance.crypto.compact import BadEnvelope, Flaw
from conformance.crypto.keys import private_key, public_key
from conformance.crypto.keytransport import Padding

FIXTURES = Path(__file__).parent.parent / "fixtures"
VECTORS = FIXTURES / "vectors"
KEYS = FIXTURES / "keys"
FILES = sorted(path.stem for path in VECTORS.glob("*.json"))
# The step that a flag is about; flags without one describe vectors and refuse nothing.
STEPS = {
    "NotCompact": Flaw.NOT_COMPACT,
    "NotBase64": Flaw.NOT_BASE64,
    "Header": Flaw.HEADER,
    "HeaderTwice": Flaw.HEADER_TWICE,
    "Critical": Flaw.CRITICAL,
    "Algorithm": Flaw.ALGORITHM,
    "Signature": Flaw.SIGNATURE,
    "Encryption": Flaw.ENCRYPTION,
    "Compressed": Flaw.COMPRESSED,
    "KeyIv": Flaw.KEY_IV,
    "KeyTag": Flaw.KEY_TAG,
    "EncryptedKey": Flaw.ENCRYPTED_KEY,
    "Iv": Flaw.IV,
    "Tag": Flaw.TAG,
    "WrongKey": Flaw.WRONG_KEY,
    "Content": Flaw.CONTENT,
    "AesKey": Flaw.AES_KEY,
    "Text": Flaw.STANDARD_BASE64,
    "Length": Flaw.TRANSPORT_LENGTH,
    "Padding": Flaw.TRANSPORT,
    "KeyLength": Flaw.AES_KEY,
    "CbcIv": Flaw.CBC_IV,
    "Blocks": Flaw.BLOCKS,
    "Filling": Flaw.FILLING,
}
DESCRIPTIVE = {"Utf8", "Mac", "PayloadBytes", "B64", "KeyInHeader", "Digest", "OtherPadding", "Recoded"}
# Where the RFCs leave it open: what this suite does.
TAKEN = {"b64 false that is not critical, payload encoded all the same"}


@dataclass(frozen=True)
class Vector:
    file: str
    group: dict[str, Any]
    test: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.file}-{self.test['tcId']}"

    @property
    def wanted(self) -> bytes | Flaw:
        """The bytes inside, or the step that refuses."""
        test, kind = self.test, self.group["type"]
        if test["result"] == "valid" or test["comment"] in TAKEN:
            return bytes.fromhex(test["key" if kind == "KeyTransport" else "msg"])
        if kind == "Mac":
            return b"another"
        flag = next(flag for flag in test["flags"] if flag in STEPS)
        if self.group.get("padding") == "pkcs1" and flag == "KeyLength":
            return Flaw.TRANSPORT  # a wrong padding shows only as another length
        return STEPS[flag]

    def outcome(self) -> bytes | Flaw | str:
        """What the suite makes of it; a crash by the name of its exception."""
        try:
            return self._read()
        except BadEnvelope as refused:
            return refused.flaw
        except Exception as crash:
            return type(crash).__name__

    def _read(self) -> bytes:
        group, test = self.group, self.test
        match group["type"]:
            case "JwsVerify":
                key = public(group)
                return jws.signed_by(test["jws"], key, group["algorithms"]).payload
            case "JweDecrypt":
                return jwe.decrypt(test["jwe"], bytes.fromhex(group["key"]))
            case "KeyWrap":
                key, iv, message = (bytes.fromhex(text) for text in (group["key"], test["iv"], test["msg"]))
                assert [part.hex() for part in jwe.gcm(key, iv, message)] == [test["ct"], test["tag"]]
                return message
            case "KeyTransport":
                return keytransport.unwrap(test["text"], private(group), Padding(group["padding"]))
            case "CbcDecrypt":
                ciphered = cbc.read(test["text"], cbc.IvPlace(group["ivPlace"]), test.get("iv"))
                return cbc.decrypt(ciphered, bytes.fromhex(group["key"]))
            case "Mac":
                message = bytes.fromhex(test["msg"])
                return message if mac.fits(test["tag"], message, bytes.fromhex(test["key"])) else b"another"
        raise KeyError(group["type"])


def public(group: dict[str, Any]) -> JWK:
    return JWK(**group["publicJwk"]) if "publicJwk" in group else public_key(text_of(group["publicKey"]))


def private(group: dict[str, Any]) -> JWK:
    return JWK(**group["privateJwk"]) if "privateJwk" in group else private_key(text_of(group["privateKey"]))


def text_of(name: str) -> str:
    return (KEYS / name).read_text("ascii")


def document(file: str) -> dict[str, Any]:
    return json.loads((VECTORS / f"{file}.json").read_text("utf-8"))  # type: ignore[no-any-return]


def vectors() -> Iterator[Vector]:
    for file in FILES:
        for group in document(file)["testGroups"]:
            for test in group["tests"]:
                yield Vector(file, group, test)


ALL = list(vectors())


@pytest.mark.parametrize("vector", ALL, ids=lambda vector: vector.name)
def test_a_vector_is_judged_as_its_author_says(vector: Vector) -> None:
    assert vector.outcome() == vector.wanted, vector.test["comment"]


# --- the files --------------------------------------------------------------------------------------------------


def test_the_files_are_those_that_are_known() -> None:
    made = ["aes_256_cbc", "hmac_sha256", "jwe_a256gcmkw_a256gcm", "jws_rs256", "rsa_key_transport"]
    assert sorted([*made, "published"]) == FILES
    others = {path.name for path in VECTORS.iterdir()} - {f"{file}.json" for file in FILES}
    assert others == {"README.md", "make.mjs", "imts"}


@pytest.mark.parametrize("file", FILES)
def test_a_file_says_on_its_first_line_that_it_is_not_to_be_edited_and_counts_itself(file: str) -> None:
    assert (VECTORS / f"{file}.json").read_text("utf-8").splitlines()[1].startswith(' "generatedBy": ')
    whole = document(file)
    assert "do not edit" in whole["generatedBy"]
    ids = [test["tcId"] for group in whole["testGroups"] for test in group["tests"]]
    assert ids == list(range(1, whole["numberOfTests"] + 1))


@pytest.mark.parametrize("file", [file for file in FILES if file != "published"])
def test_a_made_file_comes_from_the_generator_as_it_is_now(file: str) -> None:
    digest = hashlib.sha256((VECTORS / "make.mjs").read_bytes()).hexdigest()
    assert document(file)["generatorDigest"] == f"sha256:{digest}", "node fixtures/vectors/make.mjs"


@pytest.mark.parametrize("file", FILES)
def test_every_vector_says_what_it_is_and_every_note_is_used(file: str) -> None:
    whole = document(file)
    tests = [test for group in whole["testGroups"] for test in group["tests"]]
    flags = {flag for test in tests for flag in test["flags"]}
    assert flags <= set(whole["notes"])
    assert flags <= STEPS.keys() | DESCRIPTIVE
    for test in tests:
        assert test["result"] in ("valid", "invalid", "acceptable") and test["comment"]
        assert test["result"] == "valid" or ({"Mac"} | STEPS.keys()) & set(test["flags"]) or test["comment"] in TAKEN


def test_no_key_is_an_orphan_and_each_is_marked_as_test_material() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("*.py"))
    maker = (VECTORS / "make.mjs").read_text("utf-8")
    for path in KEYS.glob("*.pem"):
        assert path.read_text("ascii").startswith("TEST MATERIAL: this key is published, never trust it.\n"), path
        in_maker = f'"{path.name.partition(".")[0]}"' in maker and not path.name.endswith(".crt.pem")
        assert in_maker or f'"{path.name}"' in tests, path
    assert {path.name for path in KEYS.iterdir() if path.suffix != ".pem"} == {"README.md", "make.sh"}


# --- each step is needed ----------------------------------------------------------------------------------------


def test_every_flaw_that_a_text_can_have_is_shown_by_a_vector() -> None:
    shown = {vector.wanted for vector in ALL}
    assert set(Flaw) - shown == {Flaw.KEY_ID, Flaw.PAYLOAD}, "those two are of token sets, see test_crypto"


# Refusals of input that no text from outside reaches: keys that do not fit, values too long, token sets.
OF_THE_MAKER = {compact: 0, jws: 4, jwe: 1, keytransport: 2, cbc: 2}
GUARDED = {
    compact: ["split", "decoded", "header_of", "_named_once", "_no_number", "standard_decoded"],
    jws: ["_check_algorithm", "_check_signature"],
    jwe: ["read", "opened", "_member"],
    keytransport: ["unwrap"],
    cbc: ["read", "decrypt", "_cipher"],
}


def refusals(tree: ast.AST) -> list[ast.Raise]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]


def source_tree(module: ModuleType, name: str) -> ast.Module:
    return ast.parse(inspect.getsource(vars(module)[name]))


class Without(ast.NodeTransformer):
    """Takes one refusal out."""

    def __init__(self, refusal: ast.Raise) -> None:
        self.refusal = refusal

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        return ast.Pass() if node is self.refusal else node


EVERY_REFUSAL = [
    pytest.param(module, name, place, id=f"{module.__name__.rpartition('.')[2]}.{name}-{place}")
    for module, names in GUARDED.items()
    for name in names
    for place in range(len(refusals(source_tree(module, name))))
]


@pytest.mark.parametrize(("module", "name", "place"), EVERY_REFUSAL)
def test_without_any_one_refusal_some_vector_is_judged_otherwise(
    module: ModuleType, name: str, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = source_tree(module, name)
    weakened = ast.fix_missing_locations(Without(refusals(tree)[place]).visit(tree))
    monkeypatch.setattr(module, name, vars(module)[name])  # so that it is put back
    exec(compile(weakened, str(module.__file__), "exec"), vars(module))
    assert any(vector.outcome() != vector.wanted for vector in ALL)


def test_every_refusal_of_the_code_is_among_those_taken_out() -> None:
    for module, names in GUARDED.items():
        whole = ast.parse(inspect.getsource(module))
        inside = sum(len(refusals(source_tree(module, name))) for name in names)
        assert inside + OF_THE_MAKER[module] == len(refusals(whole)), module.__name__
