"""Where the data of the suite lies: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CODE = (".py", ".json", ".html", ".css", ".js", ".j2", ".jinja")


@cache
def specs(contract_id: str) -> Path:
    """The folder `specs/<contract>`."""
    for root in (_PACKAGE / "specs", _PACKAGE.parent / "specs"):
        if (root / contract_id).is_dir():
            return root / contract_id
    raise FileNotFoundError(f"specs/{contract_id} is neither inside the package nor beside it")


def digest_of(*folders: Path) -> str:
    """SHA-256 over names and bytes of all data and code files below the folders, in order of their names."""
    total = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                total.update(f"{folder.name}/{path.relative_to(folder).as_posix()}\0".encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{total.hexdigest()}"


@cache
def suite_digest(contract_id: str) -> str:
    """Digest of the code and of the contract's specs in use; the same in a checkout and in a wheel."""
    total = hashlib.sha256()
    for path in _code():
        total.update(f"{path.relative_to(_PACKAGE).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    total.update(spec_digest(contract_id).encode())
    return f"sha256:{total.hexdigest()}"


def _code() -> list[Path]:
    """Every file of the package that takes part in a verdict or a report; specs/ inside a wheel count as specs."""
    files = (path for path in _PACKAGE.rglob("*") if path.is_file() and path.suffix in _CODE)
    return sorted(path for path in files if _PACKAGE / "specs" not in path.parents)


@cache
def spec_digest(contract_id: str) -> str:
    """Digest of the contract's specs in use."""
    return digest_of(specs(contract_id))
