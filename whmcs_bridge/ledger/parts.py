"""A transaction that pays several invoices becomes a payment for each of them: its parts.

What each invoice gets is stored with the checkout (table ``parts``). As soon as a transaction of such a checkout is
read, each part gets a row of ``payments`` with a key of its own, which is what WHMCS knows it by. From then on each is
looked at, booked, proven and settled for itself. The transaction's own row stays, in the state ``split``: it leads to
the parts and is no payment. Parts are found by the column ``part_of``; no key is ever taken apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select, update

from whmcs_bridge.ledger.records import Checkout, Part, Quoted, State
from whmcs_bridge.ledger.rows import CHECKOUTS, PARTS, QUOTES, as_checkout, as_part, as_quoted, readable
from whmcs_bridge.ledger.schema import checkouts, parts, payments, quotes
from whmcs_bridge.ledger.seen import Seen
from whmcs_bridge.ledger.writes import blank_payment, insert_new, journal_line, lock_payment
from wompi_gateway.models import Status

# The width of the column.
_LONGEST_KEY = 120
# A part that begins in review is not looked at before, so that the person's order finds it unclaimed.
_FOR_A_PERSON = timedelta(minutes=10)


def key_of(transaction_id: str, invoice_id: int) -> str:
    """What WHMCS knows a part by."""
    return f"{transaction_id}-{invoice_id}"


def remembered(connection: Connection, reference: str) -> list[Part]:
    """The parts of a checkout for several invoices, in the order in which they are booked; none: it is for one."""
    found = connection.execute(PARTS.where(parts.c.reference == reference).order_by(parts.c.place))
    return [part for part in map(as_part, found) if part is not None]


def quotes_of(connection: Connection, reference: str) -> list[Quoted]:
    """What the invoices of a checkout were quoted at, by their numbers; none: it is in pesos."""
    found = connection.execute(QUOTES.where(quotes.c.reference == reference).order_by(quotes.c.invoice_id))
    return [quoted for quoted in map(as_quoted, found) if quoted is not None]


def shares_of(checkout: Checkout, stored: Sequence[Part]) -> list[tuple[int, int]]:
    """What each invoice gets of a checkout, whose stored parts are given: (invoice, amount in cents)."""
    if not stored:
        return [(checkout.invoice_id, checkout.amount_in_cents)]
    return [(part.invoice_id, part.amount_in_cents) for part in stored]


def newest_checkout(connection: Connection, invoice_ids: Sequence[int]) -> Checkout | None:
    """Find the newest open checkout that holds one of these invoices."""
    return next(iter(checkouts_with(connection, invoice_ids, limit=1, only_open=True)), None)


def checkouts_with(
    connection: Connection, invoice_ids: Sequence[int], *, limit: int, only_open: bool
) -> list[Checkout]:
    """The newest checkouts that hold one of these invoices, alone or with others, the newest first."""
    found: dict[str, Checkout] = {}
    held = select(parts.c.reference).where(parts.c.invoice_id.in_(invoice_ids))
    # Two queries: with OR a database would read every checkout.
    for mine in (checkouts.c.invoice_id.in_(invoice_ids), checkouts.c.reference.in_(held)):
        query = CHECKOUTS.where(mine).order_by(checkouts.c.created_at.desc(), checkouts.c.reference)
        query = query.where(checkouts.c.ask_at.is_not(None)) if only_open else query
        some = islice(readable(connection, query, as_checkout, at_first=limit), limit)
        found |= {checkout.reference: checkout for checkout in some}
    # Sorted twice, as the two orders differ.
    by_name = sorted(found.values(), key=lambda checkout: checkout.reference)
    return sorted(by_name, key=lambda checkout: checkout.created_at, reverse=True)[:limit]


def split(
    connection: Connection,
    transaction_id: str,
    seen: Seen,
    wanted: Mapping[str, Part],
    now: datetime,
    *,
    whole: bool,
    held: Mapping[str, str],
) -> bool:
    """Give each part its row, due now, if it has none yet. ``wanted`` is by key.

    ``whole``: these are all parts, and the transaction's own row becomes ``split``; its claim ends. Those in ``held``
    begin in review, with that sentence. False, and nothing is changed: the transaction was settled as one payment, by a
    person or by a version without parts, or a key is too long or another transaction's.
    """
    others = payments.c.transaction_id.in_(wanted), payments.c.part_of.is_distinct_from(transaction_id)
    taken = connection.execute(select(payments.c.transaction_id).where(*others).limit(1)).first()
    if taken is not None or any(len(key) > _LONGEST_KEY for key in wanted):
        return False
    root = blank_payment(transaction_id, now) | {"state": State.SPLIT, "due_at": None, "reference": seen.reference}
    # Locked before the insert, for the reason in ``keep_fact``.
    known = lock_payment(connection, transaction_id) or not insert_new(connection, payments, root)
    if known:
        mine = payments.c.transaction_id == transaction_id
        columns = payments.c.state, payments.c.ordered, payments.c.posted_at, payments.c.dismissed
        row = connection.execute(select(*columns).where(mine)).one()
        if row.state != State.SPLIT:
            if row.state == State.POSTING or row.ordered or row.posted_at or row.dismissed:
                return False
            if whole:
                _become_split(connection, transaction_id, seen, now)
    else:
        journal_line(connection, now, State.SPLIT, "", transaction_id, seen.reference, None)
    for number, (key, part) in enumerate(wanted.items()):
        precedence = len(wanted) - number
        row_of_part: dict[str, Any] = blank_payment(key, now) | asdict(seen)
        row_of_part |= {
            "invoice_id": part.invoice_id,
            "client_id": part.client_id,
            "amount_in_cents": part.amount_in_cents,
            "part_of": transaction_id,
            "whole_in_cents": seen.amount_in_cents,
            "precedence": precedence,
            # What has been due longest is taken first.
            "due_at": now - timedelta(milliseconds=precedence),
            "approved_at": now if seen.status == Status.APPROVED else None,
        }
        if key in held:
            row_of_part |= {"state": State.REVIEW, "reason": held[key], "due_at": now + _FOR_A_PERSON}
        if insert_new(connection, payments, row_of_part):
            note = f"a part of {transaction_id}"
            journal_line(connection, now, "touch", note, key, seen.reference, part.invoice_id)
            if key in held:
                journal_line(connection, now, State.REVIEW, held[key], key, seen.reference, part.invoice_id)
    return True


def _become_split(connection: Connection, transaction_id: str, seen: Seen, now: datetime) -> None:
    values = {
        "state": State.SPLIT,
        "reason": "",
        "due_at": None,
        "invoice_id": None,
        "reference": seen.reference,
        "claimed_by": None,
        "claimed_until": None,
        "touched": False,
    }
    connection.execute(update(payments).where(payments.c.transaction_id == transaction_id).values(**values))
    journal_line(connection, now, State.SPLIT, "", transaction_id, seen.reference, None)
