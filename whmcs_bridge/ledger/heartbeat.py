"""The worker's sign of life, which every process on the database can read."""

from __future__ import annotations

from datetime import datetime, timedelta

from whmcs_bridge.ledger.rows import moment_of
from whmcs_bridge.ledger.store import Store

HEARTBEAT = "worker_heartbeat"
# No sign of life is good for longer: the longest lease that the settings allow, and some more.
_LONGEST_SIGN = timedelta(hours=8)


def beat(store: Store, until: datetime) -> None:
    """Tell that a worker lives, and until when nobody need worry. Raises ``DatabaseUnavailable``."""
    store.remember(HEARTBEAT, until.isoformat())


def alive_until(store: Store, now: datetime) -> datetime | None:
    """Until when the worker that gave the last sign counts as alive. None: no worker has given one that makes sense.

    A sign that is good for longer than any was given by a clock that was wrong, and says nothing. Raises
    ``DatabaseUnavailable``.
    """
    until = moment_of(store.recall(HEARTBEAT))
    return None if until is None or until - now > _LONGEST_SIGN else until


def alive(store: Store, now: datetime) -> bool:
    """Tell whether any worker has given a sign of life lately. Raises ``DatabaseUnavailable``."""
    until = alive_until(store, now)
    return until is not None and now < until
