"""An upgrade with a change of the schema while events arrive: the version before goes on beside the new one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

from tests.conftest import DATABASES, create_database
from tests.world import START, Hands
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine.database import Database, DatabaseUnavailable
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.reports import DayTotal, Reports
from whmcs_bridge.ledger.store import Store

NOW = 1_795_273_445_000
"""``START`` in milliseconds."""

# What version 0.1.0 said to the database, word for word, as its tables were on that day.
CHECKOUT = text(
    "INSERT INTO checkouts (reference, invoice_id, client_id, amount_in_cents, purpose, terms_url, created_at,"
    " expires_at, ask_at, asked) VALUES (:reference, 1042, 77, 5950000, 'pay', 'https://x/', :now, :now, :now, 0)"
)
EVENT = text("INSERT INTO events (digest, transaction_id, received_at, body) VALUES (:digest, :id, :now, :body)")
KNOWN = text("SELECT payments.transaction_id FROM payments WHERE payments.transaction_id = :id")
PAYMENT = text(
    "INSERT INTO payments (transaction_id, state, reason, due_at, looks, touched, status, created_at, dismissed)"
    " VALUES (:id, 'due', '', :now, 0, :no, '', :now, :no)"
)
JOURNAL = text(
    "INSERT INTO journal (at, transaction_id, reference, invoice_id, what, detail)"
    " VALUES (:now, :id, NULL, NULL, 'touch', 'event APPROVED')"
)
CLAIM = text(
    "UPDATE payments SET claimed_by = 'old', claimed_until = :later, touched = :no"
    " WHERE transaction_id = :id AND due_at <= :now AND (claimed_until IS NULL OR claimed_until <= :now)"
)
INTENT = text(
    "UPDATE payments SET state = 'posting', reason = '', due_at = :later, status = 'APPROVED', reference = 'INV1',"
    " invoice_id = 1042, client_id = 77, amount_in_cents = 5950000, currency = 'COP', method = 'CARD',"
    " finalized_at = :now WHERE transaction_id = :id AND claimed_by = 'old' AND claimed_until > :now"
)
SETTLE = text(
    "UPDATE payments SET state = 'posted', reason = '', due_at = NULL, looks = 0, claimed_by = NULL,"
    " claimed_until = NULL, touched = :no, posted_at = :now WHERE transaction_id = :id AND claimed_by = 'old'"
)
READ = text(
    "SELECT transaction_id, state, reason, due_at, looks, status, reference, invoice_id, client_id, amount_in_cents,"
    " currency, method, finalized_at, created_at, posted_at, dismissed FROM payments WHERE transaction_id = :id"
)


@pytest.fixture(params=DATABASES)
def old_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the first tables, as an installation of the first version left it."""
    name = "upgrade"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'bridge.db'}"
    else:
        server = request.getfixturevalue(request.param)
        create_database(server, name)
        url = server.url(name)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with closing(Database(url)) as database, database.exclusively() as engine, engine.connect() as connection:
        config.attributes["connection"] = connection.execution_options(whmcs_bridge_write=True)
        command.upgrade(config, "0001")
    yield url
    if request.param != "sqlite":
        existing = "mysql" if request.param == "mariadb" else "postgres"
        engine = create_engine(server.url(existing), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        engine.dispose()


class OldVersion(threading.Thread):
    """A process of the version before that receives events; what it answered 200 stands in ``acknowledged``."""

    def __init__(self, url: str, name: str, told: threading.Semaphore, stop: threading.Event) -> None:
        super().__init__(name=name)
        self.acknowledged: list[str] = []
        self.refused = 0
        self._url, self._told, self._stop_asked = url, told, stop

    def run(self) -> None:
        """Receive until asked to stop; what is not stored is not acknowledged, and Wompi sends it again."""
        with closing(Database(self._url)) as database:
            number = 0
            while not self._stop_asked.is_set():
                transaction = f"{self.name}-{number}"
                try:
                    database.write(lambda connection, name=transaction: receive(connection, name))  # type: ignore[misc]  # no lambda with a default is inferred
                except DatabaseUnavailable:
                    self.refused += 1
                    self._stop_asked.wait(0.01)
                    continue
                self.acknowledged.append(transaction)
                self._told.release()
                number += 1
                self._stop_asked.wait(0.002)


def receive(connection: Connection, transaction: str) -> None:
    """One event, as the version before stored it."""
    values = {"id": transaction, "digest": f"digest of {transaction}", "now": NOW, "body": b"x", "no": False}
    connection.execute(EVENT, values)
    if connection.execute(KNOWN, values).first() is None:
        connection.execute(PAYMENT, values)
    connection.execute(JOURNAL, values)


def test_F51_no_event_is_lost_and_the_version_before_still_works(old_database: str) -> None:
    """Two processes of the version before receive events while a new one starts and changes the tables: every event
    that was answered 200 is there and due, and afterwards the old statements book a payment to its end."""
    told, stop = threading.Semaphore(0), threading.Event()
    old = [OldVersion(old_database, f"1202{number}-1", told, stop) for number in (1, 2)]
    for thread in old:
        thread.start()
    try:
        assert all(told.acquire(timeout=20) for _ in range(20))
        with closing(Database(old_database)) as database:
            migrations.upgrade(database)
        assert all(told.acquire(timeout=20) for _ in range(20))
    finally:
        stop.set()
        for thread in old:
            thread.join(30)
    acknowledged = {transaction for thread in old for transaction in thread.acknowledged}
    assert len(acknowledged) >= 40
    with closing(Database(old_database)) as database:
        clock = Hands()
        store = Store(database, clock)
        found = {payment.transaction_id: payment for payment in store.payments(state=State.DUE)}
        # One that was stored without an answer is more than was promised, and may be there.
        assert acknowledged <= found.keys()
        assert len(found) <= len(acknowledged) + sum(thread.refused for thread in old)
        events = database.read(lambda connection: connection.scalar(text("SELECT count(*) FROM events")))
        assert events == len(found) == len(store.journal())

        one = min(acknowledged)
        values = {"id": one, "now": NOW, "later": NOW + 60_000, "no": False, "reference": "INV1"}
        for statement in (CLAIM, INTENT, SETTLE):
            changed = database.write(lambda connection, said=statement: connection.execute(said, values).rowcount)  # type: ignore[misc]  # no lambda with a default is inferred
            assert changed == 1
        database.write(lambda connection: connection.execute(CHECKOUT, values))
        row = database.read(lambda connection: connection.execute(READ, values).one())
        payment, checkout = store.payment(one), store.checkout("INV1")
        assert payment is not None
        assert checkout is not None
        assert (row.state, payment.state, payment.invoice_id) == ("posted", "posted", 1042)
        assert (payment.posted_at, checkout.created_at) == (START, START)
        # What the old version books is in the sums of the new one.
        assert Reports(database).received(START.date(), START.date()) == [DayTotal(START.date(), "CARD", 1, 5_950_000)]
        # And the new version takes up what the old one received.
        claim = store.claim(timedelta(minutes=1))
        assert claim is not None
        assert claim.payment.transaction_id in acknowledged - {one}


def test_a_database_that_is_ahead_is_left_alone(old_database: str) -> None:
    """The version before starts again after the upgrade: it takes the newer tables as they are."""
    with closing(Database(old_database)) as database:
        migrations.upgrade(database)
        database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
        migrations.upgrade(database)
        assert database.read(lambda connection: connection.scalar(text("SELECT version_num FROM alembic_version"))) == (
            "9999"
        )
