"""The rooms of the project: imports point down, contracts stand apart, files stay small and named alike."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "conformance"
LONGEST_MODULE = 400

# Each room may import itself and the rooms below it. `contract` is what a contract offers and everything it uses.
ORDER = (
    *("transport", "crypto", "engine", "fuzz", "contracts", "reporting", "evidence", "serving", "proof"),
    *("doctor", "certification", "commands", "cli", "pytest_items", "pytest_front", "pytest_plugin"),
)
FREE = ("errors", "data", "config")  # small leaves that every room may use


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Every module of this project that a module imports at run time, also inside functions."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for node in ast.walk(branch)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] == "conformance"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    if room not in ORDER:
        return
    for name in imported(path):
        target = name.split(".")[1] if "." in name else ""
        if target in ORDER:
            assert ORDER.index(target) <= ORDER.index(room), f"{path.name} imports {name}"


def parts_of_contracts(part: str) -> list[Path]:
    return [path for path in modules() if part in path.relative_to(PACKAGE).parts]


def test_checks_never_import_the_provider() -> None:
    for path in parts_of_contracts("checks"):
        own_end = {
            "provider",
            "stand",
            "variants",
            "defects",
            "mishaps",
            "ledger",
            "sample",
            "bodies",
            "replies",
            "routing",
        }
        assert not own_end & {name.split(".")[-1] for name in imported(path)}, path


def test_the_provider_never_imports_checks_or_engine() -> None:
    for contract_folder in (path for path in (PACKAGE / "contracts").iterdir() if path.is_dir()):
        for path in sorted(reachable(contract_folder / "provider.py")):
            names = imported(path)
            assert not [name for name in names if ".checks" in name or ".engine" in name], path


def reachable(path: Path) -> set[Path]:
    """A module and all modules of this project that it needs."""
    seen: set[Path] = set()
    waiting = [path]
    while waiting:
        module = waiting.pop()
        if module in seen or not module.is_file():
            continue
        seen.add(module)
        waiting += [ROOT / f"{name.replace('.', '/')}.py" for name in imported(module)]
    return seen


def test_shared_rooms_know_no_contract() -> None:
    for path in modules():
        if room_of(path) in (
            "engine",
            "transport",
            "crypto",
            "reporting",
            "evidence",
            "proof",
            "doctor",
            "certification",
            "serving",
        ):
            text = path.read_text("utf-8")
            assert "kz_accounts" not in text, path
            assert "KZA-" not in text, path


@pytest.mark.parametrize("path", [*modules(), *sorted((ROOT / "tests").rglob("*.py"))], ids=lambda path: path.name)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_MODULE


def test_nothing_in_git_names_another_place() -> None:
    """The project stands alone: no path of the machine that it was written on, no neighbour folder."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    forbidden = ("/" + "work/", "../" + "shared", "/" + "root/")
    for name in filter(None, files.split("\0")):
        path = ROOT / name
        if path.suffix == ".lock" or not path.is_file():
            continue
        text = path.read_text("utf-8", errors="replace")
        assert not [word for word in forbidden if word in text], name


def test_free_modules_import_nothing_above() -> None:
    for name in FREE:
        targets = {part.split(".")[1] for part in imported(PACKAGE / f"{name}.py") if "." in part}
        assert targets <= {"errors", "transport", *FREE}
