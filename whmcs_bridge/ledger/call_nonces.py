"""The nonces of signed calls that changed something: each call is carried out once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, delete

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.schema import call_nonces
from whmcs_bridge.ledger.writes import insert_new

# A call is good for five minutes. A nonce is kept for longer, because a clock may be set back meanwhile.
_KEPT = timedelta(days=1)


class CallNonceTable:
    """Keeps each nonce for a day."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def take(self, nonce: str) -> bool:
        """Keep a nonce. False when it was seen before. Raises ``DatabaseUnavailable``."""

        def work(connection: Connection) -> bool:
            now = self._clock()
            connection.execute(delete(call_nonces).where(call_nonces.c.seen_at < now - _KEPT))
            return insert_new(connection, call_nonces, {"nonce": nonce, "seen_at": now})

        return self._database.write(work)
