"""What tells a changed events secret from a stranger's noise, over every process on this database.

Anybody may post events with a bad signature. When the secret has changed, no event is good, and payments are found
approved at Wompi of which none came.

A host such as cPanel starts and stops processes at any time, so no single process may see enough events in a row to
tell that a secret is wrong. A refused event writes nothing when it arrives; the monitor adds its process's counts here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, select

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.schema import events, meta, payments
from whmcs_bridge.ledger.writes import keep_fact, one_at_a_time

# So many refused events in a row within a day: fewer may be an accident.
IN_A_ROW = 5
_NAME = "signatures"
_WITHIN = timedelta(days=1)
# Wompi sends an event within seconds of the approval.
_EVENT_LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Heard:
    """What this process has seen and not yet added to the table."""

    accepted: bool
    """An authentic event was among them."""
    refused: tuple[float, ...]
    """The ages, in seconds, of the events refused since the last authentic one; the oldest first."""
    upto: int
    """The number of the last event counted."""

    @property
    def nothing(self) -> bool:
        """Whether there were no events."""
        return not (self.accepted or self.refused)


class RefusedSignatureTable:
    """The refused events since the last authentic one. Each method raises ``DatabaseUnavailable``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, heard: Heard) -> None:
        """Add what a process has seen. Nothing is written where nothing changes."""
        if heard.nothing:
            return
        accepted, refused = self._database.read(_streak)
        if heard.refused or refused or not accepted:
            self._database.write(lambda connection: self._add(connection, heard))

    def fail(self) -> bool | None:
        """Tell whether the secret has changed: the last events were all refused, and an approved payment has none.

        None: not known.
        """
        now = self._clock()
        accepted, refused = self._database.read(_streak)
        # A time in the future was written by a wrong clock: it must not keep the alarm on.
        if len(refused) == IN_A_ROW and abs(now - refused[0]) < _WITHIN:
            missed = self._database.read(lambda connection: connection.execute(_without_event(now)).first())
            if missed is not None:
                return True
        return False if accepted and not refused else None

    def _add(self, connection: Connection, heard: Heard) -> None:
        one_at_a_time(connection, _NAME)
        accepted, refused = _streak(connection)
        if heard.accepted:
            accepted, refused = True, []
        now = self._clock()
        refused = sorted([*refused, *(now - timedelta(seconds=age) for age in heard.refused)])[-IN_A_ROW:]
        value = json.dumps({"accepted": accepted, "refused": [moment.timestamp() for moment in refused]})
        keep_fact(connection, _NAME, value)


def _without_event(now: datetime) -> Select[Any]:
    """Payments that were seen approved within a day, and of which no authentic event came."""
    column = payments.c
    seen = select(events.c.transaction_id).where(events.c.transaction_id == column.transaction_id)
    # An index finds the young ones; few payments wait for longer than a day to be approved.
    young = column.created_at > now - 2 * _WITHIN
    approved = column.approved_at.between(now - _WITHIN, now - _EVENT_LATE)
    return select(column.transaction_id).where(young, approved, ~seen.exists()).limit(1)


def _streak(connection: Connection) -> tuple[bool, list[datetime]]:
    """Whether an event was ever accepted, and when the last events since then were refused, the oldest first."""
    told = json.loads(connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar() or "{}")
    return told.get("accepted", False), [datetime.fromtimestamp(at, UTC) for at in told.get("refused", ())]
