"""Fixtures that every test may use, and the rule that CI skips nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Both sandboxes and the bridge between them."""
    with make_world(tmp_path) as made:
        yield made


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``REFUSE_SKIPS`` set, a skipped test fails the run: a suite that did not run has shown nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("REFUSE_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
