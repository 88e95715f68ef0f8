"""What the one adapter relies on of Schemathesis and Hypothesis. A failure here means: look before upgrading."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from conformance.engine.document import document
from conformance.fuzz.adapter import Drawn, Generator, draws, wire_text

CONTENT = document("kz-accounts").content
LIST, ONE = "/v3/accounts", "/v3/accounts/{accountId}/transactions"

PROGRAM = """
import hashlib, json, sys
{before}
from conformance.engine.document import document
from conformance.fuzz.adapter import Generator, draws
generator = Generator(document("kz-accounts").content)
found = [
    [dict(one.path), dict(one.query)]
    for strategy in (generator.positive, generator.negative)
    for one in draws(strategy("/v3/accounts/{{accountId}}/transactions"), 25, 7)
]
print(hashlib.sha256(json.dumps(found).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def generator() -> Generator:
    return Generator(CONTENT)


def test_every_operation_of_the_document_is_there(generator: Generator) -> None:
    assert set(generator.paths) == set(CONTENT["paths"])
    assert generator.query_parameters(LIST) == ("pageNumber", "pageSize", "from", "to", "type")


def test_positive_values_fit_their_schemas(generator: Generator) -> None:
    found = draws(generator.positive(LIST), 60, 7)
    assert {name for one in found for name in one.query} == {"pageNumber", "pageSize", "from", "to", "type"}
    assert all(1 <= one.query["pageSize"] <= 100 for one in found if "pageSize" in one.query)
    assert all(one.query["pageNumber"] >= 1 for one in found if "pageNumber" in one.query)
    types = set(CONTENT["components"]["schemas"]["AccountType"]["enum"])
    assert {one.query["type"] for one in found if "type" in one.query} <= types


def test_negative_values_break_some_schema_and_path_values_come_encoded(generator: Generator) -> None:
    found = draws(generator.negative(ONE), 60, 7)
    too_long = [one for one in found if len(unquote(one.path["accountId"])) > 36]
    bad_sizes = [one.query["pageSize"] for one in found if "pageSize" in one.query]
    assert too_long
    assert any(not isinstance(size, int) or not 1 <= size <= 100 for size in bad_sizes)
    assert all(one.path["accountId"].isascii() for one in found)


def test_headers_and_security_are_left_to_the_client(generator: Generator) -> None:
    assert list(Drawn.__dataclass_fields__) == ["path", "query"]
    assert "x-provider-id" not in str(draws(generator.negative(LIST), 30, 7))


def test_the_same_number_draws_the_same_values(generator: Generator) -> None:
    first = draws(generator.positive(ONE), 30, 7)
    assert draws(generator.positive(ONE), 30, 7) == first
    assert draws(generator.positive(ONE), 30, 8) != first


def test_nothing_around_changes_what_is_drawn(tmp_path: Path) -> None:
    """Neither other modules with literals of their own, nor a schemathesis.toml, nor an example database nearby."""
    (tmp_path / "schemathesis.toml").write_text('seed = 99\n[generation]\nmode = "negative"\nmax-examples = 3\n')
    (tmp_path / "literals.py").write_text("A = 4242424242\nB = 'a literal of another module'\nC = 17.25\n")
    inside = tmp_path / "below"
    inside.mkdir()
    alone = digest(Path.cwd(), "")
    assert digest(inside, f"sys.path.insert(0, {str(tmp_path)!r}); import literals") == alone
    assert not (inside / ".hypothesis").exists()


def digest(folder: Path, before: str) -> str:
    program = PROGRAM.format(before=f"sys.path.insert(0, {str(Path.cwd())!r})\n{before}")
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_scalars_are_written_as_a_client_would() -> None:
    assert [wire_text(value) for value in (True, None, 7, 1.5, "text", [], {})] == [
        "true", "null", "7", "1.5", "text", None, None,
    ]  # fmt: skip
