"""Many events in one transaction, with one statement for all of them where ``Store.receive`` has one for each.

The taken keys are read first. Where another process takes one meanwhile, or one of the events cannot be stored, all of
it is rolled back, and each event is stored alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from whmcs_bridge.ledger.raw_statements import insert_rows, packed, taken_keys
from whmcs_bridge.ledger.schema import events, journal, payments
from whmcs_bridge.ledger.writes import journal_row, lock_payments


@dataclass(frozen=True, slots=True)
class Received:
    """A verified event: its digest, its transaction, its bytes, and a note for the journal."""

    digest: str
    transaction_id: str
    body: bytes
    note: str


class NotTogether(Exception):
    """The events cannot be stored in one transaction. Nothing was changed."""


def event_row(received: Received, now: datetime) -> dict[str, Any]:
    """The event as a row."""
    return {
        "digest": received.digest,
        "transaction_id": received.transaction_id,
        "received_at": now,
        "body": packed(received.body),
    }


def keep_together(
    connection: Connection,
    wanted: Sequence[Received],
    now: datetime,
    blank: Callable[[str, datetime], dict[str, Any]],
    touch_known: Callable[[Sequence[str]], None],
) -> list[bool | None]:
    """Store events and touch their transactions; tell for each event whether it was new.

    None: another transaction has its payment locked; it is left for later, so that the others need not wait. ``blank``
    makes the row of a new payment, ``touch_known`` touches the known ones. Raises ``NotTogether``.
    """
    known = taken_keys(connection, events, [received.digest for received in wanted])
    named = sorted({received.transaction_id for received in wanted if received.digest not in known})
    heard_of = taken_keys(connection, payments, named)
    locked = heard_of - lock_payments(connection, heard_of)
    answers: list[bool | None] = []
    fresh: list[Received] = []
    for received in wanted:
        new = received.digest not in known
        if new and received.transaction_id in locked:
            answers.append(None)
            continue
        answers.append(new)
        if new:
            known.add(received.digest)
            fresh.append(received)
    try:
        # Sorted by key, so that two processes lock in the same order.
        insert_rows(connection, events, sorted((event_row(one, now) for one in fresh), key=itemgetter("digest")))
        first = [name for name in named if name not in heard_of]
        insert_rows(connection, payments, [blank(name, now) for name in first])
        lines = [journal_row(now, "touch", received.note, received.transaction_id, None, None) for received in fresh]
        insert_rows(connection, journal, lines)
    except (IntegrityError, DataError):
        raise NotTogether from None
    if touched := sorted(heard_of - locked):
        touch_known(touched)
    return answers
