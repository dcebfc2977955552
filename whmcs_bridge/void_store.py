"""The steps of a void in the database, each one short transaction: intent, outcome, and who is told of success.

``begin`` is the guard that no second void ever reaches Wompi: the row's key is the transaction, and the row stays.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, or_, select, update

from whmcs_bridge.keepable import kept
from whmcs_bridge.reading import Reading
from whmcs_bridge.records import VoidState
from whmcs_bridge.schema import payments, voids
from whmcs_bridge.writing import insert_new, journal_line


class VoidStore(Reading):
    """Remembers voids."""

    def begin(self, transaction_id: str, note: str, *, follow_up: timedelta) -> bool:
        """Commit the intent, before Wompi is called. False when a void was asked for before, by whomever.

        The payment is looked at once more after ``follow_up``, whoever dies.
        """

        def work(connection: Connection) -> bool:
            now = self._clock()
            row = {
                "transaction_id": transaction_id,
                "state": VoidState.ASKED,
                "detail": "",
                "asked_at": now,
                "told_at": None,
            }
            if not insert_new(connection, voids, row):
                return False
            idle = payments.c.transaction_id == transaction_id, payments.c.due_at.is_(None)
            connection.execute(update(payments).where(*idle).values(due_at=now + follow_up, looks=0))
            self._write(connection, transaction_id, f"asked: {note}")
            return True

        return self._database.write(work)

    def end(self, transaction_id: str, state: VoidState, detail: str) -> None:
        """Commit what became of it. What is done stays done."""

        def work(connection: Connection) -> None:
            open_one = voids.c.transaction_id == transaction_id, voids.c.state != VoidState.DONE
            changed = connection.execute(update(voids).where(*open_one).values(state=state, detail=kept(detail)))
            if changed.rowcount == 1:
                self._write(connection, transaction_id, f"{state}: {detail}" if detail else state)

        self._database.write(work)

    def tell(self, transaction_id: str, *, at_most_every: timedelta) -> bool:
        """Let one caller tell WHMCS that the money went back. False when another one was told just now.

        WHMCS records a refund for each success that it hears of.
        """

        def work(connection: Connection) -> bool:
            now = self._clock()
            long_ago = or_(voids.c.told_at.is_(None), voids.c.told_at <= now - at_most_every)
            mine = voids.c.transaction_id == transaction_id, voids.c.state == VoidState.DONE, long_ago
            won = connection.execute(update(voids).where(*mine).values(told_at=now)).rowcount == 1
            if won:
                self._write(connection, transaction_id, "told WHMCS that the money went back")
            return won

        return self._database.write(work)

    def _write(self, connection: Connection, transaction_id: str, detail: str) -> None:
        mine = select(payments.c.reference, payments.c.invoice_id).where(payments.c.transaction_id == transaction_id)
        row = connection.execute(mine).first()
        reference, invoice_id = (row.reference, row.invoice_id) if row else (None, None)
        journal_line(connection, self._clock(), "void", detail, transaction_id, reference, invoice_id)
