"""Database servers that keep their promise of durability, and that are killed, frozen and crowded."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import create_database
from tests.databases import DatabaseServer, make_server, missing

NAME = "bridge"
# The same number on both servers; each keeps a few more for its superuser, which the tests are.
CONNECTIONS = 20
_PROMISES = {
    "--innodb-flush-log-at-trx-commit=2": "--innodb-flush-log-at-trx-commit=1",
    "synchronous_commit=off": "synchronous_commit=on",
    "max_connections=200": f"max_connections={CONNECTIONS}",
}


@contextmanager
def durable_server(kind: str) -> Iterator[DatabaseServer]:
    """A private server with an empty database; what it has committed survives its own death."""
    if reason := missing(kind):
        pytest.skip(reason)
    server = make_server(kind)
    server.start_command[:] = [_PROMISES.get(word, word) for word in server.start_command]
    if kind == "mariadb":
        server.start_command.append(f"--max-connections={CONNECTIONS}")
    try:
        server.start()
        create_database(server, NAME)
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


def family(server: DatabaseServer) -> list[int]:
    """The server's process and its children: PostgreSQL has one for each connection."""
    if server.process is None:
        return []
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *map(int, children)]


def kill(server: DatabaseServer) -> None:
    """``kill -9`` the whole server, as a power cut or the kernel's memory killer does."""
    processes = family(server)
    for process in processes[1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    server.kill()


@contextmanager
def frozen(server: DatabaseServer) -> Iterator[None]:
    """The server takes connections and answers nobody."""
    processes = family(server)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
