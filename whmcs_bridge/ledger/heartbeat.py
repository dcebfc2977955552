"""The worker's heartbeat, which every process can read. Each function raises ``DatabaseUnavailable``."""

from __future__ import annotations

from datetime import datetime, timedelta

from whmcs_bridge.ledger.rows import moment_of
from whmcs_bridge.ledger.store import Store

HEARTBEAT = "worker_heartbeat"
# A heartbeat never promises longer than the longest lease that the settings allow, and some more.
_LONGEST_PROMISE = timedelta(hours=8)


def beat(store: Store, until: datetime) -> None:
    """Record that a worker is alive, and until when it counts as such."""
    store.remember(HEARTBEAT, until.isoformat())


def alive_until(store: Store, now: datetime) -> datetime | None:
    """Until when the worker of the last heartbeat counts as alive. None: there is no usable heartbeat.

    One that promises longer than any may was written by a wrong clock, and is ignored.
    """
    until = moment_of(store.recall(HEARTBEAT))
    return None if until is None or until - now > _LONGEST_PROMISE else until


def alive(store: Store, now: datetime) -> bool:
    """Tell whether any worker counts as alive."""
    until = alive_until(store, now)
    return until is not None and now < until
