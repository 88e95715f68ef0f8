"""The register: what its files may hold, and in which order it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.engine.register import RegisterError, load_register
from conformance.errors import SuiteError

ENTRY = """
[[requirement]]
id = "FAKE-TOPIC-01"
clauses = ["1"]
level = "MUST"
roles = ["provider"]
versions = ["v3"]
title = { en = "Something is so", ru = "Нечто таково" }
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY + ENTRY, "requirement ids used twice: FAKE-TOPIC-01"),
        (ENTRY.replace("MUST", "MUSST"), "topic.toml: FAKE-TOPIC-01: level: "),
        (ENTRY + 'not_observable = "x"\nattestation = "y"', "is either not observable or attested, not both"),
        (ENTRY.replace("FAKE-TOPIC-01", "fake-1"), "topic.toml: fake-1: id: "),
        (ENTRY.replace('["1"]', "[]"), "topic.toml: FAKE-TOPIC-01: clauses: "),
        (ENTRY + 'color = "red"', "topic.toml: FAKE-TOPIC-01: color: "),
        (ENTRY + 'topic = "other"', "topic.toml: FAKE-TOPIC-01: "),
        ('title = "x"' + ENTRY, "topic.toml: holds only [[requirement]] tables"),
        (ENTRY + "=", "topic.toml: "),
    ],
)
def test_a_register_that_breaks_its_own_rules_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "topic.toml").write_text(text, "utf-8")
    with pytest.raises(RegisterError) as caught:
        load_register(tmp_path)
    assert said in str(caught.value)
    assert isinstance(caught.value, SuiteError)


def test_a_register_keeps_the_order_of_topics_and_lines(tmp_path: Path) -> None:
    for topic, numbers in (("b", ("02", "01")), ("a", ("09",))):
        (tmp_path / f"{topic}.toml").write_text("".join(ENTRY.replace("01", number) for number in numbers), "utf-8")
    register = load_register(tmp_path)
    assert [(entry.id, entry.topic) for entry in register] == [
        ("FAKE-TOPIC-09", "a"),
        ("FAKE-TOPIC-02", "b"),
        ("FAKE-TOPIC-01", "b"),
    ]
    assert len(register) == 3 and "FAKE-TOPIC-02" in register
    assert register["FAKE-TOPIC-02"].is_checked


# --- data that change meanwhile ---------------------------------------------------------------------------------
