"""The doctor looks at instant-payment: keys, certificates, names, clocks, our signature; with owner and remedy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from conformance.contracts import contract
from conformance.contracts.instant_payment.book import RegisteredBank
from conformance.contracts.instant_payment.call import Call, Refusal
from conformance.contracts.instant_payment.payments import StoredPayment
from conformance.contracts.instant_payment.provider import Gateway
from conformance.contracts.instant_payment.published_keys import STRAY
from conformance.crypto.keys import new_private_key, private_key, public_pem, rsa_private
from conformance.serving import served
from conformance.transport.message import Headers, Reply, Request
from tests.consulting import Change, Counts, Seen, written
from tests.test_cli import Shell, conformance

__all__ = ["conformance"]

IPG = contract("instant-payment")
CONFIGURED, TARGET = "configuration", "target"


class TellsTheTime(Gateway):
    """The reference gateway with a Date header some seconds off."""

    off = 0.0

    def headers(self) -> Headers:
        moment = datetime.now(UTC) + timedelta(seconds=self.off)
        return (*super().headers(), ("Date", format_datetime(moment, usegmt=True)))


class ChecksSignaturesFirst(TellsTheTime):
    """Looks who has signed before it looks for the payment."""

    def find_payment(self, call: Call) -> StoredPayment | None:
        if not any(self.signature_fits(call, bank) for bank in self.book.banks):
            raise Refusal(401, "UNTRUSTED", "nobody whom we know")
        return super().find_payment(call)


class KnowsNobody(ChecksSignaturesFirst):
    """Has no certificate of ours."""

    def signature_fits(self, call: Call, bank: RegisteredBank) -> bool:
        return False


class LosesBodiesOfGet(TellsTheTime):
    """Stands behind a proxy that drops the body of a GET."""

    def handle(self, request: Request) -> Reply:
        bare = Request(request.method, request.target, request.headers)
        return super().handle(bare if request.method == "GET" else request)


class ServesAnything(TellsTheTime):
    """Is a mock."""

    def response_to(self, call: Call) -> dict[str, Any]:
        return {"payment_id": call.payment_id, "status": "COMPLETED"}


class Breaks(TellsTheTime):
    """Falls over whatever comes."""

    def handle(self, request: Request) -> Reply:
        return Reply(502, self.headers(), b"")


class IsLate(TellsTheTime):
    off = -200.0


@pytest.fixture
def looked(conformance: Shell, tmp_path: Path) -> Callable[..., Seen]:
    """Has the doctor look at a served gateway whose configuration is changed."""

    def look(change: Change = lambda document: None, *, provider: type[Any] = TellsTheTime, **options: Any) -> Seen:
        stand = IPG.stand(provider_class=provider, **options)
        with served(stand.provider) as url:
            return Seen(conformance("doctor", written(tmp_path, stand.configuration(url), change), "--json"))

    return look


# --- a good target ----------------------------------------------------------------------------------------------


def test_a_good_gateway_is_fine_in_every_respect(looked: Callable[..., Seen]) -> None:
    seen = looked(provider=ChecksSignaturesFirst)
    assert (seen.unwell, seen.said.code) == ([], 0)
    topics = {entry["topic"] for entry in seen.findings}
    assert topics >= {"key", "bank", "settings", "request_date", "signature", "clock", "API"}
    assert "keys.sender: RSA, 2048 bits, private; fits RS256" in seen.text("key")
    assert "told from that of a stray key: HTTP 404, result_code UNKNOWN_PAYMENT, not HTTP 401" in seen.text(
        "signature"
    )
    assert "Asia/Tbilisi" in seen.text("request_date")


def test_a_gateway_that_refuses_unknown_payments_at_once_is_fine(looked: Callable[..., Seen]) -> None:
    seen = looked()
    assert seen.unwell == []
    assert "refused, whoever asks" in seen.text("signature")


def test_the_doctor_opens_no_payment(conformance: Shell, tmp_path: Path) -> None:
    stand = IPG.stand(provider_class=TellsTheTime)
    before = len(stand.provider.payments.by_id)
    target = Counts(stand.provider)
    with served(target) as url:
        said = conformance("doctor", written(tmp_path, stand.configuration(url)), "--json")
    assert said.code == 0
    assert {request.method for request in target.seen} == {"GET"}
    assert len(target.seen) <= 5
    assert len(stand.provider.payments.by_id) == before
    assert "PRIVATE KEY" not in said.out + said.err


# --- what is wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "unwell", "said"),
    [
        (KnowsNobody, ("warns", "signature", CONFIGURED), "answered like one signed by a stray key: HTTP 401"),
        (LosesBodiesOfGet, ("warns", "signature", TARGET), "a GET with a signed body is answered with 400"),
        (ServesAnything, ("warns", "signature", TARGET), "a payment that nobody opened is given"),
        (Breaks, ("stops", "signature", TARGET), "a good question is answered with 502"),
        (IsLate, ("stops", "request_date", TARGET), "dates.tolerance_s is 300"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_gateway_that_is_unwell(
    looked: Callable[..., Seen], provider: type[Gateway], unwell: tuple[str, str, str], said: str
) -> None:
    seen = looked(provider=provider)
    assert unwell in seen.unwell
    assert said in seen.text(unwell[1])
    assert seen.said.code == (4 if unwell[0] == "stops" else 0)
    assert all(entry["remedy"] for entry in seen.findings if entry["severity"] != "fine")


def certified(key: Any, begins: int, ends: int) -> str:
    """A certificate of that key, in force between those days, counted from now."""
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bank")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now + timedelta(days=begins)).not_valid_after(
        now + timedelta(days=ends, hours=1)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode("ascii")


@pytest.mark.parametrize(
    ("begins", "ends", "severity", "said"),
    [
        (-30, 90, "fine", "certificate of CN=bank, 90 days left"),
        (-30, 3, "warns", "certificate of CN=bank, 3 days left"),
        (-30, -2, "stops", "certificate of CN=bank, expired on"),
        (2, 90, "stops", "certificate of CN=bank, in force from"),
    ],
)
def test_the_days_of_a_certificate_are_told(
    looked: Callable[..., Seen], begins: int, ends: int, severity: str, said: str
) -> None:
    def certify(document: dict[str, Any]) -> None:
        key = rsa_private(private_key(document["keys"]["sender"]["private"]))
        document["keys"]["sender"]["public"] = certified(key, begins, ends)

    seen = looked(certify)
    assert [entry["severity"] for entry in seen.findings if entry["topic"] == "certificate"] == [severity]
    assert said in seen.text("certificate")


def test_the_keys_of_a_bank_that_calls_are_looked_at_and_nobody_is_called(conformance: Shell, tmp_path: Path) -> None:
    document = IPG.stand(role="sender").configuration("http://127.0.0.1:1")
    seen = Seen(conformance("doctor", written(tmp_path, document), "--json"))
    assert seen.said.code == 0
    assert {entry["topic"] for entry in seen.findings} == {"key", "bank"}


def other_half(document: dict[str, Any]) -> None:
    document["keys"]["sender"]["public"] = public_pem(new_private_key()).decode("ascii")


def same_key(document: dict[str, Any]) -> None:
    document["keys"]["other"] = document["keys"]["sender"]


def published(document: dict[str, Any]) -> None:
    document["keys"]["sender"] = {"private": STRAY}


def no_bic(document: dict[str, Any]) -> None:
    document["banks"]["receiver"]["code"] = "TBC"


def blank_id(document: dict[str, Any]) -> None:
    document["banks"]["receiver"]["cert_id"] += " "


def impatient(document: dict[str, Any]) -> None:
    document["polling"] |= {"interval_s": 2.0, "patience_s": 4.0}


def slow(document: dict[str, Any]) -> None:
    document["limits"]["max_rps"] = 0.5


def lacking(document: dict[str, Any]) -> None:
    del document["payer"]["rejected"], document["dates"]["tolerance_s"]


@pytest.mark.parametrize(
    ("change", "severity", "topic", "said"),
    [
        (other_half, "stops", "key", "keys.sender: private and public are halves of different keys"),
        (published, "stops", "key", "keys.sender: is a test key that is published"),
        (same_key, "warns", "key", "keys.other and keys.sender are the same key"),
        (no_bic, "warns", "bank", "no BIC: banks.receiver.code TBC"),
        (blank_id, "warns", "bank", "banks.receiver.cert_id has blanks around it"),
        (impatient, "warns", "polling", "leaves no three questions"),
        (slow, "warns", "polling", "limits.max_rps of 0.5"),
        (lacking, "warns", "settings", "not given: payer.rejected, dates.tolerance_s"),
    ],
)
def test_a_configuration_that_is_unwell(
    looked: Callable[..., Seen], change: Change, severity: str, topic: str, said: str
) -> None:
    seen = looked(change)
    assert (severity, topic, CONFIGURED) in seen.unwell
    assert said in seen.text(topic)
