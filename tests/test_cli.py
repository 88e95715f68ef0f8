"""The command line: what a person types, what it says back on one line, and its exit code."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from conformance import cli
from conformance.contracts import contract
from conformance.reporting.results import results_schema
from conformance.serving import Application, Server, in_a_thread, served
from conformance.transport.message import Reply, Request
from conformance.transport.nulls import NULL_TARGETS

KZ = contract("kz-accounts")
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def is_one_line(self, code: int, text: str) -> bool:
        """One line that begins with the command's name and holds that text; no traceback, nothing on stdout."""
        assert (self.code, self.out) == (code, ""), self
        assert self.err.startswith("conformance: ") and self.err.count("\n") == 1, self.err
        assert "Traceback (most recent call" not in self.err
        assert text in self.err, self.err
        return True


class Shell:
    """Runs the command in this process, in an empty folder."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, *words: str | Path) -> Said:
        self._monkeypatch.setattr(sys, "argv", ["conformance", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return Said(int(left.value.code or 0), *self._capsys.readouterr())


@pytest.fixture
def conformance(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(capsys, monkeypatch)


@contextmanager
def process(*words: str | Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own; killed when the test is done with it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "conformance", *map(str, words)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


@contextmanager
def serving(folder: Path, *options: str, contract_id: str = "kz-accounts") -> Iterator[dict[str, Any]]:
    """`conformance serve` in a process of its own; gives the line that it printed, saved as serve.json."""
    with process("serve", contract_id, *options, folder=folder) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        (folder / "serve.json").write_text(line, "utf-8")
        yield json.loads(line)


@contextmanager
def dead_port() -> Iterator[int]:
    """A port at which nobody listens, nor can: it is taken, though not for listening."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def dead_url() -> Iterator[str]:
    with dead_port() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def config(tmp_path: Path, dead_url: str) -> Path:
    """A complete configuration for a target that is not there."""
    path = tmp_path / "conformance.json"
    path.write_text(json.dumps(KZ.stand().configuration(dead_url)), "utf-8")
    return path


# --- usage: exit code 2 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["list", "init", "serve", "coverage"])
def test_a_misspelt_contract_is_answered_with_the_nearest(conformance: Shell, command: str) -> None:
    assert conformance(command, "kz-acounts").is_one_line(2, 'no contract "kz-acounts"; did you mean "kz-accounts"?')


def test_a_misspelt_contract_beside_a_configuration_gets_the_nearest(conformance: Shell, config: Path) -> None:
    said = conformance("run", config, "--contract", "kz_accounts")
    assert said.is_one_line(2, 'no contract "kz_accounts"; did you mean "kz-accounts"?')


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("run", "nowhere.toml"), 'nowhere.toml: no such file; "conformance init CONTRACT" writes one to fill in'),
        (("run", "--target", "http://127.0.0.1:1"), "--target needs a CONFIG with tokens"),
        (("run", "--workers", "0"), "Invalid value for '--workers'"),
        (("run", "--max-rps", "0"), "Invalid value for '--max-rps'"),
        (("run", "--time-limit", "-1"), "Invalid value for '--time-limit'"),
        (("run", "--fuzz", "wild"), "Invalid value for '--fuzz'"),
        (("run", "--onlly", "X"), "No such option '--onlly'"),
        (("run", "--role", "bank"), 'no role "'),
        (("rum",), "No such command 'rum'"),
        (("init",), "Missing argument 'CONTRACT'"),
        (("init", "kz-accounts", "--out", "no/folder.toml"), "no/folder.toml: cannot be written (No such file"),
        (("serve", "kz-accounts", "--defect", "X", "--null", "html"), "exclude each other"),
        (("serve", "kz-accounts", "--port", "70000"), "Invalid value for '--port'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(conformance: Shell, words: tuple[str, ...], text: str) -> None:
    said = conformance(*words)
    assert said.is_one_line(2, text)


def test_a_fault_in_the_configuration_names_file_and_key(conformance: Shell, config: Path) -> None:
    document = json.loads(config.read_text("utf-8"))
    document["target"]["base_ur"] = document["target"].pop("base_url")
    config.write_text(json.dumps(document), "utf-8")
    said = conformance("run", config)
    assert said.is_one_line(2, f'{config}: target.base_ur: unknown key; did you mean "base_url"?')


def test_an_option_goes_before_the_file_and_is_checked_like_it(conformance: Shell, config: Path) -> None:
    assert conformance("run", config, "--target", "bank.example").is_one_line(2, "target.base_url: should be http:")
    assert conformance("run", config, "--role", "bank").is_one_line(2, "role: should be 'provider' or 'system'")


@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_a_selection_that_names_nothing_is_answered_with_the_nearest(
    conformance: Shell, config: Path, option: str
) -> None:
    said = conformance("run", config, option, "KZA-PAGNG-01", "--quiet")
    assert said.is_one_line(2, 'no requirement or check "KZA-PAGNG-01"; did you mean "KZA-PAGING-01"?')
    assert not (config.parent / "reports").exists()


def test_a_selection_of_what_no_check_observes_is_explained(conformance: Shell, config: Path) -> None:
    unchecked = next(entry.id for entry in KZ.register if not entry.is_checked)
    said = conformance("run", config, "--only", unchecked, "--quiet")
    assert said.is_one_line(2, f'"{unchecked}" has no check: it is attested or not observable')


@pytest.mark.parametrize(
    ("option", "name", "text"),
    [
        ("--variant", "NoSuchVarant", 'no variant "NoSuchVarant"; '),
        ("--defect", "NoSuchDefekt", 'no defect "NoSuchDefekt"; '),
        ("--null", "htlm", 'no null target "htlm"; did you mean "html"?'),
    ],
)
def test_an_unknown_thing_to_serve_is_answered_with_what_there_is(
    conformance: Shell, option: str, name: str, text: str
) -> None:
    assert conformance("serve", "kz-accounts", option, name).is_one_line(2, text)


@pytest.mark.parametrize(
    ("option", "names"), [("--defect", KZ.defects), ("--defect", KZ.mishaps), ("--variant", KZ.variants)]
)
def test_a_misspelt_defect_or_variant_is_answered_with_the_nearest(conformance: Shell, option: str, names: Any) -> None:
    name = min(names())
    assert conformance("serve", "kz-accounts", option, name[:-1]).is_one_line(2, f'did you mean "{name}"?')


def test_fuzzing_alone_needs_a_budget(conformance: Shell) -> None:
    assert conformance("run", "--only", "fuzz").is_one_line(2, "--only fuzz needs a budget")


def test_a_list_to_replay_must_be_one(conformance: Shell, tmp_path: Path) -> None:
    (tmp_path / "list.jsonl").write_text('{"format": "something else"}\n')
    said = conformance("run", "--only", "fuzz", "--replay", "list.jsonl")
    assert said.code == 2
    assert "line 1 is no request of such a list" in said.err


def test_a_client_may_connect_as_soon_as_the_address_is_told() -> None:
    server = Server(NULL_TARGETS["html"])
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=60):
        server.close()


def test_an_answer_is_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a connection that stays open, Nagle's algorithm would hold up the body of each answer for 40 ms."""
    without_delay = []
    call = Application.__call__

    async def looking(self: Application, scope: Any, receive: Any, send: Any) -> None:
        for connection in server._server.server_state.connections:
            taken = connection.transport.get_extra_info("socket")  # type: ignore[union-attr]
            without_delay.append(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await call(self, scope, receive, send)

    monkeypatch.setattr(Application, "__call__", looking)
    server = Server(NULL_TARGETS["html"])
    with in_a_thread(server) as url:
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        connection.request("GET", "/")
        assert connection.getresponse().read()
        connection.close()
    assert without_delay == [1]


def test_a_port_that_is_taken_is_named(conformance: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        said = conformance("serve", "kz-accounts", "--port", str(port))
    assert said.is_one_line(2, f"--port {port}: cannot be used (Address already in use); take another, or 0 for any")


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_report_folder_that_cannot_be_is_named(conformance: Shell, config: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    said = conformance("run", config, "--report-dir", place, "--quiet", "--only", "KZA-PAGING-01")
    assert said.is_one_line(2, "--report-dir")


# --- not reachable: exit code 4 ---------------------------------------------------------------------------------


def test_a_dead_port_is_told_with_its_address_and_leaves_no_older_verdict(
    conformance: Shell, config: Path, tmp_path: Path, dead_url: str
) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "results.json").write_text('{"verdict": "conformant"}', "utf-8")
    said = conformance("run", config, "--quiet", "--report-dir", "report")
    assert said.is_one_line(4, f"{dead_url.removeprefix('http://')}: nothing answers")
    assert not (tmp_path / "report" / "results.json").exists()


def test_a_failed_handshake_is_told_as_such(conformance: Shell, config: Path) -> None:
    with served(KZ.stand().provider) as url:
        said = conformance("run", config, "--quiet", "--target", url.replace("http:", "https:"))
    assert said.is_one_line(4, "TLS failed")


def test_a_web_site_in_place_of_the_api_is_told_as_such(conformance: Shell, config: Path) -> None:
    with served(NULL_TARGETS["html"]) as url:
        said = conformance("run", config, "--quiet", "--target", url)
    assert said.is_one_line(4, "answers with HTML pages")


# --- what works -------------------------------------------------------------------------------------------------


def test_without_a_command_there_is_help_and_exit_code_2(conformance: Shell) -> None:
    said = conformance()
    assert said.code == 2
    assert "Usage:" in said.out + said.err


def test_help_and_version_are_no_errors(conformance: Shell) -> None:
    assert conformance("--version").code == 0
    for command in ((), ("run",), ("doctor",), ("waive",), ("init",), ("list",), ("serve",), ("coverage",)):
        said = conformance(*command, "--help")
        assert (said.code, said.err) == (0, "")
        assert said.out.startswith("Usage: ")


def test_init_writes_once_and_then_refuses(conformance: Shell, tmp_path: Path) -> None:
    said = conformance("init", "kz-accounts")
    assert (said.code, said.out) == (0, "")
    written = (tmp_path / "conformance.toml").read_text("utf-8")
    assert tomllib.loads(written)["contract"] == "kz-accounts"
    assert conformance("init", "kz-accounts").is_one_line(2, "conformance.toml: exists already; give another name")
    assert (tmp_path / "conformance.toml").read_text("utf-8") == written


def test_list_as_json_has_every_requirement(conformance: Shell) -> None:
    said = conformance("list", "kz-accounts", "--json")
    assert (said.code, said.err) == (0, "")
    assert [entry["id"] for entry in json.loads(said.out)["requirements"]] == [entry.id for entry in KZ.register]


def test_the_line_that_serve_prints_works_as_a_configuration(conformance: Shell, tmp_path: Path) -> None:
    with serving(tmp_path) as printed:
        assert printed["url"] == printed["target"]["base_url"]
        said = conformance("run", "serve.json", "--only", "KZA-DATES", "--report-dir", "report", "--json")
    document = json.loads(said.out)
    assert said.code == 3, "a selection in which nothing failed proves no conformance"
    assert document == json.loads((tmp_path / "report" / "results.json").read_text("utf-8"))
    jsonschema_rs.Draft202012Validator(results_schema()).validate(document)
    assert document["run"]["complete"] is True
    assert document["run"]["selection"] == {"only": ["KZA-DATES"], "skip": []}
    assert document["checks"] and {entry["verdict"] for entry in document["checks"]} == {"pass"}
    assert {path.name for path in (tmp_path / "report").iterdir()} >= {"results.json", "exchanges.jsonl", "junit.xml"}
    assert printed["auth"]["static"]["full"] not in said.out + said.err
    assert "warning: serve.json: auth.static.full holds a secret in clear" in said.err


def test_a_failure_is_exit_code_1_also_of_a_selection(conformance: Shell, tmp_path: Path) -> None:
    name, defect = next(
        (name, defect) for name, defect in KZ.defects().items() if defect.breaks.startswith(("KZA-DATES", "KZA-PAGING"))
    )
    with serving(tmp_path, "--defect", name):
        said = conformance("run", "serve.json", "--only", defect.breaks, "--quiet")
    assert (said.code, said.out, said.err) == (1, "", "")


def test_an_interrupt_leaves_what_was_learnt_and_exit_code_130(tmp_path: Path) -> None:
    words = ("run", "--max-rps", "1", "--only", "KZA-PAGING", "--report-dir", "report", "--json")
    with process(*words, folder=tmp_path) as running:
        assert running.stderr is not None
        assert running.stderr.readline().startswith("checks: ")
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=180)
    assert running.returncode == 130, err
    assert "Traceback (most recent call" not in err
    document = json.loads((tmp_path / "report" / "results.json").read_text("utf-8"))
    assert json.loads(out) == document
    jsonschema_rs.Draft202012Validator(results_schema()).validate(document)
    assert document["run"]["complete"] is False
    assert document["verdict"] == "inconclusive"
    assert document["counts"]["checks"]["error"] == 0
    assert (tmp_path / "report" / "junit.xml").is_file()


def test_an_interrupt_during_the_first_look_at_the_target_is_no_error_of_the_suite(
    conformance: Shell, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class InterruptsUs:
        asked = 0

        def handle(self, request: Request) -> Reply:
            self.asked += 1
            if self.asked == 2:  # the first one only asks whether anybody is there
                os.kill(os.getpid(), signal.SIGINT)
            return Reply(200, (("Content-Type", "application/json"),), b"{}")

    with served(InterruptsUs()) as url:
        said = conformance("run", config, "--target", url, "--report-dir", "report", "--quiet", "--only", "KZA-DATES")
    assert (said.code, said.err) == (130, "")
    document = json.loads((config.parent / "report" / "results.json").read_text("utf-8"))
    assert document["run"]["complete"] is False
    assert {entry["verdict"] for entry in document["checks"]} == {"inconclusive"}
