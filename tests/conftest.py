"""Fixtures that every test may use: worlds on the three databases, and the rule that CI skips nothing."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Connection, create_engine, text

from tests.databases import DatabaseServer, make_server, missing
from tests.prepared import compile_once
from tests.world import World, make_world
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.schema import metadata

# Sentences for the admin are written in the terminal's language; the tests read the Spanish ones.
os.environ["LC_ALL"] = "C.UTF-8"

# A busy machine is no failure: time is measured by ``make bench``.
hypothesis.settings.register_profile("steady", deadline=None)
hypothesis.settings.load_profile("steady")

compile_once()

# ``make check`` sets it: on SQLite alone, so that an answer comes within a minute.
QUICK = bool(os.environ.get("QUICK"))
DATABASES = ("sqlite",) if QUICK else ("sqlite", "mariadb", "postgresql")


def serve(kind: str) -> Iterator[DatabaseServer]:
    """A private server with an empty database ``bridge``, or a skip that says what to install."""
    if reason := missing(kind):
        pytest.skip(reason)
    server = make_server(kind)
    try:
        server.start()
        create_database(server, "bridge")
        with closing(Database(server.url("bridge"))) as database:
            migrations.upgrade(database)
            server.broom = database
            yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


def create_database(server: DatabaseServer, name: str) -> None:
    """Make an empty database, as the manual tells an admin to."""
    existing, charset = ("mysql", " CHARACTER SET utf8mb4") if server.kind == "mariadb" else ("postgres", "")
    engine = create_engine(server.url(existing), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}{charset}"))
    engine.dispose()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[DatabaseServer]:
    """One MariaDB for all tests."""
    yield from serve("mariadb")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[DatabaseServer]:
    """One PostgreSQL for all tests."""
    yield from serve("postgresql")


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bridge.db'}"
    server: DatabaseServer = request.getfixturevalue(request.param)
    assert server.broom is not None
    server.broom.write(empty)
    return server.url("bridge")


def empty(connection: Connection) -> None:
    """Delete every row."""
    for table in metadata.tables.values():
        connection.execute(table.delete())


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Both sandboxes and the bridge between them, on each of the three databases."""
    with make_world(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def sqlite_world(tmp_path: Path) -> Iterator[World]:
    """The same on SQLite alone, for what has nothing to do with the database, or with SQLite only."""
    with make_world(tmp_path) as made:
        yield made


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what tells nothing new: see the marker ``one_elsewhere``."""
    met, left_out = set[tuple[str, str]](), list[pytest.Item]()
    for item in items:
        if item.get_closest_marker("one_elsewhere") and isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            kind = str(item.callspec.params.get("database_url", "sqlite"))
            of_kind = item.nodeid.partition("[")[0], kind
            if kind != "sqlite" and of_kind in met:
                left_out.append(item)
            met.add(of_kind)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        out = set(left_out)
        items[:] = [item for item in items if item not in out]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What was imported and collected stays: the garbage collector need not look at it, and may come less often than
    after every 700 objects. It took a tenth of all time."""
    gc.disable()
    result = yield
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``REFUSE_SKIPS`` set, a skipped test fails the run: a suite that did not run has shown nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("REFUSE_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
