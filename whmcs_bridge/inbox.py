"""Many events in one transaction: what is the same for all of them is asked and written once.

It does for many what ``Store.receive`` does for one. Which keys are taken is asked first; where another process takes
one meanwhile, or one of the events cannot be stored, all of it is undone, and each is stored alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from whmcs_bridge.schema import events, journal, payments
from whmcs_bridge.statements import insert_rows, packed, taken_keys
from whmcs_bridge.writing import journal_row


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
    touch: Callable[[Received], None],
) -> list[bool]:
    """Store events and touch their transactions; tell for each event whether it was new. Raises ``NotTogether``.

    ``blank`` makes the row of a payment that was never heard of, ``touch`` touches one that was.
    """
    seen = taken_keys(connection, events, [received.digest for received in wanted])
    fresh, answers = [], []
    for received in wanted:
        answers.append(received.digest not in seen)
        if answers[-1]:
            seen.add(received.digest)
            fresh.append(received)
    heard_of = taken_keys(connection, payments, [received.transaction_id for received in fresh])
    first: list[Received] = []
    later: list[Received] = []
    for received in fresh:
        (later if received.transaction_id in heard_of else first).append(received)
        heard_of.add(received.transaction_id)
    try:
        # By their keys, so that two processes meet in the same order.
        insert_rows(connection, events, sorted((event_row(one, now) for one in fresh), key=itemgetter("digest")))
        blanks = (blank(received.transaction_id, now) for received in first)
        insert_rows(connection, payments, sorted(blanks, key=itemgetter("transaction_id")))
        lines = [journal_row(now, "touch", received.note, received.transaction_id, None, None) for received in first]
        insert_rows(connection, journal, lines)
    except (IntegrityError, DataError):
        raise NotTogether from None
    for received in sorted(later, key=attrgetter("transaction_id")):
        touch(received)
    return answers
