"""Deletes the payer's personal data after ``BRIDGE_KEEP_EVENTS_DAYS``.

Only the inbox holds any: an event's body carries the payer's e-mail, name, telephone and document. It is evidence, and
nothing is decided by it, so it is kept only as long as evidence is needed (Ley 1581 de 2012, on personal data). Ledger,
journal and checkouts name no payer. They stay: they keep a replayed event from being booked again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, select

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.rows import OPEN
from whmcs_bridge.ledger.schema import events, payments

logger = logging.getLogger(__name__)

# So many events are deleted in one transaction: a few milliseconds, for which incoming events wait.
BATCH = 200
_LOOK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Old:
    """How many events are past their time, and how many more are held until their payment is settled."""

    events: int
    held: int


class Retention:
    """Deletes old events, a batch at a time. One instance for each thread."""

    def __init__(self, database: Database, clock: Clock, *, keep_events: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._keep_events = keep_events
        self._next_look: datetime | None = None

    def tidy(self) -> None:
        """Delete one batch, if there is one: for the worker after each round. Seldom costs a query."""
        now = self._clock()
        if self._next_look is not None and timedelta(0) < self._next_look - now <= _LOOK_AGAIN:
            return
        if self.prune() < BATCH:
            self._next_look = now + _LOOK_AGAIN

    def prune(self) -> int:
        """Delete one batch, the oldest first, and return its size; less than ``BATCH``: none are left.

        Raises ``DatabaseUnavailable``.
        """
        query = select(events.c.digest).where(self._old(), ~_held()).order_by(events.c.received_at).limit(BATCH)
        # Read before the write lock is taken, so that it is held for a short time.
        digests = list(self._database.read(lambda connection: connection.execute(query).scalars().all()))
        if digests:
            self._database.write(lambda connection: _delete(connection, digests))
            logger.info("retention: %s events older than %s days deleted", len(digests), self._keep_events.days)
        return len(digests)

    def old(self) -> Old:
        """Count what ``prune`` would delete in all, and what it holds back. Raises ``DatabaseUnavailable``."""
        count = select(func.count()).select_from(events).where(self._old())

        def work(connection: Connection) -> Old:
            held = connection.execute(count.where(_held())).scalar_one()
            return Old(connection.execute(count).scalar_one() - held, held)

        return self._database.read(work)

    def _old(self) -> ColumnElement[bool]:
        return events.c.received_at < self._clock() - self._keep_events


def _held() -> ColumnElement[bool]:
    """An event is kept as evidence until its payment is settled."""
    mine = payments.c.transaction_id == events.c.transaction_id
    return select(payments.c.transaction_id).where(mine, OPEN).exists()


def _delete(connection: Connection, digests: list[str]) -> None:
    if connection.dialect.name == "sqlite":
        # Overwrite what is deleted with zeros, whatever SQLite's build defaults to.
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    connection.execute(delete(events).where(events.c.digest.in_(digests)))
