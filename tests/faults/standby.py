"""A PostgreSQL that takes over: streaming replication, for which each commit waits, and one address for both servers.

https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url

from tests.databases import POSTGRES_PROGRAMS, DatabaseServer, as_account, hand_over
from tests.ports import free_port

_NAME = "standby"
_PATIENCE = 30.0


@contextmanager
def standby_of(primary: DatabaseServer) -> Iterator[DatabaseServer]:
    """A second server that follows the first one; from the moment it is yielded, what the first one has committed is
    on the second one's disk as well."""
    folder = Path(tempfile.mkdtemp(prefix="wompi-bridge-standby-"))
    hand_over(folder, primary.account)
    standby = replace(
        primary,
        folder=folder,
        port=free_port(),
        start_command=[],
        ready_word="ready to accept read-only connections",
        process=None,
        reader=None,
        broom=None,
    )
    changed = {str(primary.port): str(standby.port), str(primary.folder): str(folder)}
    changed[str(primary.folder / "data")] = str(folder / "data")
    standby.start_command += [changed.get(word, word) for word in primary.start_command]
    # The name by which the first one knows it.
    standby.start_command += ["-c", f"cluster_name={_NAME}"]
    try:
        program = max(POSTGRES_PROGRAMS.glob("*/bin/pg_basebackup"))
        source = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres")
        options = (*source, "-D", str(folder / "data"), "--write-recovery-conf", "--checkpoint=fast")
        subprocess.run([program, *options], check=True, capture_output=True, **as_account(primary.account))
        standby.start()
        ask(primary, f"ALTER SYSTEM SET synchronous_standby_names = '{_NAME}'", "SELECT pg_reload_conf()")
        _wait_until(primary, f"SELECT sync_state FROM pg_stat_replication WHERE application_name = '{_NAME}'", "sync")
        yield standby
    finally:
        standby.stop()
        shutil.rmtree(folder, ignore_errors=True)


def address_of(*servers: DatabaseServer, name: str) -> str:
    """One address for all of them: libpq takes the first one that may write.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
    """
    hosts = "&".join(f"host=127.0.0.1:{server.port}" for server in servers)
    return f"postgresql+psycopg://postgres@/{name}?{hosts}&target_session_attrs=read-write"


def promote(standby: DatabaseServer) -> None:
    """Make it the first one."""
    ask(standby, f"SELECT pg_promote(true, {int(_PATIENCE)})")


def ask(server: DatabaseServer, *statements: str) -> object:
    """Carry statements out as the server's superuser; the last one's first value."""
    engine = create_engine(make_url(server.url("postgres")), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        results = [connection.exec_driver_sql(statement) for statement in statements]
        return results[-1].scalar() if results[-1].returns_rows else None


def _wait_until(server: DatabaseServer, question: str, answer: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while ask(server, question) != answer:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{question}: {answer} never came")
        time.sleep(0.02)
