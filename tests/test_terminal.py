"""The terminal: what a bank's engineer reads."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from conformance.engine.run import CheckResult
from conformance.engine.verdict import Level, RunVerdict, Verdict
from conformance.reporting.terminal import Progress
from tests.papers import (
    HOSTILE,
    a_document,
    a_failure,
    a_fuzz_failure,
    a_redactor,
    a_requirement,
    a_result,
    every_verdict,
    fuzzed,
    printed,
)

pytestmark = pytest.mark.usefixtures("specs_folder")


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
    assert any(line.startswith("    expected e") for line in lines)
    assert [line.endswith("…") for line in lines].count(True) == 2, "a value of many lines is cut once"
    assert any(line.startswith("    actual   a") for line in lines)


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


def test_a_summary_tells_what_fuzzing_found_and_how_many_cases_failed_alike() -> None:
    requirements = [a_requirement("KZA-FAIL-01"), a_requirement("KZA-WARN-01", Level.SHOULD)]
    found = fuzzed(a_fuzz_failure("KZA-FAIL-01"), a_fuzz_failure("KZA-WARN-01", subject="code of the error", count=3))
    document = a_document(requirements, [a_failure("KZA-FAIL-01")], fuzz=found)
    failed, warned = printed(document, requirements).split("WARNINGS")
    assert "FAILED: 1" in failed
    assert (
        """\
  status of the answer
    expected below 500   actual 503
    fuzz: v3 accounts [v3]; cases that failed alike: 29
    curl -isS"""
        in failed
    )
    assert "window/check_of_kza_fail_01 [v3]\n" in failed
    assert "fuzz: v3 accounts [v3]; cases that failed alike: 3\n" in warned
    assert "generated requests: 120 to 4 operations; failures: 2\n" in warned
    assert "порождённых запросов: 120, операций: 4; сбоев: 2\n" in printed(document, requirements, lang="ru")


def test_a_summary_tells_the_calls_of_a_failure_one_by_one() -> None:
    failure = a_fuzz_failure("KZA-FAIL-01", steps=("open: 200", "open again: 200; expected a refusal"))
    text = printed(a_document([a_requirement("KZA-FAIL-01")], [], fuzz=fuzzed(failure)), [])
    assert "actual 503\n     1. open: 200\n     2. open again: 200; expected a refusal\n    fuzz: v3 accounts" in text


def test_a_summary_says_why_fuzzing_showed_nothing() -> None:
    none = fuzzed(operations=0, cases=0, problem="a token for accounts")
    text = printed(a_document([], [], RunVerdict.INCONCLUSIVE, complete=False, fuzz=none), [])
    assert "  a token for accounts\n    generated requests\n" in text


def test_plain_progress_says_once_that_fuzzing_is_under_way() -> None:
    for before in (0, 2):
        stream = io.StringIO()
        with Progress(a_redactor(), console=Console(file=stream, width=80)) as progress:
            progress.start(3, fuzz_after=before)
            for _ in range(before):
                assert "generated requests" not in stream.getvalue()
                progress(a_result("KZA-PASS-01", Verdict.PASS))
            assert stream.getvalue().splitlines() == ["checks: 3", "generated requests"]
            progress(a_result("KZA-PASS-01", Verdict.PASS))
        assert stream.getvalue().count("generated requests") == 1


def test_the_live_bar_says_that_fuzzing_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = io.StringIO()
    with Progress(a_redactor(), console=Console(file=stream, force_terminal=True, width=80)) as progress:
        progress.start(1, fuzz_after=1)
        progress(a_failure("KZA-FAIL-01"))
    assert "failed 1, generated requests" in stream.getvalue()
