"""Group commit on SQLite: one wait for the disk for all who wait, and each of them answers for itself alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from whmcs_bridge.ledger.engine import database as database_module
from whmcs_bridge.ledger.engine.database import Database, DatabaseUnavailable
from whmcs_bridge.ledger.engine.group_commit import Job

Work = Callable[[Connection], Any]


@dataclass
class Queue:
    """A database whose first writer is held amid its transaction until it is let go; the others wait behind it."""

    database: Database
    pool: ThreadPoolExecutor
    waiting: threading.Semaphore
    begun: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    commits: list[None] = field(default_factory=list)

    def hold(self) -> Future[Any]:
        """The first writer."""

        def held(connection: Connection) -> Any:
            self.begun.set()
            assert self.let_go.wait(10)
            return insert("first")(connection)

        future = self.pool.submit(self.database.write, held)
        assert self.begun.wait(10)
        return future

    def behind(self, work: Work) -> Future[Any]:
        """One more writer, who waits by the time this returns."""
        future = self.pool.submit(self.database.write, work)
        assert self.waiting.acquire(timeout=10)
        return future

    def names(self) -> list[str]:
        """What the table holds, in the order in which it was written."""
        ask = "SELECT name FROM t ORDER BY rowid"
        return list(self.database.read(lambda connection: connection.exec_driver_sql(ask).scalars().all()))


def insert(name: str) -> Work:
    """A work that leaves one row."""

    def work(connection: Connection) -> str:
        connection.exec_driver_sql("INSERT INTO t (name) VALUES (?)", (name,))
        return name

    return work


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """An empty table, and threads enough."""
    waiting = threading.Semaphore(0)
    with closing(Database(f"sqlite:///{tmp_path / 'b.db'}")) as database, ThreadPoolExecutor(8) as pool:
        database.write(lambda connection: connection.exec_driver_sql("CREATE TABLE t (name TEXT UNIQUE)"))
        wait = database._group._wait

        def told(job: Job, patience: float) -> None:
            waiting.release()
            wait(job, patience)

        monkeypatch.setattr(database._group, "_wait", told)
        made = Queue(database, pool, waiting)
        event.listen(database.engine, "commit", lambda _: made.commits.append(None))
        yield made
        made.let_go.set()


class TestTogether:
    def test_all_who_wait_are_committed_at_once_in_their_order(self, queue: Queue) -> None:
        """Six writers, two commits: the first one's own, and one for the five that came meanwhile."""
        first = queue.hold()
        others = [queue.behind(insert(name)) for name in "bcdea"]
        queue.let_go.set()
        assert [future.result(10) for future in (first, *others)] == ["first", "b", "c", "d", "e", "a"]
        assert len(queue.commits) == 2
        assert queue.names() == ["first", "b", "c", "d", "e", "a"]

    def test_one_that_fails_does_not_fail_its_neighbours(self, queue: Queue) -> None:
        """One breaks by itself and one on the database: each hears of it alone, and the others are stored."""
        queue.hold()
        good, broken = queue.behind(insert("good")), queue.behind(lambda _: 1 / 0)
        twice, after = queue.behind(insert("first")), queue.behind(insert("after"))
        queue.let_go.set()
        assert (good.result(10), after.result(10)) == ("good", "after")
        with pytest.raises(ZeroDivisionError):
            broken.result(10)
        with pytest.raises(DatabaseUnavailable):
            twice.result(10)
        assert queue.names() == ["first", "good", "after"]

    def test_a_commit_that_fails_fails_all_that_it_was_for(self, queue: Queue) -> None:
        """Nobody is told that something is stored which is not; and it goes on afterwards."""
        queue.hold()
        others = [queue.behind(insert(name)) for name in "ab"]

        def broken(_connection: Connection) -> None:
            if len(queue.commits) == 2:
                raise DatabaseUnavailable("the disk is broken")

        event.listen(queue.database.engine, "commit", broken)
        queue.let_go.set()
        for other in others:
            with pytest.raises(DatabaseUnavailable, match="the disk is broken"):
                other.result(10)
        assert queue.names() == ["first"]
        assert queue.database.write(insert("c")) == "c"

    def test_works_of_one_caller_share_a_commit_and_keep_their_own_outcome(self, queue: Queue) -> None:
        """What ``write_each`` returns stands in the order of what it was given."""
        stored = queue.database.write_each([insert("a"), insert("b"), insert("a")])
        assert stored[:2] == ["a", "b"]
        assert isinstance(stored[2], DatabaseUnavailable)
        assert queue.names() == ["a", "b"]


class TestWaiting:
    def test_who_has_waited_too_long_is_told_and_nothing_of_it_is_ever_done(
        self, queue: Queue, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The one before it does not end: what is refused now must not be stored later."""
        first = queue.hold()
        monkeypatch.setattr(database_module, "LOCK_TIMEOUT", 0.01)
        with pytest.raises(DatabaseUnavailable):
            queue.behind(insert("late")).result(10)
        queue.let_go.set()
        first.result(10)
        assert queue.database.write(insert("next")) == "next"
        assert queue.names() == ["first", "next"]

    def test_a_leader_that_is_interrupted_leaves_nobody_waiting(self, queue: Queue) -> None:
        """Ctrl-C amid another one's work: that one is told, and the next writer leads."""

        def interrupted(_connection: Connection) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            queue.database.write(interrupted)
        assert queue.database.write(insert("next")) == "next"
        queue.hold()
        others = [queue.behind(interrupted), queue.behind(insert("beside"))]
        queue.let_go.set()
        with pytest.raises(KeyboardInterrupt):
            others[0].result(10)
        with pytest.raises(DatabaseUnavailable):
            others[1].result(10)
        assert queue.database.write(insert("last")) == "last"

    def test_a_waiter_that_is_interrupted_leaves_nobody_waiting(self, queue: Queue) -> None:
        """Ctrl-C while it waits: its work is not done, and those behind it are served."""
        queue.hold()
        group, job = queue.database._group, Job([insert("gone")])

        class Interrupted:
            def acquire(self, *, timeout: float) -> bool:
                assert timeout
                raise KeyboardInterrupt

        job.woken = Interrupted()  # type: ignore[assignment]  # a stand-in
        with pytest.raises(KeyboardInterrupt):
            group.run(job, patience=5)
        assert queue.waiting.acquire(timeout=10)
        behind = queue.behind(insert("behind"))
        queue.let_go.set()
        assert behind.result(10) == "behind"
        assert queue.names() == ["first", "behind"]
