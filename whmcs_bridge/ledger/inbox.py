"""Many events in one transaction: what is the same for all of them is asked and written once.

It does for many what ``Store.receive`` does for one. Which keys are taken is asked first; where another process takes
one meanwhile, or one of the events cannot be stored, all of it is undone, and each is stored alone.
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
    """A verified event: what tells it from every other, whose it is, its bytes, and a note for the journal."""

    digest: str
    transaction_id: str
    body: bytes
    note: str


class NotTogether(Exception):
    """One of the events stands in the way of the others. Nothing was changed."""


def event_row(received: Received, now: datetime) -> dict[str, Any]:
    """The event as it is kept."""
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

    None: its payment is locked by somebody else; it is left for later, so that the others do not wait for it. ``blank``
    makes the row of a payment that was never heard of, ``touch_known`` touches those that were. Raises ``NotTogether``.
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
        # By their keys, so that two processes meet in the same order.
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
