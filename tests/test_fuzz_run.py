"""Fuzzing as a part of a whole run: what it leaves in the report folder, and what a person reads of it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from rich.console import Console

from conformance.certification import Certification, Exit, Options
from conformance.config import parsed
from conformance.contracts import contract
from conformance.engine.run import Outcome
from conformance.errors import UsageError
from conformance.reporting.results import results_schema
from conformance.reporting.summary import summary
from conformance.serving import served
from tests.test_fuzz import TakesAnySize

KZ = contract("kz-accounts")


def conducted(folder: Path, provider_class: type[Any] = TakesAnySize, **options: Any) -> tuple[Certification, Outcome]:
    stand = KZ.stand(provider_class=provider_class, requests_per_second=1000)
    with served(stand.provider) as url:
        declaration, _ = parsed(stand.configuration(url), KZ.configuration, Path("fuzz.toml"))
        certification = Certification(KZ, declaration, Options(folder, only=("fuzz",), **options), quiet=True)
        return certification, certification.conduct()


@pytest.fixture(scope="module")
def broken_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certification, Outcome, Path]:
    folder = tmp_path_factory.mktemp("fuzzed")
    return *conducted(folder, fuzz="quick", workers=4), folder


def test_a_failure_found_by_fuzzing_decides_the_run(broken_run: tuple[Certification, Outcome, Path]) -> None:
    certification, outcome, _ = broken_run
    assert certification.exit_code(outcome) is Exit.NON_CONFORMANT
    document = certification.document
    assert document["verdict"] == "non_conformant"
    assert document["run"]["fuzz"] == "quick"
    assert document["counts"]["requirements"]["fail"] == 2
    assert {entry["id"] for entry in document["requirements"] if entry["verdict"] == "fail"} == {
        "KZA-PAGING-05",
        "KZA-PAGING-25",
    }


def test_the_results_keep_their_schema(broken_run: tuple[Certification, Outcome, Path]) -> None:
    document = json.loads((broken_run[2] / "results.json").read_text("utf-8"))
    assert not list(jsonschema_rs.validator_for(results_schema()).iter_errors(document))
    failures = document["fuzz"]["failures"]
    assert document["fuzz"]["operations"] == 4
    assert document["fuzz"]["cases"] == 120
    assert all("curl " in failure["reproduce"] and "$TOKEN_FULL" in failure["reproduce"] for failure in failures)
    assert all("pageSize=101" in failure["reproduce"] for failure in failures)


def test_the_summary_tells_it_like_any_other_failure(broken_run: tuple[Certification, Outcome, Path]) -> None:
    page = io.StringIO()
    summary(broken_run[0].document, KZ, console=Console(file=page, width=100))
    text = page.getvalue()
    assert "KZA-PAGING-25" in text
    assert "fuzz: v3 transactions" in text
    assert "answer to pageSize over 100" in text


def test_the_stored_list_shows_the_same_when_it_is_replayed(
    broken_run: tuple[Certification, Outcome, Path], tmp_path: Path
) -> None:
    _, first, folder = broken_run
    certification, again = conducted(tmp_path, replay=folder / "fuzz-requests.jsonl")
    assert again.fuzz.requests[1:] == first.fuzz.requests[1:]
    assert {failure.requirement for failure in again.fuzz.failures} == {"KZA-PAGING-05", "KZA-PAGING-25"}
    assert certification.document["run"]["fuzz"] == "standard"


def test_a_list_may_be_replayed_into_its_own_folder(broken_run: tuple[Certification, Outcome, Path]) -> None:
    folder = broken_run[2]
    _, again = conducted(folder, replay=folder / "fuzz-requests.jsonl")
    assert again.fuzz.cases == 120


def test_fuzzing_alone_needs_a_budget_or_a_list(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--only fuzz needs a budget"):
        conducted(tmp_path)
