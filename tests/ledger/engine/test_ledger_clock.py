"""The ledger's clock: processes on one database agree about it, and it follows when it is set right."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from whmcs_bridge.bridge import make_ledger_clock
from whmcs_bridge.clock import stopwatch, utc_now
from whmcs_bridge.ledger.engine.database import Database, DatabaseUnavailable
from whmcs_bridge.ledger.engine.ledger_clock import LedgerClock

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Wall:
    """A clock on the wall, which anybody may set, and a stopwatch, which nobody can."""

    def __init__(self) -> None:
        self.shows = NOON
        self.ticks = 1000.0
        self.reads = 0
        self.broken = False

    def read(self) -> datetime:
        self.reads += 1
        if self.broken:
            raise DatabaseUnavailable("gone")
        return self.shows


def test_a_servers_clock_is_read_anew_now_and_then() -> None:
    """So that a stopwatch that runs a little fast or slow does no harm."""
    wall = Wall()
    clock = LedgerClock(wall.read, lambda: wall.ticks)
    wall.ticks += 59
    assert (clock(), wall.reads) == (NOON + timedelta(seconds=59), 1)
    wall.ticks, wall.shows = wall.ticks + 2, NOON + timedelta(seconds=64)
    assert (clock(), wall.reads) == (NOON + timedelta(seconds=64), 2)


@pytest.mark.parametrize(("hours", "told"), [(1, "3600 s"), (-1, "-3600 s"), (0, "")])
def test_T13_a_servers_clock_that_was_set_is_told(caplog: pytest.LogCaptureFixture, hours: int, told: str) -> None:
    """A line in the log says by how much; there is none where it goes as it should."""
    wall = Wall()
    clock = LedgerClock(wall.read, lambda: wall.ticks)
    wall.ticks, wall.shows = wall.ticks + 61, NOON + timedelta(hours=hours, seconds=61)
    with caplog.at_level(logging.WARNING):
        assert clock() == NOON + timedelta(hours=hours, seconds=61)
    assert [record.getMessage().rpartition(" by ")[2] for record in caplog.records] == ([told] if told else [])


def test_T14_on_sqlite_it_is_this_machines(tmp_path: Path) -> None:
    """So that it is right as soon as the machine's is, also for a process that runs since before."""
    with closing(Database(f"sqlite:///{tmp_path / 'bridge.db'}")) as database:
        assert make_ledger_clock(database, stopwatch) is utc_now


def test_a_server_that_does_not_answer_stops_no_clock() -> None:
    """It goes on by the stopwatch."""
    wall = Wall()
    clock = LedgerClock(wall.read, lambda: wall.ticks)
    wall.ticks, wall.broken = wall.ticks + 3600, True
    assert clock() == NOON + timedelta(seconds=3600)


def test_F46_a_database_server_tells_the_time_in_utc(database_url: str) -> None:
    """Within seconds of ours, since it runs on this machine; whatever zone its session has."""
    with closing(Database(database_url)) as database:
        if not database.is_sqlite:
            assert abs(database.server_time() - utc_now()) < timedelta(seconds=5)
