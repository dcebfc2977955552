"""How long the payer's personal data stays: ``BRIDGE_KEEP_EVENTS_DAYS``, then it is deleted.

Only the inbox holds any: an event's body carries the payer's e-mail, name, telephone and document. It is evidence for a
while, and nothing is ever decided by it: kept for as long as that purpose needs it, and no longer (Ley 1581 de 2012, on
personal data). Ledger, journal and checkouts hold numbers and no payer; they stay, and they are what keeps a replayed
event from being booked again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.schema import events, payments

logger = logging.getLogger(__name__)

# So many events are deleted in one transaction: a few milliseconds, for which an event that comes in waits.
BATCH = 200
# When nothing was left, look again then.
_LOOK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Old:
    """How many events are older than they may become, and how many of them wait for their payment to be settled."""

    events: int
    held: int


class Retention:
    """Deletes the events whose time is up, a batch at a time. One instance for each thread."""

    def __init__(self, database: Database, clock: Clock, *, keep_events: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._keep_events = keep_events
        self._next_look: datetime | None = None

    def tidy(self) -> None:
        """Delete one batch, if there is one: the worker's call after each round, which seldom costs a question."""
        now = self._clock()
        if self._next_look is not None and timedelta(0) < self._next_look - now <= _LOOK_AGAIN:
            return
        if self.prune() < BATCH:
            self._next_look = now + _LOOK_AGAIN

    def prune(self) -> int:
        """Delete one batch, the oldest first, and return how many events it was; less than ``BATCH`` is the end.

        Raises ``DatabaseUnavailable``.
        """
        query = select(events.c.digest).where(self._old(), ~_held()).order_by(events.c.received_at).limit(BATCH)
        # Looked for outside of the writer's turn, so that the turn is short.
        digests = list(self._database.read(lambda connection: connection.execute(query).scalars().all()))
        if digests:
            self._database.write(lambda connection: _delete(connection, digests))
            logger.info("retention: %s events older than %s days deleted", len(digests), self._keep_events.days)
        return len(digests)

    def old(self) -> Old:
        """Count what ``prune`` would delete in the end, and what it keeps back. Raises ``DatabaseUnavailable``."""
        count = select(func.count()).select_from(events).where(self._old())

        def work(connection: Connection) -> Old:
            held = connection.execute(count.where(_held())).scalar_one()
            return Old(connection.execute(count).scalar_one() - held, held)

        return self._database.read(work)

    def _old(self) -> ColumnElement[bool]:
        return events.c.received_at < self._clock() - self._keep_events


def _held() -> ColumnElement[bool]:
    """An event is evidence for as long as its payment is not settled."""
    # Named one by one: what is not settled is little, and an index finds it.
    open_ones = payments.c.state.in_((State.DUE, State.POSTING, State.REVIEW))
    mine = payments.c.transaction_id == events.c.transaction_id
    return select(payments.c.transaction_id).where(and_(mine, open_ones)).exists()


def _delete(connection: Connection, digests: list[str]) -> None:
    if connection.dialect.name == "sqlite":
        # Deleted means overwritten with zeros: how SQLite was built decides otherwise.
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    connection.execute(delete(events).where(events.c.digest.in_(digests)))
