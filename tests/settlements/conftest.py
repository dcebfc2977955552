"""Books on each database, and on SQLite alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.settlements.reports import Books, make_books


@pytest.fixture
def all_books(tmp_path: Path, database_url: str) -> Iterator[Books]:
    """On each of the three databases in turn."""
    made = make_books(tmp_path, database_url)
    with closing(made.database):
        yield made


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    """For what has nothing to do with the database."""
    made = make_books(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}")
    with closing(made.database):
        yield made
