"""The second front door: `pytest --conformance bank.toml` collects one item for each check.

Every pytest session on a machine with this distribution imports this module, so it imports nothing of the suite
before the option is given.
"""

from __future__ import annotations

from typing import Any

import pytest

OPTION = "--conformance"
FRONT = "conformance-front"  # the name of the plugin that does the work
MARKS = "conformance_marks"  # by which name the controller of pytest-xdist gives them to its workers
FUZZ_BUDGETS = ("off", "quick", "standard", "deep")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the front door; the rest of a run is what its configuration says."""
    group = parser.getgroup("conformance", "contract conformance of a running target")
    group.addoption(OPTION, metavar="CONFIG", help="Certify the target in CONFIG: one item for each check.")
    group.addoption("--conformance-report-dir", metavar="DIR", help="Where results go, as with conformance run.")
    group.addoption("--conformance-fuzz", choices=FUZZ_BUDGETS, default="off", help="Drawn requests, one item.")
    group.addoption("--conformance-seed", type=int, default=7, metavar="N", help="The same seed, the same requests.")
    group.addoption(
        "--conformance-yes-production", action="store_true", help="Go on though the target looks like production."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Open the door where it was asked for. Workers of pytest-xdist have no part in the run: there is only one."""
    if config.getoption(OPTION) is None:
        return
    if hasattr(config, "workerinput"):
        for line in config.workerinput[MARKS]:
            config.addinivalue_line("markers", line)
        return
    from conformance.pytest_front import Front

    config.pluginmanager.register(Front(config), FRONT)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker of pytest-xdist chooses among its own tests by -m, in which marks of the run may stand."""
    front = node.config.pluginmanager.getplugin(FRONT)
    if front is not None:
        node.workerinput[MARKS] = front.marks
