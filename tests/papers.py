"""What reports are made of, built by hand for their tests."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
from rich.console import Console

from conformance.config import Configuration, Target
from conformance.engine.check import Check
from conformance.engine.contract import Contract, FuzzFailure, FuzzOutcome, Privacy
from conformance.engine.register import Register, Requirement, Title
from conformance.engine.run import CheckResult, Outcome, RequirementResult
from conformance.engine.verdict import Level, RunVerdict, Verdict, worst
from conformance.reporting.results import RunFacts, results_document, results_schema
from conformance.reporting.terminal import summary
from conformance.transport.message import Reply, Request
from conformance.transport.recorder import Exchange
from conformance.transport.redaction import Redactor

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjbGllbnQtMSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
IBAN = "KZ75125KZT1001300335"
BASE_URL = "https://openapi.stage.bank.example"
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
FACTS = RunFacts("5f1c", START, START + timedelta(seconds=41.5), 7, 4, "off", 1234, 3, 2)
HOSTILE = "\x00\x07\x1b[31mred\x1b[0m\u202eevil\ud800\ufffe<tag attr='&\">]]>\r\n\ttail"


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


def a_fuzz_failure(requirement: str, **extra: Any) -> FuzzFailure:
    told = {
        "version": "v3", "operation": "v3 accounts", "subject": "status of the answer", "expected": "below 500",
        "actual": "503", "exchanges": (16, 18, 19), "evidence": an_exchange("/v3/accounts?n=18"), "count": 29, **extra,
    }  # fmt: skip
    return FuzzFailure(requirement, **told)


def fuzzed(*failures: FuzzFailure, **extra: Any) -> FuzzOutcome:
    return FuzzOutcome(**{"operations": 4, "cases": 120, "failures": failures, **extra})


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
    fuzz: FuzzOutcome | None = None,
) -> dict[str, Any]:
    """The document of a run; `others` gives requirements without checks their verdict and reason."""
    judged = []
    for requirement in requirements:
        own = tuple(result for result in results if result.check.requirement == requirement.id)
        seen = [result.verdict for result in own]
        if fuzz and any(failure.requirement == requirement.id for failure in fuzz.failures):
            seen.append(Verdict.FAIL if requirement.level is Level.MUST else Verdict.WARN)
        settled, reason = (others or {}).get(requirement.id, (worst(seen), ""))
        judged.append(RequirementResult(requirement, settled, own, reason))
    declaration = Configuration(
        contract="kz-accounts",
        role="provider",
        target=Target(name="Bank A, staging", base_url=base_url, versions=["v3", "v2"]),
    )
    outcome = Outcome(checks=results, requirements=judged, verdict=verdict, complete=complete)
    facts = FACTS
    if fuzz is not None:
        outcome.fuzz, facts = fuzz, replace(FACTS, fuzz="quick")
    return results_document(facts, a_contract(requirements), declaration, outcome, redactor or a_redactor())


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
