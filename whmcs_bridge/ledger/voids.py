"""The steps of a void in the database, each one short transaction: intent, outcome, and telling WHMCS of success.

``begin`` guards that no second void reaches Wompi: the row's key is the transaction, and the row stays.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select, update

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.keepable import kept
from whmcs_bridge.ledger.queries import Queries
from whmcs_bridge.ledger.records import AskedVoid, VoidState
from whmcs_bridge.ledger.schema import payments, voids
from whmcs_bridge.ledger.waiting import Timer
from whmcs_bridge.ledger.writes import insert_new, journal_line


class VoidTable(Queries):
    """The voids. Each method raises ``DatabaseUnavailable``."""

    def __init__(self, database: Database, clock: Clock, timer: Timer) -> None:
        super().__init__(database, clock)
        self._timer = timer

    def begin(self, transaction_id: str, note: str, *, under_way: timedelta, follow_up: timedelta) -> bool:
        """Commit the intent before Wompi is called. False when a void was asked for before.

        It counts as under way for ``under_way``. The payment is looked at again after ``follow_up``, whatever happens.
        """

        def work(connection: Connection) -> bool:
            now = self._clock()
            row = {
                "transaction_id": transaction_id,
                "state": VoidState.ASKED,
                "detail": "",
                "asked_at": now,
                "told_at": None,
                "wait": self._timer.begin(now, under_way)[1],
            }
            if not insert_new(connection, voids, row):
                return False
            idle = payments.c.transaction_id == transaction_id, payments.c.due_at.is_(None)
            connection.execute(update(payments).where(*idle).values(due_at=now + follow_up, looks=0))
            self._write(connection, transaction_id, f"asked: {note}")
            return True

        return self._database.write(work)

    def is_under_way(self, asked: AskedVoid, *, within: timedelta) -> bool:
        """Tell whether a void that was asked for may still be under way."""
        left = self._timer.left(asked.wait, asked.asked_at + within)
        if left is None:
            left = asked.asked_at + within - self._clock()
        return asked.state is VoidState.ASKED and timedelta(0) < left <= within

    def end(self, transaction_id: str, state: VoidState, detail: str) -> None:
        """Commit the outcome. A void that is done stays done."""

        def work(connection: Connection) -> None:
            open_one = voids.c.transaction_id == transaction_id, voids.c.state != VoidState.DONE
            changed = connection.execute(update(voids).where(*open_one).values(state=state, detail=kept(detail)))
            if changed.rowcount == 1:
                self._write(connection, transaction_id, f"{state}: {detail}" if detail else state)

        self._database.write(work)

    def tell(self, transaction_id: str, *, at_most_every: timedelta) -> bool:
        """Let one caller tell WHMCS that the money went back. False when one has just told it: WHMCS records a refund
        for each success that it is told of."""

        def work(connection: Connection) -> bool:
            now = self._clock()
            mine = voids.c.transaction_id == transaction_id, voids.c.state == VoidState.DONE
            row = connection.execute(select(voids.c.told_at, voids.c.wait).where(*mine).with_for_update()).first()
            if row is None:
                return False
            if row.told_at is not None:
                kept_until = row.told_at + at_most_every
                until, wait = self._timer.judge(row.wait, kept_until, now, at_most_every)
                if until > now:
                    if wait != row.wait:
                        told_at = until - at_most_every
                        connection.execute(update(voids).where(*mine).values(told_at=told_at, wait=wait))
                    return False
            _, wait = self._timer.begin(now, at_most_every)
            connection.execute(update(voids).where(*mine).values(told_at=now, wait=wait))
            self._write(connection, transaction_id, "told WHMCS that the money went back")
            return True

        return self._database.write(work)

    def _write(self, connection: Connection, transaction_id: str, detail: str) -> None:
        mine = select(payments.c.reference, payments.c.invoice_id).where(payments.c.transaction_id == transaction_id)
        row = connection.execute(mine).first()
        reference, invoice_id = (row.reference, row.invoice_id) if row else (None, None)
        journal_line(connection, self._clock(), "void", detail, transaction_id, reference, invoice_id)
