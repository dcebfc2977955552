"""Connections and transactions: which database, how durable, and who may write when. No table is named here.

SQLite (the default): write-ahead log with ``synchronous=FULL``, so that a commit has reached the disk when it returns,
and one writer at a time. Several connections that write at once do not fail on SQLite, they starve each other for
seconds, and before version 3.51.3 two connections that reset the write-ahead log at the same moment could damage it
(https://www.sqlite.org/wal.html#walresetbug). So one writes at a time: a lock on a file beside the database keeps
processes apart, and group commit serves the threads of one process. MariaDB and PostgreSQL: READ COMMITTED, pooled
connections; the server orders the writers and groups their commits.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from whmcs_bridge.ledger.engine.errors import (
    DatabaseUnavailable,
    RowsLocked,
    ValueRefused,
    translate,
    translated,
    worth_repeating,
)
from whmcs_bridge.ledger.engine.group_commit import GroupCommit, Job
from whmcs_bridge.ledger.engine.write_lock import WriteLock

__all__ = ["LOCK_TIMEOUT", "Database", "DatabaseUnavailable", "RowsLocked", "ValueRefused"]

T = TypeVar("T")

# How long a writer waits for another one, in seconds: a backup takes less, and Wompi gives up later than that.
LOCK_TIMEOUT = 5.0
# The server ends a transaction whose client is idle for so many seconds (a frozen process, a lost host). Shorter than
# LOCK_TIMEOUT, so that a writer that waits for its locks still gets them.
_IDLE_TIMEOUT = 4
# How long a server may be silent before the connection counts as lost, in seconds.
_SILENCE = 10
_RETRIES = 3


class _OneFailed(Exception):
    """One of several works that share a transaction has failed."""


class Database:
    """Transactions, and nothing else. ``read`` and ``write`` run one function inside of one transaction each."""

    def __init__(self, url: str) -> None:
        try:
            self._url = make_url(url)
            self.is_sqlite = self._url.get_backend_name() == "sqlite"
            self.engine = create_engine(self._url, **self._options())
        except (ArgumentError, ImportError, TypeError, ValueError) as error:
            raise DatabaseUnavailable(f"the database address cannot be used ({type(error).__name__})") from None
        self._group = GroupCommit(self._carry_out)
        file = self._url.database if self.is_sqlite else None
        self._write_lock = WriteLock(Path(file + ".lock")) if file else None
        # Which file SQLite's connections are open on: its device and its number there.
        self._opened: tuple[int, int] | None = None
        if self.is_sqlite:
            event.listen(self.engine, "do_connect", _make_private)
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "connect", self._note_file)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine, "connect", _prepare_server)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction that only reads. Raises ``DatabaseUnavailable`` or ``ValueRefused``."""
        self._expect_file()
        with translated(), self.engine.connect() as connection, connection.begin():
            return work(connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction; when this returns, its changes are durable.

        Raises ``ValueRefused`` or ``DatabaseUnavailable``. Nothing was changed then, unless the connection was lost
        during the commit: that cannot be known, so every caller can be repeated without harm. A deadlock on a server
        is tried again. On SQLite works of several callers may share one transaction, so ``work`` may run twice, and
        in another caller's thread; its changes are kept once.
        """
        if not self.is_sqlite:
            return self._alone(work)
        (outcome,) = self.write_each([work])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def write_each(self, works: Sequence[Callable[[Connection], T]]) -> list[T | Exception]:
        """Run each of ``works`` as ``write`` does, on SQLite with one wait for the disk for all of them.

        The error that one of them raises stands in the place of its result, and does not concern the others.
        """
        if not self.is_sqlite:
            return self._one_after_the_other(works)
        if not works:
            return []
        job = Job(works)
        if not self._group.run(job, patience=LOCK_TIMEOUT) or len(job.outcomes) != len(works):
            raise DatabaseUnavailable("another writer holds the database")
        return job.outcomes

    def _one_after_the_other(self, works: Sequence[Callable[[Connection], T]]) -> list[T | Exception]:
        """Run each alone. After ``LOCK_TIMEOUT`` the rest fails at once: a server that does not answer would cost each
        of them seconds."""
        outcomes: list[T | Exception] = []
        deadline = time.monotonic() + LOCK_TIMEOUT
        for work in works:
            failed = self._outcome(work)
            outcomes.append(failed)
            if isinstance(failed, DatabaseUnavailable) and time.monotonic() > deadline:
                return [*outcomes, *[failed] * (len(works) - len(outcomes))]
        return outcomes

    def _carry_out(self, jobs: Sequence[Job]) -> None:
        works = [work for job in jobs for work in job.works]
        try:
            outcomes = [self._outcome(works[0])] if len(works) == 1 else self._together(works)
        except _OneFailed:
            # All of it was rolled back. Run alone, each fails or succeeds by itself.
            outcomes = [self._outcome(work) for work in works]
        except Exception as error:  # noqa: BLE001 - raised to those who wait for it
            outcomes = [error] * len(works)
        for job in jobs:
            job.outcomes, outcomes = outcomes[: len(job.works)], outcomes[len(job.works) :]

    def _together(self, works: Sequence[Callable[[Connection], Any]]) -> list[Any]:
        def each(connection: Connection) -> list[Any]:
            try:
                return [work(connection) for work in works]
            except Exception:  # noqa: BLE001 - running each alone shows which one
                raise _OneFailed from None

        return self._alone(each)

    def _outcome(self, work: Callable[[Connection], T]) -> T | Exception:
        try:
            return self._alone(work)
        except Exception as error:  # noqa: BLE001 - its caller raises it
            return error

    def _alone(self, work: Callable[[Connection], T]) -> T:
        for attempt in range(1, _RETRIES + 1):
            try:
                with self._locked():
                    self._expect_file()
                    with self.engine.connect() as plain:
                        connection = plain.execution_options(whmcs_bridge_write=True)
                        with connection.begin():
                            return work(connection)
            except (SQLAlchemyError, OverflowError, UnicodeError) as error:
                if attempt == _RETRIES or not (isinstance(error, DBAPIError) and worth_repeating(error)):
                    raise translate(error) from None
        raise AssertionError("unreachable")

    def server_time(self) -> datetime:
        """The database server's time, in UTC. Not for SQLite, which has no clock of its own."""
        ask = {"postgresql": "SELECT clock_timestamp()"}.get(self._url.get_backend_name(), "SELECT UTC_TIMESTAMP(6)")
        told: datetime = self.read(lambda connection: connection.exec_driver_sql(ask).scalar_one())
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)

    @contextlib.contextmanager
    def exclusively(self) -> Iterator[Engine]:
        """Keep every other process of this database out, for as long as a change of the schema takes."""
        if self.is_sqlite:
            with self._locked():
                yield self.engine
            return
        patient = create_engine(self._url, isolation_level="READ COMMITTED", poolclass=NullPool)
        if self._url.get_backend_name() == "postgresql":
            take, give = "SELECT pg_advisory_lock(746627)", "SELECT pg_advisory_unlock(746627)"
        else:
            take, give = "SELECT GET_LOCK('wompi_bridge', 60)", "SELECT RELEASE_LOCK('wompi_bridge')"
        with translated(), patient.connect() as connection:
            connection.exec_driver_sql(take)
            try:
                yield patient
            finally:
                connection.exec_driver_sql(give)
                connection.rollback()

    def close(self) -> None:
        """Close all connections. SQLite then writes its log into the file, so this holds the write lock."""
        with self._locked():
            self.engine.dispose()
        if self._write_lock is not None:
            self._write_lock.close()

    def _options(self) -> dict[str, Any]:
        if self.is_sqlite:
            return {"connect_args": {"timeout": LOCK_TIMEOUT}, "pool_timeout": LOCK_TIMEOUT}
        arguments: dict[str, Any] = {"connect_timeout": int(LOCK_TIMEOUT)}
        if self._url.get_backend_name() == "postgresql":
            arguments |= {"tcp_user_timeout": _SILENCE * 1000, "keepalives_idle": _SILENCE, "keepalives_interval": 2}
        else:
            arguments |= {"read_timeout": _SILENCE, "write_timeout": _SILENCE}
        return {
            "isolation_level": "READ COMMITTED",
            "pool_pre_ping": True,
            "pool_timeout": LOCK_TIMEOUT,
            "connect_args": arguments,
        }

    def _note_file(self, _connection: Any, _record: Any) -> None:
        if self._opened is None and self._url.database:
            found = Path(self._url.database).stat()
            self._opened = (found.st_dev, found.st_ino)

    def _expect_file(self) -> None:
        """Notice a file that was moved or replaced. SQLite would go on in the old one: its commits would be lost."""
        if self._opened is None or not self._url.database:
            return
        try:
            found = os.stat(self._url.database)  # noqa: PTH116 - a Path costs ten times as much, before each transaction
        except OSError as error:
            self.engine.dispose()
            raise DatabaseUnavailable(f"the database file cannot be found ({error.strerror})") from None
        if (found.st_dev, found.st_ino) != self._opened:
            self._opened = None
            self.engine.dispose()

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext() if self._write_lock is None else self._write_lock.hold(LOCK_TIMEOUT)


def _make_private(_dialect: Any, _record: Any, names: Sequence[str], _parameters: Any) -> None:
    """Create a new file for its owner only, whatever the umask: it holds payers' data. SQLite's log takes its mode."""
    with contextlib.suppress(OSError):  # it exists, or SQLite will say why it cannot be created
        if names[0] and not names[0].startswith((":", "file:")):
            os.close(os.open(names[0], os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # _begin_sqlite begins the transactions, not the driver
    # Text that another program wrote, and that is not UTF-8, must not make the rest of an answer unreadable.
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    cursor = connection.cursor()
    # FULL: a commit waits until the log has reached the disk. Wompi is answered 200 only after that.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={int(LOCK_TIMEOUT * 1000)}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_server(connection: Any, _record: Any) -> None:
    # Neither a wait for a lock nor an idle transaction lasts long.
    cursor = connection.cursor()
    if hasattr(connection, "get_server_info"):
        cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {int(LOCK_TIMEOUT)}")
        if "MariaDB" in connection.get_server_info():
            cursor.execute(f"SET SESSION idle_transaction_timeout = {_IDLE_TIMEOUT}")
    else:
        cursor.execute(f"SET lock_timeout = '{int(LOCK_TIMEOUT)}s'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{_IDLE_TIMEOUT}s'")
        # Wompi is answered 200 only for what is durable, whatever the server's default; stricter settings stay.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.commit()
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("whmcs_bridge_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
