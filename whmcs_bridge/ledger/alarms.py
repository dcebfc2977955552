"""The alarms. Each step is a compare-and-swap: of several processes on one database one raises an alarm, and one
notifies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.keepable import kept
from whmcs_bridge.ledger.schema import alarms
from whmcs_bridge.ledger.writes import insert_new


@dataclass(frozen=True, slots=True)
class Alarm:
    """One cause of an alarm, on or over."""

    name: str
    sentence: str
    subjects: tuple[str, ...]
    since: datetime
    seen_at: datetime
    ended_at: datetime | None
    told_at: datetime | None
    try_at: datetime | None

    @property
    def on(self) -> bool:
        """Whether it is not over."""
        return self.ended_at is None


class AlarmTable:
    """One row for each cause. Every method raises ``DatabaseUnavailable``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def alarms(self) -> dict[str, Alarm]:
        """Read every row, by name."""
        columns = [alarms.c[name] for name in Alarm.__dataclass_fields__]

        def work(connection: Connection) -> dict[str, Alarm]:
            found = (_alarm(row._asdict()) for row in connection.execute(select(*columns)))
            return {alarm.name: alarm for alarm in found if alarm is not None}

        return self._database.read(work)

    def ring(self, name: str, sentence: str, subjects: Sequence[str]) -> bool:
        """Raise an alarm. False when another process has raised it already.

        It replaces an earlier one of this name that is over, notified or not: the new one says the same.
        """

        def work(connection: Connection) -> bool:
            now = self._clock()
            begun = {"sentence": kept(sentence), "subjects": json.dumps(subjects), "since": now, "seen_at": now}
            begun |= {"ended_at": None, "told_at": None, "try_at": None}
            over = and_(alarms.c.name == name, alarms.c.ended_at.is_not(None))
            if connection.execute(update(alarms).where(over).values(**begun)).rowcount == 1:
                return True
            return insert_new(connection, alarms, {"name": name, **begun})

        return self._database.write(work)

    def still(self, alarm: Alarm, *, sentence: str, subjects: Sequence[str], again: bool) -> bool:
        """Note that the cause was seen now; ``again``: with news that a person must be told. False: another process
        was first."""
        values: dict[str, Any] = {"seen_at": self._clock()}
        if again or tuple(subjects) != alarm.subjects:
            values |= {"subjects": json.dumps(subjects), "sentence": kept(sentence)}
        if again:
            values |= {"told_at": None, "try_at": None}
        same = and_(alarms.c.subjects == json.dumps(alarm.subjects), _not_told_since(alarm))
        return self._change(alarm, values, and_(same, alarms.c.ended_at.is_(None)))

    def end(self, alarm: Alarm) -> bool:
        """Note that the cause is gone. False when it was seen again meanwhile, or another process has ended it."""
        same = and_(alarms.c.seen_at == alarm.seen_at, alarms.c.ended_at.is_(None))
        return self._change(alarm, {"ended_at": self._clock()}, same)

    def take(self, alarm: Alarm, for_: timedelta) -> bool:
        """Reserve the right to notify, for a while. False when another process has it, or has notified already."""
        now = self._clock()
        free = or_(alarms.c.try_at.is_(None), alarms.c.try_at <= now)
        return self._change(alarm, {"try_at": now + for_}, and_(free, _not_told_since(alarm)))

    def told(self, alarm: Alarm) -> None:
        """Note that a person was notified."""
        values = {"told_at": self._clock(), "try_at": None}
        # Not when it was raised anew meanwhile: that is another alarm.
        self._change(alarm, values, alarms.c.since == alarm.since)

    def put_off(self, until: datetime) -> None:
        """Notify of none before then: no channel works now."""
        values = update(alarms).where(or_(alarms.c.try_at.is_(None), alarms.c.try_at < until)).values(try_at=until)
        self._database.write(lambda connection: connection.execute(values))

    def _change(self, alarm: Alarm, values: dict[str, Any], condition: ColumnElement[bool]) -> bool:
        changed = update(alarms).where(alarms.c.name == alarm.name, condition).values(**values)
        return self._database.write(lambda connection: connection.execute(changed).rowcount == 1)


def _not_told_since(alarm: Alarm) -> ColumnElement[bool]:
    return alarms.c.told_at.is_not_distinct_from(alarm.told_at)


def _alarm(fields: dict[str, Any]) -> Alarm | None:
    """None: a row that this version cannot read."""
    times = ("since", "seen_at", "ended_at", "told_at", "try_at")
    try:
        subjects = tuple(map(str, json.loads(fields["subjects"])))
    except (TypeError, ValueError):
        return None
    if not all(isinstance(fields[name], datetime | None) for name in times):
        return None
    return Alarm(**fields | {"subjects": subjects})
