"""A process that writes to a database, and imports nothing else: several are started at once, each from nothing."""

from __future__ import annotations

from contextlib import closing

from whmcs_bridge.clock import utc_now
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.store import Store


def touch_many(url: str, name: str, count: int) -> None:
    """Write so often."""
    with closing(Database(url)) as database:
        store = Store(database, utc_now)
        for number in range(count):
            store.touch(f"{name}-{number}", "test")
