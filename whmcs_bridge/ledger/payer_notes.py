"""What payers have told under "Ya pagué": the number of a payment that was not found. Read by the admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.raw_statements import insert_row
from whmcs_bridge.ledger.schema import payer_notes
from whmcs_bridge.ledger.writes import journal_line, one_at_a_time

# Anybody with a link to the invoice may leave one.
MOST_OF_AN_INVOICE = 5
# By then the payment was found, or somebody has asked the payer.
_KEPT = timedelta(days=90)

_NOTES = select(payer_notes.c.invoice_id, payer_notes.c.number, payer_notes.c.client_id, payer_notes.c.noted_at)


@dataclass(frozen=True, slots=True)
class PayerNote:
    """One number, and when it was told. ``client_id`` is the client of the link."""

    invoice_id: int
    number: str
    client_id: int
    noted_at: datetime


class PayerNoteTable:
    """Keeps each for 90 days. Every method raises ``DatabaseUnavailable``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def leave(self, invoice_id: int, client_id: int, number: str) -> bool:
        """Keep a number. False when the invoice has too many others; one that is there already stays as it is."""

        def work(connection: Connection) -> bool:
            one_at_a_time(connection, "turn_to_leave_a_note")
            now, mine = self._clock(), payer_notes.c.invoice_id == invoice_id
            connection.execute(delete(payer_notes).where(payer_notes.c.noted_at < now - _KEPT))
            same = select(payer_notes.c.number).where(mine, payer_notes.c.number == number)
            if connection.execute(same).first() is not None:
                return True
            count = select(func.count()).select_from(payer_notes).where(mine)
            if connection.execute(count).scalar_one() >= MOST_OF_AN_INVOICE:
                return False
            row = {"invoice_id": invoice_id, "number": number, "client_id": client_id, "noted_at": now}
            insert_row(connection, payer_notes, row)
            journal_line(connection, now, "note", number, None, None, invoice_id)
            return True

        return self._database.write(work)

    def since(self, moment: datetime, *, limit: int) -> list[PayerNote]:
        """List those that were left since a time, the newest first."""
        query = _NOTES.where(payer_notes.c.noted_at >= moment).order_by(payer_notes.c.noted_at.desc()).limit(limit)
        return self._database.read(lambda connection: [PayerNote(*row) for row in connection.execute(query)])
