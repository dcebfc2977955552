"""What the ledger remembers beside payments and checkouts: events, the journal, and single facts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Select, func, or_, select, union

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.keepable import is_word
from whmcs_bridge.ledger.records import JournalLine, StoredEvent
from whmcs_bridge.ledger.rows import LINES, as_line
from whmcs_bridge.ledger.schema import events, journal, meta, payments

# The longest key of any table.
LONGEST_NAME = 120


class History:
    """Reads it. Each method is one short transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def now(self) -> datetime:
        """The ledger's time, in UTC."""
        return self._clock()

    def events_of(self, transaction_ids: Sequence[str]) -> dict[str, int]:
        """Count the stored events of each transaction; old ones may have been deleted."""
        query = select(events.c.transaction_id, func.count()).where(events.c.transaction_id.in_(transaction_ids))
        counted = query.group_by(events.c.transaction_id)
        return self._database.read(lambda connection: {row[0]: row[1] for row in connection.execute(counted)})

    def stored_events(self, name: str) -> list[StoredEvent]:
        """Find an event by its digest, or all events of a transaction, the oldest first."""
        if not is_word(name, LONGEST_NAME):
            return []
        mine = select(events).where(or_(events.c.digest == name, events.c.transaction_id == name))
        rows = self._database.read(lambda connection: connection.execute(mine).all())
        found = [
            StoredEvent(row.digest, row.transaction_id, row.received_at, zlib.decompress(row.body)) for row in rows
        ]
        return sorted(found, key=lambda event: event.received_at)

    def journal(
        self, *, invoice_id: int | None = None, transaction_id: str | None = None, limit: int | None = None
    ) -> list[JournalLine]:
        """Read the journal of an invoice or a transaction, in order; with ``limit``, its last lines."""
        lines = LINES.add_columns(journal.c.id)
        if transaction_id is not None:
            lines = lines.where(journal.c.transaction_id == transaction_id)
        query: Select[Any] | CompoundSelect[Any] = lines
        if invoice_id is not None:
            of_invoice = payments.c.invoice_id == invoice_id
            # A part's invoice is told what happened to the whole transaction as well.
            ids = [select(name).where(of_invoice) for name in (payments.c.transaction_id, payments.c.part_of)]
            # A union: with OR a database would read the whole journal.
            query = union(
                lines.where(journal.c.invoice_id == invoice_id),
                *(lines.where(journal.c.transaction_id.in_(some)) for some in ids),
            )
        last_first = query.order_by(query.selected_columns.id.desc()).limit(limit)
        found = self._database.read(
            lambda connection: [line for line in map(as_line, connection.execute(last_first)) if line is not None]
        )
        return found[::-1]

    def newest(self) -> tuple[datetime | None, datetime | None]:
        """When the newest event was received, and when the newest payment was first heard of."""

        def work(connection: Connection) -> tuple[datetime | None, datetime | None]:
            found = [
                connection.execute(select(func.max(column))).scalar()
                for column in (events.c.received_at, payments.c.created_at)
            ]
            event, payment = [time if isinstance(time, datetime) else None for time in found]
            return event, payment

        return self._database.read(work)

    def recall(self, name: str) -> str | None:
        """Read one fact."""
        query = select(meta.c.value).where(meta.c.name == name)
        value: str | None = self._database.read(lambda connection: connection.execute(query).scalar())
        return value
