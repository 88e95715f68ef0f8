"""Data under specs/ is valid, current, complete and free of orphans."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from conformance.contracts import contract, contract_ids
from conformance.data import specs
from conformance.engine.document import read_yaml
from conformance.reporting.coverage import as_markdown, coverage

CONTRACTS = contract_ids()
METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}


def toml(contract_id: str, name: str) -> dict[str, list[dict[str, object]]]:
    return tomllib.loads((specs(contract_id) / name).read_text("utf-8"))


def clauses(contract_id: str) -> set[str]:
    return set(map(str, toml(contract_id, "clauses.toml")["clauses"]))


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_the_embedded_document_is_valid_openapi(contract_id: str) -> None:
    validate(read_yaml(specs(contract_id) / "openapi.yaml"))


def test_the_accounts_document_has_all_thirteen_operations() -> None:
    paths = read_yaml(specs("kz-accounts") / "openapi.yaml")["paths"]
    operations = [item["operationId"] for path in paths.values() for method, item in path.items() if method in METHODS]
    assert len(operations) == len(set(operations)) == 13


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_every_clause_has_an_entry(contract_id: str) -> None:
    """A part of a clause (29.3) stands for the clause, as a clause does for its parts."""
    cited = {clause for entry in contract(contract_id).register for clause in entry.clauses}
    wholes = {re.sub(r"^(\d+)\.\d+$", r"\1", clause) for clause in cited}
    assert clauses(contract_id) - cited - wholes == set()


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_no_entry_cites_a_clause_that_does_not_exist(contract_id: str) -> None:
    known = clauses(contract_id)
    for entry in contract(contract_id).register:
        for clause in entry.clauses:
            whole = re.sub(r"^(A?\d+)\.\d+$", r"\1", clause)
            assert clause in known or whole in known, f"{entry.id} cites {clause}"


@pytest.mark.parametrize("contract_id", CONTRACTS)
@pytest.mark.parametrize("name", ["errata.toml", "readings.toml"])
def test_notes_on_the_source_are_numbered_once_and_cite_clauses(contract_id: str, name: str) -> None:
    (entries,) = toml(contract_id, name).values()
    ids = [entry["id"] for entry in entries]
    assert len(ids) == len(set(ids))
    known = clauses(contract_id)
    for entry in entries:
        for clause in entry.get("where") or entry["clauses"]:  # type: ignore[attr-defined]
            assert clause in known or re.sub(r"\.\d+$", "", clause) in known, f"{entry['id']} cites {clause}"


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_topics_have_the_same_file_stem_everywhere(contract_id: str) -> None:
    the_contract = contract(contract_id)
    package = Path(__file__).resolve().parent.parent / the_contract.package.replace(".", "/")
    topic_of = {entry.id: entry.topic for entry in the_contract.register}
    for check in the_contract.checks:
        assert topic_of[check.requirement] == check.topic, check.id
    for defect in the_contract.defects().values():
        assert topic_of[defect.breaks] == defect.__module__.rsplit(".", 1)[-1], defect.__name__
    for room in ("checks", "defects"):
        stems = {path.stem for path in (package / room).glob("*.py")} - {"__init__"}
        assert stems <= set(topic_of.values()), f"{room} without a register file"


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_readings_that_checks_record_are_known(contract_id: str) -> None:
    the_contract = contract(contract_id)
    known = {entry["id"] for entry in toml(contract_id, "readings.toml")["reading"]}
    package = Path(__file__).resolve().parent.parent / the_contract.package.replace(".", "/")
    used = {
        match
        for path in (package / "checks").glob("*.py")
        for match in re.findall(r'(?:reading|told_once)\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert used <= known


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_every_other_reading_has_its_variant_and_every_variant_its_reading(contract_id: str) -> None:
    listed = {
        (entry["id"], name)
        for entry in toml(contract_id, "readings.toml")["reading"]
        for name in entry["variants"]  # type: ignore[attr-defined]
    }
    cited = {
        (reading, name)
        for name, variant in contract(contract_id).variants().items()
        for reading in re.findall(r"\b[A-Z]*R\d\d", variant.__dict__.get("__doc__") or "")
    }
    assert listed == cited


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_null_targets_are_excused_for_known_requirements_only(contract_id: str) -> None:
    the_contract = contract(contract_id)
    known = set(the_contract.null_targets(the_contract.stand()))
    for entry in toml(contract_id, "nulls.toml")["shown"]:
        assert set(entry["nulls"]) <= known  # type: ignore[call-overload]
        assert set(entry["requirements"]) <= {requirement.id for requirement in the_contract.register}  # type: ignore[call-overload]
        assert str(entry["reason"]).endswith(".")


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_the_register_names_known_roles_and_versions(contract_id: str) -> None:
    the_contract = contract(contract_id)
    assert not set(the_contract.roles) & set(the_contract.unplayed)
    assert {role for entry in the_contract.register for role in entry.roles} == {
        *the_contract.roles,
        *the_contract.unplayed,
    }
    assert {version for entry in the_contract.register for version in entry.versions} == {*the_contract.versions}


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_every_check_says_its_sentence(contract_id: str) -> None:
    for check in contract(contract_id).checks:
        assert check.sentence.endswith("."), check.id
        assert 15 <= len(check.sentence) <= 160, check.id


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_the_coverage_page_is_current(contract_id: str) -> None:
    the_contract = contract(contract_id)
    page = specs(contract_id) / "COVERAGE.md"
    expected = as_markdown(the_contract, coverage(the_contract))
    assert page.read_text("utf-8") == expected, f"conformance coverage {contract_id} --markdown > {page.name}"
