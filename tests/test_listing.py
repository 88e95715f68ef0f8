"""The listing and the coverage, from the register alone."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from conformance.engine.contract import Contract
from conformance.reporting.coverage import NO_ENTRY, as_markdown, as_text, coverage
from conformance.reporting.listing import requirements_json, requirements_table
from tests.papers import (
    a_check,
    a_contract,
    a_requirement,
)

pytestmark = pytest.mark.usefixtures("specs_folder")


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
