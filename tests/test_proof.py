"""The proof: what conforms never fails, what is broken never passes, what is nothing earns nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.contracts import contract, contract_ids
from conformance.data import recorded_proof
from conformance.proof.command import proven
from conformance.proof.document import proof_document
from conformance.proof.exhibits import Exhibit, Failure, Kind, Shown, exhibits, tried
from conformance.proof.view import as_html, matrix
from tests.browser import browser

KZ = contract("kz-accounts")
MOST_REQUESTS = 8_000  # of a run in four versions; the reference provider is asked some 1,200 times in one
A_DEFECT, ITS_CHECK = "AcceptsYearLongWindows", "kz-accounts/window/a_window_over_90_days_is_refused"


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("contract_id", contract_ids())
def test_the_proof_holds(contract_id: str, tmp_path: Path) -> None:
    """All laws over all exhibits; a single one is looked at by `conformance prove --only NAME`."""
    holds = proven(contract(contract_id), report_dir=tmp_path, quiet=True)
    document = json.loads((tmp_path / "proof.json").read_text("utf-8"))
    assert not document["violations"], "\n".join(document["violations"])
    assert holds
    assert document["holds"]
    sent = {entry["name"]: entry["requests"] for entry in document["lawful"] if entry["kind"] == "variant"}
    assert max(sent.values()) <= MOST_REQUESTS, "a run is bounded, whatever the data"
    assert document["digest"] == recorded_proof(contract_id), "the suite was changed: conformance prove --record"


def a_trial(kind: Kind, name: str, *failed: tuple[str, str], **changes: Any) -> Shown:
    """A trial in which those (requirement, check) failed."""
    failures = tuple(Failure(check, requirement, "v3", "window.py:1") for requirement, check in failed)
    verdict = "non_conformant" if failed else "conformant"
    shown = Shown(Exhibit("kz-accounts", kind, name), verdict, failures, (), (), (), frozenset({"window.py:1"}), 1)
    return replace(shown, **changes)


def violations(*shown: Shown) -> list[str]:
    found: list[str] = proof_document(KZ, shown, whole=False)["violations"]
    return found


def test_a_lawful_provider_that_fails_breaks_a_law() -> None:
    assert not violations(a_trial(Kind.VARIANT, "PrettyPrinted"))
    found = violations(a_trial(Kind.VARIANT, "PrettyPrinted", ("KZA-WINDOW-04", ITS_CHECK)))
    assert found == ["variant PrettyPrinted fails KZA-WINDOW-04, though it conforms"]


def test_a_lawful_provider_may_leave_open_only_what_it_lacks_data_for() -> None:
    open_end = {"verdict": "inconclusive", "lacking": ((ITS_CHECK, "an account"),)}
    thin = next(name for name, variant in KZ.variants().items() if variant.lacks)
    assert not violations(a_trial(Kind.VARIANT, thin, **open_end))
    assert "though it lacks no data" in violations(a_trial(Kind.VARIANT, "PrettyPrinted", **open_end))[0]


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        ((), "fails nothing"),
        ((("KZA-WINDOW-05", "other"),), "fails KZA-WINDOW-05"),
        ((("KZA-WINDOW-04", ITS_CHECK), ("KZA-WINDOW-05", "other")), "fails KZA-WINDOW-04, KZA-WINDOW-05"),
    ],
)
def test_a_defect_must_fail_what_it_breaks_and_no_more(failed: tuple[tuple[str, str], ...], said: str) -> None:
    assert not violations(a_trial(Kind.DEFECT, A_DEFECT, ("KZA-WINDOW-04", ITS_CHECK)))
    assert violations(a_trial(Kind.DEFECT, A_DEFECT, *failed)) == [
        f"defect {A_DEFECT} breaks KZA-WINDOW-04, and {said}"
    ]


def test_a_null_target_that_passes_breaks_a_law() -> None:
    found = violations(a_trial(Kind.NULL, "always-200", passed=("KZA-WINDOW-04",), verdict="conformant"))
    assert found == [
        "null target always-200 passes KZA-WINDOW-04",
        "null target always-200 is called conformant",
    ]


def test_an_error_of_a_check_breaks_a_law() -> None:
    assert violations(a_trial(Kind.VARIANT, "PrettyPrinted", errors=("check: KeyError",))) == [
        "PrettyPrinted: error in check: KeyError"
    ]


def test_checks_and_expectations_that_nothing_trips_break_a_law() -> None:
    document = proof_document(KZ, [a_trial(Kind.DEFECT, A_DEFECT, ("KZA-WINDOW-04", ITS_CHECK))])
    idle = [sentence for sentence in document["violations"] if "by no defect" in sentence]
    assert len(idle) == len(KZ.checks) - 1 + len(document["expectations"]) - 1
    assert not any(ITS_CHECK in sentence for sentence in idle)
    assert not document["holds"]


def test_a_proof_of_a_part_does_not_hold_and_has_another_digest() -> None:
    shown = [a_trial(Kind.DEFECT, A_DEFECT, ("KZA-WINDOW-04", ITS_CHECK))]
    part, whole = proof_document(KZ, shown, whole=False), proof_document(KZ, shown)
    assert not part["violations"]
    assert not part["holds"]
    assert part["digest"] != whole["digest"]


def test_a_trial_comes_out_the_same_again() -> None:
    exhibit = next(exhibit for exhibit in exhibits(KZ) if exhibit.name == A_DEFECT)
    assert tried(exhibit) == tried(exhibit)


def test_the_matrix_marks_what_was_caught_what_escaped_and_what_was_wrongly_failed() -> None:
    others = {name: defect.breaks for name, defect in KZ.defects().items() if defect.breaks == "KZA-WINDOW-05"}
    shown = [
        a_trial(Kind.DEFECT, A_DEFECT, ("KZA-WINDOW-04", ITS_CHECK), ("KZA-WINDOW-05", "x"), ("KZA-PAGING-01", "y")),
        a_trial(Kind.DEFECT, next(iter(others))),
    ]
    part = matrix(proof_document(KZ, shown, whole=False))[0]
    assert part["topic"] == "window"
    assert part["requirements"] == ["KZA-WINDOW-04", "KZA-WINDOW-05"]
    assert [row["marks"] for row in part["defects"]] == [["caught", "wrong"], ["", "escaped"]]
    assert part["defects"][0]["elsewhere"] == ["KZA-PAGING-01"]


def test_the_page_opens_without_complaint_and_asks_for_nothing(tmp_path: Path) -> None:
    shown = [tried(exhibit) for exhibit in exhibits(KZ) if exhibit.name in (A_DEFECT, "PrettyPrinted", "always-200")]
    path = tmp_path / "proof.html"
    path.write_text(as_html(proof_document(KZ, shown, whole=False)), "utf-8")
    with browser(tmp_path / "profile") as window:
        window.open("about:blank")
        window.complaints()
        window.requests()
        window.open(path.as_uri())
        assert window.run("return document.querySelector('h1').textContent").startswith("Nothing tried here breaks")
        assert A_DEFECT in window.run("return document.body.textContent")
        assert window.complaints() == []
        assert {address.split("#")[0] for address in window.requests()} <= {path.as_uri()}
