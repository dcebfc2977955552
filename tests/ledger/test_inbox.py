"""Several events at once: each is told for itself, whatever came beside it, on each kind of database."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.world import World, make_world
from whmcs_bridge.ledger import inbox
from whmcs_bridge.ledger.engine import database
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable, RowsLocked
from whmcs_bridge.ledger.inbox import Received

pytestmark = pytest.mark.slow

FIRST = Received("1" * 64, "1-1", b'{"event": 1}', "event PENDING")
SECOND = Received("2" * 64, "1-1", b'{"event": 2}', "event APPROVED")
OTHER = Received("3" * 64, "1-2", b'{"event": 3}', "event APPROVED")


def due(world: World) -> list[str]:
    """Which transactions are due, and how often each was touched, by the journal."""
    return sorted(payment.transaction_id for payment in world.bridge.store.payments())


def touches(world: World, transaction_id: str) -> list[str]:
    """Why it was touched."""
    return [line.detail for line in world.bridge.store.journal(transaction_id=transaction_id) if line.what == "touch"]


def test_each_is_told_whether_it_was_new(world: World) -> None:
    """A duplicate within one delivery is none the less a duplicate; what was stored before is known."""
    store = world.bridge.store
    assert store.receive([OTHER]) == [True]
    assert store.receive([FIRST, FIRST, OTHER, SECOND]) == [True, False, False, True]
    assert store.receive([SECOND, FIRST]) == [False, False]
    assert due(world) == ["1-1", "1-2"]


def test_two_events_about_one_transaction_touch_it_twice(world: World) -> None:
    """The second one says something else, and leaves its line."""
    world.bridge.store.receive([FIRST, OTHER, SECOND])
    assert touches(world, "1-1") == ["event PENDING", "event APPROVED"]
    assert touches(world, "1-2") == ["event APPROVED"]


def test_a_booked_payment_is_due_again_when_events_about_it_come_among_others(world: World) -> None:
    """It is looked at again, as after a single event; what is known of it stays."""
    transaction = world.pay(world.invoice())
    world.event(transaction)
    world.work()
    news = Received("4" * 64, transaction, b"{}", "event VOIDED")
    assert world.bridge.store.receive([FIRST, news]) == [True, True]
    payment = world.bridge.store.payment(transaction)
    assert payment is not None
    assert (payment.state, payment.due_at) == ("posted", world.clock())


def test_one_that_cannot_be_stored_does_not_concern_the_others(world: World) -> None:
    """The others are stored, and the sender of the broken one is told so."""
    nobody: Any = None
    outcomes = world.bridge.store.receive([FIRST, Received("5" * 64, nobody, b"{}", "event"), OTHER])
    assert [outcomes[0], outcomes[2]] == [True, True]
    assert isinstance(outcomes[1], Exception)
    assert due(world) == ["1-1", "1-2"]
    assert touches(world, "1-1") == ["event PENDING"]


def test_they_share_one_transaction_on_sqlite_duplicates_and_all(sqlite_world: World) -> None:
    """One wait for the disk, however many there are, and whatever of them is known."""
    begun: list[None] = []
    engine = sqlite_world.bridge.database.engine
    sqlite_world.bridge.store.receive([OTHER])
    event.listen(engine, "begin", lambda _connection: begun.append(None))
    assert sqlite_world.bridge.store.receive([FIRST, FIRST, OTHER, SECOND]) == [True, False, False, True]
    assert len(begun) == 1


def test_many_are_inserted_with_few_statements_on_sqlite(sqlite_world: World) -> None:
    """Each statement gives Python's lock away, and gets it back when a busy thread has had its turn. A SQLite before
    3.32 binds 999 values at most."""
    executed: list[str] = []

    def observe(connection: sqlite3.Connection, _record: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        connection.set_trace_callback(executed.append)

    engine = sqlite_world.bridge.database.engine
    event.listen(engine, "connect", observe)
    engine.dispose()
    names = [f"1-{number:03}" for number in range(63)]
    wanted = [Received(f"{number:064}", name, b"{}", "event APPROVED") for number, name in enumerate(names)]
    assert sqlite_world.bridge.store.receive(wanted) == [True] * 63
    assert due(sqlite_world) == names
    assert [touches(sqlite_world, name) for name in names] == [["event APPROVED"]] * 63
    assert sum(statement.startswith("INSERT") for statement in executed) <= 18


def test_what_another_process_has_stored_meanwhile_is_known(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It took one of the keys after they were asked for: all is undone, and each is told the truth."""
    assert world.bridge.store.receive([FIRST]) == [True]
    monkeypatch.setattr(inbox, "taken_keys", lambda _connection, _table, _keys: set())
    assert world.bridge.store.receive([OTHER, FIRST, SECOND]) == [True, False, True]
    assert touches(world, "1-1") == ["event PENDING", "event APPROVED"]
    assert due(world) == ["1-1", "1-2"]


@pytest.mark.parametrize("database_url", ["mariadb", "postgresql"], indirect=True)
def test_nobody_waits_for_a_payment_that_somebody_else_has_locked(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An admin's open transaction, or a process that froze: the others are stored, and what is about that one payment
    comes again."""
    monkeypatch.setattr(database, "LOCK_TIMEOUT", 1.0)
    with make_world(tmp_path, database_url) as world:
        store, engine = world.bridge.store, world.bridge.database.engine
        assert store.receive([FIRST, OTHER]) == [True, True]
        news = Received("6" * 64, "1-3", b"{}", "event APPROVED")
        again = Received("7" * 64, "1-2", b"{}", "event VOIDED")
        with engine.connect() as somebody:
            somebody.exec_driver_sql("SELECT 1 FROM payments WHERE transaction_id = '1-1' FOR UPDATE")
            outcomes = store.receive([SECOND, news, again])
        assert outcomes[1:] == [True, True]
        assert isinstance(outcomes[0], RowsLocked)
        assert store.receive([SECOND, news, again]) == [True, False, False]


@pytest.mark.parametrize("database_url", ["mariadb", "postgresql"], indirect=True)
def test_a_server_that_takes_its_time_to_fail_is_asked_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that says nothing costs ten seconds each time: the events behind it are refused without asking again."""
    monkeypatch.setattr(database, "LOCK_TIMEOUT", 0.0)
    tried: list[int] = []

    def fails(number: int) -> None:
        tried.append(number)
        raise DatabaseUnavailable("silent")

    outcomes = world.bridge.database.write_each([lambda _connection, n=n: fails(n) for n in range(3)])  # type: ignore[misc]  # no lambda with a default is inferred
    assert [str(outcome) for outcome in outcomes] == ["silent"] * 3
    assert tried == [0]
