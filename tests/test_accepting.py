"""What accepted failures change in results.json, rule by rule, on results made by hand."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jwcrypto.jwk import JWK

from conformance.crypto import jws
from conformance.crypto.keys import public_pem
from conformance.crypto.signing import trusted
from conformance.engine.verdict import Level, RunVerdict, Verdict
from conformance.errors import KeyFileError
from conformance.evidence.accepting import Accepted, stale, verdict_beside_known, with_accepted
from conformance.evidence.waivers import FORMAT, Waiver, checked, signed_waivers, verified
from conformance.reporting.fingerprint import fingerprint
from conformance.reporting.junit import junit
from tests.papers import (
    a_contract,
    a_document,
    a_failure,
    a_fuzz_failure,
    a_requirement,
    a_result,
    faults_of,
    fuzzed,
    printed,
)

pytestmark = pytest.mark.usefixtures("specs_folder")

BROKEN = "KZA-FAIL-01"
REQUIREMENTS = [a_requirement("KZA-PASS-01"), a_requirement(BROKEN)]
GOOD = a_result("KZA-PASS-01", Verdict.PASS)


def a_waiver(document: dict[str, Any], *places: int, **changes: Any) -> Waiver:
    """A waiver of the failures at those places among all failures of the document."""
    failures = [check for check in document["checks"] if "fingerprint" in check] + document["fuzz"]["failures"]
    names = tuple(failures[place]["fingerprint"] for place in places or range(len(failures)))
    told = {"target": "https://bank.example", "reason": "r", "approver": "a", "ticket": "T-1"}
    waiver = Waiver(requirement=BROKEN, check="", expires=date(2099, 1, 1), failures=names, **told)
    return replace(waiver, **changes)


def settled(document: dict[str, Any], **accepted: Any) -> dict[str, Any]:
    before = copy.deepcopy(document)
    after = with_accepted(document, Accepted(**accepted))
    assert document == before, "the results themselves stay as they were"
    assert faults_of(after) == []
    return after


def verdict_of(document: dict[str, Any], requirement: str = BROKEN) -> str:
    return str(next(entry["verdict"] for entry in document["requirements"] if entry["id"] == requirement))


def test_the_only_failure_waived_makes_the_run_conformant_with_a_waiver() -> None:
    document = a_document(REQUIREMENTS, [GOOD, a_failure(BROKEN)])
    after = settled(document, waivers=(a_waiver(document),), signed="a.b.c")
    assert (after["verdict"], after["headline"], verdict_of(after)) == (
        "conformant",
        "conformant with 1 waiver",
        "waived",
    )
    assert after["counts"]["checks"]["waived"] == after["counts"]["requirements"]["waived"] == 1
    text = printed(after, REQUIREMENTS, color=True)
    assert "CONFORMANT WITH WAIVERS (1)" in text
    assert "\x1b[1;32m" not in text, "green is for the plain verdict"


def test_a_second_failure_that_nobody_waived_stays() -> None:
    document = a_document(REQUIREMENTS, [GOOD, a_failure(BROKEN, "one"), a_failure(BROKEN, "two", actual="500")])
    after = settled(document, waivers=(a_waiver(document, 0),), signed="a.b.c")
    assert [check["verdict"] for check in after["checks"]] == ["pass", "waived", "fail"]
    assert (after["verdict"], verdict_of(after)) == ("non_conformant", "fail")
    assert "headline" not in after


@pytest.mark.parametrize("change", [{"version": "v2"}, {"actual": "503"}, {"expected": "404"}, {"subject": "its code"}])
def test_a_failure_that_differs_in_anything_is_another_one(change: dict[str, str]) -> None:
    known = a_waiver(a_document(REQUIREMENTS, [GOOD, a_failure(BROKEN)]))
    document = a_document(REQUIREMENTS, [GOOD, a_failure(BROKEN, **change)])
    after = settled(document, known_issues=(known,))
    assert after == document
    assert verdict_beside_known(after) is RunVerdict.NON_CONFORMANT
    assert "fails in another way" in stale(after, Accepted(known_issues=(known,)))[0]


def test_a_known_issue_in_one_version_hides_nothing_in_another() -> None:
    document = a_document(REQUIREMENTS, [GOOD, a_failure(BROKEN), a_failure(BROKEN, version="v2")])
    after = settled(document, known_issues=(a_waiver(document, 0),))
    assert ["known_issue" in check for check in after["checks"]] == [False, True, False]
    assert verdict_beside_known(after) is RunVerdict.NON_CONFORMANT
    assert junit(after).count('type="known_issue"') == 1 and junit(after).count('type="fail"') == 1
    assert printed(after, REQUIREMENTS).count("known issue: T-1") == 1


def test_a_known_issue_beside_nothing_else_is_quiet_for_ci_and_red_in_the_results() -> None:
    document = a_document(REQUIREMENTS, [GOOD, a_failure(BROKEN)])
    after = settled(document, known_issues=(a_waiver(document),))
    assert (after["verdict"], verdict_of(after)) == ("non_conformant", "fail")
    assert verdict_beside_known(after) is RunVerdict.CONFORMANT
    assert stale(after, Accepted(known_issues=(a_waiver(document),))) == []


def test_a_waived_recommendation_is_waived_as_well() -> None:
    requirements = [REQUIREMENTS[0], a_requirement(BROKEN, Level.SHOULD)]
    document = a_document(requirements, [GOOD, a_failure(BROKEN, verdict=Verdict.WARN)], RunVerdict.CONFORMANT)
    assert verdict_of(settled(document, waivers=(a_waiver(document),), signed="a.b.c")) == "waived"


@pytest.mark.parametrize(
    ("other", "by_check", "verdict"),
    [
        (Verdict.INCONCLUSIVE, False, "waived"),
        (Verdict.INCONCLUSIVE, True, "inconclusive"),
        (Verdict.ERROR, False, "error"),
        (Verdict.PASS, True, "waived"),
    ],
)
def test_what_no_check_could_see_is_waived_with_the_rule_alone(other: Verdict, by_check: bool, verdict: str) -> None:
    missing = {"missing": "a window that is served"} if other is Verdict.INCONCLUSIVE else {}
    document = a_document(REQUIREMENTS, [GOOD, a_failure(BROKEN, "one"), a_result(BROKEN, other, "two", **missing)])
    named = {"requirement": "", "check": "kz-accounts/window/one"} if by_check else {}
    after = settled(document, waivers=(a_waiver(document, **named),), signed="a.b.c")
    assert verdict_of(after) == verdict
    assert (after["verdict"] == "conformant") is (verdict == "waived")


def test_what_fuzzing_found_is_accepted_by_its_own_fingerprint() -> None:
    requirements = [*REQUIREMENTS]
    fuzz = fuzzed(a_fuzz_failure(BROKEN))
    document = a_document(requirements, [GOOD, a_result(BROKEN, Verdict.PASS)], fuzz=fuzz)
    waiver = a_waiver(document)
    assert waiver.failures[0].startswith("fuzz:")
    after = settled(document, waivers=(waiver,), signed="a.b.c")
    assert (after["verdict"], verdict_of(after)) == ("conformant", "waived")
    assert 'type="waived"' in junit(after)
    quiet = settled(document, known_issues=(waiver,))
    assert verdict_beside_known(quiet) is RunVerdict.CONFORMANT
    without = a_document(requirements, [GOOD, a_result(BROKEN, Verdict.PASS)], RunVerdict.CONFORMANT)
    assert stale(without, Accepted(known_issues=(waiver,))) == [], "without fuzzing nobody can tell"
    clean = a_document(requirements, [GOOD, a_result(BROKEN, Verdict.PASS)], RunVerdict.CONFORMANT, fuzz=fuzzed())
    assert "no longer fails" in stale(clean, Accepted(known_issues=(waiver,)))[0]


@pytest.mark.parametrize(
    ("results", "options", "word"),
    [
        ([a_result(BROKEN, Verdict.PASS)], {}, "no longer fails"),
        ([a_result(BROKEN, Verdict.INCONCLUSIVE, missing="data")], {}, None),
        ([a_result(BROKEN, Verdict.ERROR)], {}, None),
        ([a_result(BROKEN, Verdict.PASS)], {"complete": False}, None),
        ([], {}, "does not concern this target"),
    ],
)
def test_an_entry_is_unused_only_where_it_could_have_been_used(
    results: list[Any], options: dict[str, Any], word: str | None
) -> None:
    waiver = a_waiver(a_document(REQUIREMENTS, [GOOD, a_failure(BROKEN)]))
    document = a_document(REQUIREMENTS, [GOOD, *results], RunVerdict.INCONCLUSIVE, **options)
    for accepted in (Accepted(known_issues=(waiver,)), Accepted(waivers=(waiver,), signed="a.b.c")):
        lines = stale(document, accepted)
        assert len(lines) == (word is not None)
        assert word is None or word in lines[0]


def test_of_two_failures_the_one_that_is_gone_is_told() -> None:
    both = a_document(REQUIREMENTS, [GOOD, a_failure(BROKEN, "one"), a_failure(BROKEN, "two")])
    waiver = a_waiver(both)
    now = a_document(REQUIREMENTS, [GOOD, a_failure(BROKEN, "one"), a_result(BROKEN, Verdict.PASS, "two")])
    assert stale(now, Accepted(known_issues=(waiver,))) == [
        f"known issue {BROKEN} (T-1): unused: {waiver.failures[1]} no longer fails; take it out"
    ]


# --- fingerprints -----------------------------------------------------------------------------------------------


def of(**texts: str) -> str:
    return fingerprint({"id": "kz-accounts/window/x", "version": "v3", **texts})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("account 1b0adfd5-067a-5ea0-afc2-a86df26b17a7", "account 3d508337-7fd1-59de-97cf-579fc910a4a4"),
        ("created 2026-03-01T09:00:00.1Z", "created 2026-03-02T10:11:12.345Z"),
        ("Date: Monday, 04-May-26 09:30:52 GMT", "Date: Wednesday, 13-Jun-26 11:02:14 GMT"),
        ("IBAN KZ75125KZT1001300335", "IBAN KZ86999ABC2002400446"),
        ("after 41.5 ms", "after 1300 ms"),
        ("amount 1234567", "amount 7654321"),
        ("digest 0123456789abcdef0123", "digest fedcba98765432100000"),
    ],
)
def test_what_changes_from_run_to_run_is_no_part_of_a_fingerprint(one: str, other: str) -> None:
    assert of(actual=one) == of(actual=other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("200", "500"),
        ("absent", "null"),
        ("12 items", "13 items"),
        ("2026-03-01T09:00:00", "2026-03-01T09:00:00Z"),
        ("2026-03-01T09:00:00+05:00", "2026-03-01T09:00:00Z"),
        ("Mon, 04 May 2026 09:30:52 GMT", "Monday, 04-May-26 09:30:52 GMT"),
        ("KZ75125KZT1001300335", "KZ75125KZT10013003"),
        ("after 1 s", "after 2 s"),
    ],
)
def test_what_was_seen_is_part_of_a_fingerprint(one: str, other: str) -> None:
    assert of(actual=one) != of(actual=other)
    assert of(expected=one) != of(actual=one)


def test_anybody_can_make_the_fingerprint_again_from_the_results() -> None:
    document = a_document(REQUIREMENTS, [a_failure(BROKEN)], fuzz=fuzzed(a_fuzz_failure(BROKEN)))
    failed = [entry for entry in (*document["checks"], *document["fuzz"]["failures"]) if "fingerprint" in entry]
    assert len(failed) == 2
    assert all(fingerprint(entry) == entry["fingerprint"] for entry in failed)


# --- keys -------------------------------------------------------------------------------------------------------


def entries(name: str) -> dict[str, Any]:
    told = {"target": "https://bank.example", "reason": "r", "approver": "a", "ticket": "T-1"}
    entry = {"requirement": name, **told, "expires": "2099-01-01", "failures": ["check:0123456789abcdef"]}
    return {"format": FORMAT, "contract": "kz-accounts", "waiver": [entry]}


@pytest.mark.parametrize(
    ("options", "alg"),
    [
        ({"kty": "OKP", "crv": "Ed25519"}, "EdDSA"),
        ({"kty": "EC", "crv": "P-256"}, "ES256"),
        ({"kty": "RSA", "size": 2048}, "PS256"),
    ],
)
def test_waivers_are_signed_with_the_algorithm_of_the_key(tmp_path: Path, options: dict[str, Any], alg: str) -> None:
    key = JWK.generate(**options)
    (tmp_path / "key.pem").write_bytes(key.export_to_pem(private_key=True, password=None))
    contract, today = a_contract(REQUIREMENTS), date(2026, 1, 1)
    signed = signed_waivers(entries(BROKEN), contract, tmp_path / "key.pem", today)
    document = verified(signed, [trusted(public_pem(key).decode("ascii"), "key")])
    assert jws.read(signed).header["alg"] == alg
    assert checked(document, contract, today=today) == checked(entries(BROKEN), contract, today=today)


def test_a_key_that_cannot_sign_is_named(tmp_path: Path) -> None:
    key = JWK.generate(kty="OKP", crv="X25519")
    (tmp_path / "key.pem").write_bytes(key.export_to_pem(private_key=True, password=None))
    with pytest.raises(KeyFileError, match=r"key\.pem: a key of type X25519 cannot sign with EdDSA"):
        signed_waivers(entries(BROKEN), a_contract(REQUIREMENTS), tmp_path / "key.pem", date(2026, 1, 1))
