"""Mends times that a wrong clock has written to the ledger, so that no wait is longer than its rule.

A clock that was ahead and is set back leaves everything due too late, by the size of the step. Two signs show it: the
ledger's clock is behind the latest time that it is known to have shown, or a stored time is further ahead than any rule
allows. Waiting rows become due, payments in doubt get the rest of their measured wait, and times that ages are counted
from become now. A clock that is set forward needs nothing: what is due too early is looked at once more, and the waits
that guard money are measured by a stopwatch.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select, update

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.heartbeat import HEARTBEAT
from whmcs_bridge.ledger.records import State
from whmcs_bridge.ledger.rows import NOT_POSTING, OPEN, known
from whmcs_bridge.ledger.schema import alarms, checkouts, events, meta, payments, voids
from whmcs_bridge.ledger.statistics import CLOCKS_DIFFER, LONGEST_ASKING, LONGEST_LOOK, WRITTEN, after, impossible
from whmcs_bridge.ledger.waiting import Timer
from whmcs_bridge.ledger.writes import journal_line, keep_fact, put_off
from whmcs_bridge.messages import bilingual
from whmcs_bridge.messages import journal as words

logger = logging.getLogger(__name__)

Change = tuple[Table, ColumnElement[bool], dict[str, datetime | None]]

# The facts: the latest time that the ledger's clock has shown, and when something was last mended.
LATEST, MENDED = "ledger_latest", "times_mended"
# Look every so many seconds, and at once when this process sees a step of the clock.
_EVERY = 10.0
# Store the latest time this often.
_REMEMBER = timedelta(minutes=1)
# At most so many rows at a time.
_MOST = 500
# No alarm waits for longer before the next try to notify.
_LONGEST_TRY = timedelta(minutes=15)


class ImpossibleTimes:
    """For the worker, before each round, and the monitor. Seldom costs a query."""

    def __init__(self, database: Database, clock: Clock, timer: Timer, *, lease: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._timer = timer
        self._lease = lease
        # When it last looked, by the clock and by the stopwatch.
        self._last: tuple[datetime, float] | None = None

    def mend(self) -> int:
        """Mend, and return how many rows were changed. Raises ``DatabaseUnavailable``."""
        now, ticks = self._clock(), self._timer.ticks()
        if self._last is not None:
            passed = ticks - self._last[1]
            stepped = abs((now - self._last[0]).total_seconds() - passed) > CLOCKS_DIFFER.total_seconds()
            if 0 <= passed < _EVERY and not stepped:
                return 0
        latest, found, in_doubt = self._database.read(lambda connection: self._look(connection, now))
        behind = latest is not None and latest > now + CLOCKS_DIFFER
        mended = 0
        if behind or found or in_doubt:
            mended = self._database.write(lambda connection: self._mend(connection, now, in_doubt, behind=behind))
        if latest is None or behind or now - latest >= _REMEMBER:
            self._database.write(lambda connection: self._remember(connection, now, latest if behind else None))
        self._last = (now, ticks)
        if behind and latest is not None:
            logger.warning("clock: it shows %s, and has shown %s before; %s times were mended", now, latest, mended)
        elif mended:
            logger.warning("clock: %s impossible times were mended", mended)
        return mended

    def _remember(self, connection: Connection, now: datetime, behind: datetime | None) -> None:
        keep_fact(connection, LATEST, now.isoformat())
        beat = connection.execute(select(meta.c.value).where(meta.c.name == HEARTBEAT)).scalar()
        if behind is not None and beat is not None:
            # The last heartbeat keeps what was left of it.
            keep_fact(connection, HEARTBEAT, (now + (datetime.fromisoformat(beat) - behind)).isoformat())

    def _look(self, connection: Connection, now: datetime) -> tuple[datetime | None, bool, list[Any]]:
        told = connection.execute(select(meta.c.value).where(meta.c.name == LATEST)).scalar()
        found = any(connection.execute(select(1).where(one).limit(1)).first() for _, one in impossible(now))
        columns = (payments.c.transaction_id, payments.c.due_at, payments.c.wait)
        later = select(*columns).where(payments.c.state == State.POSTING, payments.c.due_at > now)
        rows = connection.execute(later.order_by(payments.c.created_at).limit(_MOST)).all()
        in_doubt = [row for row in rows if self._timer.judge(row.wait, row.due_at, now) != (row.due_at, row.wait)]
        return datetime.fromisoformat(told) if told else None, found, in_doubt

    def _mend(self, connection: Connection, now: datetime, in_doubt: list[Any], *, behind: bool) -> int:
        mended = 0
        for row in in_doubt:
            until, wait = self._timer.judge(row.wait, row.due_at, now)
            kept = and_(payments.c.wait.is_not_distinct_from(row.wait), payments.c.due_at == row.due_at)
            same = and_(payments.c.state == State.POSTING, kept)
            mended += put_off(connection, row, same, until, wait, now)
        mended += self._make_due(connection, now, behind=behind)
        for table, condition, values in _ahead(now, self._lease, behind=behind):
            mended += connection.execute(update(table).where(condition).values(**values)).rowcount
        if mended:
            keep_fact(connection, MENDED, f"{now.isoformat()} {mended}")
        return mended

    def _make_due(self, connection: Connection, now: datetime, *, behind: bool) -> int:
        """Make rows due that wait for longer than they may, with a line in the journal for each."""
        columns = (payments.c.transaction_id, payments.c.reference, payments.c.invoice_id)
        # A row in a state that only a newer version knows stays as it is.
        waiting = known(NOT_POSTING)
        too_late = and_(waiting, after(payments.c.due_at, now + CLOCKS_DIFFER + LONGEST_LOOK))
        for row in connection.execute(select(*columns).where(too_late).limit(_MOST)).all():
            told = bilingual(*words.DUE_TIME_WAS_IMPOSSIBLE)
            journal_line(connection, now, "clock", told, row.transaction_id, row.reference, row.invoice_id)
        later = and_(waiting, after(payments.c.due_at, now)) if behind else too_late
        return int(connection.execute(update(payments).where(later).values(due_at=now)).rowcount)


def _ahead(now: datetime, lease: timedelta, *, behind: bool) -> list[Change]:
    """Other impossible times: the table, the rows, and their new values."""
    ahead = now + CLOCKS_DIFFER
    asked = after(checkouts.c.ask_at, now if behind else ahead + LONGEST_ASKING)
    found: list[Change] = [
        (payments, and_(payments.c.due_at.is_not(None), after(payments.c.claimed_until, ahead + lease)),
         {"claimed_until": now}),
        (checkouts, asked, {"ask_at": now}),
        (alarms, alarms.c.seen_at > ahead, {"seen_at": now}),
        (alarms, alarms.c.told_at > ahead, {"told_at": now}),
        (alarms, alarms.c.try_at > ahead + _LONGEST_TRY, {"try_at": None}),
    ]  # fmt: skip
    if now < WRITTEN:
        return found  # this clock is wrong itself
    ages = (payments.c.created_at, payments.c.approved_at, payments.c.odd_since, payments.c.missing_at)
    found += [(payments, and_(OPEN, or_(after(age, ahead), age < WRITTEN)), {age.name: now}) for age in ages]
    return [
        *found,
        (payments, and_(known(), payments.c.created_at < WRITTEN), {"created_at": now}),
        (payments, and_(known(), payments.c.posted_at < WRITTEN), {"posted_at": now}),
        (checkouts, and_(checkouts.c.ask_at.is_not(None), after(checkouts.c.created_at, ahead)), {"created_at": now}),
        (events, or_(after(events.c.received_at, ahead), events.c.received_at < WRITTEN), {"received_at": now}),
        (voids, after(voids.c.asked_at, ahead), {"asked_at": now}),
        (voids, after(voids.c.told_at, ahead), {"told_at": now}),
        (alarms, or_(alarms.c.since > ahead, alarms.c.since < WRITTEN), {"since": now}),
    ]
