"""A sealed bundle: what holds, and everything that must not."""

from __future__ import annotations

import json
import random
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from conformance import cli
from conformance.crypto.compact import as_json, decoded, encoded
from conformance.crypto.signing import trusted
from conformance.errors import BadRecord, KeyFileError
from conformance.evidence.attempts import LEDGER
from conformance.evidence.seal import SEAL, read_manifest, seal
from conformance.evidence.verification import Verification, verify
from tests.bundles import KEYS, ONE, Sealed, private_pem, refused, saved_keys, target
from tests.certificates import authority
from tests.test_bundle import SendsTokensInBase64
from tests.test_replay import CallsAccountsByIban, SendsBytes, TalksAboutPeople


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return Sealed(tmp_path_factory.mktemp("whole"), fuzz="quick")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return Sealed(tmp_path_factory.mktemp("small"), **ONE)


# --- what holds -------------------------------------------------------------------------------------------------


def test_a_sealed_bundle_holds_without_network(whole: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: Any, **__: Any) -> Any:
        raise AssertionError("a verification needs no network")

    monkeypatch.setattr(socket, "create_connection", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    verification = whole.verified(whole.folder)
    assert verification.holds, verification.as_lines()
    assert verification.results["verdict"] == "non_conformant"
    lines = verification.as_lines().splitlines()
    assert sum(line.startswith("ok ") for line in lines) == 8
    assert lines[-1] == "the bundle holds: non_conformant"
    assert json.loads(verification.as_json())["holds"] is True


@pytest.mark.parametrize("alg", KEYS)
def test_each_algorithm_signs(small: Sealed, tmp_path: Path, alg: str) -> None:
    folder = small.copy(tmp_path)
    private, public = saved_keys(tmp_path, alg)
    seal(folder, str(private), alg=alg)
    anchors = [trusted(path.read_text("ascii"), path.name) for path in (small.public, public)]
    verification = verify(folder, anchors)
    assert verification.holds, verification.as_lines()
    assert verification.signature is not None
    assert (verification.signature.trusted, verification.signature.alg) == ("key-public.pem", alg)
    for other in KEYS:
        _, stranger = saved_keys(tmp_path, other, "stranger")
        assert refused(verify(folder, [trusted(stranger.read_text("ascii"), other)]), "signature", "is not of this key")


def test_a_run_that_was_cut_short_and_a_report_in_russian_hold(tmp_path: Path) -> None:
    private, public = saved_keys(tmp_path, "ES256")
    with target() as run:
        run(tmp_path / "run", time_limit_s=0.5, workers=2, lang="ru")
    seal(tmp_path / "run", str(private))
    verification = verify(tmp_path / "run", [trusted(public.read_text("ascii"), "x")])
    assert verification.holds, verification.as_lines()


@pytest.mark.parametrize("provider_class", [TalksAboutPeople, SendsBytes, CallsAccountsByIban])
def test_what_is_hard_to_redact_leaks_nothing_and_holds(tmp_path: Path, provider_class: type[Any]) -> None:
    private, public = saved_keys(tmp_path, "ES256")
    with target(provider_class) as run:
        certification = run(tmp_path / "run", only=("KZA-WINDOW", "KZA-EXISTS", "KZA-CONTENTS", "KZA-FILTER"))
    assert not certification.leaks
    seal(tmp_path / "run", str(private))
    verification = verify(tmp_path / "run", [trusted(public.read_text("ascii"), "x")])
    assert verification.holds, verification.as_lines()
    ledger = (tmp_path / LEDGER).read_text("utf-8")
    target_of = certification.declaration.target
    assert not [word for word in (target_of.base_url, target_of.name, "KZ", "eyJ") if word in ledger]


# --- changed without the key ------------------------------------------------------------------------------------


def test_a_change_of_any_byte_is_found(small: Sealed, tmp_path: Path) -> None:
    folder = small.copy(tmp_path)
    drawn = random.Random(7)
    for path in sorted(folder.iterdir()):
        raw = path.read_bytes()
        places = {0, 1, len(raw) - 2, len(raw) - 1, *drawn.choices(range(len(raw)), k=60)}
        for place in sorted(places) if path.name != SEAL else range(len(raw)):
            changed = bytearray(raw)
            changed[place] ^= 1 << drawn.randrange(8)
            path.write_bytes(changed)
            step = "signature" if path.name == SEAL else "manifest"
            assert refused(small.verified(folder), step), (path.name, place)
        path.write_bytes(raw)
    assert small.verified(folder).holds


@pytest.mark.parametrize("end", [b"\n", b" ", b"=", b"."])
def test_nothing_can_be_hung_onto_the_seal(small: Sealed, tmp_path: Path, end: bytes) -> None:
    folder = small.copy(tmp_path)
    with (folder / SEAL).open("ab") as file:
        file.write(end)
    assert refused(small.verified(folder), "signature")


def swap_exchanges(folder: Path) -> None:
    lines = (folder / "exchanges.jsonl").read_text("utf-8").splitlines(keepends=True)
    (folder / "exchanges.jsonl").write_text("".join([lines[1], lines[0], *lines[2:]]), "utf-8")


def add_a_file(folder: Path) -> None:
    (folder / "deeper").mkdir()
    (folder / "deeper" / "note.txt").write_text("fine", "utf-8")


def link_a_file(folder: Path) -> None:
    (folder / "junit.xml").rename(folder.parent / "junit.xml")
    (folder / "junit.xml").symlink_to(folder.parent / "junit.xml")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "junit.xml").unlink(), "since the seal, removed: junit.xml"),
        (add_a_file, "since the seal, added: deeper/note.txt"),
        (swap_exchanges, "since the seal, changed: exchanges.jsonl"),
        (lambda folder: (folder / "junit.xml").rename(folder / "x.xml"), "removed: junit.xml; added: x.xml"),
        (link_a_file, "is a link or device"),
    ],
)
def test_what_is_added_removed_or_reordered_is_found(
    small: Sealed, tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    folder = small.copy(tmp_path)
    change(folder)
    assert refused(small.verified(folder), "manifest", said)


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "eddsa", "ES384"])
def test_other_algorithms_are_refused(small: Sealed, tmp_path: Path, alg: str) -> None:
    folder = small.copy(tmp_path)
    _, payload, signature = (folder / SEAL).read_text("ascii").split(".")
    if alg == "HS256":  # the public key as a shared secret
        jws = JWS(decoded(payload, "payload"))
        secret = JWK(kty="oct", k=encoded(small.public.read_bytes()))
        jws.add_signature(secret, alg=alg, protected=json.dumps({"alg": alg}))
        text = jws.serialize(compact=True)
    else:
        text = f"{encoded(as_json({'alg': alg}))}.{payload}.{'' if alg == 'none' else signature}"
    (folder / SEAL).write_text(text, "ascii")
    assert refused(small.verified(folder), "signature", f"algorithm '{alg}' is not accepted")


def test_a_key_that_comes_with_the_seal_counts_for_nothing(small: Sealed, tmp_path: Path) -> None:
    folder = small.copy(tmp_path)
    own = authority(tmp_path / "own")
    certificate, key = own.server("bank")
    seal(folder, str(key), chain=str(certificate))
    assert refused(small.verified(folder), "signature", "the signature is not of this key")


def test_a_seal_from_the_future_is_refused(small: Sealed) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert refused(small.verified(small.folder, now=yesterday), "signature", "sealed in the future")


# --- certificates -----------------------------------------------------------------------------------------------


def test_an_authority_stands_for_its_certificates(small: Sealed, tmp_path: Path) -> None:
    folder = small.copy(tmp_path)
    own, foreign = authority(tmp_path / "own"), authority(tmp_path / "foreign")
    certificate, key = own.server("bank")
    seal(folder, str(key), chain=str(certificate))

    def by(path: Path) -> Verification:
        return verify(folder, [trusted(path.read_text("ascii"), path.name)])

    assert by(own.file).holds and by(certificate).holds
    assert refused(by(foreign.file), "signature", "its chain of certificates does not hold")
    seal(folder, str(key))
    assert by(certificate).holds
    assert refused(by(own.file), "signature", "the signature is not of this key")


def test_a_certificate_that_had_expired_when_it_sealed_is_refused(small: Sealed, tmp_path: Path) -> None:
    folder = small.copy(tmp_path)
    own = authority(tmp_path / "own")
    certificate, key = own.server("bank", days=-10)
    seal(folder, str(key), chain=str(certificate))
    for path, said in ((own.file, "does not hold"), (certificate, "the certificate was not valid at")):
        assert refused(verify(folder, [trusted(path.read_text("ascii"), path.name)]), "signature", said)


def test_a_chain_belongs_to_the_key(small: Sealed, tmp_path: Path) -> None:
    own = authority(tmp_path / "own")
    certificate, _ = own.server("bank")
    _, key = own.server("other")
    with pytest.raises(KeyFileError, match="is not the key of the first certificate"):
        seal(small.copy(tmp_path), str(key), chain=str(certificate))


# --- what is not sealed -----------------------------------------------------------------------------------------


def test_a_bundle_that_tells_a_secret_is_not_sealed(tmp_path: Path) -> None:
    with target(SendsTokensInBase64) as run:
        run(tmp_path / "run", **ONE)
    private, _ = saved_keys(tmp_path, "ES256")
    with pytest.raises(BadRecord, match=r"not sealed: exchanges\.jsonl tells TOKEN_"):
        seal(tmp_path / "run", str(private))
    assert not (tmp_path / "run" / SEAL).exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "conformance.toml").write_text("full = 'a secret'"), "added: conformance.toml"),
        (lambda folder: (folder / "report.html").write_text("fine"), "changed: report.html"),
        (lambda folder: (folder / "run.json").unlink(), "removed: run.json"),
        (lambda folder: (folder / "bundle.json").unlink(), "bundle.json: is missing"),
        (lambda folder: (folder / "bundle.json").write_text('{"format": "x"}'), "this version reads"),
    ],
)
def test_what_the_run_did_not_look_through_is_not_sealed(
    small: Sealed, tmp_path: Path, change: Callable[[Path], object], said: str
) -> None:
    folder = small.copy(tmp_path)
    change(folder)
    with pytest.raises(BadRecord, match=said):
        seal(folder, str(small.private))


# --- the commands -----------------------------------------------------------------------------------------------


def called(*words: str | Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["conformance", *map(str, words)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


def test_the_commands_seal_and_verify(
    small: Sealed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small.copy(tmp_path)
    key = KEYS["ES256"]()
    monkeypatch.setenv("SEAL_KEY", private_pem(key))
    _, other = saved_keys(tmp_path, "ES256")
    assert called("seal", folder, "--key", "env:SEAL_KEY", monkeypatch=monkeypatch) == 0
    assert "sealed 7 files in" in capsys.readouterr().err
    assert called("verify", folder, "--trust", other, monkeypatch=monkeypatch) == 1
    assert "NO  signature: " in capsys.readouterr().out
    assert called("seal", folder, "--key", small.private, monkeypatch=monkeypatch) == 0
    words = ("verify", folder, "--trust", other, "--trust", small.public)
    assert called(*words, monkeypatch=monkeypatch) == 0
    assert "the bundle holds: non_conformant" in capsys.readouterr().out
    assert called(*words, "--json", monkeypatch=monkeypatch) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "non_conformant"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("seal", "RUN", "--key", "env:NOT_THERE"), "--key: environment variable NOT_THERE is not set"),
        (("seal", "RUN", "--key", "nowhere.pem"), "--key: nowhere.pem cannot be read"),
        (("seal", "RUN", "--key", "PUBLIC"), "--key: this is a public key"),
        (("seal", "RUN", "--key", "PRIVATE", "--alg", "PS256"), "--key: a key of type Ed25519 cannot sign with PS256"),
        (("seal", "RUN", "--key", "PRIVATE", "--chain", "PUBLIC"), "--chain: holds no certificates"),
        (("verify", "RUN", "--trust", "PRIVATE"), "this is a private key; keep it to its owner"),
        (("verify", "RUN"), "Missing option '--trust'"),
        (("verify", "nowhere", "--trust", "PUBLIC"), "does not exist"),
    ],
)
def test_wrong_usage_is_one_line(
    small: Sealed,
    words: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {"RUN": small.folder, "PUBLIC": small.public, "PRIVATE": small.private}
    assert called(*(places.get(word, word) for word in words), monkeypatch=monkeypatch) == 2
    said_so = capsys.readouterr().err
    assert said in said_so and said_so.count("\n") == 1


def test_a_manifest_names_each_file(small: Sealed) -> None:
    _, manifest = read_manifest(small.folder)
    assert set(manifest.files) == {path.name for path in small.folder.iterdir()} - {SEAL}
