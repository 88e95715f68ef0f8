"""The comparison with other tools: which targets it takes, what it counts, and what it reads of a peer's reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import all_defects
from tests.benchmarks.peers.contenders import Finding, requirements_told
from tests.benchmarks.peers.schemathesis_run import failures_told
from tests.benchmarks.peers.table import Result, details, summary, text
from tests.benchmarks.peers.targets import UNSERVED_TOPICS, Target, defects, evenly, in_turn, variants
from tests.test_fuzz import BROKEN


@dataclass(frozen=True)
class Told:
    name: str
    names_requirements: bool = True

    def run(self, document: Mapping[str, Any], folder: Path, seed: int) -> Finding:
        raise AssertionError("nothing is run here")


OURS, PEER = Told("ours"), Told("peer", names_requirements=False)
DEFECT = Target("Broken", topic="paging", breaks=frozenset({"KZA-PAGING-05"}))
OTHER_DEFECT = Target("AlsoBroken", topic="paging", breaks=frozenset({"KZA-PAGING-06"}))
VARIANT = Target("Lawful", topic="variant")
NOISE = "positive_data_acceptance RejectedPositiveData 400 GET /v3/accounts"
NEWS = "response_schema_conformance JsonSchemaError properties/x GET /v3/accounts"


def result(contender: Told, target: Target, *told: str, problem: str = "") -> Result:
    return Result(target, contender, Finding(frozenset(told), problem), 100, 2.0, frozenset({NOISE}))


RESULTS = [
    result(OURS, DEFECT, "KZA-PAGING-05"),
    result(PEER, DEFECT, NOISE),
    result(OURS, OTHER_DEFECT, "KZA-PAGING-05"),
    result(PEER, OTHER_DEFECT, NOISE, NEWS),
    result(OURS, VARIANT, problem="time limit"),
    result(PEER, VARIANT, NEWS),
]
PLAIN = [result(PEER, VARIANT.plain, NOISE), result(OURS, VARIANT.plain)]


def test_only_what_is_not_told_of_the_plain_provider_counts() -> None:
    rows = {row[0]: row[1:] for row in summary([OURS, PEER], RESULTS, PLAIN)}
    assert rows == {
        "": ["ours", "peer"],
        "defects found": ["2 of 2", "1 of 2"],
        "defects named": ["1 of 2", "cannot"],
        "lawful variants blamed": ["0 of 1", "1 of 1"],
        "false alarms, plain provider": ["0", "1"],
        "runs broken off": ["1 of 3", "0 of 3"],
        "requests a run (median)": ["100", "100"],
        "seconds a run (median)": ["2.0", "2.0"],
        "seconds in all": ["8", "8"],
    }


def test_each_target_shows_what_was_made_of_it() -> None:
    assert details([OURS, PEER], RESULTS)[1:] == [
        ["paging", "Broken", "KZA-PAGING-05", "named", "-"],
        ["paging", "AlsoBroken", "KZA-PAGING-06", "KZA-PAGING-05", "response_schema_conformance"],
        ["variant", "Lawful", "", "time limit", "response_schema_conformance"],
    ]


def test_columns_stand_below_each_other() -> None:
    assert text([["", "a"], ["long", "b"]]) == "      a\nlong  b"


def test_the_sample_follows_a_rule() -> None:
    """Every topic has its share, none is left out but what cannot be served, and nobody picks."""
    topics = {one.__module__.rpartition(".")[2] for one in all_defects().values()} - {*UNSERVED_TOPICS}
    sample = defects(32)
    assert len(sample) == len({target.name for target in sample}) == 32
    assert {target.topic for target in sample} == {*topics, "fuzz"}
    assert sum(target.topic == "fuzz" for target in sample) == 8
    assert defects(32) == sample
    assert len(variants(10)) == 10
    named = {target.name for target in defects(None)}
    left_out = {name for name, one in all_defects().items() if one.__module__.endswith(UNSERVED_TOPICS)}
    assert named == {*all_defects(), *(one.__name__ for one in BROKEN)} - left_out


def test_a_share_lies_evenly_within_its_group() -> None:
    letters = [Target(name) for name in "abcdefghi"]
    assert [target.name for target in evenly(letters, 1)] == ["e"]
    assert [target.name for target in evenly(letters, 3)] == ["b", "e", "h"]
    assert evenly(letters, 20) == letters
    groups = {"small": letters[:1], "large": letters[1:]}
    assert [target.name for target in in_turn(groups, 4)] == ["c", "f", "h", "a"]
    assert len(in_turn(groups, 99)) == 9


def test_failures_are_known_by_what_the_peer_knows_them_by() -> None:
    entry = {"id": "0", "check": "ignored_auth", "failure": "IgnoredAuth", "signature": "", "operation": "GET /a"}
    told = failures_told({"entries": [entry]}, {"errors": [{"title": "Network Error", "count": 3}]})
    assert told == {"ignored_auth IgnoredAuth GET /a", "error Network Error"}
    assert failures_told({}, {"errors": []}) == frozenset()


def test_ours_tells_what_failed_and_what_was_warned_about() -> None:
    verdicts = ("pass", "fail", "warn", "inconclusive", "not_applicable")
    entries = [{"id": verdict, "verdict": verdict} for verdict in verdicts]
    assert requirements_told({"requirements": entries}) == {"fail", "warn"}
