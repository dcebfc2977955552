"""Personal data stays for as long as it may, and not a batch longer; what keeps payments right stays for ever."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from tests.processes import call
from tests.world import World, make_world
from whmcs_bridge.booking.reviews import Settle
from whmcs_bridge.ledger import retention as retention_module
from whmcs_bridge.ledger.schema import events

pytestmark = pytest.mark.slow


def stored(world: World) -> int:
    """How many events the bridge holds."""
    query = select(func.count()).select_from(events)
    return int(world.bridge.database.read(lambda connection: connection.execute(query).scalar_one()))


def booked(world: World) -> tuple[str, bytes]:
    """A payment whose event came and that was booked: its id, and the event's bytes."""
    transaction = world.pay(world.invoice())
    body = world.wompi.event_body(transaction)
    assert world.post_event(body).status_code == 200
    world.work()
    assert world.state(transaction) == "posted"
    return transaction, body


class TestTheWorker:
    def test_deletes_an_event_when_its_sixty_days_are_over(self, world: World) -> None:
        """To the millisecond; the payment and its journal stay."""
        transaction, _ = booked(world)
        lines = len(world.bridge.store.journal(transaction_id=transaction))
        world.clock.advance(days=60)
        world.work()
        assert stored(world) == 1
        world.clock.advance(hours=1)
        world.work()
        assert stored(world) == 0
        assert world.state(transaction) == "posted"
        assert len(world.bridge.store.journal(transaction_id=transaction)) == lines

    def test_A84_a_replay_after_that_books_nothing(self, sqlite_world: World) -> None:
        """The event is new to us again, the payment is not: WHMCS has it once, before and after."""
        world = sqlite_world
        transaction, body = booked(world)
        world.clock.advance(days=61)
        world.work()
        assert stored(world) == 0
        assert world.post_event(body).status_code == 200
        world.work()
        assert (stored(world), world.state(transaction)) == (1, "posted")
        assert len(world.whmcs.booked(transaction)) == 1

    def test_keeps_the_evidence_of_what_is_not_settled(self, world: World) -> None:
        """A payment that waits for a person: its event stays until the person has decided, then it goes."""
        transaction = world.pay(world.invoice())
        world.wompi.amend(transaction, amount_in_cents=4_000_000)
        world.event(transaction)
        world.work()
        assert world.state(transaction) == "review"
        world.clock.advance(days=400)
        world.work()
        assert stored(world) == 1
        outcome = world.bridge.retention.old()
        assert (outcome.events, outcome.held) == (0, 1)
        assert world.bridge.orders.resolve(transaction, Settle.DISMISS, "left") is not None
        assert world.bridge.retention.prune() == 1


class TestInBatches:
    def test_a_round_deletes_one_batch_and_the_oldest_first(
        self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However much there is, an event that comes in waits for a few rows: two, here; five take three rounds."""
        monkeypatch.setattr(retention_module, "BATCH", 2)
        world = sqlite_world
        ids = []
        for _ in range(5):
            ids.append(booked(world)[0])
            world.clock.advance(minutes=1)
        world.clock.advance(days=61)
        left = []
        query = select(events.c.transaction_id).order_by(events.c.received_at)
        for _ in range(3):
            world.work()
            left.append(world.bridge.database.read(lambda connection: connection.execute(query).scalars().all()))
        assert left == [ids[2:], ids[4:], []]

    def test_the_worker_looks_once_an_hour_when_there_is_nothing(self, sqlite_world: World) -> None:
        """A round of the worker is short: what it does not ask costs nothing."""
        world = sqlite_world
        booked(world)
        world.clock.advance(days=60, minutes=-1)
        world.work()
        world.clock.advance(minutes=2)
        world.work()
        assert stored(world) == 1
        world.clock.advance(minutes=58)
        world.work()
        assert stored(world) == 0


class TestGone:
    def test_nothing_of_the_body_is_left_in_the_file(self, tmp_path: Path) -> None:
        """SQLite overwrites what it deletes, also where it was built not to: the compressed body stood in the file."""
        with make_world(tmp_path) as world:
            world.bridge.database.close()
            event.listen(world.bridge.database.engine, "connect", lambda c, _: c.execute("PRAGMA secure_delete = OFF"))
            booked(world)
            query = select(events.c.body)
            packed = world.bridge.database.read(lambda connection: connection.execute(query).scalar_one())
            world.bridge.database.close()
            assert packed in (tmp_path / "bridge.db").read_bytes()
            world.clock.advance(days=61)
            assert world.bridge.retention.prune() == 1
            world.bridge.database.close()
            assert packed[:64] not in (tmp_path / "bridge.db").read_bytes()
            assert not (tmp_path / "bridge.db-wal").exists()

    def test_no_other_table_holds_anything_of_the_payer(self, tmp_path: Path) -> None:
        """Once the event is gone, neither e-mail nor name nor telephone nor document is anywhere in the database."""
        with make_world(tmp_path) as world:
            _, body = booked(world)
            world.clock.advance(days=61)
            world.work()
            transaction = json.loads(body)["data"]["transaction"]
            personal = [transaction["customer_email"], *(transaction.get("customer_data") or {}).values()]
            world.bridge.database.close()
            content = (tmp_path / "bridge.db").read_bytes()
            words = [word for word in personal if isinstance(word, str) and len(word) > 3]
            assert words
            assert not [word for word in words if word.encode() in content]


class TestTheCommand:
    def test_says_first_and_deletes_then(self, sqlite_world: World, tmp_path: Path) -> None:
        """``--dry-run`` changes nothing; without it all of them go at once. Both end with 0."""
        world = sqlite_world
        for _ in range(2):
            booked(world)
        settings = world.settings | {"BRIDGE_KEEP_EVENTS_DAYS": "8"}
        # The process goes by the real time, the world's events by its own.
        with closing(world.bridge.database.engine.connect()) as connection:
            connection.exec_driver_sql("UPDATE events SET received_at = 0")
            connection.commit()
        dry = call("prune", "--dry-run", folder=tmp_path, **settings)
        assert (dry.returncode, dry.stdout) == (0, "Eventos de hace más de 8 días que se borrarían: 2\n")
        assert stored(world) == 2
        done = call("prune", folder=tmp_path, **settings)
        assert (done.returncode, done.stdout) == (0, "Eventos de hace más de 8 días que se borraron: 2\n")
        assert stored(world) == 0
