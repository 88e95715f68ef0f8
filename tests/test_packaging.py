"""The suite works the same from a checkout, an editable install and an installed wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Prints where the code came from, how much the register holds, and the digest of the suite.
PROBE = """
import conformance, conformance.data as data
from conformance.contracts import contract
print(conformance.__file__)
print(len(contract("kz-accounts").register), len(contract("kz-accounts").checks))
print(data.suite_digest("kz-accounts"))
"""


def probe(python: str | Path, folder: Path, **environment: str) -> list[str]:
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(python), "-c", PROBE],
        check=False,
        cwd=folder,
        env={**variables, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the code of this checkout says, run from elsewhere."""
    return probe(sys.executable, tmp_path_factory.mktemp("checkout"), PYTHONPATH=str(ROOT))


@pytest.mark.parametrize("options", [(), ("--editable",)], ids=["wheel", "editable"])
def test_an_install_has_the_same_data_and_digest(options: tuple[str, ...], checkout: list[str], tmp_path: Path) -> None:
    """Libraries come from the environment of the tests, so nothing is fetched."""
    home = tmp_path / "venv"
    venv.create(home, system_site_packages=True, with_pip=False)
    python = home / "bin" / "python"
    site = next((home / "lib").glob("python*/site-packages"))
    for folder in filter(lambda name: name.endswith("site-packages"), sys.path):
        (site / "libraries_of_the_tests.pth").write_text(folder + "\n", encoding="utf-8")
    subprocess.run(
        [
            sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps",
            "--no-build-isolation", "--no-index", "--ignore-installed", "--disable-pip-version-check",
            *options, str(ROOT),
        ],
        check=True,
        capture_output=True,
        text=True,
    )  # fmt: skip

    installed = probe(python, tmp_path)

    inside = installed[0].startswith(str(home))
    assert inside if not options else installed[0].startswith(str(ROOT))
    assert installed[1:] == checkout[1:]
