"""How things stand in the database, in a few bounded and indexed reads: for alarms, ``/readyz`` and ``/metrics``.

Nothing here counts beyond ``MOST``: an exact count of a large backlog takes long, and says no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from whmcs_bridge.clock import Clock
from whmcs_bridge.database import Database
from whmcs_bridge.records import State
from whmcs_bridge.schema import checkouts, events, payments
from wompi_gateway.models import Status

MOST = 10_000
# The oldest payments are looked at one by one; among so many the one that has waited longest is found.
_OLDEST = 50
# So many payments in review are told apart. More is trouble of another kind.
_IN_REVIEW = 500
_UNBOOKED = (State.DUE, State.POSTING)
# So many impossible times are counted in one place: more says no more.
_IMPOSSIBLE = 100
# Before this was written nothing can have happened: a clock that shows less is wrong.
WRITTEN = datetime(2025, 1, 1, tzinfo=UTC)
# Two clocks of one installation may differ by so much.
CLOCKS_DIFFER = timedelta(minutes=1)
# No payment waits for longer between two looks, and no checkout between two questions.
LONGEST_LOOK, LONGEST_ASKING = timedelta(days=1), timedelta(days=3)
# What is not settled: its times decide something yet.
OPEN = payments.c.state.in_((State.DUE, State.POSTING, State.REVIEW))


@dataclass(frozen=True, slots=True)
class Held:
    """A payment that waits for a person."""

    transaction_id: str
    invoice_id: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Numbers up to ``MOST``."""

    payments: dict[State, int]
    """For the states in which a payment waits for something."""
    posted_last_day: int
    open_checkouts: int
    oldest_due: datetime | None
    unbooked_since: datetime | None


def impossible(now: datetime) -> list[ColumnElement[bool]]:
    """Times that no right clock has written: further ahead than any rule allows, or from before there was a bridge.

    Each condition is about one table, and an index finds what meets it.
    """
    ahead = now + CLOCKS_DIFFER
    return [
        payments.c.due_at > ahead + LONGEST_LOOK,
        and_(OPEN, payments.c.created_at > ahead),
        and_(OPEN, or_(payments.c.approved_at > ahead, payments.c.approved_at < WRITTEN)),
        payments.c.created_at < WRITTEN,
        payments.c.posted_at < WRITTEN,
        checkouts.c.ask_at > ahead + LONGEST_ASKING,
        events.c.received_at > ahead,
        events.c.received_at < WRITTEN,
    ]


class Figures:
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

    def impossible_times(self) -> int:
        """Count what a clock that was wrong has left behind and the worker has not mended: about, and up to some
        hundreds."""
        conditions = impossible(self._clock())
        return self._database.read(lambda connection: sum(_count(connection, one, _IMPOSSIBLE) for one in conditions))

    def standing(self) -> Standing:
        """All the numbers, in one transaction."""

        def work(connection: Connection) -> Standing:
            waiting = (State.DUE, State.POSTING, State.REVIEW)
            return Standing(
                payments={state: _count(connection, payments.c.state == state) for state in waiting},
                posted_last_day=_count(connection, payments.c.posted_at >= self._clock() - timedelta(days=1)),
                open_checkouts=_count(connection, checkouts.c.ask_at.is_not(None)),
                oldest_due=self._overdue_since(connection),
                unbooked_since=_unbooked_since(connection),
            )

        return self._database.read(work)

    def _overdue_since(self, connection: Connection) -> datetime | None:
        overdue = and_(payments.c.due_at <= self._clock(), payments.c.state != State.POSTING)
        query = select(payments.c.due_at).where(overdue).order_by(payments.c.due_at).limit(1)
        oldest: datetime | None = connection.execute(query).scalar()
        return oldest


def _unbooked_since(connection: Connection) -> datetime | None:
    perhaps = or_(payments.c.status == Status.APPROVED, payments.c.status == "")
    began = func.coalesce(payments.c.approved_at, payments.c.created_at, type_=payments.c.created_at.type)
    found: list[datetime] = []
    for state in _UNBOOKED:
        # Walks the index by age and stops early, also when a hundred thousand wait.
        query = select(began).where(payments.c.state == state, perhaps).order_by(payments.c.created_at).limit(_OLDEST)
        found += connection.execute(query).scalars()
    return min(found, default=None)


def _count(connection: Connection, condition: ColumnElement[bool], most: int = MOST) -> int:
    some = select(1).where(condition).limit(most).subquery()
    query: Any = select(func.count()).select_from(some)
    return int(connection.execute(query).scalar_one())
