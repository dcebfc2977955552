"""Time, handed in: what o'clock it is (UTC), and how long something has taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time of day, to the millisecond that the database keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def stopwatch() -> float:
    """Seconds from an arbitrary start, going on while the machine is suspended (CLOCK_BOOTTIME, on Linux)."""
    boottime: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


Stopwatch = Callable[[], float]
