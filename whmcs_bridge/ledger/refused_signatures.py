"""How the last events fared, of every process on this database: a host such as cPanel starts and stops its processes as
it likes, so that none of them may ever see enough events in a row to know that a secret does not fit.

Refused events cost the database nothing when they come: ``watch`` brings here now and then what its process has seen.
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

# So many events in a row that are not authentic, within a day, say that a secret does not fit. Fewer may be a stranger.
IN_A_ROW = 5
_NAME = "signatures"
# So long ago says nothing about now.
_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Heard:
    """How the events fared that this process has seen and not told yet."""

    accepted: bool
    """An authentic one was among them."""
    refused: tuple[float, ...]
    """How many seconds ago those came that were not authentic, after the last authentic one; the oldest first."""
    upto: int
    """The number of the last of them."""

    @property
    def nothing(self) -> bool:
        """There were none."""
        return not (self.accepted or self.refused)


class RefusedSignatureTable:
    """The streak of events that were not authentic. Each method raises ``DatabaseUnavailable``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, heard: Heard) -> None:
        """Note what a process has seen. Nothing is written where it says nothing new."""
        if heard.nothing:
            return
        accepted, refused = self._database.read(_streak)
        if heard.refused or refused or not accepted:
            self._database.write(lambda connection: self._add(connection, heard))

    def fail(self) -> bool | None:
        """Tell whether the last events were all not authentic. None: nobody knows."""
        accepted, refused = self._database.read(_streak)
        # What is to come was written by a clock that was wrong: it does not keep the alarm on.
        if len(refused) == IN_A_ROW and abs(self._clock() - refused[0]) < _WITHIN:
            return True
        return False if accepted else None

    def _add(self, connection: Connection, heard: Heard) -> None:
        # Another process adds to it after us, or we after it. In turn.
        one_at_a_time(connection, _NAME)
        accepted, refused = _streak(connection)
        if heard.accepted:
            accepted, refused = True, []
        now = self._clock()
        refused = sorted([*refused, *(now - timedelta(seconds=age) for age in heard.refused)])[-IN_A_ROW:]
        value = json.dumps({"accepted": accepted, "refused": [moment.timestamp() for moment in refused]})
        keep_fact(connection, _NAME, value)


def _streak(connection: Connection) -> tuple[bool, list[datetime]]:
    """Whether an event was ever accepted, and when the last ones since then were refused, the oldest first."""
    told = json.loads(connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar() or "{}")
    return told.get("accepted", False), [datetime.fromtimestamp(at, UTC) for at in told.get("refused", ())]
