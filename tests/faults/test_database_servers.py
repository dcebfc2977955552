"""F36, F38, F39, I7: a database server that dies, that is full of connections, that deadlocks, that says nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from sqlalchemy import Connection, Engine, create_engine, text, update
from sqlalchemy.exc import SQLAlchemyError

from tests.databases import DatabaseServer
from tests.faults import servers
from tests.faults.servers import CONNECTIONS, NAME, durable_server
from tests.faults.stage import Stage, make_stage
from tests.faults.standby import address_of, promote, standby_of
from tests.world import World
from whmcs_bridge.ledger.schema import metadata, payments

# Seconds within which Wompi must have its answer here.
SOON = 6.0
HASTY = {"whmcs_bridge.ledger.engine.database:_SILENCE": 1, "whmcs_bridge.ledger.engine.database:LOCK_TIMEOUT": 1.0}


@pytest.fixture(params=["mariadb", "postgresql"], scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """One durable server of each kind for these tests."""
    with durable_server(request.param) as running:
        yield running


@pytest.fixture
def stage(tmp_path: Path, server: DatabaseServer) -> Iterator[Stage]:
    """An empty database on it, and no connection of the test's own stays open."""
    with make_stage(tmp_path, server.url(NAME)) as made:
        for table in metadata.tables.values():
            made.world.bridge.database.write(lambda connection, table=table: connection.execute(table.delete()))  # type: ignore[misc]  # no lambda with a default is inferred
        yield made


def test_F36_killed_amid_commits_loses_nothing_that_was_acknowledged(stage: Stage, server: DatabaseServer) -> None:
    """Twice the server dies while events come in and bookings go out. What was answered with 200 is there when it
    is back; the rest is sent again; and WHMCS has everything once."""
    transactions = [stage.pay() for _ in range(40)]
    stage.world.bridge.database.close()
    stage.serve()
    waiting = list(transactions)
    acknowledged = threading.Semaphore(0)

    def deliver(transaction: str) -> None:
        if stage.deliver(transaction) == 200:
            acknowledged.release()

    for round_ in range(3):
        with ThreadPoolExecutor(4) as wompi:
            deliveries = [wompi.submit(deliver, transaction) for transaction in waiting]
            if round_ < 2:
                for _ in range(10):
                    assert acknowledged.acquire(timeout=30)
                servers.kill(server)
            for delivery in deliveries:
                delivery.result(60)
        waiting = [transaction for transaction in waiting if transaction not in stage.acknowledged]
        if round_ < 2:
            server.start()
            assert not stage.verdict().unkept
    assert not waiting
    stage.processes[-1].kill()
    stage.finish(*transactions)
    assert stage.verdict().kept, stage.verdict()


def test_a_promoted_standby_has_all_that_was_acknowledged(tmp_path: Path) -> None:
    """PostgreSQL dies for good while events come in and bookings go out, and its synchronous standby takes over at the
    same address: what was answered with 200 is there, the rest is sent again, and WHMCS has everything once."""
    with ExitStack() as stack:
        primary = stack.enter_context(durable_server("postgresql"))
        standby = stack.enter_context(standby_of(primary))
        stage = stack.enter_context(make_stage(tmp_path, address_of(primary, standby, name=NAME)))
        transactions = [stage.pay() for _ in range(24)]
        stage.serve()
        acknowledged = threading.Semaphore(0)

        def deliver(transaction: str) -> None:
            if stage.deliver(transaction) == 200:
                acknowledged.release()

        with ThreadPoolExecutor(4) as wompi:
            deliveries = [wompi.submit(deliver, transaction) for transaction in transactions]
            for _ in range(8):
                assert acknowledged.acquire(timeout=30)
            servers.kill(primary)
            promote(standby)
            for delivery in deliveries:
                delivery.result(60)
        assert not stage.verdict().unkept
        for transaction in transactions:
            assert transaction in stage.acknowledged or stage.deliver(transaction) == 200
        stage.processes[-1].kill()
        stage.finish(*transactions)
        assert stage.verdict().kept, stage.verdict()


def test_F39_too_many_connections_is_503_at_once(stage: Stage, server: DatabaseServer) -> None:
    """Others have taken every connection, ours as well: 503 within a moment, and 200 when there is room again."""
    first, second = stage.pay(), stage.pay()
    stage.world.bridge.database.close()
    stage.serve("--no-worker")
    assert stage.deliver(first) == 200
    engine = create_engine(server.url("mysql" if server.kind == "mariadb" else "postgres"), pool_size=0)
    with ExitStack() as crowd:
        crowd.callback(engine.dispose)
        _crowd(engine, server.kind, crowd)
        began = time.monotonic()
        assert stage.deliver(second) == 503
        assert time.monotonic() - began < SOON
    assert stage.deliver(second) == 200
    stage.processes[-1].kill()
    stage.finish(first, second)
    assert stage.verdict().kept, stage.verdict()


def _crowd(engine: Engine, kind: str, crowd: ExitStack) -> None:
    """Take every connection there is; end the bridge's own, and take theirs as well."""
    mine: list[Connection] = []

    def fill() -> None:
        while True:
            try:
                mine.append(crowd.enter_context(engine.connect()))
            except SQLAlchemyError:
                return

    fill()
    if kind == "mariadb":
        others = f"SELECT CONCAT('KILL ', id) FROM information_schema.processlist WHERE db = '{NAME}'"
        for (statement,) in mine[0].execute(text(others)).all():
            mine[0].execute(text(statement))
    else:
        others = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{NAME}'"
        mine[0].execute(text(others))
    # MariaDB keeps one more for its superuser. What it has killed gives its place back a moment later.
    enough, patience = CONNECTIONS + (kind == "mariadb"), time.monotonic() + SOON
    while len(mine) < enough and time.monotonic() < patience:
        fill()
    assert len(mine) >= enough


def test_I7_a_server_that_says_nothing_gets_no_200(stage: Stage, server: DatabaseServer) -> None:
    """It takes connections and never answers: MariaDB's driver gives up, and it is 503. PostgreSQL's cannot as long as
    the machine itself acknowledges what it is sent: Wompi gives up. Afterwards the same process goes on."""
    transaction = stage.pay()
    stage.world.bridge.database.close()
    stage.serve("--no-worker", changes=HASTY)
    body, headers = stage.world.wompi.event_body(transaction), {"Content-Type": "application/json"}
    with servers.frozen(server):
        try:
            answer = requests.post(stage.address("/webhooks/wompi"), data=body, headers=headers, timeout=SOON)
            assert answer.status_code == 503
        except requests.Timeout:
            assert server.kind == "postgresql"
    assert stage.deliver(transaction) == 200
    stage.processes[-1].kill()
    stage.finish(transaction)
    assert stage.verdict().kept, stage.verdict()


@pytest.mark.parametrize("database_url", ["mariadb", "postgresql"], indirect=True)
def test_F38_a_deadlock_is_tried_again_by_itself(world: World) -> None:
    """Two transactions take two rows in opposite order; the server ends one of them, and both have their way.

    The one that is tried again may take its first row before the other one was woken, and be ended once more.
    """
    first, second = world.pay(world.invoice()), world.pay(world.invoice())
    for transaction in (first, second):
        world.event(transaction)
    together = threading.Barrier(2, timeout=20)
    tries: list[str] = []

    def in_order(*order: str) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            again = order[0] in tries
            tries.append(order[0])
            for transaction in order:
                wanted = update(payments).where(payments.c.transaction_id == transaction)
                connection.execute(wanted.values(looks=payments.c.looks + 1))
                if not again and transaction == order[0]:
                    together.wait()

        return work

    with ThreadPoolExecutor(2) as both:
        write = world.bridge.database.write
        for done in [both.submit(write, in_order(first, second)), both.submit(write, in_order(second, first))]:
            done.result(30)
    assert len(tries) > 2
    assert [payment.looks for payment in world.bridge.store.payments()] == [2, 2]
