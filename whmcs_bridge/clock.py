"""The time in UTC, and a stopwatch.

``utc_now`` is for links, pages and checkouts. Who may work on a payment, and when, goes by ``ledger_clock``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
Stopwatch = Callable[[], float]


def utc_now() -> datetime:
    """The time, to the millisecond that the database keeps."""
    return to_the_millisecond(datetime.now(UTC))


def stopwatch() -> float:
    """Seconds from an arbitrary start, going on while the machine is suspended (CLOCK_BOOTTIME, on Linux)."""
    boottime: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


def to_the_millisecond(moment: datetime) -> datetime:
    """Round down to what the database keeps."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
