"""The last events whose signatures were refused, counted over every process on this database.

A host such as cPanel starts and stops processes at any time, so no single process may see enough events in a row to
tell that a secret is wrong. A refused event writes nothing when it arrives; the monitor adds its process's counts here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.schema import meta
from whmcs_bridge.ledger.writes import keep_fact, one_at_a_time

# So many refused events in a row within a day mean that a secret is wrong. Fewer may come from a stranger.
IN_A_ROW = 5
_NAME = "signatures"
_WITHIN = timedelta(days=1)


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
        """Tell whether all of the last events were refused. None: not known."""
        accepted, refused = self._database.read(_streak)
        # A time in the future was written by a wrong clock: it must not keep the alarm on.
        if len(refused) == IN_A_ROW and abs(self._clock() - refused[0]) < _WITHIN:
            return True
        return False if accepted else None

    def _add(self, connection: Connection, heard: Heard) -> None:
        one_at_a_time(connection, _NAME)
        accepted, refused = _streak(connection)
        if heard.accepted:
            accepted, refused = True, []
        now = self._clock()
        refused = sorted([*refused, *(now - timedelta(seconds=age) for age in heard.refused)])[-IN_A_ROW:]
        value = json.dumps({"accepted": accepted, "refused": [moment.timestamp() for moment in refused]})
        keep_fact(connection, _NAME, value)


def _streak(connection: Connection) -> tuple[bool, list[datetime]]:
    """Whether an event was ever accepted, and when the last events since then were refused, the oldest first."""
    told = json.loads(connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar() or "{}")
    return told.get("accepted", False), [datetime.fromtimestamp(at, UTC) for at in told.get("refused", ())]
