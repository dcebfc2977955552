"""The nonces of the console's presses: each press is carried out once.

They are few, an admin's hand makes them, and each is good for some minutes only: one fact holds those that count.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.schema import meta
from whmcs_bridge.ledger.writes import keep_fact, one_at_a_time

_FACT = "console_nonces"
# A fact is at most 10,000 characters long; more presses within the life of a signature is no hand.
_MOST = 100


def take_nonce(database: Database, nonce: str, now: datetime, *, life: timedelta) -> bool:
    """Tell whether a nonce is new, and keep it for as long as its call is good. Raises ``DatabaseUnavailable``."""

    def work(connection: Connection) -> bool:
        one_at_a_time(connection, "turn_to_take_a_nonce")
        told = connection.execute(select(meta.c.value).where(meta.c.name == _FACT)).scalar()
        since = (now - 2 * life).timestamp()
        kept = {name: at for name, at in json.loads(told or "{}").items() if at >= since}
        if nonce in kept or len(kept) >= _MOST:
            return False
        keep_fact(connection, _FACT, json.dumps(kept | {nonce: now.timestamp()}))
        return True

    return database.write(work)
