"""The connection to the database: which one, how durable, and who may write when. No table is named here.

SQLite (the default): write-ahead log with ``synchronous=FULL``, so that a commit has reached the disk when it returns,
and one writer at a time. Several connections that write at once do not fail on SQLite, they starve each other for
seconds, and before version 3.51.3 two connections that reset the write-ahead log at the same moment could damage it
(https://www.sqlite.org/wal.html#walresetbug): so writers take turns, by a lock on a file beside the database among
processes, and within the process by group commit. MariaDB and PostgreSQL: READ COMMITTED, pooled connections, and the
server orders the writers and groups their commits.
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

from whmcs_bridge.ledger.engine.errors import refuses_a_value, sentence_of, waited_for_a_lock, worth_repeating
from whmcs_bridge.ledger.engine.group_commit import GroupCommit, Job
from whmcs_bridge.ledger.engine.write_lock import NoWriteLock, WriteLock

T = TypeVar("T")

# How long a writer waits for another one, in seconds: a backup takes less, and Wompi gives up later than that.
LOCK_TIMEOUT = 5.0
# A transaction whose process froze, or whose host is cut off, is ended by the server after so many seconds: less than
# LOCK_TIMEOUT, so that who waits for its locks still gets them.
_IDLE_TIMEOUT = 4
# How long a server may be silent before it counts as gone, in seconds.
_SILENCE = 10
_RETRIES = 3


class DatabaseUnavailable(Exception):
    """The database cannot be read or written now; nothing was changed."""


class RowsLocked(DatabaseUnavailable):
    """Somebody else holds a row for longer than we wait; the rest of the database is well."""


class ValueRefused(Exception):
    """The database is well and does not take one of the values: to try again helps nothing, and nobody else is
    concerned. Nothing was changed."""


class _OneFailed(Exception):
    """A work among several has failed."""


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
        with _told(), self.engine.connect() as connection, connection.begin():
            return work(connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction; when this returns, its changes are durable.

        Raises ``ValueRefused``, or ``DatabaseUnavailable``; then nothing of it was changed, unless the server vanished
        within the commit, which nobody can know: every caller can be repeated without harm. A deadlock on a server is
        tried again by itself. On SQLite works of several callers may share one transaction, so ``work`` may run twice,
        and in another caller's thread; its changes are kept once.
        """
        if not self.is_sqlite:
            return self._alone(work)
        (outcome,) = self.write_each([work])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def write_each(self, works: Sequence[Callable[[Connection], T]]) -> list[T | Exception]:
        """Run each of ``works`` as ``write`` does, on SQLite with one wait for the disk for all of them. What one of
        them raises stands in the place of its result, and does not concern the others."""
        if not self.is_sqlite:
            return self._one_after_the_other(works)
        if not works:
            return []
        job = Job(works)
        if not self._group.run(job, patience=LOCK_TIMEOUT) or len(job.outcomes) != len(works):
            raise DatabaseUnavailable("another writer holds the database")
        return job.outcomes

    def _one_after_the_other(self, works: Sequence[Callable[[Connection], T]]) -> list[T | Exception]:
        """A server that is silent, or rows that stay locked, cost seconds each time: those behind do not try it too."""
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
            # All of it was undone. Alone, each of them fails or succeeds for itself.
            outcomes = [self._outcome(work) for work in works]
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait for it
            outcomes = [error] * len(works)
        for job in jobs:
            job.outcomes, outcomes = outcomes[: len(job.works)], outcomes[len(job.works) :]

    def _together(self, works: Sequence[Callable[[Connection], Any]]) -> list[Any]:
        def each(connection: Connection) -> list[Any]:
            try:
                return [work(connection) for work in works]
            except Exception:  # noqa: BLE001 - whichever it was, it is found out by running each alone
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
                with self._turn(), self._writer() as plain:
                    connection = plain.execution_options(whmcs_bridge_write=True)
                    with connection.begin():
                        return work(connection)
            except DBAPIError as error:
                if attempt == _RETRIES or not worth_repeating(error):
                    raise _told_as(error) from None
            except (SQLAlchemyError, OverflowError, UnicodeError) as error:
                raise _told_as(error) from None
        raise AssertionError("unreachable")

    def server_time(self) -> datetime:
        """What o'clock it is at the database server, in UTC. Not for SQLite, which has no clock of its own."""
        ask = {"postgresql": "SELECT clock_timestamp()"}.get(self._url.get_backend_name(), "SELECT UTC_TIMESTAMP(6)")
        told: datetime = self.read(lambda connection: connection.exec_driver_sql(ask).scalar_one())
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)

    @contextlib.contextmanager
    def exclusively(self) -> Iterator[Engine]:
        """Hold every other process of this database off: for changes of the schema, which may take their time."""
        if self.is_sqlite:
            with self._turn():
                yield self.engine
            return
        patient = create_engine(self._url, isolation_level="READ COMMITTED", poolclass=NullPool)
        take, give = {
            "postgresql": ("SELECT pg_advisory_lock(746627)", "SELECT pg_advisory_unlock(746627)"),
        }.get(
            self._url.get_backend_name(), ("SELECT GET_LOCK('wompi_bridge', 60)", "SELECT RELEASE_LOCK('wompi_bridge')")
        )
        with _told(), patient.connect() as connection:
            connection.exec_driver_sql(take)
            try:
                yield patient
            finally:
                connection.exec_driver_sql(give)
                connection.rollback()

    def close(self) -> None:
        """Close all connections. SQLite folds the log into the file then, so it is done in turn."""
        with self._turn():
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

    def _writer(self) -> Connection:
        self._expect_file()
        return self.engine.connect()

    def _note_file(self, _connection: Any, _record: Any) -> None:
        if self._opened is None and self._url.database:
            found = Path(self._url.database).stat()
            self._opened = (found.st_dev, found.st_ino)

    def _expect_file(self) -> None:
        """SQLite goes on in a file that was moved away or replaced, and what it commits there is lost."""
        if self._opened is None or not self._url.database:
            return
        try:
            found = Path(self._url.database).stat()
        except OSError as error:
            self.engine.dispose()
            raise DatabaseUnavailable(f"the database file cannot be found ({error.strerror})") from None
        if (found.st_dev, found.st_ino) != self._opened:
            self._opened = None
            self.engine.dispose()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        if self._write_lock is None:
            yield
            return
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(self._write_lock.hold(LOCK_TIMEOUT))
            except NoWriteLock as error:
                raise DatabaseUnavailable(str(error)) from None
            yield


def _make_private(_dialect: Any, _record: Any, names: Sequence[str], _parameters: Any) -> None:
    """Payers' data is in it: a new file is its owner's alone, whatever the umask says. SQLite's log takes its mode."""
    with contextlib.suppress(OSError):  # it is there, or SQLite will say why it cannot be
        if names[0] and not names[0].startswith((":", "file:")):
            os.close(os.open(names[0], os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, not guessed by the driver
    # A text that was written by other hands and is no UTF-8 must not hide the other rows of an answer.
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    cursor = connection.cursor()
    # FULL: a commit waits until the log has reached the disk. Wompi is answered 200 only after that.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={int(LOCK_TIMEOUT * 1000)}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_server(connection: Any, _record: Any) -> None:
    # Nobody waits for another's locks for long, and nobody holds his for long while he does nothing.
    cursor = connection.cursor()
    if hasattr(connection, "get_server_info"):
        cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {int(LOCK_TIMEOUT)}")
        if "MariaDB" in connection.get_server_info():
            cursor.execute(f"SET SESSION idle_transaction_timeout = {_IDLE_TIMEOUT}")
    else:
        cursor.execute(f"SET lock_timeout = '{int(LOCK_TIMEOUT)}s'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{_IDLE_TIMEOUT}s'")
        # A 200 to Wompi is for good, whatever the server's default is; stricter settings than "on" stay.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.commit()
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("whmcs_bridge_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OverflowError, UnicodeError) as error:
        raise _told_as(error) from None


def _told_as(error: Exception) -> DatabaseUnavailable | ValueRefused:
    """What the caller is told of an error: was it a value, or the database itself?"""
    if refuses_a_value(error):
        # The class alone: the driver's words repeat the value.
        return ValueRefused(f"the database does not take a value ({type(getattr(error, 'orig', error)).__name__})")
    waited = isinstance(error, DBAPIError) and waited_for_a_lock(error)
    return (RowsLocked if waited else DatabaseUnavailable)(sentence_of(error))
