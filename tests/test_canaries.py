"""Law 6 for runs with failures of every kind: no canary comes out in a file, on the terminal or in a crash."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import click
import pytest

from conformance import certification as certifying
from conformance import cli
from conformance.contracts.kz_accounts.provider import Provider
from conformance.engine.run import Run
from conformance.errors import BadRecord, NoAnswer
from conformance.evidence.bundle import TERMINAL, read_bundle
from conformance.evidence.seal import seal
from conformance.reporting.overhearing import tell_no_values_of_threads
from conformance.serving import served
from conformance.transport.encodings import inner_texts, spellings
from conformance.transport.http import HttpTransport
from conformance.transport.message import Reply, Request
from conformance.transport.redaction import Redactor
from tests.bench import all_defects, trial, tried_with
from tests.bundles import KZ, saved_keys
from tests.test_encodings import CODINGS
from tests.test_replay import NOW

TOPICS = ("KZA-WINDOW", "KZA-EXISTS", "KZA-CONTENTS", "KZA-AUTH", "KZA-ERRORS", "KZA-FAILURES")
PERSON = "Канарейкина Жанна"
NUMBER = "KZ75125KZT1001300335"


class TellsInEveryCoding(Provider):
    """Every answer has the request's token, a person and an IBAN in a header, and errors in the body as well."""

    def handle(self, request: Request) -> Reply:
        reply, told = super().handle(request), self.told(request)
        headers = (*reply.headers, ("X-Debug", told))
        body = json.dumps({"errors": [{"code": told, "message": told}]}).encode() if reply.status >= 400 else reply.body
        return Reply(reply.status, headers, body)

    def told(self, request: Request) -> str:
        turn = next(self.__dict__.setdefault("turns", count()))
        encode, _ = list(CODINGS.values())[turn % len(CODINGS)]
        token = str(request.header("Authorization"))
        return str(encode(json.dumps({"creditorName": PERSON, "iban": NUMBER, "token": token})))


class AnswersUnreadably(TellsInEveryCoding):
    """Bodies break off, or end in bytes that are no text."""

    def handle(self, request: Request) -> Reply:
        reply = super().handle(request)
        broken = reply.body[: len(reply.body) // 2] if len(reply.body) % 2 else reply.body + b"\xff\xfe\x80"
        return Reply(reply.status, reply.headers, broken + b" " + self.told(request).encode())


class InterruptsTheRun(TellsInEveryCoding):
    """Sends this process the signal of Ctrl-C with the 40th answer."""

    def handle(self, request: Request) -> Reply:
        if next(self.__dict__.setdefault("requests", count(1))) == 40:
            os.kill(os.getpid(), signal.SIGINT)
        return super().handle(request)


class Canaries:
    """A served provider, a configuration full of canaries, and all that a run against it writes."""

    def __init__(self, folder: Path, provider_class: type[Any], capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self.report = folder, folder / "reports" / "run"
        self._capfd = capfd
        self.stand = KZ.stand(provider_class=provider_class, requests_per_second=1000)

    def certified(self, *options: str) -> int:
        with served(self.stand.provider) as url:
            document = {**self.stand.configuration(url), "rate_limit": {"probe": False}}
            self.token = document["auth"]["static"]["full"]
            document["target"]["name"] = f"bank of {document['data']['existing_iban']} {self.token}"
            document["attestations"] = {"KZA-LOG-01": f"see {self.token} {PERSON} {NUMBER}"}
            (self.folder / "bank.json").write_text(json.dumps(document), "utf-8")
            only = [word for topic in TOPICS for word in ("--only", topic)]
            words = ["run", str(self.folder / "bank.json"), "--report-dir", str(self.report), "--json", *only, *options]
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(sys, "argv", ["conformance", *words])
                with pytest.raises(SystemExit) as left:
                    cli.main()
        self.document = document
        self.said = "".join(self._capfd.readouterr())
        return int(left.value.code or 0)

    def leaks(self) -> list[str]:
        """Where a canary stands, in clear or in any encoding."""
        static = self.document["auth"]["static"]
        canaries = {**static, "key": self.document["auth"]["mint"]["key"], "person": PERSON, "number": NUMBER}
        canaries["existing"] = self.document["data"]["existing_iban"]
        texts = {str(path): path.read_text("utf-8") for path in self.report.parent.rglob("*") if path.is_file()}
        found = []
        for place, text in {**texts, "terminal": self.said}.items():
            whole = "\n".join([text, *inner_texts(text)])
            for name, value in canaries.items():
                coded = [value, *(encode(value) for key, (encode, _) in CODINGS.items() if "JWS" not in key)]
                found += [f"{name} in {place}"] if any(form in whole for form in coded) else []
        return found


def breaks_connections(canaries: Canaries, patch: pytest.MonkeyPatch) -> None:
    """Every third request gets no answer, and the error quotes it."""
    exchange, turns = HttpTransport.exchange, count()

    def broken(self: HttpTransport, request: Request) -> Reply:
        if next(turns) % 3 == 2:
            raise NoAnswer(f"illegal header {request.header('Authorization')} {NUMBER} {PERSON}")
        return exchange(self, request)

    patch.setattr(HttpTransport, "exchange", broken)


def loses_the_target(canaries: Canaries, patch: pytest.MonkeyPatch) -> None:
    """After 60 requests there are no answers, and the error quotes the request."""
    exchange, turns = HttpTransport.exchange, count()

    def broken(self: HttpTransport, request: Request) -> Reply:
        if next(turns) > 60:
            raise NoAnswer(f"illegal header {canaries.token} {NUMBER} {PERSON}")
        return exchange(self, request)

    patch.setattr(HttpTransport, "exchange", broken)


def breaks_checks(canaries: Canaries, patch: pytest.MonkeyPatch) -> None:
    """Every fourth check ends in an error of our own that quotes all."""
    carry_out, turns = Run._carry_out, count()

    def broken(self: Run, item: Any, target: Any) -> None:
        carry_out(self, item, target)
        if next(turns) % 4 == 3:
            raise ValueError(f"cannot read {canaries.token} of {PERSON} at {NUMBER}")

    patch.setattr(Run, "_carry_out", broken)


def crashes(canaries: Canaries, patch: pytest.MonkeyPatch) -> None:
    """The suite itself breaks while it writes the report."""

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"cannot write {canaries.token} of {PERSON} at {NUMBER}")

    patch.setattr(certifying, "write_html", broken)


def does_nothing(canaries: Canaries, patch: pytest.MonkeyPatch) -> None:
    """The provider alone is the fault."""


Fault = Callable[[Canaries, pytest.MonkeyPatch], None]
KINDS: dict[str, tuple[type[Any], Fault, tuple[int, ...]]] = {
    "failures": (TellsInEveryCoding, does_nothing, (1,)),
    "unreadable bodies": (AnswersUnreadably, does_nothing, (3,)),
    "connection errors": (TellsInEveryCoding, breaks_connections, (1,)),
    "a target that is lost": (TellsInEveryCoding, loses_the_target, (1, 4)),
    "errors of the suite": (TellsInEveryCoding, breaks_checks, (1,)),
    "an interrupt": (InterruptsTheRun, does_nothing, (130,)),
    "a crash": (TellsInEveryCoding, crashes, (5,)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_canary_comes_out(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    provider_class, fault, codes = KINDS[kind]
    canaries = Canaries(tmp_path, provider_class, capfd)
    fault(canaries, monkeypatch)
    assert canaries.certified("--workers", "4") in codes, canaries.said
    assert not canaries.leaks()
    private, _ = saved_keys(tmp_path, "ES256")
    if kind == "a crash":
        assert "an error of the suite itself: RuntimeError" in canaries.said
        with pytest.raises(BadRecord, match=r"bundle\.json: is missing"):
            seal(canaries.report, str(private))
    else:
        assert read_bundle(canaries.report)["leaks"] == {}
        seal(canaries.report, str(private))
        assert not canaries.leaks()


def test_what_the_terminal_told_cannot_be_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    canaries = Canaries(tmp_path, Provider, capfd)
    monkeypatch.setattr("conformance.reporting.summary.summary", lambda *_, **__: click.echo(canaries.token, err=True))
    canaries.certified("--only", "KZA-WINDOW-04")
    assert "full in terminal" in canaries.leaks()
    leaks = read_bundle(canaries.report)["leaks"]
    assert list(leaks) == [TERMINAL] and "TOKEN_FULL" in leaks[TERMINAL]
    assert f"warning: {TERMINAL} tells TOKEN_FULL, " in canaries.said
    private, _ = saved_keys(tmp_path, "ES256")
    with pytest.raises(BadRecord, match=f"not sealed: {TERMINAL} tells TOKEN_FULL, "):
        seal(canaries.report, str(private))


def test_a_thread_that_breaks_tells_no_values(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    tell_no_values_of_threads()

    def breaks() -> None:
        raise ValueError(f"cannot read {PERSON}")

    thread = threading.Thread(target=breaks)
    thread.start()
    thread.join()
    said = capfd.readouterr().err
    assert "ValueError" in said and "in breaks" in said and PERSON not in said.replace('f"cannot read {PERSON}"', "")


# --- instant payments -------------------------------------------------------------------------------------------


def secretive(role: str) -> Iterator[Any]:
    for name, defect in all_defects("instant-payment").items():
        if defect.breaks.startswith("IPG-SECRECY") and tried_with(defect).get("role", "gateway") == role:
            yield pytest.param(defect, id=name)


@pytest.mark.parametrize("defect", [*secretive("gateway"), *secretive("sender")])
def test_keys_and_people_of_a_payment_do_not_come_out(
    defect: type[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: set[bytes] = set()
    learn = Redactor.add_secret_bytes

    def noted(self: Redactor, slot: str, raw: bytes) -> None:
        keys.add(raw)
        learn(self, slot, raw)

    monkeypatch.setattr(Redactor, "add_secret_bytes", noted)
    options = {"role": "gateway"} | tried_with(defect)
    trial(contract_id="instant-payment", provider_class=defect, folder=tmp_path, now=NOW, **options)
    assert keys
    spelt = {form for key in keys for form in spellings(key)}
    for path in tmp_path.iterdir():
        text = path.read_text("utf-8")
        whole = "\n".join([text, *inner_texts(text)])
        for value in ("995577445566", "12345678901", "Beradze", "ბერაძე", "BEGIN PRIVATE KEY"):
            assert value not in whole, path.name
        assert not spelt & set(re.findall("[A-Za-z0-9+/_-]{40,}", whole)), path.name
