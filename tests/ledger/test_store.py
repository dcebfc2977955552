"""The store and the database under it: what is durable, who may write, and that the schema is what the code thinks."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.schema import CreateIndex

from tests.world import START, Hands, World
from tests.writers import touch_many
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine import database as database_module
from whmcs_bridge.ledger.engine.database import Database, DatabaseUnavailable
from whmcs_bridge.ledger.schema import metadata, payments
from whmcs_bridge.ledger.store import Store


class TestTheDatabase:
    def test_a_commit_waits_for_the_disk(self, tmp_path: Path) -> None:
        """Write-ahead log, synchronous FULL (2): a 200 to Wompi survives the loss of power."""
        with closing(Database(f"sqlite:///{tmp_path / 'b.db'}")) as database:
            ask = "SELECT * FROM pragma_synchronous, pragma_journal_mode"
            assert database.read(lambda connection: tuple(connection.execute(text(ask)).one())) == (2, "wal")

    def test_a_new_file_is_its_owner_s_alone(self, tmp_path: Path) -> None:
        """Payers' data is in it, and Passenger's umask lets everybody read: file, log and lock are mode 600."""
        umask = os.umask(0o022)
        try:
            with closing(Database(f"sqlite:///{tmp_path / 'b.db'}")) as database:
                migrations.upgrade(database)
                modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        finally:
            os.umask(umask)
        assert modes == dict.fromkeys(("b.db", "b.db-wal", "b.db-shm", "b.db.lock"), 0o600)

    @pytest.mark.filterwarnings("ignore:.*expression-based index")
    def test_is_upgraded_once_and_matches_what_the_code_thinks(self, tmp_path: Path) -> None:
        """The migrations make exactly the tables of the schema; a second start changes nothing."""
        with closing(Database(f"sqlite:///{tmp_path / 'b.db'}")) as database:
            migrations.upgrade(database)
            migrations.upgrade(database)
            with database.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"compare_type": True})
                assert compare_metadata(context, metadata) == []
                assert context.get_current_revision() == migrations.HEAD
                # What Alembic does not compare: an index of an expression that another one asks for is never used.
                made = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'payments_booked_day'"))
            (index,) = (index for index in payments.indexes if index.name == "payments_booked_day")
            assert made == str(CreateIndex(index).compile(database.engine))

    def test_an_upgrade_that_breaks_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A crash in the middle of the first tables: the next start begins from nothing, and succeeds."""
        with closing(Database(f"sqlite:///{tmp_path / 'b.db'}")) as database:
            index = op.create_index
            monkeypatch.setattr(op, "create_index", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                migrations.upgrade(database)
            monkeypatch.setattr(op, "create_index", index)
            migrations.upgrade(database)

    def test_F32_a_database_that_is_held_by_another_process_is_told_in_time(
        self, sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A backup holds it: an error that is understood, nothing half written, and it goes on afterwards."""
        world = sqlite_world
        transaction = world.pay(world.invoice())
        monkeypatch.setattr(database_module, "LOCK_TIMEOUT", 0.05)
        world.bridge.database.engine.dispose()
        with closing(sqlite3.connect(tmp_path / "bridge.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert world.event(transaction).status_code == 503
            other.execute("ROLLBACK")
        assert world.event(transaction).status_code == 200

    def test_writers_of_several_processes_take_turns(self, tmp_path: Path) -> None:
        """Four processes write at once: nobody fails, nobody's write is lost."""
        url = f"sqlite:///{tmp_path / 'b.db'}"
        with closing(Database(url)) as database:
            migrations.upgrade(database)
            context = multiprocessing.get_context("spawn")
            writers = [context.Process(target=touch_many, args=(url, f"p{number}", 25)) for number in range(4)]
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
            assert [writer.exitcode for writer in writers] == [0] * 4
            assert len(Store(database, Hands()).payments()) == 100

    def test_writers_of_one_process_take_turns(self, world: World) -> None:
        """Threads as well, without one of them being locked out."""

        def write(name: str) -> None:
            for number in range(20):
                world.bridge.store.touch(f"{name}-{number}", "test")

        threads = [threading.Thread(target=write, args=(name,)) for name in "abcdefgh"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(world.bridge.store.payments()) == 160

    @pytest.mark.parametrize(
        "url",
        ["sqlite:////nowhere/at/all/b.db", "postgresql+psycopg://127.0.0.1:1/none", "nonsense", "mysql+nodriver://x/y"],
    )
    def test_an_address_that_cannot_be_used_is_told(self, url: str) -> None:
        """One kind of error, whatever is wrong with it, and no password in it."""
        with pytest.raises(DatabaseUnavailable), closing(Database(url)) as database:
            migrations.upgrade(database)


class TestPaymentsInTheStore:
    def test_ids_are_told_apart_byte_by_byte(self, world: World) -> None:
        """``a`` and ``A`` are two transactions."""
        for name in ("abc-1", "ABC-1"):
            world.bridge.store.touch(name, "test")
        assert len(world.bridge.store.payments()) == 2

    def test_F1_the_one_that_has_waited_longest_comes_first(self, world: World) -> None:
        """A backlog is worked off in the order in which it came."""
        for name in ("first", "second", "third"):
            world.bridge.store.touch(name, "test")
            world.clock.advance(seconds=1)
        claims = [world.bridge.store.claim(timedelta(seconds=60)) for _ in range(4)]
        assert [claim and claim.payment.transaction_id for claim in claims] == ["first", "second", "third", None]

    def test_times_keep_their_milliseconds_and_their_zone(self, world: World) -> None:
        """UTC, to the millisecond, on every database."""
        world.clock.now = START.replace(microsecond=123_000)
        world.bridge.store.touch("t-1", "test")
        payment = world.bridge.store.payment("t-1")
        assert payment is not None
        assert payment.created_at == world.clock.now
        assert payment.created_at.utcoffset() == timedelta(0)

    def test_every_change_of_state_has_its_line(self, world: World) -> None:
        """I8: who reads the journal knows what happened, in order."""
        world.bridge.store.touch("t-1", "event APPROVED")
        world.clock.advance(seconds=1)
        assert [(line.what, line.detail) for line in world.bridge.store.journal(transaction_id="t-1")] == [
            ("touch", "event APPROVED")
        ]
