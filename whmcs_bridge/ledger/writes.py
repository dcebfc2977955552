"""The writes that the steps of the store share. Each works within its caller's transaction."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select, update
from sqlalchemy.exc import IntegrityError

from whmcs_bridge.ledger.keepable import kept
from whmcs_bridge.ledger.raw_statements import has_key, insert_row, locks_rows
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.schema import journal, meta, payments
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages import journal as words

logger = logging.getLogger(__name__)

# Two clocks may drift apart by so much although neither was set.
_DRIFT = timedelta(seconds=5)


def blank_payment(transaction_id: str, now: datetime) -> dict[str, Any]:
    """The row of a payment that was not read at Wompi yet."""
    return {
        "transaction_id": transaction_id,
        "state": State.DUE,
        "reason": "",
        "looks": 0,
        "touched": False,
        "status": "",
        "dismissed": False,
        "created_at": now,
        "due_at": now,
    }


def insert_new(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless its key is taken; tell whether it was new.

    By a savepoint: the drivers disagree on the row count of an insert that may be ignored. On SQLite there is one
    writer, so a look first is as good, and cheaper.
    """
    key = table.primary_key.columns[0]
    if not locks_rows(connection):
        if has_key(connection, table, row[key.name]):
            return False
        insert_row(connection, table, row)
        return True
    try:
        with connection.begin_nested():
            insert_row(connection, table, row)
    except IntegrityError:
        if connection.execute(select(key).where(key == row[key.name])).first() is None:
            raise  # another rule of the table
        return False
    return True


def lock_payment(connection: Connection, transaction_id: str) -> bool:
    """Lock a payment's row on a server; tell whether it was found. False on SQLite, where no rows are locked."""
    if not locks_rows(connection):
        return False
    mine = select(payments.c.transaction_id).where(payments.c.transaction_id == transaction_id)
    return connection.execute(mine.with_for_update()).first() is not None


def lock_payments(connection: Connection, transaction_ids: Collection[str]) -> set[str]:
    """Lock those of these rows that are not locked yet; tell which. On SQLite, with its one writer: all."""
    if not locks_rows(connection) or not transaction_ids:
        return set(transaction_ids)
    name = payments.c.transaction_id
    mine = select(name).where(name.in_(transaction_ids)).order_by(name)
    return set(connection.execute(mine.with_for_update(skip_locked=True)).scalars())


def one_at_a_time(connection: Connection, name: str) -> None:
    """Let transactions of one kind run one after the other: under READ COMMITTED neither sees the other's rows."""
    if not locks_rows(connection):
        return
    lock = select(meta.c.name).where(meta.c.name == name).with_for_update()
    if connection.execute(lock).first() is None:
        insert_new(connection, meta, {"name": name, "value": ""})
        connection.execute(lock)


def keep_fact(connection: Connection, name: str, value: str) -> None:
    """Keep one fact under a name, whatever it was before.

    The update comes first: in MariaDB an insert that meets its key leaves a shared lock, and two transactions that hold
    it and then update deadlock.
    """
    value = kept(value)
    known = update(meta).where(meta.c.name == name).values(value=value)
    if connection.execute(known).rowcount == 0 and not insert_new(connection, meta, {"name": name, "value": value}):
        connection.execute(known)


def put_off(
    connection: Connection,
    row: Any,
    condition: ColumnElement[bool],
    until: datetime,
    wait: str | None,
    now: datetime,
) -> bool:
    """Correct the time until which a payment in doubt waits, if it meets a condition; tell whether it did."""
    name = row.transaction_id
    mine = update(payments).where(payments.c.transaction_id == name, condition).values(due_at=until, wait=wait)
    if connection.execute(mine).rowcount != 1:
        return False
    if abs(until - row.due_at) > _DRIFT:
        at = f"{until:%Y-%m-%d %H:%M:%S} UTC"
        told = bilingual(*words.wait_does_not_fit(at))
        journal_line(connection, now, "clock", told, name, None, None)
        logger.warning("clock: transaction=%s waits until %s: its time did not fit its wait", name, at)
    return True


def journal_line(
    connection: Connection,
    at: datetime,
    what: str,
    detail: str,
    transaction_id: str | None,
    reference: str | None,
    invoice_id: int | None,
) -> None:
    """Write one line of the journal."""
    insert_row(connection, journal, journal_row(at, what, detail, transaction_id, reference, invoice_id))


def journal_row(
    at: datetime, what: str, detail: str, transaction_id: str | None, reference: str | None, invoice_id: int | None
) -> dict[str, Any]:
    """A line of the journal as a row."""
    return {
        "at": at,
        "transaction_id": transaction_id,
        "reference": reference,
        "invoice_id": invoice_id,
        "what": what,
        "detail": kept(detail),
    }
