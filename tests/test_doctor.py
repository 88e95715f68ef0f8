"""The doctor: what is wrong with a target or its configuration is said before any verdict, with owner and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import pytest

from conformance.contracts import contract
from conformance.contracts.kz_accounts.call import Call
from conformance.contracts.kz_accounts.stand import stand as kz_stand
from conformance.crypto import jws
from conformance.crypto.keys import new_private_key
from conformance.serving import served
from conformance.transport.nulls import NULL_TARGETS
from tests.certificates import Authority, authority
from tests.consulting import Change, Counts, Seen, TellsTheTime, written
from tests.test_cli import Shell, conformance, dead_url
from tests.test_tls import QuietServer, tls_server

__all__ = ["conformance", "dead_url"]

KZ = contract("kz-accounts")


@pytest.fixture
def looked(conformance: Shell, tmp_path: Path) -> Callable[..., Seen]:
    """Has the doctor look at a served provider whose configuration is changed."""

    def look(change: Change = lambda document: None, *, provider: type[Any] = TellsTheTime, **options: Any) -> Seen:
        stand = kz_stand(provider_class=provider, **options)
        with served(stand.provider) as url:
            return Seen(conformance("doctor", written(tmp_path, stand.configuration(url), change), "--json"))

    return look


# --- a good target ----------------------------------------------------------------------------------------------


def test_a_good_target_is_fine_in_every_respect(looked: Callable[..., Seen]) -> None:
    seen = looked()
    assert seen.unwell == []
    assert seen.said.code == 0
    topics = {entry["topic"] for entry in seen.findings}
    assert topics >= {"environment", "name", "connection", "clock", "API", "token", "key", "access", "accounts"}
    assert topics >= {"transactions", "second client", "rate limit", "settings", "IBAN"}
    assert "RS256, key id stand-1, scopes account_balance account_transactions accounts" in seen.text("token")
    assert "RSA, 2048 bits, fits RS256; key id stand-1" in seen.text("key")


def test_the_doctor_only_reads_and_asks_little(conformance: Shell, tmp_path: Path) -> None:
    stand = kz_stand()
    target = Counts(stand.provider)
    with served(target) as url:
        said = conformance("doctor", written(tmp_path, stand.configuration(url)), "--json")
    assert said.code == 0
    assert {request.method for request in target.seen} == {"GET"}
    assert 5 <= len(target.seen) <= 20


def test_nothing_that_the_doctor_says_holds_a_token_or_a_key(conformance: Shell, tmp_path: Path) -> None:
    stand = kz_stand()
    document = stand.configuration("")
    canaries = [*document["auth"]["static"].values(), document["auth"]["mint"]["key"]]
    canaries += [part for token in canaries for part in token.split(".") if len(part) > 40]
    canaries += [document["data"]["existing_iban"], document["data"]["missing_iban"]]
    with served(stand.provider) as url:

        def spoil(document: dict[str, Any]) -> None:
            document["data"]["existing_iban"], document["data"]["missing_iban"] = (
                document["data"]["missing_iban"],
                document["data"]["existing_iban"],
            )

        config = written(tmp_path, stand.configuration(url), spoil)
        texts = [conformance("doctor", config, *words) for words in ((), ("--json",), ("--lang", "ru"))]
        texts.append(conformance("run", config, "--only", "KZA-DATES", "--report-dir", "report"))
    left = (tmp_path / "report" / "doctor.json").read_text("utf-8")
    whole = "\n".join([left, *(said.out + said.err for said in texts)])
    assert "data.existing_iban: the target says otherwise" in whole
    assert not [canary for canary in canaries if canary in whole]


def test_the_table_says_whose_it_is_and_what_helps(conformance: Shell, tmp_path: Path, dead_url: str) -> None:
    config = written(tmp_path, kz_stand().configuration(dead_url))
    english, russian = conformance("doctor", config), conformance("doctor", config, "--lang", "ru")
    assert english.code == russian.code == 4
    assert all(word in english.out for word in ("stops", "connection", "target", "-> check target.base_url"))
    assert all(word in russian.out for word in ("СТОП", "проверяемая система", "-> check target.base_url"))


# --- the way to the target --------------------------------------------------------------------------------------


def test_a_dead_port_stops(looked: Callable[..., Seen], dead_url: str) -> None:
    seen = looked(lambda document: document["target"].update(base_url=dead_url))
    assert seen.said.code == 4
    assert seen.unwell == [("stops", "connection", "target")]


def test_an_unknown_host_stops(looked: Callable[..., Seen]) -> None:
    seen = looked(lambda document: document["target"].update(base_url="https://accounts.bank.invalid"))
    assert seen.said.code == 4
    assert seen.unwell == [("stops", "name", "configuration")]
    assert "accounts.bank.invalid: the name is not known here" in seen.text("name")


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("doctor-ca"))


@pytest.mark.parametrize(
    ("days", "unwell"),
    [(90, []), (5, [("warns", "TLS", "target")]), (-1, [("stops", "TLS", "target")])],
)
def test_the_days_left_of_a_certificate_are_told(
    looked: Callable[..., Seen], ca: Authority, days: int, unwell: list[tuple[str, str, str]]
) -> None:
    with tls_server(ca.server(f"days{days}", days=days)) as url:
        seen = looked(lambda document: document["target"].update(base_url=url, ca_file=str(ca.file)))
    # That server knows no API: it answers 401 to all, which the doctor says as well once it may go on.
    beyond = [("stops", "access", "configuration")] if days > 0 else []
    assert seen.unwell == [*unwell, *beyond]
    if days > 0:
        assert f"certificate of ca: {days - 1} days left" in seen.text("TLS")
    else:
        assert "certificate has expired" in seen.text("TLS")


@pytest.mark.parametrize(("fault", "owner"), [("issuer", "configuration"), ("host", "target")])
def test_an_untrusted_certificate_stops_and_says_whose_fault_it_is(
    looked: Callable[..., Seen], ca: Authority, tmp_path: Path, fault: str, owner: str
) -> None:
    signer = authority(tmp_path / "stranger") if fault == "issuer" else ca
    with tls_server(signer.server(fault, host="bank.example" if fault == "host" else "127.0.0.1")) as url:
        seen = looked(lambda document: document["target"].update(base_url=url, ca_file=str(ca.file)))
    assert seen.unwell == [("stops", "TLS", owner)]


@pytest.mark.parametrize(("days", "severity"), [(90, None), (5, "warns"), (-1, "stops")])
def test_our_own_client_certificate_is_looked_at(
    looked: Callable[..., Seen], ca: Authority, days: int, severity: str | None
) -> None:
    cert, key = ca.server(f"client{days}", days=days)
    own = {"client_cert": str(cert), "client_key": str(key), "ca_file": str(ca.file)}
    with tls_server(ca.server("with-client")) as url:
        seen = looked(lambda document: document["target"].update(base_url=url, **own))
    found = [entry for entry in seen.unwell if entry[1] == "client certificate"]
    assert found == ([(severity, "client certificate", "configuration")] if severity else [])


@pytest.mark.parametrize(
    ("off", "severity"), [(0, None), (3, None), (200, "warns"), (-200, "warns"), (7200, "stops"), (-7200, "stops")]
)
def test_a_clock_that_is_wrong_is_told(looked: Callable[..., Seen], off: float, severity: str | None) -> None:
    began = monotonic()
    seen = looked(provider=type("Skewed", (TellsTheTime,), {"off": off}))
    took = monotonic() - began  # how much the answer with the date may have been under way
    assert seen.unwell == ([(severity, "clock", "target")] if severity else [])
    if severity:
        assert ("ahead of" if off > 0 else "behind") in seen.text("clock")
        told = int(seen.text("clock").split(" s ")[0].split()[-1])
        assert abs(off) - 2 - took <= told <= abs(off) + 2


@contextmanager
def date_of(text: str) -> Iterator[str]:
    """A server whose Date is that text."""

    class Says(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Date", text)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server: ThreadingHTTPServer = QuietServer(("127.0.0.1", 0), Says)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_date_that_is_none_is_no_fault_of_the_suite(looked: Callable[..., Seen]) -> None:
    with date_of("yesterday") as url:
        seen = looked(lambda document: document["target"].update(base_url=url))
    assert ("warns", "clock", "target") in seen.unwell
    assert "the Date header holds no date" in seen.text("clock")


# --- tokens and keys --------------------------------------------------------------------------------------------


def test_an_expired_token_stops(looked: Callable[..., Seen]) -> None:
    def expire(document: dict[str, Any]) -> None:
        document["auth"]["static"]["full"] = document["auth"]["static"]["expired"]

    seen = looked(expire)
    assert seen.said.code == 4
    assert seen.unwell == [("stops", "token", "configuration")]
    assert "auth.static.full: expired 24 h ago" in seen.text("token")


@pytest.mark.parametrize(
    ("kind", "source", "text"),
    [
        ("expired", "full", "auth.static.expired: has not expired yet"),
        ("accounts", "full", "not accounts"),
        ("none", "accounts", "auth.static.none: has the scopes accounts, not none"),
        ("account_balance", "expired", "auth.static.account_balance: expired"),
    ],
)
def test_a_token_in_the_wrong_place_is_told(looked: Callable[..., Seen], kind: str, source: str, text: str) -> None:
    def misplace(document: dict[str, Any]) -> None:
        document["auth"]["static"][kind] = document["auth"]["static"][source]

    seen = looked(misplace)
    assert seen.unwell == [("warns", "token", "configuration")]
    assert text in seen.text("token")
    assert seen.said.code == 0, "a warning stops nothing"


def test_a_token_that_is_none_is_told(looked: Callable[..., Seen]) -> None:
    seen = looked(lambda document: document["auth"]["static"].update(revoked="no-token-at-all"))
    assert seen.unwell == [("warns", "token", "configuration")]
    assert "auth.static.revoked: is not compact" in seen.text("token")


def test_a_token_that_ends_during_the_run_is_told(looked: Callable[..., Seen]) -> None:
    seen = looked(now=datetime.now(UTC) - timedelta(hours=23, minutes=55), clock=lambda: datetime.now(UTC))
    assert {entry[1] for entry in seen.unwell} >= {"token"}
    assert re.search(r"auth\.static\.full: expires in (4 min|3 min|2 min|[0-9]+ s)\b", seen.text("token"))


def pem(key: Any) -> str:
    return str(key.export_to_pem(private_key=True, password=None).decode("ascii"))


def test_a_key_that_is_not_the_one_of_its_id_is_told(looked: Callable[..., Seen]) -> None:
    seen = looked(lambda document: document["auth"]["mint"].update(key=pem(new_private_key("RS256"))))
    assert seen.unwell == [("warns", "key", "configuration"), ("warns", "access", "configuration")]
    assert "did not sign auth.static.full" in seen.text("key")
    assert "a minted token is answered with 401" in seen.text("access")


def test_a_foreign_key_alone_stops(looked: Callable[..., Seen]) -> None:
    def only_a_foreign_key(document: dict[str, Any]) -> None:
        document["auth"] = {"mint": {**document["auth"]["mint"], "key": pem(new_private_key("RS256"))}}

    seen = looked(only_a_foreign_key)
    assert seen.said.code == 4
    assert ("stops", "access", "configuration") in seen.unwell


def test_a_key_that_does_not_fit_its_algorithm_is_a_fault_of_the_configuration(
    conformance: Shell, tmp_path: Path
) -> None:
    document = kz_stand().configuration("http://127.0.0.1:1")
    document["auth"]["mint"]["alg"] = "ES256"
    said = conformance("doctor", written(tmp_path, document))
    assert said.code == 2
    assert "auth.mint.alg: a key of type RSA cannot sign with ES256" in said.err


# --- data, second client, limits --------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["absent", "the same", "a stranger's key"])
def test_a_second_client_that_is_none_is_told(looked: Callable[..., Seen], how: str) -> None:
    def change(document: dict[str, Any]) -> None:
        static = document["auth"]["static"]
        if how == "absent":
            del static["other_client"], document["auth"]["mint"]["other_client_claims"]
        elif how == "the same":
            static["other_client"] = static["full"]
        else:
            header, claims, _ = jws.parts(static["other_client"])
            static["other_client"] = jws.sign(claims, new_private_key("RS256"), "RS256", kid=header["kid"])

    seen = looked(change)
    assert seen.unwell == [("warns", "second client", "configuration")]
    expected = {"absent": "no token of another", "the same": "names the same client", "a stranger's key": "with 401"}
    assert expected[how] in seen.text("second client")


def test_too_little_data_is_told(looked: Callable[..., Seen]) -> None:
    seen = looked(provider=type("Poor", (KZ.variants()["OneAccount"], TellsTheTime), {}))
    assert ("warns", "accounts", "configuration") in seen.unwell
    assert "1 accounts" in seen.text("accounts")


def test_facts_that_the_target_denies_and_settings_that_are_missing_are_told(looked: Callable[..., Seen]) -> None:
    def change(document: dict[str, Any]) -> None:
        document["data"]["existing_iban"] = document["data"].pop("missing_iban")
        document["data"]["account_ids"].append("nobodys-account")
        document["limits"]["max_rps"] = 1000

    seen = looked(change)
    assert [entry[1] for entry in seen.unwell] == ["settings", "rate limit", "accounts", "IBAN"]
    assert "not given: data.missing_iban" in seen.text("settings")
    assert "data.account_ids: 1 of " in seen.text("accounts")


def test_a_rate_limit_that_is_met_by_a_few_requests_is_told(looked: Callable[..., Seen]) -> None:
    class RefusesTheThird(TellsTheTime):
        """Limits by count: the third request is one too many, however slowly they come."""

        asked = 0

        def seconds_to_wait(self, call: Call) -> float:
            self.asked += 1
            return float(self.asked == 3)

    seen = looked(provider=RefusesTheThird)
    assert ("warns", "rate limit", "target") in seen.unwell
    assert "429 came" in seen.text("rate limit")


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("always-401", "configuration"),
        ("always-404", "configuration"),
        ("always-500", "target"),
        ("html", "target"),
        ("closes-at-once", "target"),
    ],
)
def test_what_is_not_the_api_stops(looked: Callable[..., Seen], name: str, owner: str) -> None:
    with served(NULL_TARGETS[name]) as url:
        seen = looked(lambda document: document["target"].update(base_url=url))
    assert seen.said.code == 4
    assert [entry[2] for entry in seen.unwell if entry[0] == "stops"] == [owner]
