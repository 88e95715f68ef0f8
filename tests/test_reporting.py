"""Reports: each says what the run showed, none says more, and none lets a secret or a broken character through."""

from __future__ import annotations

import io
import json
import os
import subprocess
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema_rs
import pytest
from rich.console import Console

from conformance.config import Configuration, Target
from conformance.engine.check import Check
from conformance.engine.contract import Contract, Privacy
from conformance.engine.register import Register, Requirement, Title
from conformance.engine.run import CheckResult, Outcome, RequirementResult
from conformance.engine.verdict import Level, RunVerdict, Verdict, worst
from conformance.reporting import coverage as coverage_module
from conformance.reporting import results as results_module
from conformance.reporting.coverage import NO_ENTRY, as_markdown, as_text, coverage
from conformance.reporting.curl import curl
from conformance.reporting.junit import junit, write_junit
from conformance.reporting.listing import requirements_json, requirements_table
from conformance.reporting.results import RunFacts, results_document, results_schema, write_json
from conformance.reporting.terminal import Progress, summary
from conformance.transport.http import HttpTransport
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Exchange
from conformance.transport.redaction import Redactor

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjbGllbnQtMSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
IBAN = "KZ75125KZT1001300335"
BASE_URL = "https://openapi.stage.bank.example"
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
FACTS = RunFacts("5f1c", START, START + timedelta(seconds=41.5), 7, 4, "off", 1234, 3, 2)
HOSTILE = "\x00\x07\x1b[31mred\x1b[0m\u202eevil\ud800\ufffe<tag attr='&\">]]>\r\n\ttail"


@pytest.fixture(autouse=True)
def specs_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of the contract's specs, so that a test sees only what it writes there."""
    folder = tmp_path_factory.mktemp("specs")
    for module in (results_module, coverage_module):
        monkeypatch.setattr(module, "specs", lambda contract_id: folder)
    return folder


# --- what reports are made of -------------------------------------------------------------------------------


def a_requirement(name: str, level: Level = Level.MUST, **extra: Any) -> Requirement:
    values: dict[str, Any] = {"clauses": ("64",), "topic": "window", **extra}
    title = Title(en=f"The English title of {name}", ru=f"Русское название {name}")
    return Requirement(id=name, level=level, roles=("provider",), versions=("v3", "v2"), title=title, **values)


def a_check(requirement: str, name: str, topic: str = "window") -> Check:
    def function(argument: Any) -> None:
        """A good provider keeps the rule."""

    return Check(f"kz-accounts/{topic}/{name}", requirement, function, False, None)


def a_result(requirement: str, verdict: Verdict, name: str = "", version: str = "v3", **extra: Any) -> CheckResult:
    item = a_check(requirement, name or f"check_of_{requirement.lower().replace('-', '_')}")
    return CheckResult(item, version, verdict, 41.26, exchanges=(17, 18), **extra)


def an_exchange(target: str = "/v3/accounts", *, headers: tuple[tuple[str, str], ...] = ()) -> Exchange:
    request = Request("GET", target, (("Authorization", f"Bearer {TOKEN}"), ("Accept", "application/json"), *headers))
    return Exchange(18, "check", START, request, Reply(200))


def a_failure(requirement: str, name: str = "", verdict: Verdict = Verdict.FAIL, **extra: Any) -> CheckResult:
    told = {"subject": "answer to a window of 100 days", "expected": "400", "actual": "200", **extra}
    return a_result(requirement, verdict, name, evidence=an_exchange(), **told)


def a_contract(requirements: list[Requirement], checks: list[Check] | None = None, **defects: str) -> Contract:
    broken = {name: type(name, (), {"breaks": requirement}) for name, requirement in defects.items()}
    contract = Contract(
        id="kz-accounts",
        title="A contract made by hand",
        roles=("provider",),
        versions=("v3", "v2"),
        configuration=Configuration,
        package="none",
        opened=lambda session, version: None,
        probe=lambda argument: None,
        privacy=lambda declaration: Privacy({}),
        stand=lambda **options: None,  # type: ignore[arg-type]
        defects=lambda: broken,
        variants=dict,
        configuration_template="",
    )
    contract.__dict__["register"] = Register(requirements)
    contract.__dict__["checks"] = checks or []
    return contract


def a_redactor() -> Redactor:
    return Redactor({"TOKEN_FULL": TOKEN}, [r"KZ\d{2}[A-Z0-9]{16}"], ["creditorName"])


def a_document(
    requirements: list[Requirement],
    results: list[CheckResult],
    verdict: RunVerdict = RunVerdict.NON_CONFORMANT,
    *,
    complete: bool = True,
    redactor: Redactor | None = None,
    base_url: str = BASE_URL,
    others: dict[str, tuple[Verdict, str]] | None = None,
) -> dict[str, Any]:
    """The document of a run; `others` gives requirements without checks their verdict and reason."""
    judged = []
    for requirement in requirements:
        own = tuple(result for result in results if result.check.requirement == requirement.id)
        settled, reason = (others or {}).get(requirement.id, (worst(result.verdict for result in own), ""))
        judged.append(RequirementResult(requirement, settled, own, reason))
    declaration = Configuration(
        contract="kz-accounts",
        role="provider",
        target=Target(name="Bank A, staging", base_url=base_url, versions=["v3", "v2"]),
    )
    outcome = Outcome(results, judged, verdict, complete)
    return results_document(FACTS, a_contract(requirements), declaration, outcome, redactor or a_redactor())


def every_verdict() -> tuple[list[Requirement], dict[str, Any]]:
    """Requirements and the document of a run in which every verdict occurs."""
    requirements = [
        a_requirement("KZA-PASS-01"),
        a_requirement("KZA-FAIL-01", clauses=("64", "A1.3")),
        a_requirement("KZA-WARN-01", Level.SHOULD),
        a_requirement("KZA-OPEN-01"),
        a_requirement("KZA-OPEN-02", Level.SHOULD),
        a_requirement("KZA-ERROR-01"),
        a_requirement("KZA-APPLY-01"),
        a_requirement("KZA-OBSERVE-01", not_observable="Log storage leaves no trace on the wire."),
        a_requirement("KZA-ATTEST-01", attestation="How long are logs kept?"),
        a_requirement("KZA-ATTEST-02", attestation="Who may read the logs?"),
        a_requirement("KZA-WAIVE-01"),
    ]
    needs = "a token of another client: auth.static.other_client"
    results = [
        a_result("KZA-PASS-01", Verdict.PASS, readings=(("R10", "404"), ("R02", "404"))),
        a_result("KZA-PASS-01", Verdict.PASS, version="v2", readings=(("R02", "404"),)),
        a_failure("KZA-FAIL-01"),
        a_failure("KZA-WARN-01", verdict=Verdict.WARN, subject="the answer's Cache-Control"),
        a_result("KZA-OPEN-01", Verdict.INCONCLUSIVE, missing=needs, evidence=an_exchange()),
        a_result("KZA-OPEN-02", Verdict.INCONCLUSIVE, missing=needs),
        a_result("KZA-ERROR-01", Verdict.ERROR, subject="KeyError: 'x'", actual="Traceback: line 1\nline 2"),
        a_result("KZA-APPLY-01", Verdict.NOT_APPLICABLE, subject="plain HTTP on this machine"),
    ]
    others = {
        "KZA-APPLY-01": (Verdict.NOT_APPLICABLE, "plain HTTP on this machine"),
        "KZA-OBSERVE-01": (Verdict.NOT_OBSERVABLE, "Log storage leaves no trace on the wire."),
        "KZA-ATTEST-01": (Verdict.ATTESTED, "Five years"),
        "KZA-ATTEST-02": (Verdict.NOT_OBSERVABLE, "not answered"),
        "KZA-WAIVE-01": (Verdict.WAIVED, "W-7, until 2026-06-01"),
    }
    return requirements, a_document(requirements, results, others=others)


def faults_of(document: Any) -> list[str]:
    validator = jsonschema_rs.validator_for(results_schema())
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)]


def printed(
    document: dict[str, Any], requirements: list[Requirement], *, width: int = 80, color: bool = False, **extra: Any
) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=color, color_system="truecolor" if color else None)
    summary(document, a_contract(requirements), console=console, **extra)
    return stream.getvalue()


# --- results.json -------------------------------------------------------------------------------------------


def test_the_schema_is_a_schema_and_accepts_a_run_with_every_verdict() -> None:
    jsonschema_rs.meta.validate(results_schema())
    _, document = every_verdict()
    assert faults_of(json.loads(json.dumps(document))) == []
    assert set(document["counts"]["requirements"]) == set(document["counts"]["checks"]) == set(Verdict)
    assert all(document["counts"]["requirements"][verdict] for verdict in Verdict)


@pytest.mark.parametrize("verdict", RunVerdict)
def test_the_schema_accepts_a_run_without_any_check(verdict: RunVerdict) -> None:
    assert faults_of(a_document([], [], verdict, complete=False)) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("surprise",), 1),
        (("verdict",), "green"),
        (("run", "started_at"), "2026-03-01T09:00:00+05:00"),
        (("checks", 0, "missing"), "something, although it passed"),
        (("checks", 0, "subject"), None),
        (("requirements", 0, "verdict"), "unknown"),
        (("counts", "checks", "green"), 1),
    ],
)
def test_the_schema_refuses_what_the_interface_does_not_know(place: tuple[Any, ...], value: Any) -> None:
    _, document = every_verdict()
    inner: Any = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert faults_of(document)


def test_an_optional_member_is_left_out_rather_than_empty() -> None:
    _, document = every_verdict()
    passed, failed = document["checks"][0], document["checks"][2]
    assert set(passed) == {"id", "requirement", "version", "verdict", "duration_ms", "exchanges"}
    assert "reason" not in document["requirements"][0]
    assert (failed["subject"], failed["expected"], failed["actual"]) == ("answer to a window of 100 days", "400", "200")
    assert "null" not in json.dumps(document)


def test_times_are_written_in_utc_with_a_z() -> None:
    _, document = every_verdict()
    assert document["run"]["started_at"] == "2026-03-01T09:00:00.000Z"
    assert document["run"]["finished_at"] == "2026-03-01T09:00:41.500Z"


def test_readings_are_grouped_by_what_was_seen_and_sorted_by_number() -> None:
    _, document = every_verdict()
    assert [(entry["id"], entry["seen"], entry["versions"]) for entry in document["readings"]] == [
        ("R02", "404", ["v3", "v2"]),
        ("R10", "404", ["v3"]),
    ]


def test_a_reading_has_its_question_from_the_specs(specs_folder: Path) -> None:
    (specs_folder / "readings.toml").write_text('[[reading]]\nid = "R02"\nquestion = "unknown accountId"\n')
    _, document = every_verdict()
    assert [entry["question"] for entry in document["readings"]] == ["unknown accountId", "R10"]


def test_a_check_of_two_versions_is_named_once_by_its_requirement() -> None:
    _, document = every_verdict()
    assert document["requirements"][0]["checks"] == ["kz-accounts/window/check_of_kza_pass_01"]


def test_a_written_file_is_whole_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    _, document = every_verdict()
    path.write_text("old")
    write_json(path, document)
    assert json.loads(path.read_text("utf-8")) == document
    assert os.listdir(tmp_path) == ["results.json"]


def test_a_write_that_fails_leaves_the_old_file_and_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.json"
    path.write_text("old")

    def full_disk(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_json(path, {})
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["results.json"]


def test_hostile_characters_reach_the_disk_as_valid_utf_8(tmp_path: Path) -> None:
    requirements = [a_requirement("KZA-FAIL-01")]
    document = a_document(requirements, [a_failure("KZA-FAIL-01", actual=HOSTILE)])
    write_json(tmp_path / "results.json", document)
    assert "evil\\ud800" in json.loads((tmp_path / "results.json").read_text("utf-8"))["checks"][0]["actual"]


# --- what must not leave the run ----------------------------------------------------------------------------


def leaking_run() -> tuple[list[Requirement], dict[str, Any]]:
    requirements = [a_requirement("KZA-FAIL-01"), a_requirement("KZA-OPEN-01")]
    secret = f"saw {TOKEN} and {IBAN}"
    exchange = an_exchange(f"/v3/accounts/{IBAN}?token={TOKEN}", headers=(("X-Echo", f"{IBAN} {TOKEN}"),))
    results = [
        a_result(
            "KZA-FAIL-01",
            Verdict.FAIL,
            subject=secret,
            expected=secret,
            actual=secret,
            evidence=exchange,
            readings=(("R01", secret),),
        ),
        a_result("KZA-OPEN-01", Verdict.INCONCLUSIVE, subject=secret, missing=secret),
    ]
    others = {"KZA-OPEN-01": (Verdict.INCONCLUSIVE, secret)}
    return requirements, a_document(requirements, results, others=others)


def test_no_report_shows_a_token_or_an_iban() -> None:
    requirements, document = leaking_run()
    reports = [json.dumps(document), junit(document), printed(document, requirements)]
    for report in reports:
        assert TOKEN not in report
        assert IBAN not in report
        assert "TOKEN_FULL" in report


def test_progress_shows_no_token_and_no_iban() -> None:
    stream = io.StringIO()
    progress = Progress(a_redactor(), console=Console(file=stream, width=80))
    progress.start(1)
    progress(a_failure("KZA-FAIL-01", subject=f"saw {TOKEN}", actual=f"\x1b[2J{IBAN}"))
    assert TOKEN not in stream.getvalue()
    assert IBAN not in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_an_address_loses_its_user_and_password() -> None:
    document = a_document(
        [a_requirement("KZA-FAIL-01")], [a_failure("KZA-FAIL-01")], base_url="https://bank:hunter22@api.example/base"
    )
    assert "hunter22" not in json.dumps(document)
    assert document["target"]["base_url"] == "https://api.example/base"
    assert '-u "$CREDENTIALS"' in document["checks"][0]["reproduce"]


# --- curl ---------------------------------------------------------------------------------------------------


class Echo:
    """A server that keeps what arrived."""

    def __init__(self) -> None:
        echo = self
        self.arrived: list[tuple[str, list[tuple[str, str]], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = [(name, value) for name, value in self.headers.raw_items() if name.lower() != "connection"]
                echo.arrived.append((self.requestline, sorted(headers), body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(b"{}")

            do_GET = do_POST = do_HEAD = do_DELETE = do_PUT = answer  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


BEARER = ("Authorization", f"Bearer {TOKEN}")
AWKWARD = 'it\'s "$HOME" `id` $(id) !! \\ ;&|<>*?#~'
REQUESTS = [
    Request("GET", "/v3/accounts?pageSize=10&pageNumber=1", (BEARER, ("Accept", "application/json"))),
    Request("GET", "/v3/accounts", (BEARER,)),
    Request("GET", "/v3/accounts", (("X-Awkward", AWKWARD), ("X-Empty", ""), ("X-Twice", "1"), ("X-Twice", "2"))),
    Request("GET", "/v3/accounts", (("X-Awkward", f"{AWKWARD}{TOKEN}{AWKWARD}"),)),
    Request("GET", "/v3/accounts", (("X-Joined", f"{TOKEN}s"), ("X-Latin", "caf\xe9 \xff"))),
    Request("GET", "/v3/accounts", (("X-Looks-Like", "<TOKEN_FULL>"), BEARER)),
    Request("GET", f"/v3/../%2e%2e//accounts/[{{a,b}}]?q=%00&t={TOKEN}", (BEARER,)),
    Request("GET", "/v3/accounts?a=#b|\"'`^\\<script>$HOME", (BEARER,)),
    Request("GET", "/v3/accounts", (BEARER, ("Accept-Encoding", "gzip, deflate"), ("User-Agent", "suite/1"))),
    Request("HEAD", "/v3/accounts", (BEARER,)),
    Request("DELETE", "/v3/accounts", (BEARER,)),
    Request("POST", "/v3/accounts", (BEARER,)),
    Request("POST", "/v3/accounts", (BEARER, ("Content-Type", "application/json")), b'{"a": "it\'s $HOME `id` !"}'),
    Request("POST", "/v3/accounts", (BEARER,), f'{{"token": "{TOKEN}", "other": "$1 %s\\n"}}'.encode()),
    Request("POST", "/v3/accounts", (), b"@/etc/hostname"),
    Request("POST", "/v3/accounts", (), b"line 1\r\nline 2\n\x1b[31m\xff\xfe \xd0\xb9 \xe2\x80\xae'\\"),
    Request("POST", "/v3/accounts", (), b"nul \x00\x01 %s %% '\\ \xff " + TOKEN.encode() + b"\x009"),
]


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("prefix", ["", "/base/path/"])
def test_a_curl_line_sends_what_the_suite_sent(echo: Echo, request_: Request, prefix: str) -> None:
    base_url = echo.url + prefix
    line = curl(request_, base_url, a_redactor())
    assert TOKEN not in line
    assert line.isprintable()
    ran = subprocess.run(
        ["bash", "-c", line.encode()],
        env={"PATH": os.environ["PATH"], "TOKEN_FULL": TOKEN},
        capture_output=True,
        check=False,
        timeout=20,
    )
    assert ran.returncode == 0, ran.stderr
    transport = HttpTransport(base_url)
    transport.exchange(request_)
    transport.close()
    by_curl, by_suite = echo.arrived
    assert by_curl == by_suite


def test_a_curl_line_reads_well_where_nothing_is_awkward() -> None:
    exchange = an_exchange("/v3/accounts?pageSize=10")
    assert curl(exchange.request, BASE_URL, a_redactor()) == (
        "curl -isS --path-as-is -X GET -H 'User-Agent:' -H \"Authorization: Bearer $TOKEN_FULL\" "
        "-H 'Accept: application/json' 'https://openapi.stage.bank.example/v3/accounts?pageSize=10'"
    )


def test_a_curl_line_holds_a_pseudonym_in_place_of_an_iban() -> None:
    line = curl(an_exchange(f"/accounts/{IBAN}/exists").request, BASE_URL, a_redactor())
    assert IBAN not in line
    assert "/accounts/KZ" in line


def test_a_body_too_large_for_a_command_is_taken_from_a_file(echo: Echo, tmp_path: Path) -> None:
    request = Request("POST", "/v3/accounts", (("Content-Type", "text/plain"),), b"x" * 100_000)
    line = curl(request, echo.url, a_redactor())
    assert len(line) < 500
    (tmp_path / "BODY").write_bytes(request.body)
    subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True, capture_output=True, timeout=20)
    assert echo.arrived[0][2] == request.body


# --- junit.xml ----------------------------------------------------------------------------------------------


def test_junit_counts_what_is_unknown_as_a_failure() -> None:
    _, document = every_verdict()
    root = ElementTree.fromstring(junit(document))
    totals = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert totals == {"tests": "8", "failures": "3", "errors": "1", "skipped": "1"}
    suite = root.find("testsuite[@name='window']")
    assert suite is not None
    assert suite.get("failures") == "3"
    assert sorted(failure.get("type", "") for failure in root.iter("failure")) == [
        "fail",
        "inconclusive",
        "inconclusive",
    ]
    skipped = root.find(".//skipped")
    assert skipped is not None
    assert skipped.get("message") == "plain HTTP on this machine"


def test_junit_lets_a_warning_pass_and_prints_it() -> None:
    _, document = every_verdict()
    case = ElementTree.fromstring(junit(document)).find(".//testcase[@name='check_of_kza_warn_01[v3]']")
    assert case is not None
    assert case.find("failure") is None
    assert "the answer's Cache-Control" in (case.findtext("system-out") or "")


def test_junit_names_checks_by_version_and_not_requirements_without_checks() -> None:
    _, document = every_verdict()
    names = [case.get("name") for case in ElementTree.fromstring(junit(document)).iter("testcase")]
    assert "check_of_kza_pass_01[v3]" in names
    assert "check_of_kza_pass_01[v2]" in names
    assert not any("attest" in (name or "").lower() for name in names)


def test_junit_stays_valid_whatever_the_target_sends(tmp_path: Path) -> None:
    requirements = [a_requirement("KZA-FAIL-01"), a_requirement("KZA-WARN-01", Level.SHOULD)]
    results = [
        a_failure("KZA-FAIL-01", actual=HOSTILE, subject=HOSTILE),
        a_failure("KZA-WARN-01", verdict=Verdict.WARN, actual=HOSTILE),
    ]
    write_junit(tmp_path / "junit.xml", a_document(requirements, results))
    failure = ElementTree.parse(tmp_path / "junit.xml").find(".//failure")
    assert failure is not None
    assert "\\u0000\\u0007\\u001b[31mred" in (failure.text or "")


def test_junit_of_a_run_cut_short_is_never_green() -> None:
    requirements = [a_requirement("KZA-PASS-01"), a_requirement("KZA-OPEN-01")]
    document = a_document(
        requirements,
        [a_result("KZA-PASS-01", Verdict.PASS)],
        RunVerdict.INCONCLUSIVE,
        complete=False,
        others={"KZA-OPEN-01": (Verdict.INCONCLUSIVE, "no check of it has run")},
    )
    root = ElementTree.fromstring(junit(document))
    assert root.get("failures") == "2"
    assert [case.get("name") for case in root.iterfind("testsuite[@name='run']/testcase")] == [
        "the_run_is_complete",
        "KZA-OPEN-01",
    ]


# --- the terminal -------------------------------------------------------------------------------------------


def test_a_summary_tells_everything_in_the_order_of_use(tmp_path: Path) -> None:
    requirements, document = every_verdict()
    text = printed(document, requirements, report_dir=Path("reports/20260301-kz-accounts"))
    reproduce = document["checks"][2]["reproduce"]
    assert (
        text
        == f"""\
NON-CONFORMANT: 1 of 10 requirements failed; errors of the suite: 1
kz-accounts, provider, v3, v2: Bank A, staging,
https://openapi.stage.bank.example

FAILED: 1

KZA-FAIL-01, clause 64, A1.3
The English title of KZA-FAIL-01
  answer to a window of 100 days
    expected 400   actual 200
    window/check_of_kza_fail_01 [v3]
    {reproduce}

WARNINGS (recommended, not required): 1

KZA-WARN-01, clause 64
The English title of KZA-WARN-01
  the answer's Cache-Control
    expected 400   actual 200
    window/check_of_kza_warn_01 [v3]
    {reproduce}

NOT OBSERVED: what is missing, and which requirements need it
  a token of another client: auth.static.other_client
    KZA-OPEN-01, KZA-OPEN-02 (SHOULD)

ERRORS OF THE SUITE (not the fault of the target): 1
  KZA-ERROR-01 kz-accounts/window/check_of_kza_error_01 [v3]
    KeyError: 'x'
  Please report them, with the report folder.

NOT CHECKED
  not applicable: 1, not observable on the wire: 1, attested by the bank: 1,
  waived: 1, attestations unanswered: 1; listed by:
    conformance list kz-accounts

checks: 8; requests: 1234 (repeated 3, 429 2); 41.5 s; seed 7
report: reports/20260301-kz-accounts
"""
    )


def test_a_summary_fits_80_columns_except_for_what_is_copied() -> None:
    requirements = [a_requirement("KZA-FAIL-01")]
    document = a_document(requirements, [a_failure("KZA-FAIL-01", expected="e" * 900, actual="a" * 900)])
    lines = printed(document, requirements).splitlines()
    assert [line for line in lines if len(line) > 80 and "curl" not in line] == []
    assert sum(line.strip().startswith("curl ") for line in lines) == 1
    assert any(line.startswith("    expected e") and line.endswith("…") for line in lines)
    assert any(line.startswith("    actual   a") and line.endswith("…") for line in lines)


def test_a_failure_of_many_checks_is_told_once() -> None:
    requirements = [a_requirement("KZA-FAIL-01"), a_requirement("KZA-FAIL-02")]
    results = [
        a_failure("KZA-FAIL-01", "first"),
        a_failure("KZA-FAIL-01", "second"),
        a_failure("KZA-FAIL-02", "third"),
    ]
    text = printed(a_document(requirements, results), requirements)
    assert text.count("answer to a window of 100 days") == 1
    assert text.count("curl ") == 1
    assert all(text.count(f"window/{name} [v3]") == 1 for name in ("first", "second", "third"))
    assert all(text.count(f"{requirement.id}, clause") == 1 for requirement in requirements)


def test_two_versions_of_one_failure_stand_side_by_side() -> None:
    requirements = [a_requirement("KZA-FAIL-01")]
    results = [a_failure("KZA-FAIL-01", "first"), a_failure("KZA-FAIL-01", "first")]
    results[1] = CheckResult(results[1].check, "v2", Verdict.FAIL, 1.0, *(results[1].subject, "400", "200"))
    text = printed(a_document(requirements, results), requirements)
    assert "window/first [v3, v2]" in text
    assert text.count("expected 400") == 1


GREEN = "32m"


def test_nothing_unknown_is_green(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    requirements, document = every_verdict()
    for verdict in (RunVerdict.NON_CONFORMANT, RunVerdict.INCONCLUSIVE):
        document["verdict"] = verdict.value
        assert GREEN not in printed(document, requirements, color=True)
    document["verdict"] = "conformant"
    assert GREEN in printed(document, requirements, color=True)


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    requirements, document = every_verdict()
    text = printed(document, requirements, color=True)
    assert not any(f"\x1b[{code}" in text for code in ("31", "33", "1;31", "1;33", "35", "1;35"))


def test_a_target_cannot_write_on_the_terminal() -> None:
    requirements = [a_requirement("KZA-FAIL-01")]
    document = a_document(requirements, [a_failure("KZA-FAIL-01", subject=HOSTILE, actual=HOSTILE)])
    text = printed(document, requirements)
    assert text.replace("\n", "").isprintable()
    assert "\\x1b[31mred" in text


def test_a_russian_summary_has_russian_titles_and_words() -> None:
    requirements, document = every_verdict()
    text = printed(document, requirements, lang="ru")
    assert text.startswith("НЕ СООТВЕТСТВУЕТ: нарушено требований: 1 из 10")
    assert "Русское название KZA-FAIL-01" in text
    assert "ожидалось 400   получено 200" in text
    assert "English" not in text


def test_kazakh_falls_back_to_russian_and_says_so() -> None:
    requirements, document = every_verdict()
    text = printed(document, requirements, lang="kk")
    assert "Русское название KZA-FAIL-01" in text
    assert "Қазақша" in text


def test_an_inconclusive_summary_says_why() -> None:
    document = a_document([], [], RunVerdict.INCONCLUSIVE, complete=False)
    text = printed(document, [], stop_reason="interrupted")
    assert text.startswith("INCONCLUSIVE: the run was cut short (interrupted)\n")
    document = a_document([], [], RunVerdict.INCONCLUSIVE)
    assert printed(document, []).startswith("INCONCLUSIVE: nothing could be observed\n")


def test_plain_progress_speaks_every_two_seconds_and_at_each_failure() -> None:
    stream = io.StringIO()
    now = SimpleNamespace(value=0.0)
    progress = Progress(a_redactor(), console=Console(file=stream, width=80), clock=lambda: now.value)
    with progress:
        progress.start(100)
        for number in range(50):
            now.value += 0.125
            progress(a_failure("KZA-FAIL-01") if number == 3 else a_result("KZA-PASS-01", Verdict.PASS))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "checks: 100"
    assert lines[1].startswith("FAIL KZA-FAIL-01 kz-accounts/window/check_of_kza_fail_01 [v3]: answer to a window")
    assert lines[1].endswith("expected 400, actual 200")
    assert lines[2:] == [
        "20 of 100 checks; failed 1, not observed 0; 2 s",
        "36 of 100 checks; failed 1, not observed 0; 4 s",
    ]


def test_quiet_progress_says_nothing() -> None:
    stream = io.StringIO()
    with Progress(a_redactor(), console=Console(file=stream, force_terminal=True), quiet=True) as progress:
        progress.start(1)
        progress(a_failure("KZA-FAIL-01"))
    assert stream.getvalue() == ""


def test_a_live_bar_is_not_green_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, color_system="truecolor")
    with Progress(a_redactor(), console=console) as progress:
        progress.start(2)
        progress(a_failure("KZA-FAIL-01"))
        progress(a_result("KZA-PASS-01", Verdict.PASS))
    assert "2/2" in stream.getvalue()
    assert "FAIL KZA-FAIL-01" in stream.getvalue()
    bar = [line for line in stream.getvalue().split("\n") if "━" in line]
    assert bar
    assert not any("\x1b[32m━" in line or "114;156;31m━" in line for line in bar)


# --- listing and coverage -----------------------------------------------------------------------------------


def a_covered_contract() -> Contract:
    requirements = [
        a_requirement("KZA-PASS-01", clauses=("10", "29.3")),
        a_requirement("KZA-PASS-02", clauses=("2", "A1.10"), topic="paging"),
        a_requirement("KZA-OBSERVE-01", clauses=("A1.2",), not_observable="Log storage leaves no | trace."),
        a_requirement("KZA-ATTEST-01", clauses=("29", "A1"), attestation="How long are logs kept?"),
    ]
    checks = [a_check("KZA-PASS-01", "first"), a_check("KZA-PASS-01", "second")]
    return a_contract(requirements, checks, TakesAnyWindow="KZA-PASS-01", AlsoWrong="KZA-PASS-01")


def drawn(renderable: Any, width: int = 100) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(renderable)
    return stream.getvalue()


def test_clauses_come_in_their_natural_order() -> None:
    assert [row.clause for row in coverage(a_covered_contract())] == ["2", "10", "29", "29.3", "A1", "A1.2", "A1.10"]


def test_a_clause_of_the_source_without_requirement_is_shown(specs_folder: Path) -> None:
    (specs_folder / "clauses.toml").write_text('clauses = ["1", "2", "9", "A1", "A3"]\n')
    contract = a_covered_contract()
    rows = coverage(contract)
    assert [row.clause for row in rows if not row.entries] == ["1", "9", "A3"]
    assert drawn(as_text(rows)).count(NO_ENTRY) == 3
    assert as_markdown(contract, rows).count(NO_ENTRY) == 3


def test_a_clause_is_covered_by_its_parts(specs_folder: Path) -> None:
    (specs_folder / "clauses.toml").write_text('clauses = ["7"]\n')
    contract = a_contract([a_requirement("KZA-PASS-01", clauses=("7.1", "7.2", "70"))])
    rows = coverage(contract)
    assert rows[0].parts == ("7.1", "7.2")
    assert "see 7.1, 7.2" in as_markdown(contract, rows)
    assert NO_ENTRY not in drawn(as_text(rows))


def test_coverage_names_checks_and_defects_or_the_reason_why_not() -> None:
    entries = {row.clause: row.entries[0] for row in coverage(a_covered_contract())}
    assert entries["10"].checks == ("window/first", "window/second")
    assert entries["10"].defects == ("AlsoWrong", "TakesAnyWindow")
    assert entries["2"].reason == "no check yet"
    assert entries["A1.2"].reason.startswith("not observable: Log storage")
    assert entries["A1"].reason == "attested: How long are logs kept?"


def test_coverage_in_markdown_says_first_that_it_is_generated() -> None:
    contract = a_covered_contract()
    lines = as_markdown(contract, coverage(contract)).splitlines()
    assert lines[0].startswith("<!-- Generated")
    assert "| A1.2 | KZA-OBSERVE-01 | MUST | not observable: Log storage leaves no \\| trace. |  |" in lines
    assert "| 10 | KZA-PASS-01 | MUST | `window/first`<br>`window/second` | `AlsoWrong`<br>`TakesAnyWindow` |" in lines


def test_a_listing_is_the_table_of_contents() -> None:
    text = drawn(requirements_table(a_covered_contract()), width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert text.index("window") < text.index("KZA-PASS-01") < text.index("- A good provider keeps the rule.")
    assert text.count("- A good provider keeps the rule.") == 2
    assert "to attest: How long are logs kept?" in text
    assert "Русское название" in drawn(requirements_table(a_covered_contract(), "kk"))


def test_a_listing_for_programs_says_the_same() -> None:
    listing = json.loads(json.dumps(requirements_json(a_covered_contract())))
    first = listing["requirements"][0]
    assert first["topic"] == "window"
    assert first["checks"][0] == {"id": "kz-accounts/window/first", "sentence": "A good provider keeps the rule."}
    assert listing["requirements"][3]["attestation"] == "How long are logs kept?"
