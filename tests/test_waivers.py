"""Waivers and known issues: what they accept, what they never hide, and who may sign them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance.contracts.kz_accounts.call import Call, Refusal
from conformance.contracts.kz_accounts.filters import Window
from conformance.contracts.kz_accounts.provider import Provider
from conformance.evidence.rejudging import rejudged
from tests.bundles import BURST, RefusesTheHundredth, when_a_day_is_under_way
from tests.test_cli import conformance
from tests.waiving import CHECK, KZ, REQUIREMENT, TODAY, Desk, desk, desk_of, verdict_of

__all__ = ["conformance", "desk", "desk_of"]


class SaysThereIsNoSuchThing(Provider):
    """Answers 404 to a window that is too long."""

    def window_is_too_long(self, window: Window, call: Call) -> bool:
        if super().window_is_too_long(window, call):
            raise Refusal(404, "RESOURCE_NOT_FOUND", "no such window")
        return False


# --- what is accepted -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_a_waived_failure_is_no_failure_and_says_why(desk: Desk, alg: str) -> None:
    waivers, public = desk.signed(desk.entry(*desk.failures()), alg=alg)
    said, document = desk.run("--waivers", waivers, "--waiver-trust", public)
    assert said.code == 3, "a selection in which nothing failed"
    assert verdict_of(document) == "waived"
    reason = next(entry["reason"] for entry in document["requirements"] if entry["id"] == REQUIREMENT)
    assert reason.startswith("OB-17: the core system is replaced in May (Operator, onboarding board, until ")
    assert document["counts"]["requirements"] | {"waived": 1, "fail": 0} == document["counts"]["requirements"]
    waived = next(check for check in document["checks"] if check["verdict"] == "waived")
    assert waived["expected"] == "400", "what was seen stays in the results"
    assert document["waivers"]["signed"] == waivers.read_text("utf-8").strip()
    assert 'type="waived"' in (desk.report / "junit.xml").read_text("utf-8")
    again = rejudged(desk.report)
    assert again.agrees, [str(difference) for difference in again.differences]


def test_a_check_may_be_waived_by_its_own_id(desk: Desk) -> None:
    """What other checks of the requirement could not see stays open: nobody waived that."""
    waivers, public = desk.signed(desk.entry(*desk.failures(), requirement=None, check=CHECK))
    said, document = desk.run("--waivers", waivers, "--waiver-trust", public)
    assert said.code == 3
    assert {check["verdict"] for check in document["checks"] if check["id"] == CHECK} == {"waived"}
    assert verdict_of(document) == "inconclusive"


def test_a_whole_run_with_a_waiver_is_never_plainly_conformant(desk_of: Callable[..., Desk]) -> None:
    class Erring(RefusesTheHundredth, KZ.defects()["AcceptsYearLongWindows"]):  # type: ignore[misc]
        """Errs in one rule, limits by count."""

    when_a_day_is_under_way()
    desk = desk_of(Erring, rate_limit=BURST)
    waivers, public = desk.signed(desk.entry(*desk.failures()))
    said, document = desk.run("--waivers", waivers, "--waiver-trust", public, selection=())
    assert (said.code, document["verdict"]) == (0, "conformant")
    assert document["headline"] == "conformant with 1 waiver"
    assert "CONFORMANT WITH WAIVERS (1): " in said.err and "CONFORMANT: " not in said.err
    page = (desk.report / "report.html").read_text("utf-8")
    assert "CONFORMANT WITH WAIVERS (1)</h1>" in page and "CONFORMANT</h1>" not in page
    assert 'name="conformance kz-accounts: conformant with 1 waiver"' in (desk.report / "junit.xml").read_text("utf-8")


def test_a_known_issue_keeps_ci_quiet_and_changes_no_verdict(desk: Desk) -> None:
    known = desk.file(desk.entry(*desk.failures()))
    said, document = desk.run("--known-issues", known)
    assert said.code == 3, "as a selection in which nothing failed"
    assert (document["verdict"], verdict_of(document)) == ("non_conformant", "fail")
    assert [entry["ticket"] for entry in document["known_issues"]] == ["OB-17"]
    assert "NON-CONFORMANT" in said.err and "known issue: OB-17" in said.err
    assert 'type="known_issue"' in (desk.report / "junit.xml").read_text("utf-8")
    assert "known issue: OB-17" in (desk.report / "report.html").read_text("utf-8")
    again = rejudged(desk.report)
    assert again.agrees, [str(difference) for difference in again.differences]


# --- what is never hidden ---------------------------------------------------------------------------------------


def test_a_different_failure_of_the_same_check_is_never_hidden(desk_of: Callable[..., Desk]) -> None:
    before = desk_of()
    entry = before.entry(*before.failures())

    after = desk_of(SaysThereIsNoSuchThing)
    seen = after.failures()
    assert set(seen).isdisjoint(entry["failures"])
    entry["target"] = after.url
    said, document = after.run("--known-issues", after.file(entry))
    assert said.code == 1
    assert "known_issues" not in document
    assert f"known issue {REQUIREMENT} (OB-17): fails in another way ({seen[0]})" in said.err
    waivers, public = after.signed(entry)
    said, document = after.run("--waivers", waivers, "--waiver-trust", public)
    assert (said.code, verdict_of(document)) == (1, "fail")
    assert "waivers" not in document


def test_another_requirement_that_fails_is_never_hidden(desk_of: Callable[..., Desk]) -> None:
    name = next(name for name, defect in KZ.defects().items() if defect.breaks.startswith("KZA-DATES"))
    both = type("Both", (KZ.defects()["AcceptsYearLongWindows"], KZ.defects()[name]), {})
    desk = desk_of(both)
    _, document = desk.run()
    own = [
        check["fingerprint"]
        for check in document["checks"]
        if check["requirement"] == REQUIREMENT and "fingerprint" in check
    ]
    said, document = desk.run("--known-issues", desk.file(desk.entry(*own)))
    assert said.code == 1
    assert verdict_of(document) == "fail" and len(document["known_issues"]) == 1


def test_what_no_longer_fails_must_be_taken_out(desk_of: Callable[..., Desk]) -> None:
    broken = desk_of()
    failures = broken.failures()
    mended = desk_of(Provider)
    entry = mended.entry(*failures)
    said, document = mended.run("--known-issues", mended.file(entry))
    assert said.code == 6
    line = f"conformance: known issue {REQUIREMENT} (OB-17): unused: {failures[0]} no longer fails; take it out"
    assert line in said.err.splitlines()
    assert verdict_of(document) == "pass"
    waivers, public = mended.signed(entry)
    said, document = mended.run("--waivers", waivers, "--waiver-trust", public)
    assert said.code == 6 and "waivers" not in document


def test_what_had_no_turn_is_not_called_unused(desk: Desk) -> None:
    known = desk.file(desk.entry(*desk.failures()))
    said, _ = desk.run("--known-issues", known, selection=("--only", "KZA-DATES"))
    assert said.code == 3
    assert "unused" not in said.err


# --- what is refused before anything is sent --------------------------------------------------------------------

SOME = "check:0123456789abcdef"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"expires": TODAY - timedelta(days=1)}, "expires: expired on"),
        ({"expires": "soon"}, "expires: give the last day"),
        ({"expires": datetime(2099, 1, 1, 12, tzinfo=UTC)}, "expires: give the last day"),
        ({"expires": None}, "expires: give the last day"),
        ({"requirement": "KZA-WINDOW"}, "requirement: too broad: a prefix of "),
        ({"requirement": ""}, "requirement: too broad: a prefix of "),
        ({"requirement": "KZA-*"}, "requirement: too broad: name one"),
        ({"requirement": [REQUIREMENT, "KZA-WINDOW-05"]}, "requirement: too broad: name one"),
        ({"requirement": f"{REQUIREMENT}, KZA-WINDOW-05"}, "requirement: too broad: name one"),
        ({"requirement": "KZA-WINDWO-04"}, f'requirement: there is none of that id; did you mean "{REQUIREMENT}"?'),
        ({"check": CHECK}, "too broad: names both a requirement and a check"),
        ({"requirement": None}, "names no requirement and no check"),
        ({"requirement": None, "check": "kz-accounts/window"}, "check: too broad: a prefix of "),
        ({"target": None}, "target: too broad: names no target"),
        ({"target": " "}, "target: too broad: names no target"),
        ({"target": "*"}, "target: too broad: give the whole base_url"),
        ({"target": "https://*.bank.example"}, "target: too broad: give the whole base_url"),
        ({"target": "https://other.stage.bank.example"}, "target: unused: it is for https://other"),
        ({"reason": None}, "reason: is missing"),
        ({"approver": "  "}, "approver: is missing"),
        ({"ticket": 17}, "ticket: is missing"),
        ({"failures": []}, "failures: too broad"),
        ({"failures": None}, "failures: too broad"),
        ({"failures": ["*"]}, "failures: '*' is no fingerprint"),
        ({"expiry": "2099-01-01"}, "expiry: unknown key"),
    ],
)
def test_an_entry_that_cannot_be_used_is_one_clear_line_and_exit_code_6(
    desk: Desk, changes: dict[str, Any], line: str
) -> None:
    said, document = desk.run("--known-issues", desk.file(desk.entry(SOME, **changes)))
    assert (said.code, said.out, document) == (6, "", {})
    assert len(said.err.splitlines()) <= 2, "one line, and the one on secrets in clear"
    assert line in said.err.splitlines()[-1]
    assert not desk.report.exists()


def test_each_faulty_entry_has_its_line(desk: Desk) -> None:
    old = TODAY - timedelta(days=3)
    entries = [desk.entry(SOME, expires=old), desk.entry(SOME, requirement="KZA-WINDOW"), desk.entry(SOME)]
    said, _ = desk.run("--known-issues", desk.file(*entries))
    assert said.code == 6
    assert sum("accepted.toml: " in line for line in said.err.splitlines()) == 2


@pytest.mark.parametrize("changes", [{"format": "other/1"}, {"contract": "imts"}, {"waiver": []}, {"waivers": []}])
def test_a_file_of_another_form_is_refused(desk: Desk, changes: dict[str, Any]) -> None:
    said, _ = desk.run("--known-issues", desk.file(desk.entry(SOME), **changes))
    assert said.code == 6


def test_the_last_day_counts(desk: Desk) -> None:
    failures = desk.failures()
    while True:  # a day that ends meanwhile proves nothing
        today = datetime.now(UTC).date()
        said, _ = desk.run("--known-issues", desk.file(desk.entry(*failures, expires=today)))
        if today == datetime.now(UTC).date():
            break
    assert said.code == 3


@pytest.mark.parametrize("member", ["reason", "approver", "ticket"])
def test_an_entry_that_would_publish_a_secret_is_refused(desk: Desk, member: str) -> None:
    static = json.loads(desk.config.read_text("utf-8"))["auth"]["static"]
    iban = json.loads(desk.config.read_text("utf-8"))["data"]["existing_iban"]
    for canary in (static["full"], iban):
        known = desk.file(desk.entry(SOME, **{member: f"see {canary} there"}))
        said, document = desk.run("--known-issues", known)
        assert (said.code, document) == (6, {})
        assert f"{member}: holds a secret or personal data" in said.err
        assert canary not in said.err


def test_nothing_that_is_written_about_waivers_holds_a_canary(desk: Desk) -> None:
    waivers, public = desk.signed(desk.entry(*desk.failures()))
    said, _ = desk.run("--waivers", waivers, "--waiver-trust", public, "--json")
    document = json.loads(desk.config.read_text("utf-8"))
    canaries = [
        *document["auth"]["static"].values(),
        document["auth"]["mint"]["key"],
        document["data"]["existing_iban"],
    ]
    canaries.append((desk.folder / "key.pem").read_text("utf-8").splitlines()[1])
    texts = [path.read_text("utf-8") for path in desk.report.iterdir()] + [said.out, said.err]
    assert len(texts) > 5
    assert not [canary for canary in canaries for text in texts if canary in text]
