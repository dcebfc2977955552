"""Stages on the three databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.stage import Stage, make_stage


@pytest.fixture
def stage(tmp_path: Path, database_url: str) -> Iterator[Stage]:
    """On each of the three databases."""
    with make_stage(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def sqlite_stage(tmp_path: Path) -> Iterator[Stage]:
    """On SQLite alone."""
    with make_stage(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}") as made:
        yield made
