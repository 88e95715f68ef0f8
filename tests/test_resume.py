"""A run that was killed leaves a result that can be read, and is resumed as if it had never been broken off."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from conformance import cli
from conformance.contracts import contract
from conformance.crypto.diaries import Diary, Unreadable
from conformance.crypto.signing import trusted
from conformance.evidence.attempts import LEDGER
from conformance.evidence.bundle import read_bundle
from conformance.evidence.journal import JOURNAL
from conformance.evidence.rejudging import rejudged
from conformance.evidence.seal import seal
from conformance.evidence.verification import verify
from conformance.reporting.results import results_schema
from conformance.serving import served
from conformance.transport.message import Reply, Request
from tests.bench import all_defects
from tests.bundles import KZ, saved_keys
from tests.test_cli import process

GUARD_S = 60.0
DEFECT = all_defects()["AcceptsYearLongWindows"]
OPTIONS = ("--workers", "3", "--fuzz", "quick", "--quiet")


@dataclass
class Gate:
    """A provider that answers until request `last`, and from then on nobody until it is opened."""

    provider: Any
    last: int
    answered: int = 0
    asked: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, request: Request) -> Reply:
        with self._lock:
            self.asked += 1
            is_held = self.asked > self.last
        if is_held:
            self.reached.set()
            self.opened.wait(GUARD_S)
        reply: Reply = self.provider.handle(request)
        with self._lock:
            self.answered += 1
        return reply

    def open(self) -> None:
        self.last = sys.maxsize
        self.opened.set()


@contextmanager
def gate(folder: Path, last: int) -> Iterator[Gate]:
    """A served provider behind a gate, and bank.json for it."""
    stand = KZ.stand(provider_class=DEFECT, requests_per_second=1000)
    held = Gate(stand.provider, last)
    with served(held) as url:
        document = {**stand.configuration(url), "rate_limit": {"probe": False}, "limits": {"timeout_s": 2 * GUARD_S}}
        (folder / "bank.json").write_text(json.dumps(document), "utf-8")
        try:
            yield held
        finally:
            held.open()


def killed(folder: Path, held: Gate, *options: str) -> None:
    """A run of its own process that is killed where the gate holds it."""
    with process("run", "bank.json", "--report-dir", "reports/run", *OPTIONS, *options, folder=folder) as running:
        assert held.reached.wait(GUARD_S)
        running.kill()
        assert running.wait(GUARD_S) == -9


def called(*words: str | Path) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["conformance", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
    return int(left.value.code or 0)


def judged(folder: Path) -> dict[str, Any]:
    """What results.json says of the target: not when, how fast, or under which numbers."""
    document = json.loads((folder / "results.json").read_text("utf-8"))
    own = ("duration_ms", "exchanges", "evidence", "reproduce", "actual")
    checks = [{name: value for name, value in one.items() if name not in own} for one in document["checks"]]
    failures = [{name: value for name, value in one.items() if name not in own} for one in document["fuzz"]["failures"]]
    fuzz = {**document["fuzz"], "failures": failures}
    return {
        **{name: document[name] for name in ("verdict", "counts", "requirements", "readings")},
        "checks": checks,
        "fuzz": fuzz,
    }


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A run that nobody broke off, and how many requests it sent, with those of the doctor."""
    folder = tmp_path_factory.mktemp("one-go")
    with gate(folder, sys.maxsize) as held:
        assert called("run", folder / "bank.json", "--report-dir", folder / "run", *OPTIONS) == 1
    assert not (folder / "run" / JOURNAL).exists()
    return folder / "run", held.asked


@pytest.mark.parametrize("share", [0.06, 0.6, 0.99])
def test_a_killed_run_is_resumed_as_if_in_one_go(share: float, in_one_go: tuple[Path, int], tmp_path: Path) -> None:
    whole, requests = in_one_go
    folder = tmp_path / "reports" / "run"
    with gate(tmp_path, int(share * requests)) as held:
        killed(tmp_path, held)
        partial = json.loads((folder / "results.json").read_text("utf-8"))
        jsonschema_rs.Draft202012Validator(results_schema()).validate(partial)
        assert partial["run"]["complete"] is False and partial["verdict"] != "conformant"
        token = json.loads((tmp_path / "bank.json").read_text("utf-8"))["auth"]["static"]["full"]
        for path in folder.iterdir():
            assert token not in path.read_text("utf-8"), path.name
        held.open()
        before = held.asked
        assert called("run", tmp_path / "bank.json", "--resume", folder, *OPTIONS) == 1
        sent = held.asked - before
    assert judged(folder) == judged(whole)
    document = json.loads((folder / "results.json").read_text("utf-8"))
    assert document["run"]["complete"] is True and document["run"]["id"] == partial["run"]["id"]
    assert document["run"]["started_at"] == partial["run"]["started_at"]
    # What was asked before is asked no more, but for the doctor, for what was under way and for what is done alone.
    assert sent < requests - share * requests + 0.06 * requests
    again = rejudged(folder)
    assert again.agrees, [*again.departures, again.left_over, *map(str, again.differences)]
    events = [json.loads(line)["event"] for line in read_bundle(folder)["attempts"]]
    assert events == ["begun", "resumed", "ended"]
    assert not (folder / JOURNAL).exists()
    private, public = saved_keys(tmp_path, "EdDSA")
    seal(folder, str(private))
    verification = verify(folder, [trusted(public.read_text("ascii"), "bank.pem")])
    assert verification.holds, verification.as_lines()


def test_a_run_that_was_killed_before_any_check_is_resumed_from_its_beginning(
    in_one_go: tuple[Path, int], tmp_path: Path
) -> None:
    with gate(tmp_path, 2) as held:
        killed(tmp_path, held)
        assert not (tmp_path / "reports" / "run" / "results.json").exists(), (
            "the doctor had not ended: nothing is known"
        )
        held.open()
        assert called("run", tmp_path / "bank.json", "--resume", tmp_path / "reports" / "run", *OPTIONS) == 1
    assert judged(tmp_path / "reports" / "run") == judged(in_one_go[0])


def test_a_run_may_be_killed_twice_in_the_middle_of_a_line(in_one_go: tuple[Path, int], tmp_path: Path) -> None:
    whole, requests = in_one_go
    folder = tmp_path / "reports" / "run"
    with gate(tmp_path, requests // 4) as held:
        killed(tmp_path, held)
        with (folder / JOURNAL).open("ab") as file:
            file.write(b"a line that was not writ")
        held.last, held.opened = held.asked + requests // 4, threading.Event()
        held.reached.clear()
        with process("run", "bank.json", "--resume", folder, *OPTIONS, folder=tmp_path) as running:
            assert held.reached.wait(GUARD_S)
            running.kill()
            running.wait(GUARD_S)
        held.open()
        assert called("run", tmp_path / "bank.json", "--resume", folder, *OPTIONS) == 1
    assert judged(folder) == judged(whole)
    assert [json.loads(line)["event"] for line in read_bundle(folder)["attempts"]][1:3] == ["resumed", "resumed"]
    assert rejudged(folder).agrees


# --- what cannot be resumed -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Gate]]:
    """A folder in which a run was killed."""
    folder = tmp_path_factory.mktemp("broken-off")
    with gate(folder, 100) as held:
        killed(folder, held, "--seed", "9", "--only", "KZA-PAGING", "--only", "fuzz")
        held.open()
        yield folder, held


SAME = ("--seed", "9", "--only", "KZA-PAGING", "--only", "fuzz", "--fuzz", "quick")


def header(**members: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "reports" / "run" / JOURNAL
        first, _, rest = path.read_text("ascii").partition("\n")
        path.write_text(f"{json.dumps(json.loads(first) | members)}\n{rest}", "ascii")

    return change


def configured(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        document = json.loads((folder / "bank.json").read_text("utf-8"))
        change(document)
        (folder / "bank.json").write_text(json.dumps(document), "utf-8")

    return changed


def swapped(folder: Path) -> None:
    path = folder / "reports" / "run" / JOURNAL
    lines = path.read_text("ascii").splitlines(keepends=True)
    path.write_text("".join([lines[0], lines[2], lines[1], *lines[3:]]), "ascii")


def nothing(folder: Path) -> None:
    """All is as it was."""


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        (nothing, SAME[2:], "begun with --seed 9, not 7; give the same"),
        (nothing, (*SAME, "--skip", "KZA-PAGING-01"), "begun with --skip nothing, not KZA-PAGING-01; give the same"),
        (nothing, SAME[:-2], "--only fuzz needs a budget"),
        (nothing, (*SAME[:-1], "deep"), "begun with --fuzz quick, not deep; give the same"),
        (nothing, (*SAME, "--report-dir", "x"), "is itself the --report-dir"),
        (
            configured(lambda document: document["limits"].update(max_rps=77.0)),
            SAME,
            "begun with another configuration; give the same",
        ),
        (
            configured(lambda document: document["auth"]["static"].update(accounts="another-token")),
            SAME,
            "begun with other secrets; give the same configuration",
        ),
        (header(suite="sha256:0"), SAME, "begun by another version of the suite; begin anew"),
        (header(started="2026-01-01T00:00:00+00:00"), SAME, "begun at 2026-01-01 00:00 UTC; after 6:00:00"),
        (header(format="conformance-journal/9"), SAME, "this version has conformance-journal/1"),
        (header(contract="imts"), SAME, "begun for imts, not for kz-accounts"),
        (header(salt=7), SAME, "journal.jsonl cannot be read (TypeError)"),
        (swapped, SAME, "journal.jsonl was changed at line 1; begin anew"),
        (lambda folder: (folder / "reports" / "run" / JOURNAL).unlink(), SAME, "holds no run that was broken off"),
        (lambda folder: shutil.rmtree(folder / "reports"), SAME, "holds no run that was broken off"),
    ],
)
def test_what_does_not_fit_is_not_resumed_and_stays_as_it_is(
    broken_off: tuple[Path, Gate],
    change: Callable[[Path], None],
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    original, held = broken_off
    folder = Path(shutil.copytree(original, tmp_path / "copy"))
    change(folder)
    report = folder / "reports" / "run"
    before = {path.name: path.read_bytes() for path in report.iterdir()} if report.is_dir() else None
    asked = held.asked
    assert called("run", folder / "bank.json", "--resume", report, "--quiet", *words) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1
    assert held.asked == asked
    assert before == ({path.name: path.read_bytes() for path in report.iterdir()} if report.is_dir() else None)


def test_a_payment_is_not_taken_up_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = contract("instant-payment").stand().configuration("http://127.0.0.1:9")
    (tmp_path / "bank.json").write_text(json.dumps(document), "utf-8")
    assert called("run", tmp_path / "bank.json", "--resume", tmp_path, "--quiet") == 2
    assert "what a run of instant-payment does cannot be taken up again; begin anew" in capsys.readouterr().err


def test_a_complete_run_has_nothing_to_resume(in_one_go: tuple[Path, int], capsys: pytest.CaptureFixture[str]) -> None:
    folder, _ = in_one_go
    assert called("run", folder.parent / "bank.json", "--resume", folder, *OPTIONS) == 2
    assert "holds no run that was broken off" in capsys.readouterr().err
    assert (folder.parent / LEDGER).is_file()


def test_a_stopped_run_is_resumed_and_one_that_is_sealed_is_not(tmp_path: Path, in_one_go: tuple[Path, int]) -> None:
    folder = tmp_path / "reports" / "run"
    private, _ = saved_keys(tmp_path, "EdDSA")
    with gate(tmp_path, sys.maxsize):
        words = ("run", tmp_path / "bank.json", *OPTIONS)
        assert called(*words, "--report-dir", folder, "--time-limit", "0.5") in (1, 3)
        assert (folder / JOURNAL).is_file()
        sealed = Path(shutil.copytree(folder, tmp_path / "reports" / "sealed"))
        seal(sealed, str(private))
        assert called(*words, "--resume", sealed) == 2
        assert called(*words, "--resume", folder) == 1
    assert judged(folder) == judged(in_one_go[0])


def test_a_diary_opens_to_its_secrets_alone() -> None:
    diary = Diary(["one", "other"], b"salt")
    line = diary.sealed(3, "Ж\ud83d")
    assert Diary(["other", "one", "one"], b"salt").opened(3, line) == "Ж\ud83d"
    for secrets, salt, place, text in (
        (["one"], b"salt", 3, line),
        (["oneo", "ther"], b"salt", 3, line),
        (["one", "other"], b"Salt", 3, line),
        (["one", "other"], b"salt", 4, line),
        (["one", "other"], b"salt", 3, line[:-4]),
        (["one", "other"], b"salt", 3, "x"),
    ):
        with pytest.raises(Unreadable):
            Diary(secrets, salt).opened(place, text)
    assert diary.sealed(3, "a") != diary.sealed(3, "a")
