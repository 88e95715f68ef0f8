"""The configuration: every bad input gives one line that names file, key and remedy."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from conformance.config import parsed, read_document
from conformance.contracts import contract
from conformance.contracts.kz_accounts.declaration import Declaration
from conformance.errors import ConfigError

KZ = contract("kz-accounts")
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_PEM = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def a_document() -> dict[str, Any]:
    """A small valid configuration."""
    return {
        "contract": "kz-accounts",
        "role": "provider",
        "target": {"base_url": "https://bank.example", "versions": ["v3"]},
        "auth": {"static": {"full": "env:TOKEN_FULL"}},
    }


@pytest.fixture(autouse=True)
def _token_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_FULL", "header.payload.signature")


def saved(folder: Path, document: dict[str, Any] | str | bytes) -> Path:
    path = folder / "conformance.toml"
    text = tomli_w.dumps(document) if isinstance(document, dict) else document
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def read(path: Path) -> tuple[Declaration, list[str]]:
    return parsed(read_document(path), Declaration, path)


def complaint(path: Path) -> str:
    """The message about a bad file: one line, which begins with the file."""
    with pytest.raises(ConfigError) as caught:
        read(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


def changed(place: str, value: Any) -> dict[str, Any]:
    """The valid document with one value set; None takes it out."""
    document = a_document()
    *tables, name = place.split(".")
    table = document
    for part in tables:
        table = table.setdefault(part, {})
    if value is None:
        del table[name]
    else:
        table[name] = value
    return document


def a_certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bank.example")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(PRIVATE.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=1))
    return builder.sign(PRIVATE, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def test_a_small_configuration_is_valid_and_has_defaults(tmp_path: Path) -> None:
    declaration, warnings = read(saved(tmp_path, a_document()))
    assert warnings == []
    assert declaration.versions == ["v3"]
    assert declaration.limits.timeout_s == 10
    assert declaration.limits.max_rps is None


# --- the file ---------------------------------------------------------------------------------------------------


def test_a_missing_file_is_named_with_the_command_that_writes_one(tmp_path: Path) -> None:
    assert complaint(tmp_path / "nowhere.toml") == 'no such file; "conformance init CONTRACT" writes one to fill in'


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path) == "cannot be read (Is a directory)"


def test_a_file_that_is_not_toml_is_named_with_the_line(tmp_path: Path) -> None:
    text = complaint(saved(tmp_path, 'contract = "kz-accounts"\nrole = provider\n'))
    assert text.startswith("not TOML: ")
    assert "line 2" in text


def test_a_file_that_is_not_utf8_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = saved(tmp_path, '[target]\nname = "Банк"\n'.encode("cp1251"))
    assert complaint(path) == "is not UTF-8 at byte 17; save it as UTF-8"


def test_a_byte_order_mark_as_windows_editors_write_it_is_no_fault(tmp_path: Path) -> None:
    declaration, _ = read(saved(tmp_path, b"\xef\xbb\xbf" + tomli_w.dumps(a_document()).encode()))
    assert declaration.contract == "kz-accounts"


@pytest.mark.parametrize("text", ['{"contract": ', '{"a": ' * 100_000], ids=["cut off", "nested too deep"])
def test_broken_json_is_named(tmp_path: Path, text: str) -> None:
    assert complaint(saved(tmp_path, text)).startswith("not TOML: ")


# --- keys and values --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("rolle", "provider", 'rolle: unknown key; did you mean "role"?'),
        ("target.base_ur", "x", 'target.base_ur: unknown key; did you mean "base_url"?'),
        ("auth.static.ful", "x", 'auth.static.ful: unknown key; did you mean "full"?'),
        ("auth.mint.algorithm", "RS256", 'auth.mint.algorithm: unknown key; did you mean "alg"?'),
        ("rate_limit.bursts", 3, 'rate_limit.bursts: unknown key; did you mean "burst"?'),
        ("limits.zzz", 3, "limits.zzz: unknown key; known here: max_rps, timeout_s"),
        ("target", "https://bank.example", "target: should be a table (is string)"),
        ("auth.static", ["a.b.c"], "auth.static: should be a table (is array)"),
        ("target.versions", "v3", "target.versions: should be a valid list (is string)"),
        ("target.versions", [], "target.versions: "),
        ("limits.max_rps", "20", "limits.max_rps: should be a valid number (is string)"),
        ("limits.max_rps", 0, "limits.max_rps: should be greater than 0 (is integer)"),
        ("limits.timeout_s", 301, "limits.timeout_s: should be less than or equal to 300 (is integer)"),
        ("rate_limit.probe", "yes", "rate_limit.probe: should be a valid boolean (is string)"),
        ("rate_limit.burst", 2001, "rate_limit.burst: should be less than or equal to 2000 (is integer)"),
        ("attestations", {"KZA-LOG-01": 5}, "attestations.KZA-LOG-01: should be a valid string (is integer)"),
        ("role", "bank", "role: should be 'provider' or 'system' (is string)"),
        ("data.existing_iban", "KZ86 125K", "data.existing_iban: "),
        ("target", None, "target: is missing; every configuration needs it"),
        ("contract", None, "contract: is missing; every configuration needs it"),
        ("target.base_url", None, "target.base_url: is missing; every configuration needs it"),
        ("target.versions", ["v3", "v9"], 'target.versions: no version "v9"; known: '),
        ("target.versions", ["v2"], "target.versions: v3 is always published; add it"),
        ("target.provider_id", "17", "target.provider_id: is not a UUID"),
        ("target.client_key", "k.pem", "target.client_key needs target.client_cert beside it"),
        ("role", "system", 'target.provider_id: role "system" sends it as x-provider-id'),
        ("auth.static.full", None, "auth: give auth.static.full or the table auth.mint"),
        ("target.base_url", "ftp://bank.example", "target.base_url: should be http:// or https:// and a host"),
        ("target.base_url", "bank.example", "target.base_url: should be http:// or https:// and a host"),
        ("target.base_url", "https://", "target.base_url: should be http:// or https:// and a host"),
        ("target.base_url", "https://bank.example?a=1", "target.base_url: should be http:// or https:// and a host"),
        ("target.base_url", "https://bank.example:99999", "target.base_url: has no usable host and port"),
        ("target.base_url", "https://bank.example:https", "target.base_url: has no usable host and port"),
        ("target.base_url", "https://:8443", "target.base_url: has no usable host and port"),
        ("target.base_url", "https://[::1", "target.base_url: has no usable host and port"),
        ("target.base_url", "https://u:pw@bank.example", "target.base_url: should hold no user name or password"),
    ],
)
def test_a_bad_value_is_named_with_its_key_and_what_it_should_be(
    tmp_path: Path, place: str, value: Any, said: str
) -> None:
    assert complaint(saved(tmp_path, changed(place, value))).startswith(said)


def test_a_misspelt_key_is_named_rather_than_the_one_that_is_missing_for_it(tmp_path: Path) -> None:
    document = changed("target.base_url", None)
    document["target"]["baseurl"] = "https://bank.example"
    assert complaint(saved(tmp_path, document)) == 'target.baseurl: unknown key; did you mean "base_url"?'


def test_a_path_prefix_in_the_base_url_is_accepted(tmp_path: Path) -> None:
    declaration, _ = read(saved(tmp_path, changed("target.base_url", "https://bank.example:8443/open/banking/")))
    assert declaration.target.base_url == "https://bank.example:8443/open/banking/"


# --- env: and file: ---------------------------------------------------------------------------------------------


def test_an_environment_variable_stands_for_its_value_without_white_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_FULL", "a.b.c\n")
    declaration, _ = read(saved(tmp_path, a_document()))
    assert declaration.auth.static.full == "a.b.c"


def test_a_missing_environment_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKEN_FULL")
    text = complaint(saved(tmp_path, a_document()))
    assert text == "auth.static.full: environment variable TOKEN_FULL is not set; set it, or use file:PATH"


def test_an_empty_environment_variable_is_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_FULL", "")
    text = complaint(saved(tmp_path, a_document()))
    assert text == "auth.static.full: environment variable TOKEN_FULL is empty; set it, or use file:PATH"


def test_a_file_is_read_relative_to_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "token").write_text("a.b.c\n", "utf-8")
    declaration, warnings = read(saved(tmp_path, changed("auth.static.full", "file:keys/token")))
    assert declaration.auth.static.full == "a.b.c"
    assert warnings == []


def test_a_missing_file_behind_a_key_is_named_with_both(tmp_path: Path) -> None:
    text = complaint(saved(tmp_path, changed("auth.static.full", "file:token")))
    assert text == f"auth.static.full: no such file {tmp_path / 'token'}"


def test_a_binary_file_behind_a_key_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "key.der").write_bytes(PRIVATE.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    text = complaint(saved(tmp_path, changed("auth.mint.key", "file:key.der")))
    assert text.startswith(f"auth.mint.key: {tmp_path / 'key.der'} is not UTF-8")
    assert "PEM" in text


def test_values_inside_lists_and_free_tables_are_resolved_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANY_ID", "17")
    document = changed("data.account_ids", ["env:ANY_ID", "18"])
    document["attestations"] = {"KZA-LOG-01": "env:ANY_ID"}
    declaration, _ = read(saved(tmp_path, document))
    assert declaration.data.account_ids == ["17", "18"]
    assert declaration.attestations == {"KZA-LOG-01": "17"}


@pytest.mark.parametrize("written", ["ca.pem", "file:ca.pem", "env:CA_FILE"])
def test_a_tls_file_stays_a_path_relative_to_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("CA_FILE", "ca.pem")
    declaration, _ = read(saved(tmp_path, changed("target.ca_file", written)))
    assert declaration.target.ca_file == str(tmp_path / "ca.pem")


def test_an_absolute_path_of_a_tls_file_stays_as_it_is(tmp_path: Path) -> None:
    declaration, _ = read(saved(tmp_path, changed("target.ca_file", "/etc/ssl/bank.pem")))
    assert declaration.target.ca_file == "/etc/ssl/bank.pem"


# --- secrets and keys -------------------------------------------------------------------------------------------


def test_a_secret_in_clear_is_accepted_with_a_warning_that_does_not_repeat_it(tmp_path: Path) -> None:
    document = changed("auth.static.full", "a.secret.token")
    document["auth"]["mint"] = {"key": PRIVATE_PEM}
    path = saved(tmp_path, document)
    _, warnings = read(path)
    assert [warning.split(" holds")[0] for warning in warnings] == [
        f"{path}: auth.static.full",
        f"{path}: auth.mint.key",
    ]
    assert not any("a.secret.token" in warning or "PRIVATE KEY" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("not a key at all", "not a private key in PEM form"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "not a private key in PEM form"),
        (a_certificate(), "this is a certificate; give the private key (PKCS#8 PEM)"),
        (PUBLIC_PEM, "this is a public key; a private key is needed to sign"),
    ],
    ids=["no PEM", "damaged", "certificate", "public key"],
)
def test_a_key_that_cannot_sign_is_named_with_what_it_is(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "as.pem").write_text(content, "utf-8")
    text = complaint(saved(tmp_path, changed("auth.mint.key", "file:as.pem")))
    assert text.startswith("auth.mint.key: ")
    assert said in text


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_rsa_and_ec_keys_are_accepted_in_either_pem_form(tmp_path: Path, form: PrivateFormat) -> None:
    for key, alg in ((PRIVATE, "RS256"), (ec.generate_private_key(ec.SECP256R1()), "ES256")):
        (tmp_path / "as.pem").write_bytes(key.private_bytes(Encoding.PEM, form, NoEncryption()))
        document = changed("auth.mint", {"key": "file:as.pem", "alg": alg})
        declaration, warnings = read(saved(tmp_path, document))
        assert declaration.auth.mint is not None
        assert warnings == []


# --- what the suite itself writes -------------------------------------------------------------------------------


def test_the_template_of_init_is_a_valid_configuration_once_the_token_is_set(tmp_path: Path) -> None:
    declaration, warnings = read(saved(tmp_path, KZ.configuration_template))
    assert warnings == []
    assert declaration.auth.static.full == "header.payload.signature"


def test_every_line_commented_out_in_the_template_is_valid_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, *lines = KZ.configuration_template.split("\n[target]\n")
    (tmp_path / "as-private.pem").write_text(PRIVATE_PEM, "utf-8")
    (tmp_path / "operator.pem").write_text("-----BEGIN PUBLIC KEY-----", "utf-8")
    text = (
        head
        + "\n[target]\n"
        + "".join(
            line.removeprefix("# ") + "\n"
            for line in lines[0].splitlines()
            if not line.startswith(("# Tokens", "# What neither"))
        )
    )
    text = text.replace('"uuid"', '"6a0b6f0e-52c9-4a38-9a6c-9f0f6c1d2e33"').replace('"KZ..."', '"KZ00"')
    for value in tomllib.loads(text)["auth"]["static"].values():
        monkeypatch.setenv(value.removeprefix("env:"), "a.b.c")
    declaration, _ = read(saved(tmp_path, text))
    assert declaration.auth.mint is not None
    assert declaration.data.existing_iban == "KZ00"


def test_the_line_that_serve_prints_is_a_configuration_with_its_url(tmp_path: Path) -> None:
    document = KZ.stand().configuration("http://127.0.0.1:8080")
    path = saved(tmp_path, json.dumps({"url": "http://127.0.0.1:8080", **document}))
    declaration, _ = read(path)
    assert declaration.target.base_url == "http://127.0.0.1:8080"
    assert declaration.auth.mint is not None
