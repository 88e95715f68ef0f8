"""An operator's policy: each rule is met by a bundle that keeps it, and by no other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from conformance.errors import UsageError
from conformance.evidence.attempts import LEDGER
from conformance.evidence.gate import Decision, gate
from conformance.evidence.seal import seal
from conformance.evidence.waivers import signed_waivers
from conformance.reporting.html import html
from conformance.reporting.junit import junit
from conformance.reporting.results import write_json
from tests.bench import all_defects
from tests.bundles import BURST, KZ, ONE, RefusesTheHundredth, resealed, saved_keys, target, when_a_day_is_under_way
from tests.test_seal import called

OPEN = (
    "KZA-RATELIMIT-01",
    "KZA-RATELIMIT-02",
    "KZA-RATELIMIT-03",
    "KZA-RATELIMIT-04",
)  # what a run without a burst leaves open


class Office:
    """An operator's desk: bundles of different runs, all sealed by one bank, and the bank's public key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.private, _ = saved_keys(folder, "ES256", "bank")
        when_a_day_is_under_way()
        self.bundles = {
            "conformant": self.sealed("conformant", RefusesTheHundredth, burst=True, fuzz="quick"),
            "open": self.sealed("open"),
            "selected": self.sealed("selected", **ONE),
            "stopped": self.sealed("stopped", time_limit_s=0.5),
            "broken": self.sealed("broken", all_defects()["AcceptsYearLongWindows"]),
        }

    def sealed(self, name: str, *provider: type[Any], burst: bool = False, **options: Any) -> Path:
        folder = self.folder / name / "run"
        word = {"attestations": {"KZA-LOG-01": "Five years in the SIEM"}}
        with target(*provider, **word, **({"rate_limit": BURST} if burst else {})) as run:
            run(folder, **options)
        seal(folder, str(self.private))
        return folder

    def decided(self, name: str, *, now: datetime | None = None, **asked: Any) -> Decision:
        path = self.folder / "policy.toml"
        path.write_text(tomli_w.dumps({"trust": ["bank-public.pem"], "contract": "kz-accounts", **asked}), "utf-8")
        return gate(self.bundles[name], path, now)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


def unmet(decision: Decision) -> dict[str, str]:
    found = {rule.name: rule.said for rule in decision.rules if not rule.met}
    assert decision.accepted == (not found)
    return found


def results(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "results.json").read_text("utf-8")))


def test_a_conformant_bundle_meets_a_strict_policy(office: Office) -> None:
    found = results(office.bundles["conformant"])
    decision = office.decided(
        "conformant",
        role="provider",
        versions=found["contract"]["versions"],
        target=found["target"]["base_url"],
        max_age_days=1.0,
        max_attempts=1,
        min_suite_version="0.1.0",
        suite_digests=[found["suite"]["digest"]],
        fuzz=["quick", "standard"],
        max_waivers=0,
        attestations=["KZA-LOG-01"],
        requirements=["KZA-WINDOW-04", "KZA-LOG-01"],
    )
    assert not unmet(decision), decision.as_lines()
    assert decision.as_lines().endswith("\naccepted")
    names = [rule.name for rule in decision.rules if not rule.name.startswith("verified")]
    assert len(names) == len(set(names)) == 13


NULL = f"sha256:{64 * '0'}"


@pytest.mark.parametrize(
    ("asked", "rule", "said"),
    [
        ({"contract": "imts"}, "contract", "kz-accounts; asked: imts"),
        ({"role": "system"}, "role", "provider; asked: system"),
        ({"versions": ["v3", "v9"]}, "versions", "v9 not declared"),
        ({"target": "https://openapi.bank.example"}, "target", "asked: https://openapi.bank.example"),
        ({"max_age_days": 30.0}, "age in days", "31; at most 30"),
        ({"min_suite_version": "1.10"}, "suite version", "at least 1.10"),
        ({"suite_digests": [NULL]}, "suite digest", f"asked: {NULL}"),
        ({"proof_digests": [NULL]}, "proof digest", f"asked: {NULL}"),
        ({"fuzz": ["deep"]}, "fuzz", "quick; asked: deep"),
        ({"attestations": ["KZA-WINDOW-04"]}, "attestations", "KZA-WINDOW-04 is pass"),
        ({"requirements": ["KZA-LOG-99"]}, "requirements", "KZA-LOG-99 is not there"),
    ],
)
def test_each_rule_refuses_alone(office: Office, asked: dict[str, Any], rule: str, said: str) -> None:
    found = unmet(office.decided("conformant", now=datetime.now(UTC) + timedelta(days=31), **asked))
    assert list(found) == [rule]
    assert said in found[rule]


def test_what_is_not_conformant_is_refused(office: Office) -> None:
    assert unmet(office.decided("broken")) == {"verdict": "non_conformant"}
    assert unmet(office.decided("broken", inconclusive=[*OPEN, "KZA-WINDOW-04"])) == {"verdict": "non_conformant"}
    assert unmet(office.decided("broken", requirements=["KZA-WINDOW-04"]))["requirements"] == "KZA-WINDOW-04 is fail"


def test_what_stays_open_must_be_allowed_by_name(office: Office) -> None:
    assert unmet(office.decided("open")) == {"verdict": f"inconclusive: {', '.join(OPEN)}"}
    assert unmet(office.decided("open", inconclusive=list(OPEN[:3]))) == {"verdict": f"inconclusive: {OPEN[3]}"}
    assert not unmet(office.decided("open", inconclusive=list(OPEN)))


def test_part_of_a_contract_is_not_the_contract(office: Office) -> None:
    everything = [requirement.id for requirement in KZ.register]
    said = unmet(office.decided("selected", inconclusive=everything))["verdict"]
    assert said == "inconclusive; only part of the contract was asked for: --only KZA-WINDOW-04"
    assert unmet(office.decided("stopped", inconclusive=everything))["verdict"].endswith("the run was not complete")


def test_the_last_of_three_tries_is_seen(office: Office, tmp_path: Path) -> None:
    with target() as run:
        for name in "123":
            run(tmp_path / name, **ONE)
    assert (tmp_path / LEDGER).is_file()
    seal(tmp_path / "3", str(office.private))
    office.bundles["third"] = tmp_path / "3"
    assert unmet(office.decided("third", max_attempts=2))["attempts"] == "3; at most 2"
    assert "attempts" not in unmet(office.decided("third", max_attempts=3))


def test_a_stranger_is_not_trusted_and_nothing_else_is_said(office: Office, tmp_path: Path) -> None:
    office.bundles["forged"] = Path(shutil.copytree(office.bundles["broken"], tmp_path / "forged"))
    stranger, _ = saved_keys(tmp_path, "ES256", "stranger")
    resealed(office.bundles["forged"], stranger)
    decision = office.decided("forged")
    assert [rule.name for rule in decision.rules] == ["verified: signature"]
    assert decision.as_lines().endswith("\nrefused")


WAIVED = "KZA-WINDOW-04"


@pytest.fixture(scope="module")
def waived(office: Office) -> Office:
    """The office with a bundle in which one failure is waived, and with the same waiver signed by the bank itself."""
    today = datetime.now(UTC).date()
    with target(all_defects()["AcceptsYearLongWindows"]) as run:
        first = run(office.folder / "unwaived")
        failures = [one["fingerprint"] for one in first.document["checks"] if "fingerprint" in one]
        entry = {
            "requirement": WAIVED,
            "target": first.document["target"]["base_url"],
            "reason": "the core system is replaced",
            "approver": "onboarding board",
            "ticket": "W-7",
            "expires": today + timedelta(days=30),
            "failures": failures,
        }
        document = {"format": "conformance-waivers/1", "contract": "kz-accounts", "waiver": [entry]}
        for name, signer in (("waived", "operator"), ("pardoned", "bank")):
            private, public = office.folder / f"{signer}-private.pem", office.folder / f"{signer}-public.pem"
            if signer == "operator":
                saved_keys(office.folder, "ES256", signer)
            signed = office.folder / f"{name}.jws"
            signed.write_text(signed_waivers(document, KZ, private, today), "utf-8")
            run(office.folder / name, waivers=signed, waiver_trust=public)
            seal(office.folder / name, str(office.private))
            office.bundles[name] = office.folder / name
    return office


OPERATOR = {"waiver_trust": ["operator-public.pem"], "inconclusive": [*OPEN]}


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        (OPERATOR, {"waivers": f"{WAIVED} may not be waived"}),
        ({"max_waivers": 1, **OPERATOR}, {}),
        ({"max_waivers": 0, **OPERATOR}, {"number of waivers": "1; at most 0"}),
        ({"waivers": [WAIVED], **OPERATOR}, {}),
        ({"waivers": ["KZA-WINDOW-05"], "max_waivers": 1, **OPERATOR}, {"waivers": f"{WAIVED} may not be waived"}),
        ({"waivers": [WAIVED], "requirements": [WAIVED], **OPERATOR}, {"requirements": f"{WAIVED} is waived"}),
        (
            {"waivers": [WAIVED], "inconclusive": [*OPEN]},
            {"signer of waivers": "the policy says nobody who may waive (waiver_trust)"},
        ),
    ],
)
def test_a_waiver_must_be_allowed(waived: Office, asked: dict[str, Any], rules: dict[str, str]) -> None:
    assert unmet(waived.decided("waived", **asked)) == rules


def test_a_bank_cannot_waive_its_own_failure(waived: Office) -> None:
    found = unmet(waived.decided("pardoned", waivers=[WAIVED], **OPERATOR))
    assert list(found) == ["signer of waivers"]
    assert "waivers: not signed by the trusted key" in found["signer of waivers"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told.update(signed="e30.e30.e30"), "not signed by the trusted key"),
        (lambda told: told["entries"][0].update(approver="the Governor"), "W-7 is not as it was signed"),
        (lambda told: told["entries"][0].update(expires="2099-12-31"), "W-7 is not as it was signed"),
    ],
)
def test_a_bank_cannot_change_a_waiver(
    waived: Office, tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    """Results and reason are made to fit, so that only the signature under the waiver tells."""
    folder = waived.bundles["changed"] = Path(shutil.copytree(waived.bundles["waived"], tmp_path / "changed"))
    document = results(folder)
    change(document["waivers"])
    one = document["waivers"]["entries"][0]
    told = f"{one['ticket']}: {one['reason']} ({one['approver']}, until {one['expires']})"
    for entry in document["requirements"]:
        if entry["verdict"] == "waived":
            entry["reason"] = told
    write_json(folder / "results.json", document)
    lines = map(json.loads, (folder / "exchanges.jsonl").read_text("utf-8").splitlines())
    (folder / "report.html").write_text(html(document, KZ, lines), "utf-8")
    (folder / "junit.xml").write_text(junit(document), "utf-8")
    resealed(folder, waived.private)
    found = unmet(waived.decided("changed", waivers=[WAIVED], **OPERATOR))
    assert list(found) == ["signer of waivers"], found
    assert said in found["signer of waivers"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trust = [", "policy.toml: not TOML"),
        ('contract = "kz-accounts"', "trust: is missing"),
        ('trust = ["bank-public.pem"]\ncontract = "kz-accounts"\nmax_age = 3', 'did you mean "max_age_days"?'),
        ('trust = []\ncontract = "kz-accounts"', "trust: "),
        ('trust = ["x.pem"]\ncontract = "kz-accounts"', "trust: "),
        ('trust = ["bank-private.pem"]\ncontract = "kz-accounts"', "this is a private key"),
        ('trust = ["bank-public.pem"]\ncontract = "x"\nsuite_digests = ["x"]', "suite_digests"),
    ],
)
def test_a_policy_that_cannot_be_read_says_why(office: Office, text: str, said: str) -> None:
    path = office.folder / "policy.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as told:
        gate(office.bundles["open"], path)
    assert said in str(told.value)


def test_the_command_accepts_and_refuses(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    office.decided("conformant", max_age_days=1.0)
    policy = office.folder / "policy.toml"
    words = ("--policy", policy)
    assert called("gate", office.bundles["conformant"], *words, monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out.endswith("accepted\n")
    assert called("gate", office.bundles["broken"], *words, "--json", monkeypatch=monkeypatch) == 1
    told = json.loads(capsys.readouterr().out)
    assert [rule["rule"] for rule in told["rules"] if not rule["met"]] == ["verdict"]
    assert called("gate", office.bundles["broken"], "--policy", "nowhere.toml", monkeypatch=monkeypatch) == 2
    assert "nowhere.toml: cannot be read" in capsys.readouterr().err
