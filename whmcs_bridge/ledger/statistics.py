"""How things stand in the database, in a few bounded and indexed reads: for alarms, ``/readyz`` and ``/metrics``.

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
from whmcs_bridge.ledger.rows import CHECKOUTS, PAYMENTS, as_checkout, as_payment, known, readable
from whmcs_bridge.ledger.schema import checkouts, events, payments
from whmcs_bridge.whmcs.invoice_state import other_rows
from wompi_gateway.models import Status

MOST = 10_000
# The oldest payments are looked at one by one; among so many the one that has waited longest is found.
_OLDEST = 50
# So many payments in review are told apart. More is trouble of another kind.
_IN_REVIEW = 500
_UNBOOKED = (State.DUE, State.POSTING)
# So many rows of each kind are named that cannot be read, or stand in an impossible time.
_NAMED = 100
# Before this was written nothing can have happened: a clock that shows less is wrong.
WRITTEN = datetime(2025, 1, 1, tzinfo=UTC)
# Two clocks of one installation may differ by so much.
CLOCKS_DIFFER = timedelta(minutes=1)
# No payment waits for longer between two looks, and no checkout between two questions.
LONGEST_LOOK, LONGEST_ASKING = timedelta(days=1), timedelta(days=3)
# Larger than any time in milliseconds that is kept.
_NO_MOMENT = 2**62
# What is not settled: its times decide something yet.
OPEN = payments.c.state.in_((State.DUE, State.POSTING, State.REVIEW))


@dataclass(frozen=True, slots=True)
class Held:
    """A payment that waits for a person."""

    transaction_id: str
    invoice_id: int | None


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
    """Later than that. SQLite keeps text in a column of numbers, and takes it for more than any number."""
    return and_(column > moment, type_coerce(column, BigInteger) < _NO_MOMENT)


def impossible(now: datetime) -> list[tuple[ColumnElement[Any], ColumnElement[bool]]]:
    """Times that no right clock has written: further ahead than any rule allows, or from before there was a bridge.

    Each is a name and a condition about one table; an index finds what meets it.
    """
    ahead = now + CLOCKS_DIFFER
    transaction, reference, event = payments.c.transaction_id, checkouts.c.reference, events.c.transaction_id
    return [
        # A text where the time should be is told here: nobody would ever look at it.
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
    """Reads only. Each method raises ``DatabaseUnavailable``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def unbooked_since(self) -> datetime | None:
        """Since when the oldest approved payment waits to be booked; None when none does.

        A payment that could not be read at Wompi yet counts from the first word of it: it may be approved.
        """
        return self._database.read(_unbooked_since)

    def in_review(self) -> list[Held]:
        """List what waits for a person, the newest first."""
        query = select(payments.c.transaction_id, payments.c.invoice_id).where(payments.c.state == State.REVIEW)
        by_time, by_name = payments.c.created_at.desc(), payments.c.transaction_id.desc()
        newest_first = query.order_by(by_time, by_name).limit(_IN_REVIEW)
        return self._database.read(lambda connection: [Held(*row) for row in connection.execute(newest_first)])

    def overdue_since(self) -> datetime | None:
        """Since when the payment that is due longest, and not in doubt, has been due."""
        return self._database.read(self._overdue_since)

    def unreadable(self) -> list[str]:
        """Name payments and checkouts that this version cannot read, or does not know: the first hundred of a kind.

        They hold up nothing, and nobody works on them.
        """
        return self._database.read(_unreadable)

    def impossible_times(self, now: datetime) -> list[str]:
        """Name what a clock that was wrong has left behind and the worker has not mended: the first of each kind."""
        return self._database.read(lambda connection: _impossible_times(connection, now))

    def in_doubt(self, longer_than: timedelta) -> list[Held]:
        """List bookings that have been in doubt for longer than that, of the oldest ones."""
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
        """Name the payments of which WHMCS said, since a time, that they were booked, and has no row."""
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
        sure = (state for state in State if state is not State.POSTING)
        overdue = and_(payments.c.due_at <= self._clock(), known(sure))
        query = PAYMENTS.where(overdue).order_by(payments.c.due_at)
        oldest = next(readable(connection, query, as_payment, at_first=1), None)
        return oldest.due_at if oldest else None


def _unbooked_since(connection: Connection) -> datetime | None:
    perhaps = or_(payments.c.status == Status.APPROVED, payments.c.status == "")
    found: list[datetime] = []
    for state in _UNBOOKED:
        # Walks the index by age and stops early, also when a hundred thousand wait.
        query = PAYMENTS.add_columns(_began()).where(payments.c.state == state, perhaps)
        rows = readable(connection, query.order_by(payments.c.created_at), _as_began, at_first=_OLDEST)
        found += islice(rows, _OLDEST)
    return min(found, default=None)


def _began() -> ColumnElement[datetime]:
    """When the money of a payment was seen, or else when it was first heard of."""
    return func.coalesce(payments.c.approved_at, payments.c.created_at, type_=payments.c.created_at.type)


def _as_began(row: Row[Any]) -> datetime | None:
    return row[-1] if as_payment(row) is not None and isinstance(row[-1], datetime) else None


def _unreadable(connection: Connection) -> list[str]:
    # What lies between the words that this version knows is no word that it knows: found by the index.
    words, column = sorted(State), payments.c.state
    gaps = [column < words[0], column > words[-1]]
    gaps += [and_(column > low, column < high) for low, high in pairwise(words)]
    some = [select(payments.c.transaction_id).where(gap).limit(_NAMED).subquery() for gap in gaps]
    found = list(connection.execute(union_all(*(select(part) for part in some))).scalars())
    # What nobody can work on stays in front.
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
