"""Bounded and indexed reads about the state of the ledger, for alarms, ``/readyz`` and ``/metrics``.

Nothing here counts beyond ``MOST``: an exact count of a large backlog takes long, and says no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, and_, func, or_, select, type_coerce, union_all

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.records import SecondPayment, State
from whmcs_bridge.ledger.rows import CHECKOUTS, OPEN, PAYMENTS, as_checkout, as_payment, known, overdue, readable
from whmcs_bridge.ledger.schema import checkouts, events, payments
from whmcs_bridge.whmcs.invoice_state import other_rows
from wompi_gateway.models import Status

MOST = 10_000
# The one that has waited longest is found among so many of the oldest.
_OLDEST = 50
# At most so many payments in review are listed.
_IN_REVIEW = 500
_UNBOOKED = (State.DUE, State.POSTING)
# At most so many rows of each kind of fault are named.
_NAMED = 100
# This was written then: an earlier time comes from a wrong clock.
WRITTEN = datetime(2025, 1, 1, tzinfo=UTC)
# Two clocks of one installation may differ by so much.
CLOCKS_DIFFER = timedelta(minutes=1)
# The longest waits between two looks at a payment, and between two questions about a checkout.
LONGEST_LOOK, LONGEST_ASKING = timedelta(days=1), timedelta(days=3)
# Larger than any stored time in milliseconds.
_NO_MOMENT = 2**62


@dataclass(frozen=True, slots=True)
class Held:
    """A payment that waits for a person."""

    transaction_id: str
    invoice_id: int | None
    client_id: int | None = None
    amount_in_cents: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Numbers up to ``MOST``."""

    payments: dict[State, int]
    """For the states in which a payment waits for something."""
    posted_last_day: int
    open_checkouts: int
    oldest_due: datetime | None
    unbooked_since: datetime | None
    unreadable: int
    impossible_times: int


def after(column: ColumnElement[Any], moment: datetime) -> ColumnElement[bool]:
    """Later than ``moment``. SQLite may hold text in a column of numbers, and sorts it above any number."""
    return and_(column > moment, type_coerce(column, BigInteger) < _NO_MOMENT)


def impossible(now: datetime) -> list[tuple[ColumnElement[Any], ColumnElement[bool]]]:
    """Times that only a wrong clock can have written: further ahead than any rule allows, or before ``WRITTEN``.

    Each is a key and a condition on one table that an index serves.
    """
    ahead = now + CLOCKS_DIFFER
    transaction, reference, event = payments.c.transaction_id, checkouts.c.reference, events.c.transaction_id
    return [
        # This includes text where the time should be: such a row would never come due.
        (transaction, payments.c.due_at > ahead + LONGEST_LOOK),
        (transaction, and_(OPEN, after(payments.c.created_at, ahead))),
        (transaction, and_(OPEN, or_(after(payments.c.approved_at, ahead), payments.c.approved_at < WRITTEN))),
        (transaction, payments.c.created_at < WRITTEN),
        (transaction, payments.c.posted_at < WRITTEN),
        (reference, after(checkouts.c.ask_at, ahead + LONGEST_ASKING)),
        (event, after(events.c.received_at, ahead)),
        (event, events.c.received_at < WRITTEN),
    ]


class LedgerStatistics:
    """The reads. Each method raises ``DatabaseUnavailable``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def unbooked_since(self) -> datetime | None:
        """Since when the oldest approved payment waits to be booked; None when none does.

        A payment that was not read at Wompi yet counts from when it was first heard of: it may be approved.
        """
        return self._database.read(_unbooked_since)

    def in_review(self) -> list[Held]:
        """List what waits for a person, the newest first."""
        query = select(*(payments.c[name] for name in Held.__dataclass_fields__))
        by_time, by_name = payments.c.created_at.desc(), payments.c.transaction_id.desc()
        newest_first = query.where(payments.c.state == State.REVIEW).order_by(by_time, by_name).limit(_IN_REVIEW)
        return self._database.read(lambda connection: [_held(*row) for row in connection.execute(newest_first)])

    def overdue_since(self) -> datetime | None:
        """Since when the payment that has been due longest, and is not in doubt, is due."""
        return self._database.read(self._overdue_since)

    def unreadable(self) -> list[str]:
        """Name the first payments and checkouts that this version cannot read: nobody works on them."""
        return self._database.read(_unreadable)

    def impossible_times(self, now: datetime) -> list[str]:
        """Name the first rows of each kind that hold times of a wrong clock, which the worker has not mended."""
        return self._database.read(lambda connection: _impossible_times(connection, now))

    def in_doubt(self, longer_than: timedelta) -> list[Held]:
        """List those of the oldest bookings that have been in doubt for longer than that."""
        began, columns = _began(), (payments.c.transaction_id, payments.c.invoice_id)
        query = select(*columns, began).where(payments.c.state == State.POSTING)
        oldest = query.order_by(payments.c.created_at).limit(_OLDEST)
        before = self._clock() - longer_than
        rows = self._database.read(lambda connection: connection.execute(oldest).all())
        return [Held(*row[:2]) for row in rows if isinstance(row[2], datetime) and row[2] < before]

    def second_payments(self, since: datetime) -> list[SecondPayment]:
        """List the bookings since a time that went beyond the balance of their invoice, the newest first."""
        names = ("transaction_id", "invoice_id", "amount_in_cents", "surplus_in_cents", "before_try")
        second = and_(payments.c.posted_at >= since, payments.c.surplus_in_cents.is_not(None))
        query = select(*(payments.c[name] for name in names)).where(second).order_by(payments.c.posted_at.desc())
        rows = self._database.read(lambda connection: connection.execute(query.limit(_NAMED)).all())
        return [
            SecondPayment(name, invoice, amount, surplus, tuple(other_rows(before)))
            for name, invoice, amount, surplus, before in rows
            if None not in (invoice, amount)
        ]

    def missing(self, since: datetime) -> list[str]:
        """Name the payments that WHMCS called booked, since a time, without having a row of them."""
        query = select(payments.c.transaction_id).where(payments.c.missing_at >= since)
        newest_first = query.order_by(payments.c.missing_at.desc()).limit(_NAMED)
        return self._database.read(lambda connection: list(connection.execute(newest_first).scalars()))

    def snapshot(self) -> Snapshot:
        """All the numbers, in one transaction."""

        def work(connection: Connection) -> Snapshot:
            waiting = (State.DUE, State.POSTING, State.REVIEW)
            return Snapshot(
                payments={state: _count(connection, payments.c.state == state) for state in waiting},
                posted_last_day=_count(connection, payments.c.posted_at >= self._clock() - timedelta(days=1)),
                open_checkouts=_count(connection, checkouts.c.ask_at.is_not(None)),
                oldest_due=self._overdue_since(connection),
                unbooked_since=_unbooked_since(connection),
                unreadable=len(_unreadable(connection)),
                impossible_times=len(_impossible_times(connection, self._clock())),
            )

        return self._database.read(work)

    def _overdue_since(self, connection: Connection) -> datetime | None:
        query = PAYMENTS.where(overdue(self._clock())).order_by(payments.c.due_at)
        oldest = next(readable(connection, query, as_payment, at_first=1), None)
        return oldest.due_at if oldest else None


def _held(transaction_id: str, invoice_id: Any, client_id: Any, amount_in_cents: Any, reason: Any) -> Held:
    # A value of another kind, which SQLite keeps, must not silence the alarm about its payment.
    invoice, client, amount = (
        value if isinstance(value, int) else None for value in (invoice_id, client_id, amount_in_cents)
    )
    return Held(transaction_id, invoice, client, amount, reason if isinstance(reason, str) else "")


def _unbooked_since(connection: Connection) -> datetime | None:
    perhaps = or_(payments.c.status == Status.APPROVED, payments.c.status == "")
    found: list[datetime] = []
    for state in _UNBOOKED:
        # Reads the index by age and stops early, however many wait.
        query = PAYMENTS.add_columns(_began()).where(payments.c.state == state, perhaps)
        rows = readable(connection, query.order_by(payments.c.created_at), _as_began, at_first=_OLDEST)
        found += islice(rows, _OLDEST)
    return min(found, default=None)


def _began() -> ColumnElement[datetime]:
    """When a payment was first seen approved, or else when it was first heard of."""
    return func.coalesce(payments.c.approved_at, payments.c.created_at, type_=payments.c.created_at.type)


def _as_began(row: Row[Any]) -> datetime | None:
    return row[-1] if as_payment(row) is not None and isinstance(row[-1], datetime) else None


def _unreadable(connection: Connection) -> list[str]:
    # A state between two known ones, in order, is unknown: the index finds it.
    words, column = sorted(State), payments.c.state
    gaps = [column < words[0], column > words[-1]]
    gaps += [and_(column > low, column < high) for low, high in pairwise(words)]
    some = [select(payments.c.transaction_id).where(gap).limit(_NAMED).subquery() for gap in gaps]
    found = list(connection.execute(union_all(*(select(part) for part in some))).scalars())
    # An unreadable row stays at the head of its queue.
    due = PAYMENTS.where(payments.c.due_at.is_not(None), known())
    ask = CHECKOUTS.where(checkouts.c.ask_at.is_not(None))
    for query, read in (
        (due.order_by(payments.c.due_at), as_payment),
        (ask.order_by(checkouts.c.ask_at), as_checkout),
    ):
        found += [str(row[0]) for row in connection.execute(query.limit(_NAMED)) if read(row) is None]
    return found


def _impossible_times(connection: Connection, now: datetime) -> list[str]:
    found: dict[str, None] = {}
    for name, condition in impossible(now):
        found |= dict.fromkeys(connection.execute(select(name).where(condition).limit(_NAMED)).scalars())
    return list(found)


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    some = select(1).where(condition).limit(MOST).subquery()
    query: Any = select(func.count()).select_from(some)
    return int(connection.execute(query).scalar_one())
