"""The pipeline files to copy: linted by the schemas and linters of their makers, and the script run for some nights."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import tomli_w
import yaml

from conformance.cli import cli
from conformance.crypto.signing import trusted
from conformance.evidence.verification import verify
from conformance.serving import served
from conformance.transport.message import Reply, Request
from tests.bench import all_defects
from tests.bundles import saved_keys
from tests.front_door import KZ, ROOT

FOLDER = ROOT / "pipelines"
SCRIPT = FOLDER / "nightly.sh"
SCRIPTS = Path(sys.executable).parent  # where the linters are installed
SCHEMAS = {"github-nightly.yml": "vendor.github-workflows", "gitlab-nightly.yml": "vendor.gitlab-ci"}


def read(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def instructions() -> list[list[str]]:
    """The instructions of the Containerfile as words."""
    lines = [line for line in read("Containerfile").splitlines() if line and not line.startswith("#")]
    return [line.split(maxsplit=1) for line in lines]


def linted(*command: str | Path) -> str:
    """What a linter says, if it finds anything."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


# --- linted ---------------------------------------------------------------------------------------------------


def test_the_readme_tells_of_every_file_and_of_no_other() -> None:
    told = set(re.findall(r"^\| `([^`]+)` \|", read("README.md"), re.MULTILINE))
    assert told == {path.name for path in FOLDER.iterdir()} - {"README.md"}


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_a_pipeline_keeps_the_schema_of_its_maker(name: str, schema: str) -> None:
    assert linted(SCRIPTS / "check-jsonschema", "--builtin-schema", schema, FOLDER / name) == ""


def test_the_containerfile_has_nothing_that_its_linter_would_change() -> None:
    assert linted(SCRIPTS / "hadolint", "--no-color", FOLDER / "Containerfile") == ""


def test_the_linters_find_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("on: push\njobs:\n  a:\n    runs-on: x\n    stepps: []\n", "utf-8")
    (tmp_path / "Containerfile").write_text("FROM python\nRUN cd /tmp\n", "utf-8")
    schema = SCHEMAS["github-nightly.yml"]
    assert "stepps" in linted(SCRIPTS / "check-jsonschema", "--builtin-schema", schema, tmp_path / "bad.yml")
    assert "DL3006" in linted(SCRIPTS / "hadolint", "--no-color", tmp_path / "Containerfile")


def test_the_script_is_one_for_any_shell() -> None:
    assert linted("sh", "-n", SCRIPT) == ""
    assert os.access(SCRIPT, os.X_OK)


def test_every_action_is_pinned_to_a_commit() -> None:
    used = re.findall(r"uses: (.+)", read("github-nightly.yml"))
    assert used
    assert [line for line in used if not re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


# --- what they name is there ----------------------------------------------------------------------------------


def command_lines(text: str) -> list[list[str]]:
    """Every call of `conformance` in a text, with words in place of its variables."""
    calls = re.findall(r"(?:^\s*|`)(conformance [a-z][^`\n]*)", text, re.MULTILINE)
    assert calls, "no call found"
    filled = (re.sub(r'"?\$config"?', "bank.toml", call).replace(' "$@"', "") for call in calls)
    return [shlex.split(call)[1:] for call in filled]


@pytest.mark.parametrize("name", ["nightly.sh", "README.md"])
def test_every_command_is_one_that_exists(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("reports/tonight", "reports/last"):
        (tmp_path / folder).mkdir(parents=True)
    for command, *words in command_lines(read(name)):
        context = cli.commands[command].make_context(command, list(words), resilient_parsing=False)
        assert isinstance(context, click.Context)


def test_pipelines_call_the_script_under_its_name_in_the_image() -> None:
    copied = {
        target: sources for *sources, target in (words.split() for kind, words in instructions() if kind == "COPY")
    }
    assert copied["/usr/local/bin/conformance-nightly"] == ["pipelines/nightly.sh"]
    (github,) = (step for step in jobs("github-nightly.yml")["jobs"]["staging"]["steps"] if "run" in step)
    (gitlab,) = jobs("gitlab-nightly.yml")["conformance-nightly"]["script"]
    assert github["run"] == gitlab == "conformance-nightly conformance/bank.toml"


def jobs(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(read(name))
    return document


def test_every_name_that_has_to_be_set_stands_in_the_readme() -> None:
    text = "\n".join(map(read, ("github-nightly.yml", "gitlab-nightly.yml", "nightly.sh")))
    names = set(re.findall(r"(?:secrets|vars)\.(\w+)", text)) | set(re.findall(r"\$\{?(CONFORMANCE_\w+)", text))
    assert names == {"CONFORMANCE_IMAGE", "CONFORMANCE_SEAL_KEY", "TOKEN_FULL"}
    assert [name for name in names if f"`{name}`" not in read("README.md")] == []
    assert 'full = "env:TOKEN_FULL"' in KZ.configuration_template


def test_what_a_night_leaves_is_kept() -> None:
    steps = {step.get("name"): step for step in jobs("github-nightly.yml")["jobs"]["staging"]["steps"]}
    gitlab = jobs("gitlab-nightly.yml")["conformance-nightly"]
    saved, uploaded = steps["Kept for the next night"], steps["Kept for people"]
    assert saved["if"] == uploaded["if"] == "${{ always() }}", "a red night has to be kept, too"
    assert gitlab["cache"]["when"] == gitlab["artifacts"]["when"] == "always"
    assert saved["with"]["path"] == steps["The night before"]["with"]["path"] == "reports"
    assert uploaded["with"]["path"].split() == ["reports/tonight", "reports/attempts.jsonl"]
    assert gitlab["artifacts"]["paths"] == ["reports/tonight/", "reports/attempts.jsonl"]


def test_the_image_holds_all_that_the_suite_needs(tmp_path: Path) -> None:
    """Its files alone make a wheel with the command, the specs and the extra that it asks for."""
    source = tmp_path / "src"
    for kind, words in instructions():
        if kind == "COPY" and "/src" in words:
            *names, target = words.split()
            for name in names:
                place = tmp_path / target.strip("/") / ("" if len(names) == 1 else name)
                place.parent.mkdir(parents=True, exist_ok=True)
                copy: Any = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                copy(ROOT / name, place)
    (install,) = (words for kind, words in instructions() if kind == "RUN" and "pip install" in words)
    assert '-c /src/requirements.lock "/src[allure]"' in install
    assert "allure" in tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(source)], check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        points = next(wheel.read(name).decode() for name in names if name.endswith("entry_points.txt"))
    assert "conformance/specs/kz-accounts/openapi.yaml" in names
    assert "conformance = conformance.cli:main" in points
    assert "conformance = conformance.pytest_plugin" in points
    assert ["ENTRYPOINT", '["conformance"]'] in instructions()


# --- nights ---------------------------------------------------------------------------------------------------


class Nights:
    """A bank's repository, and the script called there night after night."""

    def __init__(self, folder: Path, conformance: str) -> None:
        self.folder = folder
        program = folder / "bin" / "conformance"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{conformance}\n", "utf-8")
        program.chmod(0o755)
        self._environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def night(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", str(SCRIPT), *words],
            cwd=self.folder,
            env={**self._environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )


class Staging:
    """A provider that is another one from some night on."""

    def __init__(self) -> None:
        self.tonight = KZ.stand(requests_per_second=1000).provider

    def handle(self, request: Request) -> Reply:
        reply: Reply = self.tonight.handle(request)
        return reply

    def becomes(self, provider_class: type[Any]) -> None:
        self.tonight = KZ.stand(provider_class=provider_class, requests_per_second=1000).provider


def known_issues(url: str, *fingerprints: str) -> str:
    """The file that the README shows, for that target and those failures."""
    shown = tomllib.loads(read("README.md").partition("```toml\n")[2].partition("```")[0])
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    shown["waiver"][0] |= {"target": url, "failures": list(fingerprints), "expires": tomorrow}
    return tomli_w.dumps(shown)


def test_nights_are_sealed_and_compared(tmp_path: Path) -> None:
    private, public = saved_keys(tmp_path, "EdDSA")
    nights, staging = Nights(tmp_path, f'exec {sys.executable} -m conformance "$@"'), Staging()
    (tmp_path / "conformance").mkdir()
    tonight, last = tmp_path / "reports" / "tonight", tmp_path / "reports" / "last"

    def night() -> subprocess.CompletedProcess[str]:
        words = ("conformance/bank.json", "--only", "KZA-WINDOW-04", "--only", "KZA-DATES")
        return nights.night(*words, CONFORMANCE_SEAL_KEY=private.read_text("ascii"))

    with served(staging) as url:
        configuration = {**KZ.stand().configuration(url), "limits": {"max_rps": 1000}}
        (tmp_path / "conformance" / "bank.json").write_text(json.dumps(configuration), "utf-8")

        first = night()
        assert (first.returncode, last.exists()) == (3, False), "a selection proves no conformance"

        staging.becomes(all_defects()["AcceptsYearLongWindows"])
        second = night()
        assert second.returncode == 1, second.stderr
        assert re.search(r"^worse .*KZA-WINDOW-04.*: pass -> fail", second.stdout, re.MULTILINE), second.stdout

        checks = json.loads((tonight / "results.json").read_text("utf-8"))["checks"]
        fingerprints = [check["fingerprint"] for check in checks if "fingerprint" in check]
        (tmp_path / "conformance" / "known-issues.toml").write_text(known_issues(url, *fingerprints), "utf-8")
        third = night()
        assert third.returncode == 3, "what is known does not turn the night red"
        assert "nothing got worse" in third.stdout

    anchors = [trusted(public.read_text("ascii"), "bank.pem")]
    assert verify(tonight, anchors).holds and verify(last, anchors).holds
    attempts = (tmp_path / "reports" / "attempts.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["event"] for line in attempts].count("begun") == 3


# A program in place of `conformance` that leaves what a run leaves, and ends as it is told to.
TOLD = """
echo "$1" >> calls
if [ "$1" = run ]; then mkdir -p reports/tonight; touch reports/tonight/$LEFT; fi
eval "exit \\${CODE_$1:-0}"
"""


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ({}, 0),
        ({"compare": "1"}, 1),
        ({"run": "3", "compare": "1"}, 3),
        ({"run": "1"}, 1),
        ({"seal": "2", "compare": "1"}, 2),
        ({"run": "6"}, 6),
    ],
)
def test_the_first_thing_that_goes_wrong_is_the_exit_code(tmp_path: Path, codes: dict[str, str], code: int) -> None:
    nights = Nights(tmp_path, TOLD.replace("$LEFT", "results.json reports/tonight/bundle.json"))
    assert nights.night("bank.toml").returncode == 0
    told = {f"CODE_{command}": value for command, value in codes.items()}
    assert nights.night("bank.toml", CONFORMANCE_SEAL_KEY="key", **told).returncode == code
    assert (tmp_path / "calls").read_text("utf-8").split() == ["run", "run", "seal", "compare"]


def test_a_night_without_results_is_neither_sealed_nor_compared_with(tmp_path: Path) -> None:
    nights = Nights(tmp_path, TOLD)
    told = {"CODE_run": "4", "LEFT": "doctor.json", "CONFORMANCE_SEAL_KEY": "key"}
    for _ in range(2):
        assert nights.night("bank.toml", **told).returncode == 4
    assert (tmp_path / "calls").read_text("utf-8").split() == ["run", "run"]


def test_the_script_asks_for_a_configuration(tmp_path: Path) -> None:
    done = Nights(tmp_path, TOLD).night()
    assert (done.returncode, done.stderr) == (2, "nightly.sh: name the configuration: nightly.sh CONFIG\n")
