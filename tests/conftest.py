"""Fixtures that several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from conformance.reporting import coverage as coverage_module
from conformance.reporting import results as results_module

# A busy machine is no fault of what is tested, and a test says the same each time.
settings.register_profile("any machine", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture
def specs_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of the contract's specs, so that a test sees only what it writes there."""
    folder = tmp_path_factory.mktemp("specs")
    for module in (results_module, coverage_module):
        monkeypatch.setattr(module, "specs", lambda contract_id: folder)
    return folder
