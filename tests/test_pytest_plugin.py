"""The second front door: a conformance run inside a pytest session, with the options that everybody knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import cli
from conformance.contracts import contract, contract_ids
from conformance.contracts.kz_accounts.provider import Provider
from conformance.crypto.signing import trusted
from conformance.engine.verdict import Verdict
from conformance.evidence.seal import seal
from conformance.evidence.verification import verify
from conformance.pytest_items import identifier
from conformance.pytest_plugin import FUZZ_BUDGETS
from tests.bench import all_defects
from tests.bundles import saved_keys
from tests.front_door import KZ, QA, Said, a_bank
from tests.test_leaks import SaysEverythingItKnows

LONG_WINDOWS = "kz-accounts/window/a_window_over_90_days_is_refused"
OWN_TEST = "def test_own():\n    pass\n"
OUTCOMES = {
    Verdict.PASS: "passed",
    Verdict.WARN: "passed",
    Verdict.FAIL: "failure",
    Verdict.INCONCLUSIVE: "failure",
    Verdict.ERROR: "error",
    Verdict.NOT_APPLICABLE: "skipped",
}
# A conftest.py that puts another function in place of a check.
PATCHED = """
import os
import signal
from dataclasses import replace

from conformance.contracts import contract

checks = contract("kz-accounts").checks


def instead(accounts):
    {body}


for place, check in enumerate(checks):
    if check.id == "{check}":
        checks[place] = replace(check, function=instead)
"""


class Broken(all_defects()["AcceptsYearLongWindows"], all_defects()["NumbersAccounts"]):  # type: ignore[misc]
    """Breaks a MUST and a SHOULD."""


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[QA]:
    with a_bank(tmp_path) as qa:
        yield qa


# --- outcomes -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[QA, Said]]:
    """One session in which every verdict is met, beside a test of the bank's own; all warnings are errors there."""
    auth = KZ.stand().configuration("http://127.0.0.1:1")["auth"]
    without_expired = {"static": {name: token for name, token in auth["static"].items() if name != "expired"}}
    with a_bank(tmp_path_factory.mktemp("session"), Broken, auth=without_expired) as qa:
        qa.write("test_own.py", OWN_TEST)
        faulty = "kz-accounts/window/a_start_without_end_is_served"
        qa.write("conftest.py", PATCHED.format(body="1 / 0", check=faulty))
        chosen = "window or tls or token or shape or not kz_accounts"
        yield qa, qa.pytest("-v", "-m", chosen, "--strict-markers", "-W", "error", "--junitxml", "junit.xml")


def test_every_verdict_has_its_outcome(session: tuple[QA, Said]) -> None:
    qa, said = session
    checks, outcomes = qa.results()["checks"], qa.junit()
    assert said.code == 1, said.all
    assert {check["verdict"] for check in checks} == set(OUTCOMES), "not every verdict was met"
    expected = {f"{check['id']}[{check['version']}]": OUTCOMES[Verdict(check["verdict"])] for check in checks}
    assert outcomes == {**expected, "test_own": "passed"}


def test_a_failure_is_told_in_the_words_of_the_suite(session: tuple[QA, Said]) -> None:
    qa, said = session
    check = next(entry for entry in qa.results()["checks"] if entry["id"] == LONG_WINDOWS)
    story = said.out.partition(f"_ {LONG_WINDOWS}[v3] _")[2].partition("\n___")[0]
    told = (
        "KZA-WINDOW-04",
        "A transaction window over 90 days is refused (clause 64, A1.3)",
        f"expected:  {check['expected']}",
        f"actual:    {check['actual']}",
        check["reproduce"],
        "\nGET /v3/accounts/",
        "\nAuthorization: Bearer <TOKEN_FULL>",
        "\n200 after ",
    )
    assert [text for text in told if text not in story] == []
    assert "Traceback" not in story
    assert "pytest_items.py" not in said.out


def test_what_could_not_be_observed_fails_and_says_what_is_missing(session: tuple[QA, Said]) -> None:
    qa, said = session
    check = next(entry for entry in qa.results()["checks"] if entry["requirement"] == "KZA-TOKEN-01")
    assert check["verdict"] == "inconclusive"
    assert f"KZA-TOKEN-01: not observed; needs {check['missing']}" in said.out
    assert f"{check['id']}[v3] INCONCLUSIVE" in said.out


def test_a_broken_recommendation_is_a_warning(session: tuple[QA, Said]) -> None:
    warnings = session[1].out.partition("= warnings summary =")[2]
    assert "ConformanceWarning: KZA-SHAPE-17" in warnings


def test_an_error_of_the_suite_says_so(session: tuple[QA, Said]) -> None:
    qa, said = session
    check = next(entry for entry in qa.results()["checks"] if entry["verdict"] == "error")
    assert f"{check['requirement']}: an error of the suite itself, not of the target" in said.out


def test_the_session_ends_with_the_verdict_and_what_was_not_applicable(session: tuple[QA, Said]) -> None:
    qa, said = session
    last = said.out.partition("= conformance =")[2]
    assert "NON-CONFORMANT: 1 of " in last
    assert "not applicable (4): concerns v2, v1, providers-v1; declared: v3" in last
    assert f"report: {qa.folder / 'out'}" in last
    assert re.search(r"\b\d+ not applicable\b", said.out.splitlines()[-1])


def test_the_bundle_is_that_of_a_run(session: tuple[QA, Said]) -> None:
    folder = session[0].folder / "out"
    left = {path.name for path in folder.iterdir()}
    assert left >= {"results.json", "exchanges.jsonl", "run.json", "report.html", "junit.xml", "bundle.json"}


# --- which items ----------------------------------------------------------------------------------------------


def test_without_tests_of_its_own_a_folder_has_the_checks(bank: QA) -> None:
    said = bank.pytest("--collect-only", "-q", "-m", "kz_accounts and window and must and v3", "--strict-markers")
    expected = [
        f"bank.json::{check.id}[v3]"
        for check in KZ.checks
        if check.topic == "window" and KZ.register[check.requirement].level == "MUST" and not check.roles
    ]
    assert said.code == 0, said.all
    assert [line for line in said.out.splitlines() if "::" in line] == expected
    assert not (bank.folder / "out").exists(), "collecting sends nothing and leaves nothing"


def test_requirements_and_words_select(bank: QA) -> None:
    said = bank.pytest("--collect-only", "-q", "-k", "KZA-WINDOW-04 or (errors and known_one)")
    found = {line.partition("::")[2] for line in said.out.splitlines() if "::" in line}
    assert found == {f"{LONG_WINDOWS}[v3]", "kz-accounts/errors/the_code_of_a_400_is_a_known_one[v3]"}


def test_an_item_is_run_by_the_name_under_which_it_failed(bank: QA, tmp_path: Path) -> None:
    """Its bundle holds like any other: that one check is judged again."""
    bank.write("test_own.py", OWN_TEST)
    said = bank.pytest(f"bank.json::{LONG_WINDOWS}[v3]", "-q")
    results = bank.results()
    assert said.code == 0, said.all
    assert "1 passed" in said.out
    assert [check["id"] for check in results["checks"]] == [LONG_WINDOWS]
    assert results["run"]["selection"] == {"only": [f"{LONG_WINDOWS}@v3"], "skip": []}
    assert "INCONCLUSIVE: only a selection of the checks was run" in said.out
    private, public = saved_keys(tmp_path, "EdDSA")
    seal(bank.folder / "out", str(private))
    verification = verify(bank.folder / "out", [trusted(public.read_text("ascii"), "bank.pem")])
    assert verification.holds, verification.as_lines()


def test_the_last_failures_are_run_again_where_the_configuration_lies_elsewhere(tmp_path: Path) -> None:
    """`--lf` beside a test of the bank's own, from a folder below that of the configuration."""
    with a_bank(tmp_path, Broken) as qa:
        (tmp_path / "below").mkdir()
        qa.write("below/test_own.py", OWN_TEST)
        words = ("below", "-q", "-k", "KZA-WINDOW-04 or KZA-WINDOW-05 or test_own")
        first, second = qa.pytest(*words), qa.pytest(*words, "--lf", "-n", "1")
        checks = qa.results()["checks"]
    assert (first.code, second.code) == (1, 1)
    assert [check["id"] for check in checks] == [LONG_WINDOWS]


def test_a_plan_of_setups_sends_nothing(bank: QA) -> None:
    bank.pytest("--setup-plan", "-m", "window")
    assert not (bank.folder / "out").exists()


def test_a_name_that_nothing_has_is_a_usage_error(bank: QA) -> None:
    said = bank.pytest("bank.json::kz-accounts/window/nothing_like_it")
    assert said.code == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: not found: " in said.err


def test_no_mark_has_a_meaning_of_its_own_to_pytest() -> None:
    taken = {
        "filterwarnings",
        "parametrize",
        "skip",
        "skipif",
        "timeout",
        "tryfirst",
        "trylast",
        "usefixtures",
        "xfail",
    }
    for contract_id in contract_ids():
        topics = {identifier(check.topic) for check in contract(contract_id).checks}
        assert not topics & taken
        assert all(topic.isidentifier() for topic in topics)


# --- one run, however many workers ----------------------------------------------------------------------------


def test_workers_of_xdist_change_no_verdict_and_no_rate(tmp_path: Path) -> None:
    """The checks of errors judge what all others saw: in a process of its own each would see next to nothing."""
    chosen = ("-m", "window or errors or not kz_accounts", "--strict-markers", "--junitxml", "junit.xml")
    with a_bank(tmp_path, Broken) as qa:
        qa.write(
            "test_own.py", "import pytest\n\n\n@pytest.mark.parametrize('n', range(4))\ndef test_own(n):\n    pass\n"
        )
        told = {}
        for words in ((), ("-n", "2")):
            said = qa.pytest(*chosen, *words)
            document = qa.results()
            checks = {(entry["id"], entry["version"]): entry["verdict"] for entry in document["checks"]}
            told[words] = (said.code, qa.junit(), checks, document["run"]["complete"])
            attempts = (qa.folder / "attempts.jsonl").read_text("utf-8").splitlines()
        assert told[()] == told["-n", "2"]
        assert {"test_own[0]", f"{LONG_WINDOWS}[v3]"} <= told["-n", "2"][1].keys()
        assert len([line for line in attempts if json.loads(line)["event"] == "begun"]) == 2, "two sessions, two runs"


def test_xdist_stops_where_it_is_told_to(bank: QA) -> None:
    """A failing test of the bank's own with -x leaves no time for the run."""
    bank.write("test_own.py", "def test_own():\n    assert False\n")
    said = bank.pytest("-n", "1", "-x", "-m", "window or not kz_accounts")
    assert said.code != 0
    assert "1 failed" in said.out
    assert not (bank.folder / "out").exists()


# --- what goes wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "changes", "line"),
    [
        ("nowhere.toml", {}, 'nowhere.toml: no such file; "conformance init CONTRACT" writes one to fill in'),
        ("bank.json", {"limit": {}}, 'bank.json: limit: unknown key; did you mean "limits"?'),
        ("bank.json", {"contract": "kz-acounts"}, 'no contract "kz-acounts"; did you mean "kz-accounts"?'),
        ("bank.json", {"auth": {"static": {"full": "env:NOT_SET_HERE"}}}, "environment variable NOT_SET_HERE is not"),
    ],
)
def test_a_wrong_configuration_is_one_line_and_a_usage_error(
    tmp_path: Path, config: str, changes: dict[str, Any], line: str
) -> None:
    qa = QA(tmp_path, {**KZ.stand().configuration("http://127.0.0.1:1"), **changes})
    qa.write("test_own.py", OWN_TEST)
    said = qa.pytest("-l", config=config)
    assert said.code == pytest.ExitCode.USAGE_ERROR
    assert [text for text in said.err.splitlines() if text] == [text for text in said.err.splitlines() if line in text]
    assert said.err.startswith("ERROR: ")
    assert "Traceback" not in said.all


def test_a_target_that_is_not_there_is_an_error_of_each_item_and_of_nothing_else(tmp_path: Path) -> None:
    qa = QA(tmp_path, KZ.stand().configuration("http://127.0.0.1:1"))
    qa.write("test_own.py", OWN_TEST)
    said = qa.pytest("-l", "-m", "window or not kz_accounts", "--junitxml", "junit.xml")
    outcomes = qa.junit()
    assert said.code == 1
    assert outcomes.pop("test_own") == "passed"
    assert set(outcomes.values()) == {"error"}
    assert said.out.count("nothing answers (Connection refused)") >= len(outcomes)
    assert "Traceback" not in said.all
    assert "def setup" not in said.out, "no code is shown"


def test_a_green_session_means_a_conformant_run(bank: QA) -> None:
    """Where all checks pass but a requirement has none, nobody has seen that the contract is kept."""
    only = f"""
from conformance.contracts import contract
from conformance.engine.register import Register

kz = contract("kz-accounts")
kz.checks[:] = [check for check in kz.checks if check.id == "{LONG_WINDOWS}"]
"""
    bank.write("conftest.py", only)
    said = bank.pytest()
    assert (said.code, "1 passed" in said.out) == (1, True), said.all
    assert bank.results()["verdict"] == "inconclusive"
    bank.write("conftest.py", f'{only}vars(kz)["register"] = Register([kz.register["KZA-WINDOW-04"]])\n')
    said = bank.pytest()
    assert (said.code, "1 passed" in said.out) == (0, True), said.all
    assert bank.results()["verdict"] == "conformant"


def test_an_interrupt_leaves_what_was_learnt(bank: QA) -> None:
    bank.write("conftest.py", PATCHED.format(body="os.kill(os.getpid(), signal.SIGINT)", check=LONG_WINDOWS))
    said = bank.pytest("-m", "window")
    assert said.code == pytest.ExitCode.INTERRUPTED
    assert bank.results()["run"]["complete"] is False
    assert "the run was cut short" in said.out


# --- drawn requests -------------------------------------------------------------------------------------------


def test_what_drawn_requests_show_is_an_item(tmp_path: Path) -> None:
    with a_bank(tmp_path, all_defects()["AcceptsYearLongWindows"]) as qa:
        said = qa.pytest("--conformance-fuzz", "quick", "-m", "fuzz", "--junitxml", "junit.xml", "--alluredir", "al")
        failures = qa.results()["fuzz"]["failures"]
    assert {failure["requirement"] for failure in failures} == {"KZA-WINDOW-04"}
    assert (said.code, qa.junit()) == (1, {"kz-accounts/fuzz": "failure"}), said.all
    assert all(failure["reproduce"] in said.out for failure in failures)
    (result,) = (json.loads(path.read_text("utf-8")) for path in (tmp_path / "al").glob("*-result.json"))
    assert {"name": "epic", "value": "kz-accounts"} in result["labels"]


def test_the_budgets_are_those_of_a_run() -> None:
    assert FUZZ_BUDGETS == cli.FUZZ_BUDGETS


# --- the costs, and the secrets -------------------------------------------------------------------------------


def test_nothing_of_the_suite_is_imported_before_it_is_asked_for(bank: QA) -> None:
    bank.write("test_own.py", OWN_TEST)
    bank.write(
        "conftest.py",
        "import sys\n\n\ndef pytest_unconfigure():\n"
        "    print(sorted(name for name in sys.modules if name.split('.')[0] in ('conformance', 'pydantic')))\n",
    )
    said = bank.pytest("-s", config=None)
    assert said.code == 0
    assert "['conformance', 'conformance.pytest_plugin']" in said.out


def test_no_secret_comes_out(tmp_path: Path) -> None:
    """A provider that repeats all it knows, a check that breaks on a token, and every option that shows more."""
    faulty = "kz-accounts/window/a_start_without_end_is_served"
    words = ("-vv", "-l", "--showlocals", "--full-trace", "--tb=long", "-rA", "--junitxml", "junit.xml")
    with a_bank(tmp_path, SaysEverythingItKnows) as qa:
        qa.write("conftest.py", PATCHED.format(body="raise ValueError(accounts)", check=faulty))
        said = qa.pytest(*words, "-m", "window or errors or filter", "--alluredir", "allure")
        crash = f"import conformance.certification as c\n\n\ndef crash(*words):\n    token = {qa.document['auth']}\n"
        qa.write("conftest.py", f"{crash}    raise RuntimeError(token)\n\n\nc.write_junit = crash\n")
        crashed = qa.pytest(*words, "-m", "window")
    assert (said.code, crashed.code) == (1, 1)
    assert "an error of the suite itself: RuntimeError" in crashed.out
    written = [path for path in (*(tmp_path / "out").rglob("*"), *(tmp_path / "allure").iterdir()) if path.is_file()]
    written.append(tmp_path / "junit.xml")
    text = "\n".join([said.all, crashed.all, *(path.read_text("utf-8") for path in written)])
    canaries = {**qa.document["auth"]["static"], "minting key": qa.document["auth"]["mint"]["key"]}
    canaries |= {f"signature of {name}": token.rsplit(".", 1)[-1] for name, token in canaries.items()}
    canaries |= {account.iban: account.iban for account in KZ.stand(provider_class=Provider).provider.ledger.accounts}
    assert not [name for name, value in canaries.items() if value in text]
